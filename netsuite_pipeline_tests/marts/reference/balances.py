"""What each account holds in each context and period: the trial balance."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from netsuite_pipeline_tests.marts.reference.account import Account, Company
from netsuite_pipeline_tests.marts.reference.periods import Period, Periods
from netsuite_pipeline_tests.marts.reference.postings import Books, Posting
from netsuite_pipeline_tests.marts.reference.rates import Amount, Rates, negative, times, total

ZERO = Fraction(0)
Sides = dict[int | None, tuple[Fraction, Fraction]]


@dataclass(frozen=True)
class Context:
    """Whom a statement is drawn up for."""

    book: int
    subsidiary: int | None
    is_consolidated: bool
    members: frozenset[int | None]
    currency: str | None
    calendar: int | None


@dataclass(frozen=True)
class Balance:
    """One row of the trial balance.

    Attributes:
        purpose: `RetEarnings` or `CumulTransAdj` where the row has a computed part.
    """

    context: Context
    period: Period
    fiscal_year: int | None
    account: Account | None
    purpose: str | None
    opening: Amount
    debit: Amount
    credit: Amount
    closing: Amount

    @property
    def translation(self) -> Amount:
        """What a change of rates did to the balance."""
        return total(self.closing, negative(self.opening), negative(self.debit), self.credit)


def contexts(company: Company, books: Books) -> Iterator[Context]:
    """Yield each subsidiary alone, and with those below it where a book consolidates."""
    for book in books.ids:
        posted = {each.subsidiary for each in books.ledger if each.book == book}
        everyone = posted | set(company.subsidiaries) if company.has_subsidiaries else {None}
        for subsidiary in everyone:
            members = company.members(subsidiary)
            shared = (company.statement_currency(subsidiary), company.calendar(subsidiary))
            yield Context(book, subsidiary, False, frozenset({subsidiary}), *shared)
            if len(members) > 1 and books.is_consolidated(book):
                yield Context(book, subsidiary, True, frozenset(members), *shared)


def balances(company: Company, books: Books, periods: Periods, rates: Rates) -> Iterator[Balance]:
    """Yield the trial balance, also rows whose figures are all zero."""
    by_book: dict[int, list[Posting]] = defaultdict(list)
    for posting in books.ledger:
        if posting.period in periods.by_id:
            by_book[posting.book].append(posting)
    for context in contexts(company, books):
        postings = [each for each in by_book[context.book] if each.subsidiary in context.members]
        if postings:
            statement = _Statement(company, context, periods, rates, postings)
            yield from statement.rows()


class _Statement:
    """The trial balance of one context."""

    def __init__(
        self, company: Company, context: Context, periods: Periods, rates: Rates, postings: list[Posting]
    ) -> None:
        self.context = context
        self.periods = periods
        self.rates = rates
        self.retained = company.special("RetEarnings")
        self.translation = company.special("CumulTransAdj")
        self.accounts = {posting.account.id: posting.account for posting in postings}
        # By account and period, what each member posted on each side.
        self.posted: dict[int, dict[int, Sides]] = defaultdict(lambda: defaultdict(dict))
        for each in postings:
            sides = self.posted[each.account.id][each.period or 0]
            debit, credit = sides.get(each.subsidiary, (ZERO, ZERO))
            sides[each.subsidiary] = (debit + each.debit, credit + each.credit)

    def rows(self) -> Iterator[Balance]:
        """Yield all rows, period by period."""
        adjustment: Amount = ZERO
        before: Period | None = None
        for period in self.periods.shown:
            year = self._year(period)
            held: list[Amount] = []
            for account in self.accounts.values():
                if account not in (self.retained, self.translation):
                    held.append(self._held(account, period))
                    opening = self._opening(account, period, before, year)
                    yield self._row(
                        period, year, account, None, opening, self._closing(account, period, year)
                    )
            # A year's turn moves what income and expense accounts held into the opening.
            results = self._earlier_results(period, year)
            held.append(self._posted(self.retained, period))
            opening = total(self._posted(self.retained, before), results)
            yield self._row(period, year, self.retained, "RetEarnings", opening, total(held[-1], results))
            if self.context.is_consolidated:
                rest = negative(total(*held))
                yield self._row(period, year, self.translation, "CumulTransAdj", adjustment, rest)
                adjustment = rest
            elif self.translation:
                opening, closing = (self._posted(self.translation, at) for at in (before, period))
                yield self._row(period, year, self.translation, None, opening, closing)
            before = period

    def _row(
        self,
        period: Period,
        year: int | None,
        account: Account | None,
        purpose: str | None,
        opening: Amount,
        closing: Amount,
    ) -> Balance:
        debit, credit = self._sides(account, period) if account else (ZERO, ZERO)
        return Balance(self.context, period, year, account, purpose, opening, debit, credit, closing)

    def _sides(self, account: Account, period: Period) -> tuple[Amount, Amount]:
        """Return what was posted on each side in a period, at the period's rate."""
        debits: list[Amount] = []
        credits: list[Amount] = []
        for member, (debit, credit) in self.posted[account.id][period.id].items():
            if debit or credit:
                rate = self._rate(account, period, member)
                debits.append(times(debit, rate))
                credits.append(times(credit, rate))
        return total(*debits), total(*credits)

    def _movement(self, account: Account, period: Period) -> Amount:
        """Return what was posted in a period, debits minus credits, at the period's rate."""
        found: list[Amount] = []
        for member, (debit, credit) in self.posted[account.id][period.id].items():
            if debit != credit:
                found.append(times(debit - credit, self._rate(account, period, member)))
        return total(*found)

    def _rate(self, account: Account, period: Period, member: int | None) -> Amount:
        return self.rates.rate(self.context.book, period.id, member, self.context.subsidiary, account.rate)

    def _opening(self, account: Account, period: Period, before: Period | None, year: int | None) -> Amount:
        """Return what an account held before a period; of income and expense, in the year of the period."""
        if account.side == "income_statement" and year is None:
            return self._closing(account, period, year)
        return self._closing(account, before, year) if before else ZERO

    def _posted(self, account: Account | None, period: Period | None) -> Amount:
        """Return what was posted by hand to an account of a special purpose until the end of a period."""
        return self._held(account, period) if account and period else ZERO

    def _closing(self, account: Account, period: Period, year: int | None) -> Amount:
        """Return the balance at the end of a period, without what is computed."""
        if account.side == "balance_sheet":
            return self._held(account, period)
        until = self.periods.shown[: period.place + 1]
        if year is None:  # nobody knows where the year began
            return None if self._is_used(account, until) else ZERO
        return total(*(self._movement(account, each) for each in until if self._year(each) == year))

    def _held(self, account: Account, period: Period) -> Amount:
        """Return everything that was posted to an account until the end of a period, whatever the year."""
        until = self.periods.shown[: period.place + 1]
        if account.side == "income_statement" or account.rate != "CURRENT":
            return total(*(self._movement(account, each) for each in until))
        held: dict[int | None, Fraction] = defaultdict(Fraction)
        for each in until:
            for member, (debit, credit) in self.posted[account.id][each.id].items():
                held[member] += debit - credit
        return total(
            *(times(amount, self._rate(account, period, member)) for member, amount in held.items() if amount)
        )

    def _earlier_results(self, period: Period, year: int | None) -> Amount:
        """Return what income and expense accounts held at the end of earlier years, all together."""
        until = self.periods.shown[: period.place + 1]
        earning = [each for each in self.accounts.values() if each.side == "income_statement"]
        if year is None:
            return None if any(self._is_used(each, until) for each in earning) else ZERO
        earlier = [each for each in until if self._year(each) != year]
        return total(*(self._movement(account, each) for account in earning for each in earlier))

    def _is_used(self, account: Account, periods: list[Period]) -> bool:
        return any(self.posted[account.id][each.id] for each in periods)

    def _year(self, period: Period) -> int | None:
        return self.periods.fiscal_year(period, self.context.calendar)
