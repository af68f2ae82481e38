"""Deletion of rows together with their children."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from netsuite_pipeline.warehouse.rows.missing_rows import unmark_removed
from netsuite_pipeline.warehouse.schema.schema import StoredTable, present_columns, quoted, scalar_count
from netsuite_pipeline.warehouse.state import lower_row_count


@dataclass(frozen=True)
class Child:
    """A table whose `column` holds the single-column key of its parent."""

    table: StoredTable
    column: str


@dataclass(frozen=True)
class Removed:
    """Number of deleted rows of a table, and of its children by table."""

    rows: int
    children: Mapping[str, int] = field(default_factory=dict)


def remove_keys(
    connection: duckdb.DuckDBPyConnection, target: StoredTable, keys_ref: str, children: Sequence[Child]
) -> Removed:
    """Delete rows and their children by key, and update `row_count` in the tables' state.

    Rows and tables that do not exist are skipped.

    Args:
        connection: To the working file, in a transaction.
        target: The table.
        keys_ref: A temporary table, as SQL, with the key's columns; if keys are not unique, also with the row
            ids as `_row` (`merge.find_missing`).
        children: Its child tables.
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
    """Delete the rows that meet a condition, and return their number.

    Rows are found by their values, because a column called `rowid` would hide DuckDB's own.

    Args:
        connection: To the working file.
        ref: The table, as SQL.
        where: The condition on a row `t`.
    """
    return scalar_count(connection, f"DELETE FROM {ref} t WHERE {where}")
