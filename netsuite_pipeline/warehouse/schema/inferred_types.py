"""Column types inferred from the first rows of a query table, stored so that later rows keep them."""

from collections.abc import Mapping

import duckdb

from netsuite_pipeline.warehouse.schema.casts import cast_sql, lossy_sql
from netsuite_pipeline.warehouse.schema.schema import (
    DUCKDB_TYPES,
    has_rows,
    insert_row,
    of_table,
    present_columns,
    quoted,
    rewrite_table,
    text,
)

InferredTypes = Mapping[str, str | None]
"""Types by column, as the catalogue names them; None for a column without values so far."""


def read_inferred_types(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, dict[str, str | None]]:
    """Return the stored types of a connection, by table and column."""
    if not present_columns(connection, "_netsuite", "held_types"):
        return {}
    held: dict[str, dict[str, str | None]] = {}
    rows = connection.execute(
        f"SELECT table_name, column_name, type FROM _netsuite.held_types WHERE connection = {text(name)}"
    ).fetchall()
    for table, column, kind in rows:
        held.setdefault(table, {})[column] = kind
    return held


def write_inferred_types(
    connection: duckdb.DuckDBPyConnection, name: str, table: str, types: InferredTypes
) -> None:
    """Replace the stored types of some columns of a table."""
    connection.execute(
        "CREATE TABLE IF NOT EXISTS _netsuite.held_types (connection VARCHAR NOT NULL, "
        "table_name VARCHAR NOT NULL, column_name VARCHAR NOT NULL, type VARCHAR)"
    )
    connection.execute(
        "COMMENT ON TABLE _netsuite.held_types IS 'Types inferred from the first rows of a query table; NULL "
        "for a column without values so far'"
    )
    of = of_table(name, table)
    for column, kind in types.items():
        connection.execute(f"DELETE FROM _netsuite.held_types WHERE {of} AND column_name = {text(column)}")
        row = {"connection": name, "table_name": table, "column_name": column, "type": kind}
        insert_row(connection, "held_types", row)


def apply_inferred_type(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str, column: str, kind: str
) -> bool:
    """Change a stored text column to its inferred type if no value is lost.

    Args:
        connection: To the working file.
        schema: The table's schema.
        table: The table.
        column: The column; one of another type, or one that is not stored, stays as it is.
        kind: The type, as the catalogue names it.

    Returns:
        Whether the column may have that type; if not, it stays text.
    """
    wanted = DUCKDB_TYPES[kind]
    if present_columns(connection, schema, table).get(column) != "VARCHAR" or wanted == "VARCHAR":
        return True
    ref, stored = quoted(column), f"{quoted(schema)}.{quoted(table)}"
    lossy = lossy_sql(ref, kind) or "false"
    if has_rows(connection, f"SELECT 1 FROM {stored} WHERE {lossy} LIMIT 1"):
        return False
    rewrite_table(connection, schema, table, f"* REPLACE ({cast_sql(ref, kind)} AS {ref})")
    return True
