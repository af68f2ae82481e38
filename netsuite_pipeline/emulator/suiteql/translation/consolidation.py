"""BUILTIN.CONSOLIDATE: an amount of the ledger in the currency of a subsidiary above its own.

The arguments and their values are Oracle's (NSH:article_1029114527). NetSuite's reply is a currency amount,
which clients convert by TO_NUMBER before they add it up (facts, A11). A column as period is refused (public
code).
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from sqlglot import exp

from netsuite_pipeline.emulator.suiteql.dates import quote
from netsuite_pipeline.emulator.suiteql.dialect import Dialect
from netsuite_pipeline.emulator.suiteql.errors import unsupported
from netsuite_pipeline.emulator.suiteql.translation.name_resolution import Names, Scope, Source
from netsuite_pipeline.emulator.suiteql.typed_sql import NUMBERS, Kind, Sql

_ARGUMENTS = 7
_VIEWS = ("LEDGER", "INCOME")
_RATE_KINDS = ("DEFAULT", "STANDARD")  # BUDGET needs budget rates, which the sample company lacks
_RATES: Mapping[str, str] = {
    "CURRENT": "currentrate",
    "AVERAGE": "averagerate",
    "HISTORICAL": "historicalrate",
}
_DEFAULT = "DEFAULT"
_POSTINGS = "transactionaccountingline"
_NOTHING = Sql("CAST(NULL AS VARCHAR)", Kind.TEXT)
_RATE_TYPE = """coalesce(nullif(upper(a.generalrate), ''), CASE
    WHEN a.accttype = 'Equity' THEN 'HISTORICAL'
    WHEN a.accttype IN ('Income', 'COGS', 'Expense', 'OthIncome', 'OthExpense') THEN 'AVERAGE'
    ELSE 'CURRENT' END)"""


class _Expressions(Protocol):
    scope: Scope
    names: Names
    dialect: Dialect

    def value(self, node: exp.Expr) -> Sql: ...

    def constant(self, node: exp.Expr) -> str: ...


def consolidated(self: _Expressions, arguments: Sequence[exp.Expr]) -> Sql:
    """Translate a call; raise Refusal for other arguments than Oracle's.

    An amount that nothing consolidates is NULL: in an account without subsidiaries, and from a subsidiary to
    one that is not above it. Each amount is rounded to cents.
    """
    if self.dialect.builtin_consolidate == "refused" or len(arguments) != _ARGUMENTS:
        raise unsupported()
    amount, view, rate_kind, rate, target, period, book = arguments
    value, source, scope = _posting(self, amount)
    # Both views have the same rates here.
    _text(self, view, _VIEWS)
    _text(self, rate_kind, _RATE_KINDS)
    chosen = _text(self, rate, (_DEFAULT, *_RATES))
    to, in_period = _number(self.value(target)), _period(self, period)

    def of(name: str) -> str:
        text = f"{source.alias}.{name}"
        return text if scope.sink is None else scope.sink.add(text)

    if _is_text(self, book):
        _text(self, book, (_DEFAULT,))
        in_book = of("accountingbook")
    else:
        in_book = _number(self.value(book))
    if self.dialect.builtin_consolidate == "null" or not _has_subsidiaries(self.names):
        return _NOTHING
    kind = _RATE_TYPE if chosen == _DEFAULT else quote(chosen)
    rates = " ".join(f"WHEN {quote(name)} THEN r.{column}" for name, column in _RATES.items())
    return Sql(
        f"(SELECT CAST(round({value.text} * CASE {kind} {rates} END, 2) AS VARCHAR) FROM ns.account a "
        f"JOIN ns.transactionline l ON l.transaction = {of('transaction')} "
        f"AND l.id = {of('transactionline')} "
        f"JOIN ns.consolidatedexchangerate r ON r.fromsubsidiary = l.subsidiary AND r.tosubsidiary = {to} "
        f"AND r.postingperiod = {in_period} AND r.accountingbook = {in_book} WHERE a.id = {of('account')})",
        Kind.TEXT,
        plain=True,
    )


def _posting(self: _Expressions, node: exp.Expr) -> tuple[Sql, Source, Scope]:
    """Return the amount column, and its posting."""
    if not isinstance(node, exp.Column):
        raise unsupported()
    prefix = node.args["table"].name if node.args.get("table") else None
    value, scope = self.scope.column(prefix, node.name)
    sources = [each for each in scope.sources if each.table == _POSTINGS]
    named = [each for each in sources if each.find(node.name.lower()) is not None]
    named = [each for each in named if prefix is None or each.shown == prefix.lower()]
    if len(named) != 1 or value.kind not in NUMBERS:
        raise unsupported()
    return value, named[0], scope


def _is_text(self: _Expressions, node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and self.value(node).kind is Kind.TEXT


def _text(self: _Expressions, node: exp.Expr, known: Sequence[str]) -> str:
    if not _is_text(self, node):
        raise unsupported()
    text = self.constant(node).upper()
    if text not in known:
        raise unsupported()
    return text


def _period(self: _Expressions, node: exp.Expr) -> str:
    if not isinstance(node, exp.Literal):
        raise unsupported()
    return _number(self.value(node))


def _number(value: Sql) -> str:
    if value.kind is not Kind.INTEGER:
        raise unsupported()
    return value.text


def _has_subsidiaries(names: Names) -> bool:
    return "consolidatedexchangerate" in names.access.visible and "subsidiary" in names.access.visible
