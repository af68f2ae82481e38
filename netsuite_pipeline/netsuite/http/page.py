"""Parses and checks a SuiteQL reply: whether it is whole, its keys, and whether more rows follow."""

import codecs
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import msgspec

from netsuite_pipeline.netsuite.errors import ImplausibleReply, Unavailable
from netsuite_pipeline.netsuite.http.page_decoder import (
    DuplicateKey,
    Rows,
    Shape,
    quotation_marks,
    unique_keys,
)

Row = Mapping[str, str | None]


@dataclass(frozen=True)
class Page:
    """One whole page of rows.

    Attributes:
        body: The bytes to land: as received, or rewritten where `anomalies` names deviations. Always a JSON
            object whose `items` are flat objects of lower-case keys and text values.
        rows: The rows; NetSuite omits null fields.
        has_more: Whether NetSuite says that more rows follow.
        total: NetSuite's row count of the statement, or None (open question 2: it may be clamped).
        anomalies: Deviations from the documented form that were parsed nevertheless.
    """

    body: bytes
    rows: Sequence[dict[str, str | None]]
    has_more: bool
    total: int | None
    anomalies: frozenset[str] = frozenset()
    _columns: frozenset[str] | None = field(default=None, repr=False, compare=False)

    @property
    def columns(self) -> set[str]:
        """The keys of all rows; of a known select list, all keys that it is known to give.

        NetSuite omits a null field, so no single row has all keys.
        """
        return set().union(*self.rows) if self._columns is None else set(self._columns)

    def values(self, column: str) -> list[str | None]:
        """Return the values of a column, row by row; None where a row does not have it.

        Example:
            >>> Page(b"", [{"id": "7"}, {}], has_more=False, total=2).values("id")
            ['7', None]
        """
        if isinstance(self.rows, Rows):
            return self.rows.values(column)
        return [row.get(column) for row in self.rows]


_MORE = {"true": True, "t": True, "false": False, "f": False}


class _Number(str):
    """A number without quotes, with all its digits."""

    __slots__ = ()


# Shapes by select list: a sync sends a few select lists over and over.
_shapes: dict[str, Shape] = {}
_MAX_SHAPES = 256


def read_page(body: bytes, *, endpoint: str, statement: str = "") -> Page:
    """Parse and check one reply of the query service.

    Args:
        body: The reply's bytes, decoded from gzip.
        endpoint: Method and path of the request, for errors.
        statement: The statement. A later page of the same select list is parsed at half the cost.

    Raises:
        ImplausibleReply: `count` is not the number of items, or a key comes twice in an object: JSON
            readers differ in which of two values they use.
        Unavailable: The reply is cut or no JSON.

    Example:
        >>> read_page(b'{"count":1,"hasMore":false,"items":[{"links":[],"id":"7"}]}', endpoint="POST …").rows
        [{'id': '7'}]
    """
    _check_utf8(body, endpoint)
    selected = statement.partition(" FROM ")[0]
    shape = _shapes.get(selected)
    if shape is not None and (read := shape.read(body)) is not None:
        rows, has_more, total = read
        return Page(body, rows, has_more, total, _columns=shape.columns)
    page = _plain_page(body) or _exact_page(body, endpoint)
    if selected and not page.anomalies and not page.columns <= (shape.columns if shape else set()):
        _remember_shape(selected, page.columns | (shape.columns if shape else set()))
    return page


def _check_utf8(body: bytes, endpoint: str) -> None:
    """Check that the reply is UTF-8, as JSON has to be (RFC 8259).

    Python would read half surrogate pairs, and msgspec anything beside the rows; DuckDB refuses both.
    """
    if not body.isascii():
        try:
            body.decode()
        except UnicodeDecodeError as error:
            raise Unavailable(
                f"The reply is cut or no JSON ({error}).", endpoint=endpoint, status=200
            ) from None


def _remember_shape(selected: str, columns: set[str]) -> None:
    if len(_shapes) >= _MAX_SHAPES:
        _shapes.clear()
    _shapes[selected] = Shape(sorted(columns))


def _plain_page(body: bytes) -> Page | None:
    """Return the page of a reply in the documented form; None where anything deviates.

    Nearly all replies have that form. Parsing costs a quarter of `_exact_page`, which alone keeps every
    digit of a number.
    """
    try:
        reply = msgspec.json.decode(body)
        items = reply["items"]
        marks = _marks_outside_rows(reply, items)
        for item in items:
            item.pop("links", None)
        # Raises TypeError for a value that is no text; nulls are rare, because NetSuite omits them.
        "".join(chain.from_iterable(map(dict.values, items)))
        more, count, total = reply["hasMore"], reply["count"], reply["totalResults"]
    except (msgspec.MsgspecError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    columns: set[str] = set().union(*items)
    if (
        type(items) is not list
        or type(more) is not bool
        or type(count) is not int
        or type(total) is not int
        or not 0 < count == len(items)
        or not 0 < total < 10**18
        or any(key != key.lower() for key in columns)
        # A key that comes twice shows in nothing but the number of quotation marks.
        or quotation_marks(body) != marks + 4 * sum(map(len, items))
    ):
        return None
    return Page(body=body, rows=items, has_more=more, total=total, _columns=frozenset(columns))


def _marks_outside_rows(reply: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> int:
    """Return how many quotation marks a reply of the documented form has outside its rows' columns.

    Raises:
        TypeError: A link is no object of texts, so its quotation marks are not known.
    """
    links = [*reply.get("links", ()), *chain.from_iterable(item.get("links", ()) for item in items)]
    if not all(type(link) is dict and all(type(text) is str for text in link.values()) for link in links):
        raise TypeError("a link is no object of texts")
    keys = len(reply) + sum("links" in item for item in items)
    return 2 * keys + 4 * sum(map(len, links))


def _exact_page(body: bytes, endpoint: str) -> Page:
    body = body.removeprefix(codecs.BOM_UTF8)
    try:
        # From text: from bytes Python would also parse UTF-16.
        reply = json.loads(
            body.decode(), parse_int=_Number, parse_float=_Number, object_pairs_hook=unique_keys
        )
    except RecursionError:
        raise Unavailable("The reply is nested too deep.", endpoint=endpoint, status=200) from None
    except DuplicateKey as error:
        raise ImplausibleReply(f"The reply is not clear: {error}.", endpoint=endpoint, status=200) from None
    except ValueError as error:
        raise Unavailable(f"The reply is cut or no JSON ({error}).", endpoint=endpoint, status=200) from None
    items = reply.get("items") if isinstance(reply, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Unavailable("The reply has no list of items.", endpoint=endpoint, status=200)
    count = reply.get("count")
    if count is not None and str(count) != str(len(items)):
        raise ImplausibleReply(
            f"The reply says count {count} but has {len(items)} items.", endpoint=endpoint, status=200
        )
    for item in items:
        item.pop("links", None)
    anomalies: set[str] = set()
    try:
        rows = items if _is_documented(items) else [_normalized_row(item, anomalies) for item in items]
    except DuplicateKey as error:
        raise ImplausibleReply(f"The reply is not clear: {error}.", endpoint=endpoint, status=200) from None
    if anomalies:
        # ASCII, so that half a surrogate pair stays the escape that it came as.
        body = json.dumps({"items": rows}).encode()
    more = _MORE.get(str(reply.get("hasMore")).lower())
    if more is None:
        anomalies.add("hasMore is missing")
    total = reply.get("totalResults")
    return Page(
        body=body,
        rows=rows,
        # Without hasMore one more page is fetched: an empty page ends the table, and no rows are lost.
        has_more=bool(rows) if more is None else more,
        total=int(total) if isinstance(total, str) and re.fullmatch("[0-9]{1,18}", total) else None,
        anomalies=frozenset(anomalies),
    )


def _is_documented(items: list[dict[str, Any]]) -> bool:
    keys: set[str] = set().union(*items)
    if any(key != key.lower() for key in keys):
        return False
    plain = {str, type(None)}
    return all(plain.issuperset(map(type, item.values())) for item in items)


def _normalized_row(item: Mapping[str, Any], anomalies: set[str]) -> dict[str, str | None]:
    """Return a row in the documented form. The likeliest deviations are checked first.

    Raises:
        DuplicateKey: Two keys differ only in their case.
    """
    row: dict[str, str | None] = {}
    for key, value in item.items():
        name = key.lower()
        if name == "links" and isinstance(value, list):
            continue  # NetSuite's links, in another case
        if name in row:
            raise DuplicateKey(f"the key {name!r} comes twice in one row")
        if name != key:
            anomalies.add(f"key {key!r} is not in lower case")
        if value is None or type(value) is str:
            row[name] = value
        elif isinstance(value, _Number):
            anomalies.add(f"number without quotes in {name!r}")
            row[name] = str(value)
        elif isinstance(value, bool):
            anomalies.add(f"true or false without quotes in {name!r}")
            row[name] = "T" if value else "F"
        else:
            anomalies.add(f"a nested value in {name!r}, kept as JSON text")
            row[name] = json.dumps(value, ensure_ascii=False)
    return row
