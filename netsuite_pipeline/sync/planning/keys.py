"""Keys as NetSuite sends them: read from a row, compared, split into ranges."""

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
    """Return a row's key, as the condition of the next page needs it.

    Raises:
        QueryError: A part of the key is missing, or is no integer where it must be one. A table whose keys
            are not unique may have NULL in them.
    """
    key: list[str] = []
    for name in table.key:
        value = row.get(name)
        if value is None and not table.unique:
            value = null_key(table.column(name).type)
        if value is None or (table.column(name).type == "integer" and not re.fullmatch(r"-?\d+", value)):
            was = "no value" if value is None else f"{value!r}, which is no integer,"
            raise QueryError(
                f"A row of {table.name} has {was} in its key ({', '.join(table.key)}), so the "
                "start of the next page is unknown.",
                remedy="This account needs another key: correct the table's key in the catalogue.",
            )
        key.append(value)
    return tuple(key)


def complete_groups(page: Page, table: Table) -> Page:
    """Return a page without the rows of its last key, if the next page may have more rows of that key.

    The next page begins after the last key. Where keys are not unique, it would skip the rest of that key's
    rows; without these rows it begins with all of them.

    Args:
        page: The page.
        table: Its table; a page of a table with unique keys stays as it is.

    Raises:
        QueryError: All rows of the page have the same key, or a row has none.
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


def is_after(key: Key, other: Key, table: Table) -> bool:
    """Return whether a key comes after another one in NetSuite's order.

    NetSuite sorts texts by rules of its own: of a text all that is known is that it differs.
    """
    if any(table.column(name).type != "integer" for name in table.key):
        return key != other
    numbers, others = tuple(map(int, key)), tuple(map(int, other))
    return numbers[: len(others)] > others


def has_integer_key(table: Table) -> bool:
    """Return whether the key begins with an integer, so that its ranges can be split and indexed."""
    return table.column(table.key[0]).type == "integer"


def split_range(key_range: KeyRange, last: Key, max_key: int) -> tuple[KeyRange, KeyRange] | None:
    """Split the unread rest of a key range at the middle of its first key column.

    Args:
        key_range: The key range.
        last: The last key that was read of it.
        max_key: The greatest first key column of the table: the end of a range without one.

    Returns:
        The range up to the middle, and the range after it; None where the rest cannot be split.

    Example:
        >>> split_range(KeyRange(("7",), None), ("20",), 100)
        (KeyRange(after=('7',), up_to=('60',), values=()), KeyRange(after=('60',), up_to=None, values=()))
    """
    end = int(key_range.up_to[0]) if key_range.up_to else max_key
    middle = (int(last[0]) + end) // 2
    if key_range.values or not int(last[0]) <= middle < end:
        return None
    border = (str(middle),)
    return KeyRange(key_range.after, border, key_range.values), KeyRange(border, key_range.up_to)


def ranges_between(after: Key | None, ends: Sequence[Key]) -> list[KeyRange]:
    """Return the key ranges between a key and the last keys of pages.

    Example:
        >>> ranges_between(None, [("5",), ("9",)])
        [KeyRange(after=None, up_to=('5',), values=()), KeyRange(after=('5',), up_to=('9',), values=())]
    """
    return [KeyRange(first, last) for first, last in zip([after, *ends], ends, strict=False)]
