"""Which syncs a broken sign-in has kept from running, and the one run that makes up for them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import dagster as dg

from netsuite_pipeline.orchestration.schedules import sync_config, ticks_between
from netsuite_pipeline.orchestration.switches import is_on


@dataclass(frozen=True)
class Schedule:
    """The schedule of a connection, as far as one must know it to count its ticks.

    Attributes:
        name: `<connection>_schedule`.
        cron: When it ticks.
        time_zone: The zone that `cron` is meant in.
    """

    name: str
    cron: str
    time_zone: str


def missed_syncs(
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
    if not is_on(instance, schedule.name):
        return 0
    after = max(broken_since - looked_every, last_good or datetime.min)
    return ticks_between(schedule.cron, schedule.time_zone, after, now)


def make_up_run(connection: str, job_name: str, broken_since: datetime) -> dg.RunRequest:
    """The run that makes up for what was missed; its key lets Dagster start it once only.

    Example:
        >>> make_up_run("netsuite", "netsuite_sync", datetime(2026, 11, 24, 9, 55)).run_key
        'netsuite: missed since 2026-11-24T09:55:00Z'
    """
    return dg.RunRequest(
        run_key=f"{connection}: missed since {broken_since:%Y-%m-%dT%H:%M:%SZ}",
        job_name=job_name,
        run_config=sync_config(connection),
        tags={"netsuite/makes_up_since": f"{broken_since:%Y-%m-%dT%H:%M:%SZ}"},
    )


def missed_text(missed: int) -> str:
    """What became of the missed syncs, for people.

    Example:
        >>> missed_text(1)
        'The 1 missed sync has been started.'
        >>> missed_text(3)
        'One sync has been started for the 3 that were missed.'
    """
    if not missed:
        return ""
    if missed == 1:
        return "The 1 missed sync has been started."
    return f"One sync has been started for the {missed} that were missed."
