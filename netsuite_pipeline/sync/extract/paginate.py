"""Page after page, for what is expected to be short: keys and deletions, which are kept and not landed."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from netsuite_pipeline.netsuite.client import RequestCounts
from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.sync.extract.column_fallback import resolve_columns
from netsuite_pipeline.sync.extract.listener import PageClient
from netsuite_pipeline.sync.planning.keys import complete_groups, key_of
from netsuite_pipeline.sync.planning.page_validation import PageRequest
from netsuite_pipeline.sync.planning.read_plan import Key, KeyRange, ReadPlan


def read_all_keys(
    read: ReadPlan, asks: PageClient, count: RequestCounts, utc_offset: Callable[[], timedelta] = timedelta
) -> tuple[Key, ...]:
    """The keys of all rows of a read, in their order.

    Raises:
        NetSuiteError: By kind of failure.
    """
    return tuple(
        key_of(row, read.table) for page in _pages(read, asks, count, utc_offset) for row in page.rows
    )


def _pages(
    read: ReadPlan, asks: PageClient, count: RequestCounts, utc_offset: Callable[[], timedelta]
) -> Iterator[Page]:
    resolved = resolve_columns(
        read, lambda tried: fetch_checked_page(PageRequest(tried, KeyRange()), asks, count), utc_offset
    )
    wanted, page = PageRequest(resolved.read, KeyRange()), complete_groups(resolved.page, read.table)
    while True:
        yield page
        if not page.has_more:
            return
        wanted = wanted.behind(page)
        page = complete_groups(fetch_checked_page(wanted, asks, count), read.table)


def fetch_checked_page(wanted: PageRequest, asks: PageClient, count: RequestCounts) -> Page:
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
