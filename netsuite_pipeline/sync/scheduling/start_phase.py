"""How a table sets out on each of its legs: what is to be found out first, and which fetching then begins."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from netsuite_pipeline.netsuite.errors import (
    NetSuiteError,
    QueryError,
    SignInError,
    Unavailable,
    is_statement_error,
)
from netsuite_pipeline.sync.extract.events import ExtractEvent, ExtractFailed
from netsuite_pipeline.sync.extract.listener import ExtractContext
from netsuite_pipeline.sync.extract.paginate import read_all_keys
from netsuite_pipeline.sync.extract.speculative import SpeculativePages
from netsuite_pipeline.sync.extract.table_extract import TableExtract
from netsuite_pipeline.sync.load.checksum import TableChecksum
from netsuite_pipeline.sync.planning.read_plan import (
    ReadPlan,
    changed_parents_plan,
    key_scan_plan,
    rows_by_key_plan,
)
from netsuite_pipeline.sync.scheduling.read_planner import ReadPlanner
from netsuite_pipeline.sync.scheduling.resume_point import ResumePoint
from netsuite_pipeline.sync.scheduling.table_progress import TableProgress
from netsuite_pipeline.sync.work_time import WorkTime
from netsuite_pipeline.sync.worker_pool import Task
from netsuite_pipeline.warehouse.errors import WarehouseError

_AT_ONCE = 1_000_000.0  # urgency of what tells how a table is to be read
# Watermark of a plan that no later sync may finish in its own name: it would move the table's watermark.
_NOBODYS = datetime.max


@dataclass
class PhaseStarter:
    """Where each leg of a table begins. A failure on the way there is told like one of the fetching.

    Attributes:
        questions: The table's.
        idle: How many of the crew have nothing to do.
        emit: Puts an event into the scheduler's queue.
        begin: Begins a fetching, and answers with its first steps.
        as_it_was: NetSuite said that the table is as it was when it was last read, so nothing of it is asked
            for.
        not_compared: Why NetSuite did not say whether it is; empty where it did, or was not asked.
        work: How long the leg works; waiting for the second of the cutoff is none of it.
        note: What a person should know of how the table is read, or empty.
        unavailable: Parts of the key that NetSuite refused before the read began, with the reason.
    """

    questions: ReadPlanner
    idle: Callable[[], int]
    emit: Callable[[ExtractEvent], None]
    begin: Callable[[TableExtract], list[Task]]
    as_it_was: bool = False
    not_compared: str = ""
    work: WorkTime = field(default_factory=WorkTime)
    note: str = ""
    unavailable: dict[str, str] = field(default_factory=dict)

    def finish(self, interrupted: ResumePoint) -> list[Task]:
        """To finish what an interrupted sync had begun. It is cut at a second that is long over, so it need
        not wait for one.

        Raises:
            WarehouseError: The plan cannot be landed.
        """
        questions, context = self.questions, self.questions.context
        fetch = TableExtract(
            interrupted.plan,
            context.landing.table(questions.table.name),
            ExtractContext(
                client=context.client,
                utc_offset=context.clock.utc_offset,
                idle_threads=self.idle,
                stored_rows=questions.stored_rows,
            ),
            self.emit,
            certain=True,
            resumed=interrupted.resumed,
            count=questions.count,
        )
        return self.begin(fetch)

    def main(self, read: ReadPlan, parent: TableProgress | None) -> list[Task]:
        """On this sync's own read.

        Args:
            read: How the table is to be read.
            parent: What this sync has done of its parent, for a child whose parent is in it.
        """
        if self.questions.key_due and read.mode != "full":
            return [self._asking_first(lambda: self._begin_asking_for_key(read, parent))]
        return self._main(read, parent)

    def _begin_asking_for_key(self, read: ReadPlan, parent: TableProgress | None) -> list[Task]:
        """With the feature of a part of the key, the whole key may have come back."""
        refused = self.questions.key_refused()
        if not refused:
            return self._begin_read(self.questions.read(full=True))
        self.unavailable = dict.fromkeys(self.questions.key_due, refused)
        return self._main(read, parent)

    def _main(self, read: ReadPlan, parent: TableProgress | None) -> list[Task]:
        if (known := self.questions.likeness(read)) is not None:
            return [self._asking_first(lambda: self._begin_unless_alike(read, known))]
        if read.mode != "children":
            return self._guarded(lambda: self._begin_read(read))
        repaired = parent.repaired if parent is not None else ()
        if read.since is not None:
            brought = parent.committed.changed_keys if parent is not None and parent.committed else ()
            more = (*brought, *repaired)
            return [self._asking_first(lambda: self._begin_children(read, self._parents_of_span(read), more))]
        if (
            parent is not None
            and parent.committed
            and self.questions.is_in_step_with_parent(parent.read_from)
        ):
            changed = parent.committed.changed_keys
            if not self.questions.finds_changed_rows():
                return self._guarded(lambda: self._begin_children(read, changed, repaired))
            return [self._asking_first(lambda: self._begin_children(read, changed, repaired))]
        return [self._asking_first(lambda: self._begin_lagging(read, repaired))]

    def sweep(self) -> list[Task]:
        """To look for rows that NetSuite no longer shows."""
        return self._guarded(lambda: self._begin_read(key_scan_plan(self.questions.table)))

    def repair(self, read: ReadPlan, missing: Sequence[str]) -> list[Task]:
        """To bring the rows that were found missing here.

        Args:
            read: How the table is read.
            missing: The first part of their keys; of a child, its parents' keys.
        """
        # A child's rows are replaced parent by parent; others are only brought.
        is_child = self.questions.table.parent is not None
        wanted = (
            replace(read, mode="children", since=None, until=None) if is_child else rows_by_key_plan(read)
        )
        return self._guarded(lambda: self._begin_read(wanted, among=missing))

    def _asking_first(self, begin: Callable[[], list[Task]]) -> Task:
        """A step, for something is to be asked before it is known what to read."""
        return Task(lambda: self._guarded(begin), _AT_ONCE)

    def _guarded(self, begin: Callable[[], list[Task]]) -> list[Task]:
        try:
            return begin()
        except (NetSuiteError, WarehouseError) as error:
            self.emit(ExtractFailed(self.questions.table.name, error))
            return []

    def _begin_unless_alike(self, read: ReadPlan, known: TableChecksum) -> list[Task]:
        try:
            self.as_it_was = self.questions.is_as_it_was(known)
        except SignInError:
            raise
        except NetSuiteError as error:
            # Asking is to save requests. Whatever becomes of that, the list can be read.
            self.not_compared = error.message
        return (
            self._begin_read(rows_by_key_plan(read), among=()) if self.as_it_was else self._begin_read(read)
        )

    def _begin_lagging(self, read: ReadPlan, repaired: Sequence[str]) -> list[Task]:
        try:
            changed = self.questions.changed_parents()
        except (QueryError, Unavailable) as error:
            if not is_statement_error(error):
                raise
            # Which parents changed cannot be asked for: by their cursor nothing can be filtered here.
            return self._begin_read(replace(read, mode="full", unfiltered=True))
        return self._begin_children(read, changed, repaired)

    def _begin_children(self, read: ReadPlan, changed: Sequence[str], more: Sequence[str]) -> list[Task]:
        """Begin to read the rows of some parents, and of those below which a row's own stamp moved."""
        moved: tuple[str, ...] | None = ()
        if self.questions.finds_changed_rows():
            moved = self.questions.parents_of_changed_rows(read)
        if moved is None:
            table = self.questions.table
            self.note = (
                f"NetSuite refuses to find rows by {table.row_cursor}: rows that change while their "
                f"{table.parent.table if table.parent else 'parent'} does not come with a full read only"
            )
        return self._begin_read(read, among=_once_each(changed, [*more, *(moved or ())]))

    def _parents_of_span(self, read: ReadPlan) -> tuple[str, ...]:
        """Asks which parents last changed in the span of time that is read of the table."""
        questions, context = self.questions, self.questions.context
        assert read.table.parent is not None
        assert read.since is not None
        parent = context.request.catalogue[read.table.parent.table]
        asked = changed_parents_plan(parent, read.since, context.dialect, timedelta(0), read.until)
        found = context.single_flight(
            (parent.name, read.since, read.until),
            lambda: read_all_keys(
                context.clock.with_offset(asked), context.client, questions.count, context.clock.utc_offset
            ),
        )
        return tuple(key[0] for key in found)

    def _begin_read(self, read: ReadPlan, among: Sequence[str] | None = None) -> list[Task]:
        questions, context = self.questions, self.questions.context
        plan = questions.plan(read, among)
        plan = replace(plan, unavailable={**plan.unavailable, **self.unavailable})
        fetch = TableExtract(
            plan if read.advances_watermark else replace(plan, watermark=_NOBODYS),
            context.landing.table(questions.table.name),
            ExtractContext(
                client=context.client,
                utc_offset=context.clock.utc_offset,
                idle_threads=self.idle,
                wait_for_start=partial(self.work.pause, context.wait_for_start),
                speculative=SpeculativePages(context.is_before_start, questions.changed_since_cutoff),
                stored_rows=questions.stored_rows,
            ),
            self.emit,
            certain=questions.is_certain(read),
            count=questions.count,
        )
        return self.begin(fetch)


def _once_each(keys: Iterable[str], more: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*keys, *more]))
