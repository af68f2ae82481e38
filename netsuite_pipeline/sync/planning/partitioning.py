"""The page index: where the pages of a table end, and the places that it cuts the table into."""

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
    """One page of it.

    Attributes:
        low: It begins behind this key; None for the first there is.
        ends: The last key of each page of the table.
        goes_on: Whether more of the index follows behind the last of these.

    Example:
        >>> PageIndex(None, (("5",),), goes_on=True).places
        [KeyRange(after=None, up_to=('5',), values=())]
        >>> PageIndex(None, (("5",),), goes_on=False).places
        [KeyRange(after=None, up_to=('5',), values=()), KeyRange(after=('5',), up_to=None, values=())]
    """

    low: Key | None
    ends: Sequence[Key]
    goes_on: bool

    @property
    def places(self) -> list[KeyRange]:
        """The places that it tells of; with its end comes the last one, which has none of its own."""
        places = ranges_between(self.low, self.ends)
        if not self.goes_on:
            places.append(KeyRange(self.ends[-1] if self.ends else self.low, None))
        return places

    def check(self, table: Table) -> None:
        """Check that each page ends behind the one before, and the first behind `low`.

        Raises:
            ImplausibleReply: One does not, so the index is not to be believed.
        """
        ends = [] if self.low is None else [self.low]
        for after, key in pairwise([*ends, *self.ends]):
            if not is_after(key, after, table):
                raise ImplausibleReply(
                    f"NetSuite sent the page index of {table.name} out of order: {', '.join(key)} after "
                    f"{', '.join(after)}."
                )


def read_index(page: Page, low: Key | None, table: Table) -> PageIndex:
    """NetSuite's answer to `Read.index_sql`.

    Args:
        page: The answer.
        low: The key behind which it was asked for.
        table: The table.

    Raises:
        QueryError: A row of it has no key.
    """
    ends = [key_of(row, table) for row in page.rows]
    return PageIndex(low, ends, page.has_more and bool(ends))


@dataclass
class RangeSplitter:
    """When to halve a place, and where. Nothing is halved before it is known where the table ends.

    Args:
        idle: How many threads have nothing to do.

    Example:
        >>> RangeSplitter(lambda: 1, greatest=100).of(KeyRange(("7",), None), ("20",))
        (KeyRange(after=('7',), up_to=('60',), values=()), KeyRange(after=('60',), up_to=None, values=()))
        >>> RangeSplitter(lambda: 0, greatest=100).of(KeyRange(("7",), None), ("20",))
    """

    idle: Callable[[], int]
    greatest: int | None = None

    def learn(self, page: Page, table: Table) -> None:
        """Takes in NetSuite's answer to `Read.max_key_sql`: where the table ends.

        Raises:
            QueryError: A row of it has no key.
        """
        self.greatest = int(key_of(page.rows[0], table)[0]) if page.rows else None

    def of(self, place: KeyRange, last: Key) -> tuple[KeyRange, KeyRange] | None:
        """The halves of what is left of a place; None where it is of no use or cannot be.

        Args:
            place: The place.
            last: The last key that has been read of it.
        """
        if self.greatest is None or self.idle() < 1:
            return None
        return split_range(place, last, self.greatest)
