"""A cause that the same run disproves is not listed: what was read proves permissions and features."""

from collections.abc import Sequence

import pytest

from netsuite_pipeline.health.diagnosis.evidence import Answer
from netsuite_pipeline.health.diagnosis.run_evidence import without_disproved_causes
from netsuite_pipeline.health.diagnosis.table_findings import TableBaseline, readable_table, refused_table
from netsuite_pipeline.health.findings import Finding, ProbeResult, State
from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor, SubjectState
from netsuite_pipeline.netsuite.errors import PermissionDenied
from netsuite_pipeline.netsuite.probes.column_probe import AvailableColumns
from netsuite_pipeline.tables import Table, standard_tables
from netsuite_pipeline.tables.queries.query_table import query_table

TABLES = standard_tables()


def read(name: str) -> ProbeResult:
    table = TABLES[name]
    every = tuple(column.name for column in table.columns)
    return readable_table(table, TableBaseline(frozenset(every)), AvailableColumns(every))


def hidden(table: Table, *, before: bool = True) -> ProbeResult:
    error = PermissionDenied("no", table=table.name, detail=f"Record '{table.name}' was not found.")
    return refused_table(
        table, TableBaseline(frozenset({"id"}) if before else None), Answer.of(error), role="Loader"
    )


def causes_of(result: ProbeResult, tables: Sequence[Table], id_: str) -> tuple[Finding, list[str]]:
    (finding,) = [each for each in without_disproved_causes(result, tables).findings if each.id == id_]
    assert finding.remedy == finding.causes[0].remedy
    return finding, [cause.summary for cause in finding.causes]


@pytest.mark.parametrize(
    ("table", "proofs", "left"),
    [
        ("vendor", [], ["The role lost Lists > Vendors (LIST_VENDOR)."]),
        ("vendor", ["customer"], ["The role lost Lists > Vendors (LIST_VENDOR)."]),
        ("vendor", ["vendorsubsidiaryrelationship"], ["NetSuite hides vendor and gives no reason."]),
        (
            "vendorsubsidiaryrelationship",
            ["vendor"],
            ["The feature Subsidiaries is switched off."],
        ),
        (
            "vendorsubsidiaryrelationship",
            ["subsidiary"],
            ["The role lost Lists > Vendors (LIST_VENDOR)."],
        ),
        (
            "vendorsubsidiaryrelationship",
            ["vendor", "subsidiary"],
            ["NetSuite hides vendorsubsidiaryrelationship and gives no reason."],
        ),
        (
            "consolidatedexchangerate",
            ["currency", "vendor"],
            ["The feature Subsidiaries is switched off."],
        ),
        ("account", ["accountsubsidiarymap"], ["The role lost Lists > Accounts (LIST_ACCOUNT)."]),
        ("nexus", ["vendor"], ["The role lost Lists > Tax Records (LIST_TAXITEM)."]),
    ],
)  # fmt: skip
def test_causes_that_the_run_disproves_are_not_listed(table: str, proofs: list[str], left: list[str]) -> None:
    result = sum((read(name) for name in proofs), start=hidden(TABLES[table]))
    finding, causes = causes_of(result, list(TABLES.values()), f"table:{table}")
    assert causes == left
    assert finding.state is State.FAILED


def test_a_table_that_was_never_there_is_most_likely_none_of_the_account_s() -> None:
    result = hidden(TABLES["vendor"], before=False) + read("vendorsubsidiaryrelationship")
    finding, causes = causes_of(result, list(TABLES.values()), "table:vendor")
    assert causes == ["This account has no such table."]
    assert finding.state is State.WARNING


def test_of_a_query_s_permissions_those_are_listed_that_nothing_proves() -> None:
    sql = "SELECT c.id, t.tranid FROM customer c JOIN transaction t ON t.entity = c.id"
    table = query_table("open", query=sql, key=("id",), known=TABLES)
    _, causes = causes_of(hidden(table) + read("customer"), [table, *TABLES.values()], "table:open")
    assert causes == ["The role lost Transactions > Find Transaction, which the query needs."]


def test_a_column_that_points_to_a_list_that_is_there_went_with_no_feature_of_the_list() -> None:
    every = tuple(column.name for column in TABLES["customer"].columns)
    lost = readable_table(
        TABLES["customer"],
        TableBaseline(frozenset(every)),
        AvailableColumns(tuple(name for name in every if name != "currency"), {"currency": "unknown"}),
    )
    id_ = "column:customer.currency"
    assert any("feature" in what for what in causes_of(lost, list(TABLES.values()), id_)[1])
    result = lost + read("currency")
    assert not any("feature" in what for what in causes_of(result, list(TABLES.values()), id_)[1])


def test_a_cause_is_remembered_without_what_it_is_about() -> None:
    (finding,) = hidden(TABLES["vendor"]).findings
    cursor = SensorCursor({finding.id: SubjectState(reported=finding)})
    assert SensorCursor.parse(cursor.serialize()) == cursor
