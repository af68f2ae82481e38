"""The schedule of a connection, the job that it starts, and which of its ticks were missed."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import dagster as dg
from dagster._utils.schedules import cron_string_iterator  # no public name for it in 1.13

from netsuite_pipeline.orchestration.sign_in_gate import why_not_to_sign_in

HOURLY = "0 * * * *"
WEEKLY = 7
_MOST_COUNTED = 1000


def utc_now() -> datetime:
    """The moment, UTC, without time zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def sync_config(connection: str, sweep_every_days: int = WEEKLY) -> dict[str, Any]:
    """The configuration of a sync that nobody started by hand.

    Example:
        >>> sync_config("netsuite", 7)
        {'ops': {'netsuite_tables': {'config': {'sweep_every_days': 7}}}}
    """
    return {"ops": {f"{connection}_tables": {"config": {"sweep_every_days": sweep_every_days}}}}


def build_schedule(
    connection: str,
    assets: dg.AssetsDefinition,
    *,
    cron: str = HOURLY,
    time_zone: str = "UTC",
    running: bool = False,
    sweep_every_days: int = WEEKLY,
    now: Callable[[], datetime] = utc_now,
) -> dg.ScheduleDefinition:
    """The schedule `<connection>_schedule`, which brings its job `<connection>_sync` along.

    While signing in is known to fail its ticks are skipped, with the reason: each sync would only bring the
    user nearer to being locked out. `<connection>_connection_sensor` makes up for them.

    Args:
        connection: The connection's name.
        assets: Its tables; the job syncs all of them.
        cron: When to sync.
        time_zone: The zone that `cron` is meant in.
        running: Whether the schedule is on from the start; otherwise it is switched on in the UI.
        sweep_every_days: How often its syncs compare all keys with NetSuite's; 0 for never.
        now: The clock, UTC.
    """
    job = dg.define_asset_job(
        f"{connection}_sync",
        # The checks that look are the sensors' to run: a sync tells its own.
        selection=dg.AssetSelection.assets(assets).without_checks(),
        description=f"Syncs all tables of the connection {connection} from NetSuite to DuckDB.",
    )
    status = dg.DefaultScheduleStatus.RUNNING if running else dg.DefaultScheduleStatus.STOPPED

    def sync_unless_refused(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        reason = why_not_to_sign_in(context.instance, connection, now())
        if reason:
            return dg.SkipReason(reason)
        return dg.RunRequest(run_config=sync_config(connection, sweep_every_days))

    return dg.ScheduleDefinition(
        name=f"{connection}_schedule",
        job=job,
        cron_schedule=cron,
        execution_timezone=time_zone,
        default_status=status,
        execution_fn=sync_unless_refused,
        description="Takes what changed in NetSuite since the last sync; once a week looks for rows that are "
        "gone without word. Waits while NetSuite refuses the sign-in.",
    )


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
    ticks = islice(cron_string_iterator(begin, cron, time_zone), _MOST_COUNTED)
    count = 0
    for tick in ticks:
        if tick.timestamp() > end:
            break
        count += tick.timestamp() > begin
    return count
