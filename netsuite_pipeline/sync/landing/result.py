"""One table's landed rows: what extract hands over to load."""

from dataclasses import dataclass
from pathlib import Path

from netsuite_pipeline.netsuite.http.page import Row
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.sync.planning.page_validation import parse_counts
from netsuite_pipeline.sync.planning.read_plan import ReadPlan
from netsuite_pipeline.warehouse.rows.rejected_values import UnreadValue


@dataclass(frozen=True)
class RowCountRange:
    """How many rows NetSuite counts at the cutoff; a range where some changed during the count."""

    least: int
    most: int

    @classmethod
    def parse(cls, row: Row) -> "RowCountRange":
        """Return the count in a row with `counted` and `newer`, the rows changed after the cutoff.

        Raises:
            ValueError: The row is no count.
        """
        counted, newer = parse_counts(row)
        return cls(max(0, counted - newer), counted)


@dataclass(frozen=True)
class LandedTable:
    """One table's landed rows.

    Attributes:
        read: The read plan after refused columns were excluded.
        pages: The landed files in key order.
        rows: Rows in them.
        unavailable: Columns and labels that this account does not offer, with the reason.
        anomalies: Deviations of the replies from the documented form.
        values: The values of `read.filter_column` whose rows were read; empty for all rows of the read.
        count: The requests.
        counted: NetSuite's count, of a read of all rows or all keys; None where NetSuite gives none.
        resumed: Pages that an interrupted sync had landed.
        unread: Values of these rows that NetSuite could not send.
    """

    read: ReadPlan
    pages: tuple[Path, ...]
    rows: int
    unavailable: dict[str, str]
    anomalies: frozenset[str]
    values: tuple[str, ...]
    count: RequestCounts
    counted: RowCountRange | None = None
    resumed: int = 0
    unread: tuple[UnreadValue, ...] = ()

    @property
    def is_short(self) -> bool:
        """Return whether fewer rows were read than NetSuite counts: then no row counts as missing."""
        return self.counted is not None and self.rows < self.counted.least
