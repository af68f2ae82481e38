"""What a sync did: one report a table, and their sum. The same facts for terminal, JSON, Dagster and log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from netsuite_pipeline.netsuite.errors import NetSuiteError, PermissionDenied, SignInError
from netsuite_pipeline.warehouse.errors import WarehouseError

Status = Literal["done", "failed", "absent"]


@dataclass(frozen=True)
class Preview:
    """A few rows of a table, for people: column names, and values as text (None for NULL)."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True)
class TableReport:
    """What one sync did to one table.

    Attributes:
        table: Its name.
        mode: `full`, `changed`, `children`, or `none` where it was not tried.
        status: `done`; `failed`, the table is as it was; `absent`, this account never showed such a table.
        rows_read: Rows that NetSuite sent.
        rows_written, rows_deleted: Rows new or changed in the table, and rows gone from it.
        rows: Rows in the table now; None unless done.
        rejected_values: Values that did not fit their column's type, kept in `_netsuite.rejected_values`.
        requests, retries, throttled: Requests in all, repeated ones, and those refused for concurrency.
        seconds: Time from the table's first request to its commit.
        watermark: Up to here (UTC) its changes are in; None without a cursor.
        error: What failed, and the remedy, in words; None unless failed.
        notes: What a person should know that is no failure.
    """

    table: str
    mode: str
    status: Status
    started_at: datetime
    seconds: float = 0.0
    rows_read: int = 0
    rows_written: int = 0
    rows_deleted: int = 0
    rows: int | None = None
    rejected_values: int = 0
    requests: int = 0
    retries: int = 0
    throttled: int = 0
    watermark: datetime | None = None
    failure: NetSuiteError | WarehouseError | None = None
    notes: tuple[str, ...] = ()
    preview: Preview | None = None

    @property
    def error(self) -> str | None:
        return None if self.failure is None else str(self.failure)

    @property
    def as_json(self) -> dict[str, Any]:
        """The table's part of `sync --json`."""
        return {
            "table": self.table,
            "mode": self.mode,
            "status": self.status,
            "rows_read": self.rows_read,
            "rows_written": self.rows_written,
            "rows_deleted": self.rows_deleted,
            "rows": self.rows,
            "rejected_values": self.rejected_values,
            "requests": self.requests,
            "retries": self.retries,
            "throttled": self.throttled,
            "seconds": round(self.seconds, 3),
            "watermark": None if self.watermark is None else f"{self.watermark:%Y-%m-%dT%H:%M:%SZ}",
            "error": None if self.failure is None else self.failure.message,
            "remedy": None if self.failure is None else self.failure.remedy,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class SyncReport:
    """A whole sync: the tables' reports in the order they were finished, and how long it took."""

    sync_id: str
    account: str
    cutoff: datetime
    tables: tuple[TableReport, ...]
    seconds: float

    @property
    def failed(self) -> tuple[TableReport, ...]:
        return tuple(table for table in self.tables if table.status == "failed")

    @property
    def sign_in_refused(self) -> bool:
        """Whether NetSuite stopped letting us in on the way."""
        return any(isinstance(table.failure, SignInError) for table in self.tables)

    @property
    def shows_nothing(self) -> PermissionDenied | None:
        """The failure that the role sees none of the tables at all, which no single absent table is."""
        if not self.tables or any(table.status != "absent" for table in self.tables):
            return None
        return PermissionDenied(
            f"NetSuite shows this role none of the {len(self.tables)} tables asked for.",
            remedy="Setup > Users/Roles > Manage Roles > (the token's role) > Edit > Permissions: add the "
            "permissions of the tables (`netsuite-pipeline tables` lists them), press Add, then Save.",
        )

    @property
    def as_json(self) -> dict[str, Any]:
        """What `sync --json` prints."""
        return {
            "sync_id": self.sync_id,
            "account": self.account,
            "cutoff": f"{self.cutoff:%Y-%m-%dT%H:%M:%SZ}",
            "tables": [table.as_json for table in self.tables],
            "totals": {
                "tables": len(self.tables),
                "done": _count(self.tables, "done"),
                "failed": _count(self.tables, "failed"),
                "absent": _count(self.tables, "absent"),
                "rows_read": sum(table.rows_read for table in self.tables),
                "rows_written": sum(table.rows_written for table in self.tables),
                "rows_deleted": sum(table.rows_deleted for table in self.tables),
                "requests": sum(table.requests for table in self.tables),
                "retries": sum(table.retries for table in self.tables),
                "throttled": sum(table.throttled for table in self.tables),
                "seconds": round(self.seconds, 3),
            },
        }


def _count(tables: Sequence[TableReport], status: Status) -> int:
    return sum(table.status == status for table in tables)
