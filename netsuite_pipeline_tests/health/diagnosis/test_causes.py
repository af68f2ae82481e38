"""What a look means, as tables: evidence in, states and ranked causes out."""

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from netsuite_pipeline.health.diagnosis.certificate import CertificateStatus
from netsuite_pipeline.health.diagnosis.connection_causes import host_causes
from netsuite_pipeline.health.diagnosis.connection_findings import connection_findings, soap_finding
from netsuite_pipeline.health.diagnosis.evidence import ANSWERED, Answer, Evidence, Limits, Outcome
from netsuite_pipeline.health.diagnosis.sign_in_causes import cause_of_detail, sign_in_causes
from netsuite_pipeline.health.diagnosis.table_causes import column_causes, rows_causes, table_causes
from netsuite_pipeline.health.findings import State
from netsuite_pipeline.health.setup_guide.guide import permission_path
from netsuite_pipeline.netsuite.auth.certificate import CertificateValidity
from netsuite_pipeline.netsuite.errors import (
    ConfigurationError,
    NetSuiteError,
    PermissionDenied,
    QueryError,
    SignInError,
    Throttled,
    Unavailable,
)
from netsuite_pipeline.tables import standard_tables
from netsuite_pipeline.tables.permission_levels import least_level
from netsuite_pipeline.tables.queries.query_table import query_table
from netsuite_pipeline_tests.one_pass import in_one_pass

WORKED = datetime(2026, 11, 22, 23, 40)
REFUSED = Answer.of(SignInError("NetSuite refuses the sign-in.", detail="Invalid login attempt. For more …"))
DENIED = Answer.of(
    PermissionDenied("denied", detail="Your current role does not have permission to perform this action.")
)
THROTTLED = Answer.of(Throttled("busy"))
UNAVAILABLE = Answer.of(Unavailable("NetSuite does not answer properly (503).", status=503))
SERVER_ERROR = Answer.of(Unavailable("NetSuite failed inside.", status=500, code="UNEXPECTED_ERROR"))
QUERY_REFUSED = Answer.of(QueryError("no", reason="unsupported"))
UNCLEAR = Answer.of(QueryError("NetSuite refuses the request.", status=409, code="WHAT"))
PRODUCTION = Evidence("1234567", "1234567.suitetalk.api.netsuite.com", last_good=WORKED)
SANDBOX = replace(PRODUCTION, realm="1234567_SB1")
NEW = replace(PRODUCTION, last_good=None)

WELL: dict[str, Any] = {
    "server_time": ANSWERED,
    "suiteql": ANSWERED,
    "deleted_records": ANSWERED,
    "clock_offset": 0.4,
}
STATES = [
    # what was answered                                                host      clock     sign_in    rest      suiteql   deleted    concurrency
    (WELL,                                                            "ok       ok        ok        ok        ok        ok        ok"),
    ({**WELL, "deleted_records": DENIED},                             "ok       ok        ok        ok        ok        warning   ok"),
    ({**WELL, "deleted_records": SERVER_ERROR},                           "ok       ok        ok        ok        ok        unknown   ok"),
    ({**WELL, "deleted_records": QUERY_REFUSED},                           "ok       ok        ok        ok        ok        unknown   ok"),
    ({**WELL, "suiteql": QUERY_REFUSED},                                   "ok       ok        ok        ok        ok        ok        ok"),
    ({"server_time": UNCLEAR, "suiteql": UNCLEAR, "rest": UNCLEAR},   "ok       unknown   unknown   failed    unknown   unknown   unknown"),
    ({"server_time": ANSWERED, "suiteql": UNCLEAR, "rest": UNCLEAR},  "ok       unknown   ok        failed    unknown   unknown   ok"),
    ({"server_time": ANSWERED, "suiteql": UNCLEAR, "rest": ANSWERED, "deleted_records": UNCLEAR}, "ok unknown ok ok failed unknown   ok"),
    ({"server_time": ANSWERED, "suiteql": UNCLEAR, "rest": ANSWERED, "deleted_records": ANSWERED}, "ok unknown ok ok ok     ok        ok"),
    ({"server_time": ANSWERED, "suiteql": DENIED, "rest": UNCLEAR},   "ok       unknown   ok        unknown   failed    unknown   ok"),
    ({"server_time": UNCLEAR, "suiteql": ANSWERED, "deleted_records": ANSWERED}, "ok unknown  ok        ok        ok        ok        ok"),
    ({"server_time": UNCLEAR, "suiteql": REFUSED},                    "ok       unknown   failed    unknown   unknown   unknown   unknown"),
    ({"server_time": UNCLEAR, "suiteql": THROTTLED},                       "ok       unknown   unknown   unknown   unknown   unknown   failed"),
    ({**WELL, "deleted_records": UNCLEAR, "table": ANSWERED},       "ok       ok        ok        ok        ok        unknown   ok"),
    ({**WELL, "deleted_records": UNCLEAR, "table": UNCLEAR},        "ok       ok        ok        ok        failed    unknown   ok"),
    ({**WELL, "clock_offset": 130.0},                                    "ok       warning   ok        ok        ok        ok        ok"),
    ({"server_time": REFUSED, "clock_offset": 0.2},                      "ok       ok        failed    unknown   unknown   unknown   unknown"),
    ({"server_time": REFUSED},                                        "ok       unknown   failed    unknown   unknown   unknown   unknown"),
    ({"server_time": REFUSED, "clock_offset": 360.0},                    "ok       failed    unknown   unknown   unknown   unknown   unknown"),
    ({"server_time": REFUSED, "clock_offset": -299.0},                   "ok       failed    unknown   unknown   unknown   unknown   unknown"),
    ({"server_time": REFUSED, "clock_offset": 290.0},                    "ok       warning   failed    unknown   unknown   unknown   unknown"),
    ({"server_time": ANSWERED, "suiteql": REFUSED, "clock_offset": 0.0}, "ok       ok        failed    unknown   unknown   unknown   unknown"),
    ({**WELL, "suiteql": DENIED, "rest": ANSWERED},                   "ok       ok        ok        ok        failed    ok        ok"),
    ({"server_time": ANSWERED, "suiteql": DENIED, "rest": ANSWERED},  "ok       unknown   ok        ok        failed    unknown   ok"),
    ({"server_time": ANSWERED, "suiteql": DENIED, "rest": DENIED},    "ok       unknown   ok        failed    unknown   unknown   ok"),
    ({"server_time": DENIED, "suiteql": DENIED, "rest": DENIED},      "ok       unknown   unknown   failed    unknown   unknown   ok"),
    ({"server_time": ANSWERED, "suiteql": DENIED, "rest": THROTTLED},      "ok       unknown   ok        unknown   unknown   unknown   failed"),
    ({"server_time": THROTTLED},                                           "ok       unknown   unknown   unknown   unknown   unknown   failed"),
    ({"server_time": ANSWERED, "suiteql": THROTTLED, "clock_offset": 0.0},    "ok       ok        ok        unknown   unknown   unknown   failed"),
    ({"server_time": UNAVAILABLE},                                           "failed   unknown   unknown   unknown   unknown   unknown   unknown"),
    ({"server_time": SERVER_ERROR, "suiteql": ANSWERED},                  "failed   unknown   ok        ok        ok        unknown   ok"),
    ({"server_time": ANSWERED, "suiteql": UNAVAILABLE, "clock_offset": 0.0},    "failed   ok        ok        unknown   unknown   unknown   ok"),
    ({**WELL, "limits": Limits(9, granted=5)},                        "ok       ok        ok        ok        ok        ok        warning"),
    ({**WELL, "limits": Limits(5, granted=5, rejections=3)},          "ok       ok        ok        ok        ok        ok        ok"),
    ({"first_refusal": REFUSED, "soap": ANSWERED, "server_time": REFUSED}, "ok unknown   failed    unknown   unknown   unknown   unknown"),
    ({"first_refusal": REFUSED, "soap": ANSWERED, **WELL},           "ok       ok        warning   ok        ok        ok        ok"),
    ({"first_refusal": REFUSED, "soap": THROTTLED, "server_time": REFUSED}, "ok     unknown   unknown   unknown   unknown   unknown   failed"),
    ({"first_refusal": REFUSED, "soap": ANSWERED, "server_time": UNAVAILABLE}, "failed unknown  failed    unknown   unknown   unknown   unknown"),
]  # fmt: skip


@in_one_pass(("reported", "states"), STATES)
def test_evidence_becomes_states(reported: dict[str, Any], states: str) -> None:
    findings = connection_findings(replace(PRODUCTION, **reported))
    assert [str(finding.state) for finding in findings] == states.split()


@in_one_pass(("reported", "states"), STATES)
def test_whatever_is_not_well_says_why_and_what_to_do(reported: dict[str, Any], states: str) -> None:
    for finding in connection_findings(replace(PRODUCTION, **reported)):
        assert finding.seen
        if finding.state in {State.FAILED, State.WARNING}:
            assert finding.causes
            assert finding.causes[0].remedy in finding.remedy
        else:
            assert not finding.causes
            assert not finding.remedy


@pytest.mark.parametrize(
    ("reported", "state"),
    [
        ({**WELL, "soap": ANSWERED}, State.OK),
        ({**WELL, "soap": DENIED}, State.WARNING),
        ({**WELL, "soap": REFUSED}, State.WARNING),
        ({**WELL, "soap": THROTTLED}, State.UNKNOWN),
        ({**WELL, "soap": UNAVAILABLE}, State.UNKNOWN),
        ({"server_time": REFUSED, "soap": REFUSED}, State.UNKNOWN),
        ({"server_time": UNAVAILABLE}, State.UNKNOWN),
    ],
)
def test_soap_is_a_warning_at_most(reported: dict[str, Any], state: State) -> None:
    finding = soap_finding(replace(PRODUCTION, **reported))
    assert finding.state is state
    assert bool(finding.remedy) is (state is State.WARNING)


def test_netsuite_s_words_are_quoted_without_what_all_refusals_begin_with() -> None:
    prefix = "Invalid search query. Detailed unprocessed description follows. Search error occurred: "
    hidden = Answer.of(PermissionDenied("…", detail=f"{prefix}Record 'vendor' was not found."))
    assert hidden.quote == "\"Record 'vendor' was not found.\""
    assert UNAVAILABLE.quote == "NetSuite does not answer properly (503)."


def test_a_refused_sign_in_says_until_when_it_worked_and_where_the_truth_is() -> None:
    finding = connection_findings(replace(SANDBOX, server_time=REFUSED, clock_offset=0.0))[2]
    assert finding.seen == 'NetSuite refuses the sign-in: "Invalid login attempt."'
    assert finding.last_ok == WORKED
    assert "The column Detail names the cause" in finding.remedy
    assert "View Login Audit Trail" in finding.remedy


RANKED = [
    # whose evidence                                            first cause                           not among them
    (SANDBOX,                                                   "access token is revoked",            "address"),
    (PRODUCTION,                                                "access token is revoked",            "sandbox was"),
    (NEW,                                                       "A secret does not belong",           "sandbox was"),
    (replace(NEW, realm="1234567_RP"),                          "A secret does not belong",           "address"),
    (replace(PRODUCTION, soap=ANSWERED),                        "A proxy changes the request",     "revoked"),
    (replace(PRODUCTION, audit=("consumer_key_refused",)),      "integration is blocked",             "sandbox was"),
    (replace(SANDBOX, audit=("permission_denied", "x")),        "user or the role may not",           "address"),
    (replace(SANDBOX, audit=("InvalidTimestamp",)),             "clock of this machine",              "address"),
]  # fmt: skip


@pytest.mark.parametrize(("evidence", "first", "absent"), RANKED)
def test_causes_of_a_refused_sign_in_are_ranked_by_what_is_known(
    evidence: Evidence, first: str, absent: str
) -> None:
    causes = sign_in_causes(evidence)
    assert first in causes[0].summary
    assert not any(absent in cause.summary for cause in causes)
    assert len({cause.summary for cause in causes}) == len(causes)
    assert all(cause.remedy for cause in causes)


BY_OAUTH2 = replace(PRODUCTION, kind="oauth2", uses_tba=False, at=WORKED)
NEVER_BY_OAUTH2 = replace(BY_OAUTH2, last_good=None)
CERTIFICATE = CertificateStatus("oauth2", CertificateValidity("", WORKED, WORKED.replace(year=2027)))


def no_token(code: str) -> Answer:
    return Answer.of(SignInError("NetSuite gives no access token.", status=400, code=code, detail=code))


RANKED_BY_OAUTH2 = [
    # whose evidence                                                              first cause                      not among them
    (BY_OAUTH2,                                                                   "certificate was revoked",       "sandbox was"),
    (replace(BY_OAUTH2, certificate=CERTIFICATE),                                 "certificate was revoked",       "has ended"),
    (replace(BY_OAUTH2, certificate=CERTIFICATE, at=datetime(2028, 1, 1)),        "certificate has expired",         "sandbox was"),
    (replace(BY_OAUTH2, certificate=replace(CERTIFICATE, matches_key=False)),         "does not belong to NETSUITE_PRIVATE_KEY", "sandbox was"),
    (NEVER_BY_OAUTH2,                                                             "is not the key of the",         "sandbox was"),
    (replace(NEVER_BY_OAUTH2, certificate=CERTIFICATE),                           "does not belong to a certificate",   "has ended"),
    (replace(BY_OAUTH2, server_time=no_token("invalid_client")),                  "integration is blocked",        "sandbox was"),
    (replace(BY_OAUTH2, server_time=no_token("invalid_scope")),                   "may not use REST",              "sandbox was"),
    (replace(BY_OAUTH2, server_time=no_token("unauthorized_client")),             "may not sign in with a certificate", "sandbox was"),
    (replace(BY_OAUTH2, server_time=no_token("invalid_grant")),                   "certificate was revoked",       "signature covers"),
    (replace(BY_OAUTH2, audit=("EntityOrRoleDisabled",)),                         "mapping is inactive",           "sandbox was"),
    (replace(BY_OAUTH2, audit=("CertificateExpired",), certificate=CERTIFICATE),  "certificate has expired",         "sandbox was"),
    (replace(BY_OAUTH2, audit=("InvalidSignature",)),                             "is not the key of the",         "A secret"),
    (replace(BY_OAUTH2, kind="nango"),                                            "certificate was revoked",       "NETSUITE_"),
]  # fmt: skip


@pytest.mark.parametrize(("evidence", "first", "absent"), RANKED_BY_OAUTH2)
def test_causes_under_oauth2_are_ranked_by_certificate_code_and_history(
    evidence: Evidence, first: str, absent: str
) -> None:
    causes = sign_in_causes(evidence)
    assert first in causes[0].summary
    assert not any(absent in cause.summary for cause in causes)
    assert len({cause.summary for cause in causes}) == len(causes)
    assert all(cause.remedy and cause.indication for cause in causes)
    assert not any("token secret" in cause.as_text for cause in causes)


def test_a_sandbox_s_refresh_clears_the_mappings_and_is_the_next_likeliest() -> None:
    evidence = replace(BY_OAUTH2, realm="1234567_SB1", certificate=CERTIFICATE)
    assert "clears the whole set-up" in sign_in_causes(evidence)[1].summary


@pytest.mark.parametrize("uses_tba", [True, False])
def test_what_nango_keeps_is_put_right_in_nango(uses_tba: bool) -> None:
    for cause in sign_in_causes(replace(SANDBOX, kind="nango", uses_tba=uses_tba)):
        assert not re.search(r"NETSUITE_(?!BASE_URL)", cause.as_text), cause


DETAILS = [
    # what the trail may say            what the cause says
    ("EntityOrRoleDisabled",            "mapping is inactive"),
    ("entity_or_role_disabled",         "mapping is inactive"),
    ("CertificateRevoked",              "certificate was revoked"),
    ("CertificateExpired",              "certificate has expired"),
    ("CertificateUnknown",              "does not belong to a certificate"),
    ("InvalidIntegration",              "does not belong to the integration"),
    ("IntegrationBlocked",              "integration is blocked"),
    ("ClientCredentialsGrantRequired",  "may not sign in with a certificate"),
    ("ScopeMismatched",                 "may not use REST"),
    ("FeatureDisabled",                 "OAuth 2.0 is switched off"),
    ("permission_denied",               "lacks Setup > Log in using OAuth 2.0"),
    ("InvalidAudience",                 "does not lead to the account"),
    ("AssertionExpired",                "clock of this machine"),
    ("IssuedInTheFuture",               "clock of this machine"),
    ("UnknownAlgorithm",                "algorithm"),
    ("temporary_locked",                "locked for 30 minutes"),
]  # fmt: skip


@pytest.mark.parametrize(("detail", "words"), DETAILS)
def test_a_detail_of_oauth2_is_understood_in_oracle_s_words_and_in_likely_ones(
    detail: str, words: str
) -> None:
    cause = cause_of_detail(detail, uses_tba=False)
    assert cause is not None
    assert words in cause.summary


def test_a_detail_of_oauth2_that_nobody_knows_means_no_cause() -> None:
    assert cause_of_detail("SomethingNew", uses_tba=False) is None


@pytest.mark.parametrize("reported", [WELL, {"server_time": REFUSED}, {"server_time": UNAVAILABLE}])
def test_soap_is_not_tried_by_oauth2_and_says_why(reported: dict[str, Any]) -> None:
    finding = soap_finding(replace(BY_OAUTH2, **reported))
    assert finding.state is State.UNKNOWN
    assert "SOAP does not support OAuth 2.0" in finding.seen


def test_a_refusal_under_oauth2_is_quoted_and_goes_on_in_sentences() -> None:
    finding = connection_findings(
        replace(BY_OAUTH2, server_time=no_token("invalid_grant"), clock_offset=0.0)
    )[2]
    assert finding.seen == ('NetSuite refuses the sign-in: "invalid_grant".')


def test_a_sandbox_s_refresh_is_the_next_likeliest_after_a_revoked_token() -> None:
    assert "sandbox was refreshed" in sign_in_causes(SANDBOX)[1].summary
    assert "New Access Token" in sign_in_causes(SANDBOX)[1].remedy


def test_another_address_than_the_account_s_own_is_among_the_causes() -> None:
    assert any(
        "NETSUITE_BASE_URL" in cause.summary
        for cause in sign_in_causes(replace(PRODUCTION, is_own_host=False))
    )


UNKNOWN_NAME = Unavailable(
    "The connection to … failed: Failed to resolve 'x' ([Errno -2] Name or service not known)"
)
NO_RESOLVER = Unavailable(
    "The connection to … failed: Failed to resolve 'x' ([Errno -3] Temporary failure in name resolution)"
)
HOSTS = [
    (UNKNOWN_NAME, True, "account id is mistyped"),
    (UNKNOWN_NAME, False, "the host of NETSUITE_BASE_URL"),
    (NO_RESOLVER, True, "cannot resolve host names"),
    (Unavailable("Connection refused"), True, "network of this machine"),
    (Unavailable("Connection refused"), False, "the host of NETSUITE_BASE_URL"),
    (Unavailable("NetSuite did not answer within 15 s.", timed_out=True), True, "NetSuite is down"),
    (Unavailable("503", status=503), True, "NetSuite is down"),
    (Unavailable("NetSuite's address redirects (302)", status=302, remedy="Check the account id"), True, "redirects"),
    (Unavailable("Something before NetSuite keeps this machine out (403)", status=403, remedy="allow list"), True, "keeps this machine out"),
    (ConfigurationError("Nothing can be sent", remedy="Look at REQUESTS_CA_BUNDLE."), True, "Nothing can be sent"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "own", "first"), HOSTS)
def test_causes_of_no_answer_are_ranked_by_how_it_failed(error: NetSuiteError, own: bool, first: str) -> None:
    causes = host_causes(replace(PRODUCTION, is_own_host=own), Answer.of(error))
    assert first in causes[0].summary
    assert all(cause.remedy for cause in causes)


@in_one_pass("table", standard_tables().values(), ids=lambda table: table.name)
def test_the_remedy_of_every_table_is_its_permission_s_menu_path(table: object) -> None:
    spec = standard_tables()[table.name]  # type: ignore[attr-defined]
    tab, _, label = spec.permission.name.partition(" > ")
    lost = table_causes(spec, role="Loader")
    assert lost[0].summary == f"The role lost {spec.permission.name} ({spec.permission.id})."
    assert lost[0].remedy == (
        f"Setup > Users/Roles > Manage Roles > Loader > Edit > Permissions > {tab}: add {label} "
        f"({least_level(spec.permission.name)}), "
        "press Add, then Save."
    )
    assert len(lost) == 1 + bool(spec.feature)
    assert "no such table" in table_causes(spec, was_readable=False)[-1].summary


COLUMNS = [
    ("email", "unknown", "feature", "Enable Features"),
    ("email", "not_exposed", "no longer exposes", "Manage Roles"),
    ("email", "removed", "removed from the account", "list it under `leave_out`"),
    ("email", "unexpected", "internal error", "NetSuite's support"),
    ("email", "refused", "not known", "NetSuite's support"),
    ("custentity_rating", "not_exposed", "no longer exposes", "Entity Fields > custentity_rating > Access"),
    ("custbody_region", "not_exposed", "no longer exposes", "Transaction Body Fields > custbody_region"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "reason", "first", "remedy"), COLUMNS)
def test_causes_of_a_lost_column_go_by_netsuite_s_reason(
    column: str, reason: str, first: str, remedy: str
) -> None:
    causes = column_causes(standard_tables()["customer"], column, reason)
    assert first in causes[0].summary
    assert remedy in causes[0].remedy


@pytest.mark.parametrize(("table", "types"), [("customer", False), ("transactionline", True)])
def test_fewer_transactions_may_be_types_that_the_role_lost(table: str, types: bool) -> None:
    causes = rows_causes(standard_tables()[table], role="Loader")
    assert "Manage Roles > Loader > Edit" in causes[0].remedy
    assert any("types of transactions" in cause.summary for cause in causes) is types
    assert f"--accept-shrink {table}" in causes[-1].remedy


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (SignInError("x"), Outcome.SIGN_IN_REFUSED),
        (PermissionDenied("x"), Outcome.DENIED),
        (QueryError("x", reason="syntax"), Outcome.QUERY_REFUSED),
        (QueryError("x"), Outcome.UNCLEAR),
        (QueryError("x", reason="header"), Outcome.UNCLEAR),
        (Throttled("x"), Outcome.THROTTLED),
        (Unavailable("x", code="UNEXPECTED_ERROR"), Outcome.SERVER_ERROR),
        (Unavailable("x", code="X"), Outcome.UNAVAILABLE),
        (ConfigurationError("x"), Outcome.UNAVAILABLE),
    ],
)
def test_every_failure_has_one_outcome(error: NetSuiteError, outcome: Outcome) -> None:
    assert Answer.of(error).outcome is outcome


QUERY = "SELECT c.id, t.tranid FROM customer c JOIN transaction t ON t.entity = c.id"


def test_a_query_that_is_refused_names_each_permission_that_it_needs() -> None:
    table = query_table("open", query=QUERY, key=("id",), known=standard_tables())
    found = table_causes(table, role="Loader")
    assert [cause.summary for cause in found] == [
        "The role lost Lists > Customers, which the query needs.",
        "The role lost Transactions > Find Transaction, which the query needs.",
    ]
    assert found[0].remedy.endswith("Permissions > Lists: add Customers (View), press Add, then Save.")
    assert permission_path(table.permission.name, "Loader") == f"{found[0].remedy} Then: {found[1].remedy}"


def test_a_query_of_unknown_tables_says_to_check_it() -> None:
    table = query_table("mine", query="SELECT id FROM customrecord_x", key=("id",), known=standard_tables())
    found = table_causes(table, was_readable=False)
    assert found[0].summary == "The role lacks a permission that the query needs."
    assert found[-1].summary == "The query names a table or a column that this account does not have."
