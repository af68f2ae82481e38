"""The statements of the report: whose they are, their figures and totals, and how the page shows them."""

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from netsuite_pipeline.marts import build_marts
from netsuite_pipeline.reporting.facts import ConnectionFacts, WarehouseFacts
from netsuite_pipeline.reporting.headlines import headline_figures, main_context
from netsuite_pipeline.reporting.page import render_report
from netsuite_pipeline.reporting.plots import Bar, signed_chart
from netsuite_pipeline.reporting.queries import read_warehouse
from netsuite_pipeline.reporting.statements import Statements, read_statements
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.marts.ledger import TODAY, Ledger, Line
from netsuite_pipeline_tests.marts.test_books import three_books
from netsuite_pipeline_tests.marts.test_statements import (
    BANK,
    CAPITAL,
    MAR_25,
    RENT,
    SALES,
    two_years,
)
from netsuite_pipeline_tests.reporting.noting import NOW, Noting, entry


def with_march() -> Ledger:
    """Two years, and in March sales of 90 and rent of 100 in the parent."""
    ledger = two_years()
    ledger.document(MAR_25, [Line(BANK, 90, 1), Line(SALES, -90, 1)])
    ledger.document(MAR_25, [Line(BANK, -100, 1), Line(RENT, 100, 1)])
    return ledger


def read(ledger: Ledger) -> Statements:
    found = read_statements(ledger.build().connection, "netsuite")
    assert found is not None
    return found


def test_the_top_subsidiary_with_all_below_it_comes_first() -> None:
    connection = with_march().build().connection
    context = main_context(connection, "netsuite")
    assert context is not None
    assert (context.book, context.subsidiary, context.is_consolidated, context.currency) == (
        1,
        1,
        True,
        "USD",
    )
    assert read(with_march()).about == "Accounting book 1, Parent with all subsidiaries below it, in USD"


def test_the_primary_book_comes_first_whatever_its_number() -> None:
    ledger = three_books()
    ledger.add("accountingbook", id=9, isprimary=True)
    for row in ledger.tables["accountingbook"][:3]:
        row["isprimary"] = False
    ledger.document(MAR_25, [Line(BANK, 5, 2, book=9), Line(SALES, -5, 2, book=9)])
    context = main_context(ledger.build().connection, "netsuite")
    assert context is not None
    assert (context.book, context.subsidiary, context.is_consolidated) == (9, 1, True)


def test_income_has_a_column_for_each_period_and_the_year_to_date() -> None:
    """January's rent of 30 EUR is 37.50 at the average rate of 1.25."""
    income, _, _ = read(with_march()).statements
    assert income.columns == (
        "Oct 2024",
        "Nov 2024",
        "Dec 2024",
        "Jan 2025",
        "Feb 2025",
        "Mar 2025",
        "Year to date",
    )
    lines: dict[str, object] = {line.label: line.amounts[-4:] for line in income.lines}
    assert lines[f"{SALES} Income {SALES}"] == (0, 0, 90, 90)
    assert lines[f"{RENT} Expense {RENT}"] == (Decimal("-37.5"), 0, -100, Decimal("-137.5"))
    assert lines["Net income"] == (Decimal("-37.5"), 0, -10, Decimal("-47.5"))
    assert [line.label for line in income.lines if line.is_total] == [
        "Income", "Gross profit", "Expense", "Operating income", "Net income",
    ]  # fmt: skip


def test_the_balance_sheet_balances_in_each_column() -> None:
    _, balance, cash = read(with_march()).statements
    totals = {line.label: line.amounts for line in balance.lines if line.is_total}
    assert totals["Assets"] == totals["Liabilities and equity"]
    assert totals["Assets"][-1] == 1731
    assert cash.lines[-1].amounts == totals["Assets"]


def test_a_figure_without_a_rate_is_unknown() -> None:
    ledger = with_march()
    ledger.drop("consolidatedexchangerate")
    income, balance, _ = read(ledger).statements
    assert income.lines[-1].amounts[-1] is None
    assert balance.lines[-1].amounts[-1] is None


def test_plots_have_ordinary_periods_alone() -> None:
    trend = read(with_march()).trend
    assert trend[-1].period == "Mar 2025"
    latest: object = (trend[-1].revenue, trend[-1].net_income, trend[-1].cash)
    assert latest == (90, -10, 1731)
    assert len(trend) == 15


def test_figures_to_watch_are_those_of_the_last_period() -> None:
    figures = headline_figures(with_march().build().connection, "netsuite")
    assert figures["income_statement"] == {
        "revenue": 90, "net_income": -10, "net_income_year_to_date": Decimal("-47.5"),
    }  # fmt: skip
    assert figures["balance_sheet"] == {"assets": 1731, "equity": 1731}
    assert figures["cash_position"] == {"cash": 1731}


def test_there_are_no_statements_without_marts() -> None:
    assert read_statements(duckdb.connect(), "netsuite") is None
    assert headline_figures(duckdb.connect(), "netsuite") == {}


def test_an_account_that_never_posted_has_no_statement() -> None:
    ledger = Ledger()
    ledger.account(CAPITAL, "Equity")
    assert read_statements(ledger.build().connection, "netsuite") is None


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ((90.0, -10.0), (("-10", "0%"), ("0", "9%"), ("100", "100%"))),
        ((-5.0,), (("-6", "0%"), ("0", "100%"))),
        ((0.0,), (("0", "0%"), ("1", "100%"))),
    ],
)
def test_a_chart_has_bars_below_zero(values: tuple[float, ...], ticks: tuple[tuple[str, str], ...]) -> None:
    chart = signed_chart("Net income", "", [Bar(value) for value in values], "Jan", "Feb")
    assert chart.ticks == ticks
    assert chart.bars.count("M") == sum(value > 0 for value in values)
    assert chart.marked.count("M") == sum(value < 0 for value in values)


def test_the_page_shows_the_statements_and_escapes_names() -> None:
    ledger = with_march()
    ledger.tables["account"][SALES - 1]["fullname"] = "<b>Sales</b>"
    facts = WarehouseFacts("w", 1, NOW, NOW, (ConnectionFacts("netsuite", statements=read(ledger)),))
    page = render_report(facts, concurrency=5)
    for words in ("Income statement", "Balance sheet", "Year to date", "Net income by period", "-137.50"):
        assert words in page
    assert "&lt;b&gt;Sales&lt;/b&gt;" in page
    assert "<b>Sales" not in page
    assert "@media print" in page


def test_the_report_of_a_file_has_its_statements(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    Noting(path).account().log(entry("vendor", NOW)).state("vendor", NOW, 300)
    with duckdb.connect(str(path)) as connection:
        ledger = with_march()
        ledger.drop("subsidiary.name")
        ledger.write(connection)
        build_marts(connection, "netsuite", TODAY)
    (connection_facts,) = read_warehouse(Warehouse(path), NOW).connections
    assert connection_facts.statements is not None
    assert connection_facts.statements.about.startswith("Accounting book 1, subsidiary 1 with")
