"""Read a table page by page into the landing folder, in tasks that several threads run at once."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import InitVar, dataclass, field

from netsuite_pipeline.netsuite.errors import (
    ImplausibleReply,
    NetSuiteError,
    QueryError,
    Unavailable,
    is_statement_error,
)
from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.sync.extract.events import ExtractEvent, ExtractFailed, ExtractFinished, PageLanded
from netsuite_pipeline.sync.extract.listener import ExtractContext
from netsuite_pipeline.sync.extract.page_reader import PageReader
from netsuite_pipeline.sync.extract.partitions import PageCursor, PartitionTracker
from netsuite_pipeline.sync.extract.row_count import PAGES_BEHIND_COUNT, RowCountCheck
from netsuite_pipeline.sync.extract.unreadable_rows import PageSize
from netsuite_pipeline.sync.landing.folder import PageName, TableLanding
from netsuite_pipeline.sync.landing.manifest import Manifest
from netsuite_pipeline.sync.landing.pages import LandedPages
from netsuite_pipeline.sync.landing.result import LandedTable
from netsuite_pipeline.sync.landing.resume import ResumablePages
from netsuite_pipeline.sync.planning.keys import complete_groups, has_integer_key, key_of
from netsuite_pipeline.sync.planning.page_validation import PageRequest, announces_more
from netsuite_pipeline.sync.planning.partitioning import PageIndex, read_index
from netsuite_pipeline.sync.planning.read_plan import Key, KeyRange, ReadPlan
from netsuite_pipeline.sync.worker_pool import Task
from netsuite_pipeline.warehouse.errors import WarehouseError

_COUNTED = ("full", "keys")  # modes that read all rows, so NetSuite's count applies
_SOON = 1_000_000.0  # priority of tasks that find out how much there is to do


@dataclass
class TableExtract:
    """The extract of one table. Its tasks run in several threads at once.

    Args:
        plan: The key ranges to read. While it is not complete, the page index adds further ones.
        landing: The table's landing folder.
        context: The sync's part.
        emit: Puts an event into the scheduler's queue.
        certain: The account is known to have the columns, so many pages may be read at once from the start.
        resumed: The pages that an interrupted sync has landed.
        count: Counts the requests.
    """

    plan: InitVar[Manifest]
    landing: InitVar[TableLanding]
    context: ExtractContext
    emit: Callable[[ExtractEvent], None]
    certain: bool = False
    resumed: ResumablePages = field(default_factory=ResumablePages)
    count: RequestCounts = field(default_factory=RequestCounts)

    def __post_init__(self, plan: Manifest, landing: TableLanding) -> None:
        self._tracker = PartitionTracker(plan, landing)
        self._landed = LandedPages(landing, self.resumed)
        self._reader = PageReader(self.context, self._tracker, self._landed, self.count)
        self._max_key: int | None = None
        self._row_count = RowCountCheck()
        self._lock = threading.Lock()
        self._open_tasks = 0
        self._failed = False

    @property
    def landed(self) -> int:
        """Return the number of landed pages."""
        return len(self._landed.pages)

    @property
    def read(self) -> ReadPlan:
        """Return the read plan as it is now, without the columns that the account refused so far."""
        return self._tracker.plan.read

    def start(self) -> list[Task]:
        """Return the first tasks; all others follow from them.

        Raises:
            WarehouseError: The manifest cannot be written.
        """
        tasks = self._first_tasks(self._tracker.start(self.resumed))
        with self._lock:
            self._open_tasks += len(tasks)
        return tasks

    def cancel(self) -> None:
        """Start no further query: the table has failed for another reason."""
        self._failed = True

    # Tasks

    def _first_tasks(self, numbers: list[int]) -> list[Task]:
        plan = self._tracker.plan
        tasks = self._range_tasks(numbers)
        if not plan.is_complete:
            low = plan.key_ranges[-1].up_to if plan.key_ranges else None
            tasks.append(self._task(lambda: self._query_index(low)))
        if plan.is_split and tasks:
            return [self._task(lambda: self._read_max_key(tasks))]
        if not self.certain and len(tasks) > 1:
            # The first task finds out which columns there are; the others wait for it.
            return [self._task(lambda: [*self._read_page(numbers[0]), *tasks[1:]])]
        return tasks or [self._task(list)]

    def _task(self, ask: Callable[[], list[Task]], priority: float = _SOON) -> Task:
        """Return a task of this table that runs a query and returns the tasks that follow."""
        return Task(lambda: self._run_task(ask), priority)

    def _range_task(self, number: int) -> Task:
        """Return the task that reads the next page of a key range."""
        is_all = self._tracker.plan.key_ranges[number] == KeyRange()
        return self._task(lambda: self._read_page(number), _SOON if is_all else self._tracker.priority)

    def _range_tasks(self, numbers: Iterable[int]) -> list[Task]:
        """Return a task for each of some key ranges."""
        return [self._range_task(number) for number in numbers]

    def _run_task(self, ask: Callable[[], list[Task]]) -> list[Task]:
        """Run one task; emit a failure once, and the end when no task is open any more."""
        try:
            more = [] if self._failed else ask()
        except (NetSuiteError, WarehouseError) as error:
            with self._lock:
                first, self._failed = not self._failed, True
            if first:
                self.emit(ExtractFailed(self.read.table.name, error))
            more = []
        with self._lock:
            self._open_tasks += len(more) - 1
            if self._open_tasks or self._failed:
                return more
        more = self._end()
        with self._lock:
            self._open_tasks += len(more)
        return more

    def _end(self) -> list[Task]:
        """Query NetSuite's own row count if it is still needed; otherwise emit the end."""
        if self.read.mode in _COUNTED and self._needs_row_count():
            return [self._task(self._query_count)]
        self.emit(ExtractFinished(self.read.table.name, self._landed_table()))
        return []

    def _needs_row_count(self) -> bool:
        """Return whether NetSuite's COUNT is still needed.

        `totalResults` is as good where one page holds all rows, and no fewer than were stored before.
        Where rows seem to be missing they are counted: a short page would look the same.
        """
        landed, counting = self._landed, self._row_count
        if landed.is_single and not counting.asked and self.read.mode == "full":
            counting.accept_total(landed.total, landed.rows)
            if counting.counted is not None and landed.rows >= self.context.stored_rows:
                return False
        return counting.is_due(self.read, landed.rows)

    def _landed_table(self) -> LandedTable:
        plan, landed, counting = self._tracker.plan, self._landed, self._row_count
        return LandedTable(
            read=plan.read,
            pages=landed.in_order,
            rows=landed.rows,
            unavailable=dict(plan.unavailable),
            anomalies=frozenset(landed.anomalies | ({counting.problem} - {""})),
            values=tuple(value for each in plan.key_ranges for value in each.values),
            count=self.count,
            counted=counting.counted,
            resumed=len(self.resumed.pages),
            unread=plan.unread,
        )

    # Pages

    def _read_page(self, number: int) -> list[Task]:
        """Read the next page of a key range and land it."""
        key_range, cursor = self._tracker.current(number)
        plan = self._tracker.plan
        speculative = cursor.part == 0 and self.context.speculative.may_start(number, len(plan.key_ranges))
        if not speculative:
            self.context.wait_for_start()
        page, size = self._reader.read_page(self._tracker.next_request(number), cursor.size)
        page = complete_groups(page, self.read.table)
        more = page.has_more
        last = key_of(page.rows[-1], self.read.table) if page.rows else None
        if more and number == 0 and key_range == KeyRange() and has_integer_key(self.read.table):
            return self._switch_to_index(page, last)
        if speculative and more:
            self.context.wait_for_start()
            return [self._range_task(number)]  # the range has grown, and its next page cannot be speculative
        if not self._land(page, PageName(number, cursor.part, more), speculative=speculative):
            return [self._range_task(number)]
        if not more or last is None:
            self._tracker.finish(number)
            return []
        rows = cursor.rows + len(page.rows)
        self._tracker.advance(number, PageCursor(cursor.part + 1, last, rows, announces_more(page), size))
        next_page = self._range_task(number)
        if self._max_key is None or not self.context.idle_threads():
            return [next_page]
        return [next_page, *self._range_tasks(self._tracker.split(number, last, self._max_key))]

    def _switch_to_index(self, page: Page, last: Key | None) -> list[Task]:
        """Land the first of several pages, and read the page index for the other key ranges."""
        self._tracker.split_first_page(last)
        self._land(page, PageName(0, 0, False))
        return [self._task(lambda: self._query_index(last))]

    def _land(self, page: Page, name: PageName, *, speculative: bool = False) -> bool:
        """Land a page, and emit it as soon as it is known to be valid.

        Returns:
            Whether it is valid, as far as is known.
        """
        path, rows = self._landed.land(page, name, self._tracker.plan), len(page.rows)

        def publish() -> None:
            self._landed.count(name, path, rows)
            self.emit(PageLanded(self.read.table.name, path, rows))

        if speculative:
            return self.context.speculative.add(name.range_number, publish)
        publish()
        return True

    def _resolve_speculative(self) -> list[Task]:
        """Query what changed in the cutoff's second, and read the key ranges concerned again."""
        self.context.wait_for_start()
        again = self.context.speculative.resolve(dict(enumerate(self._tracker.plan.key_ranges)))
        self._tracker.restart(again)
        return self._range_tasks(sorted(again))

    # Page index, splits, count

    def _query_index(self, low: Key | None) -> list[Task]:
        """Query where the pages after a key end, and return a task for each of them."""
        try:
            index = self._read_index(low)
        except (QueryError, Unavailable) as error:
            if isinstance(error, ImplausibleReply):
                self._landed.anomalies.add("the page index came out of order; places were halved instead")
            elif not is_statement_error(error):
                raise
            elif self._lacks_key_part():
                return self._query_index(low)
            # open question 11: an account may refuse the page index.
            return self._start_splitting(low)
        tasks = self._range_tasks(self._tracker.add(index.key_ranges, is_complete=not index.goes_on))
        if self.context.speculative.too_early() and low is None:
            tasks.append(self._task(self._resolve_speculative))
        if index.goes_on:
            tasks.append(self._task(lambda: self._query_index(index.ends[-1])))
        elif len(self._tracker.plan.key_ranges) > PAGES_BEHIND_COUNT and self.read.mode in _COUNTED:
            # Shortly before the end, so that no slot waits for the count alone.
            count_task = self._task(self._query_count, self._tracker.priority)
            tasks.insert(max(0, len(tasks) - PAGES_BEHIND_COUNT), count_task)
        return tasks

    def _lacks_key_part(self) -> bool:
        """Return whether the index was refused over a part of the key that the account does not have.

        From then on the table is read without that part.
        """
        key = self.read.table.key
        if len(key) == 1 or self.landed or self._tracker.plan.key_ranges:
            return False
        self._reader.read_page(PageRequest(self.read, KeyRange()), PageSize(1))
        return self.read.table.key != key

    def _read_index(self, low: Key | None) -> PageIndex:
        plan, read = self._tracker.plan, self.read

        def check(page: Page) -> Page:
            read_index(page, low, read.table)
            return page

        return read_index(self._reader.page(read.index_sql(low, plan.page_rows), check), low, read.table)

    def _start_splitting(self, low: Key | None) -> list[Task]:
        """Read page after page where the page index is refused, and give idle threads half of the rest."""
        numbers = self._tracker.add([KeyRange(low, None)], is_complete=True, is_split=True)
        return self._read_max_key(self._range_tasks(numbers))

    def _read_max_key(self, tasks: list[Task]) -> list[Task]:
        """Query the table's greatest key, which a split of a key range needs."""
        # One row: a whole page may be too heavy.
        page = self._reader.page(self.read.max_key_sql(), limit=1)
        self._max_key = int(key_of(page.rows[0], self.read.table)[0]) if page.rows else None
        return tasks

    def _query_count(self) -> list[Task]:
        """Query how many rows NetSuite has at the cutoff."""
        self._row_count.ask(self.read, self._tracker.plan.cutoff, self._reader.page)
        return []
