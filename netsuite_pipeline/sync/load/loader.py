"""Landed pages become rows: a stage that grows while pages come in, checked, then merged into the table."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

import duckdb

from netsuite_pipeline.sync.landing.result import Fetched
from netsuite_pipeline.sync.load.cutoff_filter import (
    Newer,
    Parentage,
    StampedAhead,
    gone_where,
    hold_back_beyond,
    hold_back_changed_children,
    hold_back_children,
    hold_back_without_parent,
    stamped_ahead,
)
from netsuite_pipeline.sync.load.schema_evolution import Settled, settle_columns
from netsuite_pipeline.sync.report import Preview
from netsuite_pipeline.sync.sync_log import SyncIdentity
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


class ProvesDeletions(Protocol):
    """What decides which rows that NetSuite no longer shows were deleted (`sync.evidence.Evidence`)."""

    @property
    def note(self) -> str: ...

    @property
    def answered(self) -> bool: ...

    def sort(self, connection: duckdb.DuckDBPyConnection, target: StoredTable) -> int: ...


@dataclass(frozen=True)
class Merging:
    """How one table's stage enters the table.

    Attributes:
        evidence: Decides which of the rows that are gone were deleted.
        children: Tables whose rows go with the rows that they point to.
        is_parent: Children will ask which rows changed; heeded for mode `changed` only, for after a full
            read of a table its children are read in full as well.
        parentage: For a child whose parent is in the same sync.
        stored_key: The key by which the table's rows were stored; empty where it is not known.
        links: How the table is concerned with labels.
    """

    evidence: ProvesDeletions
    children: Sequence[Child] = ()
    is_parent: bool = False
    parentage: Parentage | None = None
    stored_key: tuple[str, ...] = ()
    links: LabelLinks = field(default_factory=LabelLinks)


class Loading:
    """One table's stage: the typed rows of its landed pages, in a DuckDB file of its own, growing while
    fetching goes on. One thread at a time may use it.

    Args:
        path: The stage's file, in the table's landing folder; an old one there is removed.
        table: The table's spec.
        received: The columns and labels asked for.
        schema: Where the table lives in the warehouse.
        sender: Whose rows these are.

    Example:
        >>> loading = Loading(path, table, read.received, "netsuite", sender)  # doctest: +SKIP
        >>> loading.add(pages)                                                 # doctest: +SKIP
        >>> commit_table(connection, identity, fetched, loading, …)            # doctest: +SKIP
        >>> loading.close()                                                    # doctest: +SKIP
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
class Prepared:
    """What a stage is after the checks, which change nothing of the working file.

    Attributes:
        settled: The columns, and how they are stored.
        beyond: The keys, as text, of rows newer than the cutoff, or of the parents of such rows: these rows
            are left for the next sync.
        held_back: Rows left for the next sync.
        ahead: Rows that were not left, for their stamp lies too far in the future; None for none.
        null_cursors: Whether some rows have no cursor.
    """

    settled: Settled
    beyond: frozenset[str] = field(default_factory=frozenset)
    held_back: int = 0
    ahead: StampedAhead | None = None
    null_cursors: bool = False


@dataclass(frozen=True)
class Loaded:
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


def prepare(
    connection: duckdb.DuckDBPyConnection,
    fetched: Fetched,
    loading: Loading,
    cutoff: datetime,
    parentage: Parentage | None,
    held_back_until: datetime | None = None,
) -> Prepared:
    """Checks what is staged, and takes out what waits for the next sync. The stage is attached.

    Args:
        connection: To the working file.
        fetched: What was landed.
        loading: Its stage.
        cutoff: UTC; what is newer waits.
        parentage: For a child whose parent is in the same sync.
        held_back_until: UTC; rows stamped later than this are taken. None where all newer rows wait.

    Raises:
        LoadRefused: Keys are missing or doubled, or not every landed row was read back.
    """
    read = fetched.read
    table = read.table
    settled = settle_columns(connection, loading.stage, loading.target, read.received)
    if loading.rows != fetched.rows:
        raise LoadRefused(
            f"{table.name}: {fetched.rows:,} rows were landed but {loading.rows:,} read back; the table "
            "stays as it was.",
            remedy="Sync again; if it happens twice, the disk or another process damages the landing folder.",
        )
    if not fetched.rows:
        return Prepared(settled)
    loading.stage.check_keys(connection)
    if fetched.unread:
        restore_stored_values(connection, settled.target, fetched.unread_values)
    newer = Newer(cutoff, held_back_until)
    beyond = hold_back_beyond(connection, read, newer)
    held_children = hold_back_children(connection, table, parentage)
    is_stored = present_columns(connection, loading.target.schema, loading.target.name)
    waiting, held_changed = hold_back_changed_children(
        connection, read, newer, loading.target.ref if is_stored else None
    )
    waiting |= hold_back_without_parent(connection, read, parentage)
    null_cursors = False
    if table.cursor is not None and table.cursor in read.columns:
        found = connection.execute(f"SELECT 1 FROM {STAGE} WHERE {quoted(table.cursor)} IS NULL LIMIT 1")
        null_cursors = found.fetchone() is not None
    return Prepared(
        settled,
        beyond=beyond | waiting,
        held_back=len(beyond) + held_children + held_changed,
        ahead=stamped_ahead(connection, read, newer),
        null_cursors=null_cursors,
    )


def load(
    connection: duckdb.DuckDBPyConnection,
    fetched: Fetched,
    loading: Loading,
    prepared: Prepared,
    merging: Merging,
    identity: SyncIdentity,
) -> Loaded:
    """Merges one table's stage. The caller holds a transaction: what is raised here leaves all as it was.

    Rows that NetSuite no longer shows go only with evidence, and never while fewer were read than it counts.

    Args:
        connection: To the working file, the stage attached.
        fetched: What was landed.
        loading: Its stage.
        prepared: What the checks said.
        merging: How it enters the table.
        identity: Which sync this is.

    Raises:
        NetSuiteError: NetSuite does not say what was deleted.
    """
    read, is_parent = fetched.read, merging.is_parent and fetched.read.mode == "changed"
    target, columns, kept = prepared.settled.target, prepared.settled.names, prepared.settled.kept
    added = create_or_extend(connection, target)
    if merging.stored_key and merging.stored_key != target.key and not target.identity_columns:
        delete_duplicates(connection, target)
    rows_before = count_rows(connection, target.ref)
    removed, unproven = Removed(0), 0
    keys: tuple[str, ...] = ()
    renames = 0
    if not rows_before:
        written = insert_all(connection, target, columns) if fetched.rows else 0
        keys = _all_keys(connection, target) if is_parent else ()
    else:
        if read.mode == "full" and not target.identity_columns:
            delete_incomplete_keys(connection, target)
        where = gone_where(connection, read, fetched.parents, prepared.beyond, merging.parentage)
        if where is not None and not fetched.is_short and find_missing(connection, target, where):
            unproven, removed = remove_proven(connection, target, merging, identity)
        returned = returned_keys(connection, target) if is_parent else ()
        cursor = read.table.cursor if read.mode == "changed" and read.table.cursor in columns else None
        written = find_changed(connection, target, columns, kept=kept, cursor=cursor) if fetched.rows else 0
        if written:
            keys = changed_keys(connection, target) if is_parent else ()
            renames = record_renames(connection, target, columns, merging.links, whole=read.mode == "full")
            write_changed(connection, target, columns, kept=kept)
        keys = tuple(dict.fromkeys([*keys, *returned]))
        drop_work_tables(connection)
        unmark_seen(connection, target)
    if fetched.unread or has_unread(connection, target):
        sender = loading.stage.source
        record_unread(
            connection,
            target,
            fetched.unread_values,
            received=read.received,
            sync_id=sender.sync_id,
            seen_at=sender.seen_at,
        )
    return Loaded(
        written=written,
        removed=removed,
        rows_before=rows_before,
        rows=count_rows(connection, target.ref),
        added=tuple(added) if rows_before else (),
        rejected=loading.stage.record_rejects(connection, columns),
        preview=_preview(connection, target, previewed_columns(read.table)),
        changed_keys=keys,
        unproven=unproven,
        removal_note=merging.evidence.note,
        renames=renames > 0,
    )


def remove_proven(
    connection: duckdb.DuckDBPyConnection, target: StoredTable, merging: Merging, identity: SyncIdentity
) -> tuple[int, Removed]:
    """Remove the rows of `merge.MISSING` that were deleted, and mark all others as missing.

    Args:
        connection: To the working file, in a transaction.
        target: The table.
        merging: Where the evidence comes from, and whose rows go along.
        identity: Which sync this is.

    Returns:
        How many rows have no evidence, and what was removed.

    Raises:
        NetSuiteError: NetSuite does not say what was deleted.
    """
    unproven = merging.evidence.sort(connection, target)
    if unproven and merging.evidence.answered:
        mark_missing(connection, target, UNPROVEN, since=identity.started_at, sync_id=identity.sync_id)
    mark_missing(
        connection,
        target,
        WITH_OWNER,
        since=identity.started_at,
        sync_id=identity.sync_id,
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
