"""A hidden table lacks no permission by which another table was just read."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from netsuite_pipeline.netsuite.errors import PermissionDenied, Unavailable
from netsuite_pipeline.sync.hidden_tables import explain_hidden_tables
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.sync.scheduling.failures import classify_failure
from netsuite_pipeline.sync.work_time import WorkTime
from netsuite_pipeline.tables import Table, standard_tables
from netsuite_pipeline.warehouse.state import TableState

NOW = datetime(2026, 11, 24, 6)
STATE = TableState(
    watermark=NOW,
    columns=("id",),
    unavailable_columns=(),
    unavailable_checked_at=NOW,
    row_count=1,
    synced_at=NOW,
)
TABLES = standard_tables()


def done(name: str, requests: int = 1) -> TableReport:
    return TableReport(name, "full", "done", NOW, requests=requests)


def hidden(name: str, state: TableState | None = STATE) -> TableReport:
    error = PermissionDenied("no", table=name, detail=f"Record '{name}' was not found.")
    return classify_failure(error, TABLES[name], "full", state, WorkTime()).report


def explained(reports: Sequence[TableReport], *tables: str, synced: bool = True) -> dict[str, TableReport]:
    chosen: list[Table] = [TABLES[name] for name in tables]
    states = dict.fromkeys(tables, STATE) if synced else {}
    found = {each.table: each for each in explain_hidden_tables(reports, chosen, states)}
    assert set(found) == {report.table for report in reports}
    return found


def message(report: TableReport) -> str:
    assert report.failure is not None
    return report.failure.message


@pytest.mark.parametrize("refused_first", [True, False])
def test_a_permission_by_which_a_sibling_was_read_is_not_called_lost(refused_first: bool) -> None:
    reports = [hidden("vendor"), done("vendorsubsidiaryrelationship")]
    found = explained(reports if refused_first else reports[::-1], "vendor", "vendorsubsidiaryrelationship")
    text = message(found["vendor"])
    assert "lost" not in text
    assert "although the role has Lists > Vendors, by which vendorsubsidiaryrelationship was read" in text
    assert "Record 'vendor' was not found." in text
    assert "2026-11-24 06:00 UTC" in text
    failure = found["vendor"].failure
    assert isinstance(failure, PermissionDenied)
    assert failure.table == "vendor"
    assert "add Vendors" not in failure.remedy


def test_a_feature_comes_first_where_the_permission_is_proven() -> None:
    found = explained(
        [hidden("vendorsubsidiaryrelationship"), done("vendor")], "vendor", "vendorsubsidiaryrelationship"
    )
    assert "Most likely the feature Subsidiaries was turned off" in message(
        found["vendorsubsidiaryrelationship"]
    )


def test_a_feature_by_which_a_table_was_read_is_not_called_off() -> None:
    reports = [done("subsidiary"), done("vendor"), hidden("vendorsubsidiaryrelationship")]
    text = message(explained(reports, *(each.table for each in reports))["vendorsubsidiaryrelationship"])
    assert "NetSuite does not say why" in text
    assert "feature" not in text
    only_feature = [done("subsidiary"), hidden("vendorsubsidiaryrelationship")]
    text = message(
        explained(only_feature, *(each.table for each in only_feature))["vendorsubsidiaryrelationship"]
    )
    assert "The role lost Lists > Vendors" in text
    assert "feature" not in text


@pytest.mark.parametrize(
    "sibling",
    [
        done("vendorsubsidiaryrelationship", requests=0),  # nothing was asked: nothing is proven
        hidden("vendorsubsidiaryrelationship"),
        TableReport("vendorsubsidiaryrelationship", "full", "failed", NOW, failure=Unavailable("down")),
    ],
    ids=["not asked", "hidden too", "down"],
)
def test_what_was_not_read_proves_nothing(sibling: TableReport) -> None:
    found = explained([hidden("vendor"), sibling], "vendor", "vendorsubsidiaryrelationship")
    assert "The role lost Lists > Vendors (LIST_VENDOR)" in message(found["vendor"])


def test_a_table_whose_permission_is_our_guess_proves_nothing() -> None:
    found = explained([done("accountsubsidiarymap"), hidden("account")], "account", "accountsubsidiarymap")
    assert "The role lost Lists > Accounts" in message(found["account"])


def test_a_table_that_was_never_there_names_no_permission_that_the_role_has() -> None:
    absent = hidden("vendor", state=None)
    report = explained(
        [absent, done("vendorsubsidiaryrelationship")],
        "vendor",
        "vendorsubsidiaryrelationship",
        synced=False,
    )["vendor"]
    assert report.status == "absent"
    assert report.permitted_by == "vendorsubsidiaryrelationship"
    assert report.notes == (
        "this account has no such table; the role has Lists > Vendors, by which vendorsubsidiaryrelationship "
        "was read",
    )


def test_a_report_waits_no_longer_than_for_the_tables_that_could_prove_something() -> None:
    tables = [TABLES[name] for name in ("vendor", "vendorsubsidiaryrelationship", "customer", "currency")]
    reports = [hidden("vendor"), done("currency"), done("vendorsubsidiaryrelationship"), done("customer")]
    order = [each.table for each in explain_hidden_tables(reports, tables, dict.fromkeys(TABLES, STATE))]
    assert order == ["currency", "vendorsubsidiaryrelationship", "vendor", "customer"]
    alone = [hidden("vendor"), done("currency")]
    order = [each.table for each in explain_hidden_tables(alone, [TABLES["vendor"], TABLES["currency"]], {})]
    assert order == ["vendor", "currency"]
