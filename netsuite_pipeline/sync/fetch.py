"""A plan becomes landed pages: each page a question of its own, asked by whoever is free."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from netsuite_pipeline.netsuite.client import RequestCount
from netsuite_pipeline.netsuite.errors import NetSuiteError, PermissionDenied, QueryError, Unavailable
from netsuite_pipeline.netsuite.page import Page
from netsuite_pipeline.sync.crew import Step
from netsuite_pipeline.sync.early import Early
from netsuite_pipeline.sync.keys import counts_up, halved, is_behind, key_of, stretches
from netsuite_pipeline.sync.landed_plan import LandedPlan
from netsuite_pipeline.sync.landing import PageName, TableLanding
from netsuite_pipeline.sync.plan import Key, Place, Read
from netsuite_pipeline.sync.resume import Resumed
from netsuite_pipeline.sync.settle import Settled, can_be_settled, is_about_the_statement, settle
from netsuite_pipeline.warehouse.errors import WarehouseError

_MOST_COUNTS = 2
_PAGES_BEHIND_COUNT = 40
_SOON = 1_000_000.0  # urgency of what tells how much there is to do


class Asks(Protocol):
    """What fetching needs of NetSuiteClient."""

    def page(self, sql: str, *, count: RequestCount | None = None) -> Page: ...


@dataclass(frozen=True)
class Counted:
    """How many rows NetSuite counts at the cutoff; a range where some changed while it was asked."""

    least: int
    most: int


@dataclass(frozen=True)
class Fetched:
    """One table's rows, landed.

    Attributes:
        read: What was asked for in the end.
        pages: The landed files in key order.
        rows: Rows in them.
        left_out: Columns and labels that this account does not offer, with the reason.
        oddities: What in the replies deviated from the documented form.
        parents: In mode `children`, the parents whose rows these are.
        seconds: Time from the first request to the last page.
        counted: What NetSuite counts, of a full read; None where it does not tell.
        resumed: Pages that an interrupted sync had landed already.
    """

    read: Read
    pages: tuple[Path, ...]
    rows: int
    left_out: dict[str, str]
    oddities: frozenset[str]
    parents: tuple[str, ...]
    count: RequestCount
    seconds: float
    counted: Counted | None = None
    resumed: int = 0

    @property
    def asked(self) -> bool:
        """Whether NetSuite was asked for the columns at all: not where no parent had changed."""
        return self.read.mode != "children" or bool(self.parents)


@dataclass(frozen=True)
class Hears:
    """Who is told, from the threads that ask.

    Attributes:
        landed: A page is landed: the file, and its rows.
        fetched: All pages are landed.
        failed: The table cannot be read on; told once, the pages stay.
    """

    landed: Callable[[Path, int], None]
    fetched: Callable[[Fetched], None]
    failed: Callable[[NetSuiteError | WarehouseError], None]


@dataclass(frozen=True)
class Surroundings:
    """What fetching a table needs of its sync.

    Attributes:
        asks: The client.
        behind_utc: Measures how far the session's clock is behind UTC, should SYS_EXTRACT_UTC be refused.
        idle: How many threads have nothing to do: whether halving a place is of use.
        begins: Waits until the second of the cutoff is over; rows may be asked for from then on.
        early: Lets a long table begin sooner.
    """

    asks: Asks
    behind_utc: Callable[[], timedelta] = timedelta
    idle: Callable[[], int] = int
    begins: Callable[[], None] = lambda: None
    early: Early = field(default_factory=Early)


@dataclass
class _Position:
    """How far a place has been read: the next part of it, and the key behind which that begins."""

    part: int = 0
    after: Key | None = None


@dataclass
class TableFetch:
    """The fetching of one table. Steps of it run in several threads at once.

    Args:
        plan: What to ask. While it is not whole, the page index tells further places.
        landing: Where the pages go.
        around: What it needs of its sync.
        hears: Who is told.
        certain: The columns are known to be there, so that many pages may be asked for at once.
        resumed: What an interrupted sync has landed of the plan.
        count: Where to count requests.
    """

    plan: LandedPlan
    landing: TableLanding
    around: Surroundings
    hears: Hears
    certain: bool = False
    resumed: Resumed = field(default_factory=Resumed)
    count: RequestCount = field(default_factory=RequestCount)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _settling: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._positions: dict[int, _Position] = {}
        self._pages: dict[PageName, Path] = dict(self.resumed.pages)
        self._rows = self.resumed.rows
        self._total: int | None = None
        self._counted: Counted | None = None
        self._counts_asked = 0
        self._count_read: Read | None = None
        self._count_trouble = ""
        self._oddities: set[str] = set(self.resumed.oddities)
        self._greatest: int | None = None
        self._urgency = 0.0
        self._open_steps = 0
        self._failed = False
        self._started = time.monotonic()

    @property
    def landed(self) -> int:
        """Pages that are landed."""
        return len(self._pages)

    @property
    def read(self) -> Read:
        """What is asked for now; columns that the account refuses drop out on the way."""
        return self.plan.read

    def begin(self) -> list[Step]:
        """The first steps; all others follow from them.

        Raises:
            WarehouseError: The plan cannot be landed.
        """
        if not self.resumed.continues:
            self.landing.begin(self.plan.as_bytes())
        with self._lock:
            steps = self._first_steps()
            self._open_steps += len(steps)
        return steps

    def _first_steps(self) -> list[Step]:
        for number in range(len(self.plan.places)):
            if number not in self.resumed.complete:
                self._positions[number] = _Position(*self.resumed.partly.get(number, (0, None)))
        steps = self._steps(sorted(self._positions))
        if not self.plan.whole:
            low = self.plan.places[-1].high if self.plan.places else None
            steps.append(Step(lambda: self._run(lambda: self._ask_index(low)), _SOON))
        if self.plan.halved and steps:
            return [Step(lambda: self._run(lambda: self._ask_greatest(steps)), _SOON)]
        if not self.certain and len(steps) > 1:
            # One goes first and finds out which columns there are; the others wait for it.
            first = min(self._positions)
            return [Step(lambda: self._run(lambda: [*self._ask(first), *steps[1:]]), _SOON)]
        return steps or [Step(lambda: self._run(list), _SOON)]

    def abandon(self) -> None:
        """Asks no further: the table has failed for another reason."""
        self._failed = True

    # Steps

    def _steps(self, numbers: Iterable[int]) -> list[Step]:
        """A step for each of some places."""
        return [self._step(number) for number in numbers]

    def _step(self, number: int) -> Step:
        if self.plan.places[number] == Place():
            urgency = _SOON
        else:
            # One for the whole table, so that its places are asked for in their order.
            urgency = self._urgency = self._urgency or float(len(self._positions))
        return Step(lambda: self._run(lambda: self._ask(number)), urgency)

    def _run(self, action: Callable[[], list[Step]]) -> list[Step]:
        """Takes one step; tells of a failure once, and of the end when no step is open any more."""
        try:
            more = [] if self._failed else action()
        except (NetSuiteError, WarehouseError) as error:
            with self._lock:
                first, self._failed = not self._failed, True
            if first:
                self.hears.failed(error)
            more = []
        with self._lock:
            self._open_steps += len(more) - 1
            if self._open_steps or self._failed:
                return more
        more = self._end()
        with self._lock:
            self._open_steps += len(more)
        return more

    def _end(self) -> list[Step]:
        """Asks for NetSuite's own count, if it is still to be asked; then tells that all is fetched."""
        if self.read.mode == "full" and not self._is_counted():
            return [self._count_step()]
        pages = sorted(self._pages.items(), key=lambda item: (item[0].place, item[0].part))
        self.hears.fetched(
            Fetched(
                read=self.read,
                pages=tuple(path for _, path in pages),
                rows=self._rows,
                left_out=dict(self.plan.left_out),
                oddities=frozenset(self._oddities | ({self._count_trouble} - {""})),
                parents=self._parents(),
                count=self.count,
                seconds=time.monotonic() - self._started,
                counted=self._counted,
                resumed=len(self.resumed.pages),
            )
        )
        return []

    def _is_counted(self) -> bool:
        """Whether NetSuite's count need not be asked, or asked again: it may have been asked while the last
        pages were still under way."""
        if len(self._pages) == 1 and not self.resumed.pages and not self._counts_asked:
            # open question 2: totalResults may be wrong; of a single page it is easily checked.
            self._counted = Counted(self._rows, self._rows) if self._total == self._rows else None
            return True
        if self._counts_asked == 0:
            return False
        if self._counted is None:
            known = self._count_read is self.read  # columns that were found refused meanwhile are the cause
        else:
            known = self._counted.least <= self._rows <= self._counted.most
        return known or self._counts_asked == _MOST_COUNTS

    def _count_step(self, urgency: float = _SOON) -> Step:
        return Step(lambda: self._run(self._ask_count), urgency)

    def _parents(self) -> tuple[str, ...]:
        if self.read.mode != "children":
            return ()
        return tuple(value for place in self.plan.places for value in place.among)

    def _ask(self, number: int) -> list[Step]:
        """Asks for the next page of a place and lands it."""
        with self._lock:
            place, position = self.plan.places[number], self._positions[number]
        early = position.part == 0 and self.around.early.goes(number, len(self.plan.places))
        if not early:
            self.around.begins()
        asked = replace(place, low=position.after or place.low)
        page = self._answer(lambda read: read.sql(asked))
        more = _has_more(page, self.read)
        last = self._last(page, asked)
        if more and number == 0 and place == Place() and counts_up(self.read.table):
            return self._ask_the_rest(page, last)
        if early and more:
            self.around.begins()
            return [self._step(number)]  # it has grown, and its next part cannot be as early
        if not self._land(page, PageName(number, position.part, more), early=early):
            return [self._step(number)]
        if not more:
            with self._lock:
                self._positions.pop(number, None)
            return []
        assert last is not None
        with self._lock:
            self._positions[number] = _Position(position.part + 1, last)
        return [self._step(number), *self._halve(number, last)]

    def _ask_the_rest(self, page: Page, last: Key | None) -> list[Step]:
        """The table is longer than its first page: from here on the page index tells the places."""
        with self._lock:
            self._plan(places=(Place(None, last),), whole=False)
            del self._positions[0]
        self._land(page, PageName(0, 0, False))
        return [Step(lambda: self._run(lambda: self._ask_index(last)), _SOON)]

    def _ask_index(self, low: Key | None) -> list[Step]:
        """Asks where the pages behind a key end, and goes on to ask for all of them at once."""
        try:
            page = self._page(self.read.index_sql(low, self.plan.page_rows))
            ends = [key_of(row, self.read.table) for row in page.rows]
        except (QueryError, Unavailable) as error:
            if not is_about_the_statement(error):
                raise
            # open question 11: an account may refuse the page index.
            return self._begin_halving(low)
        if any(not is_behind(key, after, self.read.table) for after, key in pairwise(ends)):
            self._oddities.add("the page index came out of order; places were halved instead")
            return self._begin_halving(low)
        further = page.has_more and bool(ends)
        places = stretches(low, ends)
        if not further:
            places.append(Place(ends[-1] if ends else low, None))
        steps = self._add_places(places, whole=not further)
        if self.around.early.too_early() and low is None:
            steps.append(Step(lambda: self._run(self._settle_early), _SOON))
        if not further and len(self.plan.places) > _PAGES_BEHIND_COUNT and self.read.mode == "full":
            # Shortly before the end, so that no slot waits for it alone.
            steps.insert(max(0, len(steps) - _PAGES_BEHIND_COUNT), self._count_step(self._urgency))
        if further:
            steps.append(Step(lambda: self._run(lambda: self._ask_index(ends[-1])), _SOON))
        return steps

    def _settle_early(self) -> list[Step]:
        """Asks what changed in the second of the cutoff, and asks for these places again."""
        self.around.begins()
        again = self.around.early.settle(dict(enumerate(self.plan.places)))
        with self._lock:
            self._positions.update((number, _Position()) for number in again)
            return self._steps(sorted(again))

    def _begin_halving(self, low: Key | None) -> list[Step]:
        """The page index is refused: walk from page to page, and give half of what is left to who is idle."""
        return self._ask_greatest(self._add_places([Place(low, None)], whole=True, halved=True))

    def _ask_greatest(self, steps: list[Step]) -> list[Step]:
        """Asks where the table ends, without which nothing can be halved."""
        page = self._page(self.read.greatest_sql())
        with self._lock:
            self._greatest = int(key_of(page.rows[0], self.read.table)[0]) if page.rows else None
        return steps

    def _halve(self, number: int, last: Key) -> list[Step]:
        """Gives half of what is left of a place to a thread that has nothing to do."""
        with self._lock:
            if self._greatest is None or self.around.idle() < 1:
                return []
            halves = halved(self.plan.places[number], last, self._greatest)
            if halves is None:
                return []
            places = list(self.plan.places)
            places[number] = halves[0]
            # Both halves are landed at once: a plan with the first alone would end the table too early.
            self.plan = replace(self.plan, places=tuple(places))
            return self._add_places([halves[1]], whole=True)

    def _add_places(self, places: list[Place], **changes: bool) -> list[Step]:
        with self._lock:
            first = len(self.plan.places)
            self._plan(places=(*self.plan.places, *places), **changes)
            numbers = range(first, first + len(places))
            self._positions.update((number, _Position()) for number in numbers)
            return self._steps(numbers)

    def _ask_count(self) -> list[Step]:
        """Asks NetSuite how many rows it has at the cutoff."""
        self._counts_asked += 1
        self._counted, self._count_read = None, self.read
        self._count_trouble = ""
        try:
            page = self._page(self._count_read.count_sql(self.plan.cutoff))
            row = page.rows[0] if page.rows else {}
            counted = int(row["counted"] or "")
            newer = int(row.get("newer") or 0)
        except (PermissionDenied, QueryError, Unavailable) as error:
            if isinstance(error, Unavailable) and not is_about_the_statement(error):
                raise
            # COUNT(*) was seen refused on some tables (facts 2.4): then nobody knows.
            self._count_trouble = "NetSuite refuses to count its rows, so they were not compared"
        except (KeyError, ValueError):
            self._count_trouble = "NetSuite's count of its rows could not be read"
        else:
            self._counted = Counted(max(0, counted - newer), counted)
        return []

    # Pages

    def _answer(self, statement: Callable[[Read], str]) -> Page:
        """A page of the read; whoever is refused first finds out what to leave out, the others ask again."""
        while True:
            read = self.read
            try:
                return self._page(statement(read))
            except NetSuiteError as error:
                if not can_be_settled(read, error):
                    raise
                with self._settling:
                    if self.read is read:
                        return self._settled(read, statement, error).page

    def _settled(self, read: Read, statement: Callable[[Read], str], error: NetSuiteError) -> Settled:
        told: list[NetSuiteError] = [error]

        def ask(tried: Read) -> Page:
            if told:
                raise told.pop()
            return self._page(statement(tried))

        settled = settle(read, ask, self.around.behind_utc)
        if settled.read.mode != read.mode and self._pages:
            raise error  # the pages that are landed were chosen by a condition that is refused now
        with self._lock:
            self._plan(read=settled.read, left_out={**self.plan.left_out, **settled.left_out})
        return settled

    def _page(self, sql: str) -> Page:
        count = RequestCount()
        try:
            return self.around.asks.page(sql, count=count)
        finally:
            with self._lock:
                self.count.requests += count.requests
                self.count.retries += count.retries
                self.count.throttled += count.throttled

    def _last(self, page: Page, asked: Place) -> Key | None:
        """The last row's key, which must be behind where the page began, or the sync would never end."""
        if not page.rows:
            return None
        table = self.read.table
        key = key_of(page.rows[-1], table)
        if asked.low is not None and not is_behind(key, asked.low, table):
            raise Unavailable(
                f"NetSuite sent rows of {table.name} out of order: {key} after {asked.low}.",
                asked=f"page of {self.plan.page_rows} rows",
            )
        return key

    def _land(self, page: Page, name: PageName, *, early: bool = False) -> bool:
        """Lands a page, and tells of it as soon as it is known to be good.

        Returns:
            Whether it is, as far as is known.
        """
        path = self.landing.land(name, page.body)
        unasked = page.columns.difference(self.read.received) if page.rows else set()
        rows = len(page.rows)
        with self._lock:
            self._total = page.total
            self._oddities.update(page.oddities)
            # Columns that were found refused meanwhile may still be in pages that were asked for before.
            self._oddities.update(
                f"a column that was not asked for: {column!r}"
                for column in unasked
                if column not in self.plan.left_out
            )
        if early:
            return self.around.early.land(name.place, lambda: self._tell(path, name, rows))
        self._tell(path, name, rows)
        return True

    def _tell(self, path: Path, name: PageName, rows: int) -> None:
        with self._lock:
            self._pages[name] = path
            self._rows += rows
        self.hears.landed(path, rows)

    def _plan(self, **changes: object) -> None:
        """Changes the plan, and lands it before any page of it."""
        self.plan = replace(self.plan, **changes)  # type: ignore[arg-type]
        self.landing.write_plan(self.plan.as_bytes())


def _has_more(page: Page, read: Read) -> bool:
    """Whether rows follow a page; one that promises more and has nothing would end the table too early."""
    if page.has_more and not page.rows:
        raise Unavailable(f"NetSuite says that there are more rows of {read.table.name}, and sends none.")
    return page.has_more
