"""The few figures of the marts that people watch: net income, assets, cash, what is open."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import duckdb

from netsuite_pipeline.marts import marts_schema
from netsuite_pipeline.warehouse.schema.schema import literal, present_columns, quoted


@dataclass(frozen=True)
class MainContext:
    """The statements that an account reports first: of the primary book, consolidated where that exists.

    Attributes:
        schema: The schema of the marts.
        book: The primary accounting book.
        subsidiary: The subsidiary; None where the account has none.
        is_consolidated: Whether the subsidiaries below it are included.
        currency: The symbol of the currency of all amounts; empty where the account has one currency.
    """

    schema: str
    book: int
    subsidiary: int | None
    is_consolidated: bool
    currency: str

    @property
    def condition(self) -> str:
        """The SQL condition of its rows in a mart of statements."""
        return (
            f"accounting_book = {self.book} AND is_consolidated = {literal(self.is_consolidated)} "
            f"AND subsidiary IS NOT DISTINCT FROM {literal(self.subsidiary)}"
        )

    def ref(self, mart: str) -> str:
        """Return a mart as SQL names it."""
        return f"{quoted(self.schema)}.{quoted(mart)}"


def main_context(connection: duckdb.DuckDBPyConnection, connection_name: str) -> MainContext | None:
    """Return the main context of a connection's statements; None where there is no statement.

    Args:
        connection: To a file with marts.
        connection_name: The schema of NetSuite's tables.
    """
    schema = marts_schema(connection_name)
    if not all(present_columns(connection, schema, mart) for mart in ("trial_balance", "accounting_books")):
        return None
    # The top subsidiary's consolidated statements have the accounts of all subsidiaries.
    row = connection.execute(
        "SELECT accounting_book, subsidiary, is_consolidated, coalesce(any_value(currency), '') "
        f"FROM {quoted(schema)}.trial_balance WHERE accounting_book IN (SELECT accounting_book "
        f"FROM {quoted(schema)}.accounting_books WHERE is_primary) "
        "GROUP BY accounting_book, subsidiary, is_consolidated "
        "ORDER BY is_consolidated DESC, count(*) DESC, subsidiary LIMIT 1"
    ).fetchone()
    return MainContext(schema, *row) if row else None


def headline_figures(
    connection: duckdb.DuckDBPyConnection, connection_name: str
) -> Mapping[str, Mapping[str, Decimal]]:
    """Return figures of the main context by mart: those of the last period, and what is open.

    Args:
        connection: To a file with marts.
        connection_name: The schema of NetSuite's tables.

    Returns:
        Amounts by name, by mart. A figure that is unknown is left out.
    """
    context = main_context(connection, connection_name)
    if context is None:
        return {}
    return {mart: _figures(connection, context, mart, selected) for mart, selected in _FIGURES.items()}


_LAST = (
    "{condition} AND period = (SELECT arg_max(period, period_end) FROM {ref} WHERE {condition} "
    "AND period IN (SELECT period FROM {calendar}))"
)
_OPEN = "as_of = (SELECT max(as_of) FROM {ref})"
# By mart: the figures' names with their SQL, and the rows that they are of. Aging has no contexts and several
# currencies, which nobody adds.
_FIGURES: Mapping[str, tuple[Mapping[str, str], str]] = {
    "income_statement": (
        {
            "revenue": "sum(amount) FILTER (section = 'income')",
            "net_income": "sum(amount)",
            "net_income_year_to_date": "sum(year_to_date)",
        },
        _LAST,
    ),
    "balance_sheet": (
        {
            "assets": "sum(amount) FILTER (section = 'assets')",
            "liabilities": "sum(amount) FILTER (section = 'liabilities')",
            "equity": "sum(amount) FILTER (section = 'equity')",
        },
        _LAST,
    ),
    "cash_position": ({"cash": "sum(balance)"}, _LAST),
    "general_ledger": ({"debits": "sum(debit)"}, "accounting_book = {book}"),
    "ar_aging": ({"open_items": "count(*)", "overdue_items": "count(*) FILTER (days_overdue > 0)"}, _OPEN),
    "ap_aging": ({"open_items": "count(*)", "overdue_items": "count(*) FILTER (days_overdue > 0)"}, _OPEN),
}


def _figures(
    connection: duckdb.DuckDBPyConnection,
    context: MainContext,
    mart: str,
    selected: tuple[Mapping[str, str], str],
) -> Mapping[str, Decimal]:
    if not all(present_columns(connection, context.schema, each) for each in (mart, "calendar")):
        return {}
    names, rows = selected
    where = rows.format(
        ref=context.ref(mart),
        calendar=context.ref("calendar"),
        condition=context.condition,
        book=context.book,
    )
    row = connection.execute(
        f"SELECT {', '.join(names.values())} FROM {context.ref(mart)} WHERE {where}"
    ).fetchone()
    return {name: value for name, value in zip(names, row or (), strict=False) if value is not None}
