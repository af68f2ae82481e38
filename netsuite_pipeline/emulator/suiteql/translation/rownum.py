"""ROWNUM, the number of a row after WHERE and before ORDER BY."""

from collections.abc import Iterator

from sqlglot import exp

from netsuite_pipeline.emulator.suiteql.errors import unsupported
from netsuite_pipeline.emulator.suiteql.translation.expressions import Expressions
from netsuite_pipeline.emulator.suiteql.typed_sql import Kind, number

_MIRRORED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
    exp.EQ: exp.EQ,
}


def is_rownum(node: exp.Expr) -> bool:
    """Return whether a node is the pseudo-column itself."""
    return isinstance(node, exp.Column) and node.name.upper() == "ROWNUM" and not node.args.get("table")


def own_nodes(node: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the nodes below one, without those of nested queries."""
    return node.walk(prune=lambda each: isinstance(each, exp.Select | exp.SetOperation))


def mentions_rownum(node: exp.Expr) -> bool:
    """Return whether an expression uses ROWNUM of its own SELECT."""
    return any(is_rownum(each) for each in own_nodes(node))


def rownum_limit(condition: exp.Expr, expressions: Expressions) -> str:
    """Return the number of rows that a condition on ROWNUM selects, as an SQL number.

    A row that fails passes its number to the next row, so `ROWNUM > 1` selects nothing and `ROWNUM = 1` one
    row. Raises Refusal for a condition that is no plain comparison.
    """
    while isinstance(condition, exp.Paren):
        condition = condition.this
    if isinstance(condition, exp.Between) and is_rownum(condition.this):
        low = _bound(condition.args["low"], expressions)
        high = _bound(condition.args["high"], expressions)
        return f"(CASE WHEN {low} <= 1 THEN floor({high}) ELSE 0 END)"
    kind = type(condition)
    if kind not in _MIRRORED:
        raise unsupported()
    left, right = condition.this, condition.expression
    if is_rownum(right):
        left, right, kind = right, left, _MIRRORED[kind]
    if not is_rownum(left):
        raise unsupported()
    value = expressions.value(right)
    limit = number(value).text
    if kind is exp.LTE:
        return limit if value.kind is Kind.INTEGER else f"floor({limit})"
    if kind is exp.LT:
        return f"(ceil({limit}) - 1)"
    if kind is exp.EQ:
        return f"(CASE WHEN {limit} = 1 THEN 1 ELSE 0 END)"
    passes = f"1 > {limit}" if kind is exp.GT else f"1 >= {limit}"
    return f"(CASE WHEN {passes} THEN 9000000000000000000 ELSE 0 END)"


def _bound(node: exp.Expr, expressions: Expressions) -> str:
    return number(expressions.value(node)).text
