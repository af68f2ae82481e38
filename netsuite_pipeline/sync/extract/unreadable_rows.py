"""What of a page NetSuite cannot read: too many rows at once, or single values of single rows.

NetSuite fails inside (500), or does not answer in time, over a page that holds one bad value, and over a page
that is too heavy for it. Smaller pages tell which it is: halves of a heavy page are answered, and a bad row
fails alone. Only then a column is given up, and only for that row.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from netsuite_pipeline.netsuite.errors import (
    UNEXPECTED,
    NetSuiteError,
    QueryError,
    Unavailable,
    is_statement_error,
)
from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.sync.extract.column_fallback import resolve_columns
from netsuite_pipeline.sync.landing.result import PartialRow, UnreadCell
from netsuite_pipeline.sync.planning.keys import key_of
from netsuite_pipeline.sync.planning.page_validation import PageRequest
from netsuite_pipeline.sync.planning.read_plan import Key, KeyRange, ReadPlan, rows_by_key_plan

_TIMED_OUT = frozenset({504, 524})  # of what stands before NetSuite
_HEAVY = 2  # failed pages that nothing else explains
_PARTS = 4  # a failed attempt costs as many requests as the client repeats it, an answered one costs one


class PageSize(NamedTuple):
    """How many rows a page is asked for.

    Attributes:
        limit: Rows of a page; 0 for a whole page.
        suspect: Rows from here on among which NetSuite failed over some, or over so many at once.
    """

    limit: int = 0
    suspect: int = 0

    def smaller(self, asked: int) -> "PageSize":
        """Return the size to go on with after a failure over that many rows.

        Example:
            >>> PageSize().smaller(1000)
            PageSize(limit=250, suspect=1000)
        """
        return PageSize(max(1, asked // _PARTS), asked)

    def after(self, rows: int) -> "PageSize":
        """Return the size to go on with after that many rows were answered.

        Example:
            >>> PageSize(250, 1000).after(250)
            PageSize(limit=250, suspect=750)
        """
        return PageSize(self.limit, max(0, self.suspect - rows))


Ask = Callable[[PageRequest], Page]


def may_be_rows(error: NetSuiteError) -> bool:
    """Return whether fewer rows, or other ones, may be answered where a page was not.

    Example:
        >>> may_be_rows(Unavailable("NetSuite failed inside.", status=500, code="UNEXPECTED_ERROR"))
        True
    """
    if not isinstance(error, Unavailable):
        return False
    return error.code == UNEXPECTED or error.timed_out or error.status in _TIMED_OUT


@dataclass
class RowSearch:
    """The search for rows of one table that NetSuite cannot read.

    Args:
        ask: Asks for a page and checks it; raises as `NetSuiteClient.fetch_page` does.
        page_rows: Rows of a whole page.

    """

    ask: Ask
    page_rows: int
    _least: int = 0
    _failed: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _culprits: dict[str, str] = field(default_factory=dict)

    @property
    def most(self) -> int:
        """Rows of a page from now on; 0 for whole pages. Several pages failed, and no bad row is known that
        explains it, so pages are too heavy."""
        return self._least if self._failed >= _HEAVY else 0

    def smaller(self, wanted: PageRequest, size: PageSize) -> PageSize | None:
        """Return the size to try after a page failed; None if a single row fails as well.

        Args:
            wanted: The page that failed.
            size: The size that it was asked by.

        Raises:
            NetSuiteError: NetSuite does not answer for another reason.
        """
        asked = wanted.limit or self.page_rows
        if asked <= 1:
            return None
        # A statement that fails over any row is found out by the first one.
        if not size.suspect and not self._is_answered(replace(wanted, limit=1)):
            return None
        smaller = size.smaller(asked)
        with self._lock:
            self._failed += not size.suspect
            self._least = min(self._least or smaller.limit, smaller.limit)
        return smaller

    def is_row(self, wanted: PageRequest) -> bool:
        """Return whether it is the first row of a page that fails: another row of the table is answered, the
        first or the last one, the next or the one before.

        Raises:
            NetSuiteError: NetSuite does not answer for another reason.
        """
        read, place = wanted.read, wanted.place
        whole = replace(read, mode="full", since=None, until=None)
        try:
            first = self._keys(replace(wanted, border=False, expected=0, limit=1))
            last = self._keys(PageRequest(whole, KeyRange(), limit=1, last_first=True))
        except (QueryError, Unavailable) as error:
            _raise_unless_told(error)
            return False
        others = [PageRequest(whole, KeyRange(), limit=1)]
        others += [PageRequest(whole, KeyRange(values=(key[0],)), limit=1) for key in last]
        others += [PageRequest(read, replace(place, after=key), limit=1) for key in first]
        if place.after is not None and len(place.after) == len(read.table.key):
            others.append(_row(read, place, place.after))  # the row before, which may be there
        return any(map(self._is_answered, others))

    def _keys(self, wanted: PageRequest) -> list[Key]:
        """Return the keys of a page."""
        table = wanted.read.table
        keys = replace(wanted.read, columns=table.key, labels=())
        return [key_of(row, table) for row in self.ask(replace(wanted, read=keys)).rows]

    def sample(self, wanted: PageRequest) -> PageRequest:
        """Return one row of a page that tells what is refused in every row: the first, or the next one if the
        first is a row that NetSuite cannot read.

        Raises:
            NetSuiteError: NetSuite does not answer for another reason.
        """
        first = replace(wanted, border=False, expected=0, promised=False, limit=1)
        if self._is_answered(first) or not self.is_row(wanted):
            return first
        (key,) = self._keys(first)
        return replace(first, place=replace(first.place, after=key))

    def without_what_fails(self, wanted: PageRequest, error: NetSuiteError, *, explains: bool) -> PartialRow:
        """Return the first row of a page, without its values that NetSuite cannot send.

        Args:
            wanted: The page.
            error: How the row failed.
            explains: Whether larger pages failed before it was found.

        Raises:
            NetSuiteError: Its key is not answered either.
        """
        read, place = wanted.read, wanted.place
        keys = self._keys(replace(wanted, border=False, expected=0, limit=1))
        if not keys:
            raise error
        key = keys[0]
        row = _row(read, place, key)
        unavailable, page = self._known(row) or self._sought(row, error)
        with self._lock:
            self._culprits.update(unavailable)
            self._failed -= explains
        unread = tuple(UnreadCell(key, name, _reason(error)) for name in unavailable)
        return PartialRow(replace(page, has_more=True), unread)

    def _known(self, row: PageRequest) -> tuple[Mapping[str, str], Page] | None:
        """Ask for the row without the columns that other rows failed over."""
        known = {name: why for name, why in self._culprits.items() if name in row.read.result_columns}
        if not known:
            return None
        try:
            return known, self.ask(replace(row, read=row.read.excluding([*known])))
        except (QueryError, Unavailable) as error:
            _raise_unless_told(error)
            return None

    def _sought(self, row: PageRequest, error: NetSuiteError) -> tuple[Mapping[str, str], Page]:
        """Find the columns over which the row fails, by halves of the select list."""
        told = [error]

        def ask(tried: ReadPlan) -> Page:
            if told:
                raise told.pop()
            return self.ask(replace(row, read=tried))

        resolved = resolve_columns(row.read, ask)
        if resolved.read.dialect == row.read.dialect:
            return resolved.unavailable, resolved.page
        # Turning a date-time to UTC fails in this row; in the session's time it would be another value.
        moments = [each.name for each in row.read.table.columns if each.type == "datetime"]
        names = [name for name in moments if name in row.read.columns]
        unavailable = {**resolved.unavailable, **dict.fromkeys(names, "unexpected")}
        return unavailable, self.ask(replace(row, read=row.read.excluding([*unavailable])))

    def _is_answered(self, wanted: PageRequest) -> bool:
        try:
            return bool(self.ask(wanted).rows)
        except (QueryError, Unavailable) as error:
            _raise_unless_told(error)
            return False


def _row(read: ReadPlan, place: KeyRange, key: Key) -> PageRequest:
    """Return what one row is asked for by, the first of a place; where possible by its key alone, for the
    cursor may be what NetSuite fails over."""
    if read.table.column(read.table.key[-1]).type != "integer":
        return PageRequest(read, replace(place, up_to=key), limit=1)
    before = (*key[:-1], str(int(key[-1]) - 1))
    return PageRequest(rows_by_key_plan(read), KeyRange(before, key), limit=1)


def _raise_unless_told(error: NetSuiteError) -> None:
    """Raise an error that says nothing of what was asked."""
    if not may_be_rows(error) and not is_statement_error(error):
        raise error


def _reason(error: NetSuiteError) -> str:
    if isinstance(error, Unavailable) and error.timed_out:
        return "NetSuite does not send it in time"
    answered = " ".join(filter(None, (str(error.status or ""), error.code))) or "no answer"
    return f"NetSuite fails inside over it ({answered})"
