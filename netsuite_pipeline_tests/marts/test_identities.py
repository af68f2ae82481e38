"""What holds in every ledger, on random ledgers; and the figures against a second, plain computation."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netsuite_pipeline_tests.marts.ledger import Ledger, Line, Marts

KINDS = {
    1: "Bank",
    2: "AcctRec",
    3: "AcctPay",
    4: "FixedAsset",
    5: "Equity",
    6: "Income",
    7: "COGS",
    8: "Expense",
    9: "OthIncome",
}
RETAINED, TRANSLATION = 10, 11
SECTIONS = {6: "income", 7: "cost_of_goods_sold", 8: "expense", 9: "other_income"}
# By subsidiary: 1 > 2 > 3, and 4 eliminates below 1.
PARENTS = {1: None, 2: 1, 3: 2, 4: 1}
MEMBERS = {1: (1, 2, 3, 4), 2: (2, 3)}
TODAY = date(2025, 4, 10)
# Periods in order: October to December 2024, an adjustment of December, January to April 2025.
PERIODS = (110, 111, 112, 150, 201, 202, 203, 204)
RATE_TYPES = ("CURRENT", "AVERAGE", "HISTORICAL")


@dataclass(frozen=True)
class Draft:
    """A random ledger.

    Attributes:
        journals: Each with a period (an index into PERIODS), a book, and balanced lines in one subsidiary:
            two accounts and an amount in cents.
        rates: The three rates by period, member and context; None for a missing row.
        rate_types: The general rate by account.
        calendar_starts: For each of the subsidiaries 1 and 2, the index of the period that begins the second fiscal year.
    """

    journals: list[tuple[int, int, int, int, int, int]]
    rates: dict[tuple[int, int, int], tuple[Decimal, Decimal, Decimal] | None]
    rate_types: dict[int, str | None]
    calendar_starts: dict[int, int]


_RATES = st.decimals("0.01", "20", places=6)
_ROW = st.one_of(st.tuples(_RATES, _RATES, _RATES), st.tuples(_RATES, _RATES, _RATES), st.none())
_PAIRS = [
    (member, context) for context, members in MEMBERS.items() for member in members if member != context
]


@st.composite
def drafts(draw: st.DrawFn, *, complete: bool = True) -> Draft:
    """Draw a ledger, with all rates or with some missing."""
    accounts = st.integers(1, 11)
    journal = st.tuples(
        st.integers(0, len(PERIODS) - 1), st.sampled_from([1, 1, 2]), st.sampled_from([1, 2, 3, 4]), accounts, accounts,
        st.integers(-10_000_000, 10_000_000),
    )  # fmt: skip
    rows = st.tuples(_RATES, _RATES, _RATES) if complete else _ROW
    return Draft(
        draw(st.lists(journal, min_size=1, max_size=14)),
        {(period, *pair): draw(rows) for period in PERIODS for pair in _PAIRS},
        {
            account: draw(st.sampled_from([None, None, "Current", "AVERAGE", "historical"]))
            for account in range(1, 12)
        },
        {1: 4, 2: draw(st.integers(1, 6))},
    )


def ledger_of(draft: Draft) -> Ledger:
    """Return the tables of a draft."""
    ledger = Ledger()
    ledger.year(2024, first_id=100, calendar=1)
    ledger.year(2025, first_id=200, calendar=1)
    ledger.period(150, date(2024, 12, 1), date(2024, 12, 31), 100, is_adjustment=True, calendar=1)
    ledger.tables["accountingperiod"] = [
        row for row in ledger.tables["accountingperiod"] if row["isyear"] or row["id"] in PERIODS
    ]
    for id, name in ((900, "First"), (901, "Second")):
        ledger.add("accountingperiod", id=id, periodname=name, parent=None, startdate=date(2024, 1, 1), enddate=date(2024, 12, 31),
                   isyear=True, isquarter=False, isposting=False, isadjust=False)  # fmt: skip
    for place, period in enumerate(PERIODS):
        ledger.add("accountingperiodfiscalcalendars", accountingperiod=period, fiscalcalendar=2,
                   parent=901 if place >= draft.calendar_starts[2] else 900)  # fmt: skip
    for id, kind in KINDS.items():
        ledger.account(id, kind, generalrate=draft.rate_types[id])
    ledger.account(RETAINED, "Equity", sspecacct="RetEarnings", generalrate=draft.rate_types[RETAINED])
    ledger.account(
        TRANSLATION, "Equity", sspecacct="CumulTransAdj", generalrate=draft.rate_types[TRANSLATION]
    )
    for id, parent in PARENTS.items():
        ledger.add("currency", id=id, symbol=f"C{id}")
        ledger.add(
            "subsidiary",
            id=id,
            name=f"S{id}",
            parent=parent,
            currency=id,
            fiscalcalendar={1: 1, 2: 2, 3: 2}.get(id),
        )
    ledger.add(
        "accountingbook", id=1, isprimary=True, isadjustmentonly=False, basebook=None, isconsolidated=True
    )
    ledger.add(
        "accountingbook", id=2, isprimary=False, isadjustmentonly=True, basebook=1, isconsolidated=True
    )
    for (period, member, context), row in draft.rates.items():
        if row is not None:
            ledger.rates(period, member, context, str(row[0]), str(row[1]), str(row[2]))
    for place, book, subsidiary, debit, credit, cents in draft.journals:
        amount = Decimal(cents) / 100
        ledger.document(
            PERIODS[place],
            [Line(debit, amount, subsidiary, book=book), Line(credit, -amount, subsidiary, book=book)],
        )
    return ledger


def _marts(draft: Draft) -> Marts:
    return ledger_of(draft).build(TODAY)


CHECK = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
FEW = settings(CHECK, max_examples=5)
# What is left after fourteen decimals of some hundred products.
ALMOST_ZERO = Decimal("0.0000000001")


def check_identities(marts: Marts) -> None:
    """Check everything that the contract says holds."""
    context = "accounting_book, subsidiary, is_consolidated, period"
    for row in marts.rows(
        f"SELECT sum(opening), sum(closing), count(*) = count(closing), sum(debit) - sum(credit), is_consolidated FROM marts.trial_balance GROUP BY {context}"
    ):
        opening, closing, is_known, difference, is_consolidated = row
        if is_known:
            assert abs(closing) < ALMOST_ZERO
        if not is_consolidated:
            assert (opening, closing, difference) == (0, 0, 0)
    assert (
        marts.rows(
            "SELECT * FROM marts.trial_balance WHERE NOT is_consolidated AND (translation <> 0 OR closing <> opening + debit - credit)"
        )
        == []
    )
    assert (
        marts.rows(
            "SELECT * FROM marts.trial_balance WHERE closing <> opening + debit - credit + translation"
        )
        == []
    )
    unbalanced = f"""
        SELECT {context}, sum(if(section = 'assets', amount, -amount)) FROM marts.balance_sheet GROUP BY {context}
        HAVING count(*) = count(amount) AND abs(sum(if(section = 'assets', amount, -amount))) > {ALMOST_ZERO}"""
    assert marts.rows(unbalanced) == []
    assert (
        marts.rows(f"""
        SELECT * FROM (SELECT {context}, amount FROM marts.balance_sheet WHERE line = 'net_income') s
        FULL JOIN (SELECT {context}, CASE WHEN count(*) = count(year_to_date) THEN sum(year_to_date) END AS amount FROM marts.income_statement GROUP BY ALL) i
        USING (accounting_book, subsidiary, is_consolidated, period)
        WHERE coalesce(s.amount, i.amount) IS NOT NULL AND abs(coalesce(s.amount, 0) - coalesce(i.amount, 0)) > {ALMOST_ZERO}""")
        == []
    )
    assert (
        marts.rows("""
        SELECT * FROM (SELECT accounting_book, subsidiary, period, sum(revenue) AS revenue FROM marts.revenue_by_customer GROUP BY ALL)
        FULL JOIN (SELECT accounting_book, subsidiary, period, sum(amount) AS amount FROM marts.income_statement
            WHERE section = 'income' AND NOT is_consolidated GROUP BY ALL) USING (accounting_book, subsidiary, period)
        WHERE coalesce(revenue, 0) <> coalesce(amount, 0)""")
        == []
    )
    assert (
        marts.rows(f"""
        SELECT * FROM (SELECT {context}, CASE WHEN count(*) = count(amount) THEN sum(amount) END AS flow FROM marts.cash_flow_statement GROUP BY ALL)
        FULL JOIN (SELECT {context}, sum(closing - opening) AS change FROM marts.trial_balance WHERE account_type = 'Bank' GROUP BY ALL)
        USING (accounting_book, subsidiary, is_consolidated, period)
        WHERE abs(coalesce(flow, 0) - coalesce(change, 0)) > {ALMOST_ZERO} AND (flow IS NOT NULL OR change IS NULL)""")
        == []
    )
    assert (
        marts.rows("""
        SELECT * FROM (SELECT accounting_book, subsidiary, period, sum(margin) AS margin FROM marts.sales_by_item GROUP BY ALL)
        FULL JOIN (SELECT accounting_book, subsidiary, period, sum(amount) AS amount FROM marts.income_statement
            WHERE section IN ('income', 'cost_of_goods_sold') AND NOT is_consolidated GROUP BY ALL) USING (accounting_book, subsidiary, period)
        WHERE coalesce(margin, 0) <> coalesce(amount, 0)""")
        == []
    )
    # Openings are the closings before, but for the turn of a year, where only retained earnings and the result move.
    assert (
        marts.rows("""
        SELECT * FROM (SELECT *, lag(closing) OVER (PARTITION BY accounting_book, subsidiary, is_consolidated, account ORDER BY period_end, period <> 112) AS before
            FROM marts.trial_balance WHERE account < 6) WHERE before IS NOT NULL AND opening <> before""")
        == []
    )


def expected_closings(draft: Draft) -> dict[tuple[int, int, bool, int, int], Decimal | None]:
    """Compute the closings a second time, posting by posting."""
    return dict(_closings(draft))


def _rate(draft: Draft, place: int, member: int, context: int, kind: str) -> Decimal | None:
    if member == context:
        return Decimal(1)
    row = draft.rates[PERIODS[place], member, context]
    return None if row is None else row[RATE_TYPES.index(kind)]


def _rate_type(draft: Draft, account: int) -> str:
    usual = (
        "HISTORICAL"
        if account in (5, RETAINED, TRANSLATION)
        else "AVERAGE"
        if account in SECTIONS
        else "CURRENT"
    )
    return (draft.rate_types[account] or usual).upper()


def _sum(parts: list[tuple[Decimal, Decimal | None]]) -> Decimal | None:
    """Add amounts times rates; None if a rate is missing for an amount that is not zero."""
    if any(rate is None and amount for amount, rate in parts):
        return None
    return sum((amount * (rate or 0) for amount, rate in parts), Decimal(0))


def _closings(draft: Draft) -> Iterator[tuple[tuple[int, int, bool, int, int], Decimal | None]]:
    postings = [
        (place, 1 if book == 1 else 2, subsidiary, account, Decimal(sign * cents) / 100)
        for place, book, subsidiary, debit, credit, cents in draft.journals
        for account, sign in ((debit, 1), (credit, -1))
    ]
    contexts = [*((s, False, (s,)) for s in PARENTS), *((s, True, members) for s, members in MEMBERS.items())]
    for book in (1, 2):
        for context, is_consolidated, members in contexts:
            mine = [p for p in postings if p[1] in ((1,) if book == 1 else (1, 2)) and p[2] in members]
            for place in range(len(PERIODS)):
                for account, closing in _closing(draft, mine, context, is_consolidated, place).items():
                    yield (book, context, is_consolidated, PERIODS[place], account), closing


def _closing(
    draft: Draft,
    postings: list[tuple[int, int, int, int, Decimal]],
    context: int,
    is_consolidated: bool,
    place: int,
) -> dict[int, Decimal | None]:
    start = draft.calendar_starts[2 if context in (2, 3) else 1]
    # By account, member and period, because a movement of zero needs no rate.
    moved: dict[tuple[int, int, int], Decimal] = defaultdict(Decimal)
    for at, _, member, account, amount in postings:
        if at <= place:
            moved[account, member, at] += amount
    closing: dict[int, Decimal | None] = {}
    earlier: list[tuple[Decimal, Decimal | None]] = []
    everything: list[Decimal | None] = []
    for account in sorted({account for account, _, _ in moved}):
        kind = _rate_type(draft, account)
        mine = {key[1:]: amount for key, amount in moved.items() if key[0] == account}
        if account not in SECTIONS and kind == "CURRENT":
            held: dict[int, Decimal] = defaultdict(Decimal)
            for (member, _), amount in mine.items():
                held[member] += amount
            closing[account] = _sum(
                [(amount, _rate(draft, place, member, context, kind)) for member, amount in held.items()]
            )
            everything.append(closing[account])
            continue
        parts = {
            at: [(a, _rate(draft, p, m, context, kind)) for (m, p), a in mine.items() if p == at]
            for at in range(place + 1)
        }
        everything.append(_sum([part for each in parts.values() for part in each]))
        if account not in SECTIONS:
            closing[account] = everything[-1]
            continue
        this_year = [at for at in parts if (at >= start) == (place >= start)]
        closing[account] = _sum([part for at in this_year for part in parts[at]])
        earlier += [part for at, each in parts.items() if at not in this_year for part in each]
    if earlier:
        before, result = closing.get(RETAINED, Decimal(0)), _sum(earlier)
        closing[RETAINED] = None if before is None or result is None else before + result
    if is_consolidated and everything:
        known = [each for each in everything if each is not None]
        posted = closing.get(TRANSLATION, Decimal(0))
        is_unknown = len(known) < len(everything) or posted is None
        closing[TRANSLATION] = None if is_unknown else posted - sum(known, Decimal(0))
    return closing


def check_figures(draft: Draft, marts: Marts) -> None:
    """Compare the closings with the second computation."""
    found = marts.figures(
        "trial_balance", "accounting_book, subsidiary, is_consolidated, period, account", "closing"
    )
    expected = expected_closings(draft)
    for key in found.keys() | expected.keys():
        here, there = found.get(key, Decimal(0)), expected.get(key, Decimal(0))
        assert (here is None) == (there is None), key
        assert here is None or abs(here - there) < ALMOST_ZERO, key


@FEW
@given(drafts())
def test_identities_hold_and_figures_are_right(draft: Draft) -> None:
    marts = _marts(draft)
    check_identities(marts)
    check_figures(draft, marts)


@FEW
@given(drafts(complete=False))
def test_missing_rates_make_exactly_the_figures_unknown_that_need_them(draft: Draft) -> None:
    marts = _marts(draft)
    check_identities(marts)
    check_figures(draft, marts)


@pytest.mark.long
@CHECK
@given(st.booleans().flatmap(lambda complete: drafts(complete=complete)))
def test_many_ledgers(draft: Draft) -> None:
    marts = _marts(draft)
    check_identities(marts)
    check_figures(draft, marts)
