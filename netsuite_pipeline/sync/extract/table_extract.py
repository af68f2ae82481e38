"""A plan becomes landed pages: each page a question of its own, asked by whoever is free."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import InitVar, dataclass, field

from netsuite_pipeline.netsuite.client import RequestCounts
from netsuite_pipeline.netsuite.errors import (
    ImplausibleReply,
    NetSuiteError,
    QueryError,
    Unavailable,
    is_statement_error,
)
from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.sync.extract.events import ExtractEvent, ExtractFailed, ExtractFinished, PageLanded
from netsuite_pipeline.sync.extract.listener import ExtractContext
from netsuite_pipeline.sync.extract.page_reader import PageReader, last_key
from netsuite_pipeline.sync.extract.partitions import PageCursor, PartitionTracker
from netsuite_pipeline.sync.extract.row_count import PAGES_BEHIND_COUNT, RowCountCheck
from netsuite_pipeline.sync.extract.unreadable_rows import PageSize
from netsuite_pipeline.sync.landing.folder import PageName, TableLanding
from netsuite_pipeline.sync.landing.manifest import Manifest
from netsuite_pipeline.sync.landing.pages import LandedPages
from netsuite_pipeline.sync.landing.result import LandedTable
from netsuite_pipeline.sync.landing.resume import ResumablePages
from netsuite_pipeline.sync.planning.keys import complete_groups, has_integer_key
from netsuite_pipeline.sync.planning.page_validation import PageRequest, announces_more
from netsuite_pipeline.sync.planning.partitioning import PageIndex, RangeSplitter, read_index
from netsuite_pipeline.sync.planning.read_plan import Key, KeyRange, ReadPlan
from netsuite_pipeline.sync.worker_pool import Task
from netsuite_pipeline.warehouse.errors import WarehouseError

_COUNTED = ("full", "keys")  # modes that read all rows, so that NetSuite's own count is theirs
_SOON = 1_000_000.0  # urgency of what tells how much there is to do


@dataclass
class TableExtract:
    """The fetching of one table. Steps of it run in several threads at once.

    Args:
        plan: What to ask. While it is not whole, the page index tells further places.
        landing: Where the pages go.
        around: What it needs of its sync.
        emit: Puts an event into the scheduler's queue.
        certain: The columns are known to be there, so that many pages may be asked for at once.
        resumed: What an interrupted sync has landed of the plan.
        count: Where to count requests.
    """

    plan: InitVar[Manifest]
    landing: InitVar[TableLanding]
    around: ExtractContext
    emit: Callable[[ExtractEvent], None]
    certain: bool = False
    resumed: ResumablePages = field(default_factory=ResumablePages)
    count: RequestCounts = field(default_factory=RequestCounts)

    def __post_init__(self, plan: Manifest, landing: TableLanding) -> None:
        self._places = PartitionTracker(plan, landing)
        self._landed = LandedPages(landing, self.resumed)
        self._answers = PageReader(self.around, self._places, self._landed, self.count)
        self._halving = RangeSplitter(self.around.idle)
        self._counting = RowCountCheck()
        self._lock = threading.Lock()
        self._open_steps = 0
        self._failed = False
        self._started = time.monotonic()

    @property
    def landed(self) -> int:
        """Pages that are landed."""
        return len(self._landed.pages)

    @property
    def read(self) -> ReadPlan:
        """What is asked for now; columns that the account refuses drop out on the way."""
        return self._places.plan.read

    def start(self) -> list[Task]:
        """The first steps; all others follow from them.

        Raises:
            WarehouseError: The plan cannot be landed.
        """
        steps = self._first_steps(self._places.start(self.resumed))
        with self._lock:
            self._open_steps += len(steps)
        return steps

    def cancel(self) -> None:
        """Asks no further: the table has failed for another reason."""
        self._failed = True

    # Steps

    def _first_steps(self, numbers: list[int]) -> list[Task]:
        plan = self._places.plan
        steps = self._place_steps(numbers)
        if not plan.whole:
            low = plan.places[-1].up_to if plan.places else None
            steps.append(self._step(lambda: self._query_index(low)))
        if plan.halved and steps:
            return [self._step(lambda: self._read_max_key(steps))]
        if not self.certain and len(steps) > 1:
            # One goes first and finds out which columns there are; the others wait for it.
            return [self._step(lambda: [*self._read_page(numbers[0]), *steps[1:]])]
        return steps or [self._step(list)]

    def _step(self, ask: Callable[[], list[Task]], priority: float = _SOON) -> Task:
        """A step of this table: what it asks answers with the steps that follow."""
        return Task(lambda: self._run_task(ask), priority)

    def _place_step(self, number: int) -> Task:
        """The step that asks for the next page of a place."""
        is_all = self._places.plan.places[number] == KeyRange()
        return self._step(lambda: self._read_page(number), _SOON if is_all else self._places.priority)

    def _place_steps(self, numbers: Iterable[int]) -> list[Task]:
        """A step for each of some places."""
        return [self._place_step(number) for number in numbers]

    def _run_task(self, ask: Callable[[], list[Task]]) -> list[Task]:
        """Takes one step; tells of a failure once, and of the end when no step is open any more."""
        try:
            more = [] if self._failed else ask()
        except (NetSuiteError, WarehouseError) as error:
            with self._lock:
                first, self._failed = not self._failed, True
            if first:
                self.emit(ExtractFailed(self.read.table.name, error))
            more = []
        with self._lock:
            self._open_steps += len(more) - 1
            if self._open_steps or self._failed:
                return more
        more = self._end()
        with self._lock:
            self._open_steps += len(more)
        return more

    def _end(self) -> list[Task]:
        """Asks for NetSuite's own count, if it is still to be asked; then tells that all is fetched."""
        if self.read.mode in _COUNTED and self._is_to_be_counted():
            return [self._step(self._query_count)]
        self.emit(ExtractFinished(self.read.table.name, self._landed_table()))
        return []

    def _is_to_be_counted(self) -> bool:
        """Whether NetSuite's COUNT is still to be asked for.

        Its `totalResults` is as good where one page has all rows of a table, and these are no fewer than
        were there before. Rows that seem to be gone are counted, since a short page would show the same.
        """
        landed, counting = self._landed, self._counting
        if landed.is_single and not counting.asked and self.read.mode == "full":
            counting.believe(landed.total, landed.rows)
            if counting.counted is not None and landed.rows >= self.around.stored_rows:
                return False
        return counting.is_due(self.read, landed.rows)

    def _landed_table(self) -> LandedTable:
        plan, landed, counting = self._places.plan, self._landed, self._counting
        among = [value for place in plan.places for value in place.values]
        return LandedTable(
            read=plan.read,
            pages=landed.in_order,
            rows=landed.rows,
            unavailable=dict(plan.unavailable),
            anomalies=frozenset(landed.anomalies | ({counting.trouble} - {""})),
            parents=tuple(among) if plan.read.mode == "children" else (),
            count=self.count,
            seconds=time.monotonic() - self._started,
            counted=counting.counted,
            resumed=len(self.resumed.pages),
            unread=plan.unread,
        )

    # Pages

    def _read_page(self, number: int) -> list[Task]:
        """Asks for the next page of a place and lands it."""
        place, position = self._places.at(number)
        plan = self._places.plan
        early = position.part == 0 and self.around.early.may_start(number, len(plan.places))
        if not early:
            self.around.begins()
        page, size = self._answers.read_page(self._places.wanted(number), position.size)
        page = complete_groups(page, self.read.table)
        more, last = page.has_more, last_key(page, self.read)
        if more and number == 0 and place == KeyRange() and has_integer_key(self.read.table):
            return self._switch_to_index(page, last)
        if early and more:
            self.around.begins()
            return [self._place_step(number)]  # it has grown, and its next part cannot be as early
        if not self._land(page, PageName(number, position.part, more), early=early):
            return [self._place_step(number)]
        if not more:
            self._places.end(number)
            return []
        assert last is not None
        rows = position.rows + len(page.rows)
        self._places.go_on(number, PageCursor(position.part + 1, last, rows, announces_more(page), size))
        next_page = self._place_step(number)
        return [next_page, *self._place_steps(self._places.halve(number, last, self._halving))]

    def _switch_to_index(self, page: Page, last: Key | None) -> list[Task]:
        """The table is longer than its first page: from here on the page index tells the places."""
        self._places.end_first_page(last)
        self._land(page, PageName(0, 0, False))
        return [self._step(lambda: self._query_index(last))]

    def _land(self, page: Page, name: PageName, *, early: bool = False) -> bool:
        """Lands a page, and tells of it as soon as it is known to be good.

        Returns:
            Whether it is, as far as is known.
        """
        path, rows = self._landed.land(page, name, self._places.plan), len(page.rows)

        def tell() -> None:
            self._landed.count(name, path, rows)
            self.emit(PageLanded(self.read.table.name, path, rows))

        if early:
            return self.around.early.add(name.place, tell)
        tell()
        return True

    def _resolve_speculative(self) -> list[Task]:
        """Asks what changed in the second of the cutoff, and asks for these places again."""
        self.around.begins()
        again = self.around.early.resolve(dict(enumerate(self._places.plan.places)))
        self._places.begin_again(again)
        return self._place_steps(sorted(again))

    # Index, halving, count

    def _query_index(self, low: Key | None) -> list[Task]:
        """Asks where the pages behind a key end, and goes on to ask for all of them at once."""
        try:
            index = self._read_index(low)
        except (QueryError, Unavailable) as error:
            if isinstance(error, ImplausibleReply):
                self._landed.anomalies.add("the page index came out of order; places were halved instead")
            elif not is_statement_error(error):
                raise
            elif self._lacks_key():
                return self._query_index(low)
            # open question 11: an account may refuse the page index.
            return self._begin_halving(low)
        steps = self._place_steps(self._places.add(index.places, whole=not index.goes_on))
        if self.around.early.too_early() and low is None:
            steps.append(self._step(self._resolve_speculative))
        if index.goes_on:
            steps.append(self._step(lambda: self._query_index(index.ends[-1])))
        elif len(self._places.plan.places) > PAGES_BEHIND_COUNT and self.read.mode in _COUNTED:
            # Shortly before the end, so that no slot waits for it alone.
            count_step = self._step(self._query_count, self._places.priority)
            steps.insert(max(0, len(steps) - PAGES_BEHIND_COUNT), count_step)
        return steps

    def _lacks_key(self) -> bool:
        """Whether the index was refused over a part of the key that the account does not have; the read does
        without it from now on."""
        key = self.read.table.key
        if len(key) == 1 or self.landed or self._places.plan.places:
            return False
        self._answers.read_page(PageRequest(self.read, KeyRange()), PageSize(1))
        return self.read.table.key != key

    def _read_index(self, low: Key | None) -> PageIndex:
        plan, read = self._places.plan, self.read

        def check(page: Page) -> Page:
            read_index(page, low, read.table).check(read.table)
            return page

        return read_index(self._answers.page(read.index_sql(low, plan.page_rows), check), low, read.table)

    def _begin_halving(self, low: Key | None) -> list[Task]:
        """The page index is refused: walk from page to page, and give half of what is left to who is idle."""
        numbers = self._places.add([KeyRange(low, None)], whole=True, halved=True)
        return self._read_max_key(self._place_steps(numbers))

    def _read_max_key(self, steps: list[Task]) -> list[Task]:
        """Asks where the table ends, without which nothing can be halved."""
        # One row: a whole page may be too heavy.
        self._halving.learn(self._answers.page(self.read.max_key_sql(), limit=1), self.read.table)
        return steps

    def _query_count(self) -> list[Task]:
        """Asks NetSuite how many rows it has at the cutoff."""
        self._counting.ask(self.read, self._places.plan.cutoff, self._answers.page)
        return []
