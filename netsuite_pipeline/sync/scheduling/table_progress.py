"""What a sync has committed of one table: for its report, and for its children."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from netsuite_pipeline.netsuite.errors import NetSuiteError
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.sync.deletions.count_comparison import Comparison, problem
from netsuite_pipeline.sync.deletions.sweep import SweepResult
from netsuite_pipeline.sync.landing.result import RowCountRange
from netsuite_pipeline.sync.load.commit import CommittedTable
from netsuite_pipeline.sync.report import TableReport, merge_reports
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.rows.cascade_delete import Removed
from netsuite_pipeline.wording import counted


@dataclass
class TableProgress:
    """The results of a table's phases. A later failure undoes none of them.

    Attributes:
        table: The table.
        committed: The result of the latest commit of rows; None before it.
        read_from: The watermark from which the READ phase read.
        missing: Filter values of the rows to repair: a sweep found them missing in the warehouse, or
            NetSuite could not send all their values in an earlier sync.
        repaired: Keys of the rows that the repair changed.
        failure: Why the table ended early; None where it did not.
        reports: One report a phase.
        counted: NetSuite's count of the rows; None where it was not asked or refused.
        comparison: The stored rows compared with NetSuite's.
    """

    table: Table
    committed: CommittedTable | None = None
    read_from: datetime | None = None
    missing: tuple[str, ...] = ()
    repaired: tuple[str, ...] = ()
    failure: NetSuiteError | WarehouseError | None = None
    reports: list[TableReport] = field(default_factory=list)
    counted: RowCountRange | None = None
    comparison: Comparison = field(default_factory=Comparison)

    @property
    def has_changes(self) -> bool:
        """Whether this sync wrote or deleted rows of the table."""
        return any(report.rows_written or report.rows_deleted for report in self.reports)

    def add_deletions(self, removed: Removed) -> None:
        """Add rows that were deleted in NetSuite to the latest report."""
        if not removed.rows and not removed.children:
            return
        report = self.reports[-1]
        along = [f"{counted(rows, 'row')} of {name} went along" for name, rows in removed.children.items()]
        deleted = f"{counted(removed.rows, 'row was', 'rows were')} deleted in NetSuite"
        self.reports[-1] = replace(
            report,
            rows_deleted=report.rows_deleted + removed.rows,
            rows=None if report.rows is None else report.rows - removed.rows,
        )
        self.add_note(": ".join(filter(None, (deleted, ", ".join(along)))))

    def add_note(self, note: str) -> None:
        """Add a note to the latest report."""
        report = self.reports[-1]
        self.reports[-1] = replace(report, notes=(*report.notes, note))

    def add_sweep(self, report: TableReport, swept: SweepResult) -> None:
        """Add the result of a sweep."""
        self.reports.append(report)
        self.missing = tuple(dict.fromkeys([*self.missing, *(key[0] for key in swept.missing)]))

    def report(self, count: RequestCounts) -> TableReport:
        """Return one report of all phases; it fails where the stored rows do not equal NetSuite's.

        Args:
            count: The table's requests.
        """
        report = replace(
            merge_reports(self.reports),
            requests=count.requests,
            retries=count.retries,
            throttled=count.throttled,
            missing=self.comparison.missing,
        )
        wrong = problem(self.table, report.rows or 0, self.comparison) if report.status == "done" else None
        return report if wrong is None else replace(report, status="failed", failure=wrong)
