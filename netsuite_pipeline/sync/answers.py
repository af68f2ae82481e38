"""Pages as NetSuite answers them: what it refuses is left out, what cannot be true is not believed."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from netsuite_pipeline.netsuite.client import RequestCount
from netsuite_pipeline.netsuite.errors import NetSuiteError
from netsuite_pipeline.netsuite.page import Page
from netsuite_pipeline.sync.keys import key_of
from netsuite_pipeline.sync.landed_pages import LandedPages
from netsuite_pipeline.sync.places import Places
from netsuite_pipeline.sync.plan import Key, Read
from netsuite_pipeline.sync.plausible import Wanted
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

    def page(self, sql: str, check: Callable[[Page], Page] | None = None) -> Page:
        """The answer to a statement, whatever comes of it.

        Args:
            sql: The statement.
            check: Returns the page, or raises `ImplausibleReply`; then the statement is asked again.

        Raises:
            NetSuiteError: By kind of failure.
        """
        count = RequestCount()
        try:
            return self.around.asks.page(sql, count=count, check=check)
        finally:
            with self._counting:
                self.count.requests += count.requests
                self.count.retries += count.retries
                self.count.throttled += count.throttled

    def page_of(self, wanted: Wanted) -> Page:
        """A page of the read; whoever is refused first finds out what to leave out, the others ask again.

        Args:
            wanted: What the page is asked for; its read gives way to the plan's of now.

        Raises:
            ImplausibleReply: NetSuite keeps sending what cannot be the answer.
            NetSuiteError: By kind of failure.
            WarehouseError: What is left out cannot be landed.
        """
        while True:
            read = self.places.plan.read
            try:
                return self._checked(replace(wanted, read=read))
            except NetSuiteError as error:
                if not can_be_settled(read, error):
                    raise
                with self._settling:
                    if self.places.plan.read is read:
                        return self._settled(read, wanted, error).page

    def _checked(self, wanted: Wanted) -> Page:
        return self.page(wanted.sql, lambda page: wanted.checked(page, self.page))

    def _settled(self, read: Read, wanted: Wanted, error: NetSuiteError) -> Settled:
        told: list[NetSuiteError] = [error]

        def ask(tried: Read) -> Page:
            if told:
                raise told.pop()
            return self._checked(replace(wanted, read=tried))

        settled = settle(read, ask, self.around.behind_utc)
        if settled.read.mode != read.mode and self.landed.pages:
            raise error  # the pages that are landed were chosen by a condition that is refused now
        self.places.leave_out(settled.read, settled.left_out)
        return settled


def last_key(page: Page, read: Read) -> Key | None:
    """The last row's key; None where there is no row.

    Args:
        page: The page.
        read: How it was asked for.

    Raises:
        QueryError: The row has no key.
    """
    return key_of(page.rows[-1], read.table) if page.rows else None
