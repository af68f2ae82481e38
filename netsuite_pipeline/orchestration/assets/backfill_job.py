"""The job that reads past months again: one run for each month, launched as a backfill over months."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from netsuite_pipeline.orchestration.asset_keys import ConnectionTables
from netsuite_pipeline.orchestration.assets.execute_sync import execute_sync
from netsuite_pipeline.orchestration.resources import connection_resources, resource_keys
from netsuite_pipeline.orchestration.sync_config import SyncConfig, SyncEvent
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
    months = dg.MonthlyPartitionsDefinition(start_date=start, end_offset=1)

    @dg.op(
        name=_op_name(connection),
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
            yield _as_op_event(event)
        yield dg.Output(None)

    @dg.job(
        name=f"{connection}_backfill",
        config=dg.PartitionedConfig(
            partitions_def=months,
            run_config_for_partition_key_fn=lambda month: backfill_config(connection, months, month),
        ),
        description=f"Reads the rows again that last changed in chosen months, in the tables of {connection} "
        "that have a cursor, and in their lines. The month is that of a row's last change, not of its date. "
        "The rows are merged; nothing is removed, and later changes stay.",
    )
    def backfill() -> None:
        sync_month()

    return backfill


def _op_name(connection: str) -> str:
    return f"{connection}_month"


def _as_op_event(event: SyncEvent) -> dg.AssetMaterialization | dg.AssetCheckEvaluation:
    if isinstance(event, dg.AssetCheckEvaluation):
        return event
    # A materialization of a sync always has its key.
    return dg.AssetMaterialization(event.asset_key, metadata=event.metadata)  # type: ignore[arg-type]


def tables_with_cursor(tables: Sequence[Table], catalogue: Mapping[str, Table]) -> tuple[Table, ...]:
    """Return the tables that can be read by time span: with a cursor, or with a parent that has one."""
    return tuple(
        table for table in tables if table.cursor or (table.parent and catalogue[table.parent.table].cursor)
    )


def backfill_config(connection: str, months: dg.MonthlyPartitionsDefinition, month: str) -> Mapping[str, Any]:
    """Return the run configuration of one month.

    Args:
        connection: The connection's name.
        months: The job's partitions.
        month: The partition key, such as `2026-01-01`.
    """
    window = months.time_window_for_partition_key(month)
    config = {
        "since": window.start.isoformat(),
        "until": window.end.isoformat(),
        "wait_minutes": WAIT_MINUTES,
    }
    return {"ops": {_op_name(connection): {"config": config}}}
