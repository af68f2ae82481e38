"""Rows go, and their children with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from netsuite_pipeline.warehouse.missing import unmark_removed
from netsuite_pipeline.warehouse.schema import StoredTable, present_columns, quoted
from netsuite_pipeline.warehouse.state import lower_row_count


@dataclass(frozen=True)
class Child:
    """A table whose rows point by `column` to the (single) key of their parent."""

    table: StoredTable
    column: str


@dataclass(frozen=True)
class Removed:
    """Rows of the table that are gone, and those of its children, by table."""

    rows: int
    children: Mapping[str, int] = field(default_factory=dict)


def remove_keys(
    connection: duckdb.DuckDBPyConnection, target: StoredTable, keys_ref: str, children: Sequence[Child]
) -> Removed:
    """Deletes rows by key, the children of these rows, and keeps `row_count` in the tables' state true.

    Call it inside a transaction. What is not there any more, a child's table included, does no harm.

    Args:
        target: The table.
        keys_ref: A temporary table, as SQL, with the columns of the key; where keys are not unique, also with
            the row ids as `_row` (`merge.find_gone`).
        children: What goes along.
    """
    on = " AND ".join(f"t.{quoted(part)} = k.{quoted(part)}" for part in target.key)
    found = f"SELECT t.rowid AS r FROM {target.ref} t SEMI JOIN {keys_ref} k ON {on}"
    if target.told_apart:
        found = f"SELECT _row AS r FROM {keys_ref}"
    rows = delete_found(connection, target.ref, found)
    if rows:
        lower_row_count(connection, target.schema, target.name, rows)
    gone: dict[str, int] = {}
    for child in children:
        table = child.table
        if child.column not in present_columns(connection, table.schema, table.name):
            continue
        found = (
            f"SELECT t.rowid AS r FROM {table.ref} t SEMI JOIN {keys_ref} k "
            f"ON t.{quoted(child.column)} = k.{quoted(target.key[0])}"
        )
        count = delete_found(connection, table.ref, found)
        if count:
            gone[table.name] = count
            lower_row_count(connection, table.schema, table.name, count)
            unmark_removed(connection, table)
    if rows:
        unmark_removed(connection, target)
    return Removed(rows, gone)


def delete_found(connection: duckdb.DuckDBPyConnection, ref: str, found: str) -> int:
    """Deletes the rows whose row ids a query finds.

    Args:
        ref: The table, as SQL.
        found: A query of the row ids as a column `r`, without doubles.
    """
    # In two steps: finding reads the key alone, and DELETE ... USING joins every row once more.
    connection.execute(f"CREATE OR REPLACE TEMP TABLE found AS {found}")
    row = connection.execute("SELECT count(*) FROM temp.main.found").fetchone()
    if row is not None and row[0]:
        row = connection.execute(
            f"DELETE FROM {ref} WHERE rowid IN (SELECT r FROM temp.main.found)"
        ).fetchone()
    connection.execute("DROP TABLE temp.main.found")
    return int(row[0]) if row else 0
