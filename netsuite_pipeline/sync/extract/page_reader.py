"""Read pages from NetSuite: exclude what it refuses, and check that a reply is plausible."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from netsuite_pipeline.netsuite.errors import NetSuiteError
from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.sync.extract.column_fallback import is_resolvable, resolve_columns
from netsuite_pipeline.sync.extract.listener import ExtractContext
from netsuite_pipeline.sync.extract.partitions import PartitionTracker
from netsuite_pipeline.sync.extract.unreadable_rows import PageSize, RowSearch, is_row_failure
from netsuite_pipeline.sync.landing.pages import LandedPages
from netsuite_pipeline.sync.planning.page_validation import PageRequest
from netsuite_pipeline.sync.planning.read_plan import ReadPlan


@dataclass(frozen=True)
class PageReader:
    """The reader of one table's pages. Several threads use it at once.

    Attributes:
        context: The sync's part.
        tracker: The manifest, whose read plan loses what is refused.
        landed: The pages that were selected by that read plan.
        count: Counts the requests.
    """

    context: ExtractContext
    tracker: PartitionTracker
    landed: LandedPages
    count: RequestCounts
    _counting: threading.Lock = field(default_factory=threading.Lock)
    _resolving: threading.Lock = field(default_factory=threading.Lock)
    _rows: RowSearch = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_rows", RowSearch(self._checked, self.tracker.plan.page_rows))

    def page(self, sql: str, check: Callable[[Page], Page] | None = None, limit: int = 0) -> Page:
        """Return the reply to a statement as it comes.

        Args:
            sql: The statement.
            check: Returns the page, or raises `ImplausibleReply`; then the statement is sent again.
            limit: Rows at most; 0 for a whole page.

        Raises:
            NetSuiteError: By kind of failure.
        """
        count = RequestCounts()
        try:
            if limit:
                return self.context.client.fetch_page(sql, limit=limit, count=count, check=check)
            return self.context.client.fetch_page(sql, count=count, check=check)
        finally:
            with self._counting:
                self.count.requests += count.requests
                self.count.retries += count.retries
                self.count.throttled += count.throttled

    def read_page(self, request: PageRequest, size: PageSize) -> tuple[Page, PageSize]:
        """Read a page. The first thread that is refused finds out what to exclude; the others query again.

        Args:
            request: The page; its read plan gives way to the manifest's of now.
            size: How many rows to query.

        Returns:
            The page, and how many rows to query after it.

        Raises:
            ImplausibleReply: NetSuite keeps sending replies that cannot be true.
            NetSuiteError: By kind of failure.
            WarehouseError: The smaller read plan cannot be written.
        """
        while True:
            read = self.tracker.plan.read
            request = replace(request, read=read, limit=size.limit or self._rows.max_rows)
            try:
                page = self._checked(request)
                return page, size.after(len(page.rows))
            except NetSuiteError as error:
                if is_row_failure(error):
                    if (smaller := self._rows.smaller(request, size)) is not None:
                        size = smaller
                        continue
                    if self._rows.is_row(request):
                        explains = bool(size.failed_rows)
                        page, unread = self._rows.without_failing_values(request, error, explains=explains)
                        self.tracker.record_unread(unread)
                        return page, PageSize()
                if not is_resolvable(read, error):
                    raise
                with self._resolving:
                    if self.tracker.plan.read is read:
                        first = self._resolve(read, request, error)
                        if first is not None:
                            return first, PageSize()

    def _checked(self, request: PageRequest) -> Page:
        return self.page(request.sql, lambda page: request.validated(page, self.page), request.limit)

    def _resolve(self, read: ReadPlan, request: PageRequest, error: NetSuiteError) -> Page | None:
        """Find what to exclude from a read plan.

        Returns:
            The page; None where it is to be queried again, because one row of it showed what is refused.
        """
        errors: list[NetSuiteError] = [error]
        # Where NetSuite failed over the first row and others, the first row shows as much as a page.
        sample = [replace(request, border=False, expected=0, limit=1)] if is_row_failure(error) else []

        def ask(tried: ReadPlan) -> Page:
            if errors:
                raise errors.pop()
            if not sample:
                try:
                    return self._checked(replace(request, read=tried, limit=self._rows.max_rows))
                except NetSuiteError as failed:
                    if not is_row_failure(failed):
                        raise
                    # A row, or too many rows, may be the cause: no column is excluded for it.
                    sample.append(self._rows.sample(replace(request, read=tried)))
            return self._checked(replace(sample[0], read=tried))

        resolved = resolve_columns(read, ask, self.context.utc_offset)
        chosen = (read.mode, read.table.key)
        if chosen != (resolved.read.mode, resolved.read.table.key) and self.landed.pages:
            raise error  # the landed pages were selected by a condition or a key that is refused now
        self.tracker.exclude(resolved.read, resolved.unavailable)
        return None if sample else resolved.page
