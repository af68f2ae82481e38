"""Schedules wait while the sign-in is known to be broken, and their missed ticks are counted."""

from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.health.known_good import KnownTable
from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.orchestration.asset_keys import AssetKeys
from netsuite_pipeline.orchestration.check_specs import connection_key
from netsuite_pipeline.orchestration.checks.check_history import LastEvaluation, last_evaluations
from netsuite_pipeline.orchestration.checks.sign_in_gate import (
    VALID_FOR,
    block_reason,
    is_running,
    sensor_cursor,
)
from netsuite_pipeline.orchestration.component.python_attributes import build_netsuite_definitions
from netsuite_pipeline.orchestration.schedules import (
    ScheduleSpec,
    SyncSchedule,
    resolve_schedules,
    ticks_between,
)
from netsuite_pipeline.orchestration.sensors.missed_runs import (
    catch_up_run,
    missed_runs,
    missed_runs_text,
)
from netsuite_pipeline.tables import standard_tables

KEY = dg.AssetCheckKey(connection_key("netsuite"), "sign_in")
HOURLY = SyncSchedule("netsuite_schedule", "netsuite_sync", ScheduleSpec(), tables=("currency",))


def _record_sign_in(instance: dg.DagsterInstance, *, passed: bool, severity: dg.AssetCheckSeverity) -> None:
    instance.report_runless_asset_event(
        dg.AssetCheckEvaluation(
            asset_key=KEY.asset_key,
            check_name=KEY.name,
            passed=passed,
            severity=severity,
            description="NetSuite refuses the token. To fix: Setup > Users/Roles > Access Tokens.",
        )
    )


def _tick(instance: dg.DagsterInstance) -> Any:
    schedule = build_netsuite_definitions(tables=["currency"]).resolve_schedule_def("netsuite_schedule")
    with dg.build_schedule_context(instance=instance, scheduled_execution_time=utc_now()) as context:
        return schedule.evaluate_tick(context)


def test_a_schedule_starts_its_sync_as_long_as_nothing_is_known(instance: dg.DagsterInstance) -> None:
    (request,) = _tick(instance).run_requests
    assert request.run_config == {
        "ops": {"netsuite_tables": {"config": {"sweep_every_days": 7, "wait_minutes": 30}}}
    }


def test_a_schedule_skips_with_cause_and_remedy_while_the_sign_in_is_broken(
    instance: dg.DagsterInstance,
) -> None:
    _record_sign_in(instance, passed=False, severity=dg.AssetCheckSeverity.ERROR)
    data = _tick(instance)
    assert not data.run_requests
    for word in ("refuses the sign-in", "Setup > Users/Roles > Access Tokens", "netsuite_connection_sensor"):
        assert word in data.skip_message
    _record_sign_in(instance, passed=True, severity=dg.AssetCheckSeverity.ERROR)
    assert len(_tick(instance).run_requests) == 1


def test_a_schedule_skips_while_a_wrong_clock_makes_netsuite_refuse(instance: dg.DagsterInstance) -> None:
    _record_sign_in(instance, passed=True, severity=dg.AssetCheckSeverity.ERROR)
    clock = dg.AssetCheckKey(KEY.asset_key, "clock")
    for passed, runs in ((False, 0), (True, 1)):
        instance.report_runless_asset_event(
            dg.AssetCheckEvaluation(
                asset_key=clock.asset_key,
                check_name=clock.name,
                passed=passed,
                severity=dg.AssetCheckSeverity.ERROR,
                description="This machine's clock is 360 s ahead.",
            )
        )
        data = _tick(instance)
        assert len(data.run_requests) == runs
        assert passed or "360 s ahead" in data.skip_message


def test_what_is_merely_not_known_holds_up_nothing(instance: dg.DagsterInstance) -> None:
    _record_sign_in(instance, passed=False, severity=dg.AssetCheckSeverity.WARN)
    assert len(_tick(instance).run_requests) == 1


def test_a_check_that_was_started_and_has_no_outcome_yet_hides_nothing(instance: dg.DagsterInstance) -> None:
    _record_sign_in(instance, passed=False, severity=dg.AssetCheckSeverity.ERROR)
    location = build_netsuite_definitions(tables=["currency"])
    job = location.resolve_implicit_global_asset_job_def().get_subset(asset_check_selection={KEY})
    instance.create_run_for_job(job_def=job)
    latest = instance.get_latest_asset_check_evaluation_record(KEY)
    assert latest.status.value == "PLANNED"
    assert last_evaluations(instance, [KEY])[KEY].is_error
    assert not _tick(instance).run_requests


def test_what_was_shown_when_somebody_still_checked_does_not_hold_for_ever() -> None:
    now = datetime(2026, 11, 24, 12)
    assert block_reason(
        LastEvaluation(now - timedelta(hours=25), passed=False, is_error=True), "netsuite", now
    )
    assert not block_reason(
        LastEvaluation(now - VALID_FOR - timedelta(1), passed=False, is_error=True), "netsuite", now
    )
    assert not block_reason(None, "netsuite", now)


@pytest.mark.parametrize(
    ("cron", "zone", "after", "until", "count"),
    [
        ("0 * * * *", "UTC", datetime(2026, 11, 24, 9, 55), datetime(2026, 11, 24, 10, 40), 1),
        ("0 * * * *", "UTC", datetime(2026, 11, 24, 9, 5), datetime(2026, 11, 24, 9, 55), 0),
        # Neither the moment at which it begins, but the one at which it ends.
        ("0 * * * *", "UTC", datetime(2026, 11, 24, 9), datetime(2026, 11, 24, 10), 1),
        # 06:30 in Berlin is 05:30 UTC in winter.
        ("30 6 * * *", "Europe/Berlin", datetime(2026, 11, 24, 5), datetime(2026, 11, 24, 6), 1),
        ("30 6 * * *", "UTC", datetime(2026, 11, 24, 5), datetime(2026, 11, 24, 6), 0),
        (
            ["0 6 * * *", "30 6 * * *", "0 6 * * 1-5"],
            "UTC",
            datetime(2026, 11, 24, 5),
            datetime(2026, 11, 24, 7),
            2,
        ),
        # The hour that comes twice.
        ("0 * * * *", "Europe/Berlin", datetime(2026, 10, 24, 22, 30), datetime(2026, 10, 25, 2, 30), 4),
    ],
)
def test_ticks_are_counted_in_the_schedules_own_zone(
    cron: str | list[str], zone: str, after: datetime, until: datetime, count: int
) -> None:
    assert ticks_between(cron, zone, after, until) == count


def _recorded(name: str, status: str, cursor: str | None = None) -> SimpleNamespace:
    return SimpleNamespace(
        instigator_name=name,
        status=SimpleNamespace(value=status),
        instigator_data=SimpleNamespace(cursor=cursor),
    )


def _instance(*states: SimpleNamespace) -> dg.DagsterInstance:
    return SimpleNamespace(schedule_storage=True, all_instigator_state=lambda: list(states))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("states", "on"),
    [
        ([], False),
        ([_recorded("netsuite_schedule", "STOPPED")], False),
        ([_recorded("netsuite_schedule", "RUNNING")], True),
        ([_recorded("netsuite_schedule", "DECLARED_IN_CODE")], True),
        ([_recorded("others_schedule", "RUNNING")], False),
    ],
)
def test_a_schedule_that_is_off_misses_nothing(states: list[SimpleNamespace], on: bool) -> None:
    missed = missed_runs(
        _instance(*states),
        [HOURLY],
        {},
        broken_since=datetime(2026, 11, 24, 9, 55),
        interval=timedelta(minutes=5),
        now=datetime(2026, 11, 24, 10, 40),
    )
    assert [ticks for _, ticks in missed] == [1] * on
    assert is_running(_instance(*states), "netsuite_schedule") is on


def test_a_sync_that_came_through_was_not_missed() -> None:
    synced_at = datetime(2026, 11, 24, 10, 0, 20)
    known = {"currency": KnownTable(frozenset(), 1, synced_at)}
    missed = missed_runs(
        _instance(_recorded("netsuite_schedule", "RUNNING")),
        [HOURLY],
        known,
        broken_since=datetime(2026, 11, 24, 10, 2),
        interval=timedelta(minutes=5),
        now=datetime(2026, 11, 24, 10, 40),
    )
    assert not missed


def test_only_a_sensor_that_is_on_remembers_anything_that_counts() -> None:
    on, off = _recorded("a", "RUNNING", "{}"), _recorded("a", "STOPPED", "{}")
    assert sensor_cursor(_instance(on), "a") == "{}"
    assert sensor_cursor(_instance(off), "a") is None
    assert sensor_cursor(_instance(), "a") is None
    with dg.DagsterInstance.ephemeral() as without_daemon:
        assert sensor_cursor(without_daemon, "a") is None


# Several schedules

NIGHTLY = ScheduleSpec(
    "nightly", cron_schedule="30 2 * * *", execution_timezone="Europe/Berlin", tables=("lists", "vendor")
)


def test_each_named_schedule_has_a_job_of_its_tables_and_the_other_job_keeps_them_all(
    instance: dg.DagsterInstance,
) -> None:
    location = build_netsuite_definitions(
        tables=["currency", "term", "vendor", "customer"],
        schedules=[ScheduleSpec(tables=("all", "-lists")), NIGHTLY],
    )
    layers = {
        name: {key.path[-1] for key in location.resolve_job_def(name).asset_layer.selected_asset_keys}
        for name in ("netsuite_sync", "netsuite_nightly_sync")
    }
    assert layers["netsuite_sync"] == {"currency", "term", "vendor", "customer"}
    assert layers["netsuite_nightly_sync"] == {"currency", "term", "vendor"}
    nightly = location.resolve_schedule_def("netsuite_nightly_schedule")
    assert (nightly.cron_schedule, nightly.execution_timezone) == ("30 2 * * *", "Europe/Berlin")
    chosen: dict[str, Any] = {}
    for name in ("netsuite_schedule", "netsuite_nightly_schedule"):
        schedule = location.resolve_schedule_def(name)
        with dg.build_schedule_context(instance=instance, scheduled_execution_time=utc_now()) as context:
            (chosen[name],) = schedule.evaluate_tick(context).run_requests or ()
    assert chosen["netsuite_schedule"].job_name == "netsuite_sync"
    selected = chosen["netsuite_schedule"].asset_selection
    assert {key.path[-1] for key in selected} == {"vendor", "customer"}
    # As Dagster's daemon does with it.
    narrowed = location.resolve_job_def("netsuite_sync").get_subset(
        asset_selection=set(selected),
        asset_check_selection=set(chosen["netsuite_schedule"].asset_check_keys),
    )
    assert [node.name for node in narrowed.nodes] == ["netsuite_tables"]
    assert {key.path[-1] for key in narrowed.asset_layer.selected_asset_keys} == {"vendor", "customer"}
    assert chosen["netsuite_nightly_schedule"].job_name == "netsuite_nightly_sync"
    assert chosen["netsuite_nightly_schedule"].asset_selection is None


def test_every_schedule_waits_while_the_sign_in_is_broken(instance: dg.DagsterInstance) -> None:
    _record_sign_in(instance, passed=False, severity=dg.AssetCheckSeverity.ERROR)
    location = build_netsuite_definitions(tables=["currency", "vendor"], schedules=[ScheduleSpec(), NIGHTLY])
    for name in ("netsuite_schedule", "netsuite_nightly_schedule"):
        with dg.build_schedule_context(instance=instance, scheduled_execution_time=utc_now()) as context:
            data = location.resolve_schedule_def(name).evaluate_tick(context)
        assert not data.run_requests
        assert "refuses the sign-in" in data.skip_message


def test_a_project_with_named_schedules_alone_can_still_start_all_its_tables() -> None:
    location = build_netsuite_definitions(tables=["customer", "vendor", "currency"], schedules=[NIGHTLY])
    names = {schedule.name for schedule in location.schedules or []}
    assert names == {
        "netsuite_nightly_schedule",
        "netsuite_fields_schedule",
        "netsuite_reconcile_schedule",
    }
    assert len(location.resolve_job_def("netsuite_sync").asset_layer.selected_asset_keys) == 3


@pytest.mark.parametrize(
    ("specs", "words"),
    [
        ([ScheduleSpec(cron_schedule="every hour")], ("'every hour' is no cron expression", "`0 * * * *`")),
        ([ScheduleSpec(cron_schedule="0 0 * * * *")], ("is no cron expression",)),
        ([ScheduleSpec("n", cron_schedule="0 25 * * *")], ("The schedule 'n'", "is no cron expression")),
        (
            [ScheduleSpec(execution_timezone="Europe/Berln")],
            ("no time zone 'Europe/Berln'", "'Europe/Berlin'"),
        ),
        ([ScheduleSpec(execution_timezone="../etc/passwd")], ("no time zone '../etc/passwd'",)),
        ([ScheduleSpec("n"), ScheduleSpec("n")], ("Two schedules of netsuite", "'n'")),
        ([ScheduleSpec(), ScheduleSpec()], ("Two schedules of netsuite",)),
        ([ScheduleSpec("fields")], ("cannot have the name 'fields'",)),
        ([ScheduleSpec("each night")], ("cannot have the name 'each night'",)),
        ([ScheduleSpec("n", tables=("vendr",))], ("The schedule 'n'", "'vendor'")),
        # It is in the catalogue, but the connection does not take it.
        (
            [ScheduleSpec("n", tables=("customer",))],
            ("'customer'", "A schedule syncs tables of its connection"),
        ),
        ([ScheduleSpec("n", tables=("vendor", "-vendor"))], ("has no tables",)),
    ],
)
def test_a_schedule_that_is_not_right_is_refused_when_definitions_load(
    specs: list[ScheduleSpec], words: tuple[str, ...]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        build_netsuite_definitions(tables=["vendor", "currency"], schedules=specs)
    for word in words:
        assert word in str(caught.value)


def test_each_schedule_makes_up_for_what_it_missed_itself() -> None:
    on = _instance(
        *(_recorded(f"netsuite{name}_schedule", "RUNNING") for name in ("", "_nightly", "_quarterly")),
        _recorded("netsuite_off_schedule", "STOPPED"),
    )
    schedules = resolve_schedules(
        AssetKeys("netsuite"),
        [standard_tables()[name] for name in ("customer", "vendor", "currency")],
        [
            ScheduleSpec(tables=("vendor", "currency")),
            replace(NIGHTLY, tables=("currency",)),
            ScheduleSpec("quarterly", cron_schedule="*/15 * * * *", tables=("customer",)),
            ScheduleSpec("off", cron_schedule="0 * * * *", tables=("vendor",)),
        ],
    )
    started = datetime(2026, 11, 24, 9, 55)
    known = {"customer": KnownTable(frozenset(), 1, datetime(2026, 11, 24, 10, 20))}
    missed = missed_runs(
        on,
        schedules,
        known,
        broken_since=started,
        interval=timedelta(minutes=5),
        now=datetime(2026, 11, 24, 11, 10),
    )
    # Customers were synced by somebody at 10:20: 10:30, 10:45, 11:00 were missed after that.
    assert [(schedule.name, ticks) for schedule, ticks in missed] == [
        ("netsuite_schedule", 2),
        ("netsuite_quarterly_schedule", 3),
    ]
    runs = [catch_up_run(schedule, started) for schedule, _ in missed]
    assert [run.job_name for run in runs] == ["netsuite_sync", "netsuite_quarterly_sync"]
    assert len({run.run_key for run in runs}) == 2
    assert missed_runs_text([ticks for _, ticks in missed]).startswith("2 syncs have been started")
