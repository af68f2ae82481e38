"""The sensors over a real emulator: flagged within two ticks, healed within two, and no false alarm."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.health.findings import Finding, ProbeResult, State
from netsuite_pipeline.health.monitoring.regression import update
from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor
from netsuite_pipeline.health.probes.table_probe import probe_table
from netsuite_pipeline.netsuite.errors import NangoError, NetSuiteError, Unavailable
from netsuite_pipeline.orchestration.asset_keys import AssetKeys
from netsuite_pipeline.orchestration.checks.check_history import LastEvaluation
from netsuite_pipeline.orchestration.component.python_attributes import build_netsuite_definitions
from netsuite_pipeline.orchestration.resources import WarehouseResource
from netsuite_pipeline.orchestration.schedules import ScheduleSpec
from netsuite_pipeline.orchestration.sensors import connection_sensor, notifications, permission_sensor
from netsuite_pipeline.orchestration.sensors.evaluations import TickResult, checks_to_emit
from netsuite_pipeline.orchestration.sensors.table_batch import TimeBudget, advance_pass, next_batch
from netsuite_pipeline.tables import Table, choose_tables, standard_tables
from netsuite_pipeline_tests.orchestration.ticking import Ticks, states

CHECKS = {"host", "clock", "sign_in", "rest", "suiteql", "deleted_records", "concurrency", "certificate"}


@pytest.fixture
def ticks(
    tmp_path: Path, emulator: EmulatorProcess, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> Ticks:
    for name, value in emulator.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NETSUITE_ALERT_URLS", "json://127.0.0.1:9/")
    monkeypatch.setattr("netsuite_pipeline.health.probes.connection_probe.SIGN_IN_PAUSE_SECONDS", 0.1)
    ticking = Ticks(tmp_path, instance)
    monkeypatch.setattr(notifications, "send", lambda alert, urls, log: ticking.alerts.append(alert))
    return ticking


def _sync(ticks: Ticks) -> bool:
    warehouse = WarehouseResource(path=str(ticks.folder / "warehouse.duckdb"))
    location = build_netsuite_definitions(tables=list(ticks.tables), warehouse=warehouse)
    job = location.resolve_job_def("netsuite_sync")
    return job.execute_in_process(instance=ticks.instance, raise_on_error=False).success


def _schedule_is_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "netsuite_pipeline.orchestration.sensors.missed_runs.is_running", lambda instance, name: True
    )


# The connection


def test_the_first_tick_shows_every_check_and_the_next_ones_only_what_changed(ticks: Ticks) -> None:
    first = ticks.tick(ticks.connection)
    assert states(first) == {f"connection:{check}": True for check in CHECKS}
    assert "all 8 checks passed" in first.skip_message
    second = ticks.tick(ticks.connection)
    assert states(second) == {}
    assert "all 8 checks passed" in second.skip_message
    assert not ticks.alerts


def test_each_check_is_shown_again_once_a_day(ticks: Ticks) -> None:
    ticks.tick(ticks.connection)
    ticks.clock.now += timedelta(hours=25)
    assert set(states(ticks.tick(ticks.connection))) == {f"connection:{check}" for check in CHECKS}
    assert not ticks.alerts


def test_a_revoked_token_is_flagged_within_two_ticks_and_healed_within_two(
    ticks: Ticks, emulator: EmulatorProcess
) -> None:
    ticks.tick(ticks.connection)
    emulator.admin.revoke_token()
    assert states(ticks.tick(ticks.connection)) == {}  # nobody has confirmed it yet
    data = ticks.tick(ticks.connection)
    outcome = ticks.outcome("sign_in")
    assert not outcome.passed
    assert outcome.severity is dg.AssetCheckSeverity.ERROR
    assert "To fix: " in outcome.description
    assert "First seen " in outcome.description
    assert "confirmed " in outcome.description
    assert "sign_in since " in data.skip_message
    (alert,) = ticks.alerts
    assert alert.failed
    assert "sign-in refused since" in alert.title
    emulator.admin.restore_token()
    looks = ticks.until(ticks.connection, lambda: ticks.passes("sign_in"), most=4)
    assert looks <= 3  # two looks; between them the sensor waits, so as not to lock the user
    assert [each.failed for each in ticks.alerts] == [True, False]
    assert "sign-in works again" in ticks.alerts[1].title


def test_a_stray_refusal_is_nothing(ticks: Ticks, emulator: EmulatorProcess) -> None:
    ticks.tick(ticks.connection)
    emulator.admin.revoke_token()
    ticks.tick(ticks.connection)
    emulator.admin.restore_token()
    for _ in range(3):
        assert states(ticks.tick(ticks.connection)) == {}
    assert ticks.passes("sign_in")
    assert not ticks.alerts


def test_less_than_five_sign_ins_in_half_an_hour_while_both_sensors_tick(
    ticks: Ticks, emulator: EmulatorProcess
) -> None:
    ticks.tick(ticks.connection)
    ticks.every = timedelta(0)
    ticks.tick(ticks.permission)
    emulator.admin.revoke_token()
    times = []
    before = _refusals(emulator)
    for minute in range(0, 120, 5):
        ticks.clock.now += timedelta(minutes=5)
        for sensor in (ticks.permission, ticks.connection):
            data = ticks.tick(sensor)
            assert data.skip_message
        after = _refusals(emulator)
        times += [minute] * (after - before)
        before = after
    assert times
    for begin in range(0, 120, 5):
        assert len([moment for moment in times if begin <= moment <= begin + 30]) < 5


def _refusals(emulator: EmulatorProcess) -> int:
    return len([entry for entry in emulator.admin.login_audit() if entry["status"] != "Success"])


@pytest.mark.long
def test_while_it_waits_it_says_until_when(ticks: Ticks, emulator: EmulatorProcess) -> None:
    emulator.admin.revoke_token()
    message = [ticks.tick(ticks.connection).skip_message for _ in range(4)]
    waiting = [text for text in message if "next check at" in text]
    assert waiting
    assert "five refused sign-ins would lock the user" in waiting[0]


def test_netsuite_down_is_the_host_and_no_sign_in(ticks: Ticks, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks.tick(ticks.connection)
    monkeypatch.setenv("NETSUITE_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setattr("netsuite_pipeline.health.probes.connection_probe.RETRY_SECONDS", 0.2)
    ticks.tick(ticks.connection)
    ticks.tick(ticks.connection)
    assert not ticks.passes("host")
    assert ticks.passes("sign_in")
    (alert,) = ticks.alerts
    assert "does not answer" in alert.title
    assert "sign-in" not in alert.title


def test_a_broken_cursor_starts_clean_and_says_so(ticks: Ticks) -> None:
    ticks.cursors["netsuite_connection_sensor"] = "{broken"
    ticks.cursors["netsuite_permission_sensor"] = "null"
    connection = ticks.tick(ticks.connection)
    permission = ticks.tick(ticks.permission)
    for data in (connection, permission):
        assert "could not be read" in data.skip_message
        assert SensorCursor.parse(data.cursor).note == ""
    assert ticks.passes("sign_in")
    assert ticks.passes("readable", "vendor")


def test_missing_credentials_are_named_and_raise_nothing(
    ticks: Ticks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NETSUITE_TOKEN_ID")
    monkeypatch.delenv("NETSUITE_TOKEN_SECRET")
    for sensor in (ticks.connection, ticks.permission):
        message = ticks.tick(sensor).skip_message
        assert "NETSUITE_TOKEN_ID and NETSUITE_TOKEN_SECRET" in message


def test_that_nango_refuses_is_shown_as_a_refused_sign_in_and_that_it_is_away_is_not(
    ticks: Ticks, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks.tick(ticks.connection)

    def nango(error: NetSuiteError) -> None:
        def refuses(*arguments: object) -> None:
            raise error

        monkeypatch.setattr("netsuite_pipeline.orchestration.resources.client_from_environment", refuses)

    nango(Unavailable("Nango does not answer."))
    for _ in range(2):
        assert states(ticks.tick(ticks.connection)) == {}
    assert "Nango does not answer." in ticks.tick(ticks.connection).skip_message
    assert "Nango does not answer." in ticks.tick(ticks.permission).skip_message
    assert not ticks.alerts
    nango(NangoError("Nango has no connection 'acme'.", reason="connection"))
    looks = ticks.until(ticks.connection, lambda: not ticks.passes("sign_in"), most=4)
    assert looks == 2
    outcome = ticks.outcome("sign_in")
    assert "Nango has no connection 'acme'." in outcome.description
    assert "NANGO_CONNECTION_ID" in outcome.description
    (alert,) = ticks.alerts
    assert alert.failed


def test_what_an_execution_by_hand_left_red_is_put_right(ticks: Ticks) -> None:
    ticks.tick(ticks.connection)
    ticks.instance.report_runless_asset_event(
        dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey(["netsuite", "connection"]), check_name="sign_in", passed=False
        )
    )
    assert states(ticks.tick(ticks.connection)) == {"connection:sign_in": True}
    assert not ticks.alerts


@pytest.mark.long
def test_recovery_starts_one_run_for_the_syncs_that_were_missed(
    ticks: Ticks, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    _schedule_is_on(monkeypatch)
    ticks.clock.now = ticks.clock.now.replace(hour=9, minute=50)
    ticks.tick(ticks.connection)
    emulator.admin.revoke_token()
    for _ in range(5):
        ticks.tick(ticks.connection)  # 10:00 passes
    assert not ticks.passes("sign_in")
    emulator.admin.restore_token()
    requests = [request for _ in range(6) for request in ticks.tick(ticks.connection).run_requests]
    (request,) = requests
    assert request.job_name == "netsuite_sync"
    assert "missed since" in request.run_key
    assert request.run_config == {
        "ops": {"netsuite_tables": {"config": {"sweep_every_days": 7, "wait_minutes": 30}}}
    }
    assert "One missed sync has been started." in ticks.alerts[-1].body


@pytest.mark.long
def test_recovery_starts_a_run_of_each_schedule_that_missed_one(
    ticks: Ticks, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    _schedule_is_on(monkeypatch)
    hourly = ScheduleSpec(tables=("all", "-currency"))
    often = ScheduleSpec("often", cron_schedule="*/10 * * * *", tables=("currency",), sweep_every_days=1)
    ticks.schedules = (hourly, often, ScheduleSpec("yearly", cron_schedule="0 0 1 1 *"))
    ticks.__post_init__()
    ticks.clock.now = ticks.clock.now.replace(day=24, hour=9, minute=50)
    ticks.tick(ticks.connection)
    emulator.admin.revoke_token()
    for _ in range(5):
        ticks.tick(ticks.connection)  # 10:00 passes
    emulator.admin.restore_token()
    requests = [request for _ in range(6) for request in ticks.tick(ticks.connection).run_requests]
    assert [request.job_name for request in requests] == ["netsuite_sync", "netsuite_often_sync"]
    assert {key.path[-1] for key in requests[0].asset_selection} == {"vendor", "customer"}
    assert requests[1].asset_selection is None
    assert requests[1].run_config["ops"]["netsuite_tables"]["config"] == {
        "sweep_every_days": 1,
        "wait_minutes": 30,
    }
    assert "2 syncs have been started for" in ticks.alerts[-1].body


def test_nothing_is_started_where_no_tick_was_missed(
    ticks: Ticks, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    _schedule_is_on(monkeypatch)
    ticks.clock.now = ticks.clock.now.replace(hour=9, minute=5)
    ticks.tick(ticks.connection)
    emulator.admin.revoke_token()
    ticks.tick(ticks.connection)
    ticks.tick(ticks.connection)
    emulator.admin.restore_token()
    assert not [request for _ in range(3) for request in ticks.tick(ticks.connection).run_requests]
    assert "missed" not in ticks.alerts[-1].body


def test_a_look_that_takes_too_long_is_cut_off_and_says_so(
    ticks: Ticks, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_sensor, "probe_connection", lambda client, **_: client.server_time())
    emulator.admin.set_latency(3000)
    ticks.budget = lambda: TimeBudget(0.1, 0.3)
    assert "needed too much time" in ticks.tick(ticks.connection).skip_message


# Tables


def test_a_table_that_was_never_readable_is_a_warning_without_alarm_and_then_good_news(
    ticks: Ticks, emulator: EmulatorProcess
) -> None:
    emulator.admin.drop_permission("LIST_VENDOR")
    ticks.tick(ticks.permission)
    assert ticks.passes("readable", "customer")
    assert ticks.passes("columns", "customer")
    ticks.tick(ticks.permission)
    outcome = ticks.outcome("readable", "vendor")
    assert not outcome.passed
    assert outcome.severity is dg.AssetCheckSeverity.WARN
    assert "never readable so far" in outcome.description
    emulator.admin.grant_permission("LIST_VENDOR")
    ticks.clock.now += timedelta(hours=1)
    ticks.tick(ticks.permission)
    assert ticks.passes("readable", "vendor")
    assert not ticks.alerts


@pytest.mark.parametrize("synced", [False, True])
@pytest.mark.few(1)
@pytest.mark.long
def test_a_lost_table_and_a_hidden_column_are_flagged_within_two_ticks_of_a_look(
    ticks: Ticks, emulator: EmulatorProcess, synced: bool
) -> None:
    if synced:
        assert _sync(ticks)
    ticks.tick(ticks.permission)
    emulator.admin.drop_permission("LIST_VENDOR")
    emulator.admin.hide_column("customer", "email")
    ticks.clock.now += timedelta(hours=1)
    ticks.tick(ticks.permission)
    assert ticks.passes("readable", "vendor")
    data = ticks.tick(ticks.permission)
    lost, hidden = ticks.outcome("readable", "vendor"), ticks.outcome("columns", "customer")
    assert not lost.passed
    assert lost.severity is dg.AssetCheckSeverity.ERROR
    assert "add Vendors" in lost.description
    assert not hidden.passed
    assert "customer.email" in hidden.description
    assert "table:vendor since" in data.skip_message
    (alert,) = ticks.alerts
    assert "vendor" in alert.title
    assert "customer.email" in alert.title
    emulator.admin.grant_permission("LIST_VENDOR")
    emulator.admin.show_column("customer", "email")
    healed = ticks.tick(ticks.permission)
    assert ticks.passes("readable", "vendor")
    assert ticks.passes("columns", "customer")
    assert "failed" not in healed.skip_message
    assert [each.failed for each in ticks.alerts] == [True, False]


@pytest.mark.long
def test_restricted_rows_are_flagged(ticks: Ticks, emulator: EmulatorProcess) -> None:
    ticks.tables = ("customer", "transaction")
    ticks.__post_init__()
    assert _sync(ticks)
    ticks.tick(ticks.permission)
    emulator.admin.restrict_rows("transaction", "id < 0")
    ticks.clock.now += timedelta(hours=1)
    ticks.tick(ticks.permission)
    ticks.tick(ticks.permission)
    outcome = ticks.outcome("rows", "transaction")
    assert not outcome.passed
    assert "To fix" in outcome.description
    emulator.admin.unrestrict_rows("transaction")
    ticks.tick(ticks.permission)
    assert ticks.passes("rows", "transaction")


def test_a_pass_that_runs_out_of_time_goes_on_at_the_next_tick(
    ticks: Ticks, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks.budget = lambda: TimeBudget(0.0, 40.0)
    seen = []
    for left in (2, 1, 0):
        data = ticks.tick(ticks.permission)
        seen += [name for name in states(data) if name.endswith(":readable")]
        assert (f"{left} of 3 tables remain" in data.skip_message) is (left > 0)
    assert sorted(seen) == ["currency:readable", "customer:readable", "vendor:readable"]
    assert "permission checked; next check of all 3 at" in ticks.tick(ticks.permission).skip_message


def test_a_table_that_takes_too_long_does_not_hold_up_the_others(
    ticks: Ticks, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = probe_table

    def slow(client: Any, table: Table, known: Any, **rest: Any) -> Any:
        if table.name == "vendor":
            client.stop()
        return real(client, table, known, **rest)

    monkeypatch.setattr(permission_sensor, "probe_table", slow)
    first = ticks.tick(ticks.permission)
    while "took too long" not in first.skip_message:
        first = ticks.tick(ticks.permission)
    ticks.tick(ticks.permission)
    assert ticks.passes("readable", "customer")
    assert ticks.passes("readable", "currency")
    assert not ticks.alerts


def test_tables_wait_while_the_sign_in_is_known_to_be_broken(ticks: Ticks, emulator: EmulatorProcess) -> None:
    emulator.admin.revoke_token()
    ticks.tick(ticks.connection)
    ticks.tick(ticks.connection)
    before = _refusals(emulator)
    data = ticks.tick(ticks.permission)
    assert "NetSuite refuses the sign-in" in data.skip_message
    assert not data.asset_events
    assert _refusals(emulator) == before


def test_tables_stop_at_the_first_refusal_and_wait(ticks: Ticks, emulator: EmulatorProcess) -> None:
    ticks.tick(ticks.permission)
    emulator.admin.revoke_token()
    ticks.clock.now += timedelta(hours=1)
    before = _refusals(emulator)
    data = ticks.tick(ticks.permission)
    assert _refusals(emulator) == before + 1
    assert "NetSuite refuses the sign-in" in data.skip_message
    ticks.every = timedelta(minutes=1)
    assert "netsuite_connection_sensor confirms it" in ticks.tick(ticks.permission).skip_message
    assert _refusals(emulator) == before + 1
    assert ticks.passes("readable", "vendor")
    assert not ticks.alerts


@pytest.mark.long
def test_an_old_table_is_shown_as_not_fresh_and_a_new_sync_as_fresh(ticks: Ticks) -> None:
    ticks.fresh_for = timedelta(hours=3)
    ticks.__post_init__()
    assert _sync(ticks)
    ticks.tick(ticks.permission)
    assert ticks.passes("fresh", "vendor")
    ticks.clock.now += timedelta(hours=4)
    ticks.tick(ticks.permission)
    assert not ticks.passes("fresh", "vendor")


# Runs that failed


def _failing_run(ticks: Ticks, error: Exception) -> dg.DagsterRun:
    @dg.op(name="netsuite_tables")
    def fails() -> None:
        raise error

    @dg.job(name="netsuite_sync")
    def netsuite_sync() -> None:
        fails()

    result = netsuite_sync.execute_in_process(instance=ticks.instance, raise_on_error=False)
    assert not result.success
    return result.dagster_run


@pytest.mark.long
def test_a_failed_run_is_shown_once_with_cause_and_remedy(ticks: Ticks) -> None:
    ticks.tick(ticks.failure)  # from here on
    error = dg.Failure(description="The disk is full. Remedy: make room.", allow_retries=False)
    _failing_run(ticks, error)
    data = ticks.tick(ticks.failure)
    assert "make room" in data.skip_message
    (alert,) = ticks.alerts
    assert alert.body.startswith("The disk is full.")
    assert "1234567" in alert.title
    _failing_run(ticks, error)
    assert "The run before failed for the same reason" in ticks.tick(ticks.failure).skip_message
    assert len(ticks.alerts) == 1
    _failing_run(ticks, dg.Failure(description="Something else.", allow_retries=False))
    ticks.tick(ticks.failure)
    assert [each.body for each in ticks.alerts[1:]] == ["Something else."]


def test_a_run_that_failed_by_its_sign_in_is_left_to_the_connection_sensor(
    ticks: Ticks, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks.tick(ticks.failure)
    emulator.admin.revoke_token()
    assert not _sync(ticks)
    monkeypatch.setattr(
        "netsuite_pipeline.orchestration.sensors.run_failure_sensor.is_running", lambda instance, name: True
    )
    data = ticks.tick(ticks.failure)
    assert "netsuite_connection_sensor checks the sign-in" in data.skip_message
    assert not ticks.alerts


def test_a_failure_of_another_job_is_nobodys_concern_here(ticks: Ticks) -> None:
    ticks.tick(ticks.failure)

    @dg.op
    def fails() -> None:
        raise ValueError("no")

    @dg.job
    def others() -> None:
        fails()

    others.execute_in_process(instance=ticks.instance, raise_on_error=False)
    assert "is no run of netsuite" in ticks.tick(ticks.failure).skip_message
    assert not ticks.alerts


# What is decided, without NetSuite


NOON = utc_now().replace(hour=12, minute=0)
VENDOR_LOST = Finding("table:vendor", State.FAILED, "gone", remedy="add it")
TABLES = choose_tables(standard_tables(), ["vendor", "customer", "currency"])
EVERY = timedelta(hours=1)


def _after(look: ProbeResult, memory: SensorCursor, minutes: int = 0) -> TickResult:
    at = NOON + timedelta(minutes=minutes)
    stored, changes = update(memory, look, at)
    return TickResult(AssetKeys("netsuite"), look, stored, changes, at)


def test_what_is_not_confirmed_is_not_shown_and_what_is_confirmed_is_shown_when_the_log_says_otherwise() -> (
    None
):
    once = _after(ProbeResult((VENDOR_LOST,)), SensorCursor())
    assert checks_to_emit(once, {}) == {}
    twice = _after(ProbeResult((VENDOR_LOST,)), once.cursor, 5)
    (key,) = checks_to_emit(twice, {})
    assert key.to_user_string() == "netsuite/vendor:readable"
    again = _after(ProbeResult((VENDOR_LOST,)), twice.cursor, 10)
    assert checks_to_emit(again, {key: LastEvaluation(NOON, passed=False)}) == {}
    assert set(checks_to_emit(again, {key: LastEvaluation(NOON, passed=True)})) == {key}
    assert set(checks_to_emit(again, {key: LastEvaluation(NOON - timedelta(days=2), passed=False)})) == {key}
    unknown = replace(VENDOR_LOST, state=State.UNKNOWN)
    assert (
        checks_to_emit(
            _after(ProbeResult((unknown,)), twice.cursor, 15), {key: LastEvaluation(NOON, passed=False)}
        )
        == {}
    )


def test_a_pass_begins_each_hour_counted_from_its_beginning() -> None:
    names = [table.name for table in TABLES]
    first = next_batch(TABLES, SensorCursor(), NOON, EVERY)
    assert [table.name for table in first.remaining] == names
    memory = advance_pass(SensorCursor(), 2, first, NOON, EVERY)
    second = next_batch(TABLES, memory, NOON + timedelta(minutes=5), EVERY)
    assert [table.name for table in second.remaining] == names[2:]
    memory = advance_pass(memory, 1, second, NOON + timedelta(minutes=5), EVERY)
    assert next_batch(TABLES, memory, NOON + timedelta(minutes=55), EVERY).is_empty
    assert len(next_batch(TABLES, memory, NOON + timedelta(minutes=60), EVERY).remaining) == 3


def test_a_table_that_is_lost_is_checked_at_each_tick() -> None:
    lost = _after(ProbeResult((VENDOR_LOST,)), SensorCursor(next_check_at=NOON + EVERY))
    assert [table.name for table in next_batch(TABLES, lost.cursor, NOON, EVERY).recheck] == ["vendor"]
    confirmed = _after(ProbeResult((VENDOR_LOST,)), lost.cursor, 5)
    assert [table.name for table in next_batch(TABLES, confirmed.cursor, NOON, EVERY).recheck] == ["vendor"]
    well = _after(ProbeResult((replace(VENDOR_LOST, state=State.OK),)), confirmed.cursor, 10)
    assert next_batch(TABLES, well.cursor, NOON, EVERY).is_empty
