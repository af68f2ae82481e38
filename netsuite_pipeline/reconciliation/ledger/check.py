"""Compare the ledger with NetSuite's own sums, period by period, and find the documents that differ."""

from collections.abc import Collection
from dataclasses import dataclass

import duckdb

from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.reconciliation.differences import Difference, amount_text
from netsuite_pipeline.reconciliation.ledger.statements import (
    LEDGER_VIEW,
    POSTINGS,
    Group,
    LedgerStatements,
    Postings,
    Sums,
    in_period,
    of_documents,
)
from netsuite_pipeline.reconciliation.ranges import IdRange, differing_ranges
from netsuite_pipeline.reconciliation.rows.check import MOST_ROWS, TooManyRows
from netsuite_pipeline.reconciliation.rows.statements import VALUES_PER_STATEMENT

LIST_DOCUMENTS = VALUES_PER_STATEMENT
_MOST_GROUPS = 50_000
_Ledger = dict[Group, Sums]


@dataclass(frozen=True)
class LedgerCheck:
    """The comparison of the ledger.

    Attributes:
        statements: The statements of both sides.
        connection: To the published file, with the view of the ledger.
        client: The client; one request is sent at a time.
        count: Counts the requests.
    """

    statements: LedgerStatements
    connection: duckdb.DuckDBPyConnection
    client: NetSuiteClient
    count: RequestCounts

    def documents_of(self, period: int) -> frozenset[int]:
        """Return the documents that may differ in a period; empty where its sums are equal.

        Raises:
            NetSuiteError: By kind of failure.
            TooManyRows: More than `MOST_ROWS` documents may differ.
        """
        if not self._differs(period, IdRange()):
            return frozenset()
        found: set[int] = set()
        ranges = differing_ranges(
            IdRange(), lambda ids: self._differs(period, ids), lambda ids: self._split(period, ids)
        )
        for ids in ranges:
            here, netsuite = self._sides(in_period(period, ids), by_document=True)
            differing = {group for group in here.keys() | netsuite if here.get(group) != netsuite.get(group)}
            found |= {group.document for group in differing if group.document is not None}
            if len(found) > MOST_ROWS:
                raise TooManyRows
        return frozenset(found)

    def compare(self, documents: Collection[int]) -> list[Difference]:
        """Return the amounts of some documents that differ, by period, book, account and subsidiary.

        Raises:
            NetSuiteError: By kind of failure.
        """
        ids, found = sorted(documents), list[Difference]()
        for at in range(0, len(ids), VALUES_PER_STATEMENT):
            chunk = ids[at : at + VALUES_PER_STATEMENT]
            here, netsuite = self._sides(of_documents(chunk), by_document=True)
            found += [
                _difference(group, here.get(group), netsuite.get(group))
                for group in sorted(here.keys() | netsuite, key=_order)
                if here.get(group) != netsuite.get(group)
            ]
        return found

    def _differs(self, period: int, ids: IdRange) -> bool:
        here, netsuite = self._sides(in_period(period, ids), by_document=False)
        return here != netsuite

    def _split(self, period: int, ids: IdRange) -> tuple[IdRange, IdRange] | None:
        where = in_period(period, ids).ours
        documents = f"SELECT DISTINCT document FROM {LEDGER_VIEW} WHERE {where}"
        number, middle, greatest = self.connection.execute(
            f"SELECT count(*), quantile_disc(document, 0.5), max(document) FROM ({documents})"
        ).fetchall()[0]
        if number <= LIST_DOCUMENTS:
            return None
        return ids.split_at(int(greatest if ids.up_to is None else middle))

    def _sides(self, which: Postings, *, by_document: bool) -> tuple[_Ledger, _Ledger]:
        """Return the sums of some postings here and in NetSuite."""
        statements, names = self.statements, self.statements.amounts
        rows = self.connection.execute(statements.ours(which.ours, by_document=by_document)).fetchall()
        here = {Group(*row[:5]): Sums(row[5], tuple(zip(names, row[6:], strict=True))) for row in rows}
        netsuite: _Ledger = {}
        sent = self.client.iter_rows(
            statements.netsuite(which.netsuite, by_document=by_document), count=self.count
        )
        for row in sent:
            netsuite[statements.group_of(row)] = statements.sums_of(row)
            if len(netsuite) > _MOST_GROUPS:
                raise TooManyRows
        return here, netsuite


def _order(group: Group) -> tuple[int, ...]:
    parts = (group.document, group.period, group.book, group.account, group.subsidiary)
    return tuple(-1 if part is None else part for part in parts)


def _difference(group: Group, here: Sums | None, netsuite: Sums | None) -> Difference:
    return Difference(
        table=POSTINGS,
        document=group.document,
        account=group.account,
        period=group.period,
        here=None if here is None else amount_text(here.balance),
        netsuite=None if netsuite is None else amount_text(netsuite.balance),
        accounting_book=group.book,
        subsidiary=group.subsidiary,
        lines_here=None if here is None else here.lines,
        lines_netsuite=None if netsuite is None else netsuite.lines,
    )
