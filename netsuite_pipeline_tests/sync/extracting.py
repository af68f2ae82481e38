"""A table's fetching without threads: its steps are taken from a list, in whatever order a test likes."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from netsuite_pipeline.netsuite.client import PAGE_ROWS
from netsuite_pipeline.netsuite.errors import NetSuiteError
from netsuite_pipeline.netsuite.http.page import Page, read_page
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.sync.extract.events import ExtractEvent, ExtractFailed, ExtractFinished, PageLanded
from netsuite_pipeline.sync.extract.listener import ExtractContext
from netsuite_pipeline.sync.extract.table_extract import TableExtract
from netsuite_pipeline.sync.landing.folder import Landing, TableLanding
from netsuite_pipeline.sync.landing.manifest import Manifest, new_manifest
from netsuite_pipeline.sync.landing.result import LandedTable
from netsuite_pipeline.sync.landing.resume import ResumablePages, scan_landed_pages
from netsuite_pipeline.sync.planning.read_plan import ReadPlan
from netsuite_pipeline.sync.worker_pool import Task
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline_tests.sync.books import CUSTOMER, LINE
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite

CUTOFF = datetime(2026, 11, 23, 12)
CUSTOMERS = ReadPlan(CUSTOMER, ("id", "companyname"), (), "full")
LINES = ReadPlan(LINE, ("transaction", "id", "amount"), (), "full")


@dataclass
class Scripted:
    """Answers page after page by script."""

    bodies: list[dict[str, object]]
    asked: list[str] = field(default_factory=list)
    page_rows: int = PAGE_ROWS

    def fetch_page(
        self,
        sql: str,
        *,
        limit: int = PAGE_ROWS,
        count: RequestCounts | None = None,
        check: Callable[[Page], Page] | None = None,
    ) -> Page:
        self.asked.append(sql)
        page = read_page(json.dumps(self.bodies[len(self.asked) - 1]).encode(), endpoint="POST")
        return page if check is None else check(page)


@dataclass
class ExtractRun:
    """The extract of a table, its landing folder, and the events that it emitted."""

    extract: TableExtract
    landing: TableLanding
    events: list[ExtractEvent]

    def run(self, pick: Callable[[int], int] = lambda waiting: 0, most: int = 100_000) -> "ExtractRun":
        """Takes steps until there are none, or a number of them.

        Args:
            pick: Which of so many waiting steps is next.
            most: How many steps are taken before the process is killed.
        """
        waiting: list[Task] = self.extract.start()
        while waiting and most:
            waiting += waiting.pop(pick(len(waiting))).run()
            most -= 1
        return self

    @property
    def landed_rows(self) -> list[int]:
        """The rows of each page that landed."""
        return [event.rows for event in self.events if isinstance(event, PageLanded)]

    @property
    def ended(self) -> list[LandedTable]:
        """The results that were emitted."""
        return [event.result for event in self.events if isinstance(event, ExtractFinished)]

    @property
    def failures(self) -> list[NetSuiteError | WarehouseError]:
        """The failures that were emitted."""
        return [event.error for event in self.events if isinstance(event, ExtractFailed)]

    @property
    def landed(self) -> LandedTable:
        """The result, which is emitted once and without a failure."""
        if self.failures:
            raise self.failures[0]
        (landed,) = self.ended
        return landed

    @property
    def files(self) -> list[str]:
        return [page.file for page in self.landing.pages()]


def a_manifest(
    read: ReadPlan,
    client: FakeNetSuite | Scripted,
    among: Sequence[str] | None = None,
    *,
    index_first: bool = False,
) -> Manifest:
    return new_manifest(
        read, cutoff=CUTOFF, watermark=None, page_rows=client.page_rows, among=among, index_first=index_first
    )


def an_extract(
    plan: Manifest,
    client: FakeNetSuite | Scripted,
    folder: Path,
    *,
    idle: int = 0,
    certain: bool = True,
    resumed: bool = False,
    utc_offset: Callable[[], timedelta] = timedelta,
    landing: TableLanding | None = None,
    stored_rows: int = 0,
) -> ExtractRun:
    """A fetching, not begun.

    Args:
        idle: How many threads have nothing to do.
        certain: The columns are known to be there.
        resumed: It goes on from what is landed in the folder.
        utc_offset: Measures session time minus UTC.
        landing: Instead of the table's own in the folder.
        stored_rows: Rows that the warehouse has of the table.
    """
    landing = landing or Landing(folder).table(plan.read.table.name)
    events: list[ExtractEvent] = []
    extract = TableExtract(
        plan,
        landing,
        ExtractContext(client, utc_offset=utc_offset, idle_threads=lambda: idle, stored_rows=stored_rows),
        events.append,
        certain=certain,
        resumed=scan_landed_pages(plan, landing) if resumed else ResumablePages(),
    )
    return ExtractRun(extract, landing, events)


def rows_of(fetched: LandedTable, *names: str) -> list[tuple[str | None, ...]]:
    """The landed rows in the order of the pages."""
    rows = [row for page in fetched.pages for row in json.loads(page.read_bytes())["items"]]
    return [tuple(row.get(name) for name in names) for row in rows]


def keys_in(fake: FakeNetSuite, read: ReadPlan) -> list[tuple[str, ...]]:
    """The keys that a full read should land."""
    table = read.table
    at = [[column.name for column in table.columns].index(part) for part in table.key]
    at = [where + sum(column.label for column in table.columns[:where]) for where in at]
    return [tuple(str(row[where]) for where in at) for row in fake.rows(table.name)]
