"""What a sync has done of one table so far: for its report, and for its children."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from netsuite_pipeline.netsuite.client import RequestCounts
from netsuite_pipeline.netsuite.errors import NetSuiteError
from netsuite_pipeline.sync.deletions.count_comparison import Comparison
from netsuite_pipeline.sync.deletions.sweep import SweepResult
from netsuite_pipeline.sync.landing.result import RowCountRange
from netsuite_pipeline.sync.load.commit import CommittedTable
from netsuite_pipeline.sync.planning.read_plan import ReadPlan
from netsuite_pipeline.sync.report import TableReport, merge_reports
from netsuite_pipeline.sync.scheduling.phase import Phase
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.rows.cascade_delete import Removed


@dataclass
class TableProgress:
    """What is done of a table. What is committed stays, whatever comes after.

    Attributes:
        table: The table.
        finished: How the interrupted sync had read it whose pages are committed now.
        committed: What children need to know of its rows.
        read_from: The watermark from which the main leg read on, after what was finished first.
        missing: The keys of rows that are to be read again: a sweep found them missing here, or NetSuite
            could not send all their values in an earlier sync.
        repaired: The keys of those that were brought then.
        failure: Why it ended before its time.
        reports: A report for each leg.
        counted: What NetSuite counts of its rows; None where it was not asked or does not tell.
        comparison: How the table compares with NetSuite.
    """

    table: Table
    finished: ReadPlan | None = None
    committed: CommittedTable | None = None
    read_from: datetime | None = None
    missing: tuple[str, ...] = ()
    repaired: tuple[str, ...] = ()
    failure: NetSuiteError | WarehouseError | None = None
    reports: list[TableReport] = field(default_factory=list)
    counted: RowCountRange | None = None
    comparison: Comparison = field(default_factory=Comparison)

    @property
    def wrote(self) -> bool:
        """Whether this sync changed the table."""
        return any(report.rows_written or report.rows_deleted for report in self.reports)

    def take_rows(self, leg: Phase, report: TableReport, committed: CommittedTable) -> None:
        """Takes note of the rows that a leg has brought."""
        self.reports.append(report)
        if leg == Phase.REPAIR:
            self.repaired = committed.changed_keys
        else:
            self.committed = committed

    def take_deleted(self, removed: Removed | None) -> None:
        """Takes note of what was deleted in NetSuite and is gone here with what belonged to it."""
        if removed is None or (not removed.rows and not removed.children):
            return
        report = self.reports[-1]
        along = [f"{rows:,} rows of {name} went along" for name, rows in removed.children.items()]
        note = f"{removed.rows:,} rows were deleted in NetSuite{': ' if along else ''}{', '.join(along)}"
        rows = None if report.rows is None else report.rows - removed.rows
        self.reports[-1] = replace(
            report, rows_deleted=report.rows_deleted + removed.rows, rows=rows, notes=(*report.notes, note)
        )

    def take_note(self, note: str) -> None:
        """Takes down what people should know of the latest leg, which is committed."""
        report = self.reports[-1]
        self.reports[-1] = replace(report, notes=(*report.notes, note))

    def take_keys(self, report: TableReport, swept: SweepResult) -> None:
        """Takes note of a comparison with all keys."""
        self.reports.append(report)
        self.missing = tuple(dict.fromkeys([*self.missing, *(key[0] for key in swept.missing)]))

    def report(self, count: RequestCounts) -> TableReport:
        """What this sync did to the table, all legs together.

        Args:
            count: Its requests.
        """
        return replace(
            merge_reports(self.reports),
            requests=count.requests,
            retries=count.retries,
            throttled=count.throttled,
        )
