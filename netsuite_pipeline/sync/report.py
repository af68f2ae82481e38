"""The report of a sync: one report a table, and their sum, for terminal, JSON, Dagster and sync log."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar

from netsuite_pipeline.netsuite.errors import (
    NetSuiteError,
    PermissionDenied,
    QueryError,
    SignInError,
    is_unknown_refusal,
)
from netsuite_pipeline.netsuite.menus import ENABLE_FEATURES, edit_role
from netsuite_pipeline.tables import Table
from netsuite_pipeline.tables.permission_levels import least_level
from netsuite_pipeline.warehouse.errors import NotAsInNetSuite, WarehouseError
from netsuite_pipeline.wording import formatted_time

_T = TypeVar("_T")
Status = Literal["done", "failed", "absent"]
_NO_DIGITS = str.maketrans("", "", "0123456789")


@dataclass(frozen=True)
class Preview:
    """A few rows of a table: column names, and values as text (None for NULL)."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True)
class TableReport:
    """What one sync did to one table.

    Attributes:
        table: Its name.
        mode: `full`, `changed`, `children`, or `none` where it was not read.
        status: `done`; `failed`, the table is unchanged, or it is committed and differs from NetSuite;
            `absent`, the account has never shown the table.
        started_at: The start of its work, UTC.
        seconds: Time worked on it: requests, staging and commit, without waiting for other tables.
        rows_read: Rows that NetSuite sent.
        rows_written: Rows new or changed in the table.
        rows_deleted: Rows deleted from the table.
        rows: Rows in the table now; None unless it was committed.
        rejected_values: Values that did not fit their column's type, kept in `_netsuite.rejected_values`.
        requests: All requests.
        retries: Repeated requests.
        throttled: Requests that NetSuite refused for concurrency.
        watermark: All changes up to here (UTC) are stored; None without a cursor.
        counted: NetSuite's row count at the cutoff, after a full read; None where it was refused.
        matches: Whether as many rows were read; None where unknown.
        failure: The error; None unless failed.
        notes: Notes that are no failure.
        preview: A few of its rows; None where there is none.
        missing: Stored rows that NetSuite no longer shows without a known deletion; they are kept.
        permitted_by: Of a hidden table: a table of this sync with the same permission; empty where none was
            read.
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
    counted: int | None = None
    matches: bool | None = None
    failure: NetSuiteError | WarehouseError | None = None
    notes: tuple[str, ...] = ()
    preview: Preview | None = None
    missing: int = 0
    permitted_by: str = ""

    @property
    def committed(self) -> bool:
        """Whether this sync committed the table, even with rows that NetSuite does not show."""
        return self.status == "done" or isinstance(self.failure, NotAsInNetSuite)

    @property
    def without_counts(self) -> "TableReport":
        """The failure without the counts of the work, which other entries of the sync log hold."""
        return TableReport(
            self.table,
            "none",
            self.status,
            self.started_at,
            rows=self.rows,
            watermark=self.watermark,
            counted=self.counted,
            failure=self.failure,
        )

    @property
    def error(self) -> str | None:
        """The error and its remedy, in words; None unless failed."""
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
            "netsuite_rows": self.counted,
            "matches": self.matches,
            "missing": self.missing,
            "requests": self.requests,
            "retries": self.retries,
            "throttled": self.throttled,
            "seconds": round(self.seconds, 3),
            "watermark": None if self.watermark is None else f"{self.watermark:%Y-%m-%dT%H:%M:%SZ}",
            "error": None if self.failure is None else self.failure.message,
            "remedy": None if self.failure is None else self.failure.remedy,
            "notes": list(self.notes),
        }


def merge_reports(reports: Sequence[TableReport]) -> TableReport:
    """Return one report of a table's phases.

    Example:
        >>> from datetime import datetime
        >>> first = TableReport("vendor", "full", "done", datetime(2026, 11, 23), rows_read=300, rows=300)
        >>> second = TableReport("vendor", "changed", "done", datetime(2026, 11, 23), rows_read=2, rows=301)
        >>> whole = merge_reports([first, second])
        >>> whole.mode, whole.rows_read, whole.rows
        ('full', 302, 301)
    """
    last = reports[-1]
    modes = [report.mode for report in reports if report.mode not in {"keys", "none"}]
    return replace(
        last,
        mode="full" if "full" in modes else (modes or [last.mode])[0],
        started_at=min(report.started_at for report in reports),
        seconds=sum(report.seconds for report in reports),
        rows_read=sum(report.rows_read for report in reports),
        rows_written=sum(report.rows_written for report in reports),
        rows_deleted=sum(report.rows_deleted for report in reports),
        rejected_values=sum(report.rejected_values for report in reports),
        rows=None if last.status != "done" else _latest([report.rows for report in reports]),
        counted=_latest([report.counted for report in reports]),
        matches=_latest([report.matches for report in reports]),
        notes=tuple(dict.fromkeys(note for report in reports for note in report.notes)),
        preview=_latest([report.preview for report in reports]),
    )


def _latest(values: Sequence[_T | None]) -> _T | None:
    return next((value for value in reversed(values) if value is not None), None)


def permission_lost(
    table: Table,
    error: PermissionDenied,
    last_good: datetime,
    *,
    permitted_by: str = "",
    features: Sequence[str] | None = None,
) -> PermissionDenied:
    """Return the refusal of a table that was readable before, and how to get it back.

    Args:
        table: The table.
        error: NetSuite's refusal.
        last_good: Until when the table was readable, UTC.
        permitted_by: A table of this sync with the same permission; empty where none was read.
        features: The table's features that may be off; None for all of them.
    """
    off = ", ".join(table.features if features is None else features)
    why, remedy = _permitted(table, permitted_by, off) if permitted_by else _lost(table, off)
    message = (
        f"{why}; the table was readable until {formatted_time(last_good)} and stays as it was. "
        f"NetSuite: {error.detail or error.message}"
    )
    return replace(error, message=message, remedy=remedy)


def _lost(table: Table, features: str) -> tuple[str, str]:
    feature = f" (or the feature {features} was turned off)" if features else ""
    adding = "; ".join(
        f"Permissions > {tab}: add {name} ({least_level(f'{tab} > {name}')})"
        for tab, name in table.permission.places
    )
    return (
        f"The role lost {table.permission.name} ({table.permission.id}){feature}",
        f"{edit_role()} > {adding or 'Permissions: add it'}, press Add, then Save.",
    )


def _permitted(table: Table, by: str, features: str) -> tuple[str, str]:
    why = f"NetSuite hides the table although the role has {table.permission.name}, by which {by} was read"
    if features:
        return (
            f"{why}. Most likely the feature {features} was turned off",
            f"{ENABLE_FEATURES}: switch {features} on again, then Save.",
        )
    return (
        f"{why}. NetSuite does not say why",
        f"Open {table.title} in NetSuite as an administrator, then with the role. If the role alone does not "
        f"see it: {edit_role()}. If nobody does: open a case with NetSuite's support.",
    )


class BuiltMart(Protocol):
    """One mart as it was built: its name, its row count, and how long its SQL took."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def rows(self) -> int: ...  # noqa: D102
    @property
    def seconds(self) -> float: ...  # noqa: D102


class MartsBuild(Protocol):
    """One build of a connection's marts: their schema, the marts in order, and how long the build took."""

    @property
    def schema(self) -> str: ...  # noqa: D102
    @property
    def marts(self) -> Sequence[BuiltMart]: ...  # noqa: D102
    @property
    def seconds(self) -> float: ...  # noqa: D102


@dataclass(frozen=True)
class SyncReport:
    """A whole sync.

    Attributes:
        sync_id: Its id.
        account: The account's id.
        cutoff: Its cutoff, UTC.
        tables: The tables' reports, in the order in which they ended.
        seconds: How long it took.
        notes: Notes about no single table.
        marts: The marts that the sync rebuilt; None where it rebuilt none.
    """

    sync_id: str
    account: str
    cutoff: datetime
    tables: tuple[TableReport, ...]
    seconds: float
    notes: tuple[str, ...] = ()
    marts: MartsBuild | None = None

    @property
    def failed(self) -> tuple[TableReport, ...]:
        """The reports of failed tables."""
        return tuple(table for table in self.tables if table.status == "failed")

    @property
    def sign_in_refused(self) -> bool:
        """Whether NetSuite refused the sign-in during the sync."""
        return any(isinstance(table.failure, SignInError) for table in self.tables)

    @property
    def no_visible_table(self) -> PermissionDenied | None:
        """The failure of a role that sees none of the tables; None otherwise."""
        if not self.tables or any(table.status != "absent" for table in self.tables):
            return None
        return PermissionDenied(
            f"NetSuite shows this role none of the {len(self.tables)} tables asked for.",
            remedy=f"{edit_role()} > Permissions: add the permissions of the tables "
            "(`netsuite-pipeline tables` lists them), press Add, then Save.",
        )

    @property
    def common_refusal(self) -> QueryError | None:
        """The unknown refusal that NetSuite gave every table in the same words; None where there is none.

        Its subject is the connection, not a table.
        """
        failures = [table.failure for table in self.tables]
        unknown = [each for each in failures if isinstance(each, QueryError) and is_unknown_refusal(each)]
        words = {(each.status, each.code, each.detail.translate(_NO_DIGITS)) for each in unknown}
        if len(unknown) < max(2, len(failures)) or len(words) != 1:
            return None
        first = unknown[0]
        reply = first.detail or first.message
        message = f"NetSuite refuses all {len(self.tables)} tables with the same answer: {reply}"
        return replace(first, message=message)

    @property
    def as_json(self) -> dict[str, Any]:
        """The output of `sync --json`."""
        return {
            "sync_id": self.sync_id,
            "account": self.account,
            "cutoff": f"{self.cutoff:%Y-%m-%dT%H:%M:%SZ}",
            "notes": list(self.notes),
            "marts": [] if self.marts is None else marts_json(self.marts),
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


def marts_json(build: MartsBuild) -> list[dict[str, Any]]:
    """Return the rebuilt marts as `sync --json` and `marts --json` print them."""
    return [{"mart": mart.name, "rows": mart.rows, "seconds": round(mart.seconds, 3)} for mart in build.marts]


def _count(tables: Sequence[TableReport], status: Status) -> int:
    return sum(table.status == status for table in tables)
