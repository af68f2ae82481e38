"""Pages as NetSuite answers them: what it refuses is left out, what cannot be true is not believed."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from netsuite_pipeline.netsuite.client import RequestCount
from netsuite_pipeline.netsuite.errors import NetSuiteError, Unavailable
from netsuite_pipeline.netsuite.page import Page
from netsuite_pipeline.sync.keys import is_behind, key_of
from netsuite_pipeline.sync.landed_pages import LandedPages
from netsuite_pipeline.sync.places import Places
from netsuite_pipeline.sync.plan import Key, Place, Read
from netsuite_pipeline.sync.settle import Settled, can_be_settled, settle
from netsuite_pipeline.sync.surroundings import Surroundings


@dataclass(frozen=True)
class Answers:
    """The answers to one table's questions. Several threads ask at once.

    Attributes:
        around: Who asks.
        places: The plan; of its read drops out what is refused.
        landed: The pages that were chosen by that read.
        count: Where to count requests.
    """

    around: Surroundings
    places: Places
    landed: LandedPages
    count: RequestCount
    _counting: threading.Lock = field(default_factory=threading.Lock)
    _settling: threading.Lock = field(default_factory=threading.Lock)

    def page(self, sql: str) -> Page:
        """The answer to a statement, whatever comes of it.

        Raises:
            NetSuiteError: By kind of failure.
        """
        count = RequestCount()
        try:
            return self.around.asks.page(sql, count=count)
        finally:
            with self._counting:
                self.count.requests += count.requests
                self.count.retries += count.retries
                self.count.throttled += count.throttled

    def page_of(self, statement: Callable[[Read], str]) -> Page:
        """A page of the read; whoever is refused first finds out what to leave out, the others ask again.

        Args:
            statement: The statement for a read.

        Raises:
            NetSuiteError: By kind of failure.
            WarehouseError: What is left out cannot be landed.
        """
        while True:
            read = self.places.plan.read
            try:
                return self.page(statement(read))
            except NetSuiteError as error:
                if not can_be_settled(read, error):
                    raise
                with self._settling:
                    if self.places.plan.read is read:
                        return self._settled(read, statement, error).page

    def _settled(self, read: Read, statement: Callable[[Read], str], error: NetSuiteError) -> Settled:
        told: list[NetSuiteError] = [error]

        def ask(tried: Read) -> Page:
            if told:
                raise told.pop()
            return self.page(statement(tried))

        settled = settle(read, ask, self.around.behind_utc)
        if settled.read.mode != read.mode and self.landed.pages:
            raise error  # the pages that are landed were chosen by a condition that is refused now
        self.places.leave_out(settled.read, settled.left_out)
        return settled


def has_more(page: Page, read: Read) -> bool:
    """Whether rows follow a page.

    Raises:
        Unavailable: It promises more and has nothing, which would end the table too early.
    """
    if page.has_more and not page.rows:
        raise Unavailable(f"NetSuite says that there are more rows of {read.table.name}, and sends none.")
    return page.has_more


def last_key(page: Page, asked: Place, read: Read, page_rows: int) -> Key | None:
    """The last row's key; None where there is no row.

    Args:
        page: The page.
        asked: What it was asked for.
        read: How.
        page_rows: Rows it holds at most.

    Raises:
        Unavailable: It is not behind where the page began, so the sync would never end.
        QueryError: The row has no key.
    """
    if not page.rows:
        return None
    table = read.table
    key = key_of(page.rows[-1], table)
    if asked.low is not None and not is_behind(key, asked.low, table):
        raise Unavailable(
            f"NetSuite sent rows of {table.name} out of order: {key} after {asked.low}.",
            asked=f"page of {page_rows} rows",
        )
    return key
