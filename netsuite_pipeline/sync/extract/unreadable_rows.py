"""Find what of a page NetSuite cannot read: too many rows at once, or single values of single rows.

NetSuite fails inside (500), or does not answer in time, over a page with one bad value, and over a page that
is too heavy. Smaller pages show which of the two it is: halves of a heavy page are answered, and a bad row
fails alone. Only then a column is excluded, and only for that row.
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
from netsuite_pipeline.sync.planning.keys import key_of
from netsuite_pipeline.sync.planning.page_validation import PageRequest
from netsuite_pipeline.sync.planning.read_plan import Key, KeyRange, ReadPlan, rows_by_key_plan
from netsuite_pipeline.warehouse.rows.rejected_values import UnreadValue

_TIMED_OUT = frozenset({504, 524})  # from a proxy in front of NetSuite
_HEAVY = 2  # failed pages that nothing else explains
_PARTS = 4  # a failed attempt costs a request for each retry, an answered one costs one


class PageSize(NamedTuple):
    """How many rows a page is queried for.

    Attributes:
        limit: Rows of a page; 0 for a whole page.
        failed_rows: The next rows, among which NetSuite failed over some, or over so many at once.
    """

    limit: int = 0
    failed_rows: int = 0

    def smaller(self, asked: int) -> "PageSize":
        """Return the next size after a failure over that many rows.

        Example:
            >>> PageSize().smaller(1000)
            PageSize(limit=250, failed_rows=1000)
        """
        return PageSize(max(1, asked // _PARTS), asked)

    def after(self, rows: int) -> "PageSize":
        """Return the next size after that many rows were answered.

        Example:
            >>> PageSize(250, 1000).after(250)
            PageSize(limit=250, failed_rows=750)
        """
        return PageSize(self.limit, max(0, self.failed_rows - rows))


Ask = Callable[[PageRequest], Page]


def is_row_failure(error: NetSuiteError) -> bool:
    """Return whether fewer rows, or other rows, may be answered where a page was not.

    Example:
        >>> is_row_failure(Unavailable("NetSuite failed inside.", status=500, code="UNEXPECTED_ERROR"))
        True
    """
    if not isinstance(error, Unavailable):
        return False
    return error.code == UNEXPECTED or error.timed_out or error.status in _TIMED_OUT


@dataclass
class RowSearch:
    """The search for rows of one table that NetSuite cannot read.

    Args:
        ask: Reads a page and checks it; raises as `NetSuiteClient.fetch_page` does.
        page_rows: Rows of a whole page.
    """

    ask: Ask
    page_rows: int
    _least: int = 0
    _failed: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _refused: dict[str, str] = field(default_factory=dict)

    @property
    def max_rows(self) -> int:
        """Return the rows of a page from now on; 0 for whole pages.

        Pages count as too heavy after several failures that no bad row explains.
        """
        return self._least if self._failed >= _HEAVY else 0

    def smaller(self, request: PageRequest, size: PageSize) -> PageSize | None:
        """Return the size to try after a page failed; None if a single row fails as well.

        Args:
            request: The page that failed.
            size: The size of its request.

        Raises:
            NetSuiteError: NetSuite does not answer for another reason.
        """
        asked = request.limit or self.page_rows
        if asked <= 1:
            return None
        # The first row shows a statement that fails over any row.
        if not size.failed_rows and not self._is_answered(replace(request, limit=1)):
            return None
        smaller = size.smaller(asked)
        with self._lock:
            self._failed += not size.failed_rows
            self._least = min(self._least or smaller.limit, smaller.limit)
        return smaller

    def is_row(self, request: PageRequest) -> bool:
        """Return whether the page's first row is the one that fails.

        That is so if another row of the table is answered: the first, the last, the next or the one before.

        Raises:
            NetSuiteError: NetSuite does not answer for another reason.
        """
        read, key_range = request.read, request.key_range
        whole = replace(read, mode="full", since=None, until=None)
        try:
            first = self._keys(replace(request, border=False, expected=0, limit=1))
            last = self._keys(PageRequest(whole, KeyRange(), limit=1, last_first=True))
        except (QueryError, Unavailable) as error:
            _raise_unless_query_failure(error)
            return False
        others = [PageRequest(whole, KeyRange(), limit=1)]
        others += [PageRequest(whole, KeyRange(values=(key[0],)), limit=1) for key in last]
        others += [PageRequest(read, replace(key_range, after=key), limit=1) for key in first]
        if key_range.after is not None and len(key_range.after) == len(read.table.key):
            others.append(_row(read, key_range, key_range.after))  # the row before, which may exist
        return any(map(self._is_answered, others))

    def _keys(self, request: PageRequest) -> list[Key]:
        """Return the keys of a page."""
        table = request.read.table
        keys = replace(request.read, columns=table.key, labels=())
        return [key_of(row, table) for row in self.ask(replace(request, read=keys)).rows]

    def sample(self, request: PageRequest) -> PageRequest:
        """Return the request for one row that shows what is refused in every row.

        It is the page's first row, or the next one if NetSuite cannot read the first.

        Raises:
            NetSuiteError: NetSuite does not answer for another reason.
        """
        first = replace(request, border=False, expected=0, promised=False, limit=1)
        if self._is_answered(first) or not self.is_row(request):
            return first
        (key,) = self._keys(first)
        return replace(first, key_range=replace(first.key_range, after=key))

    def without_failing_values(
        self, request: PageRequest, error: NetSuiteError, *, explains: bool
    ) -> tuple[Page, tuple[UnreadValue, ...]]:
        """Return the first row of a page without the values that NetSuite cannot send, and these values.

        Args:
            request: The page.
            error: How the row failed.
            explains: Whether larger pages failed before the row was found.

        Raises:
            NetSuiteError: The row's key is not answered either.
        """
        read, key_range = request.read, request.key_range
        keys = self._keys(replace(request, border=False, expected=0, limit=1))
        if not keys:
            raise error
        key = keys[0]
        row = _row(read, key_range, key)
        unavailable, page = self._known(row) or self._search(row, error)
        with self._lock:
            self._refused.update(unavailable)
            self._failed -= explains
        unread = tuple(UnreadValue("/".join(key), name, _reason(error)) for name in unavailable)
        return replace(page, has_more=True), unread

    def _known(self, row: PageRequest) -> tuple[Mapping[str, str], Page] | None:
        """Read the row without the columns that other rows failed over."""
        known = {name: why for name, why in self._refused.items() if name in row.read.result_columns}
        if not known:
            return None
        try:
            return known, self.ask(replace(row, read=row.read.excluding([*known])))
        except (QueryError, Unavailable) as error:
            _raise_unless_query_failure(error)
            return None

    def _search(self, row: PageRequest, error: NetSuiteError) -> tuple[Mapping[str, str], Page]:
        """Find the columns over which the row fails, by halves of the select list."""
        errors = [error]

        def ask(tried: ReadPlan) -> Page:
            if errors:
                raise errors.pop()
            return self.ask(replace(row, read=tried))

        resolved = resolve_columns(row.read, ask)
        if resolved.read.dialect == row.read.dialect:
            return resolved.unavailable, resolved.page
        # The conversion of a datetime to UTC fails in this row; in session time it would be another value.
        datetimes = [each.name for each in row.read.table.columns if each.type == "datetime"]
        names = [name for name in datetimes if name in row.read.columns]
        unavailable = {**resolved.unavailable, **dict.fromkeys(names, "unexpected")}
        return unavailable, self.ask(replace(row, read=row.read.excluding([*unavailable])))

    def _is_answered(self, request: PageRequest) -> bool:
        try:
            return bool(self.ask(request).rows)
        except (QueryError, Unavailable) as error:
            _raise_unless_query_failure(error)
            return False


def _row(read: ReadPlan, key_range: KeyRange, key: Key) -> PageRequest:
    """Return the request for the first row of a key range.

    Where possible, the row is queried by its key alone: NetSuite may fail over the cursor.
    """
    if read.table.column(read.table.key[-1]).type != "integer":
        return PageRequest(read, replace(key_range, up_to=key), limit=1)
    before = (*key[:-1], str(int(key[-1]) - 1))
    return PageRequest(rows_by_key_plan(read), KeyRange(before, key), limit=1)


def _raise_unless_query_failure(error: NetSuiteError) -> None:
    """Raise an error that says nothing about the query."""
    if not is_row_failure(error) and not is_statement_error(error):
        raise error


def _reason(error: NetSuiteError) -> str:
    if isinstance(error, Unavailable) and error.timed_out:
        return "NetSuite does not send it in time"
    answered = " ".join(filter(None, (str(error.status or ""), error.code))) or "no answer"
    return f"NetSuite fails inside over it ({answered})"
