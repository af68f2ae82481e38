"""Pages as NetSuite answers them: what it refuses is left out, what cannot be true is not believed."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from netsuite_pipeline.netsuite.client import RequestCounts
from netsuite_pipeline.netsuite.errors import NetSuiteError
from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.sync.extract.column_fallback import is_resolvable, resolve_columns
from netsuite_pipeline.sync.extract.listener import ExtractContext
from netsuite_pipeline.sync.extract.partitions import PartitionTracker
from netsuite_pipeline.sync.extract.unreadable_rows import PageSize, RowSearch, may_be_rows
from netsuite_pipeline.sync.landing.pages import LandedPages
from netsuite_pipeline.sync.planning.keys import key_of
from netsuite_pipeline.sync.planning.page_validation import PageRequest
from netsuite_pipeline.sync.planning.read_plan import Key, ReadPlan


@dataclass(frozen=True)
class PageReader:
    """The answers to one table's questions. Several threads ask at once.

    Attributes:
        around: Who asks.
        places: The plan; of its read drops out what is refused.
        landed: The pages that were chosen by that read.
        count: Where to count requests.
    """

    around: ExtractContext
    places: PartitionTracker
    landed: LandedPages
    count: RequestCounts
    _counting: threading.Lock = field(default_factory=threading.Lock)
    _settling: threading.Lock = field(default_factory=threading.Lock)
    _rows: RowSearch = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_rows", RowSearch(self._checked, self.places.plan.page_rows))

    def page(self, sql: str, check: Callable[[Page], Page] | None = None, limit: int = 0) -> Page:
        """The answer to a statement, whatever comes of it.

        Args:
            sql: The statement.
            check: Returns the page, or raises `ImplausibleReply`; then the statement is asked again.
            limit: Rows at most; 0 for a whole page.

        Raises:
            NetSuiteError: By kind of failure.
        """
        count = RequestCounts()
        try:
            if limit:
                return self.around.asks.fetch_page(sql, limit=limit, count=count, check=check)
            return self.around.asks.fetch_page(sql, count=count, check=check)
        finally:
            with self._counting:
                self.count.requests += count.requests
                self.count.retries += count.retries
                self.count.throttled += count.throttled

    def read_page(self, wanted: PageRequest, size: PageSize) -> tuple[Page, PageSize]:
        """A page of the read; whoever is refused first finds out what to leave out, the others ask again.

        Args:
            wanted: What the page is asked for; its read gives way to the plan's of now.
            size: How many rows it is asked for.

        Returns:
            The page, and how many rows to ask for behind it.

        Raises:
            ImplausibleReply: NetSuite keeps sending what cannot be the answer.
            NetSuiteError: By kind of failure.
            WarehouseError: What is left out cannot be landed.
        """
        while True:
            read = self.places.plan.read
            wanted = replace(wanted, read=read, limit=size.limit or self._rows.most)
            try:
                page = self._checked(wanted)
                return page, size.after(len(page.rows))
            except NetSuiteError as error:
                if may_be_rows(error):
                    if (smaller := self._rows.smaller(wanted, size)) is not None:
                        size = smaller
                        continue
                    if self._rows.is_row(wanted):
                        explains = bool(size.suspect)
                        return self._without_what_fails(wanted, error, explains=explains), PageSize()
                if not is_resolvable(read, error):
                    raise
                with self._settling:
                    if self.places.plan.read is read:
                        first = self._settled(read, wanted, error)
                        if first is not None:
                            return first, PageSize()

    def _checked(self, wanted: PageRequest) -> Page:
        return self.page(wanted.sql, lambda page: wanted.checked(page, self.page), wanted.limit)

    def _without_what_fails(self, wanted: PageRequest, error: NetSuiteError, *, explains: bool) -> Page:
        """The first row of a page over which NetSuite fails, without the values that are the cause."""
        row = self._rows.without_what_fails(wanted, error, explains=explains)
        self.places.note_unread(row.unread)
        return row.page

    def _settled(self, read: ReadPlan, wanted: PageRequest, error: NetSuiteError) -> Page | None:
        """Finds out what to leave out of a read.

        Returns:
            The page, or None where it is to be asked for again: one row of it showed what is refused.
        """
        told: list[NetSuiteError] = [error]
        # Where NetSuite failed over the first row and others, the first tells as much as a page of them.
        sample = [replace(wanted, border=False, expected=0, limit=1)] if may_be_rows(error) else []

        def ask(tried: ReadPlan) -> Page:
            if told:
                raise told.pop()
            if not sample:
                try:
                    return self._checked(replace(wanted, read=tried, limit=self._rows.most))
                except NetSuiteError as failed:
                    if not may_be_rows(failed):
                        raise
                    # No column is accused of what a row, or too many rows, may be the cause of.
                    sample.append(self._rows.sample(replace(wanted, read=tried)))
            return self._checked(replace(sample[0], read=tried))

        resolved = resolve_columns(read, ask, self.around.utc_offset)
        chosen = (read.mode, read.table.key)
        if chosen != (resolved.read.mode, resolved.read.table.key) and self.landed.pages:
            raise error  # the pages that are landed were chosen by a condition or a key that is refused now
        self.places.leave_out(resolved.read, resolved.unavailable)
        return None if sample else resolved.page


def last_key(page: Page, read: ReadPlan) -> Key | None:
    """The last row's key; None where there is no row.

    Args:
        page: The page.
        read: How it was asked for.

    Raises:
        QueryError: The row has no key.
    """
    return key_of(page.rows[-1], read.table) if page.rows else None
