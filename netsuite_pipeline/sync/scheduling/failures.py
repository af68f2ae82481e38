"""What becomes of a table that cannot be read or loaded: absent or failed, and whether its pages are kept."""

from dataclasses import dataclass
from typing import Literal

from netsuite_pipeline.netsuite.errors import (
    NetSuiteError,
    PermissionDenied,
    QueryError,
    is_statement_error,
)
from netsuite_pipeline.sync.report import TableReport, permission_lost
from netsuite_pipeline.sync.work_time import WorkTime
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.errors import LoadRefused, WarehouseError
from netsuite_pipeline.warehouse.state import TableState
from netsuite_pipeline.warehouse.transactions import is_about_data


@dataclass(frozen=True)
class Failure:
    """How a table's way ends before its time.

    Attributes:
        status: `failed`; or `absent`, this account never showed such a table.
        failure: What is told of it; None where it is absent.
        keeps_pages: Whether the next sync may go on with the pages that are landed.
        notes: What a person should know.
    """

    status: Literal["failed", "absent"]
    failure: NetSuiteError | WarehouseError | None
    keeps_pages: bool
    notes: tuple[str, ...] = ()

    def report(
        self, table: Table, mode: str, state: TableState | None, rows_read: int, work: WorkTime
    ) -> TableReport:
        """The table's report.

        Args:
            table: The table.
            mode: How it was read; `none` where it was not.
            state: What is known of it so far.
            rows_read: Rows that have landed.
            work: When it set out, and how long it worked.
        """
        is_absent = self.status == "absent"
        return TableReport(
            table=table.name,
            mode="none" if is_absent else mode,
            status=self.status,
            started_at=work.started_at,
            seconds=work.seconds,
            rows_read=0 if is_absent else rows_read,
            watermark=state.watermark if state else None,
            failure=self.failure,
            notes=self.notes,
        )


def classify_failure(
    error: NetSuiteError | WarehouseError, table: Table, mode: str, state: TableState | None
) -> Failure:
    """What a failure means for a table.

    Args:
        error: The failure.
        table: The table.
        mode: How it was read; `none` where it was not.
        state: What is known of it so far; None where it was never synced.
    """
    if not isinstance(error, PermissionDenied) or error.table != table.name:
        return Failure("failed", error, keeps_pages=not _is_of_no_use_after(error, mode))
    if state is None:
        return Failure("absent", None, keeps_pages=False, notes=(_absent_note(table),))
    return Failure("failed", permission_lost(table, error, state.synced_at), keeps_pages=False)


def _is_of_no_use_after(error: NetSuiteError | WarehouseError, mode: str) -> bool:
    """Whether it is the landed pages that are at fault, or nobody can go on with them: of changes that were
    chosen by a condition which is refused now."""
    if isinstance(error, WarehouseError):
        return isinstance(error, LoadRefused) or is_about_data(error.__cause__)
    return mode == "changed" and is_statement_error(error)


def _absent_note(table: Table) -> str:
    feature = f", or the feature {table.feature} is off" if table.feature else ""
    return f"this account shows the role no such table (it needs {table.permission.name}{feature})"


def lacks_key(error: NetSuiteError | WarehouseError, table: Table, mode: str) -> bool:
    """Whether a read of some rows failed because the account does not have a part of the key any more: only
    a read of all rows may do without it.

    Args:
        error: How the read failed.
        table: The table.
        mode: How it was read.
    """
    named = error.column if isinstance(error, QueryError) else ""
    return mode in {"children", "changed"} and len(table.key) > 1 and named in table.key
