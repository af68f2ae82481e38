"""Lets tables set out, hears what arrives, commits what is whole: parents first, lists after facts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue

import duckdb

from netsuite_pipeline.netsuite.client import RequestCounts
from netsuite_pipeline.netsuite.errors import NetSuiteError, SignInError
from netsuite_pipeline.sync.context import SyncContext
from netsuite_pipeline.sync.deletions.deleted_records import Deletion
from netsuite_pipeline.sync.deletions.deletion_query import DeletionQuery
from netsuite_pipeline.sync.deletions.row_counts import RowCounts, TableFigures
from netsuite_pipeline.sync.extract.events import ExtractEvent, ExtractFailed, ExtractFinished, PageLanded
from netsuite_pipeline.sync.planning.read_plan import facts_and_lists, parent_tables
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.sync.scheduling.phase import Phase
from netsuite_pipeline.sync.scheduling.table_sync import TableSync
from netsuite_pipeline.sync.worker_pool import Task, WorkerPool
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.errors import WarehouseError

_SPARE_THREADS = 3  # so that a slot is not idle while a page is read and landed
_CLOSING_SECONDS = 1.0
# Tables, or pages of one: opening the working file and closing it costs more than a small table does.
_WORTH_OPENING = 8


@dataclass(frozen=True)
class _Broken:
    """A step raised what it should not have: a mistake of ours, not a failure of NetSuite's."""

    error: BaseException


_Event = ExtractEvent | DeletionQuery | RowCounts | _Broken


@dataclass
class SyncScheduler:
    """One sync's tables, and the order in which they may go.

    A list without a cursor is read after the facts that point to it. A child read by its parents' changes
    sets out when these are known; none is loaded before its parent.

    Attributes:
        context: The sync.
        tables: Its tables.
        failures: What keeps tables from setting out at all, by table.
        counts: Requests that were made for tables before, by table.
    """

    context: SyncContext
    tables: Sequence[Table]
    failures: Mapping[str, NetSuiteError] = field(default_factory=dict)
    counts: Mapping[str, RequestCounts] = field(default_factory=dict)
    _refused: SignInError | None = None
    _told: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._events: SimpleQueue[_Event] = SimpleQueue()
        self._workers = WorkerPool(
            self.context.client.settings.concurrency + _SPARE_THREADS,
            on_error=lambda error: self._events.put(_Broken(error)),
        )
        self._journeys = {
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
        self._facts = [self._journeys[table.name] for table in facts]
        self._lists = [self._journeys[table.name] for table in lists]
        self._deletions: DeletionQuery | None = None
        self._counts: RowCounts | None = None

    @property
    def landed_pages(self) -> dict[str, int]:
        """Pages that are landed and not yet committed, by table."""
        pages = {name: journey.landed_pages for name, journey in self._journeys.items()}
        return {name: count for name, count in pages.items() if count}

    @property
    def deletions_refused(self) -> NetSuiteError | None:
        """Why NetSuite does not tell what was deleted, if it was asked and did not."""
        return self._deletions.refusal if self._deletions is not None else None

    @property
    def deletions_told(self) -> bool:
        """Whether NetSuite told what was deleted."""
        told = self._deletions
        return told is not None and told.answered and told.refusal is None

    def conduct(self) -> Iterator[TableReport]:
        """Syncs the tables; a table's report comes as soon as it is committed.

        Raises:
            WarehouseError: The landing folder cannot be used.
        """
        stopped_midway = True
        try:
            self._look_back()
            for name, failure in self.failures.items():
                self._fail(self._journeys[name], failure)
            yield from self._reports()  # where no other table is left, nothing else reports these
            self._ask_for_deletions()
            self._ask_for_counts()
            while any(journey.leg != Phase.ENDED for journey in self._journeys.values()):
                self._set_out()
                # What is committed may let others set out, so only then is there nothing to do but wait.
                if not self._commit() and self._is_waiting():
                    while not self._hear():
                        pass
                yield from self._reports()
            stopped_midway = False
        finally:
            if stopped_midway:
                self.context.client.stop()
            self._workers.close(_CLOSING_SECONDS)
            for journey in self._journeys.values():
                journey.cast_off()

    def _look_back(self) -> None:
        """Lets each table find what an interrupted sync has landed of it; lines without the transactions that
        they were read with are of no use."""
        for journey in self._journeys.values():
            journey.find_resume_point()
        for journey in self._journeys.values():
            parent = self._parent(journey)
            if parent is not None and not journey.goes_with(parent):
                journey.forget()

    @property
    def parents_written(self) -> list[Table]:
        """The tables with children of which this sync wrote rows, or of whose children it did."""
        families = [
            (parent, [parent, *(child for child, name in self._parents.items() if name == parent)])
            for parent in dict.fromkeys(self._parents.values())
        ]
        return [
            self._journeys[parent].table
            for parent, family in families
            if self._journeys[parent].so_far.failure is None
            and any(self._journeys[name].so_far.wrote for name in family)
        ]

    # Setting out

    def _set_out(self) -> None:
        steps: list[Task] = []
        for journey in [*self._facts, *self._lists]:
            if journey.leg == Phase.ENDED or journey.under_way:
                continue
            failure = self._refused or self._parents_failure(journey)
            if failure is not None:
                journey.fail(failure)
                continue
            try:
                steps += self._first_steps(journey)
            except (NetSuiteError, WarehouseError) as error:
                journey.fail(error)
        self._workers.submit(steps)

    def _first_steps(self, journey: TableSync) -> list[Task]:
        match journey.leg:
            case Phase.FINISH:
                return journey.finish()
            case Phase.SWEEP:
                return journey.sweep()
            case Phase.REPAIR:
                return journey.repair()
        if journey in self._lists and not all(_is_read(fact) for fact in self._facts):
            return []
        parent = self._parent(journey)
        read = journey.read(parent_read_full=parent is not None and _is_read_full(parent))
        # A sweep may find parents that were missing: their children are to come with them.
        if read.mode == "children" and parent is not None and parent.leg != Phase.ENDED:
            return []
        return journey.main(read, parent)

    def _ask_for_deletions(self) -> None:
        begun = {
            name: cutoff
            for name, journey in self._journeys.items()
            if (cutoff := journey.full_read_begun) is not None
        }
        self._deletions = DeletionQuery.needed(self.context, self.tables, begun)
        if self._deletions is not None:
            self._workers.submit([self._deletions.task(self._events.put)])

    def _ask_for_counts(self) -> None:
        self._counts = RowCounts.needed(self.context, self.tables)
        if self._counts is not None:
            self._workers.submit([self._counts.task(self._events.put)])

    # Hearing

    def _is_waiting(self) -> bool:
        """Whether somebody is under way; otherwise tables wait for each other, which is a mistake of ours."""
        waiting = [journey for journey in self._journeys.values() if journey.leg != Phase.ENDED]
        if waiting and not any(journey.under_way for journey in waiting):
            told = ", ".join(f"{journey.table.name} ({journey.leg.name})" for journey in waiting)
            raise RuntimeError(f"nobody is under way, and these tables wait: {told}")
        return bool(waiting)

    def _hear(self) -> bool:
        """Waits for something to happen, takes in all that has, and stages what has landed meanwhile.

        Returns:
            Whether anything but pages came: only then may somebody else set out, or be committed.
        """
        news = self._take_in(self._events.get())
        while not self._events.empty():
            news = self._take_in(self._events.get()) or news
        return self._stage() or news

    def _take_in(self, event: _Event) -> bool:
        match event:
            case PageLanded(name, path, rows):
                if (journey := self._journeys[name]).under_way:
                    journey.land(path)
                    self.context.on_progress(name, rows)
                return False
            case ExtractFinished(name, fetched):
                if (journey := self._journeys[name]).under_way:
                    journey.arrive(fetched)
            case ExtractFailed(name, error):
                self._fail(self._journeys[name], error)
            case DeletionQuery():
                self._deletions = event
            case RowCounts():
                self._counts = event
            case _Broken(broken):
                raise broken
        return True

    def _fail(self, journey: TableSync, error: NetSuiteError | WarehouseError) -> None:
        if isinstance(error, SignInError):
            self._refused = error
        if journey.leg != Phase.ENDED and not journey.begins_again(error):
            journey.fail(error)

    def _stage(self) -> bool:
        """Stages what has landed in batches.

        Returns:
            Whether a table failed by that.
        """
        failed = False
        for journey in self._journeys.values():
            if journey.has_batch():
                try:
                    journey.stage()
                except WarehouseError as error:
                    self._fail(journey, error)
                    failed = True
        return failed

    # Committing

    def _commit(self) -> bool:
        """Commits every table that is wholly landed and need not wait for another, on one opening of the
        working file.

        Returns:
            Whether anything was committed.
        """
        ready = self._ready()
        if not self._is_worth_opening(ready):
            return False
        try:
            with self.context.warehouse.working() as connection:
                while ready:
                    for journey in ready:
                        self._commit_one(connection, journey)
                    ready = self._ready()
        except WarehouseError as error:
            for journey in ready:
                self._fail(journey, error)
        return True

    def _is_worth_opening(self, ready: list[TableSync]) -> bool:
        """Whether to commit now: somebody waits for it, it is enough, or nobody is asking any more."""
        if not ready:
            return False
        asking = any(journey.under_way and not journey.is_fetched for journey in self._journeys.values())
        awaited = any(journey.table.name in self._parents.values() for journey in ready)
        long = any(journey.landed_pages > _WORTH_OPENING for journey in ready)
        return awaited or long or len(ready) >= _WORTH_OPENING or not asking

    def _ready(self) -> list[TableSync]:
        return [
            journey
            for journey in [*self._facts, *self._lists]
            if journey.is_fetched
            and not self._awaits_parent(journey)
            and not self._awaits_children(journey)
            and not self._awaits_deletions(journey)
            and not self._awaits_counts(journey)
            and not self._awaits_owners(journey)
        ]

    def _commit_one(self, connection: duckdb.DuckDBPyConnection, journey: TableSync) -> None:
        failure = self._parents_failure(journey)
        if failure is not None:
            journey.fail(failure)
            return
        try:
            journey.commit(
                connection,
                is_parent=journey.table.name in self._parents.values(),
                parent=self._parent(journey),
                deletions=self._known_deletions(journey),
                figures=self._known_figures(journey),
            )
        except (NetSuiteError, WarehouseError) as error:
            self._fail(journey, error)

    def _known_deletions(self, journey: TableSync) -> Sequence[Deletion] | None:
        told = self._deletions
        if told is None or told.refusal is not None or journey.table.name not in told.tables:
            return None
        return told.deletions

    def _known_figures(self, journey: TableSync) -> TableFigures | None:
        counts = self._counts
        return counts.figures.get(journey.table.name) if counts is not None else None

    def _reports(self) -> Iterator[TableReport]:
        for name, journey in self._journeys.items():
            if journey.leg == Phase.ENDED and name not in self._told:
                self._told.add(name)
                yield journey.report()

    # Who waits for whom

    def _parent(self, journey: TableSync) -> TableSync | None:
        return self._journeys.get(self._parents.get(journey.table.name, ""))

    def _awaits_parent(self, journey: TableSync) -> bool:
        parent = self._parent(journey)
        return parent is not None and parent.leg <= min(journey.leg, Phase.MAIN)

    def _awaits_children(self, journey: TableSync) -> bool:
        """Whether children have yet to load what an interrupted sync had begun: of rows that are found
        deleted now, these would come when the parents are gone already."""
        return journey.leg >= Phase.MAIN and any(
            self._journeys[child].leg == Phase.FINISH
            for child, parent in self._parents.items()
            if parent == journey.table.name
        )

    def _awaits_deletions(self, journey: TableSync) -> bool:
        return (
            journey.leg == Phase.MAIN
            and self._deletions is not None
            and not self._deletions.answered
            and journey.table.name in self._deletions.tables
        )

    def _awaits_counts(self, journey: TableSync) -> bool:
        return (
            journey.leg == Phase.MAIN
            and self._counts is not None
            and not self._counts.answered
            and journey.table.name in self._counts.tables
        )

    def _awaits_owners(self, journey: TableSync) -> bool:
        """Whether it is still open which of the rows that a list's rows belong to are missing. For another
        such list nobody waits, or two could wait for each other."""
        if journey.table.parent is not None:
            return False
        owners = [self._journeys.get(name) for _, name in journey.table.owners]
        return any(each and not each.table.belongs_to and each.leg != Phase.ENDED for each in owners)

    def _parents_failure(self, journey: TableSync) -> WarehouseError | None:
        parent = self._parent(journey)
        failure = parent.so_far.failure if parent is not None else None
        if parent is None or failure is None:
            return None
        name = parent.table.name
        return WarehouseError(
            f"Not loaded, because {name} failed and {journey.table.name} must agree with it; the table is as "
            "it was.",
            remedy=f"Fix {name} first: {failure.remedy}",
        )


def _is_read(fact: TableSync) -> bool:
    """Whether this sync has read a table, so that what it points to may be read."""
    return fact.leg > Phase.MAIN or (fact.leg == Phase.MAIN and fact.is_fetched)


def _is_read_full(parent: TableSync) -> bool:
    """Whether a parent is, or was, read in full by this sync's own read."""
    if parent.leg == Phase.MAIN:
        return parent.under_way and parent.read_mode == "full"
    committed = parent.so_far.committed
    return parent.leg > Phase.MAIN and committed is not None and committed.mode == "full"
