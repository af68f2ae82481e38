"""Marts in Dagster: what a sync records of them, what a run of them alone does, what their checks find."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.marts import mart_checks, marts_catalogue
from netsuite_pipeline.orchestration.component.python_attributes import build_netsuite_definitions
from netsuite_pipeline.orchestration.credentials import VARIABLES
from netsuite_pipeline.orchestration.resources import NetSuiteResource, WarehouseResource
from netsuite_pipeline.warehouse.warehouse import Warehouse

KEYS = {dg.AssetKey(["marts", name]) for name in marts_catalogue()}
CHECKS = {(check.mart, check.name) for check in mart_checks().values()}


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory, running_emulator: EmulatorProcess
) -> Iterator[tuple[dg.Definitions, Path, dg.ExecuteInProcessResult]]:
    """Definitions, the published file, and the run of a first sync."""
    path = tmp_path_factory.mktemp("marts") / "warehouse.duckdb"
    env = running_emulator.env
    fields = {name: env[variable] for name, variable in VARIABLES.items() if variable in env}
    netsuite = NetSuiteResource(
        **{name: int(text) if name == "concurrency" else text for name, text in fields.items()}
    )
    location = build_netsuite_definitions(netsuite=netsuite, warehouse=WarehouseResource(path=str(path)))
    with dg.DagsterInstance.ephemeral() as instance:
        result = location.resolve_job_def("netsuite_sync").execute_in_process(instance=instance)
        yield location, path, result


def _run(location: dg.Definitions, selection: dg.AssetSelection) -> dg.ExecuteInProcessResult:
    whole = dg.Definitions.merge(
        location, dg.Definitions(jobs=[dg.define_asset_job("chosen", selection=selection)])
    )
    with dg.DagsterInstance.ephemeral() as instance:
        return whole.resolve_job_def("chosen").execute_in_process(instance=instance)


def _metadata(result: dg.ExecuteInProcessResult) -> dict[dg.AssetKey, dict[str, Any]]:
    return {
        event.asset_key: {name: value.value for name, value in event.materialization.metadata.items()}
        for event in result.get_asset_materialization_events()
        if event.asset_key is not None
    }


def _evaluations(result: dg.ExecuteInProcessResult) -> dict[tuple[str, str], dg.AssetCheckEvaluation]:
    return {
        (each.asset_key.path[-1], each.check_name): each
        for each in result.get_asset_check_evaluations()
        if each.asset_key in KEYS
    }


def _count(path: Path, sql: str) -> int:
    with duckdb.connect(str(path), read_only=True) as connection:
        ((value,),) = connection.execute(sql).fetchall()
    return int(value)


@contextmanager
def _changed(path: Path, statement: str) -> Iterator[None]:
    """The published file with a change that no build made; the working file is as it was."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(statement)
    yield
    Warehouse(path).publish()


def test_a_sync_materializes_the_marts_with_rows_lineage_and_figures(world: Any) -> None:
    _, path, result = world
    assert result.success
    metadata = {key: each for key, each in _metadata(result).items() if key in KEYS}
    assert set(metadata) == KEYS
    ledger = metadata[dg.AssetKey(["marts", "general_ledger"])]
    assert ledger["dagster/row_count"] == _count(path, "SELECT count(*) FROM marts.general_ledger") > 0
    lineage = ledger["dagster/column_lineage"].deps_by_column
    assert {str(dep.asset_key.to_user_string()) for dep in lineage["transaction_number"]} == {
        "netsuite/transaction"
    }
    income = metadata[dg.AssetKey(["marts", "income_statement"])]
    assert isinstance(income["net_income"], float)
    assert metadata[dg.AssetKey(["marts", "balance_sheet"])]["assets"] != 0


def test_a_sync_evaluates_the_checks_of_the_marts(world: Any) -> None:
    _, _, result = world
    found = _evaluations(result)
    assert set(found) == CHECKS
    assert {key: each.description for key, each in found.items() if not each.passed} == {}
    assert found["balance_sheet", "assets_equal_liabilities_and_equity"].metadata["compared"].value > 0


@pytest.mark.long
def test_a_sync_with_nothing_new_materializes_no_mart(world: Any) -> None:
    location, _, _ = world
    with dg.DagsterInstance.ephemeral() as instance:
        result = location.resolve_job_def("netsuite_sync").execute_in_process(instance=instance)
    assert not KEYS & set(_metadata(result))


def test_marts_run_alone_and_only_the_chosen_ones_are_materialized(world: Any) -> None:
    location, _, _ = world
    result = _run(
        location, dg.AssetSelection.assets(["marts", "trial_balance"], ["marts", "ar_aging"]).without_checks()
    )
    assert result.success
    assert {key.path[-1] for key in _metadata(result)} == {"trial_balance", "ar_aging"}


def test_a_check_that_is_executed_finds_a_wrong_figure(world: Any) -> None:
    location, path, _ = world
    key = dg.AssetCheckKey(dg.AssetKey(["marts", "general_ledger"]), "debits_equal_credits")
    selection = dg.AssetSelection.checks(key)
    (good,) = _evaluations(_run(location, selection)).values()
    assert good.passed
    wrong = "UPDATE marts.general_ledger SET debit = debit + 0.01 WHERE rowid = 0"
    with _changed(path, wrong):
        (bad,) = _evaluations(_run(location, selection)).values()
    assert not bad.passed
    assert bad.severity is dg.AssetCheckSeverity.ERROR
    assert "1 place of" in (bad.description or "")
    assert bad.metadata["differing"].value == 1


def test_a_check_of_a_mart_that_is_not_there_is_unknown(world: Any) -> None:
    location, path, _ = world
    key = dg.AssetCheckKey(dg.AssetKey(["marts", "balance_sheet"]), "net_income_ties")
    with _changed(path, "DROP TABLE marts.income_statement"):
        (found,) = _evaluations(_run(location, dg.AssetSelection.checks(key))).values()
    assert not found.passed
    assert found.severity is dg.AssetCheckSeverity.WARN
    assert (found.description or "").startswith("Not compared: income_statement could not be built")


def test_every_mart_shows_its_columns_and_what_it_comes_from() -> None:
    location = build_netsuite_definitions()
    specs = {spec.key.path[-1]: spec for spec in location.resolve_all_asset_specs() if spec.key in KEYS}
    assert set(specs) == set(marts_catalogue())
    for name, spec in specs.items():
        assert spec.group_name == "marts"
        assert spec.metadata["dagster/table_name"] == f"marts.{name}"
        columns = spec.metadata["dagster/column_schema"].columns
        assert [each.name for each in columns] == [each.name for each in marts_catalogue()[name].columns]
        assert all(each.description for each in columns)
        assert spec.deps
    above = {dep.asset_key.to_user_string() for dep in specs["ar_aging"].deps}
    assert {"marts/general_ledger", "marts/open_items"} <= above
    assert "netsuite/transactionaccountingline" in {
        dep.asset_key.to_user_string() for dep in specs["general_ledger"].deps
    }


def test_a_project_without_marts_has_no_assets_of_them() -> None:
    graph = build_netsuite_definitions(tables=["customer"], marts=False).resolve_asset_graph()
    assert not KEYS & set(graph.get_all_asset_keys())
    assert not any(key.asset_key in KEYS for key in graph.asset_check_keys)
