"""What to do when a column's type at NetSuite and its type in the table differ. Decides; does nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from netsuite_pipeline.warehouse.schema.schema import DUCKDB_TYPES

Change = Literal["added", "widened", "text_beside", "lost", "returned"]

UNFIT_SHARE = 0.5
"""From this share on, values that do not fit mean that the column's type has changed at NetSuite."""
MIN_UNFIT_VALUES = 10
"""Fewer values than this that do not fit are odd values, however small the load."""
MANY_UNFIT_VALUES = 1_000
"""So many values that do not fit are kept beside their column, however large the load: as single values in
`_netsuite.rejected_values` nobody would use them."""

WIDER: Mapping[str, str] = {"integer": "decimal", "date": "datetime"}
"""The type that holds every value of another one, with which a column can be widened in place."""


@dataclass(frozen=True)
class Misfits:
    """One column's values in one load, read as one type.

    Attributes:
        values: Those that are not NULL.
        unfit: Those of them that the type cannot hold.
        wider: Whether the next wider type holds all of these.
        percent: Whether a number came as a percentage. Its value is a fraction, which only its text shows.
    """

    values: int = 0
    unfit: int = 0
    wider: bool = False
    percent: bool = False

    @property
    def type_changed(self) -> bool:
        """Whether they are so many that the column's type must have changed.

        Example:
            >>> Misfits(20, 10).type_changed, Misfits(18, 9).type_changed, Misfits(100, 49).type_changed
            (True, False, False)
        """
        return self.unfit >= min(MANY_UNFIT_VALUES, max(MIN_UNFIT_VALUES, UNFIT_SHARE * self.values))


@dataclass(frozen=True)
class Fit:
    """How a column is stored from now on.

    Attributes:
        kind: Its type, by the catalogue's word (or DuckDB's, for a type that is none of ours).
        text_beside: Whether `<column>_text` beside it takes every value as text.
        change: What is new with this load; None where all stays.
    """

    kind: str
    text_beside: bool = False
    change: Change | None = None


def fit(stored: str | None, kind: str, misfits: Misfits, *, has_text: bool = False, key: bool = False) -> Fit:
    """Decides how a column is stored.

    Args:
        stored: The type it is stored with; None where it is not stored yet.
        kind: Its type by the catalogue.
        misfits: Its values in this load, read as the type that `fit` gives without misfits.
        has_text: Whether `<column>_text` is there already: then it is always filled.
        key: A key that does not fit is refused, so how many do not fit says nothing.

    Returns:
        The decision: as it is, widened in place, or the text beside it.

    Example:
        >>> fit("BIGINT", "decimal", Misfits())
        Fit(kind='decimal', text_beside=False, change='widened')
        >>> fit("BIGINT", "boolean", Misfits())
        Fit(kind='integer', text_beside=True, change='text_beside')
    """
    chosen = _by_catalogue(stored, kind, has_text)
    anything = DUCKDB_TYPES.get(chosen.kind) == "VARCHAR"
    if anything or chosen.text_beside or key or not (misfits.percent or misfits.type_changed):
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
    """The catalogue's word for a stored type; a type that is none of ours is its own word.

    Example:
        >>> kind_of("TIMESTAMP"), kind_of("DOUBLE")
        ('datetime', 'DOUBLE')
    """
    return next((kind for kind, type_ in DUCKDB_TYPES.items() if type_ == stored), stored)
