"""The connection sensor over an emulator: flagged within two ticks, cleared within two, no false alarm."""

from datetime import timedelta

import dagster as dg
import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor
from netsuite_pipeline.netsuite.errors import NangoError, NetSuiteError, Unavailable
from netsuite_pipeline.orchestration.schedules import ScheduleSpec
from netsuite_pipeline.orchestration.sensors import connection_sensor
from netsuite_pipeline.orchestration.sensors.table_batch import TimeBudget
from netsuite_pipeline_tests.orchestration.ticking import Ticks, refusals, states

CHECKS = {"host", "clock", "sign_in", "rest", "suiteql", "deleted_records", "concurrency", "certificate"}


def _schedule_is_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "netsuite_pipeline.orchestration.sensors.missed_runs.is_running", lambda instance, name: True
    )


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


@pytest.mark.long
def test_less_than_five_sign_ins_in_half_an_hour_while_both_sensors_tick(
    ticks: Ticks, emulator: EmulatorProcess
) -> None:
    ticks.tick(ticks.connection)
    ticks.every = timedelta(0)
    ticks.tick(ticks.permission)
    emulator.admin.revoke_token()
    times = []
    before = refusals(emulator)
    for minute in range(0, 120, 5):
        ticks.clock.now += timedelta(minutes=5)
        for sensor in (ticks.permission, ticks.connection):
            data = ticks.tick(sensor)
            assert data.skip_message
        after = refusals(emulator)
        times += [minute] * (after - before)
        before = after
    assert times
    for begin in range(0, 120, 5):
        assert len([moment for moment in times if begin <= moment <= begin + 30]) < 5


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
