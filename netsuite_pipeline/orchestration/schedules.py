"""The schedules of a connection, the jobs that they start, and how many of their ticks lie in a time span."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice, takewhile
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import dagster as dg
from dagster._utils.schedules import (  # no public names in 1.13
    is_valid_cron_schedule,
    schedule_execution_time_iterator,
)

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.orchestration.asset_keys import AssetKeys
from netsuite_pipeline.orchestration.checks.sign_in_gate import sign_in_block_reason
from netsuite_pipeline.tables import Table, choose_tables
from netsuite_pipeline.tables.table import TableSpecError, did_you_mean

HOURLY = "0 * * * *"
WEEKLY = 7
_MAX_TICKS = 1000
_WAIT_MINUTES = 30
# `<connection>_fields_schedule` and `<connection>_reconcile_schedule` run checks.
_RESERVED_NAMES = ("fields", "reconcile")


@dataclass(frozen=True)
class ScheduleSpec:
    """When to sync which tables.

    Attributes:
        name: A part of the names of the schedule and its job: `nightly` is `<connection>_nightly_schedule`
            with the job `<connection>_nightly_sync`. Empty for `<connection>_schedule` with
            `<connection>_sync`.
        cron_schedule: When the schedule ticks; several cron expressions tick at the times of each. Required
            with a name; hourly by default without a name.
        execution_timezone: The time zone of `cron_schedule`, such as `Europe/Berlin`.
        tables: Names and groups among the connection's tables; `-name` leaves one out.
        default_status: Whether the schedule is on from the start; a stopped one is switched on in the UI.
        sweep_every_days: How often its syncs compare all keys with NetSuite's; 0 for never.

    Example:
        >>> ScheduleSpec("nightly", cron_schedule="30 2 * * *", tables=("lists",)).execution_timezone
        'UTC'
    """

    name: str = ""
    cron_schedule: str | Sequence[str] = ""
    execution_timezone: str = "UTC"
    tables: tuple[str, ...] = ("all",)
    default_status: dg.DefaultScheduleStatus = dg.DefaultScheduleStatus.STOPPED
    sweep_every_days: int = WEEKLY

    def __post_init__(self) -> None:
        if not self.cron_schedule and not self.name:
            object.__setattr__(self, "cron_schedule", HOURLY)


@dataclass(frozen=True)
class SyncSchedule:
    """A schedule that starts syncs: what is needed to start them, and to count missed ticks.

    Attributes:
        name: The schedule's name.
        job_name: The job that it starts.
        spec: When it ticks.
        tables: The names of the tables that it syncs.
        selection: The keys of these tables, if the job has more tables; None if the job has just these.
        run_config: The configuration of its runs.
    """

    name: str
    job_name: str
    spec: ScheduleSpec
    tables: tuple[str, ...] = ()
    selection: tuple[dg.AssetKey, ...] | None = None
    run_config: Mapping[str, Any] = field(default_factory=dict)

    def run_request(self, *, run_key: str | None = None, tags: dict[str, str] | None = None) -> dg.RunRequest:
        """Return the run that a tick requests."""
        return dg.RunRequest(
            run_key=run_key,
            job_name=self.job_name,
            run_config=self.run_config,
            asset_selection=None if self.selection is None else list(self.selection),
            # Without an empty list Dagster (1.13) adds all checks of the selected tables.
            asset_check_keys=None if self.selection is None else [],
            tags=tags,
        )


def reconcile_job_name(connection: str) -> str:
    """Return the name of the job that compares a connection with NetSuite's own sums.

    Example:
        >>> reconcile_job_name("netsuite")
        'netsuite_reconcile'
    """
    return f"{connection}_reconcile"


def sync_run_config(connection: str, sweep_every_days: int = WEEKLY) -> dict[str, Any]:
    """Return the configuration of a sync that a schedule starts.

    Example:
        >>> sync_run_config("netsuite", 7)
        {'ops': {'netsuite_tables': {'config': {'sweep_every_days': 7, 'wait_minutes': 30}}}}
    """
    # Two schedules of one connection may tick at once: the second sync waits for the first.
    config = {"sweep_every_days": sweep_every_days, "wait_minutes": _WAIT_MINUTES}
    return {"ops": {f"{connection}_tables": {"config": config}}}


def resolve_schedules(
    keys: AssetKeys, tables: Sequence[Table], specs: Sequence[ScheduleSpec]
) -> list[SyncSchedule]:
    """Return the schedules that specs describe, each checked.

    Args:
        keys: The connection's asset keys.
        tables: The tables that the connection syncs.
        specs: When to sync which tables.

    Raises:
        ConfigurationError: A name is used twice or malformed, a cron expression or time zone is invalid, or a
            table is not one of the connection's.
    """
    names = [spec.name for spec in specs]
    for spec in specs:
        _check_schedule(spec)
        if names.count(spec.name) > 1:
            raise ConfigurationError(
                f"Two schedules of {keys.connection} have the name {spec.name!r}.",
                remedy="Give each schedule its own name; one may have none.",
            )
    return [_resolve(keys, tables, spec) for spec in specs]


def _resolve(keys: AssetKeys, tables: Sequence[Table], spec: ScheduleSpec) -> SyncSchedule:
    try:
        chosen = choose_tables({table.name: table for table in tables}, spec.tables)
    except TableSpecError as error:
        raise ConfigurationError(
            f"{_title(spec)}: {error.message}",
            remedy="A schedule syncs tables of its connection (the attribute `tables`).",
        ) from error
    if not spec.cron_schedule:
        raise ConfigurationError(
            f"{_title(spec)} has no cron_schedule.",
            remedy="Set when it syncs: `30 2 * * *` for each night at 02:30, `0 * * * *` for each hour.",
        )
    stem = f"{keys.connection}_{spec.name}" if spec.name else keys.connection
    names = tuple(table.name for table in chosen)
    # The job without a name has all tables, so that a person can start them all.
    is_narrower = not spec.name and len(names) < len(tables)
    return SyncSchedule(
        name=f"{stem}_schedule",
        job_name=f"{stem}_sync",
        spec=spec,
        tables=names,
        selection=tuple(map(keys.table_key, names)) if is_narrower else None,
        run_config=sync_run_config(keys.connection, spec.sweep_every_days),
    )


def check_schedule_name(name: str) -> None:
    """Refuse a name that cannot be a part of a job's name.

    Raises:
        ConfigurationError: It is malformed or reserved.
    """
    if not re.fullmatch("[A-Za-z0-9_]*", name) or name in _RESERVED_NAMES:
        raise ConfigurationError(
            f"A schedule cannot have the name {name!r}.",
            remedy="Use letters, digits and underscores, as in `nightly`; `fields` and `reconcile` are "
            "reserved.",
        )


def _check_schedule(spec: ScheduleSpec) -> None:
    check_schedule_name(spec.name)
    if spec.cron_schedule:
        check_cron_schedule(spec.cron_schedule, f"{_title(spec)}: ")
    check_timezone(spec.execution_timezone, f"{_title(spec)}: ")


def check_cron_schedule(cron_schedule: str | Sequence[str], prefix: str = "") -> None:
    """Refuse a malformed cron expression.

    Raises:
        ConfigurationError: It is malformed; `prefix` begins the message.
    """
    if not is_valid_cron_schedule(cron_schedule):
        raise ConfigurationError(
            f"{prefix}{cron_schedule!r} is no cron expression.",
            remedy="Write minute, hour, day, month and day of the week: `0 * * * *` for each hour, "
            "`30 2 * * *` for each night at 02:30, `0 6 * * 1-5` for working days at 06:00.",
        )


def check_timezone(name: str, prefix: str = "") -> None:
    """Refuse an unknown time zone.

    Raises:
        ConfigurationError: It is unknown; `prefix` begins the message.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        close = did_you_mean(name, sorted(available_timezones()))
        raise ConfigurationError(
            f"{prefix}there is no time zone {name!r}{close}.",
            remedy="Write it as in the IANA database: UTC, Europe/Berlin, America/New_York.",
        ) from error


def _title(spec: ScheduleSpec) -> str:
    return f"The schedule {spec.name!r}" if spec.name else "The schedule"


def build_jobs(keys: AssetKeys, schedules: Sequence[SyncSchedule]) -> dict[str, Any]:
    """Return a connection's jobs by name: `<connection>_sync` for all tables, one for each named schedule.

    Args:
        keys: The asset keys of the tables.
        schedules: The schedules that start the jobs.
    """
    # Sensors run the probed checks; a sync emits the evaluations of its own checks.
    everything = dg.define_asset_job(
        f"{keys.connection}_sync",
        selection=dg.AssetSelection.assets(*keys.tables.values()).without_checks(),
        description=f"Syncs all tables of the connection {keys.connection} from NetSuite to DuckDB.",
    )
    jobs = {everything.name: everything}
    for schedule in schedules:
        if schedule.job_name not in jobs:
            jobs[schedule.job_name] = dg.define_asset_job(
                schedule.job_name,
                selection=dg.AssetSelection.assets(*map(keys.table_key, schedule.tables)).without_checks(),
                description=f"Syncs the tables of {schedule.name} from NetSuite to DuckDB: "
                f"{', '.join(schedule.tables)}.",
            )
    return jobs


def build_schedule(connection: str, schedule: SyncSchedule, job: Any) -> dg.ScheduleDefinition:
    """Return the Dagster schedule.

    Its ticks are skipped while NetSuite refuses the sign-in: each sync would bring the user nearer to being
    locked out. `<connection>_connection_sensor` starts the missed syncs.

    Args:
        connection: The connection's name.
        schedule: When it ticks, and what a tick starts.
        job: The job that it starts.
    """

    def sync_unless_refused(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        reason = sign_in_block_reason(context.instance, connection, utc_now())
        return dg.SkipReason(reason) if reason else schedule.run_request()

    return dg.ScheduleDefinition(
        name=schedule.name,
        job=job,
        cron_schedule=schedule.spec.cron_schedule,
        execution_timezone=schedule.spec.execution_timezone,
        default_status=schedule.spec.default_status,
        execution_fn=sync_unless_refused,
        description="Syncs what changed in NetSuite since the last sync. "
        f"{_sweep_text(schedule.spec.sweep_every_days)} Skips while NetSuite refuses the sign-in.",
    )


def _sweep_text(days: int) -> str:
    found = "finds rows that were deleted without an entry in Deleted Records."
    if not days:
        return f"Never {found}"
    often = "Once a week" if days == WEEKLY else f"Every {days} days" if days > 1 else "Once a day"
    return f"{often} it {found}"


def ticks_between(
    cron_schedule: str | Sequence[str], execution_timezone: str, after: datetime, until: datetime
) -> int:
    """Return how many ticks of a schedule lie after one time and not after another; at most 1,000.

    Args:
        cron_schedule: When the schedule ticks.
        execution_timezone: The time zone of `cron_schedule`.
        after: UTC, without time zone.
        until: UTC, without time zone.

    Example:
        >>> ticks_between("0 * * * *", "UTC", datetime(2026, 11, 24, 9), datetime(2026, 11, 24, 11, 30))
        2
    """
    begin, end = after.replace(tzinfo=UTC).timestamp(), until.replace(tzinfo=UTC).timestamp()
    ticks = islice(schedule_execution_time_iterator(begin, cron_schedule, execution_timezone), _MAX_TICKS)
    times = (tick.timestamp() for tick in ticks)
    return sum(time > begin for time in takewhile(lambda time: time <= end, times))
