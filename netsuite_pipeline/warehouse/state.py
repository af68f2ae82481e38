"""The pipeline's state in the schema `_netsuite`: its tables, accounts, each table's state and changes."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from datetime import datetime

import duckdb

from netsuite_pipeline.warehouse.errors import WarehouseMisconfigured
from netsuite_pipeline.warehouse.schema.drift import SchemaChange
from netsuite_pipeline.warehouse.schema.schema import insert_row, literal, of_table, text

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
# Columns that files of earlier versions lack. They have no defaults, because DuckDB cannot commit two
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
    """The state of a table that was synced before: one row of `_netsuite.table_state`.

    Attributes:
        watermark: The table has every change up to this time (UTC); None without a cursor, or if only date
            ranges of it were ever read.
        columns: All columns and labels that NetSuite ever returned; unavailable ones of them were lost.
        unavailable_columns: Columns and labels of the catalogue that were unavailable at the last check.
        unavailable_checked_at: Time of that check, UTC.
        row_count: Its current row count.
        synced_at: Its last sync, UTC.
        full_read_at: Its last full read, UTC; equal to `synced_at` if the last sync read it in full.
        full_wanted: Whether the next sync must read it in full, for example for a new column.
        null_cursors: Whether rows had no cursor at the last full read.
        swept_at: The last comparison of its keys with NetSuite's, UTC.
        counted: NetSuite's row count at the last full read; None without one.
        checksum: The checksum of a long list without a cursor at its last read (sync/load/checksum.py).
        read_fingerprint: A digest of the condition, the query, the hashed columns and the salt of the last
            full read; None where the table had none of these. When it changes, the table is read in full.
        hashed_columns: The columns that hold hashes.
        stored_key: The key by which its rows were stored; empty if an earlier version stored them.
        full_because: The reason for the full read, as a sentence; None for a new column.
        missing_rows: Number of rows that NetSuite no longer returns without a known deletion.
        missing_what: These rows in words; None without any.
        count_difference: Stored and visible rows minus NetSuite's own count; 0 if it is not known.
    """

    watermark: datetime | None
    columns: tuple[str, ...]
    unavailable_columns: tuple[str, ...]
    unavailable_checked_at: datetime
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


# Attributes that the file stores under another name.
_STORED_AS = {"unavailable_columns": "absent_columns", "unavailable_checked_at": "absent_asked_at"}
_STATE_COLUMNS = tuple(field.name for field in fields(TableState))
_DEFAULTS = {field.name: field.default for field in fields(TableState) if field.default is not MISSING}


def ensure_state(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the schema `_netsuite` and its tables, or extend those of an earlier version."""
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
    """Record the account of a connection's tables.

    Raises:
        WarehouseMisconfigured: The tables come from another account.
    """
    row = connection.execute(
        f"SELECT account FROM _netsuite.connections WHERE connection = {text(name)}"
    ).fetchone()
    if row is None:
        insert_row(connection, "connections", {"connection": name, "account": account, "first_sync_at": now})
    elif row[0] != account:
        raise WarehouseMisconfigured(
            f"The tables in schema {name!r} come from NetSuite account {row[0]}, not {account}.",
            remedy="Set NETSUITE_WAREHOUSE to another file for this account, or move the old file and its "
            "hidden folder away.",
        )


def read_states(
    connection: duckdb.DuckDBPyConnection, name: str, table: str | None = None
) -> dict[str, TableState]:
    """Return the state of each synced table of a connection, by table; of one table where it is named."""
    condition = of_table(name, table) if table is not None else f"connection = {text(name)}"
    rows = connection.execute(
        f"SELECT table_name, {', '.join(_STORED_AS.get(column, column) for column in _STATE_COLUMNS)} "
        f"FROM _netsuite.table_state WHERE {condition}"
    ).fetchall()
    states: dict[str, TableState] = {}
    for table, *values in rows:
        state = dict(zip(_STATE_COLUMNS, values, strict=True))
        # Columns are NULL in rows of an earlier version.
        known = {column: value for column, value in state.items() if value is not None}
        lists = {column: tuple(value) for column, value in known.items() if isinstance(value, list)}
        states[table] = TableState(**{**state, **_DEFAULTS, **known, **lists})
    return states


def write_state(
    connection: duckdb.DuckDBPyConnection, name: str, table: str, state: TableState, *, sync_id: str
) -> None:
    """Replace a table's state, in the transaction that changes the table."""
    write_states(connection, name, {table: state}, sync_id=sync_id)


def write_states(
    connection: duckdb.DuckDBPyConnection, name: str, states: Mapping[str, TableState], *, sync_id: str
) -> None:
    """Replace the states of some tables of a connection, in a transaction.

    Args:
        connection: To the working file.
        name: The tables' connection.
        states: The states by table.
        sync_id: The sync that wrote them.
    """
    connection.execute(
        f"DELETE FROM _netsuite.table_state WHERE connection = {text(name)} "
        f"AND list_contains({literal(tuple(states))}, table_name)"
    )
    for table, state in states.items():
        stored = {_STORED_AS.get(field, field): value for field, value in vars(state).items()}
        row = {"connection": name, "table_name": table, **stored, "sync_id": sync_id}
        insert_row(connection, "table_state", row)


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
    of = {"connection": name, "table_name": table, "noticed_at": noticed_at, "sync_id": sync_id}
    for change in changes:
        types = {"from_type": change.from_type, "to_type": change.to_type}
        row = {**of, "column_name": change.column, "change": change.change, **types}
        insert_row(connection, "schema_changes", row)


def lower_row_count(connection: duckdb.DuckDBPyConnection, name: str, table: str, by: int) -> None:
    """Subtract deleted rows from a table's row count; a table without state stays without."""
    connection.execute(
        f"UPDATE _netsuite.table_state SET row_count = row_count - {by}, checksum = NULL "
        f"WHERE {of_table(name, table)}"
    )


def update_state(connection: duckdb.DuckDBPyConnection, name: str, table: str, **values: object) -> None:
    """Set some columns of a table's state; a table without state stays without.

    Args:
        connection: To the working file.
        name: The table's connection.
        table: The table.
        values: The new values, by column of `_netsuite.table_state`.
    """
    items = ", ".join(f"{column} = {literal(value)}" for column, value in values.items())
    connection.execute(f"UPDATE _netsuite.table_state SET {items} WHERE {of_table(name, table)}")


def request_full_reads(
    connection: duckdb.DuckDBPyConnection, name: str, tables: Sequence[str], because: str
) -> None:
    """Request a full read of synced tables by the next sync.

    Args:
        connection: To the working file.
        name: The tables' connection.
        tables: The tables.
        because: The reason, as a sentence.
    """
    connection.execute(
        f"UPDATE _netsuite.table_state SET full_wanted = true, full_because = {text(because)} "
        f"WHERE connection = {text(name)} AND list_contains({literal(tables)}, table_name)"
    )


def replace_credentials(connection: duckdb.DuckDBPyConnection, name: str, digest: str) -> str | None:
    """Record the credentials of a connection.

    Args:
        connection: To the working file.
        name: The connection; its account is recorded.
        digest: A digest of the credentials' identifiers.

    Returns:
        The previous digest; None without one.
    """
    of = f"WHERE connection = {text(name)}"
    row = connection.execute(f"SELECT credentials FROM _netsuite.connections {of}").fetchone()
    before = row[0] if row else None
    if before != digest:
        connection.execute(f"UPDATE _netsuite.connections SET credentials = {text(digest)} {of}")
    return before
