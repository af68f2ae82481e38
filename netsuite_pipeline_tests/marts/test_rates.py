"""Rates that nobody asked for, that a row lacks, and that lead to the top subsidiary."""

from datetime import date

from netsuite_pipeline_tests.marts.ledger import Line
from netsuite_pipeline_tests.marts.test_statements import (
    BANK,
    CAPITAL,
    DEC_24,
    FEB_25,
    JAN_25,
    MAR_25,
    RENT,
    SALES,
    company,
    two_years,
)  # fmt: skip

KNOWN = "is_consolidated AND account = {} AND period = {}"


def test_a_period_before_a_posting_in_the_future_has_its_rates() -> None:
    """Nothing is posted in February, which has not begun: March has a posting, so both are reported."""
    ledger = two_years()
    ledger.document(MAR_25, [Line(BANK, 10, 2), Line(CAPITAL, -10, 2)])
    bank = ledger.build(date(2025, 1, 15)).figures(
        "trial_balance", "period", "closing", f"is_consolidated AND account = {BANK}"
    )
    # January: 1000 + 570 x 1.3. February the same; March 10 x 1.3 more.
    assert {JAN_25: 1741, FEB_25: 1741, MAR_25: 1754}.items() <= bank.items()


def test_an_empty_rate_of_a_row_is_missing_also_between_two_of_one_currency() -> None:
    """The row for February has no current rate. In March there is no row, so the rate is 1."""
    ledger = company()
    ledger.tables["subsidiary"][1]["currency"] = 1
    ledger.rates(FEB_25, 2, 1, "1", "1", "1")
    ledger.tables["consolidatedexchangerate"][0]["currentrate"] = None
    ledger.document(JAN_25, [Line(BANK, 8, 2), Line(CAPITAL, -8, 2)])
    bank = ledger.build().figures(
        "trial_balance", "period", "closing", f"is_consolidated AND account = {BANK}"
    )
    assert bank == {JAN_25: 8, FEB_25: None, MAR_25: 8}


def test_the_top_subsidiarys_own_posting_needs_no_period_for_its_rate() -> None:
    ledger = company()
    ledger.document(None, [Line(BANK, 5, 1), Line(SALES, -5, 1)])
    amounts = ledger.build().figures("general_ledger", "account", "amount_consolidated")
    assert amounts == {BANK: 5, SALES: -5}


def test_a_subsidiary_that_the_list_lacks_has_rates_to_the_top_and_the_tops_calendar() -> None:
    """Its lines are no part of a consolidation, and `left_out` says so of the ledger only."""
    ledger = two_years()
    ledger.rates(JAN_25, 9, 1, "3", "2", "1")
    ledger.document(JAN_25, [Line(RENT, 10, 9), Line(BANK, -10, 9)])
    ledger.document(FEB_25, [Line(RENT, 10, 9), Line(BANK, -10, 9)])
    marts = ledger.build()
    amounts = marts.figures("general_ledger", "period, account", "amount_consolidated", "subsidiary = 9")
    assert amounts == {(JAN_25, RENT): 20, (JAN_25, BANK): -30, (FEB_25, RENT): None, (FEB_25, BANK): None}
    assert marts.one(f"SELECT closing FROM marts.trial_balance WHERE {KNOWN.format(BANK, FEB_25)}") == 1741
    year = f"SELECT DISTINCT fiscal_year FROM marts.trial_balance WHERE subsidiary = 9 AND period = {JAN_25}"
    assert marts.one(year) == "FY 2025"
    named = {mart for mart, what in marts.left_out() if "from subsidiary 9 to 1" in what}
    assert named == {"general_ledger"}


def test_postings_that_cancel_each_other_still_need_their_rate() -> None:
    """Of 5 in and 5 out nothing is left, but each is a row of the ledger without a consolidated amount."""
    ledger = company()
    ledger.document(DEC_24, [Line(BANK, 5, 2), Line(BANK, -5, 2)])
    marts = ledger.build(date(2024, 12, 31))
    assert marts.rows("SELECT DISTINCT amount_consolidated FROM marts.general_ledger") == [(None,)]
    named = {mart for mart, what in marts.left_out() if "from subsidiary 2 to 1" in what}
    assert {"general_ledger", "trial_balance"} <= named
