"""What a sync's stage leaves for the next one, and which of the table's rows it speaks for."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from netsuite_pipeline.sync.plan import Read
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.reading import STAGE
from netsuite_pipeline.warehouse.schema import DUCKDB_TYPES, literal, quoted, text

_LEAST = -(2**63)


@dataclass(frozen=True)
class Parentage:
    """What a child must know of its parent when both are read in one sync.

    Attributes:
        table: The parent's name in DuckDB, as SQL.
        key: The parent's key column.
        beyond: Parents that were seen newer than the cutoff: like them, their children wait a sync.
    """

    table: str
    key: str
    beyond: frozenset[str]


def hold_back_beyond(connection: duckdb.DuckDBPyConnection, read: Read, cutoff: datetime) -> frozenset[str]:
    """Takes rows newer than the cutoff out of the stage, so that all tables show the same moment.

    Returns:
        The first part of their keys, as text.
    """
    table = read.table
    if table.cursor is None or table.cursor not in read.columns:
        return frozenset()
    rows = connection.execute(
        f"DELETE FROM {STAGE} WHERE TRY_CAST({quoted(table.cursor)} AS TIMESTAMP) > {literal(cutoff)} "
        f"RETURNING {quoted(table.key[0])}::VARCHAR"
    ).fetchall()
    return frozenset(row[0] for row in rows if row[0] is not None)


def hold_back_children(
    connection: duckdb.DuckDBPyConnection, table: Table, parentage: Parentage | None
) -> int:
    """Takes children of parents that came after the cutoff out of the stage.

    Ids grow, so a parent behind the largest id that is known came after its table was read. A child whose
    parent is missing for another reason is NetSuite's own affair and stays.

    Returns:
        How many.
    """
    if table.parent is None or parentage is None:
        return 0
    _keep_keys(connection, "beyond_parents", sorted(parentage.beyond), _parent_type(table))
    row = connection.execute(
        f"DELETE FROM {STAGE} WHERE {_waits(table, quoted(table.parent.column), parentage)}"
    ).fetchone()
    return int(row[0]) if row else 0


def gone_where(
    connection: duckdb.DuckDBPyConnection,
    read: Read,
    parents: Sequence[str],
    beyond: Collection[str],
    parentage: Parentage | None,
) -> str | None:
    """Which rows of the table `t` the stage speaks for, as a condition: all, those of the parents asked for,
    or none."""
    table = read.table
    if read.mode == "changed" or (read.mode == "children" and not parents):
        return None
    if table.parent is not None:
        ref = f"t.{quoted(table.parent.column)}"
        conditions = ["true"]
        if read.mode == "children":
            _keep_keys(connection, "asked_parents", parents, _parent_type(table))
            conditions = [f"{ref} IN (SELECT k FROM temp.main.asked_parents)"]
        if parentage is not None:
            _keep_keys(connection, "beyond_parents", sorted(parentage.beyond), _parent_type(table))
            conditions.append(f"{_waits(table, ref, parentage)} IS NOT TRUE")
        return " AND ".join(conditions)
    if not beyond:
        return "true"
    _keep_keys(connection, "beyond_keys", sorted(beyond), "VARCHAR")
    return f"t.{quoted(table.key[0])}::VARCHAR NOT IN (SELECT k FROM temp.main.beyond_keys)"


def keys_among(
    connection: duckdb.DuckDBPyConnection, table: str, column: str, keys: frozenset[str]
) -> frozenset[str]:
    """Those of some keys that a column of a table has.

    Args:
        table: Its name in DuckDB, as SQL.
        keys: As text.
    """
    listed, ref = literal(sorted(keys)), quoted(column)
    rows = connection.execute(
        f"SELECT DISTINCT {ref}::VARCHAR FROM {table} WHERE list_contains({listed}, {ref}::VARCHAR)"
    ).fetchall()
    return frozenset(row[0] for row in rows)


def _waits(table: Table, ref: str, parentage: Parentage) -> str:
    """The condition that the parent in column `ref` came after the cutoff."""
    known = f"{ref} IN (SELECT k FROM temp.main.beyond_parents)"
    if _parent_type(table) != "BIGINT":
        return f"({known})"
    # Where no parent is known, every child came before its parent.
    greatest = f"SELECT coalesce(max({quoted(parentage.key)}), {_LEAST}) FROM {parentage.table}"
    return f"({known} OR {ref} > ({greatest}))"


def _parent_type(table: Table) -> str:
    return DUCKDB_TYPES[table.column(table.parent.column).type] if table.parent else "VARCHAR"


def _keep_keys(connection: duckdb.DuckDBPyConnection, name: str, keys: Sequence[str], type_: str) -> None:
    connection.execute(
        # One text, for a list of tens of thousands of literals takes long to be understood.
        f"CREATE OR REPLACE TEMP TABLE {name} AS "
        f"SELECT unnest(from_json({text(json.dumps(list(keys)))}, '[\"VARCHAR\"]'))::{type_} AS k"
    )
