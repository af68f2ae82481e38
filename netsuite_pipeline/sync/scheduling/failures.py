"""What a failure means for its table: failed or absent, and whether the landed pages are kept."""

from dataclasses import dataclass, replace

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
        report: The table's report: `failed`, or `absent` where the account has never shown the table.
        keep_pages: Whether the next sync can resume from the landed pages.
    """

    report: TableReport
    keep_pages: bool


def classify_failure(
    error: NetSuiteError | WarehouseError,
    table: Table,
    mode: str,
    state: TableState | None,
    work: WorkTime,
    rows_read: int = 0,
) -> Failure:
    """Return what a failure means for a table.

    Args:
        error: The failure.
        table: The table.
        mode: The mode of its read; `none` where it was not read.
        state: Its state; None before its first sync.
        work: The time that the phase worked.
        rows_read: Landed rows.
    """
    report = TableReport(
        table.name,
        mode,
        "failed",
        work.started_at,
        seconds=work.seconds,
        rows_read=rows_read,
        watermark=state.watermark if state else None,
        failure=error,
    )
    if not isinstance(error, PermissionDenied) or error.table != table.name:
        return Failure(report, keep_pages=not _pages_are_useless(error, mode))
    if state is not None:
        lost = permission_lost(table, error, state.synced_at)
        return Failure(replace(report, failure=lost), keep_pages=False)
    notes = (_absent_note(table),)
    absent = replace(report, mode="none", status="absent", rows_read=0, failure=None, notes=notes)
    return Failure(absent, keep_pages=False)


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
