"""Trial balance, income statement and balance sheet of ledgers whose figures are worked by hand."""

from datetime import date
from decimal import Decimal

from netsuite_pipeline_tests.marts.ledger import Ledger, Line

BANK, RECEIVABLE, LOAN, CAPITAL, RETAINED, TRANSLATION, SALES, RENT = 1, 2, 3, 4, 5, 6, 7, 8
JAN_24, DEC_24, JAN_25, FEB_25, MAR_25 = 101, 112, 201, 202, 203
KEY = "subsidiary, is_consolidated, period, account"


def company() -> Ledger:
    """A parent in USD with a daughter in EUR, two calendar years, one book."""
    ledger = Ledger()
    ledger.year(2024, first_id=100)
    ledger.year(2025, first_id=200)
    for id, kind in ((BANK, "Bank"), (RECEIVABLE, "AcctRec"), (LOAN, "LongTermLiab"), (CAPITAL, "Equity")):
        ledger.account(id, kind)
    ledger.account(RETAINED, "Equity", sspecacct="RetEarnings")
    ledger.account(TRANSLATION, "Equity", sspecacct="CumulTransAdj")
    ledger.account(SALES, "Income")
    ledger.account(RENT, "Expense")
    ledger.add("currency", id=1, symbol="USD")
    ledger.add("currency", id=2, symbol="EUR")
    ledger.add("subsidiary", id=1, name="Parent", parent=None, currency=1, fiscalcalendar=None)
    ledger.add("subsidiary", id=2, name="Daughter", parent=1, currency=2, fiscalcalendar=None)
    return ledger


def two_years() -> Ledger:
    """The company with capital in both subsidiaries, sales at the end of a year and rent in the next.

    Rates of EUR in USD: current 1.20 in 2024 and 1.30 in 2025; average 1.10 and 1.25; historical 1.00.
    """
    ledger = company()
    for period in range(101, 113):
        ledger.rates(period, 2, 1, "1.20", "1.10", "1.00")
    for period in (JAN_25, FEB_25, MAR_25):
        ledger.rates(period, 2, 1, "1.30", "1.25", "1.00")
    ledger.document(JAN_24, [Line(BANK, 1000, 1), Line(CAPITAL, -1000, 1)])
    ledger.document(JAN_24, [Line(BANK, 500, 2), Line(CAPITAL, -500, 2)])
    ledger.document(DEC_24, [Line(BANK, 100, 2), Line(SALES, -100, 2)])
    ledger.document(JAN_25, [Line(BANK, -30, 2), Line(RENT, 30, 2)])
    return ledger


def test_a_year_turns_without_a_posting() -> None:
    """Sales of December are retained earnings in January, and rent is the new year's result."""
    marts = two_years().build()
    december = marts.figures("trial_balance", "account", "opening, debit, credit, translation, closing",
                             f"subsidiary = 2 AND NOT is_consolidated AND period = {DEC_24}")  # fmt: skip
    assert december == {
        BANK: (500, 100, 0, 0, 600),
        CAPITAL: (-500, 0, 0, 0, -500),
        SALES: (0, 0, 100, 0, -100),
    }
    january = marts.figures("trial_balance", "account", "opening, debit, credit, translation, closing",
                            f"subsidiary = 2 AND NOT is_consolidated AND period = {JAN_25}")  # fmt: skip
    assert january == {
        BANK: (600, 0, 30, 0, 570),
        CAPITAL: (-500, 0, 0, 0, -500),
        RETAINED: (-100, 0, 0, 0, -100),
        RENT: (0, 30, 0, 0, 30),
    }


def test_consolidated_figures_are_worked_by_hand() -> None:
    """December: the bank is 1000 + 600 x 1.2, capital 1000 + 500 x 1.0, sales 100 x 1.1.

    The rest of it, 1720 - 1500 - 110 = 110, is translation: 100 since January, when 500 were 600 at the
    current rate, and 10 from sales at the average rate. In January the bank is 1000 + 570 x 1.3 = 1741,
    retained earnings stay at 110, rent is 30 x 1.25 = 37.50, and 1741 - 1500 - 110 + 37.50 = 168.50 remain.
    """
    marts = two_years().build()
    december = marts.figures("trial_balance", "account", "opening, debit, credit, translation, closing",
                             f"is_consolidated AND period = {DEC_24}")  # fmt: skip
    assert december == {
        BANK: (1600, 120, 0, 0, 1720),
        CAPITAL: (-1500, 0, 0, 0, -1500),
        SALES: (0, 0, 110, 0, -110),
        TRANSLATION: (-100, 0, 0, -10, -110),
    }
    january = marts.figures("trial_balance", "account", "opening, debit, credit, translation, closing",
                            f"is_consolidated AND period = {JAN_25}")  # fmt: skip
    assert january == {
        # 600 x 0.1 is what the new rate does to the opening balance; 30 x 1.3 were paid.
        BANK: (1720, 0, 39, 60, 1741),
        CAPITAL: (-1500, 0, 0, 0, -1500),
        RETAINED: (-110, 0, 0, 0, -110),
        RENT: (0, Decimal("37.50"), 0, 0, Decimal("37.50")),
        TRANSLATION: (-110, 0, 0, Decimal("-58.50"), Decimal("-168.50")),
    }


def test_income_statement_and_balance_sheet_follow() -> None:
    marts = two_years().build()
    income = marts.figures(
        "income_statement", "subsidiary, is_consolidated, period, account", "section, amount, year_to_date"
    )
    assert income == {
        (2, False, DEC_24, SALES): ("income", 100, 100),
        (1, True, DEC_24, SALES): ("income", 110, 110),
        (2, False, JAN_25, RENT): ("expense", -30, -30),
        (1, True, JAN_25, RENT): ("expense", Decimal("-37.50"), Decimal("-37.50")),
        **{(2, False, period, RENT): ("expense", 0, -30) for period in (FEB_25, MAR_25)},
        **{(1, True, period, RENT): ("expense", 0, Decimal("-37.50")) for period in (FEB_25, MAR_25)},
    }
    sheet = marts.figures(
        "balance_sheet", "line, account", "section, amount", f"is_consolidated AND period = {JAN_25}"
    )
    assert sheet == {
        ("account", BANK): ("assets", 1741),
        ("account", CAPITAL): ("equity", 1500),
        ("retained_earnings", RETAINED): ("equity", 110),
        ("net_income", None): ("equity", Decimal("-37.50")),
        ("cumulative_translation", TRANSLATION): ("equity", Decimal("168.50")),
    }


def test_columns_that_statements_share() -> None:
    marts = two_years().build()
    assert marts.rows(
        "SELECT DISTINCT accounting_book, currency, period_name, period_end, fiscal_year, account_number, account_name, "
        f"account_type FROM marts.trial_balance WHERE period = {JAN_25} AND account = {BANK} AND subsidiary = 2"
    ) == [(1, "EUR", "Jan 2025", date(2025, 1, 31), "FY 2025", "1", "Bank 1", "Bank")]


def test_rows_end_with_the_last_started_period() -> None:
    """March has begun on the 15th; April has not, but would be there with a posting."""
    ledger = two_years()
    last = "SELECT max(period_end) FROM marts.trial_balance"
    assert ledger.build(date(2025, 3, 15)).one(last) == date(2025, 3, 31)
    assert ledger.build(date(2025, 2, 28)).one(last) == date(2025, 2, 28)
    ledger.document(205, [Line(BANK, 1, 1), Line(CAPITAL, -1, 1)])
    assert ledger.build(date(2025, 2, 28)).one(last) == date(2025, 5, 31)
