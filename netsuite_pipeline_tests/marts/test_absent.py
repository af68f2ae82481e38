"""Accounts that lack a feature, and selections that lack a table or a column."""

from datetime import date
from decimal import Decimal

import duckdb
import pytest

from netsuite_pipeline.marts import build_marts, marts_catalogue, marts_schema
from netsuite_pipeline_tests.marts.ledger import TODAY, Ledger, Line, Marts
from netsuite_pipeline_tests.marts.test_books import three_books
from netsuite_pipeline_tests.marts.test_statements import (
    BANK,
    CAPITAL,
    DEC_24,
    FEB_25,
    JAN_25,
    RECEIVABLE,
    RENT,
    RETAINED,
    SALES,
    company,
    two_years,
)  # fmt: skip

_USES = {
    table: sorted({column for mart in marts_catalogue().values() for column in mart.uses.get(table, ())})
    for table in sorted({table for mart in marts_catalogue().values() for table in mart.uses})
}


def everything() -> Ledger:
    """A company with a row in every table and a value in every column that the marts read."""
    ledger = three_books()
    ledger.document(
        JAN_25, [Line(RECEIVABLE, 9, 1, entity=31), Line(SALES, -9, 1)], type="CustInvc", entity=31
    )
    ledger.document(None, [Line(RECEIVABLE, 9, 1)], type="SalesOrd", posting=False, status="B")
    ledger.link((1, 0), (2, 0), 1)
    for table, columns in _USES.items():
        rows = ledger.tables.setdefault(table, [{}])
        for column in columns:
            rows[0].setdefault(column, None)
    return ledger


def _figures(marts: Marts) -> set[str]:
    """The marts that have rows."""
    return {name for name in marts_catalogue() if marts.one(f"SELECT count(*) > 0 FROM marts.{name}")}


def _check(ledger: Ledger, name: str) -> None:
    marts = ledger.build()
    table, _, column = name.partition(".")
    users = {
        mart.name
        for mart in marts_catalogue().values()
        if column in ("", *mart.uses.get(table, ())) and table in mart.uses
    }
    assert users
    assert {mart for mart, what in marts.left_out() if what == name} == users
    for mart in marts_catalogue().values():
        columns = marts.rows(
            f"SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = 'marts' AND table_name = '{mart.name}' ORDER BY column_index"
        )
        assert columns == [(column.name, column.type) for column in mart.columns]
        if name in mart.needs or any(need.startswith(f"{name}.") for need in mart.needs):
            assert mart.name not in _figures(marts)
        # The computed rows of two special accounts that do not exist differ by their names.
        keys = ", ".join([*mart.key, "account_name"] if mart.name == "trial_balance" else mart.key)
        assert marts.rows(f"SELECT {keys} FROM marts.{mart.name} GROUP BY ALL HAVING count(*) > 1") == []


@pytest.mark.few(4)
@pytest.mark.parametrize("table", list(_USES))
def test_a_missing_table_is_named_and_the_rest_is_built(table: str) -> None:
    ledger = everything()
    ledger.drop(table)
    _check(ledger, table)


@pytest.mark.few(3)
@pytest.mark.parametrize(
    "name", [f"{table}.{column}" for table, columns in _USES.items() for column in columns]
)
def test_a_missing_column_is_named_and_the_rest_is_built(name: str) -> None:
    ledger = everything()
    ledger.drop(name)
    _check(ledger, name)


def test_nothing_is_left_out_of_an_account_that_has_everything() -> None:
    assert {what for _, what in everything().build().left_out() if what.partition(".")[0] in _USES} == set()


def test_an_account_that_has_nothing_has_empty_marts() -> None:
    marts = Ledger().build()
    assert _figures(marts) == {"left_out"}
    assert {mart for mart, _ in marts.left_out()} == {
        mart.name for mart in marts_catalogue().values() if mart.uses
    }


def single_entity() -> Ledger:
    """Nothing but accounts, periods and documents: no subsidiaries, currencies, books, items."""
    ledger = two_years()
    ledger.drop("subsidiary", "currency", "consolidatedexchangerate", "transactionline.subsidiary", "transaction.currency",
                "transactionaccountingline.accountingbook")  # fmt: skip
    return ledger


def test_an_account_without_subsidiaries_has_one_context() -> None:
    marts = single_entity().build()
    rows = marts.figures("trial_balance", "accounting_book, subsidiary, is_consolidated, account", "currency, closing",
                         f"period = {JAN_25}")  # fmt: skip
    assert rows == {
        (1, None, False, BANK): (None, 1570), (1, None, False, CAPITAL): (None, -1500),
        (1, None, False, RETAINED): (None, -100), (1, None, False, RENT): (None, 30),
    }  # fmt: skip
    assert marts.figures("general_ledger", "transaction, transaction_line", "amount_consolidated, amount_currency",
                         f"period = {JAN_25}") == {(4, 0): (-30, -30), (4, 1): (30, 30)}  # fmt: skip
    assert marts.figures("revenue_by_customer", "subsidiary, period", "revenue, revenue_consolidated") == {
        (None, DEC_24): (100, 100)
    }


def test_an_account_without_subsidiaries_has_the_companys_base_currency() -> None:
    """With Multiple Currencies, but no subsidiaries: the base currency is the one that is marked so."""
    ledger = single_entity()
    ledger.add("currency", id=1, symbol="USD", isbasecurrency=True)
    ledger.add("currency", id=2, symbol="EUR", isbasecurrency=False)
    ledger.document(JAN_25, [Line(RECEIVABLE, 11, foreign=10), Line(SALES, -11, foreign=-10)], currency=2)
    ledger.link((1, 0), (2, 0), 0)
    marts = ledger.build()
    assert marts.rows("SELECT DISTINCT currency FROM marts.trial_balance") == [("USD",)]
    assert marts.rows(
        "SELECT currency, base_currency, open_currency, open_base FROM marts.ar_aging_at(DATE '2025-01-31')"
    ) == [("EUR", "USD", 10, 11)]


def test_subsidiaries_of_one_currency_are_consolidated_at_one() -> None:
    """Without Multiple Currencies there are no currencies and no rates."""
    ledger = two_years()
    ledger.drop("currency", "consolidatedexchangerate", "subsidiary.currency", "transaction.currency")
    rows = ledger.build().figures(
        "trial_balance", "account", "currency, closing", f"is_consolidated AND period = {JAN_25}"
    )
    assert rows[BANK] == (None, 1570)


def test_without_rates_figures_of_another_currency_are_unknown() -> None:
    ledger = two_years()
    ledger.drop("consolidatedexchangerate")
    rows = ledger.build().figures(
        "trial_balance", "account", "closing", f"is_consolidated AND period = {JAN_25}"
    )
    assert rows[BANK] is None


def test_without_fiscal_years_the_result_of_the_year_is_unknown() -> None:
    ledger = two_years()
    ledger.drop("accountingperiod.parent")
    marts = ledger.build()
    sheet = marts.figures(
        "balance_sheet",
        "line, account",
        "fiscal_year, amount",
        f"subsidiary = 2 AND NOT is_consolidated AND period = {JAN_25}",
    )
    assert sheet == {
        ("account", BANK): (None, 570), ("account", CAPITAL): (None, 500),
        ("retained_earnings", RETAINED): (None, None), ("net_income", None): (None, None),
    }  # fmt: skip
    assert (
        marts.one(
            f"SELECT amount FROM marts.income_statement WHERE subsidiary = 2 AND NOT is_consolidated AND period = {JAN_25} AND account = {RENT}"
        )
        == -30
    )
    assert any(what.startswith("the fiscal year of periods Jan 2024") for _, what in marts.left_out())


def test_without_lines_the_documents_subsidiary_counts() -> None:
    ledger = two_years()
    ledger.drop("transactionline")
    for row in ledger.tables["transaction"]:
        row["subsidiary"] = 1 if row["id"] == 1 else 2
    assert (
        ledger.build().one(
            f"SELECT closing FROM marts.trial_balance WHERE subsidiary = 2 AND account = {BANK} AND period = {JAN_25}"
        )
        == 570
    )


def test_a_posting_whose_line_is_missing_has_the_documents_subsidiary_or_none() -> None:
    """Both sides stay in the statements: one in the subsidiary of its line, the other in a context without one."""
    ledger = company()
    ledger.document(JAN_25, [Line(BANK, 10, 1), Line(CAPITAL, -10, 1)])
    ledger.tables["transactionline"].pop()
    closings = ledger.build().figures("trial_balance", "subsidiary, account", "closing",
                                      f"NOT is_consolidated AND period = {JAN_25}")  # fmt: skip
    assert closings == {(1, BANK): 10, (None, CAPITAL): -10}
    ledger.tables["transaction"][0]["subsidiary"] = 2
    closings = ledger.build().figures("trial_balance", "subsidiary, account", "closing",
                                      f"NOT is_consolidated AND period = {JAN_25}")  # fmt: skip
    assert closings == {(1, BANK): 10, (2, CAPITAL): -10}


def test_unknown_kinds_go_by_the_account_type_and_are_named() -> None:
    ledger = two_years()
    for kind, sheet, left in (
        ("Odd", True, True),
        ("Owed", True, False),
        ("Gain", False, False),
        ("Loss", False, True),
    ):
        ledger.add("accounttype", id=kind, balancesheet=sheet, left=left)
        ledger.account(500 + len(ledger.tables["accounttype"]), kind)
    ledger.document(JAN_25, [Line(501, 8, 1), Line(502, -4, 1), Line(503, -6, 1), Line(504, 2, 1)])
    ledger.document(JAN_25, [Line(777, 5, 1), Line(BANK, -5, 1)])
    marts = ledger.build()
    where = f"subsidiary = 1 AND NOT is_consolidated AND period = {JAN_25} AND account > 500"
    assert marts.figures("balance_sheet", "account", "section, amount", where) == {
        501: ("assets", 8), 502: ("liabilities", 4), 777: ("assets", 5),
    }  # fmt: skip
    assert marts.figures("income_statement", "account", "section, amount", where) == {
        503: ("other_income", 6), 504: ("other_expense", -2),
    }  # fmt: skip
    assert {what for _, what in marts.left_out() if what.startswith("account ")} == {
        "account 501: kind Odd", "account 502: kind Owed", "account 503: kind Gain", "account 504: kind Loss",
        "account 777: not in the list of accounts",
    }  # fmt: skip


def test_postings_that_no_statement_can_place_are_counted() -> None:
    ledger = two_years()
    ledger.document(None, [Line(BANK, 1, 1), Line(CAPITAL, -1, 1)])
    ledger.document(100, [Line(BANK, 1, 1), Line(CAPITAL, -1, 1)])
    ledger.document(JAN_25, [Line(BANK, 1, 9), Line(CAPITAL, -1, None)])
    ledger.add(
        "transactionaccountingline",
        transaction=999,
        transactionline=0,
        accountingbook=1,
        account=BANK,
        posting=True,
    )
    marts = ledger.build()
    assert {what for mart, what in marts.left_out() if mart == "trial_balance" and (what[0].isdigit() or what.startswith("subsidiary "))} == {
        "2 postings without a period", "2 postings in periods that are no posting periods", "1 postings without a subsidiary",
        "1 postings whose transaction is missing", "subsidiary 9: not in the list of subsidiaries",
    }  # fmt: skip
    assert marts.one("SELECT count(*) FROM marts.general_ledger WHERE period IS NULL") == 2
    assert (
        marts.one(f"SELECT closing FROM marts.trial_balance WHERE subsidiary = 9 AND period = {FEB_25}") == 1
    )


def test_a_column_that_drifted_has_the_values_that_fit() -> None:
    ledger = single_entity()
    connection = duckdb.connect()
    ledger.write(connection)
    connection.execute("ALTER TABLE netsuite.transactionaccountingline ALTER COLUMN debit TYPE VARCHAR")
    connection.execute(
        "UPDATE netsuite.transactionaccountingline SET debit = 'none', credit = 30 WHERE debit = '30.0000000000'"
    )
    build_marts(connection, "netsuite", TODAY)
    assert Marts(connection).one(
        f"SELECT amount FROM marts.general_ledger WHERE account = {RENT}"
    ) == Decimal(-30)


def test_each_connection_has_its_own_marts() -> None:
    assert marts_schema("sandbox") == "sandbox_marts"
    connection = duckdb.connect()
    ledger = two_years()
    ledger.write(connection, "sandbox")
    report = build_marts(connection, "sandbox", TODAY)
    assert report.schema == "sandbox_marts"
    assert connection.execute("SELECT count(*) FROM sandbox_marts.general_ledger").fetchone() == (8,)
    assert {mart.name: mart.rows for mart in report.marts}["general_ledger"] == 8


def test_a_build_leaves_nothing_but_the_marts_and_repeats_itself() -> None:
    """What a build creates for itself would hide tables of the same names."""
    connection = duckdb.connect()
    two_years().write(connection)
    for _ in range(2):
        connection.execute("BEGIN")
        build_marts(connection, "netsuite", date(2025, 3, 15))
        connection.execute("COMMIT")
        assert (
            connection.execute(
                "SELECT table_name FROM duckdb_tables() WHERE temporary UNION ALL SELECT view_name FROM duckdb_views() WHERE temporary AND NOT internal"
            ).fetchall()
            == []
        )
    uncommented = "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'marts' AND coalesce(comment, '') = ''"
    assert connection.execute(uncommented).fetchall() == []
    assert (
        connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'marts' AND coalesce(comment, '') = ''"
        ).fetchall()
        == []
    )


def test_a_build_that_fails_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = duckdb.connect()
    ledger = two_years()
    ledger.write(connection)
    build_marts(connection, "netsuite", TODAY)
    before = connection.execute("SELECT * FROM marts.trial_balance ORDER BY ALL").fetchall()
    ledger.document(JAN_25, [Line(BANK, 1, 1), Line(CAPITAL, -1, 1)])
    ledger.write(connection)
    monkeypatch.setattr(
        "netsuite_pipeline.marts.build._comments",
        lambda ref, mart: "SELEC" if mart.name == "left_out" else "SELECT 1",
    )
    connection.execute("BEGIN")
    with pytest.raises(duckdb.Error):
        build_marts(connection, "netsuite", TODAY)
    connection.execute("ROLLBACK")
    monkeypatch.undo()
    assert connection.execute("SELECT * FROM marts.trial_balance ORDER BY ALL").fetchall() == before
    build_marts(connection, "netsuite", TODAY)
    assert connection.execute("SELECT count(*) FROM marts.general_ledger").fetchone() == (10,)
