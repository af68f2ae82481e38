"""What a failure means for its table: failed or absent, and whether the landed pages are kept."""

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
    """The early end of a table.

    Attributes:
        status: `failed`; or `absent` where the account has never shown the table.
        error: What the report says; None for an absent table.
        keep_pages: Whether the next sync can resume from the landed pages.
        notes: Notes for the table's report.
    """

    status: Literal["failed", "absent"]
    error: NetSuiteError | WarehouseError | None
    keep_pages: bool
    notes: tuple[str, ...] = ()

    def report(
        self, table: Table, mode: str, state: TableState | None, rows_read: int, work: WorkTime
    ) -> TableReport:
        """Return the table's report.

        Args:
            table: The table.
            mode: The mode of its read; `none` where it was not read.
            state: Its state; None before its first sync.
            rows_read: Landed rows.
            work: The time that the phase worked.
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
            failure=self.error,
            notes=self.notes,
        )


def classify_failure(
    error: NetSuiteError | WarehouseError, table: Table, mode: str, state: TableState | None
) -> Failure:
    """Return what a failure means for a table.

    Args:
        error: The failure.
        table: The table.
        mode: The mode of its read; `none` where it was not read.
        state: Its state; None before its first sync.
    """
    if not isinstance(error, PermissionDenied) or error.table != table.name:
        return Failure("failed", error, keep_pages=not _pages_are_useless(error, mode))
    if state is None:
        return Failure("absent", None, keep_pages=False, notes=(_absent_note(table),))
    return Failure("failed", permission_lost(table, error, state.synced_at), keep_pages=False)


def _pages_are_useless(error: NetSuiteError | WarehouseError, mode: str) -> bool:
    """Return whether the pages are corrupt, or NetSuite refuses the condition that selected them now."""
    if isinstance(error, WarehouseError):
        return isinstance(error, LoadRefused) or is_about_data(error.__cause__)
    return mode == "changed" and is_statement_error(error)


def _absent_note(table: Table) -> str:
    feature = f", or the feature {table.feature} is off" if table.feature else ""
    return f"this account shows the role no such table (it needs {table.permission.name}{feature})"


def lacks_key(error: NetSuiteError | WarehouseError, table: Table, mode: str) -> bool:
    """Return whether a read of changes failed because the account lost a part of the key.

    Only a read of all rows can do without a part of the key.

    Args:
        error: How the read failed.
        table: The table.
        mode: The mode of the read.
    """
    column = error.column if isinstance(error, QueryError) else ""
    return mode in {"children", "changed"} and len(table.key) > 1 and column in table.key
