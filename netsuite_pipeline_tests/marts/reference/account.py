"""The tables of a NetSuite account as rows, and its subsidiaries, accounts and currencies."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

Row = dict[str, Any]

ASSETS = frozenset(
    ["Bank", "AcctRec", "UnbilledRec", "OthCurrAsset", "FixedAsset", "OthAsset", "DeferExpense"]
)
LIABILITIES = frozenset(["AcctPay", "CredCard", "OthCurrLiab", "LongTermLiab", "DeferRevenue"])
INCOME_SECTIONS = {
    "Income": "income",
    "COGS": "cost_of_goods_sold",
    "Expense": "expense",
    "OthIncome": "other_income",
    "OthExpense": "other_expense",
}
_NOT_MONEY = frozenset({"Stat", "NonPosting"})


@dataclass(frozen=True)
class Account:
    """One ledger account.

    Attributes:
        side: `balance_sheet` or `income_statement`.
        section: Of its statement.
        rate: CURRENT, AVERAGE or HISTORICAL.
    """

    id: int
    number: str | None
    name: str | None
    kind: str | None
    purpose: str | None
    currency: int | None
    side: str
    section: str
    rate: str

    @property
    def is_known(self) -> bool:
        """Return whether its kind is one that NetSuite documents."""
        return self.kind in ASSETS | LIABILITIES | INCOME_SECTIONS.keys() | {"Equity"}

    @property
    def is_money(self) -> bool:
        """Return whether what is posted to it is in the ledger."""
        return self.kind not in _NOT_MONEY


class Company:
    """Everything that NetSuite shows of an account."""

    def __init__(self, tables: dict[str, list[Row]]) -> None:
        self._tables = tables

    def has(self, name: str) -> bool:
        """Return whether a table, or a column of a table (`account.accttype`), is there."""
        table, _, column = name.partition(".")
        rows = self._tables.get(table)
        return rows is not None and (not column or not rows or any(column in row for row in rows))

    def rows(self, table: str) -> list[Row]:
        """Return the rows of a table; none where it is missing."""
        return self._tables.get(table, [])

    @cached_property
    def accounts(self) -> dict[int, Account]:
        """The ledger accounts by id."""
        kinds = {row["id"]: row for row in self.rows("accounttype")}
        listed = {
            row["id"]: _account(row, kinds.get(row.get("accttype"), {})) for row in self.rows("account")
        }
        # The list may lack an account. Of what kind it is nobody knows: it stays in the balance sheet.
        posted = {row["account"] for row in self.rows("transactionaccountingline")} - set(listed)
        return {**listed, **{id: _account({"id": id}, {}) for id in posted}}

    def special(self, purpose: str) -> Account | None:
        """Return the account of a special purpose; of several the one with the lowest id."""
        found = [each for each in self.accounts.values() if each.purpose == purpose]
        return min(found, key=lambda each: each.id, default=None)

    @cached_property
    def documents(self) -> dict[int, Row]:
        """The rows of `transaction` by id."""
        return {row["id"]: row for row in self.rows("transaction")}

    @cached_property
    def lines(self) -> dict[tuple[int, int], Row]:
        """The rows of `transactionline` by document and line."""
        return {(row["transaction"], row["id"]): row for row in self.rows("transactionline")}

    def symbol(self, currency: int | None) -> str | None:
        """Return the symbol of a currency."""
        return self._symbols.get(currency)

    def statement_currency(self, subsidiary: int | None) -> str | None:
        """Return the symbol of a subsidiary's base currency; None if the account has one currency only."""
        return self.symbol(self.base_currency(subsidiary)) if len(self._symbols) > 1 else None

    @cached_property
    def _symbols(self) -> dict[int | None, str | None]:
        return {row["id"]: row.get("symbol") for row in self.rows("currency")}

    @cached_property
    def has_subsidiaries(self) -> bool:
        """Whether the account distinguishes subsidiaries."""
        rows = [*self.rows("transactionline"), *self.rows("transaction")]
        return bool(self.subsidiaries) or any(row.get("subsidiary") is not None for row in rows)

    def line_subsidiary(self, transaction: int, line: int) -> int | None:
        """Return the subsidiary of a line; where the line names none, that of the document."""
        own = self.lines.get((transaction, line), {}).get("subsidiary")
        return self.documents.get(transaction, {}).get("subsidiary") if own is None else own

    @cached_property
    def subsidiaries(self) -> dict[int | None, Row]:
        """The rows of `subsidiary` by id."""
        return {row["id"]: row for row in self.rows("subsidiary")}

    def parent(self, subsidiary: int | None) -> int | None:
        """Return the subsidiary above, if it is in the list."""
        above = self.subsidiaries.get(subsidiary, {}).get("parent")
        return above if above in self.subsidiaries else None

    def top(self, subsidiary: int | None) -> int | None:
        """Return the subsidiary at the top of the tree; of one that the list lacks, the only top of the list."""
        if subsidiary not in self.subsidiaries:
            tops = [each for each in self.subsidiaries if self.parent(each) is None]
            return tops[0] if len(tops) == 1 else None
        while (above := self.parent(subsidiary)) is not None:
            subsidiary = above
        return subsidiary

    def members(self, subsidiary: int | None) -> set[int | None]:
        """Return a subsidiary with all below it."""

        def is_below(each: int | None) -> Iterator[int | None]:
            while each is not None:
                yield each
                each = self.parent(each)

        return {subsidiary} | {each for each in self.subsidiaries if subsidiary in is_below(each)}

    def base_currency(self, subsidiary: int | None) -> int | None:
        """Return the base currency of a subsidiary, or of the company where there are none."""
        if self.has_subsidiaries:
            return self.subsidiaries.get(subsidiary, {}).get("currency")
        found = [row["id"] for row in self.rows("currency") if row.get("isbasecurrency")]
        return found[0] if len(found) == 1 else None

    @cached_property
    def has_one_currency(self) -> bool:
        """Whether nothing in the account has a second currency."""
        named = {row.get("currency") for row in self.rows("subsidiary")} - {None}
        used = {row.get("currency") for row in self.rows("transaction")} - {None}
        return not named and not self.rows("consolidatedexchangerate") and len(used) <= 1

    def calendar(self, subsidiary: int | None) -> int | None:
        """Return the fiscal calendar of a subsidiary: its own, that of the top one, or the default."""
        for each in (subsidiary, self.top(subsidiary)):
            found: int | None = self.subsidiaries.get(each, {}).get("fiscalcalendar")
            if found is not None:
                return found
        return self._default_calendar

    @cached_property
    def _default_calendar(self) -> int | None:
        defaults = [row["id"] for row in self.rows("fiscalcalendar") if row.get("isdefault")]
        used = {row.get("fiscalcalendar") for row in self.rows("accountingperiodfiscalcalendars")}
        return min(defaults) if defaults else used.pop() if len(used) == 1 else None


def _account(row: Row, kind: Row) -> Account:
    name = row.get("accttype")
    if name in INCOME_SECTIONS:
        side, section = "income_statement", INCOME_SECTIONS[name]
    elif name in ASSETS:
        side, section = "balance_sheet", "assets"
    elif name in LIABILITIES:
        side, section = "balance_sheet", "liabilities"
    elif name == "Equity":
        side, section = "balance_sheet", "equity"
    elif kind.get("balancesheet") is False:
        side, section = "income_statement", "other_income" if kind.get("left") is False else "other_expense"
    else:
        side, section = "balance_sheet", "liabilities" if kind.get("left") is False else "assets"
    usual = "AVERAGE" if side == "income_statement" else "HISTORICAL" if section == "equity" else "CURRENT"
    return Account(
        row["id"],
        row.get("acctnumber"),
        row.get("fullname"),
        name,
        row.get("sspecacct"),
        row.get("currency"),
        side,
        section,
        (row.get("generalrate") or usual).upper(),
    )
