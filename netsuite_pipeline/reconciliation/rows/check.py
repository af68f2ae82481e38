"""Compare a table's rows with NetSuite by checksums of key ranges, and find the rows that differ."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import TypeVar

import duckdb

from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import NetSuiteError, is_statement_error
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.reconciliation.compared_table import ComparedTable
from netsuite_pipeline.reconciliation.ranges import IdRange, differing_ranges
from netsuite_pipeline.reconciliation.rows.statements import (
    FORMS,
    VALUES_PER_STATEMENT,
    HashForm,
    Rows,
    RowStatements,
    row_statements,
)
from netsuite_pipeline.warehouse.schema.schema import column_values, quoted, scalar_count

RANGE_ROWS = 100_000
"""Rows of a key range that one statement counts and hashes: never all history at once."""
LIST_ROWS = 500
"""Rows of a range that is short enough to list every row's hash."""
MOST_ROWS = 5_000
"""Differing rows of one table that are named. Where more differ, the table is read in full."""


class TooManyRows(Exception):
    """Raised when more rows differ than are named: read the whole table again."""


@dataclass(frozen=True)
class RowDifference:
    """A row that is not the same on both sides.

    Attributes:
        table: The table.
        value: The value of the table's filter column, as text: it selects the row in a repair.
        key: The row's key, its parts joined by `/`.
        here: The hashes of the stored row; empty if it is not stored.
        netsuite: The hashes of NetSuite's row; empty if NetSuite does not show it.
    """

    table: str
    value: str
    key: str
    here: tuple[str, ...]
    netsuite: tuple[str, ...]


@dataclass(frozen=True)
class _RangeSums:
    """Both sides' row counts of a key range, and whether counts or checksums differ."""

    here: int
    netsuite: int
    differ: bool


_Result = TypeVar("_Result")
_Hashes = dict[tuple[str, str], tuple[tuple[str, ...], ...]]  # by filter value and key: one or more rows


@dataclass
class RowCheck:
    """The comparison of one table.

    Attributes:
        table: The table.
        connection: To the published file.
        client: The client.
        count: Counts the requests.
        note: What could not be compared, in words; empty for nothing.
        rows_here, rows_netsuite: Both sides' row counts, after `find`.
    """

    table: ComparedTable
    connection: duckdb.DuckDBPyConnection
    client: NetSuiteClient
    count: RequestCounts
    note: str = ""
    rows_here: int = 0
    rows_netsuite: int = 0
    _form: HashForm = FORMS[0]
    _statements: tuple[RowStatements, ...] = field(init=False)

    def __post_init__(self) -> None:
        self._statements = row_statements(self.table, self._form)

    def find(self) -> list[RowDifference]:
        """Return the rows that differ.

        Raises:
            NetSuiteError: By kind of failure.
            TooManyRows: More than `MOST_ROWS` rows differ.
        """
        found: list[RowDifference] = []
        for key_range in self._ranges():
            sums = self._with_fewer_columns(partial(self._sums, key_range))
            self.rows_here += sums.here
            self.rows_netsuite += sums.netsuite
            if not sums.differ:
                continue
            for short in differing_ranges(key_range, self._differs, self._split):
                found += self._listed(Rows(short))
                if len(found) > MOST_ROWS:
                    raise TooManyRows
        return found

    def compare(self, values: tuple[str, ...]) -> list[RowDifference]:
        """Return the differing rows among those with some values of the filter column.

        Raises:
            NetSuiteError: By kind of failure.
        """
        chunks = [
            values[at : at + VALUES_PER_STATEMENT] for at in range(0, len(values), VALUES_PER_STATEMENT)
        ]
        found: list[RowDifference] = []
        for chunk in chunks:
            found += self._with_fewer_columns(partial(self._listed, Rows(values=chunk)))
        return found

    def _ranges(self) -> list[IdRange]:
        """Return ranges that cover all ids, each with at most `RANGE_ROWS` stored rows or one id."""
        if self.table.filter_kind != "integer":
            return [IdRange()]
        ref = quoted(self.table.filter_column)
        ends = column_values(
            self.connection,
            f"SELECT DISTINCT v FROM (SELECT {ref} AS v, row_number() OVER (ORDER BY {ref}) AS n "
            f"FROM {self.table.stored_rows()} r WHERE {ref} IS NOT NULL) "
            f"WHERE n % {RANGE_ROWS} = 0 ORDER BY v",
        )
        borders = [None, *map(int, ends), None]
        return [IdRange(low, high) for low, high in pairwise(borders)]

    def _with_fewer_columns(self, run: Callable[[], _Result]) -> _Result:
        """Run a comparison; where NetSuite refuses a statement, run it again with less of each row."""
        while True:
            try:
                return run()
            except NetSuiteError as error:
                if not is_statement_error(error) or not self._reduce():
                    raise
                self.note = f"{self._form.note}, because NetSuite refuses to hash them ({error.message})"

    def _reduce(self) -> bool:
        """Take the next form that has other statements; return whether there is one."""
        for form in FORMS[FORMS.index(self._form) + 1 :]:
            statements = row_statements(self.table, form)
            if statements != self._statements:
                self._form, self._statements = form, statements
                return True
        return False

    def _differs(self, key_range: IdRange) -> bool:
        return self._sums(key_range).differ

    def _sums(self, key_range: IdRange) -> _RangeSums:
        """Return both sides' sums; other columns are not queried where the first ones differ."""
        rows = Rows(key_range)
        first, *others = self._statements
        (here, our_sum), (netsuite, their_sum) = self._our_sums(first, rows), self._netsuite_sums(first, rows)
        differ = (here, our_sum) != (netsuite, their_sum) or any(
            self._our_sums(each, rows) != self._netsuite_sums(each, rows) for each in others
        )
        return _RangeSums(here, netsuite, differ)

    def _netsuite_sums(self, each: RowStatements, rows: Rows) -> tuple[int, int]:
        (row,) = self.client.iter_rows(each.netsuite_sums(rows), count=self.count)
        return int(row.get("counted") or 0), int(row.get("checksum") or 0)

    def _our_sums(self, each: RowStatements, rows: Rows) -> tuple[int, int]:
        counted, checksum = self.connection.execute(each.our_sums(rows)).fetchall()[0]
        return int(counted), int(checksum)

    def _split(self, key_range: IdRange) -> tuple[IdRange, IdRange] | None:
        if self.table.filter_kind != "integer":
            return None
        ref = quoted(self.table.filter_column)
        condition = " AND ".join([f"{ref} IS NOT NULL", *filter(None, [key_range.condition(ref)])])
        source = f"{self.table.stored_rows()} r WHERE {condition}"
        if scalar_count(self.connection, f"SELECT count(*) FROM {source}") <= LIST_ROWS:
            return None
        middle, greatest, below = self.connection.execute(
            f"SELECT m.v, m.x, (SELECT max({ref}) FROM {source} AND {ref} < m.v) "
            f"FROM (SELECT quantile_disc({ref}, 0.5) AS v, max({ref}) AS x FROM {source}) m"
        ).fetchall()[0]
        if key_range.up_to is None:
            return key_range.split_at(int(greatest))  # rows that are not stored yet have greater ids
        end = middle if middle < key_range.up_to else below
        return None if end is None else key_range.split_at(int(end))

    def _listed(self, rows: Rows) -> list[RowDifference]:
        """Return the differing rows of a short range."""
        found = []
        here = self._merged([self._our_list(each, rows) for each in self._statements])
        netsuite = self._merged([self._netsuite_list(each, rows) for each in self._statements])
        for value, key in sorted(here.keys() | netsuite.keys()):
            ours, theirs = here.get((value, key), ()), netsuite.get((value, key), ())
            if Counter(ours) != Counter(theirs):
                flat = [tuple(hash_ for row in sorted(side) for hash_ in row) for side in (ours, theirs)]
                found.append(RowDifference(self.table.name, value, key, *flat))
        return found

    def _our_list(self, each: RowStatements, rows: Rows) -> list[tuple[str, str, str]]:
        return self.connection.execute(each.our_list(rows)).fetchall()

    def _netsuite_list(self, each: RowStatements, rows: Rows) -> list[tuple[str, str, str]]:
        value, parts = each.keys[self.table.filter_column], [each.keys[part] for part in self.table.key]
        found = []
        for row in self.client.iter_rows(each.netsuite_list(rows), count=self.count):
            key = "/".join(row.get(part) or "" for part in parts)
            found.append((row.get(value) or "", key, row.get("row_hash") or ""))
            if len(found) > MOST_ROWS + LIST_ROWS:
                raise TooManyRows
        return found

    @staticmethod
    def _merged(lists: list[list[tuple[str, str, str]]]) -> _Hashes:
        """Return the hashes of all column groups of each row.

        Of rows that share a key, each group's hashes are joined in their order.
        """
        merged: _Hashes = {}
        by_key: list[dict[tuple[str, str], list[str]]] = []
        for rows in lists:
            of_group: dict[tuple[str, str], list[str]] = {}
            for value, key, hash_ in rows:
                of_group.setdefault((value, key), []).append(hash_)
            by_key.append(of_group)
        for place in dict.fromkeys(key for of_group in by_key for key in of_group):
            columns = [sorted(of_group.get(place, [])) for of_group in by_key]
            merged[place] = tuple(zip(*columns, strict=False))
        return merged
