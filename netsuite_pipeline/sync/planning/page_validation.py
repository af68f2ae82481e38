"""Page validation: whether a page can be the reply to its request, and whether more rows follow it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from operator import gt

from netsuite_pipeline.netsuite.errors import (
    ImplausibleReply,
    NetSuiteError,
    PermissionDenied,
    is_statement_error,
)
from netsuite_pipeline.netsuite.http.page import Page, Row
from netsuite_pipeline.sync.planning.keys import key_of
from netsuite_pipeline.sync.planning.read_plan import KeyRange, ReadPlan
from netsuite_pipeline.tables import Table

RunQuery = Callable[[str], Page]
_Number = tuple[int, ...]


@dataclass(frozen=True)
class PageRequest:
    """The request for one page.

    Attributes:
        read: The read.
        key_range: The key range; it begins after the last key that was read of it.
        border: The page index cut the range, so a row with the key `key_range.up_to` existed.
        expected: Rows that the page index found in the range and that are not read yet; 0 if unknown.
        promised: The page before announced more rows.
        limit: The most rows of the page; 0 for as many as NetSuite sends.
        last_first: The keys come in descending order, to find the last one.
    """

    read: ReadPlan
    key_range: KeyRange
    border: bool = False
    expected: int = 0
    promised: bool = False
    limit: int = 0
    last_first: bool = False

    @property
    def sql(self) -> str:
        """The statement."""
        return self.read.max_key_sql() if self.last_first else self.read.sql(self.key_range)

    def after_page(self, page: Page) -> "PageRequest":
        """Return the request for the page after this one.

        Raises:
            QueryError: The last row has no key.
        """
        last = key_of(page.rows[-1], self.read.table)
        rows = len(page.rows)
        return replace(
            self,
            key_range=replace(self.key_range, after=last),
            expected=max(0, self.expected - rows),
            promised=announces_more(page),
        )

    def validated(self, page: Page, ask: RunQuery) -> Page:
        """Return the page; where the reply contradicts itself, NetSuite's own count sets `has_more`.

        Args:
            page: NetSuite's reply to `sql`.
            ask: Runs one more statement, where the reply contradicts itself or the page index.

        Raises:
            ImplausibleReply: The page cannot be the reply to `sql`.
            NetSuiteError: NetSuite does not reply to the count.
        """
        table = self.read.table
        if page.has_more and not page.rows:
            raise ImplausibleReply(f"NetSuite says that there are more rows of {table.name}, and sends none.")
        if page.rows:
            self._check_rows(page, table)
        if page.has_more:
            return page
        reason = self._reason_to_count(page, table)
        return self._counted(page, reason, ask) if reason else page

    def _check_rows(self, page: Page, table: Table) -> None:
        """Check that the rows lie in the key range, and in order."""
        key_range = self.key_range
        if key_range.values and table.column(self.read.filter_column).type == "integer":
            asked = set(map(int, key_range.values))
            values = page.values(self.read.filter_column)
            if (numbers := _numbers([values])) and not asked.issuperset(number for (number,) in numbers):
                raise ImplausibleReply(f"NetSuite sent rows of {table.name} that were not asked for.")
        names = _leading_numbers(table)
        if not names:
            self._check_text_keys(page, table)
            return
        keys = _numbers([page.values(name) for name in names])
        if not keys:
            return  # a key that is missing or no integer raises where it is needed
        if not (page.has_more or key_range.after or key_range.up_to):
            return  # nothing depends on the order of all rows there are
        if any(map(gt, keys, islice(keys, 1, None))):
            raise ImplausibleReply(f"NetSuite sent rows of {table.name} out of order.")
        self._check_range(keys[0], keys[-1], table)

    def _check_range(self, first: _Number, last: _Number, table: Table) -> None:
        low, high = self.key_range.after, self.key_range.up_to
        width = len(first)
        if low is not None:
            border = tuple(map(int, low[:width]))
            least = first[: len(border)]
            # A key whose next part is a text may share its prefix with the key before.
            if least < border or (least == border and len(low) <= width):
                raise ImplausibleReply(
                    f"NetSuite sent rows of {table.name} out of order: {_shown(least)} after {_shown(low)}."
                )
        if high is not None:
            border = tuple(map(int, high[:width]))
            greatest = last[: len(border)]
            if greatest > border:
                raise ImplausibleReply(
                    f"NetSuite sent rows of {table.name} outside the range asked for: "
                    f"{_shown(greatest)}, where {_shown(high)} is the last."
                )

    def _check_text_keys(self, page: Page, table: Table) -> None:
        """Check that the page does not repeat the row that it starts after; texts have no known order."""
        low = self.key_range.after
        if low is None or len(low) < len(table.key):
            return
        if low in zip(*(page.values(name) for name in table.key), strict=True):
            raise ImplausibleReply(
                f"NetSuite sent rows of {table.name} out of order: {_shown(low)} after itself."
            )

    def _reason_to_count(self, page: Page, table: Table) -> str:
        """Return why the range may not end with this page; empty if nothing says so."""
        rows = len(page.rows)
        if announces_more(page):
            return f"says that no row follows, and that there are {page.total:,} (totalResults)"
        if self.promised and not rows:
            return "has no rows, though the page before says that more follow"
        if self.border and (not rows or key_of(page.rows[-1], table) != self.key_range.up_to):
            return f"ends before the last key of its range, {_shown(self.key_range.up_to or ())}"
        if rows < self.expected:
            return f"has fewer rows than the page index found in its range, {self.expected:,}"
        return ""

    def _counted(self, page: Page, reason: str, ask: RunQuery) -> Page:
        """Return the page with the `has_more` of NetSuite's count of the range."""
        table, rows = self.read.table, len(page.rows)
        last = key_of(page.rows[-1], table) if rows else None
        counted = _counts(ask, self.read.remaining_count_sql(self.key_range, last))
        if counted is None:
            # NetSuite does not count: the rest is read by key, and an empty page is the end.
            contradicts = announces_more(page)
            if contradicts and not rows:
                raise ImplausibleReply(f"A page of {table.name} {reason}; NetSuite refuses to count them.")
            return replace(page, has_more=last is not None and (contradicts or last != self.key_range.up_to))
        there, after = counted if last is not None else (counted[0], 0)
        if there - after > rows:
            raise ImplausibleReply(
                f"A page of {table.name} {reason}; NetSuite counts {there - after:,} rows there and sent "
                f"{rows:,}."
            )
        return replace(page, has_more=after > 0)


def announces_more(page: Page) -> bool:
    """Return whether `totalResults` says that there are more rows than the page has."""
    return page.total is not None and page.total > len(page.rows)


def _counts(ask: RunQuery, statement: str) -> tuple[int, int] | None:
    """Return the row count, and the count of rows after the page; None if NetSuite does not count."""
    try:
        return parse_counts(next(iter(ask(statement).rows), {}))
    except NetSuiteError as error:
        if not (isinstance(error, PermissionDenied) or is_statement_error(error)):
            raise
    except ValueError:
        pass  # not the form of a count
    return None


def parse_counts(row: Row) -> tuple[int, int]:
    """Return the numbers of rows in a reply to a count: `counted`, and of them `newer`.

    Raises:
        ValueError: The row is no count.
    """
    return int(row.get("counted") or ""), int(row.get("newer") or 0)


def _leading_numbers(table: Table) -> tuple[str, ...]:
    """Return the first columns of the key, as far as they hold integers."""
    names: list[str] = []
    for name in table.key:
        if table.column(name).type != "integer":
            break
        names.append(name)
    return tuple(names)


def _numbers(columns: Sequence[Sequence[str | None]]) -> list[_Number]:
    """Return the columns' values row by row; nothing if a value is missing or no integer."""
    try:
        return list(zip(*(list(map(int, column)) for column in columns), strict=True))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return []


def _shown(key: Sequence[object]) -> str:
    return ", ".join(map(str, key))
