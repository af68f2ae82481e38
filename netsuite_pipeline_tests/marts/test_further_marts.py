"""Cash flow, budgets, sales by item and the calendar, worked by hand."""

from datetime import date
from decimal import Decimal

import pytest

from netsuite_pipeline_tests.marts.ledger import Ledger, Line
from netsuite_pipeline_tests.marts.test_statements import (
    BANK,
    CAPITAL,
    DEC_24,
    FEB_25,
    JAN_25,
    LOAN,
    RECEIVABLE,
    RENT,
    SALES,
    company,
    two_years,
)  # fmt: skip

MACHINE, COST = 12, 13


def test_cash_flow_ties_to_the_change_of_cash() -> None:
    """January: 80 sold on credit, of which 50 are collected; rent 30; a machine for 200 on a loan of 150."""
    ledger = company()
    ledger.account(MACHINE, "FixedAsset")
    ledger.document(JAN_25, [Line(RECEIVABLE, 80, 1), Line(SALES, -80, 1)])
    ledger.document(JAN_25, [Line(BANK, 50, 1), Line(RECEIVABLE, -50, 1)])
    ledger.document(JAN_25, [Line(RENT, 30, 1), Line(BANK, -30, 1)])
    ledger.document(JAN_25, [Line(MACHINE, 200, 1), Line(BANK, -50, 1), Line(LOAN, -150, 1)])
    rows = ledger.build().figures(
        "cash_flow_statement", "section, line, account", "amount", "NOT is_consolidated"
    )
    assert rows == {
        ("operating", "net_income", None): 50,
        ("operating", "account", RECEIVABLE): -30,
        ("investing", "account", MACHINE): -200,
        ("financing", "account", LOAN): 150,
    }
    assert sum(rows.values()) == -30


def test_what_rates_did_to_cash_is_a_row_of_its_own() -> None:
    """December: 100 EUR of sales are 110 at the average rate, but the bank has 120 more. January: 60 of 600 EUR."""
    rows = (
        two_years()
        .build()
        .figures("cash_flow_statement", "period, line, account", "amount", "is_consolidated")
    )
    assert rows == {
        # Capital is 1500 at the historical rate; the bank opens with 1600.
        (101, "account", CAPITAL): 1500, (101, "exchange_rate_effect", None): 100,
        (DEC_24, "net_income", None): 110, (DEC_24, "exchange_rate_effect", None): 10,
        (JAN_25, "net_income", None): Decimal("-37.50"), (JAN_25, "exchange_rate_effect", None): Decimal("58.50"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "amount"), [("Current", 130), ("average", 125), ("HISTORICAL", 100), (None, 125)]
)
def test_the_accounts_cash_flow_rate_translates_a_movement(kind: str | None, amount: int) -> None:
    ledger = two_years()
    ledger.account(MACHINE, "FixedAsset", cashflowrate=kind)
    ledger.document(JAN_25, [Line(MACHINE, -100, 2), Line(BANK, 100, 2)])
    rows = ledger.build().figures(
        "cash_flow_statement", "account", "amount", f"is_consolidated AND period = {JAN_25}"
    )
    assert rows[MACHINE] == amount


@pytest.mark.parametrize("year", [200, 2025])
def test_budgets_stand_beside_what_was_posted(year: int) -> None:
    """The year of a budget may be the period's id or the number of the year."""
    ledger = two_years()
    ledger.document(FEB_25, [Line(BANK, 44, 2), Line(SALES, -44, 2)])
    for account, total, category in (
        (RENT, 100, 1),
        (RENT, 20, 1),
        (RENT, 90, 2),
        (SALES, 40, None),
        (BANK, 10, None),
    ):
        ledger.add("budgets", id=len(ledger.tables.get("budgets", ())), year=year, account=account, accountingbook=1, subsidiary=2,
                   category=category, total=Decimal(total))  # fmt: skip
    rows = ledger.build().figures(
        "budget_vs_actual", "account, category", "fiscal_year, budget, actual, variance, currency"
    )
    assert rows == {
        (RENT, 1): ("FY 2025", 120, 30, -90, "EUR"),
        (RENT, 2): ("FY 2025", 90, 30, -60, "EUR"),
        (SALES, None): ("FY 2025", 40, 44, 4, "EUR"),
        (BANK, None): ("FY 2025", 10, 14, 4, "EUR"),
    }


def test_margin_by_item_wherever_the_cost_is_posted() -> None:
    """Three pieces sold for 90 on the invoice; the fulfillment posts their cost of 60; one comes back for 30."""
    ledger = company()
    ledger.account(COST, "COGS")
    ledger.add("item", id=5, itemid="BOLT")
    ledger.rates(JAN_25, 2, 1, "1.3", "1.25", "1")

    def line(account: int, amount: int, quantity: int | None = None) -> Line:
        extra = {
            "item": None if quantity is None else 5,
            "quantity": None if quantity is None else Decimal(quantity),
        }
        return Line(account, amount, 2, extra=extra)

    ledger.document(JAN_25, [line(RECEIVABLE, 95), line(SALES, -90, -3), line(SALES, -5)], type="CustInvc")
    ledger.document(JAN_25, [line(MACHINE, -60, -3), line(COST, 60, 3)], type="ItemShip")
    ledger.document(JAN_25, [line(RECEIVABLE, -30), line(SALES, 30, 1)], type="CustCred")
    ledger.account(MACHINE, "OthCurrAsset")
    marts = ledger.build()
    assert marts.figures(
        "sales_by_item", "item", "item_name, quantity, revenue, cost, margin, margin_consolidated"
    ) == {
        5: ("BOLT", 2, 60, 60, 0, 0),
        None: (None, 0, 5, 0, 5, Decimal("6.25")),
    }


def test_the_calendar_has_every_day_once() -> None:
    """Quarters and years are those of the top subsidiary's calendar; an adjustment period has no days."""
    ledger = Ledger()
    ledger.year(2024, first_id=100)
    ledger.year(2025, first_id=200)
    ledger.add("accountingperiod", id=300, periodname="Q1 2025", parent=200, startdate=date(2025, 1, 1), enddate=date(2025, 3, 31),
               isyear=False, isquarter=True, isposting=False, isadjust=False)  # fmt: skip
    for row in ledger.tables["accountingperiod"]:
        row["closed"] = row["enddate"] < date(2025, 2, 1)
        if row["id"] in (201, 202, 203):
            row["parent"] = 300
    ledger.period(50, date(2024, 12, 1), date(2024, 12, 31), 100, is_adjustment=True)
    ledger.account(BANK, "Bank")
    ledger.document(DEC_24, [Line(BANK, 0)])
    marts = ledger.build(date(2025, 2, 3))
    assert marts.one("SELECT count(*) FROM marts.calendar") == 31 + 31 + 28
    days = marts.figures("calendar", "day", "period, quarter, fiscal_year, fiscal_year_start, is_closed",
                         "day IN (DATE '2024-12-31', DATE '2025-02-28')")  # fmt: skip
    assert days == {
        date(2024, 12, 31): (DEC_24, None, "FY 2024", date(2024, 1, 1), True),
        date(2025, 2, 28): (FEB_25, "Q1 2025", "FY 2025", date(2025, 1, 1), False),
    }
