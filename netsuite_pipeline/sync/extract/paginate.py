"""Read page after page of short results, such as keys and deletions, which stay in memory."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.sync.extract.column_fallback import resolve_columns
from netsuite_pipeline.sync.extract.listener import PageClient
from netsuite_pipeline.sync.planning.keys import complete_groups, key_of
from netsuite_pipeline.sync.planning.page_validation import PageRequest
from netsuite_pipeline.sync.planning.read_plan import Key, KeyRange, ReadPlan


def read_all_keys(
    read: ReadPlan, client: PageClient, count: RequestCounts, utc_offset: Callable[[], timedelta] = timedelta
) -> tuple[Key, ...]:
    """Return the keys of all rows of a read, in order.

    Raises:
        NetSuiteError: By kind of failure.
    """
    return tuple(
        key_of(row, read.table) for page in _pages(read, client, count, utc_offset) for row in page.rows
    )


def _pages(
    read: ReadPlan, client: PageClient, count: RequestCounts, utc_offset: Callable[[], timedelta]
) -> Iterator[Page]:
    resolved = resolve_columns(
        read, lambda tried: fetch_checked_page(PageRequest(tried, KeyRange()), client, count), utc_offset
    )
    request, page = PageRequest(resolved.read, KeyRange()), complete_groups(resolved.page, read.table)
    while True:
        yield page
        if not page.has_more:
            return
        request = request.after_page(page)
        page = complete_groups(fetch_checked_page(request, client, count), read.table)


def fetch_checked_page(request: PageRequest, client: PageClient, count: RequestCounts) -> Page:
    """Return a page that can be the reply to a request; its `has_more` is certain.

    Args:
        request: The request.
        client: The client.
        count: Counts the requests.

    Raises:
        ImplausibleReply: NetSuite keeps sending replies that cannot be true.
        NetSuiteError: By kind of failure.
    """
    return client.fetch_page(
        request.sql,
        count=count,
        check=lambda page: request.validated(page, lambda sql: client.fetch_page(sql, count=count)),
    )
