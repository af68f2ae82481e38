"""One landed table into the working file: load, state and log in one transaction, or nothing at all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import duckdb

from netsuite_pipeline.sync.landing.result import Fetched
from netsuite_pipeline.sync.load.checksum import likeness
from netsuite_pipeline.sync.load.cutoff_filter import Parentage
from netsuite_pipeline.sync.load.loader import Loaded, Loading, Merging, Prepared, load, prepare, stored_table
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
from netsuite_pipeline.sync.load.schema_evolution import offered_changes
from netsuite_pipeline.sync.planning.read_plan import Mode
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.sync.sync_log import SyncIdentity, log_entry
from netsuite_pipeline.sync.work_time import WorkTime
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.state import (
    SchemaChange,
    TableState,
    note_likeness,
    write_log,
    write_schema_changes,
    write_state,
)
from netsuite_pipeline.warehouse.stores.memory_limit import retry_with_more_memory
from netsuite_pipeline.warehouse.transactions import transaction, translate_errors

_LONG_AGO = datetime(1970, 1, 1)


@dataclass(frozen=True)
class Committed:
    """What others need to know of a table that is committed.

    Attributes:
        mode: How it was read.
        changed_keys: The keys of the rows that changed, where children ask for them.
        parentage: What children must know of it.
        held_back: Rows that were read and wait for the next sync.
        renames: Whether some labels may show old names now.
    """

    mode: Mode
    changed_keys: tuple[str, ...]
    parentage: Parentage
    held_back: int = 0
    renames: bool = False


def commit_table(
    connection: duckdb.DuckDBPyConnection,
    identity: SyncIdentity,
    fetched: Fetched,
    loading: Loading,
    merging: Merging,
    *,
    previous: TableState | None,
    work: WorkTime,
    asked_by: str | None = None,
) -> tuple[TableReport, Committed]:
    """Loads one table and commits it together with its watermark and its line of the sync log.

    Args:
        connection: To the working file; several tables may be committed one after another on one connection.
        identity: Which sync this is.
        fetched: What was landed.
        loading: Its stage, complete; it stays the caller's to close.
        merging: How it enters the table.
        previous: The table's state before.
        work: When the table's work began, and how long it took.
        asked_by: The digest of by what the table was asked (`sync.hashing.asked_by`).

    Raises:
        WarehouseError: What was landed is not fit to be loaded, or DuckDB cannot write it; the table is as it
            was.
        NetSuiteError: NetSuite does not say what was deleted; the table is as it was.
    """
    table = fetched.read.table
    with translate_errors(), loading.stage.attached(connection):
        prepared = prepare(
            connection, fetched, loading, identity.cutoff, merging.parentage, identity.held_back_until
        )

        def write() -> tuple[TableReport, Loaded]:
            with transaction(connection):
                loaded = load(connection, fetched, loading, prepared, merging, identity)
                changes = _schema_changes(fetched, prepared, loaded, previous)
                alike = _kept_likeness(fetched, loaded, previous)
                _write_table_state(connection, identity, fetched, prepared, loaded, previous, alike, asked_by)
                write_schema_changes(
                    connection,
                    identity.connection,
                    table.name,
                    changes,
                    noticed_at=identity.started_at,
                    sync_id=identity.sync_id,
                )
                report = _report(fetched, prepared, loaded, changes, previous, identity, work)
                write_log(connection, [log_entry(report, identity)])
            return report, loaded

        report, loaded = retry_with_more_memory(connection, write)
        report = _with_likeness(connection, identity, fetched, prepared, loaded, report)
    stored = stored_table(table, identity.connection)
    parentage = Parentage(stored.ref, table.key[0], prepared.beyond)
    return report, Committed(
        fetched.read.mode, loaded.changed_keys, parentage, prepared.held_back, loaded.renames
    )


def _schema_changes(
    fetched: Fetched, prepared: Prepared, loaded: Loaded, previous: TableState | None
) -> Sequence[SchemaChange]:
    types = {column.name: column.type for column in prepared.settled.target.columns}
    beside = {column.name for column in prepared.settled.target.columns if column.text_of}
    added = [SchemaChange(name, "added", None, types[name]) for name in loaded.added if name not in beside]
    told = {each.column for each in added}
    offered = [each for each in offered_changes(fetched, previous) if each.column not in told]
    return [*added, *prepared.settled.changes, *offered]


def _write_table_state(
    connection: duckdb.DuckDBPyConnection,
    identity: SyncIdentity,
    fetched: Fetched,
    prepared: Prepared,
    loaded: Loaded,
    previous: TableState | None,
    alike: str | None,
    asked_by: str | None,
) -> None:
    table = fetched.read.table
    received = fetched.read.received
    full = fetched.read.mode == "full"
    absent = tuple(
        c.name for c in stored_table(table, identity.connection).columns if c.name not in set(received)
    )
    asked_all = set(absent) <= set(fetched.left_out)
    given = dict.fromkeys([*(previous.columns if previous else ()), *received])
    came = bool(loaded.added)
    if not fetched.asked:
        # Nothing was learned of the columns.
        given = dict.fromkeys(previous.columns if previous else ())
        absent, asked_all = previous.absent_columns if previous else (), False
    elif previous:
        came = came or not set(previous.absent_columns).isdisjoint(received)
    wanted = came and loaded.rows_before > 0
    write_state(
        connection,
        identity.connection,
        table.name,
        TableState(
            watermark=_watermark(fetched, identity, previous),
            columns=tuple(given),
            absent_columns=absent,
            absent_asked_at=_absent_asked_at(fetched, identity, previous, asked_all=asked_all),
            row_count=loaded.rows,
            synced_at=identity.started_at if fetched.read.reaches or not previous else previous.synced_at,
            full_wanted=not full and (wanted or (previous is not None and previous.full_wanted)),
            null_cursors=prepared.null_cursors if full else previous is not None and previous.null_cursors,
            swept_at=previous.swept_at if previous else None,
            counted=exactly(fetched.counted) if full or previous is None else previous.counted,
            likeness=alike,
            # Of rows that are not read in this sync, it still holds by what they were asked.
            asked_by=asked_by if full or previous is None else previous.asked_by,
            hashed_columns=_hashed(table, previous),
            stored_key=table.key,
            full_because=None if full or previous is None else previous.full_because,
            missing_rows=previous.missing_rows if previous else 0,
            missing_what=previous.missing_what if previous else None,
            count_difference=previous.count_difference if previous else 0,
        ),
        sync_id=identity.sync_id,
        full=full,
    )


def _absent_asked_at(
    fetched: Fetched, identity: SyncIdentity, previous: TableState | None, *, asked_all: bool
) -> datetime:
    """When the absent columns were last asked for; long ago where one of them is to be asked for at the next
    sync, because NetSuite failed over it."""
    if failed_columns(fetched):
        return _LONG_AGO
    return identity.started_at if asked_all or previous is None else previous.absent_asked_at


def _hashed(table: Table, previous: TableState | None) -> tuple[str, ...]:
    """The columns that hold hashes, those among them that are not read any more."""
    return tuple(dict.fromkeys([*(previous.hashed_columns if previous else ()), *table.hashed]))


def _kept_likeness(fetched: Fetched, loaded: Loaded, previous: TableState | None) -> str | None:
    """Return what is known of a list that was not read whole, where nothing was written to it."""
    untouched = not loaded.written and not loaded.removed.rows
    return previous.likeness if fetched.read.mode != "full" and previous and untouched else None


def _with_likeness(
    connection: duckdb.DuckDBPyConnection,
    identity: SyncIdentity,
    fetched: Fetched,
    prepared: Prepared,
    loaded: Loaded,
    report: TableReport,
) -> TableReport:
    """Note what a list without a cursor is like, where it is worth asking before it is read again.

    The rows are committed before: where the checksum cannot be computed, the list is read as ever.
    """
    read = fetched.read
    if read.table.cursor or read.table.parent or read.mode != "full":
        return report
    incomplete = prepared.held_back or loaded.rejected or fetched.unread
    if len(fetched.pages) < 2 or incomplete or not read.speech.utc:
        return report

    def note() -> None:
        with transaction(connection):
            found = likeness(connection, prepared.settled.target, read.table, read.received)
            if found is not None:
                note_likeness(connection, identity.connection, read.table.name, found.as_text)

    try:
        retry_with_more_memory(connection, note)
    except WarehouseError as error:
        # DuckDB's alone: too deep, too large a number, too little memory.
        words = f"no checksum of it could be computed, so it is read whole each time ({error.message})"
        return replace(report, notes=(*report.notes, words))
    return report


def _watermark(fetched: Fetched, identity: SyncIdentity, previous: TableState | None) -> datetime | None:
    table = fetched.read.table
    if not fetched.read.reaches:
        return previous.watermark if previous else None
    return identity.watermark if table.cursor in fetched.read.received or table.parent else None


def _report(
    fetched: Fetched,
    prepared: Prepared,
    loaded: Loaded,
    changes: Sequence[SchemaChange],
    previous: TableState | None,
    identity: SyncIdentity,
    work: WorkTime,
) -> TableReport:
    # NetSuite's count of a child has the rows that wait, too: no stamp tells them apart there.
    read = fetched.rows - (0 if fetched.read.table.parent else prepared.held_back)
    return TableReport(
        table=fetched.read.table.name,
        mode=fetched.read.mode,
        status="done",
        started_at=work.started_at,
        seconds=work.seconds,
        rows_read=fetched.rows,
        rows_written=loaded.written,
        rows_deleted=loaded.removed.rows,
        rows=loaded.rows,
        rejected_values=loaded.rejected + len(fetched.unread),
        requests=fetched.count.requests,
        retries=fetched.count.retries,
        throttled=fetched.count.throttled,
        watermark=_watermark(fetched, identity, previous),
        counted=exactly(fetched.counted),
        matches=matches(fetched.counted, read),
        notes=tuple(_notes(fetched, prepared, loaded, changes, previous, read)),
        preview=loaded.preview,
    )


def _notes(
    fetched: Fetched,
    prepared: Prepared,
    loaded: Loaded,
    changes: Sequence[SchemaChange],
    previous: TableState | None,
    read: int,
) -> Iterable[str]:
    yield from column_notes(fetched, previous)
    yield from change_notes(changes)
    if loaded.rejected:
        yield (
            f"{loaded.rejected:,} values did not fit their column's type; they are kept in "
            "_netsuite.rejected_values"
        )
    yield from unread_notes(fetched)
    if prepared.held_back:
        yield f"{prepared.held_back:,} rows changed after this sync's cutoff wait for the next one"
    yield from ahead_notes(fetched.read.table.name, prepared.ahead)
    yield from removal_notes(fetched.read.table.name, loaded.removed.children)
    if loaded.removal_note:
        yield loaded.removal_note
    yield from count_notes(fetched.counted, read)
    yield from filter_notes(fetched)
    yield from time_notes(fetched)
    yield from sorted(fetched.oddities)
