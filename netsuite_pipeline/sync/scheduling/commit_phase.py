"""One leg of a table into the working file: its rows, or its keys, and what was deleted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import duckdb

from netsuite_pipeline.sync.context import SyncContext
from netsuite_pipeline.sync.deletions.count_comparison import Comparison, compare
from netsuite_pipeline.sync.deletions.deleted_records import Deletion, remove_deleted
from netsuite_pipeline.sync.deletions.deletion_evidence import DeletionEvidence
from netsuite_pipeline.sync.deletions.row_counts import RowCounts, TableFigures, is_behind, stored_figures
from netsuite_pipeline.sync.deletions.sweep import SweepResult, commit_sweep
from netsuite_pipeline.sync.landing.hashing import read_fingerprint, refuse_unhashed
from netsuite_pipeline.sync.landing.result import LandedTable, RowCountRange
from netsuite_pipeline.sync.load.commit import CommittedTable, TableCommit
from netsuite_pipeline.sync.load.cutoff_filter import ParentSnapshot, existing_keys
from netsuite_pipeline.sync.load.loader import MergeOptions, StagedLoad, stored_table
from netsuite_pipeline.sync.renamed_labels import label_links
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.sync.scheduling.phase import Phase
from netsuite_pipeline.sync.scheduling.read_planner import ReadPlanner
from netsuite_pipeline.sync.scheduling.table_progress import TableProgress
from netsuite_pipeline.sync.sync_log import SyncRun
from netsuite_pipeline.sync.work_time import WorkTime
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.rows.cascade_delete import Removed
from netsuite_pipeline.warehouse.rows.deletion_state import record_deletions_known
from netsuite_pipeline.warehouse.rows.merge import count_rows
from netsuite_pipeline.warehouse.rows.unread_values import rows_to_read_again
from netsuite_pipeline.warehouse.state import request_full_reads
from netsuite_pipeline.warehouse.transactions import transaction, translate_errors


@dataclass(frozen=True)
class PhaseCommit:
    """What a leg has brought, to be committed. It keeps nothing of what is done with it.

    Attributes:
        leg: Which leg.
        questions: The table's.
        sync_run: Which sync, cut at which moment: on `FINISH` it is the interrupted sync's.
        fetched: What was landed.
        loading: Its stage, complete.
        work: When the leg set out, and how long it worked.
        as_it_was: NetSuite said that the table is as it was, so nothing of it was asked for.
        not_compared: Why NetSuite did not say whether it is; empty where it did, or was not asked.
        note: What a person should know of how the table was read, or empty.
    """

    leg: Phase
    questions: ReadPlanner
    sync_run: SyncRun
    fetched: LandedTable
    loading: StagedLoad
    work: WorkTime
    as_it_was: bool = False
    not_compared: str = ""
    note: str = ""

    @property
    def table(self) -> Table:
        """The table."""
        return self.questions.table

    @property
    def context(self) -> SyncContext:
        """The sync."""
        return self.questions.context

    def commit_rows(
        self, connection: duckdb.DuckDBPyConnection, *, is_parent: bool, parent: TableProgress | None
    ) -> tuple[TableReport, CommittedTable]:
        """Loads and commits the rows.

        Args:
            connection: To the working file.
            is_parent: Children will ask which rows changed.
            parent: What this sync has done of the parent, for a child whose parent is in it.

        Raises:
            WarehouseError: What was landed is not fit to be loaded; the table is as it was.
            NetSuiteError: It could not be asked which parents changed meanwhile.
        """
        notes = tuple(self._notes())
        refuse_unhashed(self.table, self.questions.state, self.context.request.connection)
        snapshot = self._parent_snapshot(connection, parent)
        commit = replace(
            self._commit(self._merging(is_parent=is_parent, parent_snapshot=snapshot)),
            sync_run=replace(self.sync_run, deferral_limit=self.context.deferral_limit()),
        )
        report, committed = commit.run(connection)
        self.context.renames_pending |= committed.renames
        if self.fetched.resumed:
            self.context.resumed[self.table.name] = self.sync_run.cutoff
        return replace(report, notes=(*report.notes, *notes)), committed

    def commit_keys(self, connection: duckdb.DuckDBPyConnection) -> tuple[TableReport, SweepResult]:
        """Compares the table with the keys, and removes the rows that NetSuite shows no more.

        Raises:
            WarehouseError: The keys are not fit to be compared; the table is as it was.
        """
        return commit_sweep(connection, self._commit(self._merging()))

    def _commit(self, options: MergeOptions) -> TableCommit:
        return TableCommit(
            self.sync_run,
            self.fetched,
            self.loading,
            options,
            self.questions.state,
            self.work,
            read_fingerprint(self.table, self.questions.hashing),
        )

    def rows_lacking_values(self, connection: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
        """By what the rows are asked for whose values NetSuite could not send in an earlier sync."""
        table = self.fetched.read.table
        column = table.parent.column if table.parent is not None else table.key[0]
        stored = stored_table(table, self.context.request.connection)
        return rows_to_read_again(connection, stored, self.sync_run.sync_id, column)

    def record_deletions_known(self, connection: duckdb.DuckDBPyConnection) -> None:
        """What was deleted before the cutoff of a full read is gone with it.

        Raises:
            WarehouseError: It cannot be noted.
        """
        name, until = self.context.request.connection, self.sync_run.cutoff
        with transaction(connection):
            record_deletions_known(connection, name, self.table.name, until)

    def remove_deleted(
        self, connection: duckdb.DuckDBPyConnection, told: Sequence[Deletion]
    ) -> Removed | None:
        """Takes out what NetSuite tells to be deleted, where only changes were read, which do not show it.

        Args:
            connection: To the working file.
            told: What is told.

        Returns:
            What is gone; None where it need not be looked for, or is not told by key.

        Raises:
            WarehouseError: It cannot be taken out.
            NetSuiteError: It could not be asked what has become of deleted records.
        """
        if self.fetched.read.mode != "changed" or len(self.table.key) > 1:
            return None
        return remove_deleted(
            connection,
            self.fetched.read,
            stored_table(self.table, self.context.request.connection),
            told,
            self.context.client,
            self.questions.count,
            self.context.child_tables(self.table),
            sync_run=self.context.sync_run,
        )

    def compare(
        self, connection: duckdb.DuckDBPyConnection, counted: RowCountRange | None, waiting: int
    ) -> Comparison:
        """Compares the committed table with NetSuite.

        Args:
            connection: To the working file.
            counted: What NetSuite counts; None where it was not asked or does not tell.
            waiting: Rows that were read and wait for the next sync.

        Raises:
            WarehouseError: The comparison cannot be recorded.
            NetSuiteError: It could not be asked which parents changed meanwhile.
        """
        state = self.context.states.get(self.table.name)
        if state is None:
            return Comparison()
        if self.table.parent is not None and counted is not None and self._parents_move(connection, counted):
            counted = None  # lines came and went while they were counted
        with translate_errors(), transaction(connection):
            return compare(
                connection,
                self.fetched.read.table,
                self.context.request.connection,
                counted,
                waiting=waiting,
                previous=state,
            )

    def has_gone_back(self, connection: duckdb.DuckDBPyConnection, figures: TableFigures) -> bool:
        """Whether NetSuite's greatest key or latest stamp is behind the table's: its rows are other rows
        then, so that all of it is wanted. Asked once more before it is believed, for a row may have come in
        between.

        Args:
            connection: To the working file.
            figures: What NetSuite showed.

        Raises:
            NetSuiteError: NetSuite does not answer.
            WarehouseError: It cannot be recorded.
        """
        mine = stored_figures(
            connection, stored_table(self.table, self.context.request.connection), self.table
        )
        if not is_behind(figures, mine):
            return False
        again = RowCounts(self.context, {self.table.name: self.table}).ask().get(self.table.name)
        if again is None or not is_behind(again, mine):
            return False
        because = (
            "NetSuite's latest change or greatest id is behind what is stored: its data was replaced, or "
            "rows are hidden"
        )
        with translate_errors(), transaction(connection):
            request_full_reads(connection, self.context.request.connection, [self.table.name], because)
        return True

    def _parents_move(self, connection: duckdb.DuckDBPyConnection, counted: RowCountRange) -> bool:
        """Whether parents changed after the cutoff; asked only where the count of their rows differs."""
        stored = count_rows(connection, stored_table(self.table, self.context.request.connection).ref)
        differs = not counted.least <= stored <= counted.most
        return differs and bool(self.questions.parents_changed_since(self.sync_run.cutoff))

    def _merging(
        self, *, is_parent: bool = False, parent_snapshot: ParentSnapshot | None = None
    ) -> MergeOptions:
        """How the stage enters the table."""
        context, state = self.context, self.questions.state
        evidence = DeletionEvidence(
            self.table,
            context.request.connection,
            context.request.catalogue,
            context.client,
            context.dialect,
            self.questions.count,
            since=max(filter(None, (state.full_read_at, state.swept_at)), default=None) if state else None,
            with_offset=context.clock.with_offset,
            accept=self.table.name in context.request.accept_shrink,
        )
        return MergeOptions(
            evidence,
            context.child_tables(self.table),
            is_parent=is_parent,
            parent_snapshot=parent_snapshot,
            stored_key=state.stored_key if state is not None else (),
            links=label_links(context, self.table.name),
        )

    def _parent_snapshot(
        self, connection: duckdb.DuckDBPyConnection, parent: TableProgress | None
    ) -> ParentSnapshot | None:
        """What is known of the parent: no line comes before its transaction, none stays without its lines."""
        known = self._known_of(parent) if parent is not None else None
        if known is None:
            return None
        after_cutoff = known.after_cutoff
        landed_before = self.fetched.resumed == len(self.fetched.pages)
        if self.leg == Phase.FINISH and not landed_before:
            # Pages that are asked for only now may show what happened since the cutoff of then.
            after_cutoff |= self.questions.parents_changed_since(self.sync_run.cutoff)
        return replace(known, after_cutoff=self._to_wait_for(connection, known, after_cutoff))

    def _to_wait_for(
        self, connection: duckdb.DuckDBPyConnection, known: ParentSnapshot, after_cutoff: frozenset[str]
    ) -> frozenset[str]:
        """Of parents that changed after the cutoff, those whose rows are left as they are: where the table
        has older ones, and where the parent is not there yet. A parent that is there and has none gets them,
        though they are newer: that is better than none at all."""
        if not after_cutoff:
            return after_cutoff
        here = existing_keys(connection, known.table, known.key, after_cutoff)
        return (after_cutoff - here) | self.questions.with_rows_here(connection, here)

    def _known_of(self, parent: TableProgress) -> ParentSnapshot | None:
        """What this sync has committed of the parent, or else an interrupted one has."""
        if parent.committed is not None:
            return parent.committed.parent_snapshot
        if parent.table.name not in self.context.states:
            return None
        stored = stored_table(parent.table, self.context.request.connection)
        return ParentSnapshot(stored.ref, parent.table.key[0], frozenset())

    def _notes(self) -> Iterable[str]:
        """How the rows came here."""
        if self.fetched.resumed:
            yield (
                f"{self.fetched.resumed:,} pages were there already from the sync of "
                f"{self.sync_run.cutoff:%Y-%m-%d %H:%M} UTC, which was interrupted"
            )
        if self.fetched.read.mode == "full" and (why := self.questions.read_in_full_because):
            yield f"read in full: {why}"
        if self.note:
            yield self.note
        key = self.fetched.read.table.key
        if key != self.table.key:
            lacking = ", ".join(name for name in self.table.key if name not in key)
            yield f"the key of its rows is {', '.join(key)}: this account does not have {lacking}"
        if self.as_it_was:
            yield "read again only when NetSuite's count and checksum of its rows differ from those here"
        if self.not_compared:
            yield f"read whole, for NetSuite did not tell its checksum: {self.not_compared}"
