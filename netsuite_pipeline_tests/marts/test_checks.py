"""The checks of the marts: a good ledger passes each, and each finds the fault that is its own."""

from decimal import Decimal

import duckdb
import pytest

from netsuite_pipeline.marts import Comparison, check_marts, mart_checks
from netsuite_pipeline_tests.marts.ledger import Ledger, Line
from netsuite_pipeline_tests.marts.test_statements import (
    BANK,
    CAPITAL,
    DEC_24,
    JAN_25,
    RECEIVABLE,
    SALES,
    two_years,
)


def sold() -> Ledger:
    """Two years, with a sale on account in each of two subsidiaries, one of them partly paid."""
    ledger = two_years()
    invoice = ledger.document(DEC_24, [Line(RECEIVABLE, 80, 1), Line(SALES, -80, 1)])
    payment = ledger.document(JAN_25, [Line(RECEIVABLE, -30, 1), Line(BANK, 30, 1)])
    ledger.link((invoice, 0), (payment, 0), "30")
    ledger.document(JAN_25, [Line(RECEIVABLE, 70, 2), Line(SALES, -70, 2)])
    return ledger


def compared(connection: duckdb.DuckDBPyConnection) -> dict[str, Comparison]:
    return {each.check.name: each for each in check_marts(connection, "netsuite")}


def test_a_good_ledger_passes_every_check() -> None:
    found = compared(sold().build().connection)
    assert set(found) == set(mart_checks())
    assert [each for each in found.values() if not each.holds] == []
    assert [name for name, each in found.items() if not each.compared] == ["ap_ties_to_control_accounts"]


def test_open_items_are_compared_in_the_primary_book_whatever_its_number() -> None:
    """Book 1 has a receivable more than book 5, which is the primary one."""
    ledger = sold()
    for row in ledger.tables["transactionaccountingline"]:
        row["accountingbook"] = 5
    ledger.add("accountingbook", id=1, isprimary=False)
    ledger.add("accountingbook", id=5, isprimary=True)
    ledger.document(DEC_24, [Line(RECEIVABLE, 7, 1), Line(SALES, -7, 1)])
    found = compared(ledger.build().connection)["ar_ties_to_control_accounts"]
    assert found.compared > 0
    assert found.holds


def test_open_items_that_do_not_add_up_are_found() -> None:
    connection = sold().build().connection
    connection.execute("DELETE FROM marts.ar_aging WHERE subsidiary = 2")
    assert compared(connection)["ar_ties_to_control_accounts"].differing > 0


def test_a_mart_that_the_account_has_nothing_for_is_not_compared() -> None:
    ledger = sold()
    ledger.drop("nexttransactionlinelink")
    assert compared(ledger.build().connection)["ar_ties_to_control_accounts"].missing == ("ar_aging",)


@pytest.mark.parametrize(
    ("check", "fault"),
    [
        ("debits_equal_credits", "UPDATE marts.general_ledger SET debit = debit + 0.01 WHERE rowid = 0"),
        ("one_period_each", "INSERT INTO marts.general_ledger FROM marts.general_ledger LIMIT 1"),
        ("one_period_each", "UPDATE marts.general_ledger SET period = NULL WHERE rowid = 0"),
        ("ties_to_ledger", "UPDATE marts.trial_balance SET credit = credit + 1 WHERE NOT is_consolidated AND credit > 0"),
        ("closings_add_up_to_zero", f"DELETE FROM marts.trial_balance WHERE account = {BANK}"),
        ("assets_equal_liabilities_and_equity", f"DELETE FROM marts.balance_sheet WHERE account = {CAPITAL}"),
        ("net_income_ties", f"UPDATE marts.income_statement SET year_to_date = 0 WHERE account = {SALES}"),
        ("net_income_ties", "DELETE FROM marts.balance_sheet WHERE line = 'net_income'"),
        ("cash_ties_to_trial_balance", "UPDATE marts.cash_flow_statement SET amount = amount + 1"),
        ("revenue_ties", "DELETE FROM marts.revenue_by_customer"),
    ],
)  # fmt: skip
def test_a_fault_is_found_by_its_check(check: str, fault: str) -> None:
    connection = sold().build().connection
    connection.execute(fault)
    found = compared(connection)[check]
    assert found.differing > 0
    assert found.unknown == 0
    assert found.differences[0].place.startswith(("book 1", "credits of account"))


def test_a_cent_is_found_and_both_amounts_are_named() -> None:
    connection = sold().build().connection
    connection.execute(
        f"UPDATE marts.general_ledger SET debit = debit + 0.01 WHERE account = {RECEIVABLE} AND subsidiary = 2"
    )
    found = compared(connection)["debits_equal_credits"]
    (difference,) = found.differences
    assert difference.place == "book 1, Jan 2025, subsidiary 2"
    assert (difference.figure, difference.other) == (Decimal("100.01"), Decimal(100))


def test_a_missing_rate_makes_a_check_unknown_and_not_failed() -> None:
    ledger = sold()
    ledger.drop("consolidatedexchangerate")
    found = compared(ledger.build().connection)["assets_equal_liabilities_and_equity"]
    assert found.differing == 0
    assert found.unknown > 0
    assert not found.holds


def test_a_check_without_its_mart_is_not_compared() -> None:
    connection = sold().build().connection
    connection.execute("DROP TABLE marts.income_statement")
    found = compared(connection)
    assert found["net_income_ties"].missing == ("income_statement",)
    assert found["debits_equal_credits"].holds


def test_a_comparison_leaves_the_schema_of_the_session_as_it_was() -> None:
    connection = sold().build().connection
    before = connection.execute("SELECT current_schema()").fetchall()
    compared(connection)
    assert connection.execute("SELECT current_schema()").fetchall() == before
    assert connection.execute("SELECT count(*) FROM duckdb_tables() WHERE temporary").fetchall() == [(0,)]
