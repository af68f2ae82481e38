"""Consolidated figures: rates by account, missing rates, eliminations, special accounts, fiscal calendars."""

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
    MAR_25,
    RECEIVABLE,
    RENT,
    RETAINED,
    SALES,
    TRANSLATION,
    company,
    two_years,
)  # fmt: skip

NOV_24 = 111


def rated(**rates: tuple[str, str, str]) -> Ledger:
    """The company with current, average and historical rates from 2 to 1 in some periods."""
    ledger = company()
    for period, (current, average, historical) in rates.items():
        ledger.rates(int(period[1:]), 2, 1, current, average, historical)
    return ledger


def test_the_accounts_own_rate_type_decides_in_any_case_of_letters() -> None:
    """November 100 at 2 / 3 / 5, December 10 at 7 / 11 / 13 (current, average, historical)."""
    ledger = rated(p111=("2", "3", "5"), p112=("7", "11", "13"))
    for id, rate in ((51, "Historical"), (52, "AVERAGE"), (53, "current"), (54, "")):
        ledger.account(id, "FixedAsset", generalrate=rate)
    for id, rate in ((61, "HISTORICAL"), (62, "CURRENT"), (63, " ")):
        ledger.account(id, "Expense", generalrate=rate)
    for id in (51, 52, 53, 54, 61, 62, 63):
        ledger.document(NOV_24, [Line(id, 100, 2), Line(BANK, -100, 2)])
        ledger.document(DEC_24, [Line(id, 10, 2), Line(BANK, -10, 2)])
    closing = ledger.build(date(2024, 12, 31)).figures(
        "trial_balance", "account", "opening, debit, translation, closing",
        f"is_consolidated AND period = {DEC_24} AND account > 50",
    )  # fmt: skip
    assert closing == {
        51: (500, 130, 0, 630),
        52: (300, 110, 0, 410),
        # The whole 110 at 7; of it, 100 x (7 - 2) are translation.
        53: (200, 70, 500, 770),
        54: (200, 70, 500, 770),
        61: (500, 130, 0, 630),
        # Income and expense are never translated again.
        62: (200, 70, 0, 270),
        63: (300, 110, 0, 410),
    }


def test_retained_earnings_keep_the_rates_of_their_periods() -> None:
    """100 sold at 1.10 in December remain 110 in retained earnings, whatever the rate is later."""
    marts = two_years().build()
    rows = marts.figures(
        "balance_sheet", "period", "amount", "is_consolidated AND line = 'retained_earnings'"
    )
    assert rows == {JAN_25: 110, FEB_25: 110, MAR_25: 110}


def test_posted_and_computed_parts_of_special_accounts_are_added() -> None:
    """Retained earnings: 20 posted by hand at the historical rate 1, and 110 of last year."""
    ledger = two_years()
    ledger.document(JAN_25, [Line(CAPITAL, 20, 2), Line(RETAINED, -20, 2)])
    ledger.document(JAN_25, [Line(CAPITAL, 5, 2), Line(TRANSLATION, -5, 2)])
    marts = ledger.build()
    sheet = marts.figures(
        "balance_sheet", "is_consolidated, line", "amount", f"period = {JAN_25} AND (subsidiary = 2 OR is_consolidated)"
        " AND line NOT IN ('account')",
    )  # fmt: skip
    assert sheet == {
        (False, "retained_earnings"): 120, (False, "net_income"): -30, (False, "cumulative_translation"): 5,
        (True, "retained_earnings"): 130, (True, "net_income"): Decimal("-37.50"),
        # 1741 bank, 1475 capital, 130 retained, 37.50 loss.
        (True, "cumulative_translation"): Decimal("173.50"),
    }  # fmt: skip
    row = marts.figures("trial_balance", "account", "opening, debit, credit, translation, closing",
                        f"is_consolidated AND period = {JAN_25} AND account IN ({RETAINED}, {TRANSLATION})")  # fmt: skip
    assert row == {
        RETAINED: (-110, 0, 20, 0, -130),
        TRANSLATION: (-110, 0, 5, Decimal("-58.50"), Decimal("-173.50")),
    }


def test_computed_rows_stand_without_special_accounts() -> None:
    ledger = two_years()
    ledger.drop("account.sspecacct")
    marts = ledger.build()
    rows = marts.figures("trial_balance", "account_name", "account, closing",
                         f"is_consolidated AND period = {JAN_25} AND account IS NULL")  # fmt: skip
    assert rows == {
        "Retained Earnings (computed)": (None, -110),
        "Cumulative Translation Adjustment (computed)": (None, Decimal("-168.50")),
    }
    assert ("trial_balance", "account.sspecacct") in marts.left_out()


def test_of_several_special_accounts_the_lowest_id_takes_the_computed_part() -> None:
    ledger = two_years()
    ledger.account(3000, "Equity", sspecacct="RETEARNINGS")
    ledger.document(JAN_25, [Line(CAPITAL, 20, 2), Line(3000, -20, 2)])
    rows = ledger.build().figures("balance_sheet", "account", "line, amount",
                                  f"subsidiary = 2 AND NOT is_consolidated AND period = {JAN_25} AND section = 'equity'")  # fmt: skip
    assert rows[RETAINED] == ("retained_earnings", 100)
    assert rows[3000] == ("retained_earnings", 20)


def test_a_missing_rate_makes_figures_unknown_and_is_named() -> None:
    """January has no rates: the bank is unknown in January alone, rent and what follows from it for good."""
    ledger = two_years()
    ledger.tables["consolidatedexchangerate"] = [
        row for row in ledger.tables["consolidatedexchangerate"] if row["postingperiod"] != JAN_25
    ]
    marts = ledger.build()
    closing = marts.figures("trial_balance", "period, account", "closing", "is_consolidated AND period > 112")
    # February's bank is 1000 + 570 x 1.3.
    assert {period: closing[period, BANK] for period in (JAN_25, FEB_25)} == {JAN_25: None, FEB_25: 1741}
    assert {period: closing[period, CAPITAL] for period in (JAN_25, FEB_25)} == {JAN_25: -1500, FEB_25: -1500}
    assert {period: closing[period, RENT] for period in (JAN_25, FEB_25)} == {JAN_25: None, FEB_25: None}
    assert {period: closing[period, RETAINED] for period in (JAN_25, FEB_25)} == {JAN_25: -110, FEB_25: -110}
    assert {period: closing[period, TRANSLATION] for period in (JAN_25, FEB_25)} == {
        JAN_25: None,
        FEB_25: None,
    }
    income = marts.figures(
        "income_statement", "period", "amount, year_to_date", "is_consolidated AND period > 112"
    )
    assert income == {JAN_25: (None, None), FEB_25: (0, None), MAR_25: (0, None)}
    assert marts.figures("general_ledger", "account", "amount_consolidated", f"period = {JAN_25}") == {
        BANK: None, RENT: None,
    }  # fmt: skip
    named = {mart: what for mart, what in marts.left_out() if what.startswith("consolidatedexchangerate:")}
    assert named == dict.fromkeys(
        (
            "general_ledger",
            "trial_balance",
            "income_statement",
            "balance_sheet",
            "cash_position",
            "cash_flow_statement",
        ),
        "consolidatedexchangerate: rates from subsidiary 2 to 1, book 1, periods Jan 2025",
    )
    # The daughter's own statements need no rate.
    assert (
        marts.one("SELECT count(*) FROM marts.trial_balance WHERE NOT is_consolidated AND closing IS NULL")
        == 0
    )


@pytest.mark.parametrize("drop", ["row", "table"])
def test_two_subsidiaries_of_one_currency_need_no_rate(drop: str) -> None:
    ledger = two_years()
    ledger.tables["subsidiary"][1]["currency"] = 1
    if drop == "table":
        ledger.drop("consolidatedexchangerate")
    else:
        ledger.tables["consolidatedexchangerate"] = [
            row for row in ledger.tables["consolidatedexchangerate"] if row["postingperiod"] == DEC_24
        ]
    bank = ledger.build().figures(
        "trial_balance", "period", "closing", f"is_consolidated AND account = {BANK}"
    )
    assert bank[JAN_25] == 1570
    # Where there is a row, its rate counts.
    assert bank[DEC_24] == (1600 if drop == "table" else 1720)


def test_the_rate_to_itself_is_one_whatever_the_table_has() -> None:
    ledger = two_years()
    ledger.rates(JAN_25, 1, 1, "9", "9", "9")
    row = ledger.build().figures(
        "trial_balance", "account", "closing", f"is_consolidated AND period = {JAN_25}"
    )
    assert row[BANK] == 1741


def test_eliminations_are_postings_like_others() -> None:
    """The parent lends 50 to the daughter; the elimination subsidiary takes both sides back."""
    ledger = two_years()
    ledger.add("subsidiary", id=3, name="Elimination", parent=1, currency=1, iselimination=True)
    ledger.document(JAN_25, [Line(RECEIVABLE, 65, 1), Line(BANK, -65, 1)])
    ledger.document(JAN_25, [Line(BANK, 50, 2), Line(LOAN, -50, 2)])
    ledger.document(JAN_25, [Line(RECEIVABLE, -65, 3, extra={"eliminate": True}), Line(LOAN, 65, 3)])
    marts = ledger.build()
    sheet = marts.figures("balance_sheet", "account", "amount", f"is_consolidated AND period = {JAN_25}")
    # The bank: 1000 - 65 + 620 x 1.3.
    assert sheet[BANK] == 1741
    assert RECEIVABLE not in sheet
    assert LOAN not in sheet
    alone = marts.figures(
        "balance_sheet", "subsidiary, account", "amount", f"NOT is_consolidated AND period = {JAN_25}"
    )
    assert (alone[3, RECEIVABLE], alone[3, LOAN]) == (-65, -65)


def test_a_journal_can_have_lines_in_several_subsidiaries() -> None:
    ledger = two_years()
    ledger.document(JAN_25, [Line(BANK, 8, 1), Line(SALES, -8, 1), Line(BANK, 9, 2), Line(SALES, -9, 2)])
    amounts = ledger.build().figures("income_statement", "subsidiary, is_consolidated", "amount",
                                     f"period = {JAN_25} AND account = {SALES}")  # fmt: skip
    assert amounts == {(1, False): 8, (2, False): 9, (1, True): 8 + 9 * Decimal("1.25")}


def test_consolidation_reaches_any_depth() -> None:
    """1 > 2 > 4: contexts 1 and 2 are consolidated, each with the rates to itself."""
    ledger = two_years()
    ledger.add("subsidiary", id=4, name="Granddaughter", parent=2, currency=2)
    ledger.document(DEC_24, [Line(BANK, 10, 4), Line(SALES, -10, 4)])
    ledger.rates(DEC_24, 4, 1, "2", "3", "4")
    bank = ledger.build().figures("trial_balance", "subsidiary, is_consolidated", "closing",
                                  f"period = {DEC_24} AND account = {BANK}")  # fmt: skip
    assert bank == {(1, False): 1000, (2, False): 600, (4, False): 10, (1, True): 1740, (2, True): 610}


def shifted(*, member_calendar: int | None) -> Ledger:
    """Fiscal years by calendar: 1 ends in December, 2 ends in January (so that January closes a year)."""
    ledger = two_years()
    ledger.tables["subsidiary"][0]["fiscalcalendar"] = 1
    ledger.tables["subsidiary"][1]["fiscalcalendar"] = member_calendar
    ledger.add("accountingperiod", id=900, periodname="FY Jan 2025", parent=None, startdate=date(2024, 2, 1),
               enddate=date(2025, 1, 31), isyear=True, isquarter=False, isposting=False, isadjust=False)  # fmt: skip
    for period in range(102, 113):
        ledger.add("accountingperiodfiscalcalendars", accountingperiod=period, fiscalcalendar=2, parent=900)
    ledger.add("accountingperiodfiscalcalendars", accountingperiod=JAN_25, fiscalcalendar=2, parent=900)
    return ledger


def test_a_context_uses_its_own_fiscal_calendar_also_for_members_below() -> None:
    """In the daughter's year December and January are one year: 100 sold and 30 spent."""
    marts = shifted(member_calendar=2).build()
    net = marts.figures("balance_sheet", "subsidiary, is_consolidated, line", "fiscal_year, amount",
                        f"period = {JAN_25} AND line IN ('net_income', 'retained_earnings')")  # fmt: skip
    assert net == {
        (2, False, "net_income"): ("FY Jan 2025", 70),
        (1, True, "net_income"): ("FY 2025", Decimal("-37.50")),
        (1, True, "retained_earnings"): ("FY 2025", 110),
    }


def test_an_empty_calendar_is_the_top_subsidiarys() -> None:
    marts = shifted(member_calendar=None).build()
    assert (
        marts.one(
            f"SELECT amount FROM marts.balance_sheet WHERE subsidiary = 2 AND period = {JAN_25} AND line = 'net_income'"
        )
        == -30
    )
    ledger = shifted(member_calendar=None)
    ledger.tables["subsidiary"][0]["fiscalcalendar"] = 2
    marts = ledger.build()
    assert (
        marts.one(
            f"SELECT amount FROM marts.balance_sheet WHERE NOT is_consolidated AND subsidiary = 2 AND period = {JAN_25} AND line = 'net_income'"
        )
        == 70
    )


def test_an_adjustment_period_comes_after_the_period_that_it_lies_in() -> None:
    """December does not contain the adjustment; the adjustment period and January do."""
    ledger = two_years()
    ledger.period(50, date(2024, 12, 1), date(2024, 12, 31), 100, is_adjustment=True)
    ledger.document(50, [Line(BANK, 3, 1), Line(SALES, -3, 1)])
    marts = ledger.build()
    bank = marts.figures(
        "trial_balance", "period", "closing", f"account = {BANK} AND subsidiary = 1 AND NOT is_consolidated"
    )
    assert (bank[DEC_24], bank[50], bank[JAN_25]) == (1000, 1003, 1003)
    daughters = marts.figures("income_statement", "period", "amount, year_to_date",
                              f"account = {SALES} AND subsidiary = 2 AND period IN (50, {DEC_24})")  # fmt: skip
    assert daughters == {DEC_24: (100, 100), 50: (0, 100)}
