"""Page after page, for what is expected to be short: keys and deletions, which are kept and not landed."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from netsuite_pipeline.netsuite.client import RequestCounts
from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.sync.extract.column_fallback import resolve_columns
from netsuite_pipeline.sync.extract.listener import PageClient
from netsuite_pipeline.sync.planning.keys import key_of, whole_groups
from netsuite_pipeline.sync.planning.page_validation import Wanted
from netsuite_pipeline.sync.planning.read_plan import Key, Place, Read


def read_all_keys(
    read: Read, asks: PageClient, count: RequestCounts, utc_offset: Callable[[], timedelta] = timedelta
) -> tuple[Key, ...]:
    """The keys of all rows of a read, in their order.

    Raises:
        NetSuiteError: By kind of failure.
    """
    return tuple(
        key_of(row, read.table) for page in _pages(read, asks, count, utc_offset) for row in page.rows
    )


def _pages(
    read: Read, asks: PageClient, count: RequestCounts, utc_offset: Callable[[], timedelta]
) -> Iterator[Page]:
    resolved = resolve_columns(
        read, lambda tried: fetch_checked_page(Wanted(tried, Place()), asks, count), utc_offset
    )
    wanted, page = Wanted(resolved.read, Place()), whole_groups(resolved.page, read.table)
    while True:
        yield page
        if not page.has_more:
            return
        wanted = wanted.behind(page)
        page = whole_groups(fetch_checked_page(wanted, asks, count), read.table)


def fetch_checked_page(wanted: Wanted, asks: PageClient, count: RequestCounts) -> Page:
    """Return a page that can be what it was asked for; `has_more` says for sure whether rows follow.

    Args:
        wanted: What to ask for.
        asks: The client.
        count: Where to count requests.

    Raises:
        ImplausibleReply: NetSuite keeps sending what cannot be the answer.
        NetSuiteError: By kind of failure.
    """
    return asks.fetch_page(
        wanted.sql,
        count=count,
        check=lambda page: wanted.checked(page, lambda sql: asks.fetch_page(sql, count=count)),
    )
