"""Remove the clear values of columns that are to hold hashes from their table."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import duckdb

from netsuite_pipeline.warehouse.rows.rejected_values import UNREAD_COUNTS
from netsuite_pipeline.warehouse.schema.schema import (
    StoredColumn,
    StoredTable,
    of_table,
    present_columns,
    quoted,
    rewrite_table,
    text,
    text_beside,
)


@dataclass(frozen=True)
class ClearColumn:
    """A stored column with clear values.

    Attributes:
        name: The column.
        type: Its DuckDB type.
        derived: Columns that would leak the value, such as `<name>_label` and `<name>_text`.
    """

    name: str
    type: str
    derived: tuple[str, ...] = ()


def find_clear_columns(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    table: str,
    hashed: Collection[str],
    others: Collection[str],
) -> tuple[ClearColumn, ...]:
    """Return the stored columns of a table that are to hold hashes.

    Args:
        connection: To the working file.
        schema: The table's schema.
        table: The table.
        hashed: The columns to be hashed that hold no hashes yet.
        others: The columns that NetSuite has: none of them is derived from another one.
    """
    present = present_columns(connection, schema, table)
    found: list[ClearColumn] = []
    for name in (each for each in hashed if each in present):
        as_sent = text_beside(StoredColumn(name, present[name]), others).name
        derived = (each for each in (f"{name}_label", as_sent) if each in present and each not in others)
        found.append(ClearColumn(name, present[name], tuple(derived)))
    return tuple(found)


def drop_clear_columns(
    connection: duckdb.DuckDBPyConnection, target: StoredTable, columns: Sequence[ClearColumn]
) -> None:
    """Drop columns with clear values, the columns derived from them, and their rejected values.

    Call it in the transaction that stores the hashes.
    """
    names = [name for column in columns for name in (column.name, *column.derived)]
    left_out = ", ".join(map(quoted, names))
    rewrite_table(connection, target.schema, target.name, f"* EXCLUDE ({left_out})")
    of = f"{of_table(target.schema, target.name)} AND column_name IN ({', '.join(map(text, names))})"
    connection.execute(f"DELETE FROM _netsuite.rejected_values WHERE {of}")
    UNREAD_COUNTS.forget(connection)
