"""What a sync or a person's Execute turned red: looked at at the next tick, confirmed, alerted and healed."""

from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.health.findings import Finding, ProbeResult, State
from netsuite_pipeline.health.monitoring.regression import update, with_pending
from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor
from netsuite_pipeline.orchestration.asset_keys import build_asset_keys
from netsuite_pipeline.orchestration.checks.check_history import LastEvaluation
from netsuite_pipeline.orchestration.checks.check_results import check_key_of
from netsuite_pipeline.orchestration.component.python_attributes import build_netsuite_definitions
from netsuite_pipeline.orchestration.resources import WarehouseResource
from netsuite_pipeline.orchestration.sensors import notifications
from netsuite_pipeline.orchestration.sensors.external_failures import find_external_failures
from netsuite_pipeline_tests.orchestration.ticking import Ticks

TABLES = ("vendor", "customer")


@pytest.fixture
def ticks(
    tmp_path: Path,
    emulator: EmulatorProcess,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> Ticks:
    """An account that both sensors have seen well, just after a pass over all tables."""
    for name, value in emulator.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NETSUITE_ALERT_URLS", "json://127.0.0.1:9/")
    monkeypatch.setattr("netsuite_pipeline.health.probes.connection_probe.SIGN_IN_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr("netsuite_pipeline.health.probes.connection_probe.RETRY_SECONDS", 0.3)
    ticking = Ticks(tmp_path, instance, TABLES)
    monkeypatch.setattr(notifications, "send", lambda alert, urls, log: ticking.alerts.append(alert))
    assert _sync(ticking)
    ticking.tick(ticking.connection)
    ticking.tick(ticking.permission)
    return ticking


def _location(ticks: Ticks) -> dg.Definitions:
    warehouse = WarehouseResource(path=str(ticks.folder / "warehouse.duckdb"))
    return build_netsuite_definitions(tables=list(TABLES), warehouse=warehouse)


def _sync(ticks: Ticks) -> bool:
    """A run that materializes the tables, as the schedule starts it."""
    location = _location(ticks)
    job = location.resolve_job_def("netsuite_sync")
    tables = {key for key in job.asset_layer.selected_asset_keys if key.path[-1] in TABLES}
    run = job.get_subset(asset_selection=tables, asset_check_selection=set())
    return run.execute_in_process(instance=ticks.instance, raise_on_error=False).success


def _execute(ticks: Ticks, *checks: str) -> dict[str, dg.AssetCheckEvaluation]:
    """Presses Execute at checks, each as `asset:check`."""
    keys = [
        dg.AssetCheckKey(dg.AssetKey(["netsuite", asset]), check)
        for asset, _, check in (name.partition(":") for name in checks)
    ]
    job = _location(ticks).resolve_implicit_global_asset_job_def()
    run = job.get_subset(asset_selection=set(), asset_check_selection=set(keys))
    outcome = run.execute_in_process(instance=ticks.instance).get_asset_check_evaluations()
    return {f"{one.asset_key.path[-1]}:{one.check_name}": one for one in outcome}


def _refusals(emulator: EmulatorProcess) -> int:
    return len([entry for entry in emulator.admin.login_audit() if entry["status"] != "Success"])


@pytest.mark.parametrize("by", ["sync", pytest.param("execute", marks=pytest.mark.long)])
def test_what_others_turned_red_is_confirmed_alerted_and_healed_within_two_ticks(
    ticks: Ticks, emulator: EmulatorProcess, by: str
) -> None:
    emulator.admin.drop_permission("LIST_VENDOR")
    if by == "sync":
        assert not _sync(ticks)
    else:
        assert not _execute(ticks, "vendor:readable")["vendor:readable"].passed
    assert not ticks.passes("readable", "vendor")
    ticks.tick(ticks.permission)
    outcome = ticks.outcome("readable", "vendor")
    assert not outcome.passed
    assert "confirmed" in outcome.metadata
    (alert,) = ticks.alerts
    assert alert.failed
    assert "vendor" in alert.title
    emulator.admin.grant_permission("LIST_VENDOR")
    ticks.tick(ticks.permission)
    assert ticks.passes("readable", "vendor")
    assert [each.failed for each in ticks.alerts] == [True, False]


@pytest.mark.parametrize("by", [pytest.param("sync", marks=pytest.mark.long), "execute"])
def test_what_others_turned_red_and_was_restored_is_green_at_the_next_tick_without_an_alert(
    ticks: Ticks, emulator: EmulatorProcess, by: str
) -> None:
    emulator.admin.drop_permission("LIST_VENDOR")
    if by == "sync":
        assert not _sync(ticks)
    else:
        _execute(ticks, "vendor:readable", "vendor:columns", "vendor:rows")
    emulator.admin.grant_permission("LIST_VENDOR")
    ticks.tick(ticks.permission)
    assert all(ticks.passes(check, "vendor") for check in ("readable", "columns", "rows"))
    assert not ticks.alerts


@pytest.mark.long
def test_a_hidden_column_that_execute_found_is_alerted_within_two_ticks(
    ticks: Ticks, emulator: EmulatorProcess
) -> None:
    emulator.admin.hide_column("vendor", "email")
    assert not _execute(ticks, "vendor:columns")["vendor:columns"].passed
    ticks.until(ticks.permission, lambda: bool(ticks.alerts), most=2)
    assert "vendor.email" in ticks.alerts[0].title
    emulator.admin.show_column("vendor", "email")
    ticks.tick(ticks.permission)
    assert ticks.passes("columns", "vendor")


@pytest.mark.long
def test_a_sign_in_that_execute_found_refused_is_alerted_at_the_next_tick(
    ticks: Ticks, emulator: EmulatorProcess
) -> None:
    emulator.admin.revoke_token()
    assert not _execute(ticks, "connection:sign_in")["connection:sign_in"].passed
    ticks.tick(ticks.connection)
    (alert,) = ticks.alerts
    assert "sign-in refused since" in alert.title
    assert "confirmed" in ticks.outcome("sign_in").metadata


@pytest.mark.long
def test_execute_looks_at_once_after_a_refused_sign_in_and_is_refused_once_at_most(
    ticks: Ticks, emulator: EmulatorProcess
) -> None:
    emulator.admin.revoke_token()
    ticks.until(ticks.connection, lambda: not ticks.passes("sign_in"), most=2)
    for checks in (["vendor:readable", "vendor:rows"], ["connection:sign_in"], ["connection:fields"]):
        before = _refusals(emulator)
        outcome = _execute(ticks, *checks)
        assert _refusals(emulator) == before + 1, checks
        assert not any(one.passed for one in outcome.values())
        assert not any("Not tried" in (one.description or "") for one in outcome.values())
    emulator.admin.restore_token()
    every = ("vendor:readable", "vendor:columns", "vendor:rows", "connection:fields", "connection:sign_in")
    outcome = _execute(ticks, *every)
    assert {name: one.description for name, one in outcome.items() if not one.passed} == {}


@pytest.mark.long
def test_the_sensor_that_waits_looks_at_once_when_execute_was_let_in(
    ticks: Ticks, emulator: EmulatorProcess
) -> None:
    emulator.admin.revoke_token()
    ticks.until(ticks.connection, lambda: not ticks.passes("sign_in"), most=2)
    ticks.every = timedelta(minutes=1)
    assert "Waiting" in ticks.tick(ticks.connection).skip_message
    emulator.admin.restore_token()
    assert "Waiting" in ticks.tick(ticks.connection).skip_message
    assert _execute(ticks, "connection:sign_in")["connection:sign_in"].passed
    assert "Waiting" not in ticks.tick(ticks.connection).skip_message
    assert [each.failed for each in ticks.alerts] == [True, False]


# What is decided, without NetSuite

NOON = datetime(2026, 11, 24, 12)
KEYS = build_asset_keys("netsuite", {name: dg.AssetSpec(["raw", name]) for name in TABLES})
LOST = Finding("table:vendor", State.FAILED, "Record 'vendor' was not found.")
RED, YELLOW = LastEvaluation(NOON, passed=False, is_error=True), LastEvaluation(NOON, passed=False)


def _memory(*findings: Finding) -> SensorCursor:
    memory = SensorCursor()
    for minutes in (0, 5):
        memory, _ = update(memory, ProbeResult(findings), NOON - timedelta(minutes=60 - minutes))
    return memory


WELL = _memory(Finding("table:vendor", State.OK, "readable"), Finding("rows:vendor", State.OK, "as many"))


@pytest.mark.parametrize(
    ("check", "message", "memory", "failed", "tables"),
    [
        ("table:vendor", LastEvaluation(NOON, passed=True), WELL, [], []),
        ("table:vendor", RED, WELL, ["table:vendor"], ["vendor"]),
        ("rows:vendor", RED, WELL, ["rows:vendor"], ["vendor"]),
        ("column:vendor.email", RED, WELL, [], ["vendor"]),  # a look says which column it is
        ("table:vendor", YELLOW, WELL, [], ["vendor"]),
        ("table:vendor", RED, _memory(LOST), [], []),  # the sensor's own
        ("rows:vendor", RED, _memory(LOST), ["rows:vendor"], ["vendor"]),
        ("table:vendor", YELLOW, _memory(Finding("table:vendor", State.WARNING, "never")), [], []),
        ("column:vendor.email", YELLOW, _memory(LOST), [], []),  # no look at a lost table answers it
        ("rows:customer", YELLOW, WELL, [], []),  # never synced
        ("sign_in", RED, SensorCursor(), ["sign_in"], []),
        ("sign_in", YELLOW, SensorCursor(), [], []),
    ],
)
def test_what_the_sensor_did_not_say_itself_is_found_in_the_event_log(
    check: str, message: LastEvaluation, memory: SensorCursor, failed: list[str], tables: list[str]
) -> None:
    key = check_key_of(KEYS, check)
    assert key is not None
    found = find_external_failures(KEYS, {key: message}, memory, NOON, {"vendor"})
    assert sorted(found.failed) == failed
    assert sorted(found.tables) == tables


def test_a_failure_found_by_others_is_broken_at_the_sensors_first_look_and_well_without_a_word() -> None:
    suspected = with_pending(WELL, {"table:vendor": NOON})
    _, changes = update(suspected, ProbeResult((LOST,)), NOON + timedelta(minutes=5))
    assert [(change.kind, change.first_seen) for change in changes] == [("broke", NOON)]
    well = ProbeResult((Finding("table:vendor", State.OK, "readable"),))
    memory, changes = update(suspected, well, NOON + timedelta(minutes=5))
    assert changes == ()
    assert memory.pending() == ()
