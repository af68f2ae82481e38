"""What `netsuite-pipeline doctor` prints, 100 columns wide, of what it may find."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from netsuite_pipeline.commands.doctor_output import diagnosis_lines
from netsuite_pipeline.health.diagnosis.certificate import CertificateStatus
from netsuite_pipeline.health.diagnosis.connection_findings import connection_findings, soap_finding
from netsuite_pipeline.health.diagnosis.evidence import ANSWERED, Answer, Evidence, Limits, TokenHolder
from netsuite_pipeline.health.diagnosis.table_findings import (
    TableBaseline,
    readable_table,
    reason_unchecked,
    refused_table,
    row_count_finding,
    unchecked_table,
)
from netsuite_pipeline.health.doctor import Diagnosis
from netsuite_pipeline.health.findings import Finding, State
from netsuite_pipeline.health.probes.credentials_check import check_credentials
from netsuite_pipeline.health.probes.dagster_check import (
    DagsterState,
    check_dagster,
    dagster_finding,
    dagster_names,
)
from netsuite_pipeline.health.probes.local_checks import check_account_id
from netsuite_pipeline.health.setup_guide.guide import SUNSETS
from netsuite_pipeline.netsuite.auth.certificate import CertificateValidity
from netsuite_pipeline.netsuite.errors import (
    ConfigurationError,
    PermissionDenied,
    QueryError,
    SignInError,
    Throttled,
    Unavailable,
)
from netsuite_pipeline.netsuite.http.error_parser import error_from_reply
from netsuite_pipeline.netsuite.probes.column_probe import AvailableColumns
from netsuite_pipeline.tables.catalogue import standard_tables
from netsuite_pipeline_tests.netsuite.error_cases import CASES

_WIDTH = 100
_NOW = datetime(2026, 11, 24, 12)
_WORKED = datetime(2026, 11, 22, 23, 40)
_TABLES = standard_tables()

_REFUSED = Answer.of(
    SignInError(
        "NetSuite refuses the sign-in.", detail="Invalid login attempt. For more details, see the trail."
    )
)
_DENIED = Answer.of(
    PermissionDenied("denied", detail="Your current role does not have permission to perform this action.")
)
_BUSY = Answer.of(Throttled("NetSuite refuses more requests at once than the account may make."))
_DOWN = Answer.of(Unavailable("NetSuite does not answer properly (503).", status=503))
_STUMBLED = Answer.of(Unavailable("NetSuite failed inside.", status=500, code="UNEXPECTED_ERROR"))
_OBJECTED = Answer.of(QueryError("SuiteQL refuses the statement.", reason="unsupported"))
_UNCLEAR = Answer.of(QueryError("NetSuite refuses the request.", status=409, code="WHAT"))
_LANGUAGE = Answer.of(
    next(
        error_from_reply(case.status, case.body, endpoint="POST /suiteql")
        for case in CASES
        if case.name == "language"
    )
)

_WELL: dict[str, Any] = {
    "server_time": ANSWERED,
    "suiteql": ANSWERED,
    "deleted_records": ANSWERED,
    "soap": ANSWERED,
    "clock_offset": 0.4,
}
_EVIDENCE = Evidence(
    "1234567_SB1",
    "1234567-sb1.suitetalk.api.netsuite.com",
    last_good=_WORKED,
    holder=TokenHolder("Robot", "Data pipeline"),
    milliseconds=120,
)
_PRODUCTION = replace(_EVIDENCE, realm="1234567", host="1234567.suitetalk.api.netsuite.com")
_NEVER = replace(_PRODUCTION, last_good=None)
_OAUTH2 = replace(_PRODUCTION, kind="oauth2", uses_tba=False, at=_NOW)
_GOOD = CertificateStatus("oauth2", CertificateValidity("", _WORKED, datetime(2027, 11, 22)))


def _no_token(code: str) -> Answer:
    return Answer.of(SignInError("NetSuite gives no access token.", status=400, code=code, detail=code))


def _unresolved(words: str) -> Answer:
    return Answer.of(Unavailable(f"The connection to NetSuite failed: {words}"))


def _printed(findings: Sequence[Finding], **rest: Any) -> str:
    return "\n".join(diagnosis_lines(Diagnosis(tuple(findings), **rest), _WIDTH))


_CONNECTIONS = {
    "all fine": replace(_EVIDENCE, **_WELL),
    "all fine by OAuth 2.0": replace(_OAUTH2, **_WELL),
    "all fine, user unknown": replace(_EVIDENCE, **_WELL, holder=TokenHolder(), milliseconds=None),
    "deleted records not permitted": replace(_EVIDENCE, **{**_WELL, "deleted_records": _DENIED}),
    "deleted records fail inside": replace(_EVIDENCE, **{**_WELL, "deleted_records": _STUMBLED}),
    "SOAP not permitted": replace(_EVIDENCE, **{**_WELL, "soap": _DENIED}),
    "SOAP refuses the sign-in": replace(_EVIDENCE, **{**_WELL, "soap": _REFUSED}),
    "SuiteQL missing": replace(
        _EVIDENCE, server_time=ANSWERED, suiteql=_DENIED, rest=ANSWERED, clock_offset=0.0
    ),
    "SuiteQL missing, rest objects": replace(
        _EVIDENCE, server_time=ANSWERED, suiteql=_DENIED, rest=_OBJECTED
    ),
    "REST missing": replace(_EVIDENCE, server_time=ANSWERED, suiteql=_DENIED, rest=_DENIED),
    "nothing permitted": replace(_EVIDENCE, server_time=_DENIED, suiteql=_DENIED, rest=_DENIED),
    "nothing permitted by OAuth 2.0": replace(_OAUTH2, server_time=_DENIED, suiteql=_DENIED, rest=_DENIED),
    "nothing permitted but SOAP": replace(
        _EVIDENCE, server_time=_DENIED, suiteql=_DENIED, rest=_DENIED, soap=ANSWERED
    ),
    "unclear refusal of all": replace(_EVIDENCE, server_time=_UNCLEAR, suiteql=_UNCLEAR, rest=_UNCLEAR),
    "unclear refusal of SuiteQL": replace(_EVIDENCE, server_time=ANSWERED, suiteql=_UNCLEAR, rest=ANSWERED),
    "unclear refusal of every table": replace(
        _EVIDENCE, **{**_WELL, "deleted_records": _UNCLEAR, "table": _UNCLEAR}
    ),
    "language refused": replace(_EVIDENCE, server_time=_LANGUAGE, suiteql=_LANGUAGE, rest=_LANGUAGE),
    "busy": replace(_EVIDENCE, server_time=_BUSY),
    "busy, perhaps reported as a refusal": replace(
        _EVIDENCE, first_refusal=_REFUSED, soap=_BUSY, server_time=_REFUSED
    ),
    "more at once than granted": replace(_EVIDENCE, **_WELL, limits=Limits(9, granted=5)),
    "some came again": replace(_EVIDENCE, **_WELL, limits=Limits(5, granted=5, rejections=3)),
    "down": replace(_EVIDENCE, server_time=_DOWN),
    "down for SuiteQL": replace(_EVIDENCE, server_time=ANSWERED, suiteql=_DOWN, clock_offset=0.0),
    "timed out": replace(
        _EVIDENCE, server_time=Answer.of(Unavailable("NetSuite did not answer within 15 s.", timed_out=True))
    ),
    "unknown host": replace(_EVIDENCE, server_time=_unresolved("Name or service not known")),
    "no resolver": replace(_EVIDENCE, server_time=_unresolved("Temporary failure in name resolution")),
    "connection refused": replace(_EVIDENCE, server_time=_unresolved("Connection refused")),
    "connection refused elsewhere": replace(
        _EVIDENCE,
        is_own_host=False,
        host="proxy.example.com",
        server_time=_unresolved("Connection refused"),
    ),
    "redirected": replace(
        _EVIDENCE, server_time=Answer.of(error_from_reply(302, b"", endpoint="GET /serverTime"))
    ),
    "a firewall": replace(
        _EVIDENCE, server_time=Answer.of(error_from_reply(403, b"Access denied.", endpoint="GET /serverTime"))
    ),
    "nothing can be sent": replace(
        _EVIDENCE,
        server_time=Answer.of(
            ConfigurationError("Nothing can be sent.", remedy="Look at REQUESTS_CA_BUNDLE.")
        ),
    ),
    "clock drifts": replace(_EVIDENCE, **{**_WELL, "clock_offset": 200.0}),
    "clock off": replace(_EVIDENCE, server_time=_REFUSED, clock_offset=-420.0),
}

_REFUSALS = {
    "a token, in production": replace(_PRODUCTION, server_time=_REFUSED, clock_offset=0.0),
    "a token, in a sandbox": replace(_EVIDENCE, server_time=_REFUSED, clock_offset=0.0),
    "a token that never worked": replace(_NEVER, server_time=_REFUSED, clock_offset=0.0),
    "a token, SOAP refuses it too": replace(_PRODUCTION, server_time=_REFUSED, soap=_REFUSED),
    "a token, SOAP lets it in": replace(_PRODUCTION, server_time=_REFUSED, soap=ANSWERED),
    "a token, at another address": replace(
        _PRODUCTION, is_own_host=False, host="proxy.example.com", server_time=_REFUSED
    ),
    "a token, and the trail has the cause": replace(
        _PRODUCTION, server_time=_REFUSED, audit=("consumer_key_refused", "token_rejected")
    ),
    "a token, refused a moment before": replace(_PRODUCTION, first_refusal=_REFUSED, **_WELL),
    "a certificate": replace(_OAUTH2, server_time=_no_token("invalid_grant"), certificate=_GOOD),
    "a certificate, in a sandbox": replace(
        _OAUTH2, realm="1234567_SB1", server_time=_no_token("invalid_grant"), certificate=_GOOD
    ),
    "a certificate that never worked": replace(
        _OAUTH2, last_good=None, server_time=_no_token("invalid_grant"), certificate=_GOOD
    ),
    "a certificate, not known to whom it belongs": replace(
        _OAUTH2, last_good=None, server_time=_no_token("invalid_grant")
    ),
    "a certificate that has ended": replace(
        _OAUTH2, server_time=_no_token("invalid_grant"), certificate=_GOOD, at=datetime(2028, 1, 1)
    ),
    "a certificate of another key": replace(
        _OAUTH2, server_time=_no_token("invalid_grant"), certificate=replace(_GOOD, matches_key=False)
    ),
    "a certificate, at another address": replace(
        _OAUTH2, is_own_host=False, host="proxy.example.com", server_time=_no_token("invalid_grant")
    ),
    "invalid_client": replace(_OAUTH2, server_time=_no_token("invalid_client"), certificate=_GOOD),
    "invalid_scope": replace(_OAUTH2, server_time=_no_token("invalid_scope"), certificate=_GOOD),
    "unauthorized_client": replace(_OAUTH2, server_time=_no_token("unauthorized_client"), certificate=_GOOD),
    "a token kept by Nango": replace(_EVIDENCE, kind="nango", server_time=_REFUSED),
    "an access token of Nango's": replace(_OAUTH2, kind="nango", server_time=_REFUSED),
}


@pytest.mark.parametrize("evidence", _CONNECTIONS.values(), ids=_CONNECTIONS)
def test_a_connection(evidence: Evidence, snapshot: SnapshotAssertion) -> None:
    """Doctor reports each state of the connection with causes and remedies."""
    findings = (*connection_findings(evidence), soap_finding(evidence))
    reported = _printed(
        findings, account=evidence.realm, user=evidence.holder.user, role=evidence.holder.role
    )
    assert reported == snapshot


@pytest.mark.parametrize("evidence", _REFUSALS.values(), ids=_REFUSALS)
def test_a_refused_sign_in(evidence: Evidence, snapshot: SnapshotAssertion) -> None:
    """Doctor ranks the causes of each kind of refused sign-in."""
    sign_in = next(each for each in connection_findings(evidence) if each.id == "sign_in")
    assert _printed([sign_in], account=evidence.realm) == snapshot


_TOKEN = {
    "NETSUITE_ACCOUNT_ID": "1234567_SB1",
    "NETSUITE_CONSUMER_KEY": "a1" * 32,
    "NETSUITE_CONSUMER_SECRET": "b2" * 32,
    "NETSUITE_TOKEN_ID": "c3" * 32,
    "NETSUITE_TOKEN_SECRET": "d4" * 32,
}
_NO_CERTIFICATE = {
    "NETSUITE_ACCOUNT_ID": "1234567_SB1",
    "NETSUITE_CLIENT_ID": "c1" * 32,
}
_VARIABLES = {
    "none at all": {},
    "all five": _TOKEN,
    "one missing": {**_TOKEN, "NETSUITE_TOKEN_SECRET": " "},
    "one cut": {**_TOKEN, "NETSUITE_TOKEN_SECRET": "d4" * 30},
    "one of another alphabet": {**_TOKEN, "NETSUITE_TOKEN_SECRET": "Z4" * 32},
    "one pasted twice": {**_TOKEN, "NETSUITE_TOKEN_SECRET": "b2" * 32},
    "an account id that is none": {**_TOKEN, "NETSUITE_ACCOUNT_ID": "https://system.netsuite.com"},
    "OAuth 2.0 without certificate and key": _NO_CERTIFICATE,
    "OAuth 2.0 with a key that is no file": {
        **_NO_CERTIFICATE,
        "NETSUITE_CERTIFICATE_ID": "id",
        "NETSUITE_PRIVATE_KEY": "nowhere/private.pem",
    },
    "two kinds": {**_TOKEN, **_NO_CERTIFICATE},
    "Nango in part": {"NANGO_CONNECTION_ID": "c"},
}


@pytest.mark.parametrize("variables", _VARIABLES.values(), ids=_VARIABLES)
def test_credentials(variables: dict[str, str], snapshot: SnapshotAssertion) -> None:
    """Doctor says what is wrong with credentials before anybody is asked."""
    findings = (check_credentials(variables), check_account_id(variables))
    assert _printed(findings) == snapshot


_VENDOR, _CUSTOMER, _TRANSACTION = (_TABLES[name] for name in ("vendor", "customer", "transaction"))
_BEFORE = TableBaseline(
    frozenset(column.name for column in _VENDOR.columns), row_count=300, synced_at=_WORKED
)
_HIDDEN = Answer.of(
    PermissionDenied(
        "NetSuite shows this role no table 'vendor'.", table="vendor", detail="Record 'vendor' was not found."
    )
)
_NAMED = Answer.of(
    PermissionDenied(
        "denied", permission="Lists -> Vendors", detail="You need the 'Lists -> Vendors' permission."
    )
)
_NO_COLUMN = Answer.of(
    QueryError("no", column="email", reason="not_exposed", detail="Field 'email' was not found.")
)


def _offered(**refused_columns: str) -> AvailableColumns:
    columns = tuple(
        column.name
        for column in _CUSTOMER.columns
        if column.name not in refused_columns and column.name not in _CUSTOMER.key
    )
    return AvailableColumns(columns, refused_columns)


_OF_CUSTOMER = TableBaseline(
    frozenset(column.name for column in _CUSTOMER.columns if column.name != "phone"),
    lost={"email": _WORKED, "altname": _WORKED},
    row_count=1000,
    synced_at=_WORKED,
)
_CHECKS = {
    "readable as before": readable_table(
        _VENDOR, _BEFORE, AvailableColumns(tuple(sorted(_BEFORE.columns or ())), {})
    ),
    "columns lost, new and back": readable_table(
        _CUSTOMER, _OF_CUSTOMER, _offered(email="not_exposed", comments="removed", terms="unknown")
    ),
    "hidden": refused_table(_VENDOR, _BEFORE, _HIDDEN, role="Data pipeline"),
    "hidden, never readable": refused_table(_VENDOR, TableBaseline(), _HIDDEN),
    "the permission is named": refused_table(_VENDOR, _BEFORE, _NAMED),
    "a column of the key is gone": refused_table(_VENDOR, _BEFORE, _NO_COLUMN),
    "refused, nobody knows why": refused_table(_VENDOR, _BEFORE, _UNCLEAR),
    "refused, nobody knows why, never readable": refused_table(_VENDOR, TableBaseline(), _UNCLEAR),
}
_NOT_CHECKED = {
    "sign-in": _REFUSED,
    "SuiteQL": _DENIED,
    "busy": _BUSY,
    "down": _DOWN,
}


@pytest.mark.parametrize("result", _CHECKS.values(), ids=_CHECKS)
def test_a_table(result: object, snapshot: SnapshotAssertion) -> None:
    """Doctor reports the state of a table and its columns."""
    assert _printed(result.findings) == snapshot  # type: ignore[attr-defined]


@pytest.mark.parametrize("answer", _NOT_CHECKED.values(), ids=_NOT_CHECKED)
def test_tables_that_were_not_checked(answer: Answer, snapshot: SnapshotAssertion) -> None:
    """Doctor says what kept it from looking at tables."""
    checks = [unchecked_table(table, reason_unchecked(answer), count=True) for table in (_VENDOR, _CUSTOMER)]
    assert _printed([finding for result in checks for finding in result.findings]) == snapshot


_ROWS = {
    "as before": row_count_finding(_CUSTOMER, _OF_CUSTOMER, 1000, 0),
    "fewer, as deletions say": row_count_finding(_CUSTOMER, _OF_CUSTOMER, 900, 100),
    "fewer without deletions": row_count_finding(_CUSTOMER, _OF_CUSTOMER, 900, 0, role="Data pipeline"),
    "fewer than deletions say": row_count_finding(_CUSTOMER, _OF_CUSTOMER, 900, 40),
    "transactions of one type": row_count_finding(
        _TRANSACTION,
        replace(_OF_CUSTOMER, missing=500, missing_what="all 500 with type VendBill"),
        500,
        0,
    ),
    "those missing are back": row_count_finding(_CUSTOMER, replace(_OF_CUSTOMER, missing=3), 1000, 0),
}


@pytest.mark.parametrize("finding", _ROWS.values(), ids=_ROWS)
def test_row_counts(finding: Finding, snapshot: SnapshotAssertion) -> None:
    """Doctor reports whether rows are missing."""
    assert _printed([finding]) == snapshot


_HOME = Path("/dagster")
_ALIVE = {"SCHEDULER": _NOW, "SENSOR": _NOW}
_ON = dict.fromkeys(dagster_names("netsuite"), frozenset({"RUNNING"}))
_SCHEDULE, _SENSOR, _ = dagster_names("netsuite")
_WATCHES = {
    "all on": DagsterState(_ALIVE, _ON),
    "never run": DagsterState({}, {}),
    "daemon dead": DagsterState({"SCHEDULER": _WORKED, "SENSOR": _WORKED}, _ON),
    "schedule off": DagsterState(_ALIVE, {**_ON, _SCHEDULE: frozenset({"STOPPED"})}),
    "all off": DagsterState(_ALIVE, {}),
    "a tick failed": DagsterState(_ALIVE, _ON, frozenset({_SENSOR})),
}


@pytest.mark.parametrize("watch", _WATCHES.values(), ids=_WATCHES)
def test_dagster(watch: DagsterState, snapshot: SnapshotAssertion) -> None:
    """Doctor reports whether Dagster syncs and watches."""
    assert _printed([dagster_finding(watch, _HOME, dagster_names("netsuite"), _NOW)]) == snapshot


@pytest.mark.parametrize("home", [None, Path("dagster"), Path("/no/such/folder")], ids=str)
def test_a_dagster_home_that_cannot_be_read(home: Path | None, snapshot: SnapshotAssertion) -> None:
    """Doctor says what is wrong with DAGSTER_HOME."""
    assert _printed([check_dagster(home, "netsuite", _NOW)]) == snapshot


def test_head_and_foot(snapshot: SnapshotAssertion) -> None:
    """Doctor frames its findings with whom it asked, what it learned and what ends."""
    findings = [
        Finding("sign_in", State.OK, "token accepted."),
        *(Finding(f"table:{name}", State.OK, "readable") for name in ("customer", "vendor")),
        *(Finding(f"rows:{name}", State.OK, "300") for name in ("customer", "vendor")),
    ]
    reported = _printed(
        findings,
        account="1234567_SB1",
        user="Robot",
        role="Data pipeline",
        capabilities=("serverTime is available.",),
        sunsets=tuple(sunset.as_warning for sunset in SUNSETS),
    )
    assert reported == snapshot
