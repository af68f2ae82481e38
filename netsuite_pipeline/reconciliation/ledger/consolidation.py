"""Compare the consolidated figures of the current period with NetSuite's own (BUILTIN.CONSOLIDATE)."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import duckdb

from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import NetSuiteError, PermissionDenied, is_statement_error
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.reconciliation.compared_table import ComparedTable
from netsuite_pipeline.reconciliation.differences import (
    Consolidation,
    ConsolidationDifference,
    amount_text,
)
from netsuite_pipeline.reconciliation.ledger.statements import LEDGER_VIEW, PERIODS, LedgerStatements
from netsuite_pipeline.reconciliation.rows.check import RowCheck
from netsuite_pipeline.warehouse.schema.schema import column_values, literal, present_columns, quoted

RATES = "consolidatedexchangerate"
SUBSIDIARIES = "subsidiary"
BOOKS = "accountingbook"
ACCOUNTS = "account"
_MART = "general_ledger"
_ROUNDING = Decimal("0.005")  # NetSuite rounds each posting to cents, the mart rounds nothing


@dataclass(frozen=True)
class _Period:
    """The posting period that is compared: the last one that has begun and has postings."""

    id: int
    name: str


@dataclass(frozen=True)
class _OurSum:
    """The sums of an account in the mart: in the lines' own currencies, and consolidated."""

    lines: int
    amount: Decimal
    consolidated: Decimal | None


@dataclass(frozen=True)
class ConsolidationCheck:
    """The comparison of consolidated figures.

    Attributes:
        statements: The statements of the ledger.
        connection: To the published file, with the view of the ledger.
        client: The client.
        count: Counts the requests.
        tables: The stored tables by name.
        marts: The schema of the finance marts; empty for a connection without them.
        now: UTC.
    """

    statements: LedgerStatements
    connection: duckdb.DuckDBPyConnection
    client: NetSuiteClient
    count: RequestCounts
    tables: Mapping[str, ComparedTable]
    marts: str
    now: datetime

    def compare(self, differing: Collection[int]) -> Consolidation:
        """Compare the current period in the currency of the top subsidiary.

        Args:
            differing: The periods whose own sums differ from NetSuite's.

        Raises:
            NetSuiteError: NetSuite refuses the sign-in, or cannot be reached.
        """
        period = self._current_period()
        if period is None:
            return Consolidation(not_compared="no posting period has begun and has postings")
        top = self._top_subsidiary()
        reason = self._reason(period, top, differing)
        if reason or top is None:
            return Consolidation(period.id, period.name, top, not_compared=reason)
        try:
            return self._compared(period, top)
        except NetSuiteError as error:
            if not (isinstance(error, PermissionDenied) or is_statement_error(error)):
                raise
            why = f"NetSuite refuses BUILTIN.CONSOLIDATE ({error.message})"
            return Consolidation(period.id, period.name, top, not_compared=why)

    def _reason(self, period: _Period, top: int | None, differing: Collection[int]) -> str:
        """Return why nothing can be compared; empty for no reason. Sends no request."""
        if top is None:
            return "nothing consolidates in this account: it has no subsidiaries, or one"
        if "amount" not in self.statements.postings.received:
            return "NetSuite does not show the amounts of postings"
        if not self.marts or "amount_consolidated" not in present_columns(self.connection, self.marts, _MART):
            return "the finance marts are not built"
        if period.id in differing:
            return "the period changed after the last sync, or its own sums differ"
        return ""

    def _current_period(self) -> _Period | None:
        periods = self.tables.get(PERIODS)
        if periods is None or not {"startdate", "enddate"} <= periods.received:
            return None
        flags = [name for name in ("isquarter", "isyear", "isadjust") if name in periods.received]
        ordinary = " AND ".join(f"coalesce({name}, false) = false" for name in flags) or "true"
        name = "coalesce(periodname, '')" if "periodname" in periods.received else "''"
        row = self.connection.execute(
            f"SELECT id, {name} FROM {periods.ref} WHERE {ordinary} AND startdate <= {literal(self.now)} "
            f"AND id IN (SELECT period FROM {LEDGER_VIEW}) ORDER BY enddate DESC, id DESC LIMIT 1"
        ).fetchone()
        return _Period(*row) if row is not None else None

    def _top_subsidiary(self) -> int | None:
        """Return the subsidiary above all others; None where there are no others."""
        table = self.tables.get(SUBSIDIARIES)
        if table is None or "parent" not in table.received:
            return None
        rows = self.connection.execute(f"SELECT id, parent FROM {table.ref}").fetchall()
        roots = [id for id, parent in rows if parent is None]
        return roots[0] if len(roots) == 1 and len(rows) > 1 else None

    def _primary_book(self) -> int | None:
        """Return the primary book; None where postings have no book."""
        if "accountingbook" not in self.statements.postings.received:
            return None
        table = self.tables.get(BOOKS)
        if table is not None and "isprimary" in table.received:
            row = self.connection.execute(f"SELECT id FROM {table.ref} WHERE isprimary LIMIT 1").fetchone()
            if row is not None:
                return int(row[0])
        row = self.connection.execute(f"SELECT min(book) FROM {LEDGER_VIEW}").fetchone()
        return None if row is None or row[0] is None else int(row[0])

    def _compared(self, period: _Period, top: int) -> Consolidation:
        book = self._primary_book()
        result = Consolidation(period.id, period.name, top, book)
        ours = self._ours(period.id, book)
        if not self._is_of_the_tables(ours, period.id, book):
            return replace(result, not_compared="the mart general_ledger has other postings than the tables")
        before = self.count.requests
        statement = self.statements.consolidated(period.id, top, book)
        sent = {row.get("account"): row for row in self.client.iter_rows(statement, count=self.count)}
        theirs = {account: sent.get(str(account), {}) for account in ours}
        result = replace(result, requests=self.count.requests - before)
        lines, converted = (
            sum(int(row.get(name) or 0) for row in theirs.values()) for name in ("counted", "converted")
        )
        if converted < lines:
            some = f"{converted:,} of {lines:,} postings"
            return replace(result, not_compared=f"BUILTIN.CONSOLIDATE returns an amount for {some}")
        if any(each.consolidated is None for each in ours.values()):
            missing = "a rate is missing in consolidatedexchangerate; the mart left_out names it"
            return replace(result, not_compared=missing)
        found = tuple(_differences(ours, theirs))
        if found and (why := self._rates_changed()):
            return replace(result, not_compared=why)
        return replace(result, accounts=len(ours), differences=found)

    def _ours(self, period: int, book: int | None) -> dict[int, _OurSum]:
        of = f"period = {period}" + ("" if book is None else f" AND accounting_book = {book}")
        rows = self.connection.execute(
            "SELECT account, count(*), coalesce(sum(amount), 0), "
            "CASE WHEN bool_and(amount_consolidated IS NOT NULL) THEN sum(amount_consolidated) END "
            f"FROM {quoted(self.marts)}.{_MART} WHERE {of} AND account IS NOT NULL GROUP BY account "
            "ORDER BY account"
        ).fetchall()
        return {account: _OurSum(*sums) for account, *sums in rows}

    def _is_of_the_tables(self, ours: Mapping[int, _OurSum], period: int, book: int | None) -> bool:
        """Return whether the mart has the postings that the tables have and NetSuite shows."""
        of = f"period = {period}" + ("" if book is None else f" AND book = {book}")
        has_sides = {"debit", "credit"} <= set(self.statements.amounts)
        amount = "coalesce(debit, 0) - coalesce(credit, 0)" if has_sides else "coalesce(amount, 0)"
        rows = self.connection.execute(
            f"SELECT account, count(*), sum({amount}) FROM {LEDGER_VIEW} WHERE {of} AND account IS NOT NULL "
            "GROUP BY account"
        ).fetchall()
        stored = {account: (lines, total) for account, lines, total in rows}
        for account in stored.keys() - ours.keys() & self._statistical_accounts():
            del stored[account]  # they keep no money, so the mart leaves them out
        return stored == {account: (each.lines, each.amount) for account, each in ours.items()}

    def _statistical_accounts(self) -> set[int]:
        table = self.tables.get(ACCOUNTS)
        if table is None or "accttype" not in table.received:
            return set()
        kinds = "lower(accttype) IN ('stat', 'nonposting')"
        return set(column_values(self.connection, f"SELECT id FROM {table.ref} WHERE {kinds}"))

    def _rates_changed(self) -> str:
        """Return why rates explain a difference; empty where the stored rates equal NetSuite's."""
        rates = self.tables.get(RATES)
        if rates is None:
            return "consolidatedexchangerate is not stored"
        if RowCheck(rates, self.connection, self.client, self.count).find():
            return "rates in consolidatedexchangerate changed after the last sync"
        return ""


def _differences(
    ours: Mapping[int, _OurSum], theirs: Mapping[int, Mapping[str, str | None]]
) -> Iterator[ConsolidationDifference]:
    """Yield the accounts that differ by more than the rounding of each of their postings."""
    for account, sums in ours.items():
        here, netsuite = sums.consolidated or Decimal(0), Decimal(theirs[account].get("total") or 0)
        if abs(netsuite - here) > _ROUNDING * max(sums.lines, 2):
            shown = amount_text(here.quantize(Decimal("0.01")))
            yield ConsolidationDifference(account, shown, amount_text(netsuite))
