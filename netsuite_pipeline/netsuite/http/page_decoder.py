"""Parses pages whose columns are known from an earlier page, at half the cost."""

import json
from collections.abc import Iterator, Sequence
from itertools import chain
from operator import eq
from typing import Any, overload

import msgspec

Row = dict[str, str | None]
_MANY_ROWS = 500


class DuplicateKey(ValueError):
    """Raised where a key comes twice in a JSON object."""


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object, for `object_pairs_hook`.

    Raises:
        DuplicateKey: A key comes twice; JSON readers differ in which value they use.

    Example:
        >>> unique_keys([("id", "1"), ("id", "2")])
        Traceback (most recent call last):
        netsuite_pipeline.netsuite.http.page_decoder.DuplicateKey: the key 'id' comes twice
    """
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise DuplicateKey(f"the key {next(name for name in names if names.count(name) > 1)!r} comes twice")
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=unique_keys)


class Rows(Sequence[Row]):
    """The rows of a page, each made when it is accessed: a sync accesses only the last one.

    Args:
        items: One object a row, with a text or None in each of its fields.
        fields: The fields, each with its column.
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
        """Return the values of a column, row by row, without making the rows."""
        for field, name in self._fields:
            if name == column:
                return [getattr(item, field) for item in self._items]
        return [None] * len(self._items)

    def _row(self, item: Any) -> Row:
        values = ((column, getattr(item, field)) for field, column in self._fields)
        return {column: value for column, value in values if value is not None}


def quotation_marks(text: bytes) -> int:
    r"""Return how many quotation marks delimit the texts of some JSON.

    The number is too small where a text ends in a backslash.

    Example:
        >>> quotation_marks(rb'{"size": "19\""}')
        4
    """
    escaped = text.count(b'\\"') if b"\\" in text else 0
    return text.count(b'"') - escaped


class Shape:
    """The columns that a statement's rows may have.

    A page with other columns, a value that is no text, a key in another case or twice in one row, or any
    other deviation is left to the exact parser.

    Args:
        columns: The columns, lower case.

    Example:
        >>> rows, has_more, total = Shape(["id", "memo"]).read(
        ...     b'{"count":1,"hasMore":false,"items":[{"links":[],"id":"7"}],"totalResults":1}')
        >>> list(rows), has_more, total
        ([{'id': '7'}], False, 1)
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
            [
                ("items", list[row]),  # type: ignore[valid-type]
                ("count", int),
                ("hasMore", bool),
                ("totalResults", int),
                ("links", msgspec.Raw, msgspec.Raw()),
                ("offset", int | None, None),
            ],
        )
        self._fields = fields
        self._decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(reply)

    def read(self, body: bytes) -> tuple[Rows, bool, int] | None:
        """Return a page's rows, `hasMore` and `totalResults`; None where the page deviates in anything."""
        try:
            reply = self._decoder.decode(body)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None
        if not 0 < reply.count == len(reply.items) or not 0 < reply.totalResults < 10**18:
            return None
        rows = Rows(reply.items, self._fields)
        if not (_last_is_clear(rows, body) if len(rows) >= _MANY_ROWS else _is_clear(reply, body)):
            return None
        return rows, reply.hasMore, reply.totalResults


def _is_clear(reply: Any, body: bytes) -> bool:
    """Return whether no key comes twice in a reply: the number of quotation marks shows it."""
    values = list(chain.from_iterable(map(msgspec.structs.astuple, reply.items)))
    texts = len(values) - values.count(None) - len(reply.items)
    links = bytes(reply.links)
    # A null is seldom sent; of these only the names have marks.
    names = 4 + (reply.offset is not None) + bool(links) + body.count(b":null")
    return quotation_marks(body) == 4 * texts + 2 * len(reply.items) + 2 * names + quotation_marks(links)


def _last_is_clear(rows: Rows, body: bytes) -> bool:
    """Return whether no key comes twice in the last row, which is the only one that a sync reads here.

    All rows of a long page would cost as much as its decoding.
    """
    begin = max(body.rfind(b"},{"), body.rfind(b"}, {"))
    try:
        row, _ = _DECODER.raw_decode(body[body.find(b"{", begin) :].decode())
    except ValueError:
        return False
    # A text or the links at the end may contain the border of two rows: then this object is not the row.
    return {name: row[name] for name in row if name != "links" and row[name] is not None} == rows[-1]
