"""The pages of a table that have landed: the files, how many rows they hold, what was odd about them."""

import threading
from dataclasses import dataclass, field
from pathlib import Path

from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.sync.landing.folder import PageName, TableLanding
from netsuite_pipeline.sync.landing.manifest import Manifest
from netsuite_pipeline.sync.landing.resume import ResumablePages


@dataclass
class LandedPages:
    """What has landed of one table. Safe to share between threads.

    Attributes:
        landing: Where the pages go.
        resumed: What an interrupted sync had landed.
        pages: The pages that count.
        rows: Rows in them.
        total: The rows that the page landed last says that there are.
        anomalies: What in the replies deviated from the documented form.
    """

    landing: TableLanding
    resumed: ResumablePages
    pages: dict[PageName, Path] = field(init=False)
    rows: int = field(init=False)
    total: int | None = None
    anomalies: set[str] = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.pages = dict(self.resumed.pages)
        self.rows = self.resumed.rows
        self.anomalies = set(self.resumed.anomalies)

    @property
    def is_single(self) -> bool:
        """Whether there is one page alone, and this sync has asked for it."""
        return len(self.pages) == 1 and not self.resumed.pages

    @property
    def in_order(self) -> tuple[Path, ...]:
        """The files in key order."""
        pages = sorted(self.pages.items(), key=lambda item: (item[0].place, item[0].part))
        return tuple(path for _, path in pages)

    def land(self, page: Page, name: PageName, plan: Manifest) -> Path:
        """Writes a page. It does not count before it is known to be good.

        Args:
            page: The page.
            name: Which of the plan it is.
            plan: The plan as it is by now.

        Raises:
            WarehouseError: The disk is full or the folder cannot be written.
            ConfigurationError: Values are to be hashed, and there is no salt.
        """
        path = self.landing.land(name, plan.hashing.body(page, plan.read.table))
        unasked = page.columns.difference(plan.read.result_columns) if page.rows else set()
        with self._lock:
            self.total = page.total
            self.anomalies.update(page.anomalies)
            # Columns that were found refused meanwhile may still be in pages that were asked for before.
            self.anomalies.update(
                f"a column that was not asked for: {column!r}"
                for column in unasked
                if column not in plan.unavailable
            )
        return path

    def count(self, name: PageName, path: Path, rows: int) -> None:
        """A landed page is good, as far as is known."""
        with self._lock:
            self.pages[name] = path
            self.rows += rows
