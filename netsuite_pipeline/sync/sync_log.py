"""The rows of `_netsuite.sync_log`: one sync, and how each of its tables ended."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.warehouse.schema.schema import insert_row
from netsuite_pipeline.warehouse.store import Store
from netsuite_pipeline.warehouse.transactions import transaction

CLOCKS_APART = timedelta(minutes=1)
"""The most that the clocks of NetSuite and of this machine may differ."""


@dataclass(frozen=True)
class SyncRun:
    """The identity of one sync.

    Attributes:
        sync_id: Its id.
        connection: Its connection.
        cutoff: Its cutoff, UTC.
        started_at: Its start, UTC.
        deferral_limit: Rows with a timestamp after the cutoff and up to this moment (UTC) are deferred to the
            next sync; later ones are not. None where all rows after the cutoff are deferred.
    """

    sync_id: str
    connection: str
    cutoff: datetime
    started_at: datetime
    deferral_limit: datetime | None = None

    @property
    def watermark(self) -> datetime:
        """The watermark of a committed table: the cutoff, at most a minute after `started_at`.

        If NetSuite's clock were days ahead once, no later sync would read the changes of these days.
        """
        return min(self.cutoff, self.started_at + CLOCKS_APART)


def write_log(
    connection: duckdb.DuckDBPyConnection, sync_run: SyncRun, reports: Iterable[TableReport]
) -> None:
    """Write one row of `_netsuite.sync_log` a report, in the transaction that changes the tables."""
    for report in reports:
        row = {
            "sync_id": sync_run.sync_id,
            "connection": sync_run.connection,
            "table_name": report.table,
            "mode": report.mode,
            "status": report.status,
            "started_at": report.started_at,
            "ended_at": utc_now(),
            "cutoff": sync_run.cutoff,
            "rows_read": report.rows_read,
            "rows_written": report.rows_written,
            "rows_deleted": report.rows_deleted,
            "rejected_values": report.rejected_values,
            "requests": report.requests,
            "retries": report.retries,
            "throttled": report.throttled,
            "seconds": report.seconds,
            "watermark": report.watermark,
            "error": None if report.failure is None else str(report.failure),
            "notes": report.notes,
            "netsuite_rows": report.counted,
            "row_count": report.rows,
        }
        insert_row(connection, "sync_log", row)


def log_failures(warehouse: Store, sync_run: SyncRun, reports: Iterable[TableReport]) -> None:
    """Write the failed and absent tables to the sync log; commits have written their own rows."""
    failed = [
        report.without_counts if report.committed else report for report in reports if report.status != "done"
    ]
    if failed:
        with warehouse.working() as connection, transaction(connection):
            write_log(connection, sync_run, failed)
