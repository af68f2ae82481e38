"""Record a merged table in the working file: its state, its schema changes, its line of the sync log."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import duckdb

from netsuite_pipeline.sync.landing.result import LandedTable
from netsuite_pipeline.sync.load.checksum import compute_checksum
from netsuite_pipeline.sync.load.loader import CheckedStage, LoadResult, stored_table
from netsuite_pipeline.sync.load.notes import (
    ahead_notes,
    change_notes,
    column_notes,
    count_notes,
    counts_match,
    exact_count,
    failed_columns,
    filter_notes,
    removal_notes,
    time_notes,
    unread_notes,
)
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.sync.sync_log import SyncRun, log_entry
from netsuite_pipeline.sync.work_time import WorkTime
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.state import TableState, record_checksum, write_state
from netsuite_pipeline.warehouse.stores.memory_limit import retry_with_more_memory
from netsuite_pipeline.warehouse.sync_log import SchemaChange, write_log, write_schema_changes
from netsuite_pipeline.warehouse.transactions import transaction

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class CommitRecord:
    """The record of one table's commit.

    Attributes:
        sync_run: The sync.
        landed: The landed pages.
        previous: The table's state before; None at its first sync.
        work: The time worked on the table.
        fingerprint: The table's read fingerprint.
        checked: The result of the checks.
        result: The result of the merge.
        removal_note: Why rows were removed without an entry in `deletedrecord`; empty where none were.
    """

    sync_run: SyncRun
    landed: LandedTable
    previous: TableState | None
    work: WorkTime
    fingerprint: str | None
    checked: CheckedStage
    result: LoadResult
    removal_note: str

    @property
    def table(self) -> Table:
        """Return the table's spec, as it was read."""
        return self.landed.read.table

    def write(self, connection: duckdb.DuckDBPyConnection) -> TableReport:
        """Write the table's state, its schema changes and its line of the sync log, in the transaction."""
        sync_run, name = self.sync_run, self.table.name
        changes = self._schema_changes()
        write_state(
            connection,
            sync_run.connection,
            name,
            self._state(),
            sync_id=sync_run.sync_id,
            full=self.landed.read.mode == "full",
        )
        write_schema_changes(
            connection,
            sync_run.connection,
            name,
            changes,
            noticed_at=sync_run.started_at,
            sync_id=sync_run.sync_id,
        )
        report = self._report(changes)
        write_log(connection, [log_entry(report, sync_run)])
        return report

    def _schema_changes(self) -> Sequence[SchemaChange]:
        columns = self.checked.column_plan.target.columns
        types = {column.name: column.type for column in columns}
        texts = {column.name for column in columns if column.text_of}
        hashed = [
            SchemaChange(column.name, "hashed", column.type, "VARCHAR")
            for column in self.checked.clear_columns
        ]
        added = [
            SchemaChange(name, "added", None, types[name]) for name in self.result.added if name not in texts
        ]
        known = {each.column for each in (*hashed, *added)}
        offered = [each for each in self._availability_changes() if each.column not in known]
        return [*hashed, *added, *self.checked.column_plan.changes, *offered]

    def _availability_changes(self) -> Sequence[SchemaChange]:
        """Return the columns that NetSuite does not offer since this sync, or offers again."""
        landed, previous = self.landed, self.previous
        if previous is None or not landed.queried:
            return ()
        lost = [
            SchemaChange(name, "lost", None, None)
            for name in landed.unavailable
            if name in previous.columns and name not in previous.unavailable_columns
        ]
        back = [
            SchemaChange(name, "returned" if name in previous.columns else "added", None, None)
            for name in landed.read.result_columns
            if name in previous.unavailable_columns
        ]
        return [*lost, *back]

    def _state(self) -> TableState:
        landed, read, sync_run, previous = self.landed, self.landed.read, self.sync_run, self.previous
        received, full = read.result_columns, read.mode == "full"
        derived = {name for column in self.checked.clear_columns for name in column.derived}
        before = [name for name in previous.columns if name not in derived] if previous else []
        unavailable_before = (
            tuple(name for name in previous.unavailable_columns if name not in derived) if previous else ()
        )
        stored = stored_table(self.table, sync_run.connection)
        unavailable = tuple(column.name for column in stored.columns if column.name not in set(received))
        all_queried = set(unavailable) <= set(landed.unavailable)
        given = dict.fromkeys([*before, *received])
        came = bool(self.result.added)
        if not landed.queried:
            # NetSuite said nothing of the columns.
            given, unavailable, all_queried = dict.fromkeys(before), unavailable_before, False
        elif previous:
            came = came or not set(unavailable_before).isdisjoint(received)
        wanted = came and self.result.rows_before > 0
        hashed = dict.fromkeys([*(previous.hashed_columns if previous else ()), *self.table.hashed])
        return TableState(
            watermark=self._watermark(),
            columns=tuple(given),
            unavailable_columns=unavailable,
            unavailable_checked_at=self._unavailable_checked_at(all_queried=all_queried),
            row_count=self.result.rows,
            synced_at=sync_run.started_at if read.advances_watermark or not previous else previous.synced_at,
            full_wanted=not full and (wanted or (previous is not None and previous.full_wanted)),
            null_cursors=self.checked.null_cursors
            if full
            else previous is not None and previous.null_cursors,
            swept_at=previous.swept_at if previous else None,
            counted=exact_count(landed.counted) if full or previous is None else previous.counted,
            checksum=self._unchanged_checksum(),
            # Rows not read in this sync keep their old fingerprint.
            read_fingerprint=self.fingerprint if full or previous is None else previous.read_fingerprint,
            hashed_columns=tuple(hashed),
            stored_key=self.table.key,
            full_because=None if full or previous is None else previous.full_because,
            missing_rows=previous.missing_rows if previous else 0,
            missing_what=previous.missing_what if previous else None,
            count_difference=previous.count_difference if previous else 0,
        )

    def _unavailable_checked_at(self, *, all_queried: bool) -> datetime:
        """Return when the unavailable columns were last queried.

        A column over which NetSuite failed is queried again by the next sync: then it is long ago.
        """
        if failed_columns(self.landed):
            return _LONG_AGO
        return (
            self.sync_run.started_at
            if all_queried or self.previous is None
            else self.previous.unavailable_checked_at
        )

    def _unchanged_checksum(self) -> str | None:
        """Return the checksum of a list that was not read in full and to which nothing was written."""
        unchanged = not self.result.written and not self.result.removed.rows
        previous = self.previous
        return previous.checksum if self.landed.read.mode != "full" and previous and unchanged else None

    def _watermark(self) -> datetime | None:
        read = self.landed.read
        if not read.advances_watermark:
            return self.previous.watermark if self.previous else None
        return (
            self.sync_run.watermark if self.table.cursor in read.result_columns or self.table.parent else None
        )

    def _report(self, changes: Sequence[SchemaChange]) -> TableReport:
        landed, count = self.landed, self.landed.count
        # NetSuite's count of a child includes the deferred rows: no stamp tells them apart.
        read = landed.rows - (0 if self.table.parent else self.checked.deferred)
        return TableReport(
            table=self.table.name,
            mode=landed.read.mode,
            status="done",
            started_at=self.work.started_at,
            seconds=self.work.seconds,
            rows_read=landed.rows,
            rows_written=self.result.written,
            rows_deleted=self.result.removed.rows,
            rows=self.result.rows,
            rejected_values=self.result.rejected + len(landed.unread),
            requests=count.requests,
            retries=count.retries,
            throttled=count.throttled,
            watermark=self._watermark(),
            counted=exact_count(landed.counted),
            matches=counts_match(landed.counted, read),
            notes=tuple(self._notes(changes, read)),
            preview=self.result.preview,
        )

    def _notes(self, changes: Sequence[SchemaChange], read: int) -> Iterable[str]:
        landed, name = self.landed, self.table.name
        yield from column_notes(landed, self.previous)
        yield from change_notes(changes)
        if self.result.rejected:
            yield (
                f"{self.result.rejected:,} values did not fit their column's type; they are kept in "
                "_netsuite.rejected_values"
            )
        yield from unread_notes(landed)
        if self.checked.deferred:
            yield f"{self.checked.deferred:,} rows changed after this sync's cutoff; the next sync reads them"
        yield from ahead_notes(name, self.checked.ahead)
        yield from removal_notes(name, self.result.removed.children)
        if self.removal_note:
            yield self.removal_note
        yield from count_notes(landed.counted, read)
        yield from filter_notes(landed)
        yield from time_notes(landed)
        yield from sorted(landed.anomalies)

    def with_checksum(self, connection: duckdb.DuckDBPyConnection, report: TableReport) -> TableReport:
        """Record the checksum of a list without a cursor that has more than one page; return the report.

        The rows are committed before: where the checksum cannot be computed, each sync reads the list.
        """
        read, landed = self.landed.read, self.landed
        if self.table.cursor or self.table.parent or read.mode != "full":
            return report
        incomplete = self.checked.deferred or self.result.rejected or landed.unread
        if len(landed.pages) < 2 or incomplete or not read.dialect.utc:
            return report

        def write() -> None:
            with transaction(connection):
                found = compute_checksum(
                    connection, self.checked.column_plan.target, self.table, read.result_columns
                )
                if found is not None:
                    record_checksum(connection, self.sync_run.connection, self.table.name, found.to_json)

        try:
            retry_with_more_memory(connection, write)
        except WarehouseError as error:
            # DuckDB's alone: too deep, too large a number, too little memory.
            words = f"its checksum could not be computed, so every sync reads it in full ({error.message})"
            return replace(report, notes=(*report.notes, words))
        return report
