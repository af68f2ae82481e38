"""The ticks that schedules missed while the sign-in failed, and one run for each schedule to catch up."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import dagster as dg

from netsuite_pipeline.health.known_good import KnownTable
from netsuite_pipeline.orchestration.checks.sign_in_gate import is_running
from netsuite_pipeline.orchestration.schedules import SyncSchedule, ticks_between


def missed_runs(
    instance: dg.DagsterInstance,
    schedules: Sequence[SyncSchedule],
    known: Mapping[str, KnownTable],
    *,
    broken_since: datetime,
    interval: timedelta,
    now: datetime,
) -> list[tuple[SyncSchedule, int]]:
    """Return the schedules that missed ticks while the sign-in failed, and how many each missed.

    Args:
        instance: The Dagster instance that knows which schedules are on; others miss nothing.
        schedules: The connection's schedules.
        known: What the syncs have read, by table: a schedule whose tables were synced meanwhile missed
            nothing.
        broken_since: When the refusal was first seen, UTC.
        interval: The longest time before that at which the refusal may have begun.
        now: UTC.
    """
    missed = []
    for schedule in schedules:
        if is_running(instance, schedule.name):
            times = [broken_since - interval]
            times += [known[name].synced_at for name in schedule.tables if name in known]
            spec = schedule.spec
            ticks = ticks_between(spec.cron_schedule, spec.execution_timezone, max(times), now)
            if ticks:
                missed.append((schedule, ticks))
    return missed


def catch_up_run(schedule: SyncSchedule, broken_since: datetime) -> dg.RunRequest:
    """Return the run that catches up on missed ticks; Dagster starts a run key only once.

    Example:
        >>> from netsuite_pipeline.orchestration.schedules import ScheduleSpec
        >>> schedule = SyncSchedule("netsuite_schedule", "netsuite_sync", ScheduleSpec())
        >>> catch_up_run(schedule, datetime(2026, 11, 24, 9, 55)).run_key
        'netsuite_schedule: missed since 2026-11-24T09:55:00Z'
    """
    since = f"{broken_since:%Y-%m-%dT%H:%M:%SZ}"
    return schedule.run_request(
        run_key=f"{schedule.name}: missed since {since}", tags={"netsuite/catches_up_since": since}
    )


def missed_runs_text(ticks: Sequence[int]) -> str:
    """Return a sentence about missed syncs that were started.

    Args:
        ticks: How many ticks each schedule missed, of the schedules that missed any.

    Example:
        >>> missed_runs_text([1])
        'One missed sync has been started.'
        >>> missed_runs_text([3])
        'One sync has been started for 3 missed ones.'
        >>> missed_runs_text([3, 1])
        '2 syncs have been started for 4 missed ones, one for each schedule.'
    """
    if not ticks:
        return ""
    if len(ticks) > 1:
        return f"{len(ticks)} syncs have been started for {sum(ticks)} missed ones, one for each schedule."
    if ticks[0] == 1:
        return "One missed sync has been started."
    return f"One sync has been started for {ticks[0]} missed ones."
