"""Schema drift: how to store a column whose type in NetSuite and in the table differ. Changes nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import duckdb

from netsuite_pipeline.warehouse.schema.schema import (
    DUCKDB_TYPES,
    StoredColumn,
    StoredTable,
    present_columns,
    text_beside,
    texts_beside,
)

Change = Literal["added", "widened", "text_beside", "lost", "returned"]

UNFIT_SHARE = 0.5
"""The share of unfit values from which the column's type has changed in NetSuite."""
MIN_UNFIT_VALUES = 10
"""The least number of unfit values that shows a changed type."""
MANY_UNFIT_VALUES = 1_000
"""The number of unfit values from which a text column keeps them, whatever their share.

So many single values in `_netsuite.rejected_values` would be of no use."""

WIDER: Mapping[str, str] = {"integer": "decimal", "date": "datetime"}
"""The type that holds all values of another one, to which a column can be widened in place."""


@dataclass(frozen=True)
class Misfits:
    """Counts of one column's values in one load, cast to one type.

    Attributes:
        values: Values that are not NULL.
        unfit: Values that the type cannot hold.
        wider: Whether the next wider type holds all unfit values.
        percent: Whether a number came as a percentage, which only its text shows.
    """

    values: int = 0
    unfit: int = 0
    wider: bool = False
    percent: bool = False

    @property
    def type_changed(self) -> bool:
        """Whether the unfit values show that the column's type has changed.

        Example:
            >>> Misfits(20, 10).type_changed, Misfits(18, 9).type_changed, Misfits(100, 49).type_changed
            (True, False, False)
        """
        return self.unfit >= min(MANY_UNFIT_VALUES, max(MIN_UNFIT_VALUES, UNFIT_SHARE * self.values))


@dataclass(frozen=True)
class Fit:
    """How a column is stored from now on.

    Attributes:
        kind: Its type as the catalogue names it; DuckDB's name for a type outside the catalogue.
        text_beside: Whether the column `<column>_text` stores every value as text.
        change: The change with this load; None if there is none.
    """

    kind: str
    text_beside: bool = False
    change: Change | None = None


def fit(stored: str | None, kind: str, misfits: Misfits, *, has_text: bool = False, key: bool = False) -> Fit:
    """Return how a column is stored: unchanged, widened in place, or with a text column beside it.

    Args:
        stored: The DuckDB type of the stored column; None for a new column.
        kind: Its type in the catalogue.
        misfits: Its values in this load, cast to the type that `fit` returns without misfits.
        has_text: Whether `<column>_text` exists: then it is always filled.
        key: Whether it is a key column. An unfit key is refused, so its misfits change nothing.

    Example:
        >>> fit("BIGINT", "decimal", Misfits())
        Fit(kind='decimal', text_beside=False, change='widened')
        >>> fit("BIGINT", "boolean", Misfits())
        Fit(kind='integer', text_beside=True, change='text_beside')
    """
    chosen = _by_catalogue(stored, kind, has_text)
    is_text = DUCKDB_TYPES.get(chosen.kind) == "VARCHAR"
    if is_text or chosen.text_beside or key or not (misfits.percent or misfits.type_changed):
        return chosen
    if misfits.wider and not misfits.percent and chosen.kind in WIDER:
        return Fit(WIDER[chosen.kind], change="widened")
    return Fit(chosen.kind, text_beside=True, change="text_beside")


def _by_catalogue(stored: str | None, kind: str, has_text: bool) -> Fit:
    if stored is None or stored == DUCKDB_TYPES[kind]:
        return Fit(kind, has_text)
    held = kind_of(stored)
    if held == "text" or held == WIDER.get(kind):
        return Fit(held, has_text)
    if WIDER.get(held) == kind:
        return Fit(kind, has_text, "widened")
    return Fit(held, True, None if has_text else "text_beside")


def kind_of(stored: str) -> str:
    """Return the catalogue's name of a stored type; a type outside the catalogue keeps DuckDB's name.

    Example:
        >>> kind_of("TIMESTAMP"), kind_of("DOUBLE")
        ('datetime', 'DOUBLE')
    """
    return next((kind for kind, type_ in DUCKDB_TYPES.items() if type_ == stored), stored)


@dataclass(frozen=True)
class SchemaChange:
    """One row of `_netsuite.schema_changes`: a column's change, and its type before and after."""

    column: str
    change: str
    from_type: str | None
    to_type: str | None


@dataclass(frozen=True)
class ColumnPlan:
    """How a table is stored after a load.

    Attributes:
        target: The table, with the types and the text columns that it gets.
        staged: Its columns that the stage must have.
        kept: The names of its other columns, including those that the catalogue no longer has.
        changes: Columns that this load widens or gives a text column.
    """

    target: StoredTable
    staged: tuple[StoredColumn, ...]
    kept: tuple[str, ...]
    changes: tuple[SchemaChange, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the staged columns."""
        return tuple(column.name for column in self.staged)


@dataclass(frozen=True)
class Drift:
    """A table by the catalogue beside the stored table and the columns that NetSuite sent.

    Attributes:
        table: The table by the catalogue.
        present: The types of the stored columns, by name.
        taken: Names that no text column gets. A column that left the catalogue keeps its values.
        received: The columns that NetSuite sent.
    """

    table: StoredTable
    present: Mapping[str, str]
    taken: Collection[str]
    received: Collection[str]

    def plan(self, misfits: Mapping[str, Misfits]) -> ColumnPlan:
        """Return how the table is stored from now on.

        Args:
            misfits: The columns with staged values that do not fit.
        """
        columns: list[StoredColumn] = []
        changes: list[SchemaChange] = []
        for column in self.table.columns:
            found = self._fit(column, misfits.get(column.name, Misfits()))
            stored = replace(column, kind=found.kind)
            columns.append(stored)
            if found.text_beside:
                columns.append(text_beside(stored, self.taken))
            if found.change is not None:
                before = self.present.get(column.name, column.type)
                after = stored.type if found.change == "widened" else "VARCHAR"
                changes.append(SchemaChange(column.name, found.change, before, after))
        staged = tuple(column for column in columns if column.sent_as in self.received)
        names = {column.name for column in staged}
        stored_names = dict.fromkeys([*self.present, *(column.name for column in columns)])
        kept = tuple(name for name in stored_names if name not in names)
        return ColumnPlan(replace(self.table, columns=tuple(columns)), staged, kept, tuple(changes))

    def _fit(self, column: StoredColumn, misfits: Misfits) -> Fit:
        stored = self.present.get(column.name)
        has_text = text_beside(column, self.taken).name in self.present
        if stored is not None and column.name not in self.received:
            return Fit(kind_of(stored), has_text)
        key = column.name in self.table.key
        return fit(stored, column.kind, misfits, has_text=has_text, key=key)


def read_drift(
    connection: duckdb.DuckDBPyConnection,
    table: StoredTable,
    received: Sequence[str],
    dropped: Collection[str] = (),
) -> Drift:
    """Compare a table by the catalogue with the stored table.

    Args:
        connection: To the working file.
        table: The table by the catalogue.
        received: The columns that NetSuite sent.
        dropped: Stored columns that the load drops first.
    """
    present = present_columns(connection, table.schema, table.name)
    present = {name: type_ for name, type_ in present.items() if name not in dropped}
    ours = {column.name for column in table.columns}
    left = present.keys() - ours
    texts = texts_beside(connection, table.schema, table.name) if left else frozenset()
    return Drift(table, present, ours | (left - texts), frozenset(received))
