"""The job that reads past months again: one run for each month, launched as a backfill over months."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import dagster as dg

from netsuite_pipeline.orchestration.asset_keys import ConnectionTables
from netsuite_pipeline.orchestration.assets.execute_sync import execute_sync
from netsuite_pipeline.orchestration.resources import connection_resources, resource_keys
from netsuite_pipeline.orchestration.sync_config import SyncConfig
from netsuite_pipeline.tables import Table

START = "2015-01-01"
WAIT_MINUTES = 60


def build_backfill_job(target: ConnectionTables, *, start: str = START) -> dg.JobDefinition | None:
    """Return the job `<connection>_backfill`, with a partition for each month (UTC) up to the present one.

    The months are the job's and not the assets': a row is stored once, in whichever month it changed. The run
    of a month reads the rows whose last change is in it, and their lines. Runs of one backfill wait for each
    other: a connection has one sync at a time.

    The job has an op that yields events of the assets. Of an asset job Dagster's UI (1.13, tried) offers only
    the partitions that its assets have.

    Args:
        target: The connection's tables.
        start: The first month's first day.

    Returns:
        The job; None if no table can be read by the time of its changes.
    """
    connection = target.connection
    chosen = tables_with_cursor(target.tables, target.catalogue)
    if not chosen:
        return None
    op_name = f"{connection}_month"

    @dg.monthly_partitioned_config(start_date=start, end_offset=1)
    def month_config(since: datetime, until: datetime) -> Mapping[str, Any]:
        config = {"since": since.isoformat(), "until": until.isoformat(), "wait_minutes": WAIT_MINUTES}
        return {"ops": {op_name: {"config": config}}}

    @dg.op(
        name=op_name,
        required_resource_keys=resource_keys(connection),
        retry_policy=dg.RetryPolicy(max_retries=1, delay=30),
        pool=f"netsuite_{connection}",
        out=dg.Out(dg.Nothing),
        description="Reads the rows again that last changed in a month.",
    )
    def sync_month(
        context: dg.OpExecutionContext, config: SyncConfig
    ) -> Iterator[dg.AssetMaterialization | dg.AssetCheckEvaluation | dg.Output[None]]:
        netsuite, warehouse = connection_resources(context, connection)
        for event in execute_sync(context, netsuite, warehouse, config, target, chosen):
            if isinstance(event, dg.AssetCheckEvaluation | dg.AssetMaterialization):
                yield event
            else:
                # A materialization of a sync always has its key.
                yield dg.AssetMaterialization(event.asset_key, metadata=event.metadata)  # type: ignore[arg-type]
        yield dg.Output(None)

    @dg.job(
        name=f"{connection}_backfill",
        config=month_config,
        description=f"Reads the rows again that last changed in chosen months, in the tables of {connection} "
        "that have a cursor, and in their lines. The month is that of a row's last change, not of its date. "
        "The rows are merged; nothing is removed, and later changes stay.",
    )
    def backfill() -> None:
        sync_month()

    return backfill


def tables_with_cursor(tables: Sequence[Table], catalogue: Mapping[str, Table]) -> tuple[Table, ...]:
    """Return the tables that can be read by time span: with a cursor, or with a parent that has one."""
    return tuple(
        table for table in tables if table.cursor or (table.parent and catalogue[table.parent.table].cursor)
    )
