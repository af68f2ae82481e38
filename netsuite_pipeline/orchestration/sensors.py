"""The sensors of a connection: does NetSuite let us in, does the role see all, why did a run fail."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import dagster as dg

from netsuite_pipeline.orchestration.connection_sensor import build_connection_sensor
from netsuite_pipeline.orchestration.deadline import TimeBudget
from netsuite_pipeline.orchestration.failure_sensor import build_run_failure_sensor
from netsuite_pipeline.orchestration.missed import Schedule
from netsuite_pipeline.orchestration.permission_sensor import build_permission_sensor
from netsuite_pipeline.orchestration.schedules import utc_now
from netsuite_pipeline.orchestration.watch import Watch
from netsuite_pipeline.tables import Table

CONNECTION_EVERY = timedelta(minutes=5)
PERMISSIONS_EVERY = timedelta(hours=1)


def build_sensors(
    connection: str,
    tables: Sequence[Table],
    job_name: str,
    *,
    running: bool,
    schedule_name: str,
    cron: str,
    time_zone: str,
    fresh_for: timedelta | None,
    connection_every: timedelta = CONNECTION_EVERY,
    permissions_every: timedelta = PERMISSIONS_EVERY,
    budget: Callable[[], TimeBudget] = TimeBudget,
    now: Callable[[], datetime] = utc_now,
) -> list[dg.SensorDefinition]:
    """The three sensors of a connection. They need its resource, `warehouse`, and the checks they tell.

    Args:
        connection: The connection's name: prefix of asset keys and sensors' names, key of the resource.
        tables: The tables that it takes.
        job_name: The job that syncs them.
        running: Whether the sensors are on from the start.
        schedule_name: What starts the job; its missed ticks are made up for when signing in works again.
        cron: When that is. time_zone: The zone that `cron` is meant in.
        fresh_for: How old a table may get; None for no check of that.
        connection_every: How often to look at the connection, and at tables that are not as they were.
        permissions_every: How often to look at all tables.
        budget: Makes the time budget of a tick; for a Dagster that gives a tick more or less than a minute.
        now: The clock, UTC; tests pass their own.

    Example:
        >>> from netsuite_pipeline.tables import standard_tables
        >>> sensors = build_sensors("netsuite", list(standard_tables().values()), "netsuite_sync",
        ...     running=True, schedule_name="netsuite_schedule", cron="0 * * * *", time_zone="UTC",
        ...     fresh_for=None)
        >>> [sensor.name for sensor in sensors]
        ['netsuite_connection_sensor', 'netsuite_permission_sensor', 'netsuite_run_failure_sensor']
    """
    watch = Watch(
        connection=connection,
        tables=tuple(tables),
        job_name=job_name,
        schedule=Schedule(schedule_name, cron, time_zone),
        fresh_for=fresh_for,
        connection_every=connection_every,
        permissions_every=permissions_every,
        budget=budget,
        now=now,
    )
    return [
        build_connection_sensor(watch, running=running),
        build_permission_sensor(watch, running=running),
        build_run_failure_sensor(watch, running=running),
    ]
