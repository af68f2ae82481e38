"""What to ask NetSuite for a table: all of it, what changed since, or the children of what changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from netsuite_pipeline.netsuite.suiteql import (
    Speech,
    changed_since,
    column_ref,
    in_list,
    key_after,
    key_literal,
    label_item,
    select_item,
    statement,
)
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.state import TableState

Mode = Literal["full", "changed", "children"]

# Late commits carry an older stamp than the moment they become visible; an hour behind the watermark is read
# again (others re-read 24 hours: facts 6.3). Rows that turn out equal are not written.
OVERLAP = timedelta(hours=1)
ASK_ABSENT_AGAIN_AFTER = timedelta(hours=24)


@dataclass(frozen=True)
class Read:
    """How one table is read.

    Attributes:
        table: Its spec.
        columns: The columns asked for, the key's among them.
        labels: Those whose display name is asked for too.
        mode: `full`, `changed` (rows changed at `since` or later) or `children` (rows of some parents).
        since: UTC; None unless the mode is `changed`.
        speech: What this account's SuiteQL can do.
        behind_utc: How far the session's clock is behind UTC; used when `speech.utc` is off.
    """

    table: Table
    columns: tuple[str, ...]
    labels: tuple[str, ...]
    mode: Mode
    since: datetime | None = None
    speech: Speech = field(default_factory=Speech)
    behind_utc: timedelta = timedelta(0)

    def without(self, names: Sequence[str]) -> "Read":
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
    def received(self) -> tuple[str, ...]:
        """The keys that a row of the reply can have."""
        return (*self.columns, *(f"{name}_label" for name in self.labels))

    def sql(self, *, after: Sequence[str] | None = None, parents: Sequence[str] | None = None) -> str:
        """The statement for one page.

        Args:
            after: The key's values behind which the page begins, as NetSuite sent them; None for the first.
            parents: In mode `children`, the parents' keys, at most 1,000.
        """
        table = self.table
        kinds = {column.name: column.type for column in table.columns}
        items = [select_item(table.name, name, kinds[name], self.speech) for name in self.columns]
        items += [label_item(table.name, name) for name in self.labels]
        key = [column_ref(table.name, name) for name in table.key]
        conditions: list[str] = []
        if self.mode == "changed" and table.cursor and self.since:
            since = self.since if self.speech.utc else self.since - self.behind_utc
            conditions.append(changed_since(table.name, table.cursor, since, self.speech))
        if parents is not None and table.parent is not None:
            column = table.parent.column
            literals = [key_literal(value, kinds[column]) for value in parents]
            conditions.append(in_list(column_ref(table.name, column), literals))
        if after is not None:
            literals = [key_literal(value, kinds[name]) for name, value in zip(table.key, after, strict=True)]
            conditions.append(key_after(key, literals))
        return statement(items, table.name, conditions, key)


def plan_read(
    table: Table,
    state: TableState | None,
    *,
    full: bool,
    now: datetime,
    overlap: timedelta = OVERLAP,
    speech: Speech | None = None,
) -> Read:
    """Decides how a table is read in this sync.

    Args:
        table: Its spec.
        state: What was synced before, or None.
        full: Read all of it whatever was read before, and ask again for what the account did not have.
        now: UTC.
        overlap: How far behind the watermark to begin.
        speech: What this account's SuiteQL can do, as far as it is known.

    Returns:
        The read: full the first time, and always for a table with neither cursor nor parent.
    """
    ask_all = full or state is None or now - state.absent_asked_at >= ASK_ABSENT_AGAIN_AFTER
    absent: frozenset[str] = frozenset() if ask_all or state is None else frozenset(state.absent_columns)
    spoken = speech or Speech()
    read = Read(
        table,
        columns=tuple(column.name for column in table.columns),
        labels=tuple(column.name for column in table.columns if column.label) if spoken.labels else (),
        mode="full",
        speech=spoken,
    ).without(sorted(absent - set(table.key)))
    if full or state is None or state.watermark is None:
        return read
    if table.parent is not None:
        return replace(read, mode="children")
    if table.cursor is not None and table.cursor in read.columns:
        return replace(read, mode="changed", since=state.watermark - overlap)
    return read


def parent_keys_read(parent: Table, since: datetime, speech: Speech, behind_utc: timedelta) -> Read:
    """Asks only for the keys of the parents that changed, for a child that lags behind its parent."""
    return Read(
        parent, parent.key, labels=(), mode="changed", since=since, speech=speech, behind_utc=behind_utc
    )


def in_order(tables: Sequence[Table]) -> tuple[tuple[Table, ...], tuple[Table, ...]]:
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
