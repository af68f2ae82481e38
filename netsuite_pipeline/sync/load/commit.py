"""One landed table into the working file: load, state and log in one transaction, or nothing at all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import duckdb

from netsuite_pipeline.sync.landing.result import LandedTable
from netsuite_pipeline.sync.load.checksum import compute_checksum
from netsuite_pipeline.sync.load.cutoff_filter import ParentSnapshot
from netsuite_pipeline.sync.load.loader import (
    CheckedStage,
    LoadResult,
    MergeOptions,
    StagedLoad,
    check_stage,
    merge_stage,
    stored_table,
)
from netsuite_pipeline.sync.load.notes import (
    ahead_notes,
    change_notes,
    column_notes,
    count_notes,
    exactly,
    failed_columns,
    filter_notes,
    matches,
    removal_notes,
    time_notes,
    unread_notes,
)
from netsuite_pipeline.sync.load.schema_evolution import availability_changes
from netsuite_pipeline.sync.planning.read_plan import Mode
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.sync.sync_log import SyncRun, log_entry
from netsuite_pipeline.sync.work_time import WorkTime
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.state import TableState, record_checksum, write_state
from netsuite_pipeline.warehouse.stores.memory_limit import retry_with_more_memory
from netsuite_pipeline.warehouse.sync_log import SchemaChange, write_log, write_schema_changes
from netsuite_pipeline.warehouse.transactions import transaction, translate_errors

_LONG_AGO = datetime(1970, 1, 1)


@dataclass(frozen=True)
class CommittedTable:
    """What others need to know of a table that is committed.

    Attributes:
        mode: How it was read.
        changed_keys: The keys of the rows that changed, where children ask for them.
        parent_snapshot: What children must know of it.
        deferred: Rows that were read and wait for the next sync.
        renames: Whether some labels may show old names now.
    """

    mode: Mode
    changed_keys: tuple[str, ...]
    parent_snapshot: ParentSnapshot
    deferred: int = 0
    renames: bool = False


def commit_table(
    connection: duckdb.DuckDBPyConnection,
    sync_run: SyncRun,
    landed: LandedTable,
    staged: StagedLoad,
    merging: MergeOptions,
    *,
    previous: TableState | None,
    work: WorkTime,
    read_fingerprint: str | None = None,
) -> tuple[TableReport, CommittedTable]:
    """Loads one table and commits it together with its watermark and its line of the sync log.

    Args:
        connection: To the working file; several tables may be committed one after another on one connection.
        sync_run: Which sync this is.
        landed: What was landed.
        staged: Its stage, complete; it stays the caller's to close.
        merging: How it enters the table.
        previous: The table's state before.
        work: When the table's work began, and how long it took.
        read_fingerprint: The table's fingerprint (sync/landing/hashing.py).

    Raises:
        WarehouseError: What was landed is not fit to be loaded, or DuckDB cannot write it; the table is as it
            was.
        NetSuiteError: NetSuite does not say what was deleted; the table is as it was.
    """
    table = landed.read.table
    with translate_errors(), staged.stage.attached(connection):
        checked = check_stage(
            connection, landed, staged, sync_run.cutoff, merging.parent_snapshot, sync_run.deferral_limit
        )

        def write() -> tuple[TableReport, LoadResult]:
            with transaction(connection):
                result = merge_stage(connection, landed, staged, checked, merging, sync_run)
                changes = _schema_changes(landed, checked, result, previous)
                alike = _unchanged_checksum(landed, result, previous)
                _write_table_state(
                    connection, sync_run, landed, checked, result, previous, alike, read_fingerprint
                )
                write_schema_changes(
                    connection,
                    sync_run.connection,
                    table.name,
                    changes,
                    noticed_at=sync_run.started_at,
                    sync_id=sync_run.sync_id,
                )
                report = _report(landed, checked, result, changes, previous, sync_run, work)
                write_log(connection, [log_entry(report, sync_run)])
            return report, result

        report, result = retry_with_more_memory(connection, write)
        report = _record_checksum(connection, sync_run, landed, checked, result, report)
    stored = stored_table(table, sync_run.connection)
    parent_snapshot = ParentSnapshot(stored.ref, table.key[0], checked.after_cutoff)
    return report, CommittedTable(
        landed.read.mode, result.changed_keys, parent_snapshot, checked.deferred, result.renames
    )


def _schema_changes(
    landed: LandedTable, checked: CheckedStage, result: LoadResult, previous: TableState | None
) -> Sequence[SchemaChange]:
    types = {column.name: column.type for column in checked.column_plan.target.columns}
    beside = {column.name for column in checked.column_plan.target.columns if column.text_of}
    added = [SchemaChange(name, "added", None, types[name]) for name in result.added if name not in beside]
    told = {each.column for each in added}
    offered = [each for each in availability_changes(landed, previous) if each.column not in told]
    return [*added, *checked.column_plan.changes, *offered]


def _write_table_state(
    connection: duckdb.DuckDBPyConnection,
    sync_run: SyncRun,
    landed: LandedTable,
    checked: CheckedStage,
    result: LoadResult,
    previous: TableState | None,
    alike: str | None,
    read_fingerprint: str | None,
) -> None:
    table = landed.read.table
    received = landed.read.result_columns
    full = landed.read.mode == "full"
    absent = tuple(
        c.name for c in stored_table(table, sync_run.connection).columns if c.name not in set(received)
    )
    asked_all = set(absent) <= set(landed.unavailable)
    given = dict.fromkeys([*(previous.columns if previous else ()), *received])
    came = bool(result.added)
    if not landed.asked:
        # Nothing was learned of the columns.
        given = dict.fromkeys(previous.columns if previous else ())
        absent, asked_all = previous.absent_columns if previous else (), False
    elif previous:
        came = came or not set(previous.absent_columns).isdisjoint(received)
    wanted = came and result.rows_before > 0
    write_state(
        connection,
        sync_run.connection,
        table.name,
        TableState(
            watermark=_watermark(landed, sync_run, previous),
            columns=tuple(given),
            absent_columns=absent,
            absent_asked_at=_absent_asked_at(landed, sync_run, previous, asked_all=asked_all),
            row_count=result.rows,
            synced_at=sync_run.started_at
            if landed.read.advances_watermark or not previous
            else previous.synced_at,
            full_wanted=not full and (wanted or (previous is not None and previous.full_wanted)),
            null_cursors=checked.null_cursors if full else previous is not None and previous.null_cursors,
            swept_at=previous.swept_at if previous else None,
            counted=exactly(landed.counted) if full or previous is None else previous.counted,
            checksum=alike,
            # Of rows that are not read in this sync, it still holds by what they were asked.
            read_fingerprint=read_fingerprint if full or previous is None else previous.read_fingerprint,
            hashed_columns=_hashed(table, previous),
            stored_key=table.key,
            full_because=None if full or previous is None else previous.full_because,
            missing_rows=previous.missing_rows if previous else 0,
            missing_what=previous.missing_what if previous else None,
            count_difference=previous.count_difference if previous else 0,
        ),
        sync_id=sync_run.sync_id,
        full=full,
    )


def _absent_asked_at(
    landed: LandedTable, sync_run: SyncRun, previous: TableState | None, *, asked_all: bool
) -> datetime:
    """When the absent columns were last asked for; long ago where one of them is to be asked for at the next
    sync, because NetSuite failed over it."""
    if failed_columns(landed):
        return _LONG_AGO
    return sync_run.started_at if asked_all or previous is None else previous.absent_asked_at


def _hashed(table: Table, previous: TableState | None) -> tuple[str, ...]:
    """The columns that hold hashes, those among them that are not read any more."""
    return tuple(dict.fromkeys([*(previous.hashed_columns if previous else ()), *table.hashed]))


def _unchanged_checksum(landed: LandedTable, result: LoadResult, previous: TableState | None) -> str | None:
    """Return what is known of a list that was not read whole, where nothing was written to it."""
    untouched = not result.written and not result.removed.rows
    return previous.checksum if landed.read.mode != "full" and previous and untouched else None


def _record_checksum(
    connection: duckdb.DuckDBPyConnection,
    sync_run: SyncRun,
    landed: LandedTable,
    checked: CheckedStage,
    result: LoadResult,
    report: TableReport,
) -> TableReport:
    """Note what a list without a cursor is like, where it is worth asking before it is read again.

    The rows are committed before: where the checksum cannot be computed, the list is read as ever.
    """
    read = landed.read
    if read.table.cursor or read.table.parent or read.mode != "full":
        return report
    incomplete = checked.deferred or result.rejected or landed.unread
    if len(landed.pages) < 2 or incomplete or not read.dialect.utc:
        return report

    def note() -> None:
        with transaction(connection):
            found = compute_checksum(connection, checked.column_plan.target, read.table, read.result_columns)
            if found is not None:
                record_checksum(connection, sync_run.connection, read.table.name, found.as_text)

    try:
        retry_with_more_memory(connection, note)
    except WarehouseError as error:
        # DuckDB's alone: too deep, too large a number, too little memory.
        words = f"no checksum of it could be computed, so it is read whole each time ({error.message})"
        return replace(report, notes=(*report.notes, words))
    return report


def _watermark(landed: LandedTable, sync_run: SyncRun, previous: TableState | None) -> datetime | None:
    table = landed.read.table
    if not landed.read.advances_watermark:
        return previous.watermark if previous else None
    return sync_run.watermark if table.cursor in landed.read.result_columns or table.parent else None


def _report(
    landed: LandedTable,
    checked: CheckedStage,
    result: LoadResult,
    changes: Sequence[SchemaChange],
    previous: TableState | None,
    sync_run: SyncRun,
    work: WorkTime,
) -> TableReport:
    # NetSuite's count of a child has the rows that wait, too: no stamp tells them apart there.
    read = landed.rows - (0 if landed.read.table.parent else checked.deferred)
    return TableReport(
        table=landed.read.table.name,
        mode=landed.read.mode,
        status="done",
        started_at=work.started_at,
        seconds=work.seconds,
        rows_read=landed.rows,
        rows_written=result.written,
        rows_deleted=result.removed.rows,
        rows=result.rows,
        rejected_values=result.rejected + len(landed.unread),
        requests=landed.count.requests,
        retries=landed.count.retries,
        throttled=landed.count.throttled,
        watermark=_watermark(landed, sync_run, previous),
        counted=exactly(landed.counted),
        matches=matches(landed.counted, read),
        notes=tuple(_notes(landed, checked, result, changes, previous, read)),
        preview=result.preview,
    )


def _notes(
    landed: LandedTable,
    checked: CheckedStage,
    result: LoadResult,
    changes: Sequence[SchemaChange],
    previous: TableState | None,
    read: int,
) -> Iterable[str]:
    yield from column_notes(landed, previous)
    yield from change_notes(changes)
    if result.rejected:
        yield (
            f"{result.rejected:,} values did not fit their column's type; they are kept in "
            "_netsuite.rejected_values"
        )
    yield from unread_notes(landed)
    if checked.deferred:
        yield f"{checked.deferred:,} rows changed after this sync's cutoff wait for the next one"
    yield from ahead_notes(landed.read.table.name, checked.ahead)
    yield from removal_notes(landed.read.table.name, result.removed.children)
    if result.removal_note:
        yield result.removal_note
    yield from count_notes(landed.counted, read)
    yield from filter_notes(landed)
    yield from time_notes(landed)
    yield from sorted(landed.anomalies)
