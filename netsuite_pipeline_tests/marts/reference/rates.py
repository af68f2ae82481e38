"""Consolidated exchange rates from one subsidiary to another."""

from fractions import Fraction

from netsuite_pipeline_tests.marts.reference.account import Company, Row
from netsuite_pipeline_tests.marts.reference.postings import Books

Amount = Fraction | None
"""A figure; None where a rate that it needs is missing."""

_COLUMNS = {"CURRENT": "currentrate", "AVERAGE": "averagerate", "HISTORICAL": "historicalrate"}


def times(amount: Amount, rate: Amount) -> Amount:
    """Return a product; nothing times any rate is nothing, whether or not the rate is known."""
    if amount == 0:
        return amount
    return None if amount is None or rate is None else amount * rate


def total(*amounts: Amount) -> Amount:
    """Return a sum, which is unknown if a part of it is."""
    found = Fraction(0)
    for amount in amounts:
        if amount is None:
            return None
        found += amount
    return found


def negative(amount: Amount) -> Amount:
    """Return an amount with the other sign."""
    return None if amount is None else -amount


class Rates:
    """The rates of a company.

    Attributes:
        missing: What was looked for and not found: book, member, context and period.
    """

    def __init__(self, company: Company, books: Books) -> None:
        self._company = company
        self._books = books
        self._rows = {
            (row.get("accountingbook"), row["postingperiod"], row["fromsubsidiary"], row["tosubsidiary"]): row
            for row in company.rows("consolidatedexchangerate")
        }
        self.missing: set[tuple[int, int | None, int | None, int | None]] = set()

    def rate(
        self, book: int, period: int | None, member: int | None, to: int | None, kind: str
    ) -> Fraction | None:
        """Return the rate of a kind (CURRENT, AVERAGE, HISTORICAL); None where it is missing."""
        if member == to:
            return Fraction(1)
        rows = [self._row(each, period, member, to) for each in self._books.with_bases(book)]
        found = [row for row in rows if row is not None]
        for row in found:
            if (rate := row.get(_COLUMNS[kind])) is not None:
                return Fraction(rate)
        if not found and self._have_one_currency(member, to):
            return Fraction(1)
        self.missing.add((book, member, to, period))
        return None

    def _row(self, book: int, period: int | None, member: int | None, to: int | None) -> Row | None:
        return self._rows.get((book, period, member, to), self._rows.get((None, period, member, to)))

    def _have_one_currency(self, member: int | None, to: int | None) -> bool:
        ours, theirs = self._company.base_currency(member), self._company.base_currency(to)
        return self._company.has_one_currency or (ours == theirs and ours is not None)
