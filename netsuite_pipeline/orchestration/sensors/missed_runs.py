"""Which syncs a broken sign-in has kept from running, and the runs that make up for them: one a schedule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import dagster as dg

from netsuite_pipeline.health.known_good import KnownGood
from netsuite_pipeline.orchestration.checks.sign_in_gate import is_running
from netsuite_pipeline.orchestration.schedules import Schedule, ticks_between


@dataclass(frozen=True)
class MissedRuns:
    """The ticks of one schedule that came to nothing.

    Attributes:
        schedule: The schedule.
        ticks: How many there were; 1 at least.
    """

    schedule: Schedule
    ticks: int


def missed_runs(
    instance: dg.DagsterInstance,
    schedules: Sequence[Schedule],
    known: KnownGood | None,
    *,
    broken_since: datetime,
    looked_every: timedelta,
    now: datetime,
) -> tuple[MissedRuns, ...]:
    """The schedules that missed a tick while signing in was broken; see `count_missed_ticks`.

    Args:
        known: What the syncs really read: a schedule whose tables were synced meanwhile missed nothing.
    """
    counted = (
        MissedRuns(
            schedule,
            count_missed_ticks(
                instance,
                schedule,
                broken_since=broken_since,
                looked_every=looked_every,
                last_good=_last_good(schedule, known),
                now=now,
            ),
        )
        for schedule in schedules
    )
    return tuple(each for each in counted if each.ticks)


def _last_good(schedule: Schedule, known: KnownGood | None) -> datetime | None:
    synced = (
        (known.tables[name].synced_at for name in schedule.tables if name in known.tables) if known else ()
    )
    return max(synced, default=None)


def count_missed_ticks(
    instance: dg.DagsterInstance,
    schedule: Schedule,
    *,
    broken_since: datetime,
    looked_every: timedelta,
    last_good: datetime | None,
    now: datetime,
) -> int:
    """How many ticks of a schedule came to nothing while signing in was broken; 0 where it is off.

    Args:
        instance: What knows whether the schedule is on.
        schedule: The schedule.
        broken_since: When the refusal was first seen, UTC.
        looked_every: How long before that it may have begun, unseen.
        last_good: When a sync last succeeded, UTC, or None.
        now: UTC.
    """
    if not is_running(instance, schedule.name):
        return 0
    after = max(broken_since - looked_every, last_good or datetime.min)
    return ticks_between(schedule.spec.cron, schedule.spec.time_zone, after, now)


def catch_up_run(schedule: Schedule, broken_since: datetime) -> dg.RunRequest:
    """The run that makes up for what a schedule missed; its key lets Dagster start it once only.

    Example:
        >>> from netsuite_pipeline.orchestration.schedules import ScheduleSpec
        >>> catch_up_run(Schedule("netsuite", ScheduleSpec(), ()), datetime(2026, 11, 24, 9, 55)).run_key
        'netsuite_schedule: missed since 2026-11-24T09:55:00Z'
    """
    since = f"{broken_since:%Y-%m-%dT%H:%M:%SZ}"
    return schedule.run(
        run_key=f"{schedule.name}: missed since {since}", tags={"netsuite/makes_up_since": since}
    )


def missed_runs_text(missed: Sequence[int]) -> str:
    """What became of the missed syncs, for people.

    Args:
        missed: How many ticks each schedule missed, of those that did.

    Example:
        >>> missed_runs_text([1])
        'The 1 missed sync has been started.'
        >>> missed_runs_text([3])
        'One sync has been started for the 3 that were missed.'
        >>> missed_runs_text([3, 1])
        '2 syncs have been started, one a schedule, for the 4 that were missed.'
    """
    if not missed:
        return ""
    if len(missed) > 1:
        return (
            f"{len(missed)} syncs have been started, one a schedule, for the {sum(missed)} that were missed."
        )
    if missed[0] == 1:
        return "The 1 missed sync has been started."
    return f"One sync has been started for the {missed[0]} that were missed."
