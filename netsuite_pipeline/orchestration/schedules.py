"""The schedules of a connection, the jobs that they start, and which of their ticks were missed."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import dagster as dg
from dagster._utils.schedules import cron_string_iterator, is_valid_cron_string  # no public names in 1.13

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


@dataclass(frozen=True)
class ScheduleSpec:
    """When to sync which tables.

    Attributes:
        name: Part of the schedule's and its job's name: `nightly` is `<connection>_nightly_schedule` with the
            job `<connection>_nightly_sync`. Empty for `<connection>_schedule` with `<connection>_sync`.
        cron: When it ticks; a schedule with a name needs one, the other ticks hourly by default.
        time_zone: The zone that `cron` is meant in, as `Europe/Berlin`.
        tables: Names and groups, of those that the connection takes; `-name` leaves one out.
        running: Whether it is on from the start; otherwise it is switched on in the UI.
        sweep_every_days: How often its syncs compare all keys with NetSuite's; 0 for never.

    Example:
        >>> ScheduleSpec("nightly", cron="30 2 * * *", time_zone="Europe/Berlin", tables=("lists",)).running
        False
    """

    name: str = ""
    cron: str = ""
    time_zone: str = "UTC"
    tables: tuple[str, ...] = ("all",)
    running: bool = False
    sweep_every_days: int = WEEKLY

    def __post_init__(self) -> None:
        if not self.cron and not self.name:
            object.__setattr__(self, "cron", HOURLY)


@dataclass(frozen=True)
class Schedule:
    """A schedule of a connection, as far as one must know it to start its syncs and to count its ticks.

    Attributes:
        connection: The connection's name.
        spec: When it ticks, and what for.
        tables: The names of the tables that it syncs.
        selection: The keys of these, where its job has more tables than that; None where it has just these.
    """

    connection: str
    spec: ScheduleSpec
    tables: tuple[str, ...]
    selection: tuple[dg.AssetKey, ...] | None = None

    @property
    def name(self) -> str:
        return f"{self._stem}_schedule"

    @property
    def job_name(self) -> str:
        return f"{self._stem}_sync"

    @property
    def _stem(self) -> str:
        return f"{self.connection}_{self.spec.name}" if self.spec.name else self.connection

    def run(self, *, run_key: str | None = None, tags: dict[str, str] | None = None) -> dg.RunRequest:
        """The run that one of its ticks asks for."""
        return dg.RunRequest(
            run_key=run_key,
            job_name=self.job_name,
            run_config=sync_run_config(self.connection, self.spec.sweep_every_days),
            asset_selection=None if self.selection is None else list(self.selection),
            # Without this Dagster (1.13) adds all checks of what is selected, the job's choice or not.
            asset_check_keys=None if self.selection is None else [],
            tags=tags,
        )


def sync_run_config(connection: str, sweep_every_days: int = WEEKLY) -> dict[str, Any]:
    """The configuration of a sync that nobody started by hand.

    Example:
        >>> sync_run_config("netsuite", 7)
        {'ops': {'netsuite_tables': {'config': {'sweep_every_days': 7, 'wait_minutes': 30}}}}
    """
    # Schedules of one connection may tick at once: the second waits for the first.
    config = {"sweep_every_days": sweep_every_days, "wait_minutes": _WAIT_MINUTES}
    return {"ops": {f"{connection}_tables": {"config": config}}}


def resolve_schedules(
    keys: AssetKeys, tables: Sequence[Table], specs: Sequence[ScheduleSpec]
) -> tuple[Schedule, ...]:
    """The schedules that specs describe, each checked.

    Args:
        keys: The connection's asset keys.
        tables: The tables that the connection takes.
        specs: When to sync which of them.

    Raises:
        ConfigurationError: A name comes twice or cannot be one, a cron expression or time zone is none, or a
            table is not the connection's.
    """
    names = [spec.name for spec in specs]
    for spec in specs:
        _check(spec)
        if names.count(spec.name) > 1:
            raise ConfigurationError(
                f"Two schedules of {keys.connection} have the name {spec.name!r}.",
                remedy="Give each a name of its own; one may have none.",
            )
    return tuple(_planned(keys, tables, spec) for spec in specs)


def _planned(keys: AssetKeys, tables: Sequence[Table], spec: ScheduleSpec) -> Schedule:
    try:
        chosen = choose_tables({table.name: table for table in tables}, spec.tables)
    except TableSpecError as error:
        raise ConfigurationError(
            f"{_which(spec)}: {error.message}",
            remedy="A schedule syncs tables that the connection takes (its `tables`).",
        ) from error
    if not spec.cron:
        raise ConfigurationError(
            f"{_which(spec)} has no cron.",
            remedy="Say when it syncs: `30 2 * * *` for each night at 02:30, `0 * * * *` for each hour.",
        )
    names = tuple(table.name for table in chosen)
    # The job without a name has all tables, so that a person can start them all.
    narrower = not spec.name and len(names) < len(tables)
    return Schedule(keys.connection, spec, names, tuple(keys.table_keys(names)) if narrower else None)


def _check(spec: ScheduleSpec) -> None:
    # `<connection>_fields_schedule` looks for new fields.
    if not re.fullmatch("[A-Za-z0-9_]*", spec.name) or spec.name == "fields":
        raise ConfigurationError(
            f"A schedule cannot have the name {spec.name!r}.",
            remedy="Use letters, digits and underscores, as in `nightly`; `fields` is taken.",
        )
    if spec.cron and not is_valid_cron_string(spec.cron):
        raise ConfigurationError(
            f"{_which(spec)}: {spec.cron!r} is no cron expression.",
            remedy="Write minute, hour, day, month and day of the week: `0 * * * *` for each hour, "
            "`30 2 * * *` for each night at 02:30, `0 6 * * 1-5` for working days at 06:00.",
        )
    try:
        ZoneInfo(spec.time_zone)
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        close = did_you_mean(spec.time_zone, sorted(available_timezones()))
        raise ConfigurationError(
            f"{_which(spec)}: there is no time zone {spec.time_zone!r}{close}.",
            remedy="Write it as in the IANA database: UTC, Europe/Berlin, America/New_York.",
        ) from error


def _which(spec: ScheduleSpec) -> str:
    return f"The schedule {spec.name!r}" if spec.name else "The schedule"


def build_jobs(
    connection: str, assets: dg.AssetsDefinition, keys: AssetKeys, schedules: Sequence[Schedule]
) -> dict[str, Any]:
    """The jobs of a connection, by name: `<connection>_sync` for all tables, and one a named schedule.

    Args:
        connection: The connection's name.
        assets: Its tables.
        keys: Their keys.
        schedules: What starts them.
    """
    # The checks that look are the sensors' to run: a sync tells its own.
    everything = dg.define_asset_job(
        f"{connection}_sync",
        selection=dg.AssetSelection.assets(assets).without_checks(),
        description=f"Syncs all tables of the connection {connection} from NetSuite to DuckDB.",
    )
    jobs = {everything.name: everything}
    for schedule in schedules:
        if schedule.job_name not in jobs:
            jobs[schedule.job_name] = dg.define_asset_job(
                schedule.job_name,
                selection=dg.AssetSelection.assets(*keys.table_keys(schedule.tables)).without_checks(),
                description=f"Syncs those tables of the connection {connection} from NetSuite to DuckDB that "
                f"the schedule {schedule.name} is for: {', '.join(schedule.tables)}.",
            )
    return jobs


def build_schedule(
    schedule: Schedule, job: Any, *, now: Callable[[], datetime] = utc_now
) -> dg.ScheduleDefinition:
    """Dagster's schedule.

    While signing in is known to fail its ticks are skipped, with the reason: each sync would only bring the
    user nearer to being locked out. `<connection>_connection_sensor` makes up for them.

    Args:
        schedule: When it ticks, and what for.
        job: What it starts.
        now: The clock, UTC.
    """
    spec = schedule.spec

    def sync_unless_refused(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        reason = sign_in_block_reason(context.instance, schedule.connection, now())
        return dg.SkipReason(reason) if reason else schedule.run()

    return dg.ScheduleDefinition(
        name=schedule.name,
        job=job,
        cron_schedule=spec.cron,
        execution_timezone=spec.time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING if spec.running else dg.DefaultScheduleStatus.STOPPED,
        execution_fn=sync_unless_refused,
        description="Takes what changed in NetSuite since the last sync; "
        f"{_sweeping(spec.sweep_every_days)}Waits while NetSuite refuses the sign-in.",
    )


def _sweeping(days: int) -> str:
    if not days:
        return "never looks for rows that are gone without word. "
    often = "once a week" if days == WEEKLY else f"every {days} days" if days > 1 else "once a day"
    return f"{often} looks for rows that are gone without word. "


def ticks_between(cron: str, time_zone: str, after: datetime, until: datetime) -> int:
    """How many of a schedule's moments lie after one moment and not after another; 1,000 at most.

    Args:
        cron: When the schedule ticks. time_zone: The zone that it is meant in.
        after, until: UTC, without time zone.

    Example:
        >>> ticks_between("0 * * * *", "UTC", datetime(2026, 11, 24, 9), datetime(2026, 11, 24, 11, 30))
        2
    """
    begin, end = after.replace(tzinfo=UTC).timestamp(), until.replace(tzinfo=UTC).timestamp()
    ticks = islice(cron_string_iterator(begin, cron, time_zone), _MAX_TICKS)
    count = 0
    for tick in ticks:
        if tick.timestamp() > end:
            break
        count += tick.timestamp() > begin
    return count
