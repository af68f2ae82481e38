"""Partitioning: a table is cut into key ranges by the page index, or by splitting a range at its middle."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from netsuite_pipeline.netsuite.errors import ImplausibleReply
from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.sync.planning.keys import is_after, key_of, ranges_between, split_range
from netsuite_pipeline.sync.planning.read_plan import Key, KeyRange
from netsuite_pipeline.tables import Table


@dataclass(frozen=True)
class PageIndex:
    """One page of the page index: the last keys of a table's pages.

    Attributes:
        after: The index begins after this key; None for the table's first row.
        ends: The last key of each page of the table.
        goes_on: Whether more of the index follows.

    Example:
        >>> PageIndex(None, (("5",),), goes_on=True).key_ranges
        [KeyRange(after=None, up_to=('5',), values=())]
        >>> PageIndex(None, (("5",),), goes_on=False).key_ranges
        [KeyRange(after=None, up_to=('5',), values=()), KeyRange(after=('5',), up_to=None, values=())]
    """

    after: Key | None
    ends: Sequence[Key]
    goes_on: bool

    @property
    def key_ranges(self) -> list[KeyRange]:
        """The key ranges of these pages; the end of the index adds the last range, which is open."""
        key_ranges = ranges_between(self.after, self.ends)
        if not self.goes_on:
            key_ranges.append(KeyRange(self.ends[-1] if self.ends else self.after, None))
        return key_ranges

    def check(self, table: Table) -> None:
        """Check that each page ends after the one before, and the first after `after`.

        Raises:
            ImplausibleReply: The keys are out of order.
        """
        ends = [] if self.after is None else [self.after]
        for previous, key in pairwise([*ends, *self.ends]):
            if not is_after(key, previous, table):
                raise ImplausibleReply(
                    f"NetSuite sent the page index of {table.name} out of order: {', '.join(key)} after "
                    f"{', '.join(previous)}."
                )


def read_index(page: Page, after: Key | None, table: Table) -> PageIndex:
    """Return NetSuite's reply to `ReadPlan.index_sql`.

    Args:
        page: The reply.
        after: The key after which the index was queried.
        table: The table.

    Raises:
        QueryError: A row has no key.
    """
    ends = [key_of(row, table) for row in page.rows]
    return PageIndex(after, ends, page.has_more and bool(ends))


@dataclass
class RangeSplitter:
    """Splits key ranges while threads are idle. It splits none before `learn` has the table's greatest key.

    Args:
        idle: Returns how many threads are idle.

    Example:
        >>> RangeSplitter(lambda: 1, max_key=100).split(KeyRange(("7",), None), ("20",))
        (KeyRange(after=('7',), up_to=('60',), values=()), KeyRange(after=('60',), up_to=None, values=()))
        >>> RangeSplitter(lambda: 0, max_key=100).split(KeyRange(("7",), None), ("20",))
    """

    idle: Callable[[], int]
    max_key: int | None = None

    def learn(self, page: Page, table: Table) -> None:
        """Record the greatest key from NetSuite's reply to `ReadPlan.max_key_sql`.

        Raises:
            QueryError: The row has no key.
        """
        self.max_key = int(key_of(page.rows[0], table)[0]) if page.rows else None

    def split(self, key_range: KeyRange, last: Key) -> tuple[KeyRange, KeyRange] | None:
        """Return the halves of the unread rest of a key range; None where it is not split.

        Args:
            key_range: The key range.
            last: The last key that was read of it.
        """
        if self.max_key is None or self.idle() < 1:
            return None
        return split_range(key_range, last, self.max_key)
