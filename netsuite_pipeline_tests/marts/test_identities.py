"""What holds in every ledger, on random companies that have everything."""

import pytest
from hypothesis import given, settings

from netsuite_pipeline_tests.marts.ledger import Marts
from netsuite_pipeline_tests.marts.random_ledgers.company import random_company
from netsuite_pipeline_tests.marts.test_reference import CHECK, SEEDS

_PLACE = "accounting_book, subsidiary, period"
_CONTEXT = f"{_PLACE}, is_consolidated"


def _sums(mart: str, figure: str, where: str = "true", key: str = _CONTEXT) -> str:
    """Return the query of a figure's sums by context and period; a sum with an unknown part is NULL."""
    total = f"CASE WHEN count(*) = count({figure}) THEN sum({figure}) END"
    rows = f"(SELECT * REPLACE (coalesce(subsidiary, 0) AS subsidiary) FROM marts.{mart})"
    return f"SELECT {key}, {total} AS figure FROM {rows} WHERE {where} GROUP BY ALL"


def _differ(one: str, other: str, key: str = _CONTEXT) -> str:
    """Return the query of the sums of two marts that are known and differ by more than what rounding leaves."""
    return f"""
        SELECT * FROM ({one}) o FULL JOIN ({other}) p USING ({key})
        WHERE (o.accounting_book IS NULL OR o.figure IS NOT NULL) AND (p.accounting_book IS NULL OR p.figure IS NOT NULL)
            AND abs(coalesce(o.figure, 0) - coalesce(p.figure, 0)) > 0.0000000001"""


_NOTHING = "SELECT 0 AS accounting_book, 0 AS subsidiary, false AS is_consolidated, 0 AS period, 0 AS figure WHERE false"
_ALONE = "NOT is_consolidated"
_NO_ROWS = {
    "closings add up to zero": _differ(_sums("trial_balance", "closing"), _NOTHING),
    "openings add up to zero": _differ(_sums("trial_balance", "opening"), _NOTHING),
    "debits equal credits": _differ(_sums("trial_balance", "debit - credit", _ALONE), _NOTHING),
    "closing follows from opening": """FROM marts.trial_balance WHERE NOT is_consolidated
        AND (translation <> 0 OR closing <> opening + debit - credit)""",
    "translation is the rest": "FROM marts.trial_balance WHERE closing <> opening + debit - credit + translation",
    "assets equal liabilities and equity": _differ(
        _sums("balance_sheet", "amount", "section = 'assets'"),
        _sums("balance_sheet", "amount", "section <> 'assets'"),
    ),
    "net income is the year to date": _differ(
        _sums("balance_sheet", "amount", "line = 'net_income'"), _sums("income_statement", "year_to_date")
    ),
    "revenue is income": _differ(
        _sums("revenue_by_customer", "revenue", key=_PLACE),
        _sums("income_statement", "amount", f"section = 'income' AND {_ALONE}", _PLACE),
        _PLACE,
    ),
    "margin is income less cost of goods sold": _differ(
        _sums("sales_by_item", "margin", key=_PLACE),
        _sums(
            "income_statement", "amount", f"section IN ('income', 'cost_of_goods_sold') AND {_ALONE}", _PLACE
        ),
        _PLACE,
    ),
    "flows are the change of cash": _differ(
        _sums("cash_flow_statement", "amount"),
        _sums("trial_balance", "closing - opening", "account_type = 'Bank'"),
    ),
}


def _check_identities(marts: Marts) -> None:
    for name, query in _NO_ROWS.items():
        assert not marts.rows(query), name


@settings(CHECK, max_examples=5)
@given(SEEDS)
def test_identities_hold(seed: int) -> None:
    ledger, today = random_company(seed, is_whole=True)
    _check_identities(ledger.build(today))


@pytest.mark.long
@CHECK
@given(SEEDS)
def test_identities_hold_in_many_ledgers(seed: int) -> None:
    ledger, today = random_company(seed, is_whole=True)
    _check_identities(ledger.build(today))
