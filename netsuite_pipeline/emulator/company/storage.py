"""How the company's rows get into DuckDB: one table per record type, typed and in the order of its key."""

from collections.abc import Sequence

import duckdb

from netsuite_pipeline.emulator.company.records import DUCKDB_TYPES, RECORDS


def create_schemas(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the empty schemas `ns` and `ns_lists`, and the list of select options."""
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
    """Make the table of record type `name` without rows."""
    record = RECORDS[name]
    columns = ", ".join(f'"{field.name}" {DUCKDB_TYPES[field.type]}' for field in record.fields)
    connection.execute(f'CREATE OR REPLACE TABLE ns."{name}" ({columns})')


def values(rows: Sequence[Sequence[object]]) -> str:
    """The rows as SQL text `VALUES (…), (…)`."""
    return "VALUES " + ", ".join("(" + ", ".join(literal(value) for value in row) + ")" for row in rows)


def literal(value: object) -> str:
    """One Python value as an SQL literal; text that looks odd is passed on untouched.

    >>> literal("it's"), literal(None), literal(3)
    ("'it''s'", 'NULL', '3')
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
