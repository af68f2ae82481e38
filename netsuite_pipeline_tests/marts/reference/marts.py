"""All marts of the contract, computed from rows."""

from collections.abc import Iterable, Mapping
from datetime import date

from netsuite_pipeline_tests.marts.reference import further, statements
from netsuite_pipeline_tests.marts.reference.account import Company, Row
from netsuite_pipeline_tests.marts.reference.balances import balances
from netsuite_pipeline_tests.marts.reference.open_items import OpenItems, period_ends
from netsuite_pipeline_tests.marts.reference.periods import Periods
from netsuite_pipeline_tests.marts.reference.postings import Books
from netsuite_pipeline_tests.marts.reference.rates import Rates


class ReferenceMarts:
    """The marts of a company on a day."""

    def __init__(self, tables: dict[str, list[Row]], today: date) -> None:
        self.company = company = Company(tables)
        self.books = books = Books(company)
        self.periods = periods = Periods(company, (each.period for each in books.ledger), today)
        rates, ledger_rates = Rates(company, books), Rates(company, books)
        rows = list(balances(company, books, periods, rates))
        self.receivables = OpenItems(company, books, "AcctRec")
        self.payables = OpenItems(company, books, "AcctPay")
        days = period_ends(periods.shown, today)
        self.rows: Mapping[str, list[Row]] = {
            "trial_balance": list(statements.trial_balance(rows, periods)),
            "income_statement": list(statements.income_statement(rows, periods)),
            "balance_sheet": list(statements.balance_sheet(rows, periods)),
            "cash_position": list(statements.cash_position(company, rows, books.ledger, periods)),
            "general_ledger": list(further.general_ledger(company, books, periods, ledger_rates)),
            "revenue_by_customer": list(further.revenue_by_customer(company, books, periods, ledger_rates)),
            "ar_aging": _on(days, self.receivables),
            "ap_aging": _on(days, self.payables),
            "open_orders": list(further.open_orders(company)),
            "inventory_on_hand": list(further.inventory_on_hand(company)),
            "entity_directory": list(further.entity_directory(company)),
        }
        # What `left_out` must name: book, member, context and period of the rates that were needed.
        self.missing_rates = {"trial_balance": rates.missing, "general_ledger": ledger_rates.missing}


def _on(days: Iterable[date], items: OpenItems) -> list[Row]:
    return [row for day in days for row in items.rows(day)]
