"""What leads people through NetSuite's menus: connect's guide, features, permissions, causes and certificates."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from syrupy.assertion import SnapshotAssertion

from netsuite_pipeline.commands.connecting.credential_kinds import KINDS
from netsuite_pipeline.commands.connecting.guide import MAPPING, lines_of, steps_of
from netsuite_pipeline.commands.connecting.validation import validate
from netsuite_pipeline.health.diagnosis.causes import AUDIT_DETAILS, OAUTH2_DETAILS, get_cause
from netsuite_pipeline.health.diagnosis.certificate import CertificateStatus, certificate_finding
from netsuite_pipeline.health.diagnosis.evidence import ANSWERED, Evidence
from netsuite_pipeline.health.diagnosis.sign_in_causes import cause_of_detail, sign_in_causes
from netsuite_pipeline.health.diagnosis.table_causes import (
    column_causes,
    named_permission_cause,
    rows_causes,
    table_causes,
    unexplained_cause,
)
from netsuite_pipeline.health.findings import Cause, Finding
from netsuite_pipeline.health.setup_guide.guide import (
    FEATURES,
    INSTALLER_PERMISSIONS,
    SUNSETS,
    TRANSPORT,
    feature_path,
    permission_path,
)
from netsuite_pipeline.health.setup_page import tables_by_permission
from netsuite_pipeline.netsuite.auth.certificate import CertificateValidity
from netsuite_pipeline.netsuite.auth.variables import CredentialVariable
from netsuite_pipeline.tables.catalogue import standard_tables
from netsuite_pipeline.tables.queries.query_table import query_table
from netsuite_pipeline.tables.table import Table

_WIDTH = 100
_NOON = datetime(2026, 11, 24, 12)
_DAY = timedelta(days=1)
_TABLES = standard_tables()
_OF_QUERY = query_table(
    "open",
    query="SELECT c.id, t.tranid FROM customer c JOIN transaction t ON t.entity = c.id",
    key=("id",),
    known=_TABLES,
)
_OF_UNKNOWN = query_table("mine", query="SELECT id FROM customrecord_x", key=("id",), known=_TABLES)


def _reported(causes: Iterable[Cause]) -> str:
    return "\n\n".join(
        "\n".join(filter(None, (each.summary, each.indication, each.remedy))) for each in causes
    )


def _lines(texts: Mapping[str, str]) -> str:
    return "\n".join(f"{name}: {text}" for name, text in texts.items())


@pytest.mark.parametrize("kind", KINDS)
def test_the_guide_of_connect(kind: str, snapshot: SnapshotAssertion) -> None:
    """Connect goes through NetSuite's menus for each kind of credentials."""
    steps = [*steps_of(kind), *([MAPPING] if kind == "oauth2" else [])]
    lines = [
        line
        for number, step in enumerate(steps, 1)
        for line in lines_of(step, number, len(steps), kind, _WIDTH)
    ]
    assert "\n".join(lines) == snapshot


@pytest.mark.parametrize("kind", KINDS)
def test_what_connect_asks(kind: str, snapshot: SnapshotAssertion) -> None:
    """Connect asks for each value by what NetSuite calls it."""
    kinds = KINDS[kind]
    lines = [f"{each.label} ({each.default})" if each.default else each.label for each in kinds.prompts]
    assert "\n".join((kinds.title, kinds.audience, *lines)) == snapshot


_ACCOUNT, _KEY, _SECRET, *_ = KINDS["tba"].prompts
_CERTIFICATE_ID = KINDS["oauth2"].prompts[2]
_HOST = KINDS["nango"].prompts[3]
_GIVEN = {
    "nothing": (_ACCOUNT, ""),
    "PEM": (_SECRET, "-----BEGIN PRIVATE KEY-----"),
    "a blank inside": (_SECRET, "a b"),
    "a token as the account id": (_ACCOUNT, "a1" * 32),
    "an account id that is none": (_ACCOUNT, "1234567_SB1_SB2"),
    "an address that is none": (_HOST, "nango"),
    "the value before": (_SECRET, "a1" * 32),
    "too short": (_SECRET, "b2" * 31),
    "another alphabet": (_SECRET, "Z4" * 32),
    "a key as the certificate's id": (_CERTIFICATE_ID, "c3" * 32),
}


@pytest.mark.parametrize(("asked", "value"), _GIVEN.values(), ids=_GIVEN)
def test_what_connect_says_of_a_value(
    asked: CredentialVariable, value: str, snapshot: SnapshotAssertion
) -> None:
    """Connect says at once what is wrong with a value."""
    problem = validate(asked, value, {_KEY.variable: "a1" * 32})
    assert problem is not None
    assert problem.text == snapshot


def test_where_features_are_switched_on(snapshot: SnapshotAssertion) -> None:
    """Each feature has the menu that switches it on."""
    named = {name: feature_path(name) for name in (*FEATURES, "Some Feature", "Subsidiaries, Classes")}
    assert _lines(named) == snapshot


def test_where_permissions_are_added(snapshot: SnapshotAssertion) -> None:
    """Each permission has the menu that adds it to a role."""
    of_tables = [each.name for each in tables_by_permission(_TABLES.values())]
    names = [*(each.name for each in (*TRANSPORT, *INSTALLER_PERMISSIONS)), *of_tables]
    assert _lines({name: permission_path(name, "Data pipeline") for name in names}) == snapshot


def test_what_ends_in_netsuite(snapshot: SnapshotAssertion) -> None:
    """Each end of something in NetSuite is one line of doctor's."""
    assert "\n".join(sunset.as_warning for sunset in SUNSETS) == snapshot


@pytest.mark.parametrize("detail", AUDIT_DETAILS)
def test_a_detail_of_the_login_audit_trail(detail: str, snapshot: SnapshotAssertion) -> None:
    """Each detail of a sign-in by token means a cause."""
    assert _reported([AUDIT_DETAILS[detail]]) == snapshot


def test_no_row_in_the_login_audit_trail(snapshot: SnapshotAssertion) -> None:
    """A trail without a row means a cause too."""
    assert _reported([get_cause("not_in_trail")]) == snapshot


@pytest.mark.parametrize(
    "detail",
    [
        *OAUTH2_DETAILS,
        "CertificateRevoked",
        "CertificateExpired",
        "CertificateUnknown",
        "IntegrationBlocked",
        "ClientCredentialsGrantRequired",
        "FeatureDisabled",
        "permission_denied",
        "InvalidAudience",
        "AssertionExpired",
        "UnknownAlgorithm",
        "temporary_locked",
    ],
)
def test_a_detail_of_a_sign_in_by_oauth2(detail: str, snapshot: SnapshotAssertion) -> None:
    """Each detail of a sign-in by OAuth 2.0 means a cause."""
    named = cause_of_detail(detail, uses_tba=False)
    assert named is not None
    assert _reported([named]) == snapshot


_EVIDENCE = Evidence(
    "1234567_SB1", "1234567-sb1.suitetalk.api.netsuite.com", last_good=_NOON, is_own_host=False
)
_OAUTH2 = replace(_EVIDENCE, kind="oauth2", uses_tba=False, at=_NOON)
_RANKED = {
    "token": _EVIDENCE,
    "token, never worked": replace(_EVIDENCE, last_good=None),
    "token, SOAP lets it in": replace(_EVIDENCE, soap=ANSWERED),
    "certificate": _OAUTH2,
    "certificate, never worked": replace(_OAUTH2, last_good=None),
    "token in Nango": replace(_EVIDENCE, kind="nango", last_good=None),
    "certificate in Nango": replace(_OAUTH2, kind="nango"),
}


@pytest.mark.parametrize("evidence", _RANKED.values(), ids=_RANKED)
def test_the_order_of_causes_of_a_refused_sign_in(evidence: Evidence, snapshot: SnapshotAssertion) -> None:
    """All causes of a refused sign-in stand in one order."""
    assert "\n".join(cause.summary for cause in sign_in_causes(evidence)) == snapshot


_SOME = {
    "vendor": _TABLES["vendor"],
    "subsidiary, which needs a feature": _TABLES["subsidiary"],
    "a query": _OF_QUERY,
    "a query of unknown tables": _OF_UNKNOWN,
}


@pytest.mark.parametrize("table", _SOME.values(), ids=_SOME)
@pytest.mark.parametrize("was_readable", [True, False], ids=["was readable", "never readable"])
def test_causes_of_a_hidden_table(table: Table, was_readable: bool, snapshot: SnapshotAssertion) -> None:
    """A hidden table has causes by its permission and feature."""
    assert _reported(table_causes(table, role="Data pipeline", was_readable=was_readable)) == snapshot


def test_causes_of_a_table_that_are_reported_by_netsuite_or_disproved(snapshot: SnapshotAssertion) -> None:
    """A cause is reported as NetSuite names it, or as unknown."""
    named = named_permission_cause("Lists -> Items", "Data pipeline")
    disproved = [unexplained_cause(_TABLES["vendor"], column, "customer") for column in ("", "email")]
    assert _reported([named, *disproved]) == snapshot


@pytest.mark.parametrize("reason", ["unknown", "not_exposed", "removed", "unexpected", "refused"])
@pytest.mark.parametrize("column", ["email", "custentity_rating", "subsidiary"])
def test_causes_of_a_lost_column(column: str, reason: str, snapshot: SnapshotAssertion) -> None:
    """A lost column has causes by NetSuite's reason and its kind."""
    assert _reported(column_causes(_TABLES["customer"], column, reason)) == snapshot


@pytest.mark.parametrize(
    ("table", "what"),
    [("customer", ""), ("transaction", ""), ("transaction", "all 500 with type VendBill")],
    ids=["customer", "transaction", "transactions of one type"],
)
def test_causes_of_missing_rows(table: str, what: str, snapshot: SnapshotAssertion) -> None:
    """Missing rows have causes by what they have in common."""
    assert _reported(rows_causes(_TABLES[table], what, role="Data pipeline")) == snapshot


def _good_for(days: float) -> CertificateStatus:
    ends = _NOON + days * _DAY
    return CertificateStatus("oauth2", CertificateValidity("CN=warehouse", ends - 729 * _DAY, ends))


_CERTIFICATES = {
    "a token": CertificateStatus("tba"),
    "Nango": CertificateStatus("nango"),
    "not set": CertificateStatus("oauth2"),
    "unreadable": CertificateStatus("oauth2", problem="It is cut.", remedy="Copy it whole."),
    "another key": replace(_good_for(400), matches_key=False),
    "not yet": CertificateStatus(
        "oauth2", CertificateValidity("CN=warehouse", _NOON + _DAY, _NOON + 300 * _DAY)
    ),
    "400 days": _good_for(400),
    "60 days": _good_for(60),
    "30 days": _good_for(30),
    "7 days": _good_for(7),
    "1 day": _good_for(1),
    "an hour": _good_for(1 / 24),
    "ended": _good_for(-1),
}


@pytest.mark.parametrize("result", _CERTIFICATES.values(), ids=_CERTIFICATES)
def test_the_end_of_a_certificate(result: CertificateStatus, snapshot: SnapshotAssertion) -> None:
    """A certificate's end is reported ahead with what to do."""
    finding: Finding = certificate_finding(result, _NOON)
    reported = "\n".join(
        filter(None, (f"{finding.state}: {finding.seen}", _reported(finding.causes), finding.remedy))
    )
    assert reported == snapshot
