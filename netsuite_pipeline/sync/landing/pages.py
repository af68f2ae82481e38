"""The landed pages of a table: their files, their rows and their anomalies."""

import threading
from dataclasses import dataclass, field
from pathlib import Path

from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.sync.landing.folder import PageName, TableLanding
from netsuite_pipeline.sync.landing.manifest import Manifest
from netsuite_pipeline.sync.landing.resume import ResumablePages


@dataclass
class LandedPages:
    """The landed pages of one table. Several threads share it.

    Attributes:
        landing: The table's landing folder.
        resumed: The pages that an interrupted sync has landed.
        pages: The valid pages.
        rows: Rows in them.
        total: `totalResults` of the page that landed last.
        anomalies: Deviations of the replies from the documented form.
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
        """Return whether there is one page alone, and this sync has read it."""
        return len(self.pages) == 1 and not self.resumed.pages

    @property
    def in_order(self) -> tuple[Path, ...]:
        """Return the files in key order."""
        pages = sorted(self.pages.items(), key=lambda item: (item[0].range_number, item[0].part))
        return tuple(path for _, path in pages)

    def land(self, page: Page, name: PageName, plan: Manifest) -> Path:
        """Write a page. It counts only once `count` is called.

        Args:
            page: The page.
            name: Its name.
            plan: The manifest as it is now.

        Raises:
            WarehouseError: The disk is full or the folder cannot be written.
            ConfigurationError: Values are to be hashed, and there is no salt.
        """
        path = self.landing.land(name, plan.hashing.body(page, plan.read.table))
        unasked = page.columns.difference(plan.read.result_columns) if page.rows else set()
        with self._lock:
            self.total = page.total
            self.anomalies.update(page.anomalies)
            # A page that was queried before a column was excluded may still have the column.
            self.anomalies.update(
                f"a column that was not asked for: {column!r}"
                for column in unasked
                if column not in plan.unavailable
            )
        return path

    def count(self, name: PageName, path: Path, rows: int) -> None:
        """Count a landed page that is valid, as far as is known."""
        with self._lock:
            self.pages[name] = path
            self.rows += rows
