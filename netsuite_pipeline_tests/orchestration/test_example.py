"""docs/example: the project loads without credentials, and its runs sync against the emulator."""

import sys
from importlib import import_module
from pathlib import Path

import dagster as dg
import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.orchestration.resources import WarehouseResource

EXAMPLE = Path(__file__).parents[2] / "docs" / "example"

# Dagster 1.13 notes which YAML a definition comes from, by classes and parameters that it calls beta.
pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning", "ignore::dagster.PreviewWarning")


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch) -> dg.Definitions:
    monkeypatch.syspath_prepend(EXAMPLE)
    for name in [name for name in sys.modules if name.partition(".")[0] == "company"]:
        monkeypatch.delitem(sys.modules, name)
    definitions: dg.Definitions = import_module("company.definitions").defs()
    return definitions


@pytest.fixture
def credentials(tmp_path: Path, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in emulator.env.items():
        monkeypatch.setenv(name, value)
        monkeypatch.setenv(name.replace("NETSUITE_", "SANDBOX_"), value)
    monkeypatch.setenv("NETSUITE_WAREHOUSE", str(tmp_path / "warehouse.duckdb"))


def test_it_loads_without_credentials(project: dg.Definitions) -> None:
    specs = {spec.key.to_user_string(): spec for spec in project.resolve_all_asset_specs()}
    assert {"netsuite/customer", "netsuite/open_invoice", "raw/sandbox/customer", "raw/sandbox/vendor"} < set(
        specs
    )
    assert specs["netsuite/account"].owners == ["team:ledger"]
    assert project.resolve_schedule_def("sandbox_nightly").cron_schedule == "30 2 * * *"
    assert project.resolve_sensor_def("sandbox_connection_sensor").minimum_interval_seconds == 600


def test_its_component_syncs(project: dg.Definitions, credentials: None) -> None:
    job = project.resolve_job_def("netsuite_sync")
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance)
        log = [entry.user_message for entry in instance.all_logs(result.run_id)]
    assert "Tables to sync: 4" in log
    keys = {event.asset_key for event in result.get_asset_materialization_events()}
    assert {key.path[-1] for key in keys if key.path[0] == "netsuite"} == {
        *("customer", "account", "currency", "open_invoice")
    }
    assert dg.AssetKey(["marts", "entity_directory"]) in keys
    assert len(WarehouseResource().read("customer"))


def test_its_decorated_function_syncs_what_is_selected(project: dg.Definitions, credentials: None) -> None:
    job = project.resolve_implicit_global_asset_job_def()
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(
            instance=instance, asset_selection=[dg.AssetKey(["raw", "sandbox", "vendor"])]
        )
    (event,) = result.get_asset_materialization_events()
    assert event.asset_key == dg.AssetKey(["raw", "sandbox", "vendor"])
    assert len(WarehouseResource().read("vendor", "sandbox"))


def test_its_sensors_tick(project: dg.Definitions, credentials: None) -> None:
    resources = {name: (project.resources or {})[name] for name in ("sandbox", "sandbox_warehouse")}
    with dg.instance_for_test() as instance:
        for name in ("sandbox_connection_sensor", "sandbox_permission_sensor"):
            sensor = project.resolve_sensor_def(name)
            with dg.build_sensor_context(instance=instance, sensor_name=name, resources=resources) as context:
                data = sensor.evaluate_tick(context)
            assert data.asset_events
            assert all(event.passed for event in data.asset_events if hasattr(event, "passed"))
