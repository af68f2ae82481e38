"""Page after page, for what is expected to be short: keys and deletions, which are kept and not landed."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Protocol

from netsuite_pipeline.netsuite.client import RequestCount
from netsuite_pipeline.netsuite.errors import Unavailable
from netsuite_pipeline.netsuite.page import Page
from netsuite_pipeline.sync.keys import is_behind, key_of, whole_groups
from netsuite_pipeline.sync.plan import Key, Place, Read
from netsuite_pipeline.sync.settle import settle


class Asks(Protocol):
    """What asking needs of NetSuiteClient."""

    def page(self, sql: str, *, count: RequestCount | None = None) -> Page: ...


def keys_of(
    read: Read, asks: Asks, count: RequestCount, behind_utc: Callable[[], timedelta] = timedelta
) -> tuple[Key, ...]:
    """The keys of all rows of a read, in their order.

    Raises:
        NetSuiteError: By kind of failure.
    """
    return tuple(
        key_of(row, read.table) for page in _pages(read, asks, count, behind_utc) for row in page.rows
    )


def _pages(
    read: Read, asks: Asks, count: RequestCount, behind_utc: Callable[[], timedelta]
) -> Iterator[Page]:
    settled = settle(read, lambda tried: asks.page(tried.sql(), count=count), behind_utc)
    read, page = settled.read, whole_groups(settled.page, read.table)
    after: Key | None = None
    while True:
        yield page
        if not page.has_more:
            return
        last = key_of(page.rows[-1], read.table) if page.rows else None
        if last is None or (after is not None and not is_behind(last, after, read.table)):
            raise Unavailable(f"NetSuite says that there are more rows of {read.table.name}, and sends none.")
        after = last
        page = whole_groups(asks.page(read.sql(Place(low=after)), count=count), read.table)
