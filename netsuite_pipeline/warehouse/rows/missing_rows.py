"""Rows that NetSuite no longer returns without a known deletion: they are kept and marked as missing."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime

import duckdb

from netsuite_pipeline.warehouse.rows.counts import CountsByTable
from netsuite_pipeline.warehouse.schema.schema import (
    StoredTable,
    column_values,
    key_text,
    literal,
    of_table,
    present_columns,
    quoted,
    text,
)
from netsuite_pipeline.warehouse.staging.stage_sql import STAGE

_MARKS = "_netsuite.missing_rows"
_COUNTS = CountsByTable(
    "counted_marks", _MARKS, "count(*) AS marked, count(*) FILTER (missing_with IS NULL) AS unexplained"
)
# Columns by which a role can be restricted, or that distinguish kinds of records; the first match is named.
_GROUPS = (
    "recordtype",
    "type",
    "itemtype",
    "accttype",
    "subsidiary",
    "location",
    "department",
    "class",
    "accountingbook",
    "pricelevel",
    "entitystatus",
)
_MOST_VALUES_NAMED = 3


@dataclass(frozen=True)
class Group:
    """What missing rows have in common.

    Attributes:
        column: The column whose values they share; empty if they share only their table.
        values: These values, at most three, as people see them.
        whole: Whether every row with these values is missing.
    """

    column: str = ""
    values: tuple[str, ...] = ()
    whole: bool = False

    def of(self, missing: int) -> str:
        """Return words for the missing rows.

        Args:
            missing: Their number.

        Example:
            >>> Group("type", ("VendBill",), whole=True).of(500)
            'all 500 with type VendBill'
            >>> Group(whole=True).of(40), Group().of(7)
            ('all 40 of the table', '7 with nothing in common')
        """
        if not self.column:
            return f"all {missing:,} of the table" if self.whole else f"{missing:,} with nothing in common"
        return f"{'all ' if self.whole else ''}{missing:,} with {self.column} {', '.join(self.values)}"


def marks(table: StoredTable) -> str:
    """Return the SQL of all marks of a table, with the column `key`."""
    return f"(SELECT key FROM {_MARKS} WHERE {of_table(table.schema, table.name)})"


def count_marks(connection: duckdb.DuckDBPyConnection, table: StoredTable) -> int:
    """Count the rows of a table that are marked as missing."""
    return _COUNTS.count(connection, "marked", table)


def count_missing(connection: duckdb.DuckDBPyConnection, table: StoredTable) -> int:
    """Count the rows of a table that are marked as missing, without those whose owner is missing too."""
    return _COUNTS.count(connection, "unexplained", table)


def mark_missing(
    connection: duckdb.DuckDBPyConnection,
    table: StoredTable,
    keys_ref: str,
    *,
    since: datetime,
    sync_id: str,
    missing_with: str = "NULL",
) -> None:
    """Mark rows as missing; earlier marks keep their time.

    Args:
        connection: To the working file, in the transaction that found them.
        table: The rows' table.
        keys_ref: A table of their keys, as SQL.
        since: UTC.
        sync_id: The sync that found them.
        missing_with: The table of their missing owner, as SQL; NULL if no owner is missing.
    """
    connection.execute(
        f"INSERT INTO {_MARKS} SELECT DISTINCT {text(table.schema)}, {text(table.name)}, n.key, "
        f"{literal(since)}, {text(sync_id)}, n.missing_with "
        f"FROM (SELECT {key_text(table, 'g')} AS key, {missing_with} AS missing_with FROM {keys_ref} g) n "
        f"ANTI JOIN {marks(table)} m ON m.key = n.key"
    )
    _COUNTS.forget(connection)


def unmark_seen(connection: duckdb.DuckDBPyConnection, table: StoredTable) -> None:
    """Remove the marks of staged rows, which NetSuite returns again."""
    if count_marks(connection, table):
        _unmark(connection, table, f"key IN (SELECT {key_text(table, 's')} FROM {STAGE} s)")


def unmark_removed(connection: duckdb.DuckDBPyConnection, table: StoredTable) -> None:
    """Remove the marks of rows that are no longer stored."""
    if count_marks(connection, table):
        _unmark(connection, table, f"key NOT IN (SELECT {key_text(table, 't')} FROM {table.ref} t)")


def returned_keys(connection: duckdb.DuckDBPyConnection, table: StoredTable) -> tuple[str, ...]:
    """Return the first part of the keys that are marked as missing and staged, as text.

    Args:
        connection: To the working file, the stage attached.
        table: The keys' table.
    """
    if not count_marks(connection, table):
        return ()
    found = column_values(
        connection,
        f"SELECT DISTINCT s.{quoted(table.key[0])} AS k FROM {STAGE} s SEMI JOIN {marks(table)} m "
        f"ON m.key = {key_text(table, 's')} ORDER BY k",
    )
    return tuple(map(str, found))


def common_group(
    connection: duckdb.DuckDBPyConnection, table: StoredTable, lines: StoredTable | None = None
) -> Group:
    """Return what the rows that are marked as missing have in common.

    Args:
        connection: To the working file.
        table: The rows' table.
        lines: For transactions, the table of their lines, which has their subsidiary.
    """
    total, missing = _totals(connection, table.ref, table)
    if missing and missing == total:
        return Group(whole=True)
    present = present_columns(connection, table.schema, table.name)
    found = [
        _group_by(connection, table, table.ref, column, present) for column in _GROUPS if column in present
    ]
    if lines is not None and "subsidiary" in present_columns(connection, lines.schema, lines.name):
        header, key = quoted(table.key[0]), quoted(lines.key[0])
        joined = (
            f"(SELECT t.{header}, any_value(l.subsidiary) AS subsidiary FROM {table.ref} t "
            f"JOIN {lines.ref} l ON l.{key} = t.{header} GROUP BY ALL)"
        )
        found.append(_group_by(connection, table, joined, "subsidiary", {}))
    # A completely missing group explains more than a partly missing one.
    groups = sorted(filter(None, found), key=lambda group: not group.whole)
    return groups[0] if groups else Group()


def _totals(connection: duckdb.DuckDBPyConnection, ref: str, table: StoredTable) -> tuple[int, int]:
    row = connection.execute(
        f"SELECT count(*), count(m.key) FROM {ref} t LEFT JOIN {marks(table)} m "
        f"ON m.key = {key_text(table, 't')}"
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def _group_by(
    connection: duckdb.DuckDBPyConnection, table: StoredTable, ref: str, column: str, present: Container[str]
) -> Group | None:
    """Return the group of the missing rows by one column, if few values cover them and not all rows."""
    label = f"{column}_label"
    shown = f"t.{quoted(label)}::VARCHAR" if label in present else f"t.{quoted(column)}::VARCHAR"
    rows = connection.execute(
        f"SELECT any_value({shown}), count(*), count(m.key) FROM {ref} t LEFT JOIN {marks(table)} m "
        f"ON m.key = {key_text(table, 't')} GROUP BY t.{quoted(column)} ORDER BY 3 DESC, 1"
    ).fetchall()
    hit = [(value, total, missing) for value, total, missing in rows if missing]
    if not hit or len(hit) > _MOST_VALUES_NAMED or len(hit) == len(rows):
        return None
    values = tuple("(empty)" if value is None else str(value) for value, _, _ in hit)
    return Group(column, values, whole=all(total == missing for _, total, missing in hit))


def _unmark(connection: duckdb.DuckDBPyConnection, table: StoredTable, where: str) -> None:
    connection.execute(f"DELETE FROM {_MARKS} WHERE {of_table(table.schema, table.name)} AND {where}")
    _COUNTS.forget(connection)
