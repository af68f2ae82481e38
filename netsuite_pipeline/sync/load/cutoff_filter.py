"""Defer rows that are newer than the cutoff, and decide which of the table's rows the stage covers."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from netsuite_pipeline.sync.planning.read_plan import ReadPlan
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.schema.schema import (
    DUCKDB_TYPES,
    column_values,
    literal,
    quoted,
    scalar_count,
    text,
)
from netsuite_pipeline.warehouse.staging.stage_sql import STAGE

_LEAST = -(2**63)


@dataclass(frozen=True)
class ParentSnapshot:
    """What a child needs to know of its parent when both are read in one sync.

    Attributes:
        table: The parent's name in DuckDB, as SQL.
        key: The parent's key column.
        after_cutoff: Parents newer than the cutoff: they and their children are deferred to the next sync.
    """

    table: str
    key: str
    after_cutoff: frozenset[str]


@dataclass(frozen=True)
class CutoffCondition:
    """Which stamps defer a row: those after the cutoff, unless they lie so far ahead that they are wrong.

    Attributes:
        cutoff: UTC.
        until: The latest stamp that defers a row, UTC; None for any.
    """

    cutoff: datetime
    until: datetime | None = None

    def waits(self, column: str) -> str:
        """Return the SQL condition that a stamp defers its row."""
        stamp = f"TRY_CAST({quoted(column)} AS TIMESTAMP)"
        most = "" if self.until is None else f" AND {stamp} <= {literal(self.until)}"
        return f"({stamp} > {literal(self.cutoff)}{most})"

    def is_wrong(self, column: str) -> str:
        """Return the SQL condition that a stamp lies too far ahead to defer its row."""
        if self.until is None:
            return "false"
        return f"(TRY_CAST({quoted(column)} AS TIMESTAMP) > {literal(self.until)})"


@dataclass(frozen=True)
class FutureStamps:
    """Rows that were loaded although their stamp lies in the future.

    Attributes:
        rows: How many.
        column: The column with the stamp.
        latest: The latest stamp, UTC.
    """

    rows: int
    column: str
    latest: datetime


def defer_after_cutoff(
    connection: duckdb.DuckDBPyConnection, read: ReadPlan, newer: CutoffCondition
) -> frozenset[str]:
    """Take rows newer than the cutoff out of the stage, so that all tables show the same moment.

    Returns:
        The first part of their keys, as text.
    """
    table = read.table
    if table.cursor is None or table.cursor not in read.columns:
        return frozenset()
    key = f"{quoted(table.key[0])}::VARCHAR"
    found = column_values(
        connection, f"DELETE FROM {STAGE} WHERE {newer.waits(table.cursor)} RETURNING {key}"
    )
    return frozenset(found) - {None}


def defer_changed_children(
    connection: duckdb.DuckDBPyConnection, read: ReadPlan, newer: CutoffCondition, stored: str | None
) -> tuple[frozenset[str], int]:
    """Take all rows of a parent out of the stage if one of them has a stamp newer than the cutoff.

    Where the table has no rows of such a parent, its rows stay: newer rows are better than none.

    Args:
        connection: To the working file.
        read: How the child was read.
        newer: Which stamps defer a row.
        stored: The child's name in DuckDB, as SQL; None where it is not stored yet.

    Returns:
        The parents, as text, and how many rows were taken out.
    """
    table = read.table
    if table.parent is None or table.row_cursor not in read.columns or stored is None:
        return frozenset(), 0
    parent = quoted(table.parent.column)
    newest = f"SELECT DISTINCT {parent}::VARCHAR FROM {STAGE} WHERE {newer.waits(table.row_cursor)}"
    found = frozenset(column_values(connection, newest)) - {None}
    waiting = existing_keys(connection, stored, table.parent.column, found) if found else found
    if not waiting:
        return frozenset(), 0
    _keep_keys(connection, "waiting_parents", sorted(waiting), "VARCHAR")
    of_waiting = f"{parent}::VARCHAR IN (SELECT k FROM temp.main.waiting_parents)"
    return waiting, scalar_count(connection, f"DELETE FROM {STAGE} WHERE {of_waiting}")


def defer_without_parent(
    connection: duckdb.DuckDBPyConnection, read: ReadPlan, parent_snapshot: ParentSnapshot | None
) -> frozenset[str]:
    """Take the rows of parents that are not stored out of the stage of a date range.

    A row may have changed within the range and its parent later: then the range did not bring the parent. The
    sync that brings the parent brings the parent's rows.

    Returns:
        These parents, as text.
    """
    table = read.table
    if table.parent is None or parent_snapshot is None or read.mode != "children" or read.since is None:
        return frozenset()
    parent = quoted(table.parent.column)
    found = column_values(
        connection,
        f"DELETE FROM {STAGE} WHERE {parent} IS NOT NULL AND {parent}::VARCHAR NOT IN "
        f"(SELECT {quoted(parent_snapshot.key)}::VARCHAR FROM {parent_snapshot.table}) "
        f"RETURNING {parent}::VARCHAR",
    )
    return frozenset(found)


def find_future_stamps(
    connection: duckdb.DuckDBPyConnection, read: ReadPlan, newer: CutoffCondition
) -> FutureStamps | None:
    """Return the staged rows whose stamp lies in the future; None where there are none."""
    column = read.table.cursor or read.table.row_cursor
    if column is None or column not in read.columns:
        return None
    (found,) = connection.execute(
        f"SELECT count(*), max(TRY_CAST({quoted(column)} AS TIMESTAMP)) FROM {STAGE} "
        f"WHERE {newer.is_wrong(column)}"
    ).fetchall()
    return FutureStamps(int(found[0]), column, found[1]) if found[0] else None


def defer_new_children(
    connection: duckdb.DuckDBPyConnection, table: Table, parent_snapshot: ParentSnapshot | None
) -> int:
    """Take children of parents that came after the cutoff out of the stage.

    Ids grow, so a parent above the largest known id came after its table was read. A child whose parent is
    missing for another reason stays.

    Returns:
        How many.
    """
    if table.parent is None or parent_snapshot is None:
        return 0
    newer = _waits(connection, table, quoted(table.parent.column), parent_snapshot)
    return scalar_count(connection, f"DELETE FROM {STAGE} WHERE {newer}")


def scope_condition(
    connection: duckdb.DuckDBPyConnection,
    read: ReadPlan,
    values: Sequence[str],
    after_cutoff: Collection[str],
    parent_snapshot: ParentSnapshot | None,
) -> str | None:
    """Return which rows of the table `t` the stage covers, as a SQL condition; None for no rows.

    Args:
        connection: To the working file.
        read: How the table was read.
        values: The values of the filter column whose rows were read; empty for all rows of the read.
        after_cutoff: The rows, or the parents of the rows, that are deferred to the next sync.
        parent_snapshot: For a child whose parent is in the same sync.
    """
    table = read.table
    if read.mode in {"changed", "children"} and not values:
        return None
    if table.parent is not None:
        ref = f"t.{quoted(table.parent.column)}"
        conditions = ["true"]
        if read.mode == "children":
            conditions = [_is_among(connection, ref, values, _parent_type(table))]
        if parent_snapshot is not None:
            conditions.append(f"{_waits(connection, table, ref, parent_snapshot)} IS NOT TRUE")
        if after_cutoff:
            _keep_keys(connection, "waiting_parents", sorted(after_cutoff), "VARCHAR")
            conditions.append(f"{ref}::VARCHAR NOT IN (SELECT k FROM temp.main.waiting_parents)")
        return " AND ".join(conditions)
    key = f"t.{quoted(table.key[0])}"
    conditions = ["true"]
    if read.mode == "changed":
        conditions = [_is_among(connection, key, values, DUCKDB_TYPES[table.column(table.key[0]).type])]
    if after_cutoff:
        _keep_keys(connection, "keys_after_cutoff", sorted(after_cutoff), "VARCHAR")
        conditions.append(f"{key}::VARCHAR NOT IN (SELECT k FROM temp.main.keys_after_cutoff)")
    return " AND ".join(conditions)


def _is_among(connection: duckdb.DuckDBPyConnection, ref: str, values: Sequence[str], type_: str) -> str:
    """Return the SQL condition that a column has one of the values that were read."""
    _keep_keys(connection, "values_read", values, type_)
    return f"{ref} IN (SELECT k FROM temp.main.values_read)"


def existing_keys(
    connection: duckdb.DuckDBPyConnection, table: str, column: str, keys: frozenset[str]
) -> frozenset[str]:
    """Return those of some keys that a column of a table has.

    Args:
        connection: To the working file.
        table: The table's name in DuckDB, as SQL.
        column: The column.
        keys: The keys, as text.
    """
    listed, ref = literal(sorted(keys)), quoted(column)
    found = f"SELECT DISTINCT {ref}::VARCHAR FROM {table} WHERE list_contains({listed}, {ref}::VARCHAR)"
    return frozenset(column_values(connection, found))


def _waits(
    connection: duckdb.DuckDBPyConnection, table: Table, ref: str, parent_snapshot: ParentSnapshot
) -> str:
    """Return the SQL condition that the parent in column `ref` came after the cutoff."""
    type_ = _parent_type(table)
    _keep_keys(connection, "parents_after_cutoff", sorted(parent_snapshot.after_cutoff), type_)
    known = f"{ref} IN (SELECT k FROM temp.main.parents_after_cutoff)"
    if type_ != "BIGINT":
        return f"({known})"
    # Without a known parent, every child came before its parent.
    greatest = f"SELECT coalesce(max({quoted(parent_snapshot.key)}), {_LEAST}) FROM {parent_snapshot.table}"
    return f"({known} OR {ref} > ({greatest}))"


def _parent_type(table: Table) -> str:
    return DUCKDB_TYPES[table.column(table.parent.column).type] if table.parent else "VARCHAR"


def _keep_keys(connection: duckdb.DuckDBPyConnection, name: str, keys: Sequence[str], type_: str) -> None:
    connection.execute(
        # One text: DuckDB parses a list of tens of thousands of literals slowly.
        f"CREATE OR REPLACE TEMP TABLE {name} AS "
        f"SELECT unnest(from_json({text(json.dumps(list(keys)))}, '[\"VARCHAR\"]'))::{type_} AS k"
    )
