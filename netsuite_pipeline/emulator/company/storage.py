"""Storage of the company in DuckDB: one table per record type, typed and in the order of its key."""

from collections.abc import Sequence

import duckdb

from netsuite_pipeline.emulator.company.records import DUCKDB_TYPES, RECORDS


def create_schemas(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the empty schemas `ns` and `ns_lists`, and the table of select options."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS ns")
    connection.execute("CREATE SCHEMA IF NOT EXISTS ns_lists")
    connection.execute(
        'CREATE OR REPLACE TABLE ns_lists.options ("list" VARCHAR, "value" VARCHAR, label VARCHAR)'
    )


def store(connection: duckdb.DuckDBPyConnection, name: str, query: str) -> None:
    """Fill the table of a record type with the rows of a query, in the order of the key.

    Columns match by name; a column that the query lacks is null. DuckDB refuses a column that the table
    lacks.
    """
    create_empty(connection, name)
    key = ", ".join(f'"{column}"' for column in RECORDS[name].key)
    connection.execute(f'INSERT INTO ns."{name}" BY NAME SELECT * FROM ({query}) ORDER BY {key}')


def create_empty(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Create the empty table of a record type."""
    record = RECORDS[name]
    columns = ", ".join(f'"{field.name}" {DUCKDB_TYPES[field.type]}' for field in record.fields)
    connection.execute(f'CREATE OR REPLACE TABLE ns."{name}" ({columns})')


def replace_rows(
    connection: duckdb.DuckDBPyConnection, name: str, columns: str, rows: Sequence[Sequence[object]]
) -> None:
    """Replace the rows of a table; `columns` are names with commas between, the others are null."""
    connection.execute(f'DELETE FROM ns."{name}"')
    if rows:
        quoted = ", ".join(f'"{column}"' for column in columns.split(", "))
        connection.execute(f'INSERT INTO ns."{name}" ({quoted}) {values(rows)}')


def values(rows: Sequence[Sequence[object]]) -> str:
    """Return rows as SQL: `VALUES (…), (…)`."""
    return "VALUES " + ", ".join("(" + ", ".join(literal(value) for value in row) + ")" for row in rows)


def literal(value: object) -> str:
    """Return a Python value as an SQL literal.

    Example:
        >>> literal("it's"), literal(None), literal(3), literal([1, "a"])
        ("'it''s'", 'NULL', '3', "[1, 'a']")
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "'T'" if value else "'F'"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list):
        return "[" + ", ".join(literal(each) for each in value) + "]"
    return "'" + str(value).replace("'", "''") + "'"
