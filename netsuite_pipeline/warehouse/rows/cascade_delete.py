"""Rows go, and their children with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from netsuite_pipeline.warehouse.rows.missing_rows import unmark_removed
from netsuite_pipeline.warehouse.schema.schema import StoredTable, present_columns, quoted
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
            the row ids as `_row` (`merge.find_missing`).
        children: What goes along.
    """
    on = " AND ".join(f"t.{quoted(part)} = k.{quoted(part)}" for part in target.key)
    same = f"EXISTS (SELECT 1 FROM {keys_ref} k WHERE {on})"
    if target.identity_columns:  # rows that share a key are known by their row ids (`merge.find_missing`)
        same = f"t.rowid IN (SELECT _row FROM {keys_ref})"
    rows = delete_rows(connection, target.ref, same)
    if rows:
        lower_row_count(connection, target.schema, target.name, rows)
    gone: dict[str, int] = {}
    for child in children:
        table = child.table
        if child.column not in present_columns(connection, table.schema, table.name):
            continue
        belongs = f"k.{quoted(target.key[0])} = t.{quoted(child.column)}"
        count = delete_rows(connection, table.ref, f"EXISTS (SELECT 1 FROM {keys_ref} k WHERE {belongs})")
        if count:
            gone[table.name] = count
            lower_row_count(connection, table.schema, table.name, count)
            unmark_removed(connection, table)
    if rows:
        unmark_removed(connection, target)
    return Removed(rows, gone)


def delete_rows(connection: duckdb.DuckDBPyConnection, ref: str, where: str) -> int:
    """Delete the rows that meet a condition, and return how many there were.

    Rows are found by their values, because a column called `rowid` would hide DuckDB's own.

    Args:
        connection: To the working file.
        ref: The table, as SQL.
        where: The condition on a row `t`.
    """
    row = connection.execute(f"DELETE FROM {ref} t WHERE {where}").fetchone()
    return int(row[0]) if row else 0
