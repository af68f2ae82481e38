"""What the pipeline remembers, in the schema `_netsuite`: watermarks, last known good, sync log, rejects."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from netsuite_pipeline.warehouse.errors import WarehouseMisconfigured
from netsuite_pipeline.warehouse.schema import present_columns

_TABLES = (
    """CREATE SCHEMA IF NOT EXISTS _netsuite""",
    """CREATE TABLE IF NOT EXISTS _netsuite.connections (
        connection VARCHAR NOT NULL, account VARCHAR NOT NULL, first_sync_at TIMESTAMP NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS _netsuite.table_state (
        connection VARCHAR NOT NULL, table_name VARCHAR NOT NULL, watermark TIMESTAMP,
        columns VARCHAR[] NOT NULL, absent_columns VARCHAR[] NOT NULL, absent_asked_at TIMESTAMP NOT NULL,
        row_count BIGINT NOT NULL,
        full_read_at TIMESTAMP, synced_at TIMESTAMP NOT NULL, sync_id VARCHAR NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS _netsuite.sync_log (
        sync_id VARCHAR NOT NULL, connection VARCHAR NOT NULL, table_name VARCHAR NOT NULL,
        mode VARCHAR NOT NULL, status VARCHAR NOT NULL, started_at TIMESTAMP NOT NULL,
        ended_at TIMESTAMP NOT NULL, cutoff TIMESTAMP, rows_read BIGINT NOT NULL,
        rows_written BIGINT NOT NULL, rows_deleted BIGINT NOT NULL, rejected_values BIGINT NOT NULL,
        requests BIGINT NOT NULL, retries BIGINT NOT NULL, throttled BIGINT NOT NULL,
        seconds DOUBLE NOT NULL, watermark TIMESTAMP, error VARCHAR, notes VARCHAR[] NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS _netsuite.rejected_values (
        sync_id VARCHAR NOT NULL, connection VARCHAR NOT NULL, table_name VARCHAR NOT NULL,
        key VARCHAR NOT NULL, column_name VARCHAR NOT NULL, value VARCHAR, wanted_type VARCHAR NOT NULL,
        seen_at TIMESTAMP NOT NULL)""",
    """COMMENT ON TABLE _netsuite.table_state IS 'One row a table: how far it is synced (UTC), and what was
        really read when it was last well'""",
    """COMMENT ON TABLE _netsuite.sync_log IS 'One row a table and sync, failed ones too; times in UTC'""",
    """COMMENT ON TABLE _netsuite.rejected_values IS 'Values that do not fit their column''s type: they are
        NULL (or rounded) in the table, and kept here as NetSuite sent them'""",
)


@dataclass(frozen=True)
class TableState:
    """What is known of a table that was synced before.

    Attributes:
        watermark: Up to this UTC moment every change is in the table; None where it has no cursor.
        columns: The columns and labels that NetSuite ever gave; those of them absent now were lost.
        absent_columns: Columns and labels of the catalogue that NetSuite did not offer when last asked.
        absent_asked_at: When that was, UTC.
        row_count: Rows in the table after that.
        synced_at: When that was, UTC.
        full_read_at: When all of it was last read, UTC; equal to `synced_at` if that was in the last sync.
    """

    watermark: datetime | None
    columns: tuple[str, ...]
    absent_columns: tuple[str, ...]
    absent_asked_at: datetime
    row_count: int
    synced_at: datetime
    full_read_at: datetime | None = None


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


def ensure_state(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the schema `_netsuite` and its tables where they are not there yet."""
    there = connection.execute(
        "SELECT count(*) FROM duckdb_tables() "
        "WHERE database_name = current_database() AND schema_name = '_netsuite'"
    ).fetchone()
    if there == (4,):
        return
    for statement in _TABLES:
        connection.execute(" ".join(statement.split()))


def claim_account(connection: duckdb.DuckDBPyConnection, name: str, account: str, now: datetime) -> None:
    """Notes which account a connection's tables come from.

    Raises:
        WarehouseMisconfigured: They come from another account; mixing the two would spoil both.
    """
    row = connection.execute(
        "SELECT account FROM _netsuite.connections WHERE connection = ?", [name]
    ).fetchone()
    if row is None:
        connection.execute("INSERT INTO _netsuite.connections VALUES (?, ?, ?)", [name, account, now])
    elif row[0] != account:
        raise WarehouseMisconfigured(
            f"The tables in schema {name!r} come from NetSuite account {row[0]}, not {account}.",
            remedy="Set NETSUITE_WAREHOUSE to another file for this account, or move the old file and its "
            "hidden folder away.",
        )


def read_states(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, TableState]:
    """The state of every table of a connection that was ever synced, by table."""
    rows = connection.execute(
        "SELECT table_name, watermark, columns, absent_columns, absent_asked_at, row_count, synced_at, "
        "full_read_at FROM _netsuite.table_state WHERE connection = ?",
        [name],
    ).fetchall()
    return {row[0]: TableState(row[1], tuple(row[2]), tuple(row[3]), *row[4:]) for row in rows}


def write_state(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    table: str,
    state: TableState,
    *,
    sync_id: str,
    full: bool,
) -> None:
    """Replaces a table's state; call it in the transaction that changes the table."""
    previous = connection.execute(
        "DELETE FROM _netsuite.table_state WHERE connection = ? AND table_name = ? RETURNING full_read_at",
        [name, table],
    ).fetchone()
    full_read_at = state.synced_at if full else (previous[0] if previous else None)
    connection.execute(
        "INSERT INTO _netsuite.table_state VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            name,
            table,
            state.watermark,
            list(state.columns),
            list(state.absent_columns),
            state.absent_asked_at,
            state.row_count,
            full_read_at,
            state.synced_at,
            sync_id,
        ],
    )


def changes_logged(connection: duckdb.DuckDBPyConnection) -> int:
    """How many entries of the sync log changed a table. The published file has as many as the working file,
    unless what was committed last was never published."""
    if not present_columns(connection, "_netsuite", "sync_log"):
        return 0
    row = connection.execute(
        "SELECT count(*) FROM _netsuite.sync_log WHERE rows_written > 0 OR rows_deleted > 0"
    ).fetchone()
    return int(row[0]) if row else 0


def write_log(connection: duckdb.DuckDBPyConnection, entries: Sequence[LogEntry]) -> None:
    """Adds to the sync log; for a table that was written, in the same transaction."""
    for entry in entries:
        values = [*vars(entry).values()]
        values[-1] = list(entry.notes)
        connection.execute(f"INSERT INTO _netsuite.sync_log VALUES ({', '.join('?' * len(values))})", values)
