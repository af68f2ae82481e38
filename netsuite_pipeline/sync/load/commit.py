"""Commit one landed table: its rows, its state and its line of the sync log in one transaction."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import duckdb

from netsuite_pipeline.sync.landing.result import LandedTable
from netsuite_pipeline.sync.load.checksum import compute_checksum
from netsuite_pipeline.sync.load.cutoff_filter import (
    CutoffCondition,
    ParentSnapshot,
    defer_after_cutoff,
    defer_changed_children,
    defer_new_children,
    defer_without_parent,
    find_future_stamps,
    scope_condition,
)
from netsuite_pipeline.sync.load.loader import (
    UNPROVEN,
    WITH_OWNER,
    CheckedStage,
    LoadResult,
    MergeOptions,
    StagedLoad,
    stored_table,
)
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
from netsuite_pipeline.sync.planning.read_plan import Mode
from netsuite_pipeline.sync.report import Preview, TableReport
from netsuite_pipeline.sync.sync_log import SyncRun, log_entry
from netsuite_pipeline.sync.work_time import WorkTime
from netsuite_pipeline.tables import Table
from netsuite_pipeline.tables.people import previewed_columns
from netsuite_pipeline.warehouse.errors import LoadRefused, WarehouseError
from netsuite_pipeline.warehouse.rows.cascade_delete import Removed, remove_keys
from netsuite_pipeline.warehouse.rows.clear_values import drop_clear_columns, find_clear_columns
from netsuite_pipeline.warehouse.rows.column_plan import plan_columns
from netsuite_pipeline.warehouse.rows.labels import record_renames
from netsuite_pipeline.warehouse.rows.merge import (
    MISSING,
    changed_keys,
    count_rows,
    delete_duplicates,
    delete_incomplete_keys,
    drop_work_tables,
    find_changed,
    find_missing,
    insert_all,
    write_changed,
)
from netsuite_pipeline.warehouse.rows.missing_rows import mark_missing, returned_keys, unmark_seen
from netsuite_pipeline.warehouse.rows.unread_values import has_unread, record_unread, restore_stored_values
from netsuite_pipeline.warehouse.schema.schema import StoredTable, create_or_extend, present_columns, quoted
from netsuite_pipeline.warehouse.staging.stage_sql import STAGE
from netsuite_pipeline.warehouse.state import TableState, record_checksum, write_state
from netsuite_pipeline.warehouse.stores.memory_limit import retry_with_more_memory
from netsuite_pipeline.warehouse.sync_log import SchemaChange, write_log, write_schema_changes
from netsuite_pipeline.warehouse.transactions import transaction, translate_errors

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_PREVIEW_ROWS = 5


@dataclass(frozen=True)
class CommittedTable:
    """What other tables of the sync need to know of a committed table.

    Attributes:
        mode: How it was read.
        changed_keys: The keys of the rows that changed, where children ask for them.
        parent_snapshot: What its children need to know of it.
        deferred: Rows that were read and are deferred to the next sync.
        renames: Whether some labels may show old names now.
    """

    mode: Mode
    changed_keys: tuple[str, ...]
    parent_snapshot: ParentSnapshot
    deferred: int = 0
    renames: bool = False


@dataclass(frozen=True)
class TableCommit:
    """The commit of one landed table.

    Attributes:
        sync_run: The sync.
        landed: The landed pages.
        staged: Their stage, complete; the caller closes it.
        options: How the stage enters the table.
        previous: The table's state before; None at its first sync.
        work: The time worked on the table.
        fingerprint: The table's read fingerprint (`read_fingerprint`).
    """

    sync_run: SyncRun
    landed: LandedTable
    staged: StagedLoad
    options: MergeOptions
    previous: TableState | None
    work: WorkTime
    fingerprint: str | None = None

    @property
    def table(self) -> Table:
        """Return the table's spec, as it was read."""
        return self.landed.read.table

    def run(self, connection: duckdb.DuckDBPyConnection) -> tuple[TableReport, CommittedTable]:
        """Check the stage, then merge and record it in one transaction.

        Args:
            connection: To the working file; several tables may be committed one after another.

        Raises:
            WarehouseError: The landed pages are not fit to be loaded, or DuckDB cannot write them; the table
                is as it was.
            NetSuiteError: NetSuite does not answer which rows were deleted; the table is as it was.
        """
        with translate_errors(), self.staged.stage.attached(connection):
            checked = self.check(connection)

            def write() -> tuple[TableReport, LoadResult]:
                with transaction(connection):
                    result = self.merge(connection, checked)
                    return self.record(connection, checked, result), result

            report, result = retry_with_more_memory(connection, write)
            report = self._record_checksum(connection, checked, result, report)
        stored = stored_table(self.table, self.sync_run.connection)
        snapshot = ParentSnapshot(stored.ref, self.table.key[0], checked.after_cutoff)
        return report, CommittedTable(
            self.landed.read.mode, result.changed_keys, snapshot, checked.deferred, result.renames
        )

    # Check

    def check(self, connection: duckdb.DuckDBPyConnection) -> CheckedStage:
        """Check the attached stage and take the rows out of it that are deferred to the next sync.

        Raises:
            LoadRefused: Keys are missing or doubled, or not every landed row was read back.
        """
        landed, read, table, target = self.landed, self.landed.read, self.table, self.staged.target
        known = self.previous.hashed_columns if self.previous else ()
        to_hash = [name for name in table.hashed if name not in known]
        own = {column.name for column in table.columns}
        clear = find_clear_columns(connection, target.schema, target.name, to_hash, own)
        dropped = {name for column in clear for name in (column.name, *column.derived)}
        plan = plan_columns(connection, self.staged.stage, target, read.result_columns, dropped)
        if self.staged.rows != landed.rows:
            raise LoadRefused(
                f"{table.name}: {landed.rows:,} rows were landed but {self.staged.rows:,} read back; the "
                "table stays as it was.",
                remedy="Sync again; if it happens twice, the disk or another process damages the landing "
                "folder.",
            )
        if not landed.rows:
            return CheckedStage(plan, clear_columns=clear)
        self.staged.stage.check_keys(connection)
        if landed.unread:
            kept = tuple(column for column in plan.target.columns if column.name not in dropped)
            restore_stored_values(connection, replace(plan.target, columns=kept), landed.unread_values)
        snapshot = self.options.parent_snapshot
        newer = CutoffCondition(self.sync_run.cutoff, self.sync_run.deferral_limit)
        after_cutoff = defer_after_cutoff(connection, read, newer)
        new_children = defer_new_children(connection, table, snapshot)
        is_stored = present_columns(connection, target.schema, target.name)
        waiting, changed_children = defer_changed_children(
            connection, read, newer, target.ref if is_stored else None
        )
        waiting |= defer_without_parent(connection, read, snapshot)
        null_cursors = False
        if table.cursor is not None and table.cursor in read.columns:
            found = connection.execute(f"SELECT 1 FROM {STAGE} WHERE {quoted(table.cursor)} IS NULL LIMIT 1")
            null_cursors = found.fetchone() is not None
        return CheckedStage(
            plan,
            after_cutoff=after_cutoff | waiting,
            deferred=len(after_cutoff) + new_children + changed_children,
            ahead=find_future_stamps(connection, read, newer),
            null_cursors=null_cursors,
            clear_columns=clear,
        )

    # Merge

    def merge(self, connection: duckdb.DuckDBPyConnection, checked: CheckedStage) -> LoadResult:
        """Merge the stage into the table; call it in a transaction, with the stage attached.

        Rows that NetSuite no longer shows are removed only with evidence, and never while fewer rows were
        read than NetSuite counts.

        Raises:
            NetSuiteError: NetSuite does not answer which rows were deleted.
        """
        landed, read, options, plan = self.landed, self.landed.read, self.options, checked.column_plan
        target, is_parent = plan.target, options.is_parent and read.mode == "changed"
        drop_clear_columns(connection, target, checked.clear_columns)
        added = create_or_extend(connection, target)
        if options.stored_key and options.stored_key != target.key and not target.identity_columns:
            delete_duplicates(connection, target)
        rows_before = count_rows(connection, target.ref)
        removed, renames = Removed(0), 0
        keys: tuple[str, ...] = ()
        if not rows_before:
            written = insert_all(connection, target, plan.names) if landed.rows else 0
            keys = _staged_keys(connection, target) if is_parent else ()
        else:
            if read.mode == "full" and not target.identity_columns:
                delete_incomplete_keys(connection, target)
            scope = scope_condition(
                connection, read, landed.parents, checked.after_cutoff, options.parent_snapshot
            )
            if scope is not None and not landed.is_short and find_missing(connection, target, scope):
                removed = self.remove_proven(connection, target)
            returned = returned_keys(connection, target) if is_parent else ()
            cursor = read.table.cursor if read.mode == "changed" and read.table.cursor in plan.names else None
            written = (
                find_changed(connection, target, plan.names, kept=plan.kept, cursor=cursor)
                if landed.rows
                else 0
            )
            if written:
                keys = changed_keys(connection, target) if is_parent else ()
                whole = read.mode == "full"
                renames = record_renames(connection, target, plan.names, options.links, whole=whole)
                write_changed(connection, target, plan.names, kept=plan.kept)
            keys = tuple(dict.fromkeys([*keys, *returned]))
            drop_work_tables(connection)
            unmark_seen(connection, target)
        if landed.unread or has_unread(connection, target):
            source = self.staged.stage.source
            record_unread(
                connection,
                target,
                landed.unread_values,
                received=read.result_columns,
                sync_id=source.sync_id,
                seen_at=source.seen_at,
            )
        hashed = {column.name for column in checked.clear_columns}
        return LoadResult(
            written=written,
            removed=removed,
            rows_before=rows_before,
            rows=count_rows(connection, target.ref),
            added=tuple(name for name in added if name not in hashed) if rows_before else (),
            rejected=self.staged.stage.record_rejects(connection, plan.names),
            preview=_preview(connection, target, previewed_columns(read.table)),
            changed_keys=keys,
            renames=renames > 0,
        )

    def remove_proven(self, connection: duckdb.DuckDBPyConnection, target: StoredTable) -> Removed:
        """Remove the rows of `merge.MISSING` that were deleted, and mark all others as missing.

        Args:
            connection: To the working file, in a transaction.
            target: The table.

        Raises:
            NetSuiteError: NetSuite does not answer which rows were deleted.
        """
        since, sync_id = self.sync_run.started_at, self.sync_run.sync_id
        unproven = self.options.evidence.classify(connection, target)
        if unproven and self.options.evidence.answered:
            mark_missing(connection, target, UNPROVEN, since=since, sync_id=sync_id)
        mark_missing(
            connection, target, WITH_OWNER, since=since, sync_id=sync_id, missing_with="g.missing_with"
        )
        removed = remove_keys(connection, target, MISSING, self.options.children)
        for kept in (UNPROVEN, WITH_OWNER):
            connection.execute(f"DROP TABLE IF EXISTS {kept}")
        return removed

    # Record

    def record(
        self, connection: duckdb.DuckDBPyConnection, checked: CheckedStage, result: LoadResult
    ) -> TableReport:
        """Write the table's state, its schema changes and its line of the sync log, in the transaction."""
        sync_run, name = self.sync_run, self.table.name
        changes = self._schema_changes(checked, result)
        write_state(
            connection,
            sync_run.connection,
            name,
            self._state(checked, result),
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
        report = self._report(checked, result, changes)
        write_log(connection, [log_entry(report, sync_run)])
        return report

    def _schema_changes(self, checked: CheckedStage, result: LoadResult) -> Sequence[SchemaChange]:
        columns = checked.column_plan.target.columns
        types = {column.name: column.type for column in columns}
        texts = {column.name for column in columns if column.text_of}
        hashed = [
            SchemaChange(column.name, "hashed", column.type, "VARCHAR") for column in checked.clear_columns
        ]
        added = [SchemaChange(name, "added", None, types[name]) for name in result.added if name not in texts]
        known = {each.column for each in (*hashed, *added)}
        offered = [each for each in self._availability_changes() if each.column not in known]
        return [*hashed, *added, *checked.column_plan.changes, *offered]

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

    def _state(self, checked: CheckedStage, result: LoadResult) -> TableState:
        landed, read, sync_run, previous = self.landed, self.landed.read, self.sync_run, self.previous
        received, full = read.result_columns, read.mode == "full"
        derived = {name for column in checked.clear_columns for name in column.derived}
        before = [name for name in previous.columns if name not in derived] if previous else []
        absent_before = (
            tuple(name for name in previous.unavailable_columns if name not in derived) if previous else ()
        )
        stored = stored_table(self.table, sync_run.connection)
        absent = tuple(column.name for column in stored.columns if column.name not in set(received))
        all_queried = set(absent) <= set(landed.unavailable)
        given = dict.fromkeys([*before, *received])
        came = bool(result.added)
        if not landed.queried:
            # NetSuite said nothing of the columns.
            given, absent, all_queried = dict.fromkeys(before), absent_before, False
        elif previous:
            came = came or not set(absent_before).isdisjoint(received)
        wanted = came and result.rows_before > 0
        hashed = dict.fromkeys([*(previous.hashed_columns if previous else ()), *self.table.hashed])
        return TableState(
            watermark=self._watermark(),
            columns=tuple(given),
            unavailable_columns=absent,
            unavailable_checked_at=self._unavailable_checked_at(all_queried=all_queried),
            row_count=result.rows,
            synced_at=sync_run.started_at if read.advances_watermark or not previous else previous.synced_at,
            full_wanted=not full and (wanted or (previous is not None and previous.full_wanted)),
            null_cursors=checked.null_cursors if full else previous is not None and previous.null_cursors,
            swept_at=previous.swept_at if previous else None,
            counted=exact_count(landed.counted) if full or previous is None else previous.counted,
            checksum=self._unchanged_checksum(result),
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
        """Return when the absent columns were last queried.

        A column over which NetSuite failed is queried again by the next sync: then it is long ago.
        """
        if failed_columns(self.landed):
            return _LONG_AGO
        return (
            self.sync_run.started_at
            if all_queried or self.previous is None
            else self.previous.unavailable_checked_at
        )

    def _unchanged_checksum(self, result: LoadResult) -> str | None:
        """Return the checksum of a list that was not read whole and to which nothing was written."""
        unchanged = not result.written and not result.removed.rows
        previous = self.previous
        return previous.checksum if self.landed.read.mode != "full" and previous and unchanged else None

    def _watermark(self) -> datetime | None:
        read = self.landed.read
        if not read.advances_watermark:
            return self.previous.watermark if self.previous else None
        return (
            self.sync_run.watermark if self.table.cursor in read.result_columns or self.table.parent else None
        )

    def _report(
        self, checked: CheckedStage, result: LoadResult, changes: Sequence[SchemaChange]
    ) -> TableReport:
        landed, count = self.landed, self.landed.count
        # NetSuite's count of a child includes the deferred rows: no stamp tells them apart.
        read = landed.rows - (0 if self.table.parent else checked.deferred)
        return TableReport(
            table=self.table.name,
            mode=landed.read.mode,
            status="done",
            started_at=self.work.started_at,
            seconds=self.work.seconds,
            rows_read=landed.rows,
            rows_written=result.written,
            rows_deleted=result.removed.rows,
            rows=result.rows,
            rejected_values=result.rejected + len(landed.unread),
            requests=count.requests,
            retries=count.retries,
            throttled=count.throttled,
            watermark=self._watermark(),
            counted=exact_count(landed.counted),
            matches=counts_match(landed.counted, read),
            notes=tuple(self._notes(checked, result, changes, read)),
            preview=result.preview,
        )

    def _notes(
        self, checked: CheckedStage, result: LoadResult, changes: Sequence[SchemaChange], read: int
    ) -> Iterable[str]:
        landed, name = self.landed, self.table.name
        yield from column_notes(landed, self.previous)
        yield from change_notes(changes)
        if result.rejected:
            yield (
                f"{result.rejected:,} values did not fit their column's type; they are kept in "
                "_netsuite.rejected_values"
            )
        yield from unread_notes(landed)
        if checked.deferred:
            yield f"{checked.deferred:,} rows changed after this sync's cutoff wait for the next one"
        yield from ahead_notes(name, checked.ahead)
        yield from removal_notes(name, result.removed.children)
        if self.options.evidence.note:
            yield self.options.evidence.note
        yield from count_notes(landed.counted, read)
        yield from filter_notes(landed)
        yield from time_notes(landed)
        yield from sorted(landed.anomalies)

    def _record_checksum(
        self,
        connection: duckdb.DuckDBPyConnection,
        checked: CheckedStage,
        result: LoadResult,
        report: TableReport,
    ) -> TableReport:
        """Record the checksum of a list without a cursor that has more than one page.

        The rows are committed before: where the checksum cannot be computed, each sync reads the list.
        """
        read, landed = self.landed.read, self.landed
        if self.table.cursor or self.table.parent or read.mode != "full":
            return report
        incomplete = checked.deferred or result.rejected or landed.unread
        if len(landed.pages) < 2 or incomplete or not read.dialect.utc:
            return report

        def write() -> None:
            with transaction(connection):
                found = compute_checksum(
                    connection, checked.column_plan.target, self.table, read.result_columns
                )
                if found is not None:
                    record_checksum(connection, self.sync_run.connection, self.table.name, found.to_json)

        try:
            retry_with_more_memory(connection, write)
        except WarehouseError as error:
            # DuckDB's alone: too deep, too large a number, too little memory.
            words = f"no checksum of it could be computed, so it is read whole each time ({error.message})"
            return replace(report, notes=(*report.notes, words))
        return report


def _staged_keys(connection: duckdb.DuckDBPyConnection, target: StoredTable) -> tuple[str, ...]:
    key = quoted(target.key[0])
    rows = connection.execute(f"SELECT {key}::VARCHAR FROM {STAGE} ORDER BY {key}").fetchall()
    return tuple(row[0] for row in rows)


def _preview(
    connection: duckdb.DuckDBPyConnection, target: StoredTable, shown: Collection[str]
) -> Preview | None:
    names = [column.name for column in target.columns if column.name in shown]
    if not names:
        return None
    # The first rows of the file: the smallest keys would take a scan of the whole table.
    keys = ", ".join(quoted(part) for part in target.key)
    cells = ", ".join(f"{quoted(name)}::VARCHAR" for name in names)
    rows = connection.execute(
        f"SELECT {cells} FROM (FROM {target.ref} LIMIT {_PREVIEW_ROWS}) ORDER BY {keys}"
    ).fetchall()
    return Preview(tuple(names), tuple(tuple(row) for row in rows))
