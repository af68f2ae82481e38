"""Income statement, balance sheet and cash of the main context, as the report shows them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import duckdb

from netsuite_pipeline.reporting.headlines import MainContext, main_context
from netsuite_pipeline.warehouse.schema.schema import present_columns, quoted

COLUMNS = 6
"""How many periods a statement shows, the latest ones."""
TREND = 24
"""How many ordinary periods a plot shows, the latest ones."""
Amounts = tuple[Decimal | None, ...]
_NEEDED = ("trial_balance", "income_statement", "balance_sheet", "cash_position", "calendar")
_INCOME = (
    ("income", "Income", ""),
    ("cost_of_goods_sold", "Cost of goods sold", "Gross profit"),
    ("expense", "Expense", "Operating income"),
    ("other_income", "Other income", ""),
    ("other_expense", "Other expense", "Net income"),
)
_BALANCE = (
    ("assets", "Assets"),
    ("liabilities", "Liabilities"),
    ("equity", "Equity"),
)


@dataclass(frozen=True)
class StatementLine:
    """One line of a statement: its label, an amount for each column (None where unknown), and its kind."""

    label: str
    amounts: Amounts
    is_total: bool = False


@dataclass(frozen=True)
class Statement:
    """One statement.

    Attributes:
        title: Its name.
        columns: The heads of the columns.
        lines: Its lines, totals included.
    """

    title: str
    columns: tuple[str, ...]
    lines: tuple[StatementLine, ...]


@dataclass(frozen=True)
class TrendPoint:
    """The figures of one period that the plots show; None where a figure is unknown."""

    period: str
    revenue: Decimal | None
    net_income: Decimal | None
    cash: Decimal | None


@dataclass(frozen=True)
class Statements:
    """The statements of a connection.

    Attributes:
        about: Whose statements they are, in which currency and book.
        statements: Income statement, balance sheet, cash.
        trend: The latest ordinary periods, oldest first.
    """

    about: str
    statements: tuple[Statement, ...]
    trend: tuple[TrendPoint, ...]


@dataclass(frozen=True)
class _Period:
    id: int
    name: str
    is_adjustment: bool


def read_statements(connection: duckdb.DuckDBPyConnection, connection_name: str) -> Statements | None:
    """Return the statements of a connection's main context; None where it has no marts.

    Args:
        connection: To a file with marts.
        connection_name: The schema of NetSuite's tables.
    """
    context = main_context(connection, connection_name)
    if context is None or not all(present_columns(connection, context.schema, mart) for mart in _NEEDED):
        return None
    periods = _periods(connection, context)
    shown = periods[-COLUMNS:]
    return Statements(
        _about(connection, connection_name, context),
        (
            _income_statement(connection, context, shown),
            _balance_sheet(connection, context, shown),
            _cash(connection, context, shown),
        ),
        _trend(connection, context, [period for period in periods if not period.is_adjustment][-TREND:]),
    )


def _periods(connection: duckdb.DuckDBPyConnection, context: MainContext) -> list[_Period]:
    rows = connection.execute(
        "SELECT period, any_value(period_name), "
        f"period NOT IN (SELECT period FROM {context.ref('calendar')}) AS late "
        f"FROM {context.ref('trial_balance')} WHERE {context.condition} "
        "GROUP BY period, period_end ORDER BY period_end, late, period"
    ).fetchall()
    return [_Period(*row) for row in rows]


def _about(connection: duckdb.DuckDBPyConnection, connection_name: str, context: MainContext) -> str:
    parts = [f"Accounting book {context.book}"]
    if context.subsidiary is not None:
        below = " with all subsidiaries below it" if context.is_consolidated else ""
        parts.append(f"{_subsidiary_name(connection, connection_name, context.subsidiary)}{below}")
    if context.currency:
        parts.append(f"in {context.currency}")
    return ", ".join(parts)


def _subsidiary_name(connection: duckdb.DuckDBPyConnection, connection_name: str, subsidiary: int) -> str:
    if {"id", "name"}.issubset(present_columns(connection, connection_name, "subsidiary")):
        row = connection.execute(
            f"SELECT name FROM {quoted(connection_name)}.subsidiary WHERE id = {subsidiary}"
        ).fetchone()
        if row and row[0]:
            return str(row[0])
    return f"subsidiary {subsidiary}"


def _amounts_by_account(
    connection: duckdb.DuckDBPyConnection, context: MainContext, mart: str, section: str, figure: str,
    shown: Sequence[_Period],
) -> Mapping[tuple[str, str], dict[int, Decimal | None]]:  # fmt: skip
    """Return a mart's figure by section, account label and period; accounts are in order of their numbers."""
    ids = ", ".join(str(period.id) for period in shown) or "NULL"
    rows = connection.execute(
        f"SELECT {section}, concat_ws(' ', account_number, account_name), period, "
        f"CASE WHEN count(*) = count({figure}) THEN sum({figure}) END FROM {context.ref(mart)} "
        f"WHERE {context.condition} AND period IN ({ids}) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    found: dict[tuple[str, str], dict[int, Decimal | None]] = {}
    for part, account, period, amount in rows:
        found.setdefault((part, account), {})[period] = amount
    return found


def _line(label: str, by_period: Mapping[int, Decimal | None], shown: Sequence[_Period]) -> StatementLine:
    return StatementLine(label, tuple(by_period.get(period.id, Decimal(0)) for period in shown))


def total(label: str, lines: Iterable[StatementLine], columns: int) -> StatementLine:
    """Return the sum of lines; a sum with an unknown part is unknown.

    Example:
        >>> parts = [StatementLine("a", (Decimal(1), None)), StatementLine("b", (Decimal(2), Decimal(3)))]
        >>> total("Sum", parts, columns=2)
        StatementLine(label='Sum', amounts=(Decimal('3'), None), is_total=True)
    """
    sums: list[Decimal | None] = [Decimal(0)] * columns
    for line in lines:
        sums = [
            None if known is None or amount is None else known + amount
            for known, amount in zip(sums, line.amounts, strict=True)
        ]
    return StatementLine(label, tuple(sums), is_total=True)


def _income_statement(
    connection: duckdb.DuckDBPyConnection, context: MainContext, shown: Sequence[_Period]
) -> Statement:
    mart = "income_statement"
    amounts = _amounts_by_account(connection, context, mart, "section", "amount", shown)
    year = _amounts_by_account(connection, context, mart, "section", "year_to_date", shown[-1:])
    columns = (*(period.name for period in shown), "Year to date")
    lines: list[StatementLine] = []
    above: list[StatementLine] = []
    for section, title, result in _INCOME:
        accounts = [
            StatementLine(
                label,
                (
                    *_line(label, by_period, shown).amounts,
                    *_line(label, year.get((part, label), {}), shown[-1:]).amounts,
                ),
            )
            for (part, label), by_period in amounts.items()
            if part == section
        ]
        above += accounts
        if accounts:
            lines += [*accounts, total(title, accounts, len(columns))]
        if result:
            lines.append(total(result, above, len(columns)))
    return Statement("Income statement", columns, tuple(lines))


def _balance_sheet(
    connection: duckdb.DuckDBPyConnection, context: MainContext, shown: Sequence[_Period]
) -> Statement:
    amounts = _amounts_by_account(connection, context, "balance_sheet", "section", "amount", shown)
    columns = tuple(period.name for period in shown)
    lines: list[StatementLine] = []
    financing: list[StatementLine] = []
    for section, title in _BALANCE:
        accounts = [
            _line(label, by_period, shown) for (part, label), by_period in amounts.items() if part == section
        ]
        lines += [*accounts, total(title, accounts, len(columns))]
        financing += accounts if section != "assets" else []
    lines.append(total("Liabilities and equity", financing, len(columns)))
    return Statement("Balance sheet", columns, tuple(lines))


def _cash(connection: duckdb.DuckDBPyConnection, context: MainContext, shown: Sequence[_Period]) -> Statement:
    amounts = _amounts_by_account(connection, context, "cash_position", "account_type", "balance", shown)
    columns = tuple(period.name for period in shown)
    accounts = [_line(label, by_period, shown) for (_, label), by_period in amounts.items()]
    return Statement("Cash", columns, (*accounts, total("Cash", accounts, len(columns))))


def _trend(
    connection: duckdb.DuckDBPyConnection, context: MainContext, shown: Sequence[_Period]
) -> tuple[TrendPoint, ...]:
    income = _sums(connection, context, "income_statement", "amount", "true")
    revenue = _sums(connection, context, "income_statement", "amount", "section = 'income'")
    cash = _sums(connection, context, "cash_position", "balance", "true")
    zero = Decimal(0)
    return tuple(
        TrendPoint(each.name, revenue.get(each.id, zero), income.get(each.id, zero), cash.get(each.id, zero))
        for each in shown
    )


def _sums(
    connection: duckdb.DuckDBPyConnection, context: MainContext, mart: str, figure: str, condition: str
) -> Mapping[int, Decimal | None]:
    rows = connection.execute(
        f"SELECT period, CASE WHEN count(*) = count({figure}) THEN sum({figure}) END "
        f"FROM {context.ref(mart)} WHERE {context.condition} AND {condition} GROUP BY period"
    ).fetchall()
    return dict(rows)
