"""Cash, revenue by customer, open orders, stock and entities."""

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
    RENT,
    SALES,
    company,
    two_years,
)  # fmt: skip


def test_cash_in_the_accounts_own_currency_leaves_revaluations_out() -> None:
    """A EUR account of the parent: 100 EUR at 1.20, then revalued by 5 USD, then 40 EUR out at 1.25."""
    ledger = company()
    ledger.account(11, "Bank", currency=2)
    ledger.document(DEC_24, [Line(11, 120, 1, foreign=100), Line(CAPITAL, -120, 1, foreign=-100)], currency=2)
    ledger.document(JAN_25, [Line(11, 5, 1), Line(RENT, -5, 1)], currency=1, type="FxReval")
    ledger.document(JAN_25, [Line(11, 0, 1, foreign=0), Line(RENT, 0, 1, foreign=0)], currency=2)
    ledger.document(FEB_25, [Line(11, -50, 1, foreign=-40), Line(RENT, 50, 1, foreign=40)], currency=2)
    ledger.document(FEB_25, [Line(BANK, 1, 1), Line(CAPITAL, -1, 1)], currency=1)
    marts = ledger.build(date(2025, 2, 28))
    cash = marts.figures(
        "cash_position",
        "is_consolidated, account, period",
        "balance, account_currency, balance_in_account_currency",
    )
    assert cash == {
        (False, 11, DEC_24): (120, "EUR", 100), (False, 11, JAN_25): (125, "EUR", 100), (False, 11, FEB_25): (75, "EUR", 60),
        (True, 11, DEC_24): (120, "EUR", None), (True, 11, JAN_25): (125, "EUR", None), (True, 11, FEB_25): (75, "EUR", None),
        (False, BANK, FEB_25): (1, None, None), (True, BANK, FEB_25): (1, None, None),
    }  # fmt: skip


def test_cash_in_the_accounts_own_currency_is_unknown_once_an_amount_is() -> None:
    """A role that may not read the lines' amounts in the document's currency does not see 0 either."""
    ledger = company()
    ledger.account(11, "Bank", currency=2)
    ledger.document(DEC_24, [Line(11, 120, 1, foreign=100), Line(CAPITAL, -120, 1, foreign=-100)], currency=2)
    ledger.drop("transactionline.foreignamount")
    cash = ledger.build(date(2024, 12, 31)).figures(
        "cash_position", "is_consolidated", "balance, balance_in_account_currency"
    )
    assert cash == {False: (120, None), True: (120, None)}


def test_revenue_by_customer_adds_up_to_income() -> None:
    """A credit is negative; what names nobody stands there without a customer."""
    ledger = company()
    ledger.add("customer", id=31, entityid="C31", companyname="Mill")
    ledger.rates(DEC_24, 2, 1, "1.3", "1.1", "1")
    ledger.document(DEC_24, [Line(BANK, 100, 2), Line(SALES, -100, 2)], entity=31)
    ledger.document(DEC_24, [Line(BANK, -20, 2), Line(SALES, 20, 2, entity=31)])
    ledger.document(DEC_24, [Line(BANK, 7, 2), Line(SALES, -7, 2)])
    marts = ledger.build(date(2024, 12, 31))
    rows = marts.figures("revenue_by_customer", "subsidiary, period, customer",
                         "customer_name, revenue, revenue_consolidated, currency, fiscal_year")  # fmt: skip
    assert rows == {
        (2, DEC_24, 31): ("Mill", 80, 88, "EUR", "FY 2024"),
        (2, DEC_24, None): (None, 7, Decimal("7.7"), "EUR", "FY 2024"),
    }
    income = "SELECT sum(amount) FROM marts.income_statement WHERE section = 'income' AND {}is_consolidated"
    assert marts.one(income.format("NOT ")) == 87
    assert marts.one(income.format("")) == Decimal("95.7")


def orders() -> Ledger:
    """A sales order of 10 pieces at 20, of which 6 are shipped and 4 billed, and its neighbours."""
    ledger = Ledger()
    ledger.add("currency", id=1, symbol="USD")
    ledger.add("currency", id=2, symbol="EUR")
    ledger.add("entity", id=31, altname="Mill", entityid="C31")
    item = {"item": 5, "location": 6, "mainline": False, "taxline": False, "isclosed": False}

    def order(lines: list[tuple[int, str, dict[str, object]]], **columns: object) -> int:
        return ledger.document(
            None,
            [Line(1, amount, foreign=amount, posting=False, extra={**item, "quantity": Decimal(q), **extra})
             for q, amount, extra in lines],
            **{"type": "SalesOrd", "posting": False, "status": "B", "currency": 2, "entity": 31, **columns},
        )  # fmt: skip

    sale = order([(0, "200", {"mainline": True, "item": None}), (-10, "-200", {}), (-3, "-30", {"isclosed": True}),
                  (-1, "-38", {"taxline": True}), (-5, "-50", {})])  # fmt: skip
    shipped = order([(0, "0", {}), (-6, "0", {})], type="ItemShip")
    billed = order([(0, "0", {}), (-4, "-80", {}), (-5, "-50", {})], type="CustInvc")
    for _ in range(2):
        ledger.link((sale, 1), (shipped, 1), None, "ShipRcpt")
        ledger.link((sale, 1), (billed, 1), None, "OrdBill")
    ledger.link((sale, 4), (billed, 2), None, "OrdBill")
    for status in ("C", "G", "H", "SalesOrd:H"):
        order([(-1, "-5", {})], status=status)
    order([(-1, "-5", {})], voided=True)
    order([(-1, "-5", {})], type="Estimate")
    order([(8, "16", {})], type="PurchOrd", status="PurchOrd:E")
    return ledger


def test_open_orders_are_what_is_not_billed() -> None:
    rows = orders().build().figures(
        "open_orders", "transaction, transaction_line",
        "kind, status, quantity_ordered, quantity_fulfilled, quantity_billed, quantity_open, amount_open, currency, entity_name",
    )  # fmt: skip
    assert rows == {
        (1, 1): ("sales", "B", 10, 6, 4, 6, 120, "EUR", "Mill"),
        (10, 0): ("purchase", "E", 8, 0, 0, 8, 16, "EUR", "Mill"),
    }


def test_without_links_it_is_unknown_what_is_billed() -> None:
    ledger = orders()
    ledger.drop("nexttransactionlinelink")
    rows = ledger.build().figures(
        "open_orders",
        "transaction, transaction_line",
        "quantity_ordered, quantity_billed, quantity_open, amount_open",
    )
    assert rows[1, 1] == (10, None, None, None)


def test_an_order_without_a_quantity_is_not_open() -> None:
    ledger = orders()
    for row in ledger.tables["transactionline"]:
        row["quantity"] = None
    assert ledger.build().one("SELECT count(*) FROM marts.open_orders") == 0
    ledger.drop("nexttransactionlinelink")
    assert ledger.build().one("SELECT count(*) FROM marts.open_orders") == 0


def test_an_orders_amount_in_base_currency_goes_by_the_documents_subsidiary() -> None:
    """Neither line nor account has what says the amount in EUR; the order is in EUR, as its subsidiary is."""
    ledger = company()
    ledger.document(
        None,
        [Line(BANK, 60, posting=False, extra={"item": 5, "quantity": Decimal(2), "netamount": Decimal(60)})],
        type="SalesOrd", posting=False, status="B", currency=2, subsidiary=2,
    )  # fmt: skip
    ledger.drop("transactionline.foreignamount")
    ledger.add("nexttransactionlinelink", previousdoc=7, linktype="OrdBill")
    assert ledger.build().one("SELECT amount_open FROM marts.open_orders") == 60


def test_stock_by_location() -> None:
    ledger = Ledger()
    ledger.add("item", id=5, itemid="BOLT", totalquantityonhand=Decimal(99))
    ledger.add("location", id=6, name="East", fullname="East")
    for location, quantity, value in ((6, 3, 12), (7, 0, 2), (8, 0, 0)):
        ledger.add("inventoryitemlocations", item=5, location=location, quantityonhand=Decimal(quantity),
                   quantityavailable=Decimal(1), averagecostmli=Decimal(4), onhandvaluemli=Decimal(value))  # fmt: skip
    columns = "item_name, location_name, quantity_on_hand, quantity_available, average_cost, value"
    assert ledger.build().figures("inventory_on_hand", "item, location", columns) == {
        (5, 6): ("BOLT", "East", 3, 1, 4, 12),
        (5, 7): ("BOLT", None, 0, 1, 4, 2),
    }
    ledger.drop("inventoryitemlocations")
    marts = ledger.build()
    assert marts.figures("inventory_on_hand", "item, location", columns) == {
        (5, None): ("BOLT", None, 99, None, None, None)
    }
    assert ("inventory_on_hand", "inventoryitemlocations") in marts.left_out()


@pytest.mark.parametrize("has_customers", [True, False])
def test_everybody_is_in_the_directory(has_customers: bool) -> None:
    """The same entity may be customer and vendor. The list of entities stands in for a missing list."""
    ledger = Ledger()
    if has_customers:
        ledger.add(
            "customer", id=31, entityid="C31", companyname="Mill", email="a@example.com", isinactive=True
        )
    ledger.add("vendor", id=31, entityid="V31", companyname="Mill & Son", email=None, isinactive=False)
    ledger.add(
        "employee",
        id=32,
        entityid="E32",
        firstname="Ada",
        lastname="Byron",
        email="b@example.com",
        isinactive=False,
    )
    ledger.add("job", id=33, entityid="P33", companyname="Bridge", isinactive=False)
    ledger.add(
        "entity", id=31, entityid="C31", altname="Mill", customer=31, vendor=31, employee=None, project=None
    )
    rows = ledger.build().figures("entity_directory", "entity, kind", "number, name, email, is_inactive")
    assert rows == {
        (31, "customer"): ("C31", "Mill", *(("a@example.com", True) if has_customers else (None, None))),
        (31, "vendor"): ("V31", "Mill & Son", None, False),
        (32, "employee"): ("E32", "Ada Byron", "b@example.com", False),
        (33, "project"): ("P33", "Bridge", None, False),
    }


def test_cash_of_two_years_is_the_trial_balances() -> None:
    marts = two_years().build()
    key = "accounting_book, subsidiary, is_consolidated, period, account"
    assert marts.figures("cash_position", key, "balance") == marts.figures(
        "trial_balance", key, "closing", f"account = {BANK}"
    )
