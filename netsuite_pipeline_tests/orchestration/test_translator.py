"""What a table's page says of the table and of each sync; how tables hang together in the graph."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import dagster as dg
import pytest

from netsuite_pipeline.orchestration.asset_keys import build_asset_keys
from netsuite_pipeline.orchestration.assets.lineage import parents_first, with_parent_deps
from netsuite_pipeline.orchestration.help_links import help_page
from netsuite_pipeline.orchestration.translator import (
    DagsterNetSuiteTranslator,
    NetSuiteTableProps,
    last_sync_text,
    materialize_result,
)
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.tables import Column, Permission, Table, standard_tables


def _spec(table: Table) -> dg.AssetSpec:
    return DagsterNetSuiteTranslator().get_asset_spec(NetSuiteTableProps(table, "netsuite"))


TABLES = standard_tables()
SIX = datetime(2026, 11, 24, 6)
VENDOR = TableReport(
    "vendor", "changed", "done", SIX, seconds=0.8, rows_read=14, rows_written=12, rows=300, requests=2
)


def _columns(table: Table) -> dict[str, dg.TableColumn]:
    schema = _spec(table).metadata["dagster/column_schema"]
    return {column.name: column for column in schema.columns}


@pytest.mark.parametrize(
    ("report", "message"),
    [
        (
            replace(VENDOR, counted=300),
            "Last sync 2026-11-24 06:00 UTC: 12 rows changed, 0 deleted, 2 requests, 0.8 s of work; "
            "NetSuite counts 300, the table has 300.",
        ),
        (
            replace(VENDOR, rows_written=1, rows=1, requests=1),
            "Last sync 2026-11-24 06:00 UTC: 1 row changed, 0 deleted, 1 request, 0.8 s of work; "
            "the table has 1 row.",
        ),
        (
            replace(VENDOR, mode="full", seconds=3725, rows_written=22_481, rows=22_481, requests=1_024),
            "Last sync 2026-11-24 06:00 UTC: 22,481 rows changed (full read), 0 deleted, 1,024 requests, "
            "3,725.0 s of work; the table has 22,481 rows.",
        ),
    ],
)
def test_each_sync_is_shown_in_words(report: TableReport, message: str) -> None:
    assert last_sync_text(report) == message
    metadata = materialize_result(dg.AssetKey(["netsuite", "vendor"]), report).metadata
    assert metadata is not None
    assert metadata["last_sync"] == message


def test_what_is_plotted_is_a_number_and_stands_under_the_asset_s_own_key() -> None:
    key = dg.AssetKey(["raw", "suppliers"])
    result = materialize_result(key, replace(VENDOR, counted=301, watermark=SIX))
    assert result.asset_key == key
    assert result.metadata is not None
    for name in ("dagster/row_count", "rows_read", "rows_written", "rows_deleted", "requests", "seconds"):
        assert isinstance(result.metadata[name], int | float)
    assert result.metadata["netsuite_rows"] == 301


def test_a_column_shows_its_meaning_where_it_points_and_what_is_not_certain() -> None:
    column = Column(
        "elder", "integer", "The company it belongs to.", references="customer", doubt="It may not."
    )
    columns = _columns(replace(TABLES["customer"], columns=(*TABLES["customer"].columns, column)))
    assert columns["elder"].description == (
        "The company it belongs to. Key of customer. Not certain: It may not."
    )


def test_labels_have_a_column_of_their_own_and_say_of_what() -> None:
    label = next(column for column in TABLES["customer"].columns if column.label)
    columns = _columns(TABLES["customer"])
    assert columns[f"{label.name}_label"].type == "VARCHAR"
    assert label.name in (columns[f"{label.name}_label"].description or "")


def test_a_hashed_column_says_so_and_shows_nothing_of_what_it_was() -> None:
    table = TABLES["customer"]
    labelled = next(column for column in table.columns if column.label and column.references)
    hashed = replace(table, hashed=(labelled.name,))
    columns = _columns(hashed)
    assert columns[labelled.name].type == "VARCHAR"
    assert (columns[labelled.name].description or "").endswith("Hashed: SHA-256 of the salt and the value.")
    assert "Key of" not in (columns[labelled.name].description or "")
    assert f"{labelled.name}_label" not in columns
    spec = _spec(hashed)
    assert f"Hashed: {labelled.name}." in (spec.description or "")
    assert spec.metadata["hashed"] == labelled.name


def test_a_column_of_which_nobody_message_the_type_says_who_will() -> None:
    columns = _columns(replace(TABLES["customer"], query="SELECT 1", untyped=("email",)))
    assert (columns["email"].description or "").endswith("Its type is inferred from the first rows.")
    assert "first rows" not in (columns["id"].description or "")


def test_a_condition_is_shown() -> None:
    spec = _spec(replace(TABLES["customer"], where="isinactive = 'F'"))
    assert "Only rows where isinactive = 'F'." in (spec.description or "")
    assert spec.metadata["only_rows_where"] == "isinactive = 'F'"


def test_a_query_table_shows_its_suiteql_as_code_and_no_help_of_a_namesake() -> None:
    table = replace(TABLES["customer"], query="SELECT id, '```' AS mark\nFROM customer")
    spec = _spec(table)
    code = "````sql\nSELECT id, '```' AS mark\nFROM customer\n````"
    assert "SELECT" not in (spec.description or ""), "the catalog shows descriptions as plain text"
    assert spec.metadata["suiteql"] == dg.MetadataValue.md(code)
    assert "help" not in (spec.description or "")


def test_a_table_of_which_nobody_knows_the_permission_asks_for_none() -> None:
    spec = _spec(replace(TABLES["customer"], permission=Permission("", "")))
    assert "The role needs" not in (spec.description or "")
    assert "permission" not in spec.metadata


@pytest.mark.parametrize("id_", ["", "LIST CUSTOM > Entries", "customrecord:" + "x" * 80])
def test_a_permission_that_dagster_takes_for_no_tag_costs_only_the_tag(id_: str) -> None:
    table = replace(TABLES["customer"], permission=Permission(id_, "Lists > Customers"))
    spec = _spec(table)
    assert {name for name in spec.tags if name.startswith("netsuite/")} == {"netsuite/connection"}
    assert "Lists > Customers" in spec.metadata["permission"]


def test_the_page_links_to_the_help_on_its_record_and_to_none_that_there_is_not() -> None:
    spec = _spec(TABLES["vendor"])
    assert f"help: {help_page('vendor')}" in (spec.description or "")
    assert "help" not in (_spec(TABLES["transactionstatus"]).description or "")
    assert all(help_page(name) is None for name in ("transaction", "item", "customrecord_machine"))


# The graph


def _definitions() -> dg.Definitions:
    taken = [TABLES[name] for name in ("transaction", "transactionline", "customer")]
    specs = {table.name: _spec(table) for table in taken}
    specs = dict(with_parent_deps(specs, taken, build_asset_keys("netsuite", specs)))

    @dg.multi_asset(specs=list(specs.values()), can_subset=True)
    def tables(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
        reports = [_report(name) for name in ("transactionline", "customer", "transaction")]
        selected = [
            report
            for report in reports
            if dg.AssetKey(["netsuite", report.table]) in context.selected_asset_keys
        ]
        for report in parents_first(selected, taken):
            yield materialize_result(dg.AssetKey(["netsuite", report.table]), report)

    return dg.Definitions(
        assets=[dg.AssetSpec(["netsuite", "connection"]), tables],
        jobs=[dg.define_asset_job("sync", selection=dg.AssetSelection.assets(tables))],
    )


def _report(name: str) -> TableReport:
    return replace(VENDOR, table=name)


def test_tables_come_from_the_connection_and_lines_from_their_parents() -> None:
    graph = _definitions().resolve_asset_graph()
    parents = {
        key.path[-1]: {parent.path[-1] for parent in graph.get(key).parent_keys}
        for key in graph.get_all_asset_keys()
    }
    assert parents == {
        "connection": set(),
        "customer": {"connection"},
        "transaction": {"connection"},
        "transactionline": {"connection", "transaction"},
    }


def test_a_child_without_its_parent_depends_on_no_table_that_is_not_there() -> None:
    line = TABLES["transactionline"]
    specs = {line.name: _spec(line)}
    assert with_parent_deps(specs, [line], build_asset_keys("netsuite", specs)) == specs


@pytest.mark.parametrize(
    "select", [None, ["transactionline"], ["transaction"], ["transactionline", "transaction"]]
)
@pytest.mark.few(1)
def test_every_choice_of_tables_can_be_materialized_in_whatever_order_they_end(
    select: list[str] | None,
) -> None:
    keys = None if select is None else [dg.AssetKey(["netsuite", name]) for name in select]
    job = _definitions().resolve_job_def("sync")
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance, asset_selection=keys)
    done = {event.asset_key.path[-1] for event in result.get_asset_materialization_events()}
    assert done == set(select or ["transaction", "transactionline", "customer"])


@pytest.mark.parametrize(
    ("ended", "outcome"),
    [
        (["transaction", "transactionline"], ["transaction", "transactionline"]),
        (["transactionline", "customer", "transaction"], ["customer", "transaction", "transactionline"]),
        # The parent says nothing at all: what is there is told nevertheless, at the end.
        (["transactionline", "customer"], ["customer", "transactionline"]),
    ],
)
def test_no_report_comes_before_its_parent_s(ended: list[str], outcome: list[str]) -> None:
    reports = parents_first(map(_report, ended), list(TABLES.values()))
    assert [report.table for report in reports] == outcome


def test_deferred_reports_are_yielded_before_the_error_that_ends_a_sync() -> None:
    def reports() -> Iterator[TableReport]:
        yield _report("transactionline")
        raise RuntimeError("the disk is full")

    captured: list[str] = []
    with pytest.raises(RuntimeError, match="the disk is full"):
        for report in parents_first(reports(), list(TABLES.values())):
            captured.append(report.table)
    assert captured == ["transactionline"]
