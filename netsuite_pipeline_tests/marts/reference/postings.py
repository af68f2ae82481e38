"""The accounting books, and what is posted in each: the general ledger."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from netsuite_pipeline_tests.marts.reference.account import Account, Company, Row


@dataclass(frozen=True)
class Posting:
    """One row of the ledger of a book.

    Attributes:
        foreign: In the document's currency, with the sign of `debit - credit`.
        number: The number of the line in the ledger: its own, or a negative one for a second account of it.
    """

    book: int
    transaction: int
    line: int
    period: int | None
    account: Account
    subsidiary: int | None
    entity: int | None
    currency: int | None
    debit: Fraction
    credit: Fraction
    foreign: Fraction | None = None
    number: int = 0

    @property
    def amount(self) -> Fraction:
        """Debit minus credit."""
        return self.debit - self.credit


class Books:
    """The accounting books of a company."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._listed = {row["id"]: row for row in company.rows("accountingbook")}

    @cached_property
    def primary(self) -> int:
        """The primary book."""
        marked: set[int] = {book for book, row in self._listed.items() if row.get("isprimary")}
        if marked:
            return min(marked)
        rows = self._company.rows("transactionaccountingline")
        posted: set[int] = {row["accountingbook"] for row in rows if row.get("accountingbook") is not None}
        return 1 if 1 in posted or not posted else min(posted)

    @cached_property
    def ids(self) -> list[int]:
        """All books in which something can be reported."""
        return sorted({self.primary, *self._listed, *(each.book for each in self._posted)})

    def is_consolidated(self, book: int) -> bool:
        """Return whether statements of a book are drawn up over subsidiaries."""
        return book == self.primary or bool(self._listed.get(book, {}).get("isconsolidated"))

    def base(self, book: int) -> int | None:
        """Return the base book of a book that is for adjustments only."""
        row = self._listed.get(book, {})
        if not row.get("isadjustmentonly") or book == self.primary:
            return None
        return self.primary if row.get("basebook") is None else row["basebook"]

    def with_bases(self, book: int) -> list[int]:
        """Return a book, its base book, the base book of that, and so on."""
        chain = [book]
        while (base := self.base(chain[-1])) is not None and base not in chain:
            chain.append(base)
        return chain

    @cached_property
    def ledger(self) -> list[Posting]:
        """What is posted in each book, with the base book's postings under the number of the adjusting one."""
        return [each for book in self.ids for each in self._ledger_of(book)]

    def _ledger_of(self, book: int) -> Iterator[Posting]:
        """Yield the postings of a book, what it posts itself on its base book's lines added to them."""
        lines: dict[tuple[int, int], dict[int, Posting]] = defaultdict(dict)
        for source in reversed(self.with_bases(book)):
            for each in self._posted_in[source]:
                on_line = lines[each.transaction, each.line]
                before = on_line.get(each.account.id)
                if before:
                    each = replace(each, debit=before.debit + each.debit, credit=before.credit + each.credit)
                on_line[each.account.id] = replace(each, book=book)
        for on_line in lines.values():
            for place, each in enumerate(on_line.values()):
                # The document's amount stands once, and so does the number of its line.
                foreign = (
                    self._foreign(each.transaction, each.line, each.amount) if place == 0 else Fraction(0)
                )
                number = each.line if place == 0 else -100 * each.line - place - 1
                yield replace(each, foreign=foreign, number=number)

    @cached_property
    def _posted_in(self) -> dict[int, list[Posting]]:
        found: dict[int, list[Posting]] = defaultdict(list)
        for each in self._posted:
            found[each.book].append(each)
        return found

    @cached_property
    def _posted(self) -> list[Posting]:
        return list(self._read())

    def _read(self) -> Iterator[Posting]:
        company = self._company
        for row in company.rows("transactionaccountingline"):
            document = company.documents.get(row["transaction"])
            if document is None:
                continue
            account = company.accounts[row["account"]]
            counts = _is_posting(company, "transactionaccountingline", row) and _is_posting(
                company, "transaction", document
            )
            if not counts or not account.is_money:
                continue
            line = company.lines.get((row["transaction"], row["transactionline"]), {})
            debit, credit = _sides(row)
            book = row.get("accountingbook")
            yield Posting(
                self.primary if book is None else book,
                row["transaction"],
                row["transactionline"],
                document.get("postingperiod"),
                account,
                company.line_subsidiary(row["transaction"], row["transactionline"]),
                _first(line.get("entity"), document.get("entity")),
                document.get("currency"),
                debit,
                credit,
            )

    def _foreign(self, transaction: int, line: int, amount: Fraction) -> Fraction | None:
        """Return a line's amount in the document's currency; where that is the base currency, the amount."""
        company = self._company
        found: Any = company.lines.get((transaction, line), {}).get("foreignamount")
        if found is not None:
            return _signed(Fraction(found), amount)
        currency = company.documents[transaction].get("currency")
        is_base = currency == company.base_currency(company.line_subsidiary(transaction, line))
        is_known = currency is None or (is_base and not company.has("transactionline.foreignamount"))
        return amount if is_known else None


def _is_posting(company: Company, table: str, row: Row) -> bool:
    return not company.has(f"{table}.posting") or row.get("posting") is True


def _sides(row: Row) -> tuple[Fraction, Fraction]:
    debit, credit, amount = (row.get(name) for name in ("debit", "credit", "amount"))
    if debit is None and credit is None:
        both = Fraction(amount or 0)
        return max(both, Fraction(0)), max(-both, Fraction(0))
    return Fraction(debit or 0), Fraction(credit or 0)


def _signed(foreign: Fraction, amount: Fraction) -> Fraction:
    """Return a document's amount with the sign of the amount in base currency."""
    if amount == 0:
        return foreign
    return abs(foreign) if amount > 0 else -abs(foreign)


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)
