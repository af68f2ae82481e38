"""A plan becomes landed pages: asked in key order, checked to go forward, written as they came."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Protocol

from netsuite_pipeline.netsuite.client import PAGE_ROWS, RequestCount
from netsuite_pipeline.netsuite.errors import QueryError, Unavailable
from netsuite_pipeline.netsuite.page import Page, Row
from netsuite_pipeline.sync.landing import TableLanding
from netsuite_pipeline.sync.plan import Read
from netsuite_pipeline.sync.settle import settle

PARENTS_PER_REQUEST = 500  # half of what IN takes: the longest statement NetSuite accepts is unknown


class Asks(Protocol):
    """What fetching needs of NetSuiteClient."""

    def page(self, sql: str, *, count: RequestCount | None = None) -> Page: ...


@dataclass(frozen=True)
class Fetched:
    """One table's rows, landed.

    Attributes:
        read: What was asked for in the end.
        pages: The landed files in key order.
        rows: Rows in them.
        left_out: Columns and labels that this account does not offer, with the reason.
        oddities: What in the replies deviated from the documented form.
        parents: In mode `children`, the parents whose rows these are.
        seconds: Time from the first request to the last page.
    """

    read: Read
    pages: tuple[Path, ...]
    rows: int
    left_out: dict[str, str]
    oddities: frozenset[str]
    parents: tuple[str, ...]
    count: RequestCount
    seconds: float

    @property
    def asked(self) -> bool:
        """Whether NetSuite was asked for the columns at all: not where no parent had changed."""
        return self.read.mode != "children" or bool(self.parents)


@dataclass
class _Gathered:
    pages: list[Path] = field(default_factory=list)
    rows: int = 0
    left_out: dict[str, str] = field(default_factory=dict)
    oddities: set[str] = field(default_factory=set)


def fetch(
    read: Read,
    asks: Asks,
    landing: TableLanding,
    *,
    parents: Sequence[str] = (),
    count: RequestCount | None = None,
    behind_utc: Callable[[], timedelta] = timedelta,
    on_page: Callable[[int], None] = lambda rows: None,
) -> Fetched:
    """Reads a table and lands its pages.

    Args:
        read: What is wanted.
        asks: The client.
        landing: Where the pages go.
        parents: In mode `children`, the keys of the parents, as text.
        count: Where to count requests.
        behind_utc: Measures how far the session's clock is behind UTC, should SYS_EXTRACT_UTC be refused.
        on_page: Told the number of rows of each page as it lands.

    Raises:
        NetSuiteError: By kind of failure.
        WarehouseError: A page cannot be written.
    """
    started = time.monotonic()
    count = RequestCount() if count is None else count
    gathered = _Gathered()
    settled = False
    for chunk in _chunks(parents) if read.mode == "children" else [None]:
        after: tuple[str, ...] | None = None
        while True:
            if settled:
                page = asks.page(read.sql(after=after, parents=chunk), count=count)
            else:
                first = settle(read, _asking(asks, chunk, count), behind_utc)
                read, page, gathered.left_out = first.read, first.page, first.left_out
                settled = True
            _land(page, read, landing, gathered)
            on_page(len(page.rows))
            if _is_last(page, read):
                break
            after = _advanced(page, read, after)
    return Fetched(
        read=read,
        pages=tuple(gathered.pages),
        rows=gathered.rows,
        left_out=gathered.left_out,
        oddities=frozenset(gathered.oddities),
        parents=tuple(parents),
        count=count,
        seconds=time.monotonic() - started,
    )


def fetch_keys(
    read: Read, asks: Asks, count: RequestCount, behind_utc: Callable[[], timedelta] = timedelta
) -> tuple[str, ...]:
    """Reads the keys alone, of a table whose key is one column.

    Raises:
        NetSuiteError: By kind of failure.
    """
    keys: list[str] = []
    after: tuple[str, ...] | None = None
    while True:
        if after is None:
            first = settle(read, _asking(asks, None, count), behind_utc)
            read, page = first.read, first.page
        else:
            page = asks.page(read.sql(after=after), count=count)
        keys.extend(_key(row, read)[0] for row in page.rows)
        if _is_last(page, read):
            return tuple(keys)
        after = _advanced(page, read, after)


def _asking(asks: Asks, parents: list[str] | None, count: RequestCount) -> Callable[[Read], Page]:
    return lambda read: asks.page(read.sql(parents=parents), count=count)


def _chunks(values: Sequence[str]) -> Iterator[list[str]]:
    remaining = iter(values)
    while chunk := list(islice(remaining, PARENTS_PER_REQUEST)):
        yield chunk


def _land(page: Page, read: Read, landing: TableLanding, gathered: _Gathered) -> None:
    if not page.rows:
        return
    gathered.pages.append(landing.land(len(gathered.pages), page.body))
    gathered.rows += len(page.rows)
    gathered.oddities.update(page.oddities)
    unasked = page.columns.difference(read.received)
    gathered.oddities.update(f"a column that was not asked for: {name!r}" for name in unasked)


def _is_last(page: Page, read: Read) -> bool:
    """Whether a page ends the table; one that promises more and has nothing would end it too early."""
    if page.has_more and not page.rows:
        raise Unavailable(f"NetSuite says that there are more rows of {read.table.name}, and sends none.")
    return not page.has_more


def _advanced(page: Page, read: Read, after: tuple[str, ...] | None) -> tuple[str, ...]:
    """The last row's key, which must be behind where the page began, or the sync would never end."""
    key = _key(page.rows[-1], read)
    if after is not None and not _is_behind(read, key, after):
        raise Unavailable(
            f"NetSuite sent rows of {read.table.name} out of order: {key} after {after}.",
            asked=f"page of {PAGE_ROWS} rows",
        )
    return key


def _key(row: Row, read: Read) -> tuple[str, ...]:
    """A row's key, fit to ask for what is behind it."""
    table = read.table
    key: list[str] = []
    for name in table.key:
        value = row.get(name)
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


def _is_behind(read: Read, key: tuple[str, ...], after: tuple[str, ...]) -> bool:
    if any(read.table.column(name).type != "integer" for name in read.table.key):
        return key != after  # text is sorted by NetSuite's own rules; all that can be said is that it moved
    return tuple(map(int, key)) > tuple(map(int, after))
