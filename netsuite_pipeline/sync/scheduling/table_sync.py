"""One table's sync: a state machine of phases, each of which is started, extracted, staged and committed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import cast

import duckdb

from netsuite_pipeline.netsuite.errors import NetSuiteError
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.sync.context import SyncContext
from netsuite_pipeline.sync.deletions.deleted_records import Deletion
from netsuite_pipeline.sync.deletions.row_counts import TableFigures
from netsuite_pipeline.sync.extract.events import ExtractEvent, ExtractFailed
from netsuite_pipeline.sync.extract.listener import ExtractContext
from netsuite_pipeline.sync.extract.speculative import SpeculativePages
from netsuite_pipeline.sync.extract.table_extract import TableExtract
from netsuite_pipeline.sync.landing.folder import TableLanding
from netsuite_pipeline.sync.landing.manifest import parse_manifest
from netsuite_pipeline.sync.landing.result import LandedTable
from netsuite_pipeline.sync.landing.resume import ResumablePages, ResumePoint, scan_landed_pages
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.sync.scheduling.commit_phase import PhaseCommit
from netsuite_pipeline.sync.scheduling.failures import classify_failure, lacks_key
from netsuite_pipeline.sync.scheduling.phase import Phase, PhaseName, ReadPhase, ResumePhase
from netsuite_pipeline.sync.scheduling.read_planner import ParentRead, PlannedRead, Query, ReadPlanner
from netsuite_pipeline.sync.scheduling.staging_buffer import StagingBuffer
from netsuite_pipeline.sync.scheduling.table_progress import TableProgress
from netsuite_pipeline.sync.scheduling.table_queries import TableQueries
from netsuite_pipeline.sync.work_time import WorkTime
from netsuite_pipeline.sync.worker_pool import Task
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.errors import WarehouseError

_FIRST = 1_000_000.0  # priority of queries that decide what is read


@dataclass(eq=False)
class TableSync:
    """One table in a sync. Its tasks run in worker threads; only the scheduler's thread calls its methods.

    Attributes:
        table: The table.
        context: The sync.
        idle_workers: Returns how many worker threads are idle.
        emit: Puts an event into the scheduler's queue, from any thread.
        count: The table's request counts.
        is_running: Whether the current phase has started and is not committed.
        progress: The results of the committed phases.
    """

    table: Table
    context: SyncContext
    idle_workers: Callable[[], int]
    emit: Callable[[ExtractEvent], None]
    count: RequestCounts = field(default_factory=RequestCounts)
    is_running: bool = False
    progress: TableProgress = field(init=False)
    _source: PlannedRead | ResumePoint | None = None
    _extract: TableExtract | None = None
    _landed: LandedTable | None = None
    _kept_pages: int = 0
    _work: WorkTime = field(default_factory=WorkTime)

    def __post_init__(self) -> None:
        self.progress = TableProgress(self.table)
        queries = TableQueries(self.table, self.context, self.count)
        self._planner = ReadPlanner(self.table, self.context, queries)
        self._buffer = StagingBuffer(self.table, self.context)
        self._phase: Phase | None = ReadPhase(self._planner, self.progress)

    @property
    def phase(self) -> PhaseName:
        """The current phase, running or to be started."""
        return self._phase.name if self._phase is not None else PhaseName.DONE

    @property
    def _landing(self) -> TableLanding:
        return self.context.landing.table(self.table.name)

    # Resuming

    def find_resume_point(self) -> None:
        """Find the landed pages of an interrupted sync; discard those that cannot be resumed.

        Raises:
            WarehouseError: The landing folder cannot be read or written.
        """
        planner, content = self._planner, self._landing.read_manifest()
        manifest = parse_manifest(content, self.table, planner.hashing) if content is not None else None
        if manifest is None or not planner.can_resume(manifest):
            self._landing.clear()
            return
        point = ResumePoint(manifest, scan_landed_pages(manifest, self._landing))
        self._phase = ResumePhase(planner, self.progress, point)
        self._kept_pages = len(point.landed.pages)

    @property
    def _resume_point(self) -> ResumePoint | None:
        return self._phase.point if isinstance(self._phase, ResumePhase) else None

    def matches_parent(self, parent: "TableSync") -> bool:
        """Return whether the resume points of this table and of its parent share a cutoff.

        Otherwise rows of deleted parents would reappear.
        """
        point, of_parent = self._resume_point, parent._resume_point
        if point is None:
            return True
        state = self.context.states.get(parent.table.name)
        return point.cutoff == (of_parent.cutoff if of_parent else state.watermark if state else None)

    def discard_resume_point(self) -> None:
        """Remove the landed pages, and start with READ.

        Raises:
            WarehouseError: The landing folder cannot be written.
        """
        self._landing.clear()
        self._phase, self._kept_pages = ReadPhase(self._planner, self.progress), 0

    @property
    def resumed_full_read_cutoff(self) -> datetime | None:
        """The cutoff of the full read to be resumed, UTC; None for no full read."""
        point = self._resume_point
        return point.cutoff if point is not None and point.manifest.read.mode == "full" else None

    # Starting a phase

    @property
    def _as_parent(self) -> ParentRead:
        committed = self.progress.committed
        if self.phase == PhaseName.READ:
            is_full = self.is_running and self.read_mode == "full"
        else:
            is_full = self.phase > PhaseName.READ and committed is not None and committed.mode == "full"
        return ParentRead(
            is_full,
            self.progress.read_from,
            committed.changed_keys if committed is not None else None,
            self.progress.repaired,
        )

    def waits_for(self, parent: "TableSync | None") -> bool:
        """Return whether the read depends on the parent's changes, which are not complete.

        A sweep may find missing parents, whose children are read with the changed ones.
        """
        if self.phase != PhaseName.READ or parent is None or parent.phase == PhaseName.DONE:
            return False
        return self._planner.mode_plan(parent._as_parent).mode == "children"

    def start(self, parent: "TableSync | None") -> list[Task]:
        """Start the current phase, and return its first tasks. A failure is emitted as an event.

        Args:
            parent: The table's parent, if that is in the sync.
        """
        phase, parent_read = cast(Phase, self._phase), parent._as_parent if parent is not None else None
        self.is_running, self._work = True, WorkTime()
        return self._work.timed(self._attempt(lambda: self._start(phase.start(parent_read))))

    def _attempt(self, start: Callable[[], list[Task]]) -> list[Task]:
        try:
            return start()
        except (NetSuiteError, WarehouseError) as error:
            self.emit(ExtractFailed(self.table.name, error))
            return []

    def _start(self, source: PlannedRead | Query | ResumePoint) -> list[Task]:
        """Return the task of a query, or the first tasks of an extract."""
        if isinstance(source, Query):
            return [Task(lambda: self._attempt(lambda: self._start(source.run())), _FIRST)]
        self._source = source
        self._extract = self._new_extract(source)
        self._buffer.add(self._extract.resumed.pages.values())
        return self._extract.start()

    def _new_extract(self, source: PlannedRead | ResumePoint) -> TableExtract:
        planner = self._planner
        context = ExtractContext(
            client=self.context.client,
            utc_offset=self.context.clock.utc_offset,
            idle_threads=self.idle_workers,
            stored_rows=planner.stored_rows,
        )
        if isinstance(source, ResumePoint):
            # The second of the interrupted sync's cutoff is long over, so nothing waits for its end.
            manifest, certain, resumed = source.manifest, True, source.landed
        else:
            manifest, certain = planner.manifest(source), planner.is_certain(source.plan)
            resumed = ResumablePages()
            context = replace(
                context,
                wait_for_start=partial(self._work.pause, self.context.wait_for_start),
                speculative=SpeculativePages(
                    self.context.is_before_start, planner.queries.changed_since_cutoff
                ),
            )
        return TableExtract(
            manifest, self._landing, context, self.emit, certain=certain, resumed=resumed, count=self.count
        )

    # Landing and staging

    @property
    def read_mode(self) -> str:
        """The mode of the current phase's read; `none` before it starts."""
        return self._extract.read.mode if self._extract is not None else "none"

    @property
    def is_landed(self) -> bool:
        """Whether all pages of the current phase have landed."""
        return self.is_running and self._landed is not None

    @property
    def landed_pages(self) -> int:
        """The number of pages that have landed and are not committed."""
        return self._extract.landed if self._extract is not None else self._kept_pages

    def add_page(self, path: Path) -> None:
        """Add a landed page to the staging buffer."""
        self._buffer.add([path])

    def finish_extract(self, landed: LandedTable) -> None:
        """Record that all pages have landed."""
        self._landed = landed
        self.context.learn_dialect(landed.read.dialect)

    def discard_stage(self) -> None:
        """Remove what is staged and not committed; the landed pages stay."""
        self._buffer.discard()

    def stage_batch(self) -> None:
        """Stage the landed pages where they are a batch, while the rest is still read.

        Raises:
            WarehouseError: DuckDB cannot stage the pages.
        """
        if self._extract is not None and self._buffer.has_batch:
            with self._work.measure():
                self._buffer.stage(self._extract.read)

    # Committing

    def commit(
        self,
        connection: duckdb.DuckDBPyConnection,
        *,
        is_parent: bool,
        parent: TableProgress | None,
        deletions: Sequence[Deletion] | None,
        figures: TableFigures | None,
    ) -> None:
        """Commit the current phase, remove its pages, and advance to the next phase.

        Args:
            connection: The connection to the working file.
            is_parent: As in `PhaseCommit`, like all that follow.
            parent: The parent's progress.
            deletions: The recorded deletions.
            figures: NetSuite's figures of the table.

        Raises:
            WarehouseError: The pages cannot be loaded; the table is unchanged.
            NetSuiteError: A query that confirms deletions failed.
        """
        phase, source, extract, landed = self._phase, self._source, self._extract, self._landed
        if phase is None or source is None or extract is None or landed is None:
            raise RuntimeError(f"{self.table.name} has nothing to commit")
        with self._work.measure():
            staged = self._buffer.stage(extract.read)
        commit = PhaseCommit(
            connection,
            self._planner,
            self.progress,
            source,
            landed,
            staged,
            self._work,
            previous=self._planner.state,
            is_parent=is_parent,
            parent=parent,
            deletions=deletions,
            figures=figures,
        )
        if self.table.name in self.context.deferred.tables or self.context.child_tables(self.table):
            # This commit may change states whose records wait: its own, and those of children.
            self.context.deferred.write(connection)
        phase.commit(commit)
        self._buffer.discard()
        self._archive_pages()
        commit.compare()
        self._phase = phase.next(commit)
        self._end_phase()

    def _archive_pages(self) -> None:
        archive = self.context.kept_pages
        if archive is not None:
            try:
                archive.add(self._landing, self.context.sync_run.sync_id)
            except WarehouseError as error:
                self.progress.add_note(error.message)  # the rows are committed, so the table has not failed
        self._landing.clear()

    def _end_phase(self) -> None:
        self.is_running, self._kept_pages = False, 0
        self._landed = self._extract = self._source = None

    # Ending

    def report(self) -> TableReport:
        """Return what this sync did to the table, all phases together."""
        return self.progress.report(self.count)

    def restart_without_key_part(self, error: NetSuiteError | WarehouseError) -> bool:
        """Restart READ as a full read if it failed because the account lost a part of the key.

        Returns:
            Whether READ is restarted.

        Raises:
            WarehouseError: The landing folder cannot be written.
        """
        if self._planner.lacks_key or self.phase != PhaseName.READ or self.landed_pages:
            return False
        if not lacks_key(error, self.table, self.read_mode):
            return False
        self._planner.lacks_key = True
        self._landing.clear()
        self._end_phase()
        return True

    def fail(self, error: NetSuiteError | WarehouseError) -> None:
        """End the table with a failure. Committed phases stay, and landed pages that a later sync can use.

        Raises:
            WarehouseError: The landing folder cannot be written.
        """
        if self._extract is not None:
            self._extract.cancel()
        self._buffer.discard()
        rows = self._landed.rows if self._landed is not None else 0
        mode, state = self.read_mode if self.is_running else "none", self._planner.state
        failure = classify_failure(error, self.table, mode, state, self._work, rows)
        self.context.deferred.discard(self.table.name)
        self.progress.failure = failure.report.failure
        self.progress.reports.append(failure.report)
        self._phase, self.is_running, self._landed = None, False, None
        if not failure.keep_pages:
            self._landing.clear()
            self._extract, self._kept_pages = None, 0
