"""What the pipeline remembers, in the schema `_netsuite`: watermarks, last known good, sync log, rejects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

import duckdb

from netsuite_pipeline.warehouse.errors import WarehouseMisconfigured
from netsuite_pipeline.warehouse.schema.schema import literal, present_columns, text

MAX_PUBLICATION_LAG = timedelta(minutes=55)
"""How far moments in the published file may be behind before a sync without news publishes them. Readers are
promised an hour; an hourly sync that begins some seconds early must publish too."""

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
    """CREATE TABLE IF NOT EXISTS _netsuite.schema_changes (
        connection VARCHAR NOT NULL, table_name VARCHAR NOT NULL, column_name VARCHAR NOT NULL,
        change VARCHAR NOT NULL, from_type VARCHAR, to_type VARCHAR, noticed_at TIMESTAMP NOT NULL,
        sync_id VARCHAR NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS _netsuite.rejected_values (
        sync_id VARCHAR NOT NULL, connection VARCHAR NOT NULL, table_name VARCHAR NOT NULL,
        key VARCHAR NOT NULL, column_name VARCHAR NOT NULL, value VARCHAR, wanted_type VARCHAR NOT NULL,
        seen_at TIMESTAMP NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS _netsuite.missing_rows (
        connection VARCHAR NOT NULL, table_name VARCHAR NOT NULL, key VARCHAR NOT NULL,
        missing_since TIMESTAMP NOT NULL, sync_id VARCHAR NOT NULL, missing_with VARCHAR)""",
    """COMMENT ON TABLE _netsuite.missing_rows IS 'Rows that NetSuite no longer shows, without evidence of
        their deletion: they are kept (UTC; a key of several columns has / between; missing_with is the table
        of what they belong to, where that is missing too)'""",
    """COMMENT ON TABLE _netsuite.table_state IS 'One row a table: how far it is synced (UTC), and what was
        really read when it was last well'""",
    """COMMENT ON TABLE _netsuite.sync_log IS 'One row a table and sync, failed ones too; times in UTC'""",
    """COMMENT ON TABLE _netsuite.schema_changes IS 'Columns that were added, widened, given their text beside
        them, lost or returned (UTC)'""",
    """COMMENT ON TABLE _netsuite.rejected_values IS 'Values that do not fit their column''s type: they are
        NULL (or rounded) in the table, and kept here as NetSuite sent them. With a reason: NetSuite could not
        send the value, so the table keeps the one before, and the row is asked for again at each sync'""",
)
_TABLE_NAMES = frozenset(
    {"connections", "table_state", "sync_log", "rejected_values", "schema_changes", "missing_rows"}
)
# Columns that files made by earlier versions do not have yet. Without defaults: DuckDB cannot commit two
# columns with defaults added to one table in one transaction (1.5).
_LATER_COLUMNS = (
    ("table_state", "full_wanted", "BOOLEAN"),
    ("table_state", "null_cursors", "BOOLEAN"),
    ("table_state", "swept_at", "TIMESTAMP"),
    ("table_state", "counted", "BIGINT"),
    ("table_state", "checksum", "VARCHAR"),
    ("table_state", "read_fingerprint", "VARCHAR"),
    ("table_state", "hashed_columns", "VARCHAR[]"),
    ("table_state", "stored_key", "VARCHAR[]"),
    ("table_state", "full_because", "VARCHAR"),
    ("table_state", "missing_rows", "BIGINT"),
    ("table_state", "missing_what", "VARCHAR"),
    ("table_state", "count_difference", "BIGINT"),
    ("connections", "credentials", "VARCHAR"),
    ("rejected_values", "reason", "VARCHAR"),
    ("sync_log", "netsuite_rows", "BIGINT"),
    ("sync_log", "row_count", "BIGINT"),
)
# Columns that files made by earlier versions have under another name: old, new.
_RENAMED_COLUMNS = (
    ("table_state", "likeness", "checksum"),
    ("table_state", "asked_by", "read_fingerprint"),
)


@dataclass(frozen=True)
class TableState:
    """What is known of a table that was synced before.

    Attributes:
        watermark: Up to this UTC moment every change is in the table; None where it has no cursor,
            or where only spans of it were ever read.
        columns: The columns and labels that NetSuite ever gave; those of them absent now were lost.
        absent_columns: Columns and labels of the catalogue that NetSuite did not offer when last asked.
        absent_asked_at: When that was, UTC.
        row_count: Rows in the table now.
        synced_at: When it was last synced, UTC.
        full_read_at: When all of it was last read, UTC; equal to `synced_at` if that was in the last sync.
        full_wanted: Whether older rows lack a column that came since: the next sync reads all of it.
        null_cursors: Whether some rows had no cursor at the last full read.
        swept_at: When its keys were last compared with NetSuite's, UTC.
        counted: How many rows NetSuite counted at the last full read; None where it did not tell.
        checksum: The checksum of a long list without a cursor at its last read (sync/load/checksum.py).
        read_fingerprint: A digest of the condition, the query, the hashed columns and the salt of the last
            full read; None where the table had none of these. When it changes, the table is read in full.
        hashed_columns: The columns that hold hashes.
        stored_key: The key by which its rows were stored; empty where an earlier version stored them.
        full_because: Why all of it is wanted, as a sentence; None where a new column is the reason, or
            nothing.
        missing_rows: Rows that NetSuite no longer shows and of which no deletion is known.
        missing_what: Which rows these are, in words; None where there are none.
        count_difference: By how many rows what is stored and visible differs from NetSuite's own count;
            positive where more are stored. 0 where they agree, or nobody could compare them.
    """

    watermark: datetime | None
    columns: tuple[str, ...]
    absent_columns: tuple[str, ...]
    absent_asked_at: datetime
    row_count: int
    synced_at: datetime
    full_read_at: datetime | None = None
    full_wanted: bool = False
    null_cursors: bool = False
    swept_at: datetime | None = None
    counted: int | None = None
    checksum: str | None = None
    read_fingerprint: str | None = None
    hashed_columns: tuple[str, ...] = ()
    stored_key: tuple[str, ...] = ()
    full_because: str | None = None
    missing_rows: int = 0
    missing_what: str | None = None
    count_difference: int = 0


_STATE_COLUMNS = tuple(field.name for field in fields(TableState))


@dataclass(frozen=True)
class SchemaChange:
    """One row of `_netsuite.schema_changes`: what happened to a column, and its type before and after."""

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


def ensure_state(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the schema `_netsuite` and its tables, or adds what a file made by an earlier version lacks."""
    present = set(
        connection.execute(
            "SELECT table_name, column_name FROM duckdb_columns() "
            "WHERE database_name = current_database() AND schema_name = '_netsuite'"
        ).fetchall()
    )
    tables = {table for table, _ in present}
    if not tables.issuperset(_TABLE_NAMES):
        for statement in _TABLES:
            connection.execute(" ".join(statement.split()))
    for table, old, new in _RENAMED_COLUMNS:
        if (table, old) in present:
            connection.execute(f"ALTER TABLE _netsuite.{table} RENAME COLUMN {old} TO {new}")
            present.add((table, new))
    for table, column, type_ in _LATER_COLUMNS:
        if (table, column) not in present:
            connection.execute(f"ALTER TABLE _netsuite.{table} ADD COLUMN {column} {type_}")


def claim_account(connection: duckdb.DuckDBPyConnection, name: str, account: str, now: datetime) -> None:
    """Notes which account a connection's tables come from.

    Raises:
        WarehouseMisconfigured: They come from another account; mixing the two would spoil both.
    """
    row = connection.execute(
        f"SELECT account FROM _netsuite.connections WHERE connection = {text(name)}"
    ).fetchone()
    if row is None:
        _insert(connection, "connections", {"connection": name, "account": account, "first_sync_at": now})
    elif row[0] != account:
        raise WarehouseMisconfigured(
            f"The tables in schema {name!r} come from NetSuite account {row[0]}, not {account}.",
            remedy="Set NETSUITE_WAREHOUSE to another file for this account, or move the old file and its "
            "hidden folder away.",
        )


def read_states(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, TableState]:
    """The state of every table of a connection that was ever synced, by table."""
    rows = connection.execute(
        f"SELECT table_name, {', '.join(_STATE_COLUMNS)} FROM _netsuite.table_state "
        f"WHERE connection = {text(name)}"
    ).fetchall()
    states: dict[str, TableState] = {}
    for table, *values in rows:
        state = dict(zip(_STATE_COLUMNS, values, strict=True))
        state["columns"] = tuple(state["columns"])
        state["absent_columns"] = tuple(state["absent_columns"])
        # NULL in a row of an earlier version.
        state["full_wanted"] = bool(state["full_wanted"])
        state["null_cursors"] = bool(state["null_cursors"])
        state["hashed_columns"] = tuple(state["hashed_columns"] or ())
        state["stored_key"] = tuple(state["stored_key"] or ())
        state["missing_rows"] = state["missing_rows"] or 0
        state["count_difference"] = state["count_difference"] or 0
        states[table] = TableState(**state)
    return states


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
        f"DELETE FROM _netsuite.table_state WHERE {_of(name, table)} RETURNING full_read_at"
    ).fetchone()
    full_read_at = state.synced_at if full else (previous[0] if previous else None)
    row = {"connection": name, "table_name": table, **vars(state), "sync_id": sync_id}
    _insert(connection, "table_state", {**row, "full_read_at": full_read_at})


def lower_row_count(connection: duckdb.DuckDBPyConnection, name: str, table: str, by: int) -> None:
    """Notes that rows of a table are gone; where nothing is known of the table, nothing is noted."""
    connection.execute(
        f"UPDATE _netsuite.table_state SET row_count = row_count - {by}, checksum = NULL "
        f"WHERE {_of(name, table)}"
    )


def record_comparison(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    table: str,
    *,
    missing: int,
    what: str | None,
    difference: int,
) -> None:
    """Record how a table compares with NetSuite.

    Args:
        connection: To the working file.
        name: The connection whose table it is.
        table: The table.
        missing: Rows that NetSuite no longer shows and of which no deletion is known.
        what: Which rows these are, in words.
        difference: By how many rows it differs from NetSuite's own count.
    """
    connection.execute(
        f"UPDATE _netsuite.table_state SET missing_rows = {missing}, missing_what = {literal(what)}, "
        f"count_difference = {difference} WHERE {_of(name, table)}"
    )


def request_full_reads(
    connection: duckdb.DuckDBPyConnection, name: str, tables: Sequence[str], because: str
) -> None:
    """Have tables read in full by the next read, whichever sync makes it; of what was never synced, nothing.

    Args:
        connection: To the working file.
        name: The connection whose tables they are.
        tables: The tables.
        because: Why, as a sentence.
    """
    connection.execute(
        f"UPDATE _netsuite.table_state SET full_wanted = true, full_because = {text(because)} "
        f"WHERE connection = {text(name)} AND list_contains({literal(tables)}, table_name)"
    )


def replace_credentials(connection: duckdb.DuckDBPyConnection, name: str, digest: str) -> str | None:
    """Record which credentials a connection signs in with.

    Args:
        connection: To the working file.
        name: The connection; its account is claimed.
        digest: A digest of what names them.

    Returns:
        The digest before; None where none was known.
    """
    of = f"WHERE connection = {text(name)}"
    row = connection.execute(f"SELECT credentials FROM _netsuite.connections {of}").fetchone()
    before = row[0] if row else None
    if before != digest:
        connection.execute(f"UPDATE _netsuite.connections SET credentials = {text(digest)} {of}")
    return before


def record_checksum(connection: duckdb.DuckDBPyConnection, name: str, table: str, checksum: str) -> None:
    """Note what a table that was read whole is like, once that is computed."""
    connection.execute(
        f"UPDATE _netsuite.table_state SET checksum = {literal(checksum)} WHERE {_of(name, table)}"
    )


def record_sweep(
    connection: duckdb.DuckDBPyConnection, name: str, table: str, *, rows: int, swept_at: datetime
) -> None:
    """Notes that a table's keys were compared with NetSuite's, and the rows that it has since."""
    connection.execute(
        f"UPDATE _netsuite.table_state SET row_count = {rows}, swept_at = {literal(swept_at)}, "
        "checksum = NULL "
        f"WHERE {_of(name, table)}"
    )


def note_hashed(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    table: str,
    hashed: Sequence[str],
    gone: Sequence[str],
) -> None:
    """Notes that columns hold hashes from now on, and forgets what was known of their plain values; call it
    in the transaction in which they are rewritten.

    Args:
        connection: To the working file.
        name: The connection whose table it is.
        table: The table.
        hashed: All its columns that hold hashes now.
        gone: Columns that are dropped, for they told the plain values.
    """
    without = f"list_filter({{0}}, lambda each: NOT list_contains({literal(gone)}, each))"
    connection.execute(
        f"UPDATE _netsuite.table_state SET hashed_columns = {literal(hashed)}, checksum = NULL, "
        f"columns = {without.format('columns')}, absent_columns = {without.format('absent_columns')} "
        f"WHERE {_of(name, table)}"
    )
    connection.execute(
        f"DELETE FROM _netsuite.rejected_values WHERE {_of(name, table)} "
        f"AND list_contains({literal([*hashed, *gone])}, column_name)"
    )


def write_schema_changes(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    table: str,
    changes: Sequence[SchemaChange],
    *,
    noticed_at: datetime,
    sync_id: str,
) -> None:
    """Records what happened to a table's columns; call it in the transaction in which it happens."""
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
        _insert(connection, "schema_changes", row)


def _insert(connection: duckdb.DuckDBPyConnection, table: str, row: Mapping[str, object]) -> None:
    values = ", ".join(map(literal, row.values()))
    connection.execute(f"INSERT INTO _netsuite.{table} ({', '.join(row)}) VALUES ({values})")


def _of(name: str, table: str) -> str:
    return f"connection = {text(name)} AND table_name = {text(table)}"


def changes_logged(connection: duckdb.DuckDBPyConnection) -> int:
    """How many entries of the sync log changed a table. The published file has as many as the working file,
    unless what was committed last was never published."""
    if not present_columns(connection, "_netsuite", "sync_log"):
        return 0
    row = connection.execute(
        "SELECT count(*) FROM _netsuite.sync_log WHERE rows_written > 0 OR rows_deleted > 0"
    ).fetchone()
    return int(row[0]) if row else 0


def published_lags(working: duckdb.DuckDBPyConnection, published: duckdb.DuckDBPyConnection) -> bool:
    """Return whether the published file lacks something that its readers should know.

    That is: rows that were committed, a table that now fails or no longer does, or datetimes (last good
    sync, last try) that are `MAX_PUBLICATION_LAG` behind. A copy of the whole file at each sync without
    news would cost more than it is worth. Another failure of a table that failed before is no news by itself.
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


_Moments = dict[tuple[str, str], datetime]


def _lag(working: _Moments, published: _Moments) -> bool:
    """Return whether a table's moment is too far behind, or ahead after a clock was set right."""
    return any(
        table not in published or abs(at - published[table]) >= MAX_PUBLICATION_LAG
        for table, at in working.items()
    )


def _last_ends(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], tuple[str, datetime]]:
    """Return how and when each table ended the last time, by connection and table."""
    if not present_columns(connection, "_netsuite", "sync_log"):
        return {}
    rows = connection.execute(
        "SELECT connection, table_name, arg_max(status, rowid), arg_max(ended_at, rowid) "
        "FROM _netsuite.sync_log GROUP BY ALL"
    ).fetchall()
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


def _synced(connection: duckdb.DuckDBPyConnection) -> _Moments:
    """Return when each table was last synced well, by connection and table."""
    if not present_columns(connection, "_netsuite", "table_state"):
        return {}
    rows = connection.execute(
        "SELECT connection, table_name, synced_at FROM _netsuite.table_state"
    ).fetchall()
    return {(row[0], row[1]): row[2] for row in rows}


def write_log(connection: duckdb.DuckDBPyConnection, entries: Sequence[LogEntry]) -> None:
    """Adds to the sync log; for a table that was written, in the same transaction."""
    for entry in entries:
        row = vars(entry)
        _insert(connection, "sync_log", {"table_name" if k == "table" else k: v for k, v in row.items()})
