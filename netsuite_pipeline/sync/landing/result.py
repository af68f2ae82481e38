"""One table's landed rows: what extract hands over to load."""

from dataclasses import dataclass
from pathlib import Path

from netsuite_pipeline.netsuite.http.page import Page, Row
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.sync.planning.page_validation import parse_counts
from netsuite_pipeline.sync.planning.read_plan import Key, ReadPlan
from netsuite_pipeline.warehouse.rows.rejected_values import UnreadValue


@dataclass(frozen=True)
class UnreadCell:
    """A value that NetSuite could not send.

    Attributes:
        key: The row's key.
        column: The column, or label.
        reason: What NetSuite did instead.
    """

    key: Key
    column: str
    reason: str


@dataclass(frozen=True)
class PartialRow:
    """A row without the values that NetSuite could not send.

    Attributes:
        page: The page that holds the row alone.
        unread: The values that are missing.
    """

    page: Page
    unread: tuple[UnreadCell, ...]


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
        parents: In mode `children`, the parents whose rows these are.
        count: The requests.
        seconds: Time from the first request to the last page.
        counted: NetSuite's count, of a read of all rows or all keys; None where NetSuite gives none.
        resumed: Pages that an interrupted sync had landed.
        unread: Values of these rows that NetSuite could not send.
    """

    read: ReadPlan
    pages: tuple[Path, ...]
    rows: int
    unavailable: dict[str, str]
    anomalies: frozenset[str]
    parents: tuple[str, ...]
    count: RequestCounts
    seconds: float
    counted: RowCountRange | None = None
    resumed: int = 0
    unread: tuple[UnreadCell, ...] = ()

    @property
    def unread_values(self) -> tuple[UnreadValue, ...]:
        """Return the values that could not be read, as the warehouse names them."""
        return tuple(UnreadValue("/".join(each.key), each.column, each.reason) for each in self.unread)

    @property
    def is_short(self) -> bool:
        """Return whether fewer rows were read than NetSuite counts: then no row counts as missing."""
        return self.counted is not None and self.rows < self.counted.least
