"""A table's places while they are asked for: the plan that names them, and how far each has been read."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from netsuite_pipeline.sync.extract.unreadable_rows import PageSize
from netsuite_pipeline.sync.landing.folder import TableLanding
from netsuite_pipeline.sync.landing.manifest import Manifest
from netsuite_pipeline.sync.landing.result import UnreadCell
from netsuite_pipeline.sync.landing.resume import ResumablePages
from netsuite_pipeline.sync.planning.page_validation import PageRequest
from netsuite_pipeline.sync.planning.partitioning import RangeSplitter
from netsuite_pipeline.sync.planning.read_plan import Key, KeyRange, ReadPlan


class PageCursor(NamedTuple):
    """How far a place has been read.

    Attributes:
        part: The next part of it.
        after: The key behind which that begins.
        rows: The rows of the parts before.
        promised: The part before said that there are more rows than it had.
        size: How many rows the next part is asked for.
    """

    part: int = 0
    after: Key | None = None
    rows: int = 0
    promised: bool = False
    size: PageSize = PageSize()


@dataclass
class PartitionTracker:
    """The places of one table. Safe to share between threads; each change of the plan is landed before any
    page that it tells of is asked for.

    Attributes:
        plan: The plan as it is by now.
        landing: Where it is landed.
    """

    plan: Manifest
    landing: TableLanding
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _positions: dict[int, PageCursor] = field(default_factory=dict)
    _urgency: float = 0.0

    def start(self, resumed: ResumablePages) -> list[int]:
        """Lands the plan, unless it is there.

        Args:
            resumed: What is landed of it.

        Returns:
            The places that are not wholly landed.

        Raises:
            WarehouseError: The plan cannot be landed.
        """
        if not resumed.continues:
            self.landing.start(self.plan.as_bytes())
        for number in range(len(self.plan.places)):
            if number not in resumed.complete:
                # How many rows a resumed part had is not kept, so the place is not expected to be full.
                part, after = resumed.partly.get(number, (0, None))
                self._positions[number] = PageCursor(part, after, self.plan.page_rows if part else 0)
        return sorted(self._positions)

    @property
    def priority(self) -> float:
        """How many there were at first: one for all of them, so that they are asked for in their order."""
        self._urgency = self._urgency or float(len(self._positions))
        return self._urgency

    def at(self, number: int) -> tuple[KeyRange, PageCursor]:
        """A place, and how far it has been read."""
        with self._lock:
            return self.plan.places[number], self._positions[number]

    def wanted(self, number: int) -> PageRequest:
        """What the next page of a place is asked for."""
        with self._lock:
            plan, position = self.plan, self._positions[number]
            place = plan.places[number]
            # The first page ends its place by itself, and halves end anywhere.
            border = bool(place.up_to) and not plan.halved and not place.values
            return PageRequest(
                plan.read,
                replace(place, after=position.after or place.after),
                border=border,
                expected=max(0, plan.page_rows - position.rows) if border else 0,
                promised=position.promised,
            )

    def go_on(self, number: int, position: PageCursor) -> None:
        """A place has been read so far."""
        with self._lock:
            self._positions[number] = position

    def end(self, number: int) -> None:
        """A place has been read to its end."""
        with self._lock:
            self._positions.pop(number, None)

    def begin_again(self, numbers: Iterable[int]) -> None:
        """Some places are to be read from their beginning."""
        with self._lock:
            self._positions.update((number, PageCursor()) for number in numbers)

    def end_first_page(self, last: Key | None) -> None:
        """The first page is a place by itself, which ends with a key; those behind it are not known yet."""
        with self._lock:
            self._change(places=(KeyRange(None, last),), whole=False)
            del self._positions[0]

    def add(self, places: Iterable[KeyRange], **changes: bool) -> range:
        """Adds places behind those that there are.

        Args:
            places: The places.
            changes: What else is new of the plan.

        Returns:
            Their numbers.
        """
        with self._lock:
            first = len(self.plan.places)
            self._change(places=(*self.plan.places, *places), **changes)
            numbers = range(first, len(self.plan.places))
            self._positions.update((number, PageCursor()) for number in numbers)
            return numbers

    def halve(self, number: int, last: Key, halving: RangeSplitter) -> range:
        """Cuts off half of what is left of a place.

        Args:
            number: The place.
            last: The last key that has been read of it.
            halving: Knows when, and where.

        Returns:
            The number of the other half, or none where nothing is to be halved.
        """
        with self._lock:
            halves = halving.of(self.plan.places[number], last)
            if halves is None:
                return range(0)
            places = list(self.plan.places)
            places[number] = halves[0]
            # Both halves are landed at once: a plan with the first alone would end the table too early.
            self.plan = replace(self.plan, places=tuple(places))
            return self.add([halves[1]], whole=True)

    def leave_out(self, read: ReadPlan, unavailable: Mapping[str, str]) -> None:
        """From now on less is asked for.

        Args:
            read: What is.
            unavailable: What the account refuses, with the reason.
        """
        with self._lock:
            self._change(read=read, unavailable={**self.plan.unavailable, **unavailable})

    def note_unread(self, unread: Iterable[UnreadCell]) -> None:
        """Some values of the page that lands next could not be read."""
        with self._lock:
            self._change(unread=(*self.plan.unread, *unread))

    def _change(self, **changes: object) -> None:
        """Changes the plan, and lands it before any page of it."""
        self.plan = replace(self.plan, **changes)  # type: ignore[arg-type]
        self.landing.write_plan(self.plan.as_bytes())
