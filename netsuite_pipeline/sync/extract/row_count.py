"""NetSuite's own count of a table's rows: whether it is still to be asked, and what its answer says."""

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

PAGES_BEHIND_COUNT = 40  # it is asked for so shortly before the end, so that no slot waits for it alone
_MOST_COUNTS = 2


@dataclass
class RowCountCheck:
    """The count of a read of all rows, or of all keys.

    Attributes:
        counted: What NetSuite counts; None where it does not tell, or was not asked.
        trouble: Why it does not tell; empty where it does.
        asked: How often it was asked.
    """

    counted: RowCountRange | None = None
    trouble: str = ""
    asked: int = 0
    _read: ReadPlan | None = None

    def believe(self, total: int | None, rows: int) -> None:
        """Takes in what the only page of a table says that there are: `totalResults`, and its rows."""
        # open question 2: totalResults may be wrong; of a single page it is easily checked.
        self.counted = RowCountRange(rows, rows) if total == rows else None

    def is_due(self, read: ReadPlan, rows: int) -> bool:
        """Whether NetSuite is to be asked, or asked again: it may have been asked while the last pages were
        still under way.

        Args:
            read: What is asked for by now.
            rows: Rows in all pages.
        """
        if self.asked == 0:
            return True
        if self.counted is None:
            known = self._read is read  # columns that were found refused meanwhile are the cause
        else:
            known = self.counted.least <= rows <= self.counted.most
        return not known and self.asked < _MOST_COUNTS

    def ask(self, read: ReadPlan, cutoff: datetime, page: Callable[[str], Page]) -> None:
        """Asks NetSuite how many rows it has at the cutoff.

        Args:
            read: What is asked for by now.
            cutoff: UTC.
            page: Asks.

        Raises:
            NetSuiteError: NetSuite does not answer.
        """
        self.asked += 1
        self.counted, self._read = None, read
        self.trouble = ""
        try:
            self.counted = self._counted(read, cutoff, page)
            if self.counted is None:
                # COUNT(*) was seen refused on some tables (facts 2.4): then nobody knows.
                self.trouble = "NetSuite refuses to count its rows, so they were not compared"
        except (KeyError, ValueError):
            self.trouble = "NetSuite's count of its rows could not be read"

    def _counted(self, read: ReadPlan, cutoff: datetime, page: Callable[[str], Page]) -> RowCountRange | None:
        """Return NetSuite's count, without the number of newer rows where NetSuite cannot count them."""
        for moment in (cutoff, None) if read.counts_after_cutoff else (None,):
            try:
                return parse_row_count(page(read.count_sql(moment)))
            except (PermissionDenied, QueryError, Unavailable) as error:
                if isinstance(error, Unavailable) and not is_statement_error(error):
                    raise
        return None


def parse_row_count(page: Page) -> RowCountRange:
    """NetSuite's answer to `ReadPlan.count_sql`.

    Raises:
        KeyError, ValueError: It is no count.
    """
    row = page.rows[0] if page.rows else {}
    counted = int(row["counted"] or "")
    newer = int(row.get("newer") or 0)
    return RowCountRange(max(0, counted - newer), counted)
