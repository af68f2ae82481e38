"""The schedule of a connection, and the job that it starts."""

import dagster as dg

HOURLY = "0 * * * *"
WEEKLY = 7


def build_schedule(
    connection: str,
    assets: dg.AssetsDefinition,
    *,
    cron: str = HOURLY,
    time_zone: str = "UTC",
    running: bool = False,
    sweep_every_days: int = WEEKLY,
) -> dg.ScheduleDefinition:
    """The schedule `<connection>_schedule`, which brings its job `<connection>_sync` along.

    Args:
        connection: The connection's name.
        assets: Its tables; the job syncs all of them.
        cron: When to sync.
        time_zone: The zone that `cron` is meant in.
        running: Whether the schedule is on from the start; otherwise it is switched on in the UI.
        sweep_every_days: How often its syncs compare all keys with NetSuite's; 0 for never.
    """
    job = dg.define_asset_job(
        f"{connection}_sync",
        selection=dg.AssetSelection.assets(assets),
        description=f"Syncs all tables of the connection {connection} from NetSuite to DuckDB.",
    )
    status = dg.DefaultScheduleStatus.RUNNING if running else dg.DefaultScheduleStatus.STOPPED
    return dg.ScheduleDefinition(
        name=f"{connection}_schedule",
        job=job,
        cron_schedule=cron,
        execution_timezone=time_zone,
        default_status=status,
        run_config={"ops": {f"{connection}_tables": {"config": {"sweep_every_days": sweep_every_days}}}},
        description="Takes what changed in NetSuite since the last sync; once a week looks for rows that are "
        "gone without word.",
    )
