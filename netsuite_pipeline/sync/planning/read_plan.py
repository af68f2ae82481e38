"""What to ask NetSuite for a table: all of it, what changed since, or the children of what changed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal

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
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.state import TableState

Mode = Literal["full", "changed", "children", "keys"]

# Late commits carry an older stamp than the moment they become visible; an hour behind the watermark is read
# again (others re-read 24 hours: facts 6.3). Rows that turn out equal are not written.
OVERLAP = timedelta(hours=1)
REPROBE_AFTER = timedelta(hours=24)
MAX_COUNTED_AHEAD = timedelta(days=2)
"""Rows stamped up to so long after the cutoff are counted apart: some of them wait for the next sync."""


Key = tuple[str, ...]
"""The values of a key's columns as NetSuite sent them, or of its first columns. Where the table's keys
are not unique, `suiteql.null_key` stands for NULL."""


@dataclass(frozen=True)
class KeyRange:
    """One stretch of a table that is asked for by itself, independent of all others.

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
        table: Its spec.
        columns: The columns asked for, the key's among them.
        labels: Those whose display name is asked for too.
        mode: `full`, `changed` (rows changed at `since` or later), `children` (rows of some parents) or
            `keys` (nothing but the keys of all rows).
        since: UTC; in mode `changed` from when on, in mode `children` since when parents have changed where a
            span of time is read; otherwise None.
        until: UTC; likewise, before when. None for no end.
        advances_watermark: The commit of this read moves the table's watermark to the cutoff. False for a
            date range that ends before the cutoff.
        include_null_cursor: In mode `changed`, also rows whose cursor is null.
        dialect: What this account's SuiteQL can do.
        utc_offset: How far the session's clock is behind UTC; used when `dialect.utc` is off.
        unfiltered: NetSuite refuses to filter by the cursor, so all rows are read, not only changed ones.
        distinct: Whether equal rows come once.
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
        """The same read, asking for fewer columns; `entity_label` names a label."""
        left_out = set(names)
        return replace(
            self,
            columns=tuple(name for name in self.columns if name not in left_out),
            labels=tuple(
                name for name in self.labels if name not in left_out and f"{name}_label" not in left_out
            ),
        )

    @property
    def result_columns(self) -> tuple[str, ...]:
        """The keys that a row of the reply can have."""
        return (*self.columns, *(f"{name}_label" for name in self.labels))

    @property
    def filter_column(self) -> str:
        """The column that a place's `among` is about: the parent's key, or the table's own."""
        parent = self.table.parent
        return parent.column if self.mode == "children" and parent else self.table.key[0]

    def sql(self, place: KeyRange | None = None) -> str:
        """The statement for one page: the first rows of a place."""
        conditions = self._conditions(place or KeyRange())
        return statement(self._items, self.table.source, conditions, self._order)

    @cached_property
    def _order(self) -> list[str]:
        """What rows are ordered and compared by: the key's columns, none of them ever NULL."""
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

    def index_sql(self, low: Key | None, every: int) -> str:
        """The statement for where the pages behind a key end."""
        key = [column_ref(self.table.name, name) for name in self.table.key]
        inner = statement(key, self.table.source, self._conditions(KeyRange(low)), self._order)
        order = () if self.table.unique else _never_null(self.table, self.table.key)
        return page_index(self.table.key, inner, every, order)

    def max_key_sql(self) -> str:
        """The statement whose first row is the greatest key."""
        key = [column_ref(self.table.name, name) for name in self.table.key]
        order = [f"{ref} DESC" for ref in self._order]
        return statement(key, self.table.source, self._conditions(KeyRange()), order)

    @property
    def counts_after_cutoff(self) -> bool:
        """Whether NetSuite can be asked how many rows changed after the cutoff: by a cursor that is not
        refused. Of the keys alone nobody knows that yet."""
        return self.table.cursor is not None and (self.mode == "keys" or self.table.cursor in self.columns)

    def count_sql(self, cutoff: datetime | None) -> str:
        """The statement for how many rows there are, and how many of them changed after the cutoff (None: not
        asked)."""
        table = self.table
        if cutoff is None or table.cursor is None:
            return counting(table.source, table.conditions)
        newer = after_cutoff_condition(table.name, table.cursor, self._to_session_time(cutoff), self.dialect)
        return counting(table.source, table.conditions, newer)

    def remaining_count_sql(self, place: KeyRange, last: Key | None) -> str:
        """The statement for how many rows a place has (`counted`), and how many of them are behind a key
        (`newer`)."""
        table = self.table
        behind = ""
        if last is not None:
            behind = key_after(self._order, _literals(table, last))
        return counting(table.source, self._conditions(place), behind)

    def _to_session_time(self, moment: datetime) -> datetime:
        """A UTC moment, as this account's SuiteQL is to be told it."""
        return moment if self.dialect.utc else moment - self.utc_offset

    def _conditions(self, place: KeyRange) -> list[str]:
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
        if place.values:
            kind = table.column(self.filter_column).type
            literals = [key_literal(value, kind) for value in place.values]
            conditions.append(in_list(column_ref(table.name, self.filter_column), literals))
        if place.after is not None:
            # A low that names the first columns alone is behind every key that begins like it.
            conditions.append(key_after(key[: len(place.after)], _literals(table, place.after)))
        if place.up_to is not None:
            conditions.append(key_up_to(key, _literals(table, place.up_to)))
        return conditions


def after_cutoff_condition(table: str, cursor: str, cutoff: datetime, dialect: Dialect) -> str:
    """Return the condition that a row may wait for the next sync: its stamp is later than the cutoff.

    A stamp that is days ahead is wrong, not newer: such rows are stored (sync/load/cutoff_filter.py).

    Args:
        table, cursor: The table's name, and its cursor's.
        cutoff: In UTC when `dialect.utc`, otherwise in the session's time zone.
        dialect: What this account's SuiteQL can do.
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
    """Decides how a table is read in this sync.

    Args:
        table: Its spec.
        state: What was synced before, or None.
        full: Read all of it whatever was read before, and ask again for what the account did not have.
        now: UTC.
        overlap: How far behind the watermark to begin.
        dialect: What this account's SuiteQL can do, as far as it is known.

    Returns:
        The read: full the first time, and always for a table with neither cursor nor parent.
    """
    ask_all = full or state is None or is_reprobe_due(state, now)
    absent: frozenset[str] = frozenset() if ask_all or state is None else frozenset(state.unavailable_columns)
    spoken = dialect or Dialect()
    read = ReadPlan(
        table,
        columns=tuple(column.name for column in table.columns),
        labels=tuple(column.name for column in table.columns if column.label) if spoken.labels else (),
        mode="full",
        dialect=spoken,
    )
    # A part of the key that comes back changes every row's key: only a full read may ask for it.
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
    """Whether what the account did not have is to be asked for again."""
    return now - state.unavailable_checked_at >= REPROBE_AFTER


def with_shorter_key(read: ReadPlan, names: Collection[str]) -> ReadPlan:
    """The same read, by a key that lacks some columns: those that the account does not have.

    Args:
        read: The read.
        names: Columns that are not asked for. Those of the key are dropped from it, but for the last one.
    """
    key = shorter_key(read.table, names)
    return read if key == read.table.key else replace(read, table=replace(read.table, key=key))


def shorter_key(table: Table, names: Collection[str]) -> tuple[str, ...]:
    """What is left of a table's key without some columns; all of it where nothing would be left."""
    return tuple(name for name in table.key if name not in names) or table.key


def _has_gaps(read: ReadPlan, state: TableState) -> bool:
    """Whether rows that were stored before lack columns that there are now."""
    new = set(read.result_columns) - set(state.columns) - set(state.unavailable_columns)
    return state.full_wanted or bool(new)


def key_scan_plan(table: Table) -> ReadPlan:
    """Asks for the keys of all rows and nothing else, to see which are gone."""
    return ReadPlan(table, table.key, labels=(), mode="keys")


def rows_by_key_plan(read: ReadPlan) -> ReadPlan:
    """Asks for rows by their keys: of the columns of another read of the table."""
    return replace(read, mode="changed", since=None, until=None)


def changed_parents_plan(
    parent: Table, since: datetime, dialect: Dialect, utc_offset: timedelta, until: datetime | None = None
) -> ReadPlan:
    """Asks only for the keys of the parents that changed, for a child that lags behind its parent or is read
    of a span of time."""
    return ReadPlan(
        parent,
        parent.key,
        labels=(),
        mode="changed",
        since=since,
        until=until,
        dialect=dialect,
        utc_offset=utc_offset,
    )


def changed_rows_plan(read: ReadPlan, since: datetime, until: datetime | None, *, distinct: bool) -> ReadPlan:
    """Asks only for the parents of a child's rows whose own stamp moved.

    Args:
        read: How the child is read.
        since, until: UTC; from when on the rows changed, and before when. None for no end.
        distinct: Ask for each parent once; otherwise for the key of every row, which begins with its parent
            or names it.

    Returns:
        A read of the child by its own stamp, whose key is the parent's column, or has it.
    """
    child = read.table
    assert child.parent is not None
    parent = child.parent.column
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
    """Splits tables: first those with a cursor, a parent or children, then the lists that they point to.

    Lists without a cursor cannot be cut at the sync's cutoff; read after the facts, they hold every row that
    a fact can point to.
    """
    parents = set(parent_tables(tables).values())
    facts = tuple(table for table in tables if table.cursor or table.parent or table.name in parents)
    return facts, tuple(table for table in tables if table not in facts)


def parent_tables(tables: Sequence[Table]) -> Mapping[str, str]:
    """Child to parent, for those children whose parent is among the tables too."""
    names = {table.name for table in tables}
    return {
        table.name: table.parent.table
        for table in tables
        if table.parent is not None and table.parent.table in names
    }
