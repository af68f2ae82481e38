"""The logs of syncs and of schema changes in `_netsuite`, and whether the published file lags behind them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from netsuite_pipeline.warehouse.schema.schema import insert_row, present_columns, scalar_count

MAX_PUBLICATION_LAG = timedelta(minutes=55)
"""The lag of times in the published file at which a sync without changes publishes it.

Readers are promised an hour. An hourly sync that starts some seconds early must publish too."""


@dataclass(frozen=True)
class SchemaChange:
    """One row of `_netsuite.schema_changes`: a column's change, and its type before and after."""

    column: str
    change: str
    from_type: str | None
    to_type: str | None


@dataclass(frozen=True)
class LogEntry:
    """One row of `_netsuite.sync_log`: what one sync did to one table."""

    sync_id: str
    connection: str
    table: str
    mode: str
    status: str
    started_at: datetime
    ended_at: datetime
    cutoff: datetime | None
    rows_read: int
    rows_written: int
    rows_deleted: int
    rejected_values: int
    requests: int
    retries: int
    throttled: int
    seconds: float
    watermark: datetime | None
    error: str | None
    notes: tuple[str, ...]
    netsuite_rows: int | None = None
    row_count: int | None = None


def write_schema_changes(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    table: str,
    changes: Sequence[SchemaChange],
    *,
    noticed_at: datetime,
    sync_id: str,
) -> None:
    """Record the changes of a table's columns, in the transaction that makes them."""
    for each in changes:
        row = {
            "connection": name,
            "table_name": table,
            "column_name": each.column,
            "change": each.change,
            "from_type": each.from_type,
            "to_type": each.to_type,
            "noticed_at": noticed_at,
            "sync_id": sync_id,
        }
        insert_row(connection, "schema_changes", row)


def changes_logged(connection: duckdb.DuckDBPyConnection) -> int:
    """Return the number of log entries that changed a table.

    The published file has as many as the working file, unless a commit was not published.
    """
    if not present_columns(connection, "_netsuite", "sync_log"):
        return 0
    return scalar_count(
        connection, "SELECT count(*) FROM _netsuite.sync_log WHERE rows_written > 0 OR rows_deleted > 0"
    )


def published_lags(working: duckdb.DuckDBPyConnection, published: duckdb.DuckDBPyConnection) -> bool:
    """Return whether the published file must be replaced.

    It must if committed rows are missing, if a table's last status differs, or if the times of the last good
    sync or the last try lag by `MAX_PUBLICATION_LAG`. Another failure of a failing table changes nothing.
    """
    if changes_logged(working) != changes_logged(published):
        return True
    ended, ended_published = _last_ends(working), _last_ends(published)
    if {table: status for table, (status, _) in ended.items()} != {
        table: status for table, (status, _) in ended_published.items()
    }:
        return True
    tried = {table: at for table, (_, at) in ended.items()}
    tried_published = {table: at for table, (_, at) in ended_published.items()}
    return _lag(tried, tried_published) or _lag(_synced(working), _synced(published))


_Times = dict[tuple[str, str], datetime]


def _lag(working: _Times, published: _Times) -> bool:
    """Return whether a table's time lags too far, or is ahead after a clock was corrected."""
    return any(
        table not in published or abs(at - published[table]) >= MAX_PUBLICATION_LAG
        for table, at in working.items()
    )


def _last_ends(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], tuple[str, datetime]]:
    """Return the last status of each table and its time, by connection and table."""
    if not present_columns(connection, "_netsuite", "sync_log"):
        return {}
    rows = connection.execute(
        "SELECT connection, table_name, arg_max(status, rowid), arg_max(ended_at, rowid) "
        "FROM _netsuite.sync_log GROUP BY ALL"
    ).fetchall()
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


def _synced(connection: duckdb.DuckDBPyConnection) -> _Times:
    """Return the last good sync of each table, by connection and table."""
    if not present_columns(connection, "_netsuite", "table_state"):
        return {}
    rows = connection.execute(
        "SELECT connection, table_name, synced_at FROM _netsuite.table_state"
    ).fetchall()
    return {(row[0], row[1]): row[2] for row in rows}


def write_log(connection: duckdb.DuckDBPyConnection, entries: Sequence[LogEntry]) -> None:
    """Append to the sync log; for a changed table, in the transaction that changes it."""
    for entry in entries:
        row = vars(entry)
        insert_row(connection, "sync_log", {"table_name" if k == "table" else k: v for k, v in row.items()})
