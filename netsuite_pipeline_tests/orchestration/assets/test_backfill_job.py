"""A backfill over months, and the settings of a run: what is synced, what is refused before NetSuite is asked."""

import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Thread
from typing import Any

import dagster as dg
import duckdb
import pytest

from netsuite_pipeline import NetSuiteComponent
from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.orchestration import sync_config
from netsuite_pipeline.orchestration.assets.backfill_job import build_backfill_job, tables_with_cursor
from netsuite_pipeline.orchestration.assets.table_assets import build_assets, resolve_tables
from netsuite_pipeline.orchestration.io_manager import build_frames, frames_key
from netsuite_pipeline.orchestration.resources import NetSuiteResource, WarehouseResource
from netsuite_pipeline.orchestration.sync_config import SyncConfig, build_sync_request, select_tables
from netsuite_pipeline.sync.landing.folder import Landing
from netsuite_pipeline.tables import choose_tables, standard_tables
from netsuite_pipeline.warehouse.warehouse import Warehouse

NAMES = ["transaction", "transactionline", "customer", "term"]
TABLES = choose_tables(standard_tables(), NAMES)


@pytest.fixture
def warehouse(tmp_path: Path, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in emulator.env.items():
        monkeypatch.setenv(name, value)
    return tmp_path / "warehouse.duckdb"


def _location(warehouse: Path) -> dg.Definitions:
    target, specs = resolve_tables(NAMES, "netsuite", None, standard_tables())
    assets = build_assets(target, specs, NetSuiteComponent().execute)
    backfill = build_backfill_job(target)
    assert backfill is not None
    return dg.Definitions(
        assets=[assets],
        jobs=[
            backfill,
            dg.define_asset_job("netsuite_sync", dg.AssetSelection.assets(assets).without_checks()),
        ],
        resources={
            "netsuite": NetSuiteResource(),
            "warehouse": WarehouseResource(path=str(warehouse)),
            frames_key("netsuite"): build_frames(target.keys),
        },
    )


def _run(location: dg.Definitions, job: str, **how: Any) -> dg.ExecuteInProcessResult:
    config = how.pop("config", None)
    run_config = {"ops": {"netsuite_tables": {"config": config}}} if config else None
    with dg.DagsterInstance.ephemeral() as instance:
        return location.resolve_job_def(job).execute_in_process(
            instance=instance, raise_on_error=False, run_config=run_config, **how
        )


def _materialized(result: dg.ExecuteInProcessResult) -> set[str]:
    keys = {event.asset_key for event in result.get_asset_materialization_events()}
    return {key.path[-1] for key in keys if key.path[0] == "netsuite"}


def _why(result: dg.ExecuteInProcessResult) -> str:
    assert not [event for event in result.all_events if event.is_step_up_for_retry]
    (failure,) = result.get_step_failure_events()
    return str(failure.step_failure_data.user_failure_data.description)


def _ids(path: Path, where: str = "true") -> set[int]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return {
            row[0]
            for row in connection.execute(f"SELECT id FROM netsuite.transaction WHERE {where}").fetchall()
        }


def _lines_of(path: Path, where: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(
            "SELECT * FROM netsuite.transactionline WHERE transaction IN "
            f"(SELECT id FROM netsuite.transaction WHERE {where}) ORDER BY transaction, id"
        ).fetchall()


@pytest.mark.long
def test_a_backfill_over_three_months_brings_what_was_missing_of_them_and_loses_nothing(
    warehouse: Path, emulator: EmulatorProcess
) -> None:
    location = _location(warehouse)
    assert _run(location, "netsuite_sync").success
    with duckdb.connect(str(warehouse), read_only=True) as published:
        months = [
            row[0]
            for row in published.execute(
                "SELECT strftime(lastmodifieddate, '%Y-%m-01') AS month FROM netsuite.transaction "
                "GROUP BY 1 ORDER BY 1 DESC LIMIT 5"
            ).fetchall()
        ]
    emulator.admin.set_variant("count_star", "off")  # otherwise NetSuite's count finds the fourth as well
    before = _ids(warehouse)
    of_these = f"strftime(lastmodifieddate, '%Y-%m-01') IN {tuple(months[1:4])!r}"
    lines = _lines_of(warehouse, of_these)
    # Rows of four months are lost; three of them are brought back.
    with Warehouse(warehouse).working() as working:
        lost = f"strftime(lastmodifieddate, '%Y-%m-01') IN {tuple(months[1:5])!r}"
        gone = {
            row[0] for row in working.execute(f"SELECT id FROM netsuite.transaction WHERE {lost}").fetchall()
        }
        working.execute(
            "DELETE FROM netsuite.transactionline WHERE transaction IN "
            f"(SELECT id FROM netsuite.transaction WHERE {lost})"
        )
        working.execute(f"DELETE FROM netsuite.transaction WHERE {lost}")
    for month in reversed(months[1:4]):
        result = _run(location, "netsuite_backfill", partition_key=month)
        assert result.success
        assert _materialized(result) == {"transaction", "transactionline", "customer"}
    back = _ids(warehouse, of_these)
    assert back
    assert back < gone
    assert _ids(warehouse) & gone == back
    assert _ids(warehouse) == before - (gone - back)
    assert _lines_of(warehouse, of_these) == lines


@pytest.mark.long
def test_a_run_of_a_backfill_waits_for_another_sync_instead_of_failing(
    warehouse: Path, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_config, "LOCK_WAIT_SECONDS", 0.2)  # of a sync that nobody asked to wait
    location = _location(warehouse)
    opened = Warehouse(warehouse)
    opened.prepare("netsuite")
    outcome: list[bool] = []
    with Landing(opened.landing_path("netsuite")).locked():
        run = Thread(
            target=lambda: outcome.append(
                _run(location, "netsuite_backfill", partition_key="2026-01-01").success
            )
        )
        run.start()
        run.join(2.0)
        assert run.is_alive()
    run.join(60)
    assert outcome == [True]


def test_a_sync_that_nobody_asked_to_wait_says_which_process_it_would_have_to_wait_for(
    warehouse: Path, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_config, "LOCK_WAIT_SECONDS", 0.2)
    opened = Warehouse(warehouse)
    opened.prepare("netsuite")
    with Landing(opened.landing_path("netsuite")).locked():
        result = _run(_location(warehouse), "netsuite_sync", config={"tables": ["term"]})
    assert f"Another sync of this connection runs: process {os.getpid()}" in _why(result)


def test_only_the_tables_that_a_run_names_are_synced_and_materialized(
    warehouse: Path, emulator: EmulatorProcess
) -> None:
    result = _run(_location(warehouse), "netsuite_sync", config={"tables": ["lists", "customer"]})
    assert result.success
    assert _materialized(result) == {"term", "customer"}


@pytest.mark.long
def test_a_run_since_a_date_says_so_and_the_table_is_not_complete(
    warehouse: Path, emulator: EmulatorProcess
) -> None:
    result = _run(
        _location(warehouse), "netsuite_sync", config={"tables": ["customer"], "since": "2026-06-01"}
    )
    assert result.success
    (event,) = result.get_asset_materialization_events()
    assert "not complete" in str(event.materialization.metadata["notes"].value)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        first = connection.execute("SELECT min(lastmodifieddate) FROM netsuite.customer").fetchone()
    assert first is not None
    assert first[0] >= datetime(2026, 6, 1)


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"since": "last week"}, "since is 'last week'"),
        ({"since": "2026-01-01", "full": True}, "full reads all rows"),
        ({"since": "2026-01-02", "until": "2026-01-01"}, "not later than since"),
        ({"tables": ["custmer"]}, "did you mean 'customer'"),
        ({"tables": ["customer", "vendor"]}, "vendor is not part of this run"),
        ({"tables": ["accounting"]}, "no table of accounting is part of this run"),
        ({"accept_shrink": ["custmer"]}, "did you mean 'customer'"),
    ],
)
@pytest.mark.few(3)
def test_a_setting_that_cannot_be_fails_the_run_at_once_with_what_to_write(
    tmp_path: Path, config: dict[str, Any], says: str
) -> None:
    # No credentials and no emulator: NetSuite is not asked.
    assert "NETSUITE_ACCOUNT_ID" not in os.environ
    result = _run(_location(tmp_path / "warehouse.duckdb"), "netsuite_sync", config=config)
    assert not result.success
    description = _why(result)
    assert says in description
    assert "To fix: " in description


def test_a_runs_settings_become_a_syncs_request() -> None:
    config = SyncConfig(tables=["-term"], since="2026-01-01", until="2026-02-01T06:00+01:00", wait_minutes=2)
    request = build_sync_request(config, "netsuite", TABLES, standard_tables())
    assert {table.name for table in request.tables} == {"transaction", "transactionline", "customer"}
    assert request.since == datetime(2026, 1, 1)
    assert request.until == datetime(2026, 2, 1, 5)
    assert request.wait_seconds == 120
    assert select_tables([], TABLES, standard_tables()) == TABLES


def test_only_tables_with_a_cursor_or_a_parent_that_has_one_are_read_by_month() -> None:
    by_time = tables_with_cursor(TABLES, standard_tables())
    assert {table.name for table in by_time} == {"transaction", "transactionline", "customer"}
    parent = replace(standard_tables()["transaction"], cursor=None)
    without = {**standard_tables(), "transaction": parent}
    assert [table.name for table in tables_with_cursor(TABLES, without)] != [table.name for table in by_time]
    lists = choose_tables(standard_tables(), ["term"])
    assert tables_with_cursor(lists, standard_tables()) == ()
