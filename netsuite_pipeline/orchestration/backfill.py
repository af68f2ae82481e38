"""The job that reads past months again: a run for each month, launched as a backfill over a range of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition,  # no public name for it in 1.13
)

from netsuite_pipeline.orchestration.asset_keys import AssetKeys
from netsuite_pipeline.tables import Table

START = "2015-01-01"
WAIT_MINUTES = 60


def build_backfill_job(
    assets: dg.AssetsDefinition,
    keys: AssetKeys,
    tables: Sequence[Table],
    catalogue: Mapping[str, Table],
    *,
    start: str = START,
) -> UnresolvedAssetJobDefinition | None:
    """The job `<connection>_backfill`, with a partition for each month (UTC) up to the present one.

    The assets have no partitions, for a row is in one place whenever it changed; the months are the job's. A
    run of one month reads the rows whose last change is in it, and their lines. Runs of one backfill wait for
    one another: there is one sync of a connection at a time.

    Args:
        assets: The connection's tables.
        keys: Their asset keys.
        tables: The tables.
        catalogue: All tables there are, by name.
        start: The first month's first day.

    Returns:
        The job; None where no table can be read by the time of its changes.
    """
    months = dg.MonthlyPartitionsDefinition(start_date=start, end_offset=1)
    selected = keys.named(table.name for table in tables_by_time(tables, catalogue))
    if not selected:
        return None
    return dg.define_asset_job(
        f"{keys.connection}_backfill",
        selection=dg.AssetSelection.assets(*selected).without_checks(),
        config=dg.PartitionedConfig(
            partitions_def=months,
            run_config_for_partition_key_fn=lambda month: backfill_config(assets, months, month),
        ),
        description=f"Reads again what last changed in chosen months, of those tables of {keys.connection} "
        "that have a cursor, and of their lines. A month is that of a row's last change, not of its date. "
        "What is read is merged; nothing is removed, and no later change is left out.",
    )


def tables_by_time(tables: Sequence[Table], catalogue: Mapping[str, Table]) -> tuple[Table, ...]:
    """The tables of which a span of time can be read: with a cursor, or with a parent that has one."""
    return tuple(
        table for table in tables if table.cursor or (table.parent and catalogue[table.parent.table].cursor)
    )


def backfill_config(
    assets: dg.AssetsDefinition, months: dg.MonthlyPartitionsDefinition, month: str
) -> Mapping[str, Any]:
    """What the run of one month is told.

    Args:
        assets: The connection's tables.
        months: The job's partitions.
        month: The partition's key.
    """
    window = months.time_window_for_partition_key(month)
    config = {
        "since": window.start.isoformat(),
        "until": window.end.isoformat(),
        "wait_minutes": WAIT_MINUTES,
    }
    return {"ops": {assets.op.name: {"config": config}}}
