"""Landed pages become rows: a stage that grows while pages come in, checked, then merged into the table."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

import duckdb

from netsuite_pipeline.sync.landing.result import LandedTable
from netsuite_pipeline.sync.load.cutoff_filter import (
    CutoffCondition,
    FutureStamps,
    ParentSnapshot,
    defer_after_cutoff,
    defer_changed_children,
    defer_new_children,
    defer_without_parent,
    find_future_stamps,
    scope_condition,
)
from netsuite_pipeline.sync.load.schema_evolution import ColumnPlan, plan_columns
from netsuite_pipeline.sync.report import Preview
from netsuite_pipeline.sync.sync_log import SyncRun
from netsuite_pipeline.tables import Table
from netsuite_pipeline.tables.hashed_columns import hashed_table
from netsuite_pipeline.tables.people import previewed_columns
from netsuite_pipeline.warehouse.errors import LoadRefused
from netsuite_pipeline.warehouse.rows.cascade_delete import Child, Removed, remove_keys
from netsuite_pipeline.warehouse.rows.labels import LabelLinks, record_renames
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
from netsuite_pipeline.warehouse.schema.schema import (
    StoredColumn,
    StoredTable,
    create_or_extend,
    present_columns,
    quoted,
)
from netsuite_pipeline.warehouse.staging.stage import Stage, StageSource
from netsuite_pipeline.warehouse.staging.stage_sql import STAGE

_PREVIEW_ROWS = 5
UNPROVEN = "temp.main.unproven"
"""The keys of rows that NetSuite no longer shows, and of whose deletion there is no evidence."""
WITH_OWNER = "temp.main.with_owner"
"""Those among them whose parent or other owner is missing too: with `missing_with`, the table of that."""


class DeletionProof(Protocol):
    """Decides which rows that NetSuite no longer shows were deleted (`DeletionEvidence`)."""

    @property
    def note(self) -> str: ...

    @property
    def answered(self) -> bool: ...

    def sort(self, connection: duckdb.DuckDBPyConnection, target: StoredTable) -> int: ...


@dataclass(frozen=True)
class MergeOptions:
    """How one table's stage enters the table.

    Attributes:
        evidence: Decides which of the rows that are gone were deleted.
        children: Tables whose rows go with the rows that they point to.
        is_parent: Children will ask which rows changed; heeded for mode `changed` only, for after a full
            read of a table its children are read in full as well.
        parent_snapshot: For a child whose parent is in the same sync.
        stored_key: The key by which the table's rows were stored; empty where it is not known.
        links: How the table is concerned with labels.
    """

    evidence: DeletionProof
    children: Sequence[Child] = ()
    is_parent: bool = False
    parent_snapshot: ParentSnapshot | None = None
    stored_key: tuple[str, ...] = ()
    links: LabelLinks = field(default_factory=LabelLinks)


class StagedLoad:
    """One table's stage: the typed rows of its landed pages, in a DuckDB file of its own, growing while
    fetching goes on. One thread at a time may use it.

    Args:
        path: The stage's file, in the table's landing folder; an old one there is removed.
        table: The table's spec.
        result_columns: The columns and labels asked for.
        schema: Where the table lives in the warehouse.
        sender: Whose rows these are.

    Example:
        >>> staged = StagedLoad(path, table, read.result_columns, "netsuite", sender)  # doctest: +SKIP
        >>> staged.add(pages)                                                 # doctest: +SKIP
        >>> commit_table(connection, identity, landed, staged, …)            # doctest: +SKIP
        >>> staged.close()                                                    # doctest: +SKIP
    """

    def __init__(
        self, path: Path, table: Table, received: Sequence[str], schema: str, sender: StageSource
    ) -> None:
        self.table = table
        self.target = stored_table(table, schema)
        names = set(received)
        columns = [column for column in self.target.columns if column.name in names]
        self.stage = Stage(path, self.target, columns, sender)

    @property
    def rows(self) -> int:
        """Rows staged so far."""
        return self.stage.rows

    def add(self, pages: Sequence[Path]) -> None:
        """Stages a batch of pages, of which 20 to 60 are best.

        Raises:
            LoadRefused: A page is damaged or gone.
            WarehouseError: They cannot be staged; the disk may be full.
        """
        self.stage.add(pages)

    def close(self) -> None:
        """Closes and removes the file; may be called twice, and after failures."""
        self.stage.close()


@dataclass(frozen=True)
class CheckedStage:
    """What a stage is after the checks, which change nothing of the working file.

    Attributes:
        column_plan: The columns, and how they are stored.
        after_cutoff: The keys, as text, of rows newer than the cutoff, or of their parents: these rows
            are left for the next sync.
        deferred: Rows left for the next sync.
        ahead: Rows that were not left, for their stamp lies too far in the future; None for none.
        null_cursors: Whether some rows have no cursor.
    """

    column_plan: ColumnPlan
    after_cutoff: frozenset[str] = field(default_factory=frozenset)
    deferred: int = 0
    ahead: FutureStamps | None = None
    null_cursors: bool = False


@dataclass(frozen=True)
class LoadResult:
    """What loading one table did.

    Attributes:
        written: Rows new or changed.
        removed: Rows gone, and what went with them.
        rows_before, rows: Rows that the table had and has.
        added: Columns that a table with rows had not had.
        rejected: Values that did not fit.
        changed_keys: The keys of the rows written, as text, where children ask for them.
        unproven: Rows that are gone from NetSuite without evidence; they are kept.
        removal_note: Why rows went without an entry in `deletedrecord`; empty where none did.
        renames: Whether labels of stored rows may show old names by this.
    """

    written: int
    removed: Removed
    rows_before: int
    rows: int
    added: tuple[str, ...]
    rejected: int
    preview: Preview | None
    changed_keys: tuple[str, ...] = ()
    unproven: int = 0
    removal_note: str = ""
    renames: bool = False


def stored_table(table: Table, schema: str) -> StoredTable:
    """A catalogue's table as it is stored: every column, every label behind its column, comments."""
    columns: list[StoredColumn] = []
    for column in hashed_table(table).columns:
        columns.append(StoredColumn(column.name, column.type, column.description))
        if column.label:
            about = f"What NetSuite shows for {column.name}"
            columns.append(StoredColumn(f"{column.name}_label", "text", about))
    identity_columns = () if table.unique else tuple(filter(None, (*table.key, table.cursor)))
    return StoredTable(schema, table.name, table.key, tuple(columns), table.description, identity_columns)


def check_stage(
    connection: duckdb.DuckDBPyConnection,
    landed: LandedTable,
    staged: StagedLoad,
    cutoff: datetime,
    parent_snapshot: ParentSnapshot | None,
    deferral_limit: datetime | None = None,
) -> CheckedStage:
    """Checks what is staged, and takes out what waits for the next sync. The stage is attached.

    Args:
        connection: To the working file.
        landed: What was landed.
        staged: Its stage.
        cutoff: UTC; what is newer waits.
        parent_snapshot: For a child whose parent is in the same sync.
        deferral_limit: UTC; rows stamped later than this are taken. None where all newer rows wait.

    Raises:
        LoadRefused: Keys are missing or doubled, or not every landed row was read back.
    """
    read = landed.read
    table = read.table
    column_plan = plan_columns(connection, staged.stage, staged.target, read.result_columns)
    if staged.rows != landed.rows:
        raise LoadRefused(
            f"{table.name}: {landed.rows:,} rows were landed but {staged.rows:,} read back; the table "
            "stays as it was.",
            remedy="Sync again; if it happens twice, the disk or another process damages the landing folder.",
        )
    if not landed.rows:
        return CheckedStage(column_plan)
    staged.stage.check_keys(connection)
    if landed.unread:
        restore_stored_values(connection, column_plan.target, landed.unread_values)
    newer = CutoffCondition(cutoff, deferral_limit)
    after_cutoff = defer_after_cutoff(connection, read, newer)
    deferred_children = defer_new_children(connection, table, parent_snapshot)
    is_stored = present_columns(connection, staged.target.schema, staged.target.name)
    waiting, deferred_changed = defer_changed_children(
        connection, read, newer, staged.target.ref if is_stored else None
    )
    waiting |= defer_without_parent(connection, read, parent_snapshot)
    null_cursors = False
    if table.cursor is not None and table.cursor in read.columns:
        found = connection.execute(f"SELECT 1 FROM {STAGE} WHERE {quoted(table.cursor)} IS NULL LIMIT 1")
        null_cursors = found.fetchone() is not None
    return CheckedStage(
        column_plan,
        after_cutoff=after_cutoff | waiting,
        deferred=len(after_cutoff) + deferred_children + deferred_changed,
        ahead=find_future_stamps(connection, read, newer),
        null_cursors=null_cursors,
    )


def merge_stage(
    connection: duckdb.DuckDBPyConnection,
    landed: LandedTable,
    staged: StagedLoad,
    checked: CheckedStage,
    merging: MergeOptions,
    sync_run: SyncRun,
) -> LoadResult:
    """Merges one table's stage. The caller holds a transaction: what is raised here leaves all as it was.

    Rows that NetSuite no longer shows go only with evidence, and never while fewer were read than it counts.

    Args:
        connection: To the working file, the stage attached.
        landed: What was landed.
        staged: Its stage.
        checked: What the checks said.
        merging: How it enters the table.
        sync_run: Which sync this is.

    Raises:
        NetSuiteError: NetSuite does not say what was deleted.
    """
    read, is_parent = landed.read, merging.is_parent and landed.read.mode == "changed"
    target, columns, kept = checked.column_plan.target, checked.column_plan.names, checked.column_plan.kept
    added = create_or_extend(connection, target)
    if merging.stored_key and merging.stored_key != target.key and not target.identity_columns:
        delete_duplicates(connection, target)
    rows_before = count_rows(connection, target.ref)
    removed, unproven = Removed(0), 0
    keys: tuple[str, ...] = ()
    renames = 0
    if not rows_before:
        written = insert_all(connection, target, columns) if landed.rows else 0
        keys = _all_keys(connection, target) if is_parent else ()
    else:
        if read.mode == "full" and not target.identity_columns:
            delete_incomplete_keys(connection, target)
        where = scope_condition(
            connection, read, landed.parents, checked.after_cutoff, merging.parent_snapshot
        )
        if where is not None and not landed.is_short and find_missing(connection, target, where):
            unproven, removed = remove_proven(connection, target, merging, sync_run)
        returned = returned_keys(connection, target) if is_parent else ()
        cursor = read.table.cursor if read.mode == "changed" and read.table.cursor in columns else None
        written = find_changed(connection, target, columns, kept=kept, cursor=cursor) if landed.rows else 0
        if written:
            keys = changed_keys(connection, target) if is_parent else ()
            renames = record_renames(connection, target, columns, merging.links, whole=read.mode == "full")
            write_changed(connection, target, columns, kept=kept)
        keys = tuple(dict.fromkeys([*keys, *returned]))
        drop_work_tables(connection)
        unmark_seen(connection, target)
    if landed.unread or has_unread(connection, target):
        sender = staged.stage.source
        record_unread(
            connection,
            target,
            landed.unread_values,
            received=read.result_columns,
            sync_id=sender.sync_id,
            seen_at=sender.seen_at,
        )
    return LoadResult(
        written=written,
        removed=removed,
        rows_before=rows_before,
        rows=count_rows(connection, target.ref),
        added=tuple(added) if rows_before else (),
        rejected=staged.stage.record_rejects(connection, columns),
        preview=_preview(connection, target, previewed_columns(read.table)),
        changed_keys=keys,
        unproven=unproven,
        removal_note=merging.evidence.note,
        renames=renames > 0,
    )


def remove_proven(
    connection: duckdb.DuckDBPyConnection, target: StoredTable, merging: MergeOptions, sync_run: SyncRun
) -> tuple[int, Removed]:
    """Remove the rows of `merge.MISSING` that were deleted, and mark all others as missing.

    Args:
        connection: To the working file, in a transaction.
        target: The table.
        merging: Where the evidence comes from, and whose rows go along.
        sync_run: Which sync this is.

    Returns:
        How many rows have no evidence, and what was removed.

    Raises:
        NetSuiteError: NetSuite does not say what was deleted.
    """
    unproven = merging.evidence.sort(connection, target)
    if unproven and merging.evidence.answered:
        mark_missing(connection, target, UNPROVEN, since=sync_run.started_at, sync_id=sync_run.sync_id)
    mark_missing(
        connection,
        target,
        WITH_OWNER,
        since=sync_run.started_at,
        sync_id=sync_run.sync_id,
        missing_with="g.missing_with",
    )
    removed = remove_keys(connection, target, MISSING, merging.children)
    for kept in (UNPROVEN, WITH_OWNER):
        connection.execute(f"DROP TABLE IF EXISTS {kept}")
    return unproven, removed


def _all_keys(connection: duckdb.DuckDBPyConnection, target: StoredTable) -> tuple[str, ...]:
    key = quoted(target.key[0])
    rows = connection.execute(f"SELECT {key}::VARCHAR FROM {STAGE} ORDER BY {key}").fetchall()
    return tuple(row[0] for row in rows)


def _preview(
    connection: duckdb.DuckDBPyConnection, target: StoredTable, shown: Collection[str]
) -> Preview | None:
    names = [column.name for column in target.columns if column.name in shown]
    if not names:
        return None
    # The first rows as they lie in the file: those with the smallest keys would have to be looked for in all.
    keys = ", ".join(quoted(part) for part in target.key)
    cells = ", ".join(f"{quoted(name)}::VARCHAR" for name in names)
    rows = connection.execute(
        f"SELECT {cells} FROM (FROM {target.ref} LIMIT {_PREVIEW_ROWS}) ORDER BY {keys}"
    ).fetchall()
    return Preview(tuple(names), tuple(tuple(row) for row in rows))
