"""How the company's rows get into DuckDB: one table per record type, typed and in the order of its key."""

from collections.abc import Sequence

import duckdb

from netsuite_pipeline.emulator.company.plan import CompanyPlan
from netsuite_pipeline.emulator.company.records import DUCKDB_TYPES, RECORDS, Field, Record


def create_schemas(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the empty schemas `ns` and `ns_lists`, and the list of select options."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS ns")
    connection.execute("CREATE SCHEMA IF NOT EXISTS ns_lists")
    connection.execute(
        'CREATE OR REPLACE TABLE ns_lists.options ("list" VARCHAR, "value" VARCHAR, label VARCHAR)'
    )


def store(connection: duckdb.DuckDBPyConnection, name: str, query: str) -> None:
    """Fill the table of record type `name` with the rows of `query`, whose columns go by name.

    A column the query leaves out is null throughout; one that the record type lacks is a ValueError.
    """
    record = RECORDS[name]
    given = _columns_of(connection, query)
    strangers = sorted(given - {field.name for field in record.fields})
    if strangers:
        raise ValueError(f"{name} has no column {', '.join(strangers)}")
    selected = ", ".join(_typed(field, field.name in given) for field in record.fields)
    connection.execute(
        f'CREATE OR REPLACE TABLE ns."{name}" AS SELECT {selected} FROM ({query}) ORDER BY {_key(record)}'
    )


def append(connection: duckdb.DuckDBPyConnection, name: str, query: str) -> None:
    """Add the rows of `query` to a table that is already there; its columns go by name."""
    connection.execute(f'INSERT INTO ns."{name}" BY NAME {query}')


def store_rows(
    connection: duckdb.DuckDBPyConnection, name: str, columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    """Fill a short table from Python values, e.g. `store_rows(c, "term", ("id", "name"), [(1, "Net
    15")])`."""
    store(connection, name, f"SELECT * FROM ({values(rows)}) AS rows({_names(columns)})")


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
    return "'" + str(value).replace("'", "''") + "'"


def _columns_of(connection: duckdb.DuckDBPyConnection, query: str) -> set[str]:
    return {str(row[0]) for row in connection.execute(f"DESCRIBE {query}").fetchall()}


def _typed(field: Field, given: bool) -> str:
    source = f'"{field.name}"' if given else "NULL"
    return f'CAST({source} AS {DUCKDB_TYPES[field.type]}) AS "{field.name}"'


def _key(record: Record) -> str:
    return _names(record.key)


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


TRANSACTION_TYPE_ID = -30


CUSTOMER_TYPE_ID = -2


def build_deletions(connection: duckdb.DuckDBPyConnection, plan: CompanyPlan, clerks: list[int]) -> None:
    """Fill deletedrecord with the transactions, customers and machines deleted up to now."""
    store(
        connection,
        "deletedrecord",
        f"""
        SELECT *, 'F' AS iscustomlist, 'F' AS iscustomtransaction, one_of('deleted by', recordid,
            {clerks!r}) AS deletedby,
            one_of('context', recordid, ['UIF', 'UIF', 'CSV', 'WBS']) AS context
        FROM (
            SELECT id AS recordid, {TRANSACTION_TYPE_ID} AS recordtypeid, recordtype AS scriptid, label
                AS type,
                label || ' #' || number AS name, deleted AS deleteddate, 'F' AS iscustomrecord
            FROM numbered_doc WHERE deleted IS NOT NULL
            UNION ALL
            SELECT id, {CUSTOMER_TYPE_ID}, 'customer', 'Customer', 'CUST' || (10000 + k), deleted, 'F'
            FROM party WHERE is_ghost
            UNION ALL SELECT 150, 31, 'customrecord_machine', 'Machine', 'Prototype',
                TIMESTAMP '2024-01-01 18:00:00', 'T'
        ) WHERE deleteddate <= TIMESTAMP '{plan.now}'
        """,
    )
