"""What a commit is given, and what its steps return."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import duckdb

from netsuite_pipeline.sync.landing.result import LandedTable
from netsuite_pipeline.sync.load.cutoff_filter import FutureStamps, ParentSnapshot
from netsuite_pipeline.sync.load.deferred import DeferredRecords
from netsuite_pipeline.sync.report import Preview
from netsuite_pipeline.sync.sync_log import SyncRun
from netsuite_pipeline.warehouse.rows.cascade_delete import Child, Removed
from netsuite_pipeline.warehouse.rows.clear_values import ClearColumn
from netsuite_pipeline.warehouse.rows.labels import LabelLinks
from netsuite_pipeline.warehouse.schema.drift import ColumnPlan
from netsuite_pipeline.warehouse.schema.schema import StoredTable
from netsuite_pipeline.warehouse.staging.stage import Stage
from netsuite_pipeline.warehouse.state import TableState

UNPROVEN = "temp.main.unproven"
"""The keys of rows that NetSuite no longer shows, and of whose deletion there is no evidence."""
WITH_OWNER = "temp.main.with_owner"
"""The keys of such rows whose parent or other owner is missing too, and its table (`missing_with`)."""


class DeletionProof(Protocol):
    """Decides which rows that NetSuite no longer shows were deleted (`DeletionEvidence`).

    Attributes:
        note: Why rows were removed without an entry in `deletedrecord`; empty where none were.
        answered: Whether NetSuite answered which rows were deleted.
    """

    note: str
    answered: bool

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
        links: The tables whose labels this table's names fill.
        previewed: The columns whose values the report may show.
    """

    evidence: DeletionProof
    children: Sequence[Child] = ()
    is_parent: bool = False
    parent_snapshot: ParentSnapshot | None = None
    links: LabelLinks = field(default_factory=LabelLinks)
    previewed: Collection[str] = ()


@dataclass(frozen=True)
class CommitInput:
    """What the commit of one landed table is given.

    Attributes:
        sync_run: The sync.
        landed: The landed pages.
        stage: Their stage, complete; the caller closes it.
        options: How the stage enters the table.
        previous: The table's state before; None at its first sync.
        started_at: The start of the work on the table, UTC.
        worked_before: Seconds worked on the table before the commit.
        fingerprint: The table's read fingerprint (`read_fingerprint`).
        deferred: The records of tables without changes; None where each is written at once.
        began: The start of the commit, by the monotonic clock.
    """

    sync_run: SyncRun
    landed: LandedTable
    stage: Stage
    options: MergeOptions
    previous: TableState | None
    started_at: datetime
    worked_before: float = 0.0
    fingerprint: str | None = None
    deferred: DeferredRecords | None = None
    began: float = field(default_factory=time.monotonic, init=False)


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
