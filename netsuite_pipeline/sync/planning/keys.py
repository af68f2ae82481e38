"""Keys as NetSuite sends them: read from a row, compared, halved."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace

from netsuite_pipeline.netsuite.errors import QueryError
from netsuite_pipeline.netsuite.http.page import Page, Row
from netsuite_pipeline.netsuite.suiteql import null_key
from netsuite_pipeline.sync.planning.read_plan import Key, KeyRange
from netsuite_pipeline.tables import Table


def key_of(row: Row, table: Table) -> Key:
    """A row's key, fit to ask for what is behind it.

    Raises:
        QueryError: It has none, so there is no telling where the next page begins. A table whose keys are not
            unique may have NULL in them.
    """
    key: list[str] = []
    for name in table.key:
        value = row.get(name)
        if value is None and not table.unique:
            value = null_key(table.column(name).type)
        if value is None or (table.column(name).type == "integer" and not re.fullmatch(r"-?\d+", value)):
            was = "no value" if value is None else f"{value!r}, which is no integer,"
            raise QueryError(
                f"A row of {table.name} has {was} in its key ({', '.join(table.key)}), so there is no "
                "telling where the next page begins.",
                remedy="In this account the key must be another: give the table its right key in the "
                "catalogue.",
            )
        key.append(value)
    return tuple(key)


def complete_groups(page: Page, table: Table) -> Page:
    """Return a page without the rows of its last key, if more rows of that key may follow on the next page.

    The next page begins behind the key that this one ends with. Where keys are not unique, it would pass over
    what is left of the last one; without these rows, it begins with all of them.

    Args:
        page: The page.
        table: Its table; a page of one whose keys are unique stays as it is.

    Raises:
        QueryError: All rows of the page have the same key, or one has none.
    """
    if table.unique or not page.has_more or not page.rows:
        return page
    last, count = key_of(page.rows[-1], table), len(page.rows) - 1
    while count and key_of(page.rows[count - 1], table) == last:
        count -= 1
    if not count:
        parts = ", ".join(f"{name} {value}" for name, value in zip(table.key, last, strict=True))
        raise QueryError(
            f"At least {len(page.rows):,} rows of {table.name} have the same key ({parts}), so the next page "
            "cannot begin behind this one.",
            remedy="Give the table a longer key in the catalogue.",
        )
    rows = list(page.rows[:count])
    return replace(page, rows=rows, body=json.dumps({"items": rows}).encode())


def is_after(key: Key, after: Key, table: Table) -> bool:
    """Whether a key comes after another one in NetSuite's order, as far as that can be known: text is sorted
    by rules of NetSuite's own, and all that can be said of it is that it moved."""
    if any(table.column(name).type != "integer" for name in table.key):
        return key != after
    mine, its = tuple(map(int, key)), tuple(map(int, after))
    return mine[: len(its)] > its


def has_integer_key(table: Table) -> bool:
    """Whether the key begins with a number, so that a stretch of it can be halved and indexed."""
    return table.column(table.key[0]).type == "integer"


def split_range(place: KeyRange, last: Key, greatest: int) -> tuple[KeyRange, KeyRange] | None:
    """Cuts what is left of a place in two by the number that its key begins with.

    Args:
        place: The place.
        last: The last key that has been read of it.
        greatest: The greatest number there is; where the place ends if it has no end of its own.

    Returns:
        The place, ending in the middle of what was left, and the other half; None if nothing is to be halved.

    Example:
        >>> split_range(KeyRange(("7",), None), ("20",), 100)
        (KeyRange(after=('7',), up_to=('60',), values=()), KeyRange(after=('60',), up_to=None, values=()))
    """
    end = int(place.up_to[0]) if place.up_to else greatest
    middle = (int(last[0]) + end) // 2
    if place.values or not int(last[0]) <= middle < end:
        return None
    border = (str(middle),)
    return KeyRange(place.after, border, place.values), KeyRange(border, place.up_to)


def ranges_between(low: Key | None, ends: Sequence[Key]) -> list[KeyRange]:
    """The places between a key and the ends of pages.

    Example:
        >>> ranges_between(None, [("5",), ("9",)])
        [KeyRange(after=None, up_to=('5',), values=()), KeyRange(after=('5',), up_to=('9',), values=())]
    """
    return [KeyRange(first, last) for first, last in zip([low, *ends], ends, strict=False)]
