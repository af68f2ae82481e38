"""Track the key ranges of a table while they are read: the manifest, and a cursor for each range."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from netsuite_pipeline.sync.extract.unreadable_rows import PageSize
from netsuite_pipeline.sync.landing.folder import TableLanding
from netsuite_pipeline.sync.landing.manifest import Manifest
from netsuite_pipeline.sync.landing.resume import ResumablePages
from netsuite_pipeline.sync.planning.keys import split_range
from netsuite_pipeline.sync.planning.page_validation import PageRequest
from netsuite_pipeline.sync.planning.read_plan import Key, KeyRange, ReadPlan
from netsuite_pipeline.warehouse.rows.rejected_values import UnreadValue


class PageCursor(NamedTuple):
    """How far a key range has been read.

    Attributes:
        part: The number of the next page.
        after: The key after which the next page starts.
        rows: The rows of the pages before.
        promised: The page before announced more rows than it had.
        size: How many rows the next page is queried for.
    """

    part: int = 0
    after: Key | None = None
    rows: int = 0
    promised: bool = False
    size: PageSize = PageSize()


@dataclass
class PartitionTracker:
    """The key ranges of one table. Several threads share it.

    Each change of the manifest is written before any page of it is queried.

    Attributes:
        plan: The manifest as it is now.
        landing: The table's landing folder.
    """

    plan: Manifest
    landing: TableLanding
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _cursors: dict[int, PageCursor] = field(default_factory=dict)
    _priority: float = 0.0

    def start(self, resumed: ResumablePages) -> list[int]:
        """Write the manifest, unless an interrupted sync has written it.

        Args:
            resumed: The pages that are landed.

        Returns:
            The numbers of the key ranges that are not completely landed.

        Raises:
            WarehouseError: The manifest cannot be written.
        """
        if not resumed.continues:
            self.landing.start(self.plan.to_bytes())
        for number in range(len(self.plan.key_ranges)):
            if number not in resumed.complete:
                # The rows of a resumed part are not recorded, so the key range is not expected to be full.
                part, after = resumed.partly.get(number, (0, None))
                self._cursors[number] = PageCursor(part, after, self.plan.page_rows if part else 0)
        return sorted(self._cursors)

    @property
    def priority(self) -> float:
        """Return the number of key ranges at the start: one priority for all keeps them in their order."""
        self._priority = self._priority or float(len(self._cursors))
        return self._priority

    def current(self, number: int) -> tuple[KeyRange, PageCursor]:
        """Return a key range, and how far it has been read."""
        with self._lock:
            return self.plan.key_ranges[number], self._cursors[number]

    def next_request(self, number: int) -> PageRequest:
        """Return the request for the next page of a key range."""
        with self._lock:
            plan, cursor = self.plan, self._cursors[number]
            key_range = plan.key_ranges[number]
            # The first page ends its key range itself, and the halves of a split end anywhere.
            border = bool(key_range.up_to) and not plan.is_split and not key_range.values
            return PageRequest(
                plan.read,
                replace(key_range, after=cursor.after or key_range.after),
                border=border,
                expected=max(0, plan.page_rows - cursor.rows) if border else 0,
                promised=cursor.promised,
            )

    def advance(self, number: int, cursor: PageCursor) -> None:
        """Record how far a key range has been read."""
        with self._lock:
            self._cursors[number] = cursor

    def finish(self, number: int) -> None:
        """Record that a key range has been read to its end."""
        with self._lock:
            self._cursors.pop(number, None)

    def restart(self, numbers: Iterable[int]) -> None:
        """Read some key ranges from their beginning."""
        with self._lock:
            self._cursors.update((number, PageCursor()) for number in numbers)

    def split_first_page(self, last: Key | None) -> None:
        """End the first key range at the first page's last key; the ranges after it are unknown yet."""
        with self._lock:
            self._change(key_ranges=(KeyRange(None, last),), is_complete=False)
            del self._cursors[0]

    def add(self, key_ranges: Iterable[KeyRange], **changes: bool) -> range:
        """Append key ranges.

        Args:
            key_ranges: The key ranges.
            changes: Other new values of the manifest.

        Returns:
            Their numbers.
        """
        with self._lock:
            first = len(self.plan.key_ranges)
            self._change(key_ranges=(*self.plan.key_ranges, *key_ranges), **changes)
            numbers = range(first, len(self.plan.key_ranges))
            self._cursors.update((number, PageCursor()) for number in numbers)
            return numbers

    def split(self, number: int, last: Key, max_key: int) -> range:
        """Split what is left of a key range in half.

        Args:
            number: The key range.
            last: The last key that was read of it.
            max_key: The greatest first key column of the table.

        Returns:
            The number of the other half; an empty range where nothing is split.
        """
        with self._lock:
            halves = split_range(self.plan.key_ranges[number], last, max_key)
            if halves is None:
                return range(0)
            key_ranges = list(self.plan.key_ranges)
            key_ranges[number] = halves[0]
            # Both halves are written at once: a manifest with the first alone would end the table early.
            self.plan = replace(self.plan, key_ranges=tuple(key_ranges))
            return self.add([halves[1]], is_complete=True)

    def exclude(self, read: ReadPlan, unavailable: Mapping[str, str]) -> None:
        """Replace the read plan by a smaller one.

        Args:
            read: The smaller read plan.
            unavailable: What the account refuses, with the reason.
        """
        with self._lock:
            self._change(read=read, unavailable={**self.plan.unavailable, **unavailable})

    def record_unread(self, unread: Iterable[UnreadValue]) -> None:
        """Record values that could not be read of the page that lands next."""
        with self._lock:
            self._change(unread=(*self.plan.unread, *unread))

    def _change(self, **changes: object) -> None:
        """Change the manifest, and write it before any page of it lands."""
        self.plan = replace(self.plan, **changes)  # type: ignore[arg-type]
        self.landing.write_manifest(self.plan.to_bytes())
