"""Tables and columns in DuckDB: NetSuite's types there, what is to be added, comments. Knows no rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from netsuite_pipeline.warehouse.errors import LoadRefused

# Money and rates are never floating point: a trial balance has to add up to exactly zero. Ten decimals hold
# NetSuite's exchange rates, and leave room to multiply two such numbers within DuckDB's 38 digits.
DUCKDB_TYPES: Mapping[str, str] = {
    "integer": "BIGINT",
    "decimal": "DECIMAL(38,10)",
    "boolean": "BOOLEAN",
    "text": "VARCHAR",
    "multiselect": "VARCHAR",
    "date": "DATE",
    "datetime": "TIMESTAMP",
}


@dataclass(frozen=True)
class StoredColumn:
    """One column as it is stored: its name, its type by the catalogue's word (`decimal`), its comment."""

    name: str
    kind: str
    comment: str = ""

    @property
    def type(self) -> str:
        return DUCKDB_TYPES[self.kind]


@dataclass(frozen=True)
class StoredTable:
    """One table as it is stored: schema, name, key columns, columns in order, comment."""

    schema: str
    name: str
    key: tuple[str, ...]
    columns: tuple[StoredColumn, ...]
    comment: str = ""

    @property
    def ref(self) -> str:
        return f"{quoted(self.schema)}.{quoted(self.name)}"


def quoted(name: str) -> str:
    """A name as SQL takes it literally.

    Example:
        >>> quoted('le"ft')
        '"le""ft"'
    """
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text literal for DuckDB.

    Example:
        >>> text("it's")
        "'it''s'"
    """
    return "'" + value.replace("'", "''") + "'"


def present_columns(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> dict[str, str]:
    """The columns that a table has now, with their DuckDB types; empty when there is no such table."""
    rows = connection.execute(
        "SELECT column_name, data_type FROM duckdb_columns() "
        "WHERE database_name = current_database() AND schema_name = ? AND table_name = ? "
        "ORDER BY column_index",
        [schema, name],
    ).fetchall()
    return dict(rows)


def create_or_extend(connection: duckdb.DuckDBPyConnection, table: StoredTable) -> Sequence[str]:
    """Makes the table, or adds the columns that it lacks, and sets the comments that differ.

    Returns:
        The names of columns that were added to a table that had been there.

    Raises:
        LoadRefused: A column is stored with another type than it has now.
    """
    present = present_columns(connection, table.schema, table.name)
    added: list[str] = []
    if not present:
        columns = ", ".join(f"{quoted(column.name)} {column.type}" for column in table.columns)
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(table.schema)}")
        connection.execute(f"CREATE TABLE {table.ref} ({columns})")
    for column in table.columns if present else ():
        stored = present.get(column.name)
        if stored is None:
            connection.execute(f"ALTER TABLE {table.ref} ADD COLUMN {quoted(column.name)} {column.type}")
            added.append(column.name)
        elif stored != column.type:
            raise LoadRefused(
                f"{table.name}.{column.name} is stored as {stored} but the catalogue now says {column.type}.",
                remedy=f"Drop {table.schema}.{table.name} in the working file and sync it again in full.",
            )
    _comment(connection, table)
    return added


def _comment(connection: duckdb.DuckDBPyConnection, table: StoredTable) -> None:
    stored = dict(
        connection.execute(
            "SELECT column_name, comment FROM duckdb_columns() "
            "WHERE database_name = current_database() AND schema_name = ? AND table_name = ?",
            [table.schema, table.name],
        ).fetchall()
    )
    for column in table.columns:
        if column.comment and stored.get(column.name) != column.comment:
            connection.execute(
                f"COMMENT ON COLUMN {table.ref}.{quoted(column.name)} IS {text(column.comment)}"
            )
    row = connection.execute(
        "SELECT comment FROM duckdb_tables() "
        "WHERE database_name = current_database() AND schema_name = ? AND table_name = ?",
        [table.schema, table.name],
    ).fetchone()
    if table.comment and row is not None and row[0] != table.comment:
        connection.execute(f"COMMENT ON TABLE {table.ref} IS {text(table.comment)}")
