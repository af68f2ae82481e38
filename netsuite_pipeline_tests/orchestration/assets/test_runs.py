"""Runs of the job over real signed HTTP: what is materialized, what a failed run says."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess, start_emulator
from netsuite_pipeline.orchestration.component.python_attributes import build_netsuite_definitions
from netsuite_pipeline.orchestration.resources import WarehouseResource
from netsuite_pipeline.tables import choose_tables, standard_tables
from netsuite_pipeline_tests.comparing import assert_equal_to_source


@pytest.fixture
def warehouse(tmp_path: Path, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in emulator.env.items():
        monkeypatch.setenv(name, value)
    return tmp_path / "warehouse.duckdb"


@dataclass(frozen=True)
class Run:
    """A run that ended, and all that Dagster recorded of it."""

    result: dg.ExecuteInProcessResult
    recorded: str

    @property
    def materialized(self) -> dict[str, dict[str, Any]]:
        return {
            event.asset_key.path[-1]: {
                name: value.value for name, value in event.materialization.metadata.items()
            }
            for event in self.result.get_asset_materialization_events()
            if event.asset_key.path[0] == "netsuite"
        }


def _run(
    warehouse: Path,
    tables: list[str],
    *,
    select: list[str] | None = None,
    config: dict[str, Any] | None = None,
) -> Run:
    location = build_netsuite_definitions(tables=tables, warehouse=WarehouseResource(path=str(warehouse)))
    job = location.resolve_job_def("netsuite_sync")
    selection = None if select is None else [dg.AssetKey(["netsuite", name]) for name in select]
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(
            instance=instance,
            raise_on_error=False,
            asset_selection=selection,
            run_config={"ops": {"netsuite_tables": {"config": config}}} if config else None,
        )
        return Run(result, "\n".join(str(entry) for entry in instance.all_logs(result.run_id)))


def test_all_tables_arrive_equal_and_each_materialization_shows_its_figures(
    warehouse: Path, emulator: EmulatorProcess
) -> None:
    run = _run(warehouse, ["all"])
    assert run.result.success
    outcome = run.materialized
    assert set(outcome) == set(standard_tables())
    rows = emulator.admin.tables()
    for name, metadata in outcome.items():
        assert metadata["dagster/row_count"] == metadata["rows_read"] == rows[name]
        assert metadata["requests"] >= 1
        assert metadata["mode"] == "full"
    assert "UTC" in outcome["transaction"]["watermark"]
    assert outcome["currency"]["preview"].startswith("| id |")
    for name in ("customer", "vendor", "employee", "contact", "entity", "entityaddress"):
        assert "preview" not in outcome[name]
    for name in outcome:
        assert "@" not in outcome[name].get("preview", ""), name
    assert_equal_to_source(warehouse, list(standard_tables().values()), emulator.admin)


@pytest.mark.long
def test_a_subset_syncs_only_what_was_chosen(warehouse: Path, emulator: EmulatorProcess) -> None:
    run = _run(warehouse, ["all"], select=["currency", "term"])
    assert run.result.success
    assert set(run.materialized) == {"currency", "term"}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        tables = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'netsuite' ORDER BY 1"
        ).fetchall()
    assert tables == [("currency",), ("term",)]


@pytest.mark.long
def test_a_failing_table_does_not_stop_the_others_and_the_step_names_it(
    warehouse: Path, emulator: EmulatorProcess
) -> None:
    assert _run(warehouse, ["vendor", "employee", "currency"]).result.success
    emulator.admin.drop_permission("LIST_VENDOR")
    run = _run(warehouse, ["vendor", "employee", "currency"])
    assert not run.result.success
    assert set(run.materialized) == {"employee", "currency"}
    (failure,) = run.result.get_step_failure_events()
    data = failure.step_failure_data.user_failure_data
    assert data.description.startswith("1 of 3 tables failed")
    assert "LIST_VENDOR" in data.description
    assert "Setup > Users/Roles > Manage Roles" in data.description
    tables = list(choose_tables(standard_tables(), ["vendor", "employee", "currency"]))
    assert_equal_to_source(warehouse, tables, emulator.admin)


def test_a_refused_sign_in_fails_once_without_retries(warehouse: Path, emulator: EmulatorProcess) -> None:
    emulator.admin.revoke_token()
    before = len(emulator.admin.login_audit())
    run = _run(warehouse, ["all"])
    assert not run.result.success
    assert not [event for event in run.result.all_events if event.is_step_up_for_retry]
    (failure,) = run.result.get_step_failure_events()
    assert "Login Audit Trail" in failure.step_failure_data.user_failure_data.description
    assert len(emulator.admin.login_audit()) - before <= 2
    secrets = [value for name, value in emulator.env.items() if name.endswith(("KEY", "SECRET", "TOKEN_ID"))]
    assert len(secrets) == 4
    for secret in secrets:
        assert secret not in run.recorded


@pytest.mark.long
def test_a_run_can_be_shown_to_read_everything(warehouse: Path, emulator: EmulatorProcess) -> None:
    assert _run(warehouse, ["customer"]).materialized["customer"]["mode"] == "full"
    assert _run(warehouse, ["customer"]).materialized["customer"]["mode"] == "changed"
    again = _run(warehouse, ["customer"], config={"full": True})
    assert again.materialized["customer"]["mode"] == "full"


@pytest.mark.long
def test_secrets_are_nowhere_in_the_warehouse(warehouse: Path, emulator: EmulatorProcess) -> None:
    assert _run(warehouse, ["currency"]).result.success
    for path in warehouse.parent.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for name, value in emulator.env.items():
                if name.endswith(("KEY", "SECRET", "TOKEN_ID")):
                    assert os.fsencode(value) not in content


@pytest.mark.long
def test_a_run_can_sweep_what_is_gone_without_word(warehouse: Path) -> None:
    with start_emulator(scale=0.02, seed=3, max_seconds=120) as emulator:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in emulator.env.items():
                patch.setenv(name, value)
            assert _run(warehouse, ["customer"]).result.success
            last = emulator.admin.table("customer").rows[-1][0]
            assert emulator.admin.delete_rows("customer", f"id = {last}") == 1
            # Its entry is too old for a question by date, and NetSuite does not count.
            entry = {"recordid": last, "recordtypeid": -2, "scriptid": "customer"}
            old = {"deleteddate": "2020-01-01 00:00:00"}
            one = "recordid = (SELECT min(recordid) FROM ns.deletedrecord)"
            assert emulator.admin.insert_like("deletedrecord", one, {**entry, **old}) == 1
            emulator.admin.set_variant("count_star", "off")
            assert _run(warehouse, ["customer"]).materialized["customer"]["rows_deleted"] == 0
            swept = _run(warehouse, ["customer"], config={"sweep": True})
            assert swept.materialized["customer"]["rows_deleted"] == 1
            assert swept.materialized["customer"]["mode"] == "changed"
            rows = emulator.admin.tables()["customer"]
            assert swept.materialized["customer"]["dagster/row_count"] == rows


@pytest.mark.long
def test_a_narrowed_role_empties_no_table_until_somebody_says_so(
    warehouse: Path, emulator: EmulatorProcess
) -> None:
    assert _run(warehouse, ["transaction"]).result.success
    emulator.admin.restrict_rows("transaction", "id % 2 = 0")
    held = _run(warehouse, ["transaction"], config={"full": True})
    assert held.materialized["transaction"]["rows_deleted"] == 0
    (check,) = (
        each for each in held.result.get_asset_check_evaluations() if each.check_name == "not_collapsed"
    )
    assert not check.passed
    assert "--accept-shrink transaction" in (check.description or "")
    let = _run(warehouse, ["transaction"], config={"full": True, "accept_shrink": ["transaction"]})
    assert let.materialized["transaction"]["rows_deleted"] > 100


@pytest.mark.long
def test_the_schedule_sweeps_once_a_week() -> None:
    location = build_netsuite_definitions(tables=["customer"])
    schedule = location.resolve_schedule_def("netsuite_schedule")
    with dg.instance_for_test() as instance:
        context = dg.build_schedule_context(
            instance=instance, scheduled_execution_time=datetime(2026, 11, 24)
        )
        (request,) = schedule.evaluate_tick(context).run_requests or ()
    assert request.run_config == {
        "ops": {"netsuite_tables": {"config": {"sweep_every_days": 7, "wait_minutes": 30}}}
    }
    job = location.resolve_job_def("netsuite_sync")
    assert (
        dg.validate_run_config(job, request.run_config)["ops"]["netsuite_tables"]["config"]["sweep"] is False
    )


# Lineage > Materialize all


@pytest.fixture
def stays(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """An instance that remembers earlier runs, as a project's does."""
    with dg.instance_for_test(temp_dir=str(tmp_path)) as instance:
        yield instance


def _materialize_all(
    warehouse: Path, instance: dg.DagsterInstance, tables: list[str], *, only: list[str] | None = None
) -> tuple[bool, list[str]]:
    """Materializes assets with all their checks, as the UI does; whether that went well, and the log's texts."""
    location = build_netsuite_definitions(tables=tables, warehouse=WarehouseResource(path=str(warehouse)))
    job = location.resolve_implicit_global_asset_job_def()
    if only is not None:
        keys = {dg.AssetKey(["netsuite", name]) for name in only}
        layer = job.asset_layer
        checks = {key for key in layer.asset_graph.asset_check_keys if key.asset_key in keys}
        job = job.get_subset(asset_selection=keys, asset_check_selection=checks)
    result = job.execute_in_process(instance=instance, raise_on_error=False)
    return result.success, [entry.user_message for entry in instance.all_logs(result.run_id)]


@pytest.mark.long
def test_materialize_all_promises_dagster_nothing_that_it_does_not_give(
    warehouse: Path, emulator: EmulatorProcess, stays: dg.DagsterInstance
) -> None:
    tables = ["vendor", "currency", "customer"]
    emulator.admin.drop_permission("LIST_VENDOR")
    for only in (
        None,
        None,
        ["currency", "vendor"],
    ):  # a first sync, one of changes, a subset; vendor is absent
        success, texts = _materialize_all(warehouse, stays, tables, only=only)
        assert success
        assert not [text for text in texts if "did not yield" in text]
        assert any("vendor: not synced." in text for text in texts)
    emulator.admin.drop_permission("LIST_CUSTJOB")
    success, texts = _materialize_all(warehouse, stays, tables)
    assert not success
    assert not [text for text in texts if "did not yield" in text]
