"""The event loop of a sync: starts tables in order of dependency, stages landed pages, commits phases."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue

import duckdb

from netsuite_pipeline.netsuite.errors import NetSuiteError, SignInError
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.sync.context import SyncContext
from netsuite_pipeline.sync.deletions.deleted_records import Deletion
from netsuite_pipeline.sync.deletions.deletion_query import DeletionQuery
from netsuite_pipeline.sync.deletions.row_counts import RowCounts, TableFigures
from netsuite_pipeline.sync.extract.events import ExtractEvent, ExtractFailed, ExtractFinished, PageLanded
from netsuite_pipeline.sync.planning.read_plan import facts_and_lists, parent_tables
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.sync.scheduling.phase import PhaseName
from netsuite_pipeline.sync.scheduling.table_sync import TableSync
from netsuite_pipeline.sync.worker_pool import Task, WorkerPool
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.errors import WarehouseError

_SPARE_THREADS = 3  # so that a slot is not idle while a thread parses and lands a page
_CLOSING_SECONDS = 1.0
# Tables, or pages of one: opening and closing the working file costs more than a small table does.
_MIN_COMMIT_BATCH = 8


@dataclass(frozen=True)
class _TaskError:
    """A task raised an unexpected exception: a defect of this package, not a failure of NetSuite's."""

    error: BaseException


_Event = ExtractEvent | DeletionQuery | RowCounts | _TaskError


@dataclass
class SyncScheduler:
    """The tables of one sync and their dependencies.

    Facts are read before the lists that they point to. A child that is read by its parent's changes starts
    after the parent's commit. No child is committed before its parent.

    Attributes:
        context: The sync.
        tables: Its tables.
        failures: Failures before the start, by table.
        counts: Requests sent before the start, by table.
        deletions: The query for deleted records; None where no table needs it.
    """

    context: SyncContext
    tables: Sequence[Table]
    failures: Mapping[str, NetSuiteError] = field(default_factory=dict)
    counts: Mapping[str, RequestCounts] = field(default_factory=dict)
    deletions: DeletionQuery | None = field(default=None, init=False)
    _sign_in_error: SignInError | None = None
    _reported: set[str] = field(default_factory=set)
    _row_counts: RowCounts | None = None

    def __post_init__(self) -> None:
        self._events: SimpleQueue[_Event] = SimpleQueue()
        self._workers = WorkerPool(
            self.context.client.settings.concurrency + _SPARE_THREADS,
            on_error=lambda error: self._events.put(_TaskError(error)),
        )
        self._table_syncs = {
            table.name: TableSync(
                table,
                self.context,
                self._workers.idle,
                self._events.put,
                count=self.counts.get(table.name, RequestCounts()),
            )
            for table in self.tables
        }
        self._parents = parent_tables(self.tables)
        facts, lists = facts_and_lists(self.tables)
        self._facts = [self._table_syncs[table.name] for table in facts]
        self._lists = [self._table_syncs[table.name] for table in lists]

    @property
    def landed_pages(self) -> dict[str, int]:
        """The number of landed pages that are not committed, by table."""
        pages = {name: sync.landed_pages for name, sync in self._table_syncs.items()}
        return {name: count for name, count in pages.items() if count}

    @property
    def changed_families(self) -> list[Table]:
        """The parents that did not fail and of which, or of whose children, this sync changed rows."""
        children: dict[str, list[str]] = {}
        for child, parent in self._parents.items():
            children.setdefault(parent, [parent]).append(child)
        return [
            self._table_syncs[parent].table
            for parent, family in children.items()
            if self._table_syncs[parent].progress.failure is None
            and any(self._table_syncs[name].progress.has_changes for name in family)
        ]

    def run(self) -> Iterator[TableReport]:
        """Sync the tables, and yield each table's report after its last commit.

        Raises:
            WarehouseError: The landing folder cannot be used.
        """
        stopped_midway = True
        try:
            self._load_resume_points()
            for name, failure in self.failures.items():
                self._fail(self._table_syncs[name], failure)
            yield from self._reports()  # where all tables have failed, the loop does not report them
            self._submit_queries()
            while any(sync.phase != PhaseName.DONE for sync in self._table_syncs.values()):
                self._start_ready()
                # A commit may allow other tables to start, so the loop waits only after no commit.
                if not self._commit_ready() and self._is_waiting():
                    while not self._wait_for_events():
                        pass
                yield from self._reports()
            stopped_midway = False
        finally:
            if stopped_midway:
                self.context.client.stop()
            self._workers.close(_CLOSING_SECONDS)
            for sync in self._table_syncs.values():
                sync.discard_stage()

    def _reports(self) -> Iterator[TableReport]:
        for name, sync in self._table_syncs.items():
            if sync.phase == PhaseName.DONE and name not in self._reported:
                self._reported.add(name)
                yield sync.report()

    # Starting

    def _load_resume_points(self) -> None:
        """Find the resume points; a child's is useless without its parent's of the same cutoff."""
        for sync in self._table_syncs.values():
            sync.find_resume_point()
        for sync in self._table_syncs.values():
            parent = self._parent(sync)
            if parent is not None and not sync.matches_parent(parent):
                sync.discard_resume_point()

    def _submit_queries(self) -> None:
        """Query the recorded deletions and the row counts of all tables, where some table needs them."""
        resumed = {
            name: cutoff
            for name, sync in self._table_syncs.items()
            if (cutoff := sync.resumed_full_read_cutoff) is not None
        }
        self.deletions = DeletionQuery.needed(self.context, self.tables, resumed)
        self._row_counts = RowCounts.needed(self.context, self.tables)
        queries = (self.deletions, self._row_counts)
        self._workers.submit([query.task(self._events.put) for query in queries if query is not None])

    def _start_ready(self) -> None:
        tasks: list[Task] = []
        for sync in [*self._facts, *self._lists]:
            if sync.phase == PhaseName.DONE or sync.is_running:
                continue
            failure = self._sign_in_error or self._parent_failure(sync)
            if failure is not None:
                sync.fail(failure)
            elif self._may_start(sync):
                tasks += sync.start(self._parent(sync))
        self._workers.submit(tasks)  # together, so that their priorities decide

    def _may_start(self, sync: TableSync) -> bool:
        if sync.phase != PhaseName.READ:
            return True
        if sync in self._lists and not all(_is_read(fact) for fact in self._facts):
            return False
        return not sync.waits_for(self._parent(sync))

    # Events

    def _is_waiting(self) -> bool:
        """Return whether an event is due.

        Raises:
            RuntimeError: All tables wait for each other: a defect of this package.
        """
        left = [sync for sync in self._table_syncs.values() if sync.phase != PhaseName.DONE]
        if left and not any(sync.is_running for sync in left):
            waiting = ", ".join(f"{sync.table.name} ({sync.phase.name})" for sync in left)
            raise RuntimeError(f"no table is running, and these tables wait: {waiting}")
        return bool(left)

    def _wait_for_events(self) -> bool:
        """Handle all events up to now, at least one, and stage the pages that have landed meanwhile.

        Returns:
            Whether another table may start or be committed now: not after mere pages.
        """
        news = self._handle(self._events.get())
        while not self._events.empty():
            news = self._handle(self._events.get()) or news
        return self._stage_batches() or news

    def _handle(self, event: _Event) -> bool:
        match event:
            case PageLanded(name, path, rows):
                if (sync := self._table_syncs[name]).is_running:
                    sync.add_page(path)
                    self.context.on_progress(name, rows)
                return False
            case ExtractFinished(name, landed):
                if (sync := self._table_syncs[name]).is_running:
                    sync.finish_extract(landed)
            case ExtractFailed(name, error):
                self._fail(self._table_syncs[name], error)
            case DeletionQuery() | RowCounts():
                pass  # a table may have waited for the reply
            case _TaskError(unexpected):
                raise unexpected
        return True

    def _fail(self, sync: TableSync, error: NetSuiteError | WarehouseError) -> None:
        if isinstance(error, SignInError):
            self._sign_in_error = error
        if sync.phase != PhaseName.DONE and not sync.restart_without_key_part(error):
            sync.fail(error)

    def _stage_batches(self) -> bool:
        """Stage the landed pages of each table in batches.

        Returns:
            Whether a table failed.
        """
        failed = False
        for sync in self._table_syncs.values():
            try:
                sync.stage_batch()
            except WarehouseError as error:
                self._fail(sync, error)
                failed = True
        return failed

    # Committing

    def _commit_ready(self) -> bool:
        """Commit every ready table while the working file is open once.

        Returns:
            Whether a table was committed or failed.
        """
        ready = self._ready()
        if not self._is_commit_due(ready):
            return False
        try:
            with self.context.warehouse.working() as connection:
                while ready:
                    for sync in ready:
                        self._commit(connection, sync)
                    ready = self._ready()
                self.context.deferred.write(connection)
        except WarehouseError as error:
            for sync in ready:
                self._fail(sync, error)
            for name in self.context.deferred.tables:
                # Its rows are stored, but not that they are up to date.
                self._table_syncs[name].fail(error)
        return True

    def _is_commit_due(self, ready: list[TableSync]) -> bool:
        """Return whether to open the working file now.

        It is due for a parent, for a long table, for many tables, or when no table is still read.
        """
        if not ready:
            return False
        reading = any(sync.is_running and not sync.is_landed for sync in self._table_syncs.values())
        has_parent = any(sync.table.name in self._parents.values() for sync in ready)
        is_long = any(sync.landed_pages > _MIN_COMMIT_BATCH for sync in ready)
        return has_parent or is_long or len(ready) >= _MIN_COMMIT_BATCH or not reading

    def _ready(self) -> list[TableSync]:
        return [sync for sync in [*self._facts, *self._lists] if sync.is_landed and not self._awaits(sync)]

    def _commit(self, connection: duckdb.DuckDBPyConnection, sync: TableSync) -> None:
        failure = self._parent_failure(sync)
        if failure is not None:
            sync.fail(failure)
            return
        parent = self._parent(sync)
        try:
            sync.commit(
                connection,
                is_parent=sync.table.name in self._parents.values(),
                parent=parent.progress if parent is not None else None,
                deletions=self._known_deletions(sync),
                figures=self._known_figures(sync),
            )
        except (NetSuiteError, WarehouseError) as error:
            self._fail(sync, error)

    def _known_deletions(self, sync: TableSync) -> Sequence[Deletion] | None:
        query = self.deletions
        if query is None or query.refusal is not None or sync.table.name not in query.tables:
            return None
        return query.deletions

    def _known_figures(self, sync: TableSync) -> TableFigures | None:
        return self._row_counts.figures.get(sync.table.name) if self._row_counts is not None else None

    # Dependencies

    def _parent(self, sync: TableSync) -> TableSync | None:
        return self._table_syncs.get(self._parents.get(sync.table.name, ""))

    def _awaits(self, sync: TableSync) -> bool:
        """Return whether the commit of a landed phase must wait."""
        return (
            self._awaits_parent(sync)
            or self._awaits_children(sync)
            or self._awaits_queries(sync)
            or self._awaits_owners(sync)
        )

    def _awaits_parent(self, sync: TableSync) -> bool:
        parent = self._parent(sync)
        return parent is not None and parent.phase <= min(sync.phase, PhaseName.READ)

    def _awaits_children(self, sync: TableSync) -> bool:
        """Return whether children have to commit their resumed pages first.

        These pages may hold children of rows whose deletion this commit would find: they would stay behind.
        """
        return sync.phase >= PhaseName.READ and any(
            self._table_syncs[child].phase == PhaseName.RESUME
            for child, parent in self._parents.items()
            if parent == sync.table.name
        )

    def _awaits_queries(self, sync: TableSync) -> bool:
        return sync.phase == PhaseName.READ and any(
            query is not None and not query.answered and sync.table.name in query.tables
            for query in (self.deletions, self._row_counts)
        )

    def _awaits_owners(self, sync: TableSync) -> bool:
        """Return whether missing rows are not yet known of a table that owns this table's rows.

        A table with owners of its own is not awaited, or two tables could wait for each other.
        """
        if sync.table.parent is not None:
            return False
        owners = [self._table_syncs.get(name) for _, name in sync.table.owners]
        return any(owner and not owner.table.belongs_to and owner.phase != PhaseName.DONE for owner in owners)

    def _parent_failure(self, sync: TableSync) -> WarehouseError | None:
        parent = self._parent(sync)
        failure = parent.progress.failure if parent is not None else None
        if parent is None or failure is None:
            return None
        name = parent.table.name
        return WarehouseError(
            f"Not loaded, because {name} failed and {sync.table.name} must agree with it; the table is as it "
            "was.",
            remedy=f"Fix {name} first: {failure.remedy}",
        )


def _is_read(fact: TableSync) -> bool:
    """Return whether this sync has read a fact, so that the lists that it points to can be read."""
    return fact.phase > PhaseName.READ or (fact.phase == PhaseName.READ and fact.is_landed)
