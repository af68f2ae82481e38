"""Executions of checks, and syncs, of two tables over a running emulator."""

from pathlib import Path
from typing import Any

import dagster as dg

from netsuite_pipeline.orchestration.check_specs import (
    CONNECTION_CHECKS,
)
from netsuite_pipeline.orchestration.component.python_attributes import build_netsuite_definitions
from netsuite_pipeline.orchestration.resources import WarehouseResource


def define(folder: Path) -> dg.Definitions:
    """The definitions of two tables, with the warehouse in a folder."""
    warehouse = WarehouseResource(path=str(folder / "warehouse.duckdb"))
    return build_netsuite_definitions(tables=["vendor", "currency"], warehouse=warehouse)


def execute(
    location: dg.Definitions,
    instance: dg.DagsterInstance,
    *checks: str,
    tables: tuple[str, ...] = ("vendor", "currency"),
) -> dict[str, dg.AssetCheckEvaluation]:
    """Executes checks by name, of the tables or of the connection."""
    keys = [
        dg.AssetCheckKey(dg.AssetKey(["netsuite", asset]), check)
        for check in checks
        for asset in (("connection",) if check in CONNECTION_CHECKS else tables)
    ]
    job = location.resolve_implicit_global_asset_job_def().get_subset(
        asset_selection=set(), asset_check_selection=set(keys)
    )
    executed = job.execute_in_process(instance=instance, raise_on_error=False)
    assert executed.success
    outcome = executed.get_asset_check_evaluations()
    assert {one.asset_check_key for one in outcome} == set(keys)
    return {f"{one.asset_key.path[-1]}:{one.check_name}": one for one in outcome}


def sync(location: dg.Definitions, instance: dg.DagsterInstance, **config: Any) -> dg.ExecuteInProcessResult:
    """A run of the sync alone, as the schedule starts it."""
    job = location.resolve_job_def("netsuite_sync")
    tables = {key for key in job.asset_layer.selected_asset_keys if key.path[-1] != "connection"}
    return job.get_subset(asset_selection=tables, asset_check_selection=set()).execute_in_process(
        instance=instance,
        raise_on_error=False,
        run_config={"ops": {"netsuite_tables": {"config": config}}},
    )


def shown(run: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    """The evaluations of a run, by table and check."""
    return {f"{one.asset_key.path[-1]}:{one.check_name}": one for one in run.get_asset_check_evaluations()}
