"""Trial balance, income statement, balance sheet and cash, as rows of their marts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

from netsuite_pipeline_tests.marts.reference.account import Account, Company, Row
from netsuite_pipeline_tests.marts.reference.balances import Balance, Context
from netsuite_pipeline_tests.marts.reference.periods import Period, Periods
from netsuite_pipeline_tests.marts.reference.postings import Posting
from netsuite_pipeline_tests.marts.reference.rates import Amount, negative, total


def trial_balance(balances: Iterable[Balance], periods: Periods) -> Iterator[Row]:
    """Yield the rows of the mart."""
    for each in balances:
        figures = {
            "opening": each.opening,
            "debit": each.debit,
            "credit": each.credit,
            "translation": each.translation,
            "closing": each.closing,
        }
        yield {**_key(each, periods), **_account(each.account), **figures}


def income_statement(balances: Iterable[Balance], periods: Periods) -> Iterator[Row]:
    """Yield the rows of the mart."""
    for each in balances:
        if each.account and each.account.side == "income_statement":
            amount = total(each.credit, negative(each.debit))
            yield {
                **_key(each, periods),
                **_account(each.account),
                "section": each.account.section,
                "amount": amount,
                "year_to_date": negative(each.closing),
            }


def balance_sheet(balances: Iterable[Balance], periods: Periods) -> Iterator[Row]:
    """Yield the rows of the mart."""
    results: dict[tuple[Context, Period], list[Balance]] = defaultdict(list)
    for each in balances:
        if each.account and each.account.side == "income_statement":
            results[each.context, each.period].append(each)
            continue
        line = {"RetEarnings": "retained_earnings", "CumulTransAdj": "cumulative_translation"}.get(
            each.purpose or (each.account.purpose if each.account else "") or "", "account"
        )
        section = each.account.section if each.account else "equity"
        amount = each.closing if section == "assets" else negative(each.closing)
        yield {
            **_key(each, periods),
            **_account(each.account),
            "line": line,
            "section": section,
            "amount": amount,
        }
    for rows in results.values():
        amount = negative(total(*(each.closing for each in rows)))
        yield {
            **_key(rows[0], periods),
            **_account(None),
            "line": "net_income",
            "section": "equity",
            "amount": amount,
        }


def cash_position(
    company: Company, balances: Iterable[Balance], ledger: Iterable[Posting], periods: Periods
) -> Iterator[Row]:
    """Yield the rows of the mart."""
    held: dict[tuple[Any, ...], dict[int, Amount]] = defaultdict(dict)
    for each in ledger:
        if each.period in periods.by_id and each.currency == each.account.currency is not None:
            by_place = held[each.book, each.subsidiary, each.account.id]
            place = periods.by_id[each.period].place
            by_place[place] = total(by_place.get(place, Fraction(0)), each.foreign)
    for balance in balances:
        account, context = balance.account, balance.context
        if account is None or account.kind != "Bank":
            continue
        own: Amount = None
        if not context.is_consolidated and account.currency is not None:
            by_place = held[context.book, context.subsidiary, account.id]
            own = total(*(amount for place, amount in by_place.items() if place <= balance.period.place))
        yield {
            **_key(balance, periods),
            **_account(account),
            "balance": balance.closing,
            "account_currency": company.symbol(account.currency),
            "balance_in_account_currency": own,
        }


def _key(each: Balance, periods: Periods) -> Row:
    return {
        "accounting_book": each.context.book,
        "subsidiary": each.context.subsidiary,
        "is_consolidated": each.context.is_consolidated,
        "currency": each.context.currency,
        "period": each.period.id,
        "period_name": each.period.name,
        "period_end": each.period.end,
        "fiscal_year": periods.name(each.fiscal_year),
    }


def _account(account: Account | None) -> Row:
    if account is None:
        return {"account": None}
    return {
        "account": account.id,
        "account_number": account.number,
        "account_name": account.name,
        "account_type": account.kind,
    }
