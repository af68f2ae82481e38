"""Commit one landed table: its rows, its state and its line of the sync log in one transaction."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import duckdb

from netsuite_pipeline.sync.load.commit_types import (
    UNPROVEN,
    WITH_OWNER,
    CheckedStage,
    CommitInput,
    LoadResult,
)
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
from netsuite_pipeline.sync.load.record import CommitRecord
from netsuite_pipeline.sync.planning.read_plan import Mode
from netsuite_pipeline.sync.report import Preview, TableReport
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.errors import LoadRefused
from netsuite_pipeline.warehouse.rows import merge
from netsuite_pipeline.warehouse.rows.cascade_delete import Removed, remove_keys
from netsuite_pipeline.warehouse.rows.clear_values import ClearColumn, drop_clear_columns, find_clear_columns
from netsuite_pipeline.warehouse.rows.labels import record_renames
from netsuite_pipeline.warehouse.rows.missing_rows import mark_missing, returned_keys, unmark_seen
from netsuite_pipeline.warehouse.rows.rejected_values import (
    has_unread,
    record_rejects,
    record_unread,
    restore_stored_values,
)
from netsuite_pipeline.warehouse.schema.drift import read_drift
from netsuite_pipeline.warehouse.schema.schema import (
    StoredTable,
    column_values,
    create_or_extend,
    has_rows,
    quoted,
)
from netsuite_pipeline.warehouse.staging.stage_sql import STAGE
from netsuite_pipeline.warehouse.state import TableState
from netsuite_pipeline.warehouse.transactions import run_transaction, translate_errors
from netsuite_pipeline.wording import counted

_PREVIEW_ROWS = 5


@dataclass(frozen=True)
class CommittedTable:
    """What other tables of the sync need to know of a committed table.

    Attributes:
        mode: How it was read.
        merge.changed_keys: The keys of the rows that changed, where children ask for them.
        parent_snapshot: What its children need to know of it.
        deferred: Rows that were read and are deferred to the next sync.
        renames: Whether some labels may show old names now.
    """

    mode: Mode
    changed_keys: tuple[str, ...]
    parent_snapshot: ParentSnapshot
    deferred: int = 0
    renames: bool = False


class TableCommit(CommitInput):
    """The commit of one landed table.

    Example:
        >>> TableCommit(sync_run, landed, stage, options, None, started_at).run(connection)  # doctest: +SKIP
    """

    def run(self, connection: duckdb.DuckDBPyConnection) -> tuple[TableReport, CommittedTable]:
        """Check the stage, then merge and record it in one transaction.

        Args:
            connection: To the working file; several tables may be committed one after another.

        Raises:
            WarehouseError: The landed pages are not fit to be loaded, or DuckDB cannot write them; the table
                is as it was.
            NetSuiteError: NetSuite does not answer which rows were deleted; the table is as it was.
        """
        with translate_errors(), self.stage.attached(connection):
            checked = self.check(connection)

            def write() -> tuple[TableReport, CommitRecord]:
                record = CommitRecord(self, checked, self.merge(connection, checked))
                return record.write(connection), record

            report, record = run_transaction(connection, write)
            report = record.with_checksum(connection, report)
        result = record.result
        table = self.landed.read.table
        snapshot = ParentSnapshot(self.stage.table.ref, table.key[0], checked.after_cutoff)
        return report, CommittedTable(
            self.landed.read.mode, result.changed_keys, snapshot, checked.deferred, result.renames
        )

    # Check

    def check(self, connection: duckdb.DuckDBPyConnection) -> CheckedStage:
        """Check the attached stage and take the rows out of it that are deferred to the next sync.

        Raises:
            LoadRefused: Keys are missing or doubled, or not every landed row was read back.
        """
        landed, read, table = self.landed, self.landed.read, self.landed.read.table
        stage, target = self.stage, self.stage.table
        clear = clear_columns(connection, table, target.schema, self.previous)
        dropped = {name for column in clear for name in (column.name, *column.derived)}
        drift = read_drift(connection, target, read.result_columns, dropped)
        stage.restage(connection, drift.plan({}).staged)
        plan = drift.plan(stage.misfits(connection))
        stage.restage(connection, plan.staged)
        if stage.rows != landed.rows:
            raise LoadRefused(
                f"{table.name}: {counted(landed.rows, 'row was', 'rows were')} landed but {stage.rows:,} "
                "read back; the table stays as it was.",
                remedy="Sync again; if it happens twice, the disk or another process damages the landing "
                "folder.",
            )
        if not landed.rows:
            return CheckedStage(plan, clear_columns=clear)
        stage.check_keys(connection)
        if landed.unread:
            kept = tuple(column for column in plan.target.columns if column.name not in dropped)
            restore_stored_values(connection, replace(plan.target, columns=kept), landed.unread)
        snapshot = self.options.parent_snapshot
        newer = CutoffCondition(self.sync_run.cutoff, self.sync_run.deferral_limit)
        after_cutoff = defer_after_cutoff(connection, read, newer)
        new_children = defer_new_children(connection, table, snapshot)
        is_stored = bool(drift.present)
        waiting, changed_children = defer_changed_children(
            connection, read, newer, target.ref if is_stored else None
        )
        waiting |= defer_without_parent(connection, read, snapshot)
        null_cursors = False
        if table.cursor is not None and table.cursor in read.columns:
            without = f"SELECT 1 FROM {STAGE} WHERE {quoted(table.cursor)} IS NULL LIMIT 1"
            null_cursors = has_rows(connection, without)
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
        started_at, sync_id = self.sync_run.started_at, self.sync_run.sync_id
        if checked.clear_columns:
            drop_clear_columns(connection, target, checked.clear_columns)
        comments = self.deferred is None
        added = create_or_extend(connection, target, comments=comments)
        if self.deferred is not None:
            self.deferred.add_comments(target)
        stored_key = self.previous.stored_key if self.previous else ()
        if stored_key and stored_key != target.key and not target.identity_columns:
            merge.delete_duplicates(connection, target)
        rows_before = merge.count_rows(connection, target.ref)
        removed, renames = Removed(0), 0
        keys: tuple[str, ...] = ()
        if not rows_before:
            written = merge.insert_all(connection, target, plan.names) if landed.rows else 0
            keys = _staged_keys(connection, target) if is_parent else ()
        else:
            if read.mode == "full" and not target.identity_columns:
                merge.delete_incomplete_keys(connection, target)
            scope = scope_condition(
                connection, read, landed.values, checked.after_cutoff, options.parent_snapshot
            )
            if scope is not None and not landed.is_short and merge.find_missing(connection, target, scope):
                removed = self.remove_proven(connection, target)
            returned = returned_keys(connection, target) if is_parent else ()
            cursor = read.table.cursor if read.mode == "changed" and read.table.cursor in plan.names else None
            written = (
                merge.find_changed(connection, target, plan.names, kept=plan.kept, cursor=cursor)
                if landed.rows
                else 0
            )
            if written:
                keys = merge.changed_keys(connection, target) if is_parent else ()
                whole = read.mode == "full"
                renames = record_renames(connection, target, plan.names, options.links, whole=whole)
                merge.write_changed(connection, target, plan.names, kept=plan.kept)
            keys = tuple(dict.fromkeys([*keys, *returned]))
            merge.drop_work_tables(connection)
            unmark_seen(connection, target)
        if landed.unread or has_unread(connection, target):
            record_unread(
                connection,
                target,
                landed.unread,
                received=read.result_columns,
                sync_id=sync_id,
                seen_at=started_at,
            )
        hashed = {column.name for column in checked.clear_columns}
        return LoadResult(
            written=written,
            removed=removed,
            rows_before=rows_before,
            rows=merge.count_rows(connection, target.ref),
            added=tuple(name for name in added if name not in hashed) if rows_before else (),
            rejected=record_rejects(connection, target, plan.names, sync_id=sync_id, seen_at=started_at),
            preview=_preview(connection, target, options.previewed),
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
        removed = remove_keys(connection, target, merge.MISSING, self.options.children)
        for kept in (UNPROVEN, WITH_OWNER):
            connection.execute(f"DROP TABLE IF EXISTS {kept}")
        return removed


def clear_columns(
    connection: duckdb.DuckDBPyConnection, table: Table, schema: str, state: TableState | None
) -> tuple[ClearColumn, ...]:
    """Return the stored columns of a table that hold clear values and are to hold hashes.

    Args:
        connection: To the working file.
        table: The table's spec.
        schema: The table's schema.
        state: The table's state; None at its first sync.
    """
    known = state.hashed_columns if state else ()
    to_hash = [name for name in table.hashed if name not in known]
    own = {column.name for column in table.columns}
    return find_clear_columns(connection, schema, table.name, to_hash, own) if to_hash else ()


def _staged_keys(connection: duckdb.DuckDBPyConnection, target: StoredTable) -> tuple[str, ...]:
    key = quoted(target.key[0])
    return column_values(connection, f"SELECT {key}::VARCHAR FROM {STAGE} ORDER BY {key}")


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
