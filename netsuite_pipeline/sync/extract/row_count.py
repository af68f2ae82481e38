"""Compare a table's rows with NetSuite's own count: whether to query it, and what the reply says."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from netsuite_pipeline.netsuite.errors import (
    PermissionDenied,
    QueryError,
    Unavailable,
    is_statement_error,
)
from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.sync.landing.result import RowCountRange
from netsuite_pipeline.sync.planning.read_plan import ReadPlan

PAGES_BEHIND_COUNT = 40
"""The count is queried so many pages before the end, so that no slot waits for the count alone."""
_MAX_COUNTS = 2


@dataclass
class RowCountCheck:
    """The count of a read of all rows, or of all keys.

    Attributes:
        counted: NetSuite's count; None where NetSuite gives none, or was not asked.
        problem: Why NetSuite gives no count; empty where it does.
        asked: How often the count was queried.
    """

    counted: RowCountRange | None = None
    problem: str = ""
    asked: int = 0
    _read: ReadPlan | None = None

    def accept_total(self, total: int | None, rows: int) -> None:
        """Accept `totalResults` of a table's only page as the count if it equals the page's rows."""
        # open question 2: totalResults may be wrong; a single page shows whether it is.
        self.counted = RowCountRange(rows, rows) if total == rows else None

    def is_due(self, read: ReadPlan, rows: int) -> bool:
        """Return whether to query the count, or to query it again.

        A count that was queried while the last pages were still read may differ from the rows.

        Args:
            read: The read plan as it is now.
            rows: Rows in all pages.
        """
        if self.asked == 0:
            return True
        if self.counted is None:
            known = self._read is read  # columns that were excluded meanwhile may be the cause
        else:
            known = self.counted.least <= rows <= self.counted.most
        return not known and self.asked < _MAX_COUNTS

    def ask(self, read: ReadPlan, cutoff: datetime, page: Callable[[str], Page]) -> None:
        """Query how many rows NetSuite has at the cutoff.

        Args:
            read: The read plan as it is now.
            cutoff: UTC.
            page: Runs a statement.

        Raises:
            NetSuiteError: NetSuite does not answer.
        """
        self.asked += 1
        self.counted, self._read = None, read
        self.problem = ""
        try:
            self.counted = self._counted(read, cutoff, page)
            if self.counted is None:
                # COUNT(*) is refused on some tables (facts 2.4).
                self.problem = "NetSuite refuses to count its rows, so they were not compared"
        except ValueError:
            self.problem = "NetSuite's count of its rows could not be read"

    def _counted(self, read: ReadPlan, cutoff: datetime, page: Callable[[str], Page]) -> RowCountRange | None:
        """Return NetSuite's count, without the number of newer rows where NetSuite cannot count them."""
        for moment in (cutoff, None) if read.counts_after_cutoff else (None,):
            try:
                return RowCountRange.parse(next(iter(page(read.count_sql(moment)).rows), {}))
            except (PermissionDenied, QueryError, Unavailable) as error:
                if isinstance(error, Unavailable) and not is_statement_error(error):
                    raise
        return None
