"""What a sync reads of a table: all rows, the rows changed since, or the children of changed parents."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal, cast

from netsuite_pipeline.netsuite.suiteql import (
    Dialect,
    changed_before,
    changed_since,
    column_ref,
    counting,
    in_list,
    key_after,
    key_literal,
    key_up_to,
    label_item,
    newer_than,
    not_null,
    page_index,
    select_item,
    statement,
)
from netsuite_pipeline.tables import Parent, Table
from netsuite_pipeline.warehouse.state import TableState

Mode = Literal["full", "changed", "children", "keys"]

# A late commit becomes visible after the moment of its timestamp, so an hour before the watermark is read
# again (others read 24 hours again: facts 6.3). Equal rows are not written.
OVERLAP = timedelta(hours=1)
REPROBE_AFTER = timedelta(hours=24)
MAX_COUNTED_AHEAD = timedelta(days=2)
"""Rows with a timestamp up to so long after the cutoff are counted apart: some are deferred."""


Key = tuple[str, ...]
"""The values of all or the first columns of a key, as NetSuite sent them.

In a table without unique keys, `suiteql.null_key` stands for NULL.
"""


@dataclass(frozen=True)
class KeyRange:
    """A range of a table's keys, read independently of all other ranges.

    Attributes:
        after: Rows begin after this key, or after the last key with this prefix; None for no lower end.
        up_to: Rows end with this key, or with the last key with this prefix; None for no upper end.
        values: Rows whose `ReadPlan.filter_column` is one of these values, at most 1,000; empty for any.
    """

    after: Key | None = None
    up_to: Key | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadPlan:
    """How one table is read.

    Attributes:
        table: The table's spec; its key may lack parts that the account does not have.
        columns: The selected columns, with those of the key.
        labels: The columns whose label (`BUILTIN.DF`) is selected too.
        mode: `full`, `changed` (rows changed since), `children` (the rows of some parents) or `keys` (the
            keys of all rows).
        since: UTC. Mode `changed`: rows changed from then on. Mode `children`: the parents changed from then
            on, for a date range. Otherwise None.
        until: UTC, the exclusive end of the same range; None for no end.
        advances_watermark: The commit of this read moves the table's watermark to the cutoff. False for a
            date range that ends before the cutoff.
        include_null_cursor: Mode `changed` also selects rows whose cursor is null.
        dialect: What the account's SuiteQL supports.
        utc_offset: Session time minus UTC; used where the dialect lacks `SYS_EXTRACT_UTC`.
        unfiltered: NetSuite refuses to filter by the cursor, so all rows are read.
        distinct: Equal rows are returned once.
    """

    table: Table
    columns: tuple[str, ...]
    labels: tuple[str, ...]
    mode: Mode
    since: datetime | None = None
    until: datetime | None = None
    advances_watermark: bool = True
    include_null_cursor: bool = False
    dialect: Dialect = field(default_factory=Dialect)
    utc_offset: timedelta = timedelta(0)
    unfiltered: bool = False
    distinct: bool = False

    def excluding(self, names: Sequence[str]) -> "ReadPlan":
        """Return the read without some columns; `entity_label` names the label of `entity`."""
        left_out = set(names)
        return replace(
            self,
            columns=tuple(name for name in self.columns if name not in left_out),
            labels=tuple(
                name for name in self.labels if name not in left_out and f"{name}_label" not in left_out
            ),
        )

    @cached_property
    def result_columns(self) -> tuple[str, ...]:
        """The columns of a row of the reply, labels as `<column>_label`."""
        return (*self.columns, *(f"{name}_label" for name in self.labels))

    @property
    def filter_column(self) -> str:
        """The column of `KeyRange.values`: the parent's key, or the first of the table's own."""
        parent = self.table.parent
        return parent.column if self.mode == "children" and parent else self.table.key[0]

    def sql(self, key_range: KeyRange | None = None) -> str:
        """Return the statement of a page: the first rows of a key range."""
        conditions = self._conditions(key_range or KeyRange())
        return statement(self._items, self.table.source, conditions, self._order)

    @cached_property
    def _order(self) -> list[str]:
        """The expressions that rows are ordered and compared by: the key, never NULL."""
        table = self.table
        refs = [column_ref(table.name, name) for name in table.key]
        return refs if table.unique else _never_null(table, refs)

    @cached_property
    def _items(self) -> list[str]:
        """The select list, the same for every page."""
        kinds = {column.name: column.type for column in self.table.columns}
        name = self.table.name
        items = [select_item(name, column, kinds[column], self.dialect) for column in self.columns]
        items += [label_item(name, column) for column in self.labels]
        return [f"DISTINCT {items[0]}", *items[1:]] if self.distinct else items

    def index_sql(self, after: Key | None, every: int) -> str:
        """Return the statement of the page index: the last key of every page after a key."""
        key = [column_ref(self.table.name, name) for name in self.table.key]
        inner = statement(key, self.table.source, self._conditions(KeyRange(after)), self._order)
        order = () if self.table.unique else _never_null(self.table, self.table.key)
        return page_index(self.table.key, inner, every, order)

    def max_key_sql(self) -> str:
        """Return the statement whose first row has the greatest key."""
        key = [column_ref(self.table.name, name) for name in self.table.key]
        order = [f"{ref} DESC" for ref in self._order]
        return statement(key, self.table.source, self._conditions(KeyRange()), order)

    @property
    def counts_after_cutoff(self) -> bool:
        """Whether NetSuite can count the rows changed after the cutoff: by a cursor that it does not refuse.

        A read of keys alone has not tried the cursor.
        """
        return self.table.cursor is not None and (self.mode == "keys" or self.table.cursor in self.columns)

    def count_sql(self, cutoff: datetime | None) -> str:
        """Return the statement of the row count, and of the count of rows changed after the cutoff.

        Args:
            cutoff: UTC; None for the row count alone.
        """
        table = self.table
        if cutoff is None or table.cursor is None:
            return counting(table.source, table.conditions)
        newer = after_cutoff_condition(table.name, table.cursor, self._to_session_time(cutoff), self.dialect)
        return counting(table.source, table.conditions, newer)

    def remaining_count_sql(self, key_range: KeyRange, last: Key | None) -> str:
        """Return the statement that counts a key range (`counted`), and its rows after a key (`newer`)."""
        table = self.table
        after = ""
        if last is not None:
            after = key_after(self._order, _literals(table, last))
        return counting(table.source, self._conditions(key_range), after)

    def _to_session_time(self, moment: datetime) -> datetime:
        """Return a UTC moment in the time zone of the dialect."""
        return moment if self.dialect.utc else moment + self.utc_offset

    def _conditions(self, key_range: KeyRange) -> list[str]:
        table, key = self.table, self._order
        conditions = list(table.conditions)
        if self.mode == "changed" and table.cursor and self.since:
            conditions.append(
                changed_since(
                    table.name,
                    table.cursor,
                    self._to_session_time(self.since),
                    self.dialect,
                    include_null_cursor=self.include_null_cursor,
                )
            )
            if self.until is not None:
                conditions.append(
                    changed_before(table.name, table.cursor, self._to_session_time(self.until), self.dialect)
                )
        if key_range.values:
            kind = table.column(self.filter_column).type
            literals = [key_literal(value, kind) for value in key_range.values]
            conditions.append(in_list(column_ref(table.name, self.filter_column), literals))
        if key_range.after is not None:
            # A prefix excludes every key that begins with it.
            conditions.append(key_after(key[: len(key_range.after)], _literals(table, key_range.after)))
        if key_range.up_to is not None:
            conditions.append(key_up_to(key, _literals(table, key_range.up_to)))
        return conditions


def after_cutoff_condition(table: str, cursor: str, cutoff: datetime, dialect: Dialect) -> str:
    """Return the condition of rows that are deferred to the next sync: their timestamp is after the cutoff.

    A timestamp days ahead is wrong, not newer: such rows are stored (sync/load/cutoff_filter.py).

    Args:
        table: The table's name.
        cursor: The cursor's name.
        cutoff: In UTC when `dialect.utc`, otherwise in the session's time zone.
        dialect: What the account's SuiteQL supports.
    """
    ahead = cutoff + MAX_COUNTED_AHEAD
    return f"{newer_than(table, cursor, cutoff, dialect)} AND {changed_before(table, cursor, ahead, dialect)}"


def _never_null(table: Table, refs: Sequence[str]) -> list[str]:
    return [not_null(ref, table.column(name).type) for name, ref in zip(table.key, refs, strict=True)]


def _literals(table: Table, key: Key) -> list[str]:
    named = zip(table.key, key, strict=False)
    return [key_literal(value, table.column(name).type) for name, value in named]


def plan_read(
    table: Table,
    state: TableState | None,
    *,
    full: bool,
    now: datetime,
    overlap: timedelta = OVERLAP,
    dialect: Dialect | None = None,
) -> ReadPlan:
    """Decide how a table is read in this sync.

    Args:
        table: Its spec.
        state: Its state; None before the first sync.
        full: Read all rows, and select unavailable columns again.
        now: UTC.
        overlap: How far before the watermark the read begins.
        dialect: What the account's SuiteQL supports, as far as known.

    Returns:
        The read: full the first time, and always for a table with neither cursor nor parent.
    """
    ask_all = full or state is None or is_reprobe_due(state, now)
    absent: frozenset[str] = frozenset() if ask_all or state is None else frozenset(state.unavailable_columns)
    known = dialect or Dialect()
    read = ReadPlan(
        table,
        columns=tuple(column.name for column in table.columns),
        labels=tuple(column.name for column in table.columns if column.label) if known.labels else (),
        mode="full",
        dialect=known,
    )
    # A part of the key that is available again changes every row's key: only a full read may select it.
    read = with_shorter_key(read, () if full or state is None else state.unavailable_columns)
    read = read.excluding(sorted((absent | set(table.key)) - set(read.table.key)))
    if full or state is None or state.watermark is None or _has_gaps(read, state):
        return read
    if table.parent is not None:
        return replace(read, mode="children")
    if table.cursor is not None and table.cursor in read.columns:
        return replace(
            read, mode="changed", since=state.watermark - overlap, include_null_cursor=state.null_cursors
        )
    return read


def is_reprobe_due(state: TableState, now: datetime) -> bool:
    """Return whether unavailable columns are to be selected again."""
    return now - state.unavailable_checked_at >= REPROBE_AFTER


def with_shorter_key(read: ReadPlan, names: Collection[str]) -> ReadPlan:
    """Return the read with a key that lacks unavailable columns.

    Args:
        read: The read.
        names: Unavailable columns. Those of the key are dropped from it, unless none would be left.
    """
    key = shorter_key(read.table, names)
    return read if key == read.table.key else replace(read, table=replace(read.table, key=key))


def shorter_key(table: Table, names: Collection[str]) -> tuple[str, ...]:
    """Return a table's key without some columns; the whole key where nothing would be left."""
    return tuple(name for name in table.key if name not in names) or table.key


def _has_gaps(read: ReadPlan, state: TableState) -> bool:
    """Return whether stored rows lack columns that the table has now."""
    new = set(read.result_columns) - set(state.columns) - set(state.unavailable_columns)
    return state.full_wanted or bool(new)


def key_scan_plan(table: Table) -> ReadPlan:
    """Return the read of the keys of all rows."""
    return ReadPlan(table, table.key, labels=(), mode="keys")


def rows_by_key_plan(read: ReadPlan) -> ReadPlan:
    """Return the read of single rows by key, with the columns of another read."""
    return replace(read, mode="changed", since=None, until=None)


def changed_parents_plan(
    parent: Table, since: datetime, dialect: Dialect, until: datetime | None = None
) -> ReadPlan:
    """Return the read of the keys of a table's rows changed in a range.

    Args:
        parent: The table, in general the parent of the one that is read.
        since: The start, UTC.
        until: The exclusive end, UTC; None for no end.
        dialect: What the account's SuiteQL supports.
    """
    return ReadPlan(
        parent,
        parent.key,
        labels=(),
        mode="changed",
        since=since,
        until=until,
        dialect=dialect,
    )


def changed_rows_plan(read: ReadPlan, since: datetime, until: datetime | None, *, distinct: bool) -> ReadPlan:
    """Return the read of the parents of a child's rows whose own timestamp lies in a range.

    Args:
        read: How the child is read.
        since: The start, UTC.
        until: The exclusive end, UTC; None for no end.
        distinct: Select each parent once; otherwise select the parent and the key of every row.

    Returns:
        A read of the child by its `row_cursor`, whose key is the parent's column, or begins with it.
    """
    child = read.table
    parent = cast(Parent, child.parent).column
    key = (parent,) if distinct else (*dict.fromkeys((parent, *child.key)),)
    where = child.where
    if parent not in child.key:
        has_parent = f"{column_ref(child.name, parent)} IS NOT NULL"
        where = f"({where}) AND {has_parent}" if where else has_parent
    return ReadPlan(
        replace(child, key=key, cursor=child.row_cursor, parent=None, row_cursor=None, where=where),
        key,
        labels=(),
        mode="changed",
        since=since,
        until=until,
        dialect=read.dialect,
        utc_offset=read.utc_offset,
        distinct=distinct,
    )


def facts_and_lists(tables: Sequence[Table]) -> tuple[tuple[Table, ...], tuple[Table, ...]]:
    """Split tables into facts (with a cursor, a parent or children) and lists (all others).

    A list cannot be cut at the cutoff. Read after the facts, it holds every row that a fact points to.
    """
    parents = set(parent_tables(tables).values())
    facts = tuple(table for table in tables if table.cursor or table.parent or table.name in parents)
    return facts, tuple(table for table in tables if table not in facts)


def parent_tables(tables: Sequence[Table]) -> Mapping[str, str]:
    """Return child to parent, for the children whose parent is among the tables."""
    names = {table.name for table in tables}
    return {
        table.name: table.parent.table
        for table in tables
        if table.parent is not None and table.parent.table in names
    }
