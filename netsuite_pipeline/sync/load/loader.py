"""Stage landed pages as typed rows while a table is read, and describe how the stage enters the table."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import duckdb

from netsuite_pipeline.sync.load.cutoff_filter import FutureStamps, ParentSnapshot
from netsuite_pipeline.sync.report import Preview
from netsuite_pipeline.tables import Table
from netsuite_pipeline.tables.hashed_columns import hashed_table
from netsuite_pipeline.warehouse.rows.cascade_delete import Child, Removed
from netsuite_pipeline.warehouse.rows.clear_values import ClearColumn
from netsuite_pipeline.warehouse.rows.column_plan import ColumnPlan
from netsuite_pipeline.warehouse.rows.labels import LabelLinks
from netsuite_pipeline.warehouse.schema.schema import StoredColumn, StoredTable
from netsuite_pipeline.warehouse.staging.stage import Stage, StageSource

UNPROVEN = "temp.main.unproven"
"""The keys of rows that NetSuite no longer shows, and of whose deletion there is no evidence."""
WITH_OWNER = "temp.main.with_owner"
"""The keys of such rows whose parent or other owner is missing too, and its table (`missing_with`)."""


class DeletionProof(Protocol):
    """Decides which rows that NetSuite no longer shows were deleted (`DeletionEvidence`)."""

    @property
    def note(self) -> str:
        """Return why rows were removed without an entry in `deletedrecord`; empty where none were."""
        ...

    @property
    def answered(self) -> bool:
        """Return whether NetSuite answered which rows were deleted."""
        ...

    def classify(self, connection: duckdb.DuckDBPyConnection, target: StoredTable) -> int:
        """Keep the deleted rows in `merge.MISSING`, move the others to `UNPROVEN`, and count these."""
        ...


@dataclass(frozen=True)
class MergeOptions:
    """How one table's stage enters the table.

    Attributes:
        evidence: Decides which of the missing rows were deleted.
        children: Tables whose rows are deleted with the rows that they reference.
        is_parent: The table's children ask which rows changed. Used for mode `changed` only: after a full
            read of a table its children are read in full as well.
        parent_snapshot: For a child whose parent is in the same sync.
        stored_key: The key by which the table's rows were stored; empty where it is unknown.
        links: The tables whose labels this table's names fill.
    """

    evidence: DeletionProof
    children: Sequence[Child] = ()
    is_parent: bool = False
    parent_snapshot: ParentSnapshot | None = None
    stored_key: tuple[str, ...] = ()
    links: LabelLinks = field(default_factory=LabelLinks)


class StagedLoad:
    """One table's stage: the typed rows of its landed pages, in a DuckDB file of its own.

    The stage grows while the table is read. One thread at a time may use it.

    Args:
        path: The stage's file, in the table's landing folder; an old file there is removed.
        table: The table's spec.
        received: The columns and labels that are queried.
        schema: The table's schema in the warehouse.
        sender: The sync that the rows belong to.

    Example:
        >>> staged = StagedLoad(path, table, read.result_columns, "netsuite", sender)        # doctest: +SKIP
        >>> staged.add(pages)                                                          # doctest: +SKIP
        >>> TableCommit(sync_run, landed, staged, options, None, work).run(connection) # doctest: +SKIP
        >>> staged.close()                                                             # doctest: +SKIP
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
        """Return the number of staged rows."""
        return self.stage.rows

    def add(self, pages: Sequence[Path]) -> None:
        """Stage a batch of pages; 20 to 60 pages at a time are fastest.

        Raises:
            LoadRefused: A page is damaged or missing.
            WarehouseError: The pages cannot be staged; the disk may be full.
        """
        self.stage.add(pages)

    def close(self) -> None:
        """Close and remove the file; may be called twice, and after failures."""
        self.stage.close()


@dataclass(frozen=True)
class CheckedStage:
    """A stage after the checks, which change nothing in the working file.

    Attributes:
        column_plan: The columns, and how they are stored.
        after_cutoff: The keys, as text, of rows newer than the cutoff, or of their parents: these rows
            are deferred to the next sync.
        deferred: Rows deferred to the next sync.
        ahead: Rows that were not deferred because their stamp lies too far in the future.
        null_cursors: Whether some rows have no cursor.
        clear_columns: Stored columns that hold clear values and are to hold hashes.
    """

    column_plan: ColumnPlan
    after_cutoff: frozenset[str] = field(default_factory=frozenset)
    deferred: int = 0
    ahead: FutureStamps | None = None
    null_cursors: bool = False
    clear_columns: tuple[ClearColumn, ...] = ()


@dataclass(frozen=True)
class LoadResult:
    """What the merge of one table did.

    Attributes:
        written: Rows that are new or changed.
        removed: Deleted rows, and the rows deleted with them.
        rows_before, rows: Rows that the table had and has.
        added: Columns that are new in a table with rows.
        rejected: Values that did not fit their column's type.
        changed_keys: The keys of the written rows, as text, where children ask for them.
        renames: Whether labels of stored rows may show old names.
    """

    written: int
    removed: Removed
    rows_before: int
    rows: int
    added: tuple[str, ...]
    rejected: int
    preview: Preview | None
    changed_keys: tuple[str, ...] = ()
    renames: bool = False


def stored_table(table: Table, schema: str) -> StoredTable:
    """Return a catalogue's table as it is stored: every column, each followed by its label, and comments."""
    columns: list[StoredColumn] = []
    for column in hashed_table(table).columns:
        columns.append(StoredColumn(column.name, column.type, column.description))
        if column.label:
            about = f"What NetSuite shows for {column.name}"
            columns.append(StoredColumn(f"{column.name}_label", "text", about))
    identity_columns = () if table.unique else tuple(filter(None, (*table.key, table.cursor)))
    return StoredTable(schema, table.name, table.key, tuple(columns), table.description, identity_columns)
