"""The look at tables, at the emulator in a process of its own: permissions, columns and rows that go and come."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import cast

import pytest

from netsuite_pipeline.emulator.admin.client import AdminClient
from netsuite_pipeline.health.findings import Finding, ProbeResult, State
from netsuite_pipeline.health.probes import table_probe
from netsuite_pipeline.health.probes.table_probe import probe_table
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import NetSuiteError, PermissionDenied, QueryError
from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.tables import Table
from netsuite_pipeline.tables.permission_levels import least_level
from netsuite_pipeline_tests.health.probes.synced_tables import TABLES, by_id, synced


def only(result: ProbeResult) -> Finding:
    (finding,) = result.findings
    return finding


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
@pytest.mark.few(6)
def test_a_table_whose_permission_is_lost_names_it_and_the_menu_and_recovers(
    table: Table, client: NetSuiteClient, admin: AdminClient
) -> None:
    admin.drop_permission(table.permission.id)
    lost = only(probe_table(client, table, synced(table.name), role="Data pipeline"))
    assert (lost.id, lost.state) == (f"table:{table.name}", State.FAILED)
    assert lost.seen.startswith(
        f"NetSuite: \"Record '{table.name}' was not found.\" The table is unchanged since "
    )
    assert lost.causes[0].summary == f"The role lost {table.permission.name} ({table.permission.id})."
    tab, _, label = table.permission.name.partition(" > ")
    assert (
        f"Manage Roles > Data pipeline > Edit > Permissions > {tab}: add {label} ({least_level(table.permission.name)})"
        in lost.remedy
    )
    admin.grant_permission(table.permission.id)
    result = probe_table(client, table, synced(table.name))
    recovered = only(result)
    assert (recovered.id, recovered.state) == (f"table:{table.name}", State.OK)
    assert result.tables == {table.name}


def test_a_table_that_is_well_costs_one_request_and_one_more_where_it_is_counted(
    client: NetSuiteClient, admin: AdminClient
) -> None:
    rows = admin.tables()["vendor"]
    admin.reset_stats()
    assert only(probe_table(client, TABLES["vendor"], synced("vendor"))).state is State.OK
    assert admin.stats().requests == 1
    found = by_id(probe_table(client, TABLES["vendor"], synced("vendor", rows), count=True))
    assert found["rows:vendor"].state is State.OK
    assert admin.stats().requests == 3


def test_a_table_that_the_role_could_never_read_is_a_warning(
    client: NetSuiteClient, admin: AdminClient
) -> None:
    admin.drop_permission("LIST_VENDOR")
    finding = only(probe_table(client, TABLES["vendor"], None))
    assert finding.state is State.WARNING
    assert finding.seen.startswith("never readable so far")
    assert finding.causes[0].summary == "The role lacks Lists > Vendors (LIST_VENDOR)."


def test_before_the_first_sync_the_first_check_is_what_is_compared_with(
    client: NetSuiteClient, admin: AdminClient
) -> None:
    baseline = [column.name for column in TABLES["vendor"].columns]
    admin.hide_column("vendor", "email")
    found = by_id(probe_table(client, TABLES["vendor"], None, baseline=baseline))
    assert found["column:vendor.email"].state is State.FAILED
    admin.drop_permission("LIST_VENDOR")
    assert only(probe_table(client, TABLES["vendor"], None, baseline=baseline)).state is State.FAILED


def test_a_feature_that_is_off_is_among_the_causes(client: NetSuiteClient, admin: AdminClient) -> None:
    admin.set_feature("MULTIBOOK", False)
    finding = only(probe_table(client, TABLES["accountingbook"], synced("accountingbook")))
    assert finding.state is State.FAILED
    assert finding.causes[1].summary == "The feature Multi-Book Accounting is switched off."


@pytest.mark.parametrize(
    ("state", "reason", "cause"),
    [
        ("NOT_EXPOSED", "not_exposed", "NetSuite no longer exposes this field to SuiteQL"),
        ("REMOVED", "removed", "The field was removed from the account."),
        ("UNKNOWN", "unknown", "The feature that provides the field was switched off."),
        ("POISON", "unexpected", "NetSuite fails with an internal error on every query of the column."),
    ],
)
def test_a_hidden_column_is_named_and_its_table_stays_readable(
    state: str, reason: str, cause: str, client: NetSuiteClient, admin: AdminClient
) -> None:
    admin.hide_column("customer", "email", state)
    result = probe_table(client, TABLES["customer"], synced("customer"))
    found = by_id(result)
    assert set(found) == {"table:customer", "column:customer.email"}
    assert found["table:customer"].state is State.OK
    assert result.tables == {"customer"}
    column = found["column:customer.email"]
    assert column.state is State.FAILED
    assert f"({reason})" in column.seen
    assert column.causes[0].summary.startswith(cause)
    assert column.remedy == column.causes[0].remedy
    admin.show_column("customer", "email")
    assert set(by_id(probe_table(client, TABLES["customer"], synced("customer")))) == {"table:customer"}


def test_a_hidden_key_column_is_a_table_that_cannot_be_read(
    client: NetSuiteClient, admin: AdminClient
) -> None:
    admin.hide_column("vendor", "id")
    found = by_id(probe_table(client, TABLES["vendor"], synced("vendor")))
    assert found["table:vendor"].state is State.FAILED
    assert "'id'" in found["table:vendor"].seen


@pytest.mark.parametrize("was_there", [True, False])
def test_a_part_of_the_key_that_is_hidden_leaves_the_table_readable(
    client: NetSuiteClient, admin: AdminClient, was_there: bool
) -> None:
    """A sync reads it by what is left of the key; without Multi-Book Accounting there is no other."""
    known = synced("transactionaccountingline")
    known = known if was_there else replace(known, columns=known.columns - {"accountingbook"})
    admin.hide_column("transactionaccountingline", "accountingbook")
    found = by_id(probe_table(client, TABLES["transactionaccountingline"], known))
    assert found["table:transactionaccountingline"].state is State.OK
    column = found.get("column:transactionaccountingline.accountingbook")
    assert (column is not None and column.state is State.FAILED) is was_there
    admin.show_column("transactionaccountingline", "accountingbook")


def test_a_parents_key_that_is_hidden_is_a_table_that_cannot_be_read(
    client: NetSuiteClient, admin: AdminClient
) -> None:
    admin.hide_column("transactionaccountingline", "transaction")
    known = synced("transactionaccountingline")
    found = by_id(probe_table(client, TABLES["transactionaccountingline"], known))
    assert found["table:transactionaccountingline"].state is State.FAILED


def test_a_column_that_was_never_offered_is_no_finding(client: NetSuiteClient) -> None:
    finding = only(probe_table(client, TABLES["transaction"], synced("transaction")))
    assert finding.state is State.OK
    assert "not available here: subsidiary (not_exposed)" in finding.seen
    assert finding.facts["not_offered"] == 1


def test_a_new_column_is_good_news(client: NetSuiteClient) -> None:
    before = synced("customer")
    before = replace(before, columns=before.columns - {"email"})
    found = by_id(probe_table(client, TABLES["customer"], before))
    assert found["column:customer.email"].state is State.OK
    assert "email is new" in found["column:customer.email"].seen


def test_a_lost_column_says_since_when_and_is_well_once_it_is_back(
    client: NetSuiteClient, admin: AdminClient
) -> None:
    since = datetime(2026, 11, 20, 6)
    before = replace(synced("customer"), lost={"email": since})
    admin.hide_column("customer", "email")
    assert by_id(probe_table(client, TABLES["customer"], before))["column:customer.email"].since == since
    admin.show_column("customer", "email")
    back = by_id(probe_table(client, TABLES["customer"], before))["column:customer.email"]
    assert back.state is State.OK
    assert "again" in back.seen


# What is not the table's fault

SIGN_IN = "not checked (sign-in must work first)"
WHOLE = "not checked (SuiteQL must work first)"
OTHERS: list[tuple[str, Callable[[AdminClient], object], str]] = [
    ("token revoked", lambda admin: admin.revoke_token(), SIGN_IN),
    ("Workbook lost", lambda admin: admin.drop_permission("REPO_ANALYTICS"), WHOLE),
    ("REST lost", lambda admin: admin.drop_permission("ADMI_RESTWEBSERVICES"), WHOLE),
    ("NetSuite down", lambda admin: admin.add_fault("unavailable", count=None), 'not checked: "Service Unavailable'),
    ("internal error", lambda admin: admin.add_fault("unexpected_error", count=None), 'not checked: "An unexpected error'),
    ("busy", lambda admin: admin.add_fault("throttled", count=None), "not checked (the account must have a free request first"),
    ("clock off", lambda admin: admin.set_clock_offset(360), SIGN_IN),
]  # fmt: skip


@pytest.mark.parametrize(("name", "turn", "why"), OTHERS, ids=[name for name, _, _ in OTHERS])
@pytest.mark.few(1)
def test_what_is_not_the_table_s_fault_leaves_it_unknown(
    name: str, turn: Callable[[AdminClient], object], why: str, client: NetSuiteClient, admin: AdminClient
) -> None:
    turn(admin)
    result = probe_table(client, TABLES["vendor"], synced("vendor", 300), count=True)
    assert {finding.id for finding in result.findings} == {"table:vendor", "rows:vendor"}
    assert {finding.state for finding in result.findings} == {State.UNKNOWN}
    assert all(finding.seen.startswith(why) for finding in result.findings), result.findings
    assert not result.tables


def test_a_token_revoked_between_reading_and_counting_leaves_the_rows_unknown(
    client: NetSuiteClient, admin: AdminClient
) -> None:
    admin.add_fault("sign_in", count=None, matching=r"COUNT\(")
    found = by_id(probe_table(client, TABLES["vendor"], synced("vendor", 300), count=True))
    assert found["table:vendor"].state is State.OK
    assert found["rows:vendor"].state is State.UNKNOWN
    assert "sign-in must work first" in found["rows:vendor"].seen


def test_a_token_revoked_while_culprits_are_sought_accuses_no_column(
    client: NetSuiteClient, admin: AdminClient
) -> None:
    admin.hide_column("customer", "email", "POISON")
    admin.add_fault("sign_in", count=None, matching="SELECT id FROM customer")  # asked after the whole
    result = probe_table(client, TABLES["customer"], synced("customer"))
    assert (only(result).state, only(result).seen) == (State.UNKNOWN, SIGN_IN)
    assert not result.tables


def test_seeking_that_takes_too_long_leaves_the_columns_unknown(
    client: NetSuiteClient, admin: AdminClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin.hide_column("customer", "email", "POISON")
    readings = iter([0.0, 0.0, 1.0])  # made, the whole, the key alone; then it is late
    monkeypatch.setattr(table_probe, "time", SimpleNamespace(monotonic=lambda: next(readings, 1e6)))
    result = probe_table(client, TABLES["customer"], synced("customer"))
    assert only(result).state is State.OK
    assert "its columns were not all checked" in only(result).seen
    assert not result.tables


def test_an_inner_failure_that_passes_accuses_nobody(client: NetSuiteClient, admin: AdminClient) -> None:
    admin.add_fault("unexpected_error", count=2)
    assert only(probe_table(client, TABLES["vendor"], synced("vendor"))).state is State.OK


@pytest.mark.parametrize("text", ["record_not_found", "invalid_search_type"])
def test_a_hidden_table_is_known_however_netsuite_words_it(
    text: str, client: NetSuiteClient, admin: AdminClient
) -> None:
    admin.set_variant("missing_table_text", text)
    admin.drop_permission("LIST_VENDOR")
    assert only(probe_table(client, TABLES["vendor"], synced("vendor"))).state is State.FAILED


# What the emulator does not do, and an account may


class Scripted:
    """A client that answers by a function from the statement to a failure, or None."""

    def __init__(self, refusal: Callable[[str], NetSuiteError | None]) -> None:
        self.asked: list[str] = []
        self._refusal = refusal

    def fetch_page(self, sql: str, **more: object) -> Page:
        self.asked.append(sql)
        error = self._refusal(sql)
        if error is not None:
            raise error
        return Page(b"", [{"counted": "300"}], has_more=False, total=1)


def check_vendor(refusal: Callable[[str], NetSuiteError | None]) -> tuple[Finding, list[str]]:
    scripted = Scripted(refusal)
    result = probe_table(cast("NetSuiteClient", scripted), TABLES["vendor"], synced("vendor"))
    return only(result), scripted.asked


def test_a_denial_that_names_no_table_is_the_table_s_own_where_dual_is_answered() -> None:
    denied = PermissionDenied("denied", detail="Your current role does not have permission.")
    finding, asked = check_vendor(lambda sql: denied if "vendor" in sql else None)
    assert finding.state is State.FAILED
    assert finding.causes[0].summary == "The role lost Lists > Vendors (LIST_VENDOR)."
    assert len(asked) == 2


def test_a_table_that_takes_no_rownum_is_asked_without() -> None:
    unsupported = QueryError("Invalid or unsupported search", reason="unsupported")
    finding, asked = check_vendor(lambda sql: unsupported if "ROWNUM" in sql else None)
    assert finding.state is State.OK
    assert finding.facts["not_offered"] == 0
    assert "ROWNUM" not in asked[-1]


def test_a_table_that_is_refused_whatever_is_asked_accuses_no_column() -> None:
    unsupported = QueryError("no", reason="unsupported", detail="Invalid or unsupported search")
    finding, asked = check_vendor(lambda sql: unsupported)
    assert finding.state is State.FAILED
    assert 'NetSuite: "Invalid or unsupported search"' in finding.seen
    assert len(asked) == 3  # the whole, the key, the key without ROWNUM
