"""What the extract of a table needs of its sync."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from netsuite_pipeline.netsuite.client import PAGE_ROWS, RequestCounts
from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.sync.extract.speculative import SpeculativePages


class PageClient(Protocol):
    """What fetching needs of NetSuiteClient."""

    def fetch_page(
        self,
        sql: str,
        *,
        limit: int = PAGE_ROWS,
        count: RequestCounts | None = None,
        check: Callable[[Page], Page] | None = None,
    ) -> Page: ...


@dataclass(frozen=True)
class ExtractContext:
    """What fetching a table needs of its sync.

    Attributes:
        asks: The client.
        utc_offset: Measures how far the session's clock is behind UTC, should SYS_EXTRACT_UTC be refused.
        idle: How many threads have nothing to do: whether halving a place is of use.
        begins: Waits until the second of the cutoff is over; rows may be asked for from then on.
        early: Lets a long table begin sooner.
        stored_rows: Rows of the table in the warehouse, as the last sync left them.
    """

    asks: PageClient
    utc_offset: Callable[[], timedelta] = timedelta
    idle: Callable[[], int] = int
    begins: Callable[[], None] = lambda: None
    early: SpeculativePages = field(default_factory=SpeculativePages)
    stored_rows: int = 0
