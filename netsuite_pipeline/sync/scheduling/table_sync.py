"""One table's way through a sync, leg by leg: what it sets out for, what arrives, what is told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import duckdb

from netsuite_pipeline.netsuite.client import RequestCounts
from netsuite_pipeline.netsuite.errors import NetSuiteError
from netsuite_pipeline.sync.context import SyncContext
from netsuite_pipeline.sync.deletions.count_comparison import problem
from netsuite_pipeline.sync.deletions.deleted_records import Deletion
from netsuite_pipeline.sync.deletions.row_counts import TableFigures
from netsuite_pipeline.sync.extract.events import ExtractEvent
from netsuite_pipeline.sync.extract.table_extract import TableExtract
from netsuite_pipeline.sync.landing.result import LandedTable
from netsuite_pipeline.sync.load.loader import StagedLoad
from netsuite_pipeline.sync.planning.date_range import (
    DateRange,
    plan_children_in_range,
    plan_rows_in_range,
    range_note,
    requested_range,
)
from netsuite_pipeline.sync.planning.read_plan import ReadPlan
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.sync.scheduling.commit_phase import PhaseCommit
from netsuite_pipeline.sync.scheduling.failures import classify_failure, lacks_key
from netsuite_pipeline.sync.scheduling.phase import Phase, has_new_difference, is_sweep_due
from netsuite_pipeline.sync.scheduling.read_planner import ReadPlanner
from netsuite_pipeline.sync.scheduling.resume_point import ResumePoint, find_resume_point
from netsuite_pipeline.sync.scheduling.staging_buffer import StagingBuffer
from netsuite_pipeline.sync.scheduling.start_phase import PhaseStarter
from netsuite_pipeline.sync.scheduling.table_progress import TableProgress
from netsuite_pipeline.sync.work_time import WorkTime
from netsuite_pipeline.sync.worker_pool import Task
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.state import TableState, read_states


@dataclass(eq=False)
class TableSync:
    """A table on its way. Its steps run in the crew's threads and tell through `hear`; all else is the
    conductor's.

    Args:
        table: The table.
        context: The sync.
        idle: How many of the crew have nothing to do.
        emit: Takes each event, from any thread.

    Attributes:
        leg: The leg that it is on, or is to set out on next.
        under_way: Whether it has set out on it.
        count: Its requests.
        so_far: What this sync has done of it.
    """

    table: Table
    context: SyncContext
    idle: Callable[[], int]
    emit: Callable[[ExtractEvent], None]
    leg: Phase = Phase.MAIN
    under_way: bool = False
    count: RequestCounts = field(default_factory=RequestCounts)
    so_far: TableProgress = field(init=False)
    _interrupted: ResumePoint | None = None
    _fetch: TableExtract | None = None
    _fetched: LandedTable | None = None
    _read_again: bool = False
    _lacks_key: bool = False
    _work: WorkTime = field(default_factory=WorkTime)

    def __post_init__(self) -> None:
        self.so_far = TableProgress(self.table)
        self._questions = ReadPlanner(self.table, self.context, self.count)
        self._arrivals = StagingBuffer(self.table, self.context)
        self._setting_out = PhaseStarter(self._questions, self.idle, self.emit, self._begin)

    # What is there from an interrupted sync

    def find_resume_point(self) -> None:
        """Looks for pages that an interrupted sync has landed; what is of no use any more is removed.

        Raises:
            WarehouseError: The folder cannot be used.
        """
        self._interrupted = find_resume_point(self._questions)
        if self._interrupted is not None:
            self.leg = Phase.FINISH

    @property
    def begun_at(self) -> datetime | None:
        """The cutoff of what an interrupted sync had begun, and that is finished first."""
        return self._interrupted.cutoff if self._interrupted is not None else None

    def goes_with(self, parent: "TableSync") -> bool:
        """Whether what an interrupted sync had begun of this table shows the same moment as its parent does,
        once what was begun of that is finished; of what is deleted by then, lines would come back."""
        if self.begun_at is None:
            return True
        state = self.context.states.get(parent.table.name)
        return self.begun_at == (parent.begun_at or (state.watermark if state else None))

    def forget(self) -> None:
        """Begins anew, whatever an interrupted sync has landed.

        Raises:
            WarehouseError: The folder cannot be used.
        """
        self.context.landing.table(self.table.name).clear()
        self.leg, self._interrupted = Phase.MAIN, None

    @property
    def full_read_begun(self) -> datetime | None:
        """The cutoff of the full read that an interrupted sync had begun, and that is finished first."""
        begun = self._interrupted if self.leg == Phase.FINISH else None
        return begun.cutoff if begun is not None and begun.plan.read.mode == "full" else None

    # Setting out

    def read(self, parent_read_full: bool) -> ReadPlan:
        """What the main leg would ask for now.

        Args:
            parent_read_full: The parent is read in full in this sync: nobody knows then which of its rows
                changed.
        """
        finished = self.so_far.finished
        was_full = finished is not None and finished.mode == "full"
        # What was found to have gone back is wanted in full by its state.
        wanted = self.context.request.full or parent_read_full or self._lacks_key
        read = self._questions.read(full=wanted and not was_full)
        span = requested_range(self.context.request)
        # A table that was asked by another condition or salt is of no use before all of it is read.
        is_read_whole = parent_read_full or self._questions.asked_differently
        return read if span is None or is_read_whole else self._within(read, span)

    def _within(self, read: ReadPlan, span: DateRange) -> ReadPlan:
        """The read of a span of time, for a table that can be read so; others are read as usual."""
        request, states, state = self.context.request, self.context.states, self._questions.state
        watermark = state.watermark if state else None
        if self.table.parent is not None:
            parent = request.catalogue[self.table.parent.table]
            if parent.cursor is None:
                return read
            in_sync = any(table.name == parent.name for table in request.tables)
            known = states.get(parent.name)
            reached = not in_sync or (
                known is not None and known.watermark == self.context.sync_run.watermark
            )
            return plan_children_in_range(read, span, watermark, request.overlap, parent_reached=reached)
        if self.table.cursor is None or self.table.cursor not in read.columns:
            return read
        children = [
            moment
            for table in request.tables
            if table.parent is not None and table.parent.table == self.table.name
            if (known := states.get(table.name)) is not None and (moment := known.watermark) is not None
        ]
        return plan_rows_in_range(
            read,
            span,
            watermark,
            request.overlap,
            children=children,
            null_cursors=state is not None and state.null_cursors,
        )

    def finish(self) -> list[Task]:
        """Sets out to finish what an interrupted sync had begun."""
        assert self._interrupted is not None
        self._set_out()
        return self._work.timed(self._setting_out.finish(self._interrupted))

    def main(self, read: ReadPlan, parent: "TableSync | None") -> list[Task]:
        """Sets out on this sync's own read."""
        self._set_out()
        return self._work.timed(self._setting_out.main(read, parent.so_far if parent is not None else None))

    def sweep(self) -> list[Task]:
        """Sets out to look for rows that NetSuite no longer shows."""
        self._set_out()
        return self._work.timed(self._setting_out.sweep())

    def repair(self) -> list[Task]:
        """Sets out to bring the rows that were found missing here."""
        self._set_out()
        read = self.read(parent_read_full=False)
        return self._work.timed(self._setting_out.repair(read, self.so_far.missing))

    def _set_out(self) -> None:
        self.under_way = True
        self._work = self._setting_out.work = WorkTime()

    def _begin(self, fetch: TableExtract) -> list[Task]:
        self._fetch = fetch
        self._arrivals.land(fetch.resumed.pages.values())
        return fetch.start()

    # Arriving

    @property
    def read_mode(self) -> str:
        """How the table is read on this leg; `none` before it has set out."""
        return self._fetch.read.mode if self._fetch is not None else "none"

    @property
    def is_fetched(self) -> bool:
        """Whether all pages of the leg have landed."""
        return self.under_way and self._fetched is not None

    @property
    def landed_pages(self) -> int:
        """Pages of this leg that are landed and not committed."""
        begun = self._interrupted.pages if self._interrupted is not None else 0
        return self._fetch.landed if self._fetch is not None else begun

    def land(self, path: Path) -> None:
        """Takes note of a landed page."""
        self._arrivals.land([path])

    def arrive(self, fetched: LandedTable) -> None:
        """Takes note that all pages are landed."""
        self._fetched = fetched
        self.context.learn_dialect(fetched.read.dialect)

    def cast_off(self) -> None:
        """Closes what is staged and not committed; the landed pages stay."""
        self._arrivals.cast_off()

    def has_batch(self) -> bool:
        """Whether enough pages have landed for it to be worth staging them."""
        return self._arrivals.has_batch()

    def stage(self) -> StagedLoad:
        """Stages what has landed, while the rest is still being asked for.

        Raises:
            WarehouseError: It cannot be staged.
        """
        assert self._fetch is not None
        with self._work.measure():
            return self._arrivals.stage(self._fetch.read)

    # Committing

    def commit(
        self,
        connection: duckdb.DuckDBPyConnection,
        *,
        is_parent: bool,
        parent: "TableSync | None",
        deletions: Sequence[Deletion] | None,
        figures: TableFigures | None = None,
    ) -> None:
        """Loads and commits the leg, then removes its pages and turns to the next leg.

        Args:
            connection: To the working file.
            is_parent: Children will ask which rows changed.
            parent: For a child whose parent is in the same sync.
            deletions: What NetSuite tells to be deleted; None where it does not tell.
            figures: What NetSuite shows of a table of which only changes are read; None where it does not
                tell.

        Raises:
            WarehouseError: What was landed is not fit to be loaded; the table is as it was.
            NetSuiteError: It could not be asked what has become of deleted records.
        """
        fetched = self._fetched
        assert fetched is not None
        this = self._leg_commit(fetched)
        before, waiting = self._questions.state, 0
        # Each commit is taken note of by itself: should the next one fail, this one has been made.
        if fetched.read.mode == "keys":
            with self._work.measure():
                swept = this.commit_keys(connection)
            self.so_far.take_keys(*swept)
        else:
            parent_so_far = parent.so_far if parent is not None else None
            with self._work.measure():
                rows = this.commit_rows(connection, is_parent=is_parent, parent=parent_so_far)
            self.so_far.take_rows(self.leg, *rows)
            waiting = rows[1].deferred
            if self.leg == Phase.MAIN and (note := range_note(fetched.read, self._questions.state)):
                self.so_far.take_note(note)
            if fetched.read.mode == "full":
                this.record_deletions_known(connection)
            if self.leg == Phase.MAIN:
                self.so_far.missing = this.rows_lacking_values(connection)
                self.so_far.read_from = before.watermark if before else None
                if deletions is not None:
                    self.so_far.take_deleted(this.remove_deleted(connection, deletions))
        self._arrivals.cast_off()
        self._leave_pages()
        self._learn_state(connection)
        if self.leg == Phase.MAIN and figures is not None and fetched.read.mode == "changed":
            self._read_again = this.has_gone_back(connection, figures)
            self.so_far.counted = figures.counted
        if fetched.counted is not None or fetched.read.mode == "full":
            self.so_far.counted = fetched.counted
        self.so_far.comparison = this.compare(connection, self.so_far.counted, waiting)
        self._learn_state(connection)
        self._turn(fetched, before)

    def _leave_pages(self) -> None:
        landing, kept = self.context.landing.table(self.table.name), self.context.kept_pages
        if kept is not None:
            try:
                kept.add(landing, self.context.sync_run.sync_id)
            except WarehouseError as error:
                self.so_far.take_note(
                    error.message
                )  # the rows are committed; that is what the table is told for
        landing.clear()

    def _leg_commit(self, fetched: LandedTable) -> PhaseCommit:
        begun = self.begun_at if self.leg == Phase.FINISH else None
        return PhaseCommit(
            leg=self.leg,
            questions=self._questions,
            sync_run=self.context.with_cutoff(begun) if begun is not None else self.context.sync_run,
            fetched=fetched,
            loading=self.stage(),
            work=self._work,
            as_it_was=self._setting_out.as_it_was,
            not_compared=self._setting_out.not_compared,
            note=self._setting_out.note,
        )

    def _learn_state(self, connection: duckdb.DuckDBPyConnection) -> None:
        states = read_states(connection, self.context.request.connection)
        if self.table.name in states:
            self.context.states[self.table.name] = states[self.table.name]

    def _turn(self, fetched: LandedTable, before: TableState | None) -> None:
        """To the next leg, with nothing of the last one left.

        Args:
            fetched: What was committed.
            before: What was known of the table before.
        """
        if self.leg == Phase.FINISH:
            self.so_far.finished = fetched.read
        if self.leg == Phase.MAIN and self._read_again:
            self._read_again = False  # it is read in full now, which cannot go back any more
        else:
            self.leg = self.leg.following(
                is_incremental=self._questions.is_incremental,
                is_sweep_due=self._is_sweep_due(fetched, before),
                has_missing=bool(self.so_far.missing),
            )
        self.under_way = False
        self._fetched = self._fetch = self._interrupted = None

    def _is_sweep_due(self, fetched: LandedTable, before: TableState | None) -> bool:
        request, now = self.context.request, self.context.sync_run.started_at
        state, found = self.context.states[self.table.name], self.so_far.comparison
        # Of a table of which only spans were ever read, a sweep would find nearly all rows missing.
        if self._setting_out.as_it_was or (self._questions.is_incremental and state.watermark is None):
            return False
        if has_new_difference(before, found.difference, now):
            return True
        accepted = found.missing > 0 and self.table.name in request.accept_shrink
        return accepted or is_sweep_due(fetched, state, request.sweep_after, now)

    # Telling

    def report(self) -> TableReport:
        """What this sync did to the table, all legs together, and whether it equals NetSuite now."""
        report, found = self.so_far.report(self.count), self.so_far.comparison
        wrong = problem(self.table, report.rows or 0, found) if report.status == "done" else None
        if wrong is None:
            return replace(report, missing=found.missing)
        return replace(report, status="failed", failure=wrong, missing=found.missing)

    def begins_again(self, error: NetSuiteError | WarehouseError) -> bool:
        """Whether the table sets out again, to be read whole without a part of its key that is gone.

        Raises:
            WarehouseError: The folder cannot be used.
        """
        if self._lacks_key or self.leg != Phase.MAIN or self.landed_pages:
            return False
        self._lacks_key = lacks_key(error, self.table, self.read_mode)
        if self._lacks_key:
            self.context.landing.table(self.table.name).clear()
            self._fetch, self.under_way = None, False
        return self._lacks_key

    def fail(self, error: NetSuiteError | WarehouseError) -> None:
        """Ends here. What is committed stays, and so do the pages that are landed, for the next sync to go on
        with, unless it is they that are at fault."""
        if self._fetch is not None:
            self._fetch.cancel()
        self._arrivals.cast_off()
        rows_landed = self._fetched.rows if self._fetched is not None else 0
        mode, state = self.read_mode if self.under_way else "none", self._questions.state
        end = classify_failure(error, self.table, mode, state)
        if not end.keeps_pages:
            self.context.landing.table(self.table.name).clear()
            self._fetch = self._interrupted = None
        self.so_far.failure = end.failure
        self.so_far.reports.append(end.report(self.table, mode, state, rows_landed, self._work))
        self.leg = Phase.ENDED
        self.under_way = False
        self._fetched = None  # nothing of it is to be committed any more
