"""The commit of one phase: its rows or keys, the deletions, and the comparison with NetSuite."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import duckdb

from netsuite_pipeline.sync.context import SyncContext
from netsuite_pipeline.sync.deletions.count_comparison import Comparison, compare, stored_comparison
from netsuite_pipeline.sync.deletions.deleted_records import Deletion, remove_deleted
from netsuite_pipeline.sync.deletions.deletion_evidence import DeletionEvidence
from netsuite_pipeline.sync.deletions.row_counts import RowCounts, TableFigures, is_behind, stored_figures
from netsuite_pipeline.sync.deletions.sweep import commit_sweep
from netsuite_pipeline.sync.landing.hashing import read_fingerprint, refuse_unhashed
from netsuite_pipeline.sync.landing.result import LandedTable, RowCountRange
from netsuite_pipeline.sync.landing.resume import ResumePoint
from netsuite_pipeline.sync.load.commit import CommittedTable, TableCommit
from netsuite_pipeline.sync.load.commit_types import MergeOptions
from netsuite_pipeline.sync.load.cutoff_filter import ParentSnapshot, existing_keys
from netsuite_pipeline.sync.load.stored_table import stored_table
from netsuite_pipeline.sync.renamed_labels import label_links
from netsuite_pipeline.sync.scheduling.read_planner import PlannedRead, ReadPlanner
from netsuite_pipeline.sync.scheduling.table_progress import TableProgress
from netsuite_pipeline.sync.sync_log import SyncRun
from netsuite_pipeline.sync.work_time import WorkTime
from netsuite_pipeline.tables import Parent, Table
from netsuite_pipeline.tables.people import previewed_columns
from netsuite_pipeline.warehouse.rows.merge import count_rows
from netsuite_pipeline.warehouse.rows.rejected_values import rows_to_read_again
from netsuite_pipeline.warehouse.schema.schema import StoredTable, present_columns
from netsuite_pipeline.warehouse.staging.stage import Stage
from netsuite_pipeline.warehouse.state import TableState, read_states, request_full_reads
from netsuite_pipeline.warehouse.transactions import transaction, translate_errors
from netsuite_pipeline.wording import counted, formatted_time

_REPLACED = (
    "NetSuite's latest change or greatest id is behind what is stored: its data was replaced, or rows are "
    "hidden"
)


@dataclass
class PhaseCommit:
    """The commit of one phase. Every method may raise WarehouseError or NetSuiteError.

    Attributes:
        connection: The connection to the working file.
        planner: The table's planner.
        progress: The table's results; each commit adds its own.
        source: What was read: a planned read, or an interrupted one.
        landed: The landed pages.
        stage: The complete stage of these pages.
        work: The time that the phase worked.
        previous: The table's state before the commit; None before its first.
        is_parent: Children of the table are in the sync, and need its changed keys.
        parent: The progress of the table's parent, if that is in the sync.
        deletions: The deletions that NetSuite records; None where it does not show them.
        figures: NetSuite's count, greatest key and latest change; None where it was not asked or refused.
        deferred: Rows of this commit that wait for the next sync.
    """

    connection: duckdb.DuckDBPyConnection
    planner: ReadPlanner
    progress: TableProgress
    source: PlannedRead | ResumePoint
    landed: LandedTable
    stage: Stage
    work: WorkTime
    previous: TableState | None
    is_parent: bool
    parent: TableProgress | None
    deletions: Sequence[Deletion] | None
    figures: TableFigures | None
    deferred: int = field(default=0, init=False)

    @property
    def table(self) -> Table:
        """The table, with its whole key."""
        return self.planner.table

    @property
    def context(self) -> SyncContext:
        """The sync."""
        return self.planner.context

    @property
    def sync_run(self) -> SyncRun:
        """The sync, with the cutoff of the interrupted one where its pages are committed."""
        if isinstance(self.source, ResumePoint):
            return replace(self.context.sync_run, cutoff=self.source.cutoff)
        return self.context.sync_run

    @property
    def _stored(self) -> StoredTable:
        return stored_table(self.table, self.context.request.connection)

    def commit_rows(self) -> CommittedTable:
        """Merge and commit the rows, and add their report."""
        notes = tuple(self._notes())
        refuse_unhashed(self.table, self.previous, self.context.request.connection)
        sync_run = replace(self.sync_run, deferral_limit=self.context.deferral_limit())
        with self.work.measure():
            options = self._merge_options(self._parent_snapshot())
            report, committed = self._table_commit(sync_run, options).run(self.connection)
        self.deferred = committed.deferred
        self.context.renames_pending |= committed.renames
        if self.landed.resumed:
            self.context.resumed[self.table.name] = self.sync_run.cutoff
        self.progress.reports.append(replace(report, notes=(*report.notes, *notes)))
        return committed

    def commit_keys(self) -> None:
        """Compare the stored keys with NetSuite's, remove deleted rows, and add the report."""
        with self.work.measure():
            commit = self._table_commit(self.sync_run, self._merge_options(None))
            report, swept = commit_sweep(self.connection, commit)
        self.progress.add_sweep(report, swept)

    def _table_commit(self, sync_run: SyncRun, options: MergeOptions) -> TableCommit:
        return TableCommit(
            sync_run,
            self.landed,
            self.stage,
            options,
            self.previous,
            self.work.started_at,
            self.work.seconds,
            read_fingerprint(self.table, self.planner.hashing),
            self.context.deferred,
        )

    def record_deletions_known(self) -> None:
        """Record that a full read shows all deletions before its cutoff."""
        if self.landed.read.mode == "full":
            self.context.deferred.add_deletions_known(self.table.name, self.sync_run.cutoff)

    def rows_to_repair(self) -> tuple[str, ...]:
        """Return the filter values of rows to read again: requested ones, and rows that lack values.

        NetSuite could not send these values in an earlier sync.
        """
        request = self.context.request
        requested = () if self.landed.read.mode == "full" else request.repairs.get(self.table.name, ())
        return tuple(dict.fromkeys([*requested, *self._rows_lacking_values()]))

    def _rows_lacking_values(self) -> tuple[str, ...]:
        table = self.landed.read.table
        column = table.parent.column if table.parent is not None else table.key[0]
        stored = stored_table(table, self.context.request.connection)
        return rows_to_read_again(self.connection, stored, self.sync_run.sync_id, column)

    def remove_deleted(self) -> None:
        """Remove the rows whose deletion NetSuite records, after a read of changes."""
        if self.deletions is None or self.landed.read.mode != "changed" or len(self.table.key) > 1:
            return
        count = self.planner.queries.count
        removed = remove_deleted(self.connection, self.context, self.table, self.deletions, count)
        self.progress.add_deletions(removed)

    def refresh_state(self) -> None:
        """Read the table's state again, as the commit has left it."""
        if (waiting := self.context.deferred.state(self.table.name)) is not None:
            self.context.states[self.table.name] = waiting
            return
        states = read_states(self.connection, self.context.request.connection, self.table.name)
        if self.table.name in states:
            self.context.states[self.table.name] = states[self.table.name]

    def compare(self) -> None:
        """Compare the committed table with NetSuite's count, record the comparison, and refresh the state."""
        if self.landed.counted is not None or self.landed.read.mode == "full":
            self.progress.counted = self.landed.counted
        self.refresh_state()
        counted, state = self.progress.counted, self.planner.state
        if state is None:
            self.progress.comparison = Comparison()
            return
        if self.table.parent is not None and counted is not None and self._parents_changed(counted):
            counted = None  # rows came and went while NetSuite counted them
        with translate_errors():  # a comparison writes one statement at most
            self.progress.comparison = compare(
                self.connection,
                self.landed.read.table,
                self.context.request.connection,
                counted,
                waiting=self.deferred,
                previous=state,
                deferred=self.context.deferred,
            )
            if self.progress.comparison != stored_comparison(state):
                self.refresh_state()

    def is_replaced(self) -> bool:
        """Return whether NetSuite's greatest key or latest change is behind the stored one, twice in a row.

        NetSuite shows other rows then, so a full read is requested. The second query excludes a row that
        was saved between the two.
        """
        if self.figures is None or self.landed.read.mode != "changed":
            return False
        stored = stored_figures(self.connection, self._stored, self.table)
        if not is_behind(self.figures, stored):
            return False
        again = RowCounts(self.context, {self.table.name: self.table}).ask().get(self.table.name)
        if again is None or not is_behind(again, stored):
            return False
        self.context.deferred.write(self.connection)
        with translate_errors(), transaction(self.connection):
            name = self.context.request.connection
            request_full_reads(self.connection, name, [self.table.name], _REPLACED)
        return True

    def _parents_changed(self, counted: RowCountRange) -> bool:
        """Return whether parents changed after the cutoff; queried only where the count differs."""
        stored = count_rows(self.connection, self._stored.ref)
        differs = not counted.least <= stored <= counted.most
        return differs and bool(self.planner.queries.parents_changed_after(self.sync_run.cutoff))

    def _merge_options(self, parent_snapshot: ParentSnapshot | None) -> MergeOptions:
        context, state = self.context, self.previous
        compared_at = max(filter(None, (state.full_read_at, state.swept_at)), default=None) if state else None
        evidence = DeletionEvidence(self.table, context, self.planner.queries.count, compared_at)
        return MergeOptions(
            evidence,
            context.child_tables(self.table),
            is_parent=self.is_parent,
            parent_snapshot=parent_snapshot,
            links=label_links(context, self.table.name),
            previewed=previewed_columns(self.landed.read.table) if context.request.previews else (),
        )

    def _parent_snapshot(self) -> ParentSnapshot | None:
        """Return what the merge must know of the parent, so that neither has rows without the other."""
        snapshot = self._committed_parent()
        if snapshot is None:
            return None
        changed = snapshot.after_cutoff
        if isinstance(self.source, ResumePoint) and self.landed.resumed < len(self.landed.pages):
            # Pages that only this sync read may show changes after the interrupted sync's cutoff.
            changed |= self.planner.queries.parents_changed_after(self.sync_run.cutoff)
        return replace(snapshot, after_cutoff=self._parents_to_defer(snapshot, changed))

    def _committed_parent(self) -> ParentSnapshot | None:
        """Return the parent as this sync has committed it, or else as an earlier one has."""
        if self.parent is None:
            return None
        if self.parent.committed is not None:
            return self.parent.committed.parent_snapshot
        if self.parent.table.name not in self.context.states:
            return None
        stored = stored_table(self.parent.table, self.context.request.connection)
        return ParentSnapshot(stored.ref, self.parent.table.key[0], frozenset())

    def _parents_to_defer(self, snapshot: ParentSnapshot, changed: frozenset[str]) -> frozenset[str]:
        """Return parents changed after the cutoff whose children stay untouched.

        These are parents with stored children, and parents not stored yet. Stored parents without children
        get the newer ones, which is better than none.
        """
        if not changed:
            return changed
        stored = existing_keys(self.connection, snapshot.table, snapshot.key, changed)
        return (changed - stored) | self._parents_with_rows(stored)

    def _parents_with_rows(self, parents: frozenset[str]) -> frozenset[str]:
        """Return those of some parents that have stored children."""
        target, parent = self._stored, cast(Parent, self.table.parent)
        if not parents or not present_columns(self.connection, target.schema, target.name):
            return frozenset()
        return existing_keys(self.connection, target.ref, parent.column, parents)

    def _notes(self) -> Iterator[str]:
        if self.landed.resumed:
            pages = counted(self.landed.resumed, "page was", "pages were")
            cutoff = formatted_time(self.sync_run.cutoff)
            yield f"{pages} already stored by the interrupted sync of {cutoff}"
        if self.landed.read.mode == "full" and (reason := self.planner.full_read_reason):
            yield f"read in full: {reason}"
        key = self.landed.read.table.key
        if key != self.table.key:
            lacking = ", ".join(name for name in self.table.key if name not in key)
            yield f"the key of its rows is {', '.join(key)}: this account does not have {lacking}"
        if isinstance(self.source, PlannedRead):
            yield from self.source.notes
