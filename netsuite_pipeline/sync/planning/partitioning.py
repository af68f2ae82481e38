"""Partitioning: a table is cut into key ranges by the page index."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from netsuite_pipeline.netsuite.errors import ImplausibleReply
from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.sync.planning.keys import is_after, key_of, ranges_between
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


def read_index(page: Page, after: Key | None, table: Table) -> PageIndex:
    """Return NetSuite's reply to `ReadPlan.index_sql`.

    Args:
        page: The reply.
        after: The key after which the index was queried.
        table: The table.

    Raises:
        QueryError: A row has no key.
        ImplausibleReply: A page does not end after the one before, or the first one after `after`.
    """
    ends = [key_of(row, table) for row in page.rows]
    for previous, key in pairwise(ends if after is None else [after, *ends]):
        if not is_after(key, previous, table):
            raise ImplausibleReply(
                f"NetSuite sent the page index of {table.name} out of order: {', '.join(key)} after "
                f"{', '.join(previous)}."
            )
    return PageIndex(after, ends, page.has_more and bool(ends))
