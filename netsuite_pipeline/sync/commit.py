"""One landed table into the working file: load, state and log in one transaction, or nothing at all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from netsuite_pipeline.sync.fetch import Fetched
from netsuite_pipeline.sync.load import Loaded, Parentage, load, stored_table
from netsuite_pipeline.sync.plan import Mode
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.warehouse.stage import Sender
from netsuite_pipeline.warehouse.state import LogEntry, TableState, write_log
from netsuite_pipeline.warehouse.transactions import transaction
from netsuite_pipeline.warehouse.warehouse import Warehouse


@dataclass(frozen=True)
class SyncIdentity:
    """Which sync this is: its id, its connection, when it began, and the moment it is cut at (both UTC)."""

    sync_id: str
    connection: str
    cutoff: datetime
    started_at: datetime


@dataclass(frozen=True)
class Committed:
    """What children need to know of a table that is committed: how it was read, and what changed."""

    mode: Mode
    changed_keys: tuple[str, ...]
    parentage: Parentage


def commit_table(
    connection: duckdb.DuckDBPyConnection,
    identity: SyncIdentity,
    fetched: Fetched,
    *,
    previous: TableState | None,
    is_parent: bool,
    parentage: Parentage | None,
    started_at: datetime,
) -> tuple[TableReport, Committed]:
    """Loads one table and commits it together with its watermark and its line of the sync log.

    Args:
        connection: To the working file; several tables may be committed one after another on one connection.

    Raises:
        WarehouseError: What was landed is not fit to be loaded, or DuckDB cannot write it; the table is as it
            was.
    """
    table = fetched.read.table
    sender = Sender(
        identity.sync_id,
        identity.connection,
        identity.started_at,
        round(fetched.read.behind_utc.total_seconds()),
    )
    with transaction(connection):
        loaded = load(
            connection,
            fetched,
            schema=identity.connection,
            sender=sender,
            cutoff=identity.cutoff,
            previous=previous,
            is_parent=is_parent,
            parentage=parentage,
        )
        report = _report(fetched, loaded, previous, started_at)
        write_log(connection, [log_entry(report, identity)])
    stored = stored_table(table, identity.connection)
    return report, Committed(
        fetched.read.mode, loaded.changed_keys, Parentage(stored.ref, table.key[0], loaded.beyond)
    )


def log_failures(warehouse: Warehouse, identity: SyncIdentity, reports: Iterable[TableReport]) -> None:
    """Writes the tables that were not committed to the sync log."""
    entries = [log_entry(report, identity) for report in reports if report.status != "done"]
    if entries:
        with warehouse.working() as connection, transaction(connection):
            write_log(connection, entries)


def log_entry(report: TableReport, identity: SyncIdentity) -> LogEntry:
    """A table's report as a row of `_netsuite.sync_log`."""
    return LogEntry(
        sync_id=identity.sync_id,
        connection=identity.connection,
        table=report.table,
        mode=report.mode,
        status=report.status,
        started_at=report.started_at,
        ended_at=utc_now(),
        cutoff=identity.cutoff,
        rows_read=report.rows_read,
        rows_written=report.rows_written,
        rows_deleted=report.rows_deleted,
        rejected_values=report.rejected_values,
        requests=report.requests,
        retries=report.retries,
        throttled=report.throttled,
        seconds=report.seconds,
        watermark=report.watermark,
        error=report.error,
        notes=report.notes,
    )


def utc_now() -> datetime:
    """The present in UTC, without time zone, as all of `_netsuite` has it."""
    return datetime.now(UTC).replace(tzinfo=None)


def _report(
    fetched: Fetched, loaded: Loaded, previous: TableState | None, started_at: datetime
) -> TableReport:
    return TableReport(
        table=fetched.read.table.name,
        mode=fetched.read.mode,
        status="done",
        started_at=started_at,
        seconds=(utc_now() - started_at).total_seconds(),
        rows_read=fetched.rows,
        rows_written=loaded.merged.written,
        rows_deleted=loaded.merged.deleted,
        rows=loaded.merged.rows,
        rejected_values=loaded.rejected,
        requests=fetched.count.requests,
        retries=fetched.count.retries,
        throttled=fetched.count.throttled,
        watermark=loaded.watermark,
        notes=tuple(_notes(fetched, loaded, previous)),
        preview=loaded.preview,
    )


def _notes(fetched: Fetched, loaded: Loaded, previous: TableState | None) -> Iterable[str]:
    had = set(previous.columns) if previous else set()
    lost = [name for name in fetched.left_out if name in had]
    never = [name for name in fetched.left_out if name not in had]
    if lost:
        yield f"columns lost, they keep their old values: {_named(lost, fetched)}"
    if never:
        yield f"columns that this account does not have: {_named(never, fetched)}"
    if previous and fetched.asked:
        back = [name for name in fetched.read.received if name in previous.absent_columns]
        if back:
            yield f"columns that NetSuite offers now: {', '.join(back)} (older rows get them on a full sync)"
    if loaded.rejected:
        yield (
            f"{loaded.rejected:,} values did not fit their column's type; they are kept in "
            "_netsuite.rejected_values"
        )
    if loaded.held_back:
        yield f"{loaded.held_back:,} rows changed after this sync's cutoff wait for the next one"
    if not fetched.read.speech.utc and any(c.type == "datetime" for c in fetched.read.table.columns):
        hours = fetched.read.behind_utc.total_seconds() / 3600
        yield (
            "SYS_EXTRACT_UTC is refused here: times were turned to UTC by the session's present offset "
            f"of {-hours:+.2f} h, so those under another daylight saving are off by an hour"
        )
    yield from sorted(fetched.oddities)


def _named(names: list[str], fetched: Fetched) -> str:
    return ", ".join(f"{name} ({fetched.left_out[name]})" for name in names)
