"""The job that reads past months again: a run for each month, launched as a backfill over a range of them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import dagster as dg

from netsuite_pipeline.orchestration.asset_keys import AssetKeys
from netsuite_pipeline.orchestration.assets.execute_sync import execute_sync
from netsuite_pipeline.orchestration.assets.sync_config import SyncConfig
from netsuite_pipeline.orchestration.resources import warehouse_key
from netsuite_pipeline.tables import Table

START = "2015-01-01"
WAIT_MINUTES = 60


def build_backfill_job(
    keys: AssetKeys,
    tables: Sequence[Table],
    catalogue: Mapping[str, Table],
    *,
    fresh_for: timedelta | None = None,
    start: str = START,
) -> dg.JobDefinition | None:
    """The job `<connection>_backfill`, with a partition for each month (UTC) up to the present one.

    The assets have no partitions, for a row is in one place whenever it changed; the months are the job's. A
    run of one month reads the rows whose last change is in it, and their lines. Runs of one backfill wait for
    one another: there is one sync of a connection at a time.

    It is a job of an op, which tells of the assets: of an asset job Dagster's UI (1.13, tried) offers only
    the partitions that its assets have.

    Args:
        keys: The connection's asset keys.
        tables: Its tables.
        catalogue: All tables there are, by name.
        fresh_for: How old the tables may get; None for no check of it.
        start: The first month's first day.

    Returns:
        The job; None where no table can be read by the time of its changes.
    """
    connection = keys.connection
    chosen = tables_with_cursor(tables, catalogue)
    if not chosen:
        return None
    months = dg.MonthlyPartitionsDefinition(start_date=start, end_offset=1)

    @dg.op(
        name=_op_name(connection),
        required_resource_keys={connection, warehouse_key(connection)},
        retry_policy=dg.RetryPolicy(max_retries=1, delay=30),
        pool=f"netsuite_{connection}",
        out=dg.Out(dg.Nothing),
        description="Reads again what last changed in a month.",
    )
    def sync_month(
        context: dg.OpExecutionContext, config: SyncConfig
    ) -> Iterator[dg.AssetMaterialization | dg.AssetCheckEvaluation | dg.Output[None]]:
        for event in execute_sync(context, config, keys, chosen, catalogue, fresh_for):
            yield _as_op_event(event)
        yield dg.Output(None)

    @dg.job(
        name=f"{connection}_backfill",
        config=dg.PartitionedConfig(
            partitions_def=months,
            run_config_for_partition_key_fn=lambda month: backfill_config(connection, months, month),
        ),
        description=f"Reads again what last changed in chosen months, of those tables of {connection} "
        "that have a cursor, and of their lines. A month is that of a row's last change, not of its date. "
        "What is read is merged; nothing is removed, and no later change is left out.",
    )
    def backfill() -> None:
        sync_month()

    return backfill


def _op_name(connection: str) -> str:
    return f"{connection}_month"


def _as_op_event(
    event: dg.MaterializeResult[None] | dg.AssetCheckEvaluation,
) -> dg.AssetMaterialization | dg.AssetCheckEvaluation:
    if isinstance(event, dg.AssetCheckEvaluation):
        return event
    assert event.asset_key is not None
    return dg.AssetMaterialization(event.asset_key, metadata=event.metadata)


def tables_with_cursor(tables: Sequence[Table], catalogue: Mapping[str, Table]) -> tuple[Table, ...]:
    """The tables of which a span of time can be read: with a cursor, or with a parent that has one."""
    return tuple(
        table for table in tables if table.cursor or (table.parent and catalogue[table.parent.table].cursor)
    )


def backfill_config(connection: str, months: dg.MonthlyPartitionsDefinition, month: str) -> Mapping[str, Any]:
    """What the run of one month is told.

    Args:
        connection: The connection's name.
        months: The job's partitions.
        month: The partition's key.
    """
    window = months.time_window_for_partition_key(month)
    config = {
        "since": window.start.isoformat(),
        "until": window.end.isoformat(),
        "wait_minutes": WAIT_MINUTES,
    }
    return {"ops": {_op_name(connection): {"config": config}}}
