"""One stored table as it can be compared with NetSuite: its columns, its key, how new it is."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import duckdb

from netsuite_pipeline.netsuite.suiteql import column_ref, statement
from netsuite_pipeline.tables import Column, Table
from netsuite_pipeline.tables.hashed_columns import queried_table
from netsuite_pipeline.tables.row_hash import TOO_LARGE
from netsuite_pipeline.warehouse.schema.schema import (
    DUCKDB_TYPES,
    StoredTable,
    column_values,
    has_rows,
    key_text,
    literal,
    of_table,
    present_columns,
    quoted,
)
from netsuite_pipeline.warehouse.state import TableState, read_states

LATE_COMMIT = timedelta(hours=1)
"""How far before its watermark a sync reads a table again, because NetSuite may commit a change late."""
_STAMP = "lastmodifieddate"


@dataclass(frozen=True)
class ComparedTable:
    """A stored table.

    Attributes:
        spec: The table's spec, as NetSuite is queried for it.
        schema: Its schema: the connection's name.
        key: Its key, without the parts that the account does not have.
        columns: The columns that NetSuite and DuckDB can both compute with.
        received: All columns that NetSuite sent.
        read_up_to: The table has NetSuite's changes up to this time, UTC.
        excluded: The SQL condition of rows `t` that are marked as missing; empty for none.
        skipped: The columns that cannot be compared, with the reason.
        parent: The parent's spec where it has a condition; None for a parent without one, or no parent.
    """

    spec: Table
    schema: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    received: frozenset[str]
    read_up_to: datetime
    excluded: str = ""
    skipped: Mapping[str, str] = field(default_factory=dict)
    parent: Table | None = None

    @property
    def name(self) -> str:
        """The table's name."""
        return self.spec.name

    @property
    def ref(self) -> str:
        """The stored table, as SQL."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def filter_column(self) -> str:
        """The column whose values select rows: the parent's key, or the first of the table's own."""
        return self.spec.parent.column if self.spec.parent is not None else self.key[0]

    @property
    def filter_ref(self) -> str:
        """The same column in SuiteQL."""
        return column_ref(self.name, self.filter_column)

    @property
    def filter_kind(self) -> str:
        """The type of that column."""
        return self.spec.column(self.filter_column).type

    @property
    def stamp(self) -> str | None:
        """The column that changes with every change of a row that NetSuite records; None without one."""
        if self.spec.cursor is not None:
            return self.spec.cursor if self.spec.cursor in self.received else None
        return _STAMP if self.spec.parent is None and _STAMP in self.received else None

    @property
    def row_stamp(self) -> str | None:
        """Of a table with a parent, the column that changes with a row of its own."""
        return self.spec.row_cursor if self.spec.row_cursor in self.received else None

    @property
    def changes_since(self) -> datetime:
        """Changes from this time (UTC) on are for the next sync."""
        return self.read_up_to - LATE_COMMIT

    @property
    def is_read_in_full(self) -> bool:
        """Whether every sync reads all rows: the table has neither cursor nor parent."""
        return self.spec.cursor is None and self.spec.parent is None

    @property
    def conditions(self) -> tuple[str, ...]:
        """The SuiteQL conditions of its rows: its own, and that their parent is selected."""
        if self.parent is None:
            return self.spec.conditions
        key = column_ref(self.parent.name, self.parent.key[0])
        parents = statement([key], self.parent.source, self.parent.conditions, ())
        return (*self.spec.conditions, f"{self.filter_ref} IN ({parents})")

    def stored_rows(self) -> str:
        """Return the stored rows that NetSuite shows, as a SQL source."""
        conditions = [f"NOT ({self.excluded})"] if self.excluded else []
        if self.parent is not None:
            parents = f"{quoted(self.schema)}.{quoted(self.parent.name)}"
            key = quoted(self.parent.key[0])
            conditions.append(f"t.{quoted(self.filter_column)} IN (SELECT {key} FROM {parents})")
        where = " AND ".join(conditions)
        return f"(SELECT * FROM {self.ref} t WHERE {where})" if where else self.ref


def compared_tables(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    tables: Collection[Table],
    marked_before: datetime | None = None,
) -> dict[str, ComparedTable]:
    """Return the stored tables by name, without those of which only date ranges were read.

    Args:
        connection: To the published file.
        schema: The connection's name.
        tables: The specs.
        marked_before: Only rows that were marked as missing before this time (UTC) stay out of the
            comparison; None for all marked rows.
    """
    states = (
        read_states(connection, schema) if present_columns(connection, "_netsuite", "table_state") else {}
    )
    by_name = {table.name: table for table in tables}
    found = {}
    for table in tables:
        state = states.get(table.name)
        stored = present_columns(connection, schema, table.name) if state is not None else {}
        if state is not None and stored and state.full_read_at is not None:
            compared = _compared_table(connection, schema, queried_table(table), state, stored, marked_before)
            parent = by_name.get(table.parent.table) if table.parent is not None else None
            has_condition = parent is not None and parent.where is not None and parent.name in states
            found[table.name] = replace(compared, parent=parent) if has_condition else compared
    return found


def _compared_table(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    spec: Table,
    state: TableState,
    stored: Mapping[str, str],
    marked_before: datetime | None,
) -> ComparedTable:
    received = frozenset(state.columns).difference(state.unavailable_columns).intersection(stored)
    key = state.stored_key or spec.key
    skipped = _skipped_columns(connection, schema, spec, stored)
    columns = tuple(
        column for column in spec.columns if column.name in received and column.name not in skipped
    )
    read_up_to = state.watermark or state.synced_at
    excluded = _excluded(connection, schema, spec, key, marked_before)
    return ComparedTable(spec, schema, key, columns, received, read_up_to, excluded, skipped)


def _skipped_columns(
    connection: duckdb.DuckDBPyConnection, schema: str, spec: Table, stored: Mapping[str, str]
) -> dict[str, str]:
    """Return the columns that cannot be compared, with the reason."""
    skipped = dict.fromkeys(spec.hashed, "hashed")
    for column in spec.columns:
        if column.name in stored and stored[column.name] != DUCKDB_TYPES[column.type]:
            skipped[column.name] = f"stored as {stored[column.name]}"
    decimals = [
        quoted(column.name)
        for column in spec.columns
        if column.type == "decimal" and column.name in stored and column.name not in skipped
    ]
    if decimals:
        greatest = ", ".join(f"coalesce(max(abs({name})), 0)" for name in decimals)
        ref = f"{quoted(schema)}.{quoted(spec.name)}"
        figures = connection.execute(f"SELECT {greatest} FROM {ref}").fetchall()[0]
        large = [name.strip('"') for name, each in zip(decimals, figures, strict=True) if each >= TOO_LARGE]
        skipped.update(dict.fromkeys(large, "too large"))
    rejected = column_values(
        connection,
        f"SELECT DISTINCT column_name FROM _netsuite.rejected_values WHERE {of_table(schema, spec.name)}",
    )
    skipped.update(dict.fromkeys(map(str, rejected), "has values that do not fit"))
    return skipped


def _excluded(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    spec: Table,
    key: tuple[str, ...],
    marked_before: datetime | None,
) -> str:
    """Return the condition of rows that NetSuite did not show to an earlier sync."""
    since = "" if marked_before is None else f" AND missing_since < {literal(marked_before)}"
    keys = {spec.name: key_text(StoredTable(schema, spec.name, key, ()), "t")}
    if spec.parent is not None:
        keys[spec.parent.table] = f"coalesce(t.{quoted(spec.parent.column)}::VARCHAR, '')"
    conditions = []
    for table, row_key in keys.items():
        marks = f"FROM _netsuite.missing_rows WHERE {of_table(schema, table)}{since}"
        if has_rows(connection, f"SELECT 1 {marks} LIMIT 1"):
            conditions.append(f"{row_key} IN (SELECT key {marks})")
    return " OR ".join(conditions)
