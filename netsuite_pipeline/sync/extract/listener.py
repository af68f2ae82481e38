"""The protocol of the client, and what the extract of a table shares with its sync."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from netsuite_pipeline.netsuite.client import PAGE_ROWS
from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.sync.extract.speculative import SpeculativePages


class PageClient(Protocol):
    """The method of `NetSuiteClient` that an extract uses."""

    def fetch_page(
        self,
        sql: str,
        *,
        limit: int = PAGE_ROWS,
        count: RequestCounts | None = None,
        check: Callable[[Page], Page] | None = None,
    ) -> Page:
        """Return one page of a statement's result."""
        ...


@dataclass(frozen=True)
class ExtractContext:
    """What the extract of a table needs of its sync.

    Attributes:
        client: The client.
        utc_offset: Measures session time minus UTC; called if SYS_EXTRACT_UTC is refused.
        idle_threads: Returns how many threads have no task, so that splitting a key range is of use.
        wait_for_start: Waits until the cutoff's second is over; from then on rows may be read.
        speculative: The pages that are read before that.
        stored_rows: Rows of the table in the warehouse after the last sync.
    """

    client: PageClient
    utc_offset: Callable[[], timedelta] = timedelta
    idle_threads: Callable[[], int] = int
    wait_for_start: Callable[[], None] = lambda: None
    speculative: SpeculativePages = field(default_factory=SpeculativePages)
    stored_rows: int = 0
