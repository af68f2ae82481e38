"""Where the built marts differ from the reference."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from netsuite_pipeline_tests.marts.ledger import Ledger, Marts
from netsuite_pipeline_tests.marts.reference.account import Row
from netsuite_pipeline_tests.marts.reference.marts import ReferenceMarts

_RATES = re.compile(
    r"consolidatedexchangerate: rates from subsidiary (\d+) to (\d+), book (\d+), periods (.*)"
)
_UNKNOWN = re.compile(r"account (\d+): ")
_NEAR = Fraction(1, 100_000)
_STATEMENT = ("accounting_book", "subsidiary", "is_consolidated", "period", "account")
_AGING = ("as_of", "transaction", "transaction_line")
_KEYS: Mapping[str, tuple[str, ...]] = {
    "general_ledger": ("accounting_book", "transaction", "transaction_line"),
    "trial_balance": _STATEMENT,
    "income_statement": _STATEMENT,
    "balance_sheet": (*_STATEMENT, "line"),
    "cash_position": _STATEMENT,
    "ar_aging": _AGING,
    "ap_aging": _AGING,
    "revenue_by_customer": ("accounting_book", "subsidiary", "period", "customer"),
    "open_orders": ("transaction", "transaction_line"),
    "inventory_on_hand": ("item", "location"),
    "entity_directory": ("entity", "kind"),
}
# A row in which all of these are zero may be left out.
_FIGURES: Mapping[str, tuple[str, ...]] = {
    "trial_balance": ("opening", "debit", "credit", "translation", "closing"),
    "income_statement": ("amount", "year_to_date"),
    "balance_sheet": ("amount",),
    "cash_position": ("balance", "balance_in_account_currency"),
    "revenue_by_customer": ("revenue", "revenue_consolidated"),
}


@dataclass(frozen=True)
class Difference:
    """One key of a mart whose rows differ.

    Attributes:
        columns: What differs, here and in the reference; empty if one side lacks the row.
    """

    mart: str
    key: tuple[Any, ...]
    columns: Mapping[str, tuple[Any, Any]]
    lacking: str = ""


def differences(ledger: Ledger, today: date) -> Iterator[Difference]:
    """Yield where the marts of a ledger differ from the reference."""
    reference = ReferenceMarts(ledger.tables, today)
    marts = ledger.build(today)
    for mart in _KEYS:
        yield from _compare(mart, _read(marts, f"marts.{mart}"), reference.rows[mart])
    yield from _on_other_days(marts, reference, today)
    yield from _left_out(marts, reference)


def _left_out(marts: Marts, reference: ReferenceMarts) -> Iterator[Difference]:
    """Compare what `left_out` says of missing rates and of accounts whose kind nobody knows."""
    named: dict[str, set[tuple[int, int, int, str]]] = defaultdict(set)
    rows = marts.rows("SELECT mart, what FROM marts.left_out")
    for mart, what in rows:
        if found := _RATES.match(what):
            member, to, book, names = found.groups()
            named[mart] |= {(int(book), int(member), int(to), name) for name in names.split(", ")}
    for mart, missing in reference.missing_rates.items():
        wanted = {
            (book, member, to, reference.periods.by_id[period].name)
            for book, member, to, period in missing
            if period in reference.periods.by_id and member is not None
        }
        for each in named[mart] ^ wanted:
            yield Difference("left_out", (mart, *each), {}, "the mart" if each in wanted else "the reference")
    for account in {each.account for each in reference.books.ledger if not each.account.is_known}:
        if ("balance_sheet", account.id) not in {
            (mart, int(found.group(1))) for mart, what in rows if (found := _UNKNOWN.match(what))
        }:
            yield Difference("left_out", ("balance_sheet", account.id), {}, "the mart")


def _on_other_days(marts: Marts, reference: ReferenceMarts, today: date) -> Iterator[Difference]:
    """Compare the aging macros on days in the middle of a period and on today."""
    days = {today, *(period.start.replace(day=17) for period in reference.periods.shown[-3:])}
    for name, items in (("ar_aging", reference.receivables), ("ap_aging", reference.payables)):
        for day in sorted(days):
            rows = _read(marts, f"marts.{name}_at(DATE '{day}')")
            yield from _compare(name, rows, items.rows(day))


def _read(marts: Marts, source: str) -> list[Row]:
    result = marts.connection.execute(f"FROM {source}")
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _compare(mart: str, here: Iterable[Row], there: Iterable[Row]) -> Iterator[Difference]:
    ours, theirs = _by_key(mart, here), _by_key(mart, there)
    for key in dict.fromkeys([*ours, *theirs]):
        mine, reference = ours.get(key, []), theirs.get(key, [])
        if len(mine) != len(reference):
            shorter = "the mart" if len(mine) < len(reference) else "the reference"
            yield Difference(
                mart, key, {name: (value, "") for name, value in (mine or reference)[0].items()}, shorter
            )
            continue
        for one, other in zip(mine, reference, strict=True):
            columns = {
                name: (one.get(name), value)
                for name, value in other.items()
                if not _equal(one.get(name), value)
            }
            if columns:
                yield Difference(mart, key, columns)


def _by_key(mart: str, rows: Iterable[Row]) -> dict[tuple[Any, ...], list[Row]]:
    found: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    figures = _FIGURES.get(mart, ())
    for row in rows:
        if not figures or any(_is_there(row, name) for name in figures):
            found[tuple(row[name] for name in _KEYS[mart])].append(row)
    for several in found.values():
        several.sort(key=lambda row: str([row.get(name) and round(float(row[name]), 2) for name in figures]))
    return found


def _is_there(row: Row, name: str) -> bool:
    """Return whether a figure keeps its row; where accounts have no currency, they have no balance in it."""
    return name != "balance_in_account_currency" if row[name] is None else abs(row[name]) > _NEAR


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, Decimal | Fraction) and isinstance(other, Decimal | Fraction | int):
        return abs(Fraction(one) - Fraction(other)) <= _NEAR
    return bool(one == other)
