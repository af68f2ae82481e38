"""Reads the pages of a statement whose columns are known from an earlier page, at half the cost."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import eq
from typing import Any, overload

import msgspec

Row = dict[str, str | None]


class Rows(Sequence[Row]):
    """The rows of a page, each made when it is looked at: a sync looks at the last one alone.

    Args:
        items: One object a row, with a text or None in each of its fields.
        fields: The fields, with the column that each stands for.
    """

    def __init__(self, items: Sequence[Any], fields: Sequence[tuple[str, str]]) -> None:
        self._items = items
        self._fields = fields

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> "Rows": ...
    def __getitem__(self, place: int | slice) -> "Row | Rows":
        if isinstance(place, slice):
            return Rows(self._items[place], self._fields)
        return self._row(self._items[place])

    def __iter__(self) -> Iterator[Row]:
        return map(self._row, self._items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(eq, self, other))

    __hash__ = None  # type: ignore[assignment]

    def values(self, column: str) -> list[str | None]:
        """The values of a column, row by row, without making the rows."""
        for field, name in self._fields:
            if name == column:
                return [getattr(item, field) for item in self._items]
        return [None] * len(self._items)

    def _row(self, item: Any) -> Row:
        values = ((column, getattr(item, field)) for field, column in self._fields)
        return {column: value for column, value in values if value is not None}


@dataclass(frozen=True)
class ShapedPage:
    """What a page of a known shape says."""

    rows: Rows
    has_more: bool
    total: int


class Shape:
    """The columns that a statement's rows may have. A page that has others, a value that is no text, a key
    in another case, or anything else that deviates is left to the exact reading.

    Args:
        columns: The columns, lower case.

    Example:
        >>> page = Shape(["id", "memo"]).read(
        ...     b'{"count":1,"hasMore":false,"items":[{"links":[],"id":"7"}],"totalResults":1}')
        >>> list(page.rows)
        [{'id': '7'}]
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = frozenset(columns)
        fields = [(f"column_{number}", column) for number, column in enumerate(columns)]
        row = msgspec.defstruct(
            "Row",
            [
                ("links", msgspec.Raw, msgspec.Raw()),
                *((field, str | None, None) for field, _ in fields),
            ],
            rename=dict(fields),
            forbid_unknown_fields=True,
            gc=False,
        )
        reply = msgspec.defstruct(
            "Reply",
            [("items", list[row]), ("count", int), ("hasMore", bool), ("totalResults", int)],  # type: ignore[valid-type]
        )
        self._fields = fields
        self._decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(reply)

    def read(self, body: bytes) -> ShapedPage | None:
        """The page, or None where it deviates in anything."""
        try:
            reply = self._decoder.decode(body)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None
        if not 0 < reply.count == len(reply.items) or not 0 < reply.totalResults < 10**18:
            return None
        return ShapedPage(Rows(reply.items, self._fields), reply.hasMore, reply.totalResults)
