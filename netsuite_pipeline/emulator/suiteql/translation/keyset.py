"""Keyset conditions: their bounds on a key, so that reading a page scans only the page."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from netsuite_pipeline.emulator.suiteql.translation.expressions import Expressions
from netsuite_pipeline.emulator.suiteql.typed_sql import Kind, number

Sides = Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]
"""Slots of the lower and upper bounds of each column; at least one of each side holds."""

_LOWER = (exp.GT, exp.GTE, exp.EQ)
_UPPER = (exp.LT, exp.LTE, exp.EQ)


@dataclass(frozen=True)
class Probe:
    """A key range that likely has the page.

    Attributes:
        table: Table that is read in the order of `column`.
        text: SQL of the column.
        low: Slots of the lower bounds; the range begins at the least of them.
    """

    table: str
    column: str
    text: str
    low: tuple[int, ...]


def bounds(node: exp.Expr, expressions: Expressions) -> Sides:
    """Return the bounds of integer columns in comparisons with literals.

    `a > 1 AND b = 2` bounds a and b; `a > 1 OR (a = 1 AND b > 2)` bounds a alone.
    """
    if isinstance(node, exp.Paren):
        return bounds(node.this, expressions)
    if isinstance(node, exp.And):
        merged: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {}
        for part in node.flatten(unnest=False):
            for column, (low, high) in bounds(part, expressions).items():
                known_low, known_high = merged.get(column, ((), ()))
                merged[column] = (known_low or low, known_high or high)
        return merged
    if isinstance(node, exp.Or):
        parts = [bounds(part, expressions) for part in node.flatten(unnest=False)]
        shared = set(parts[0]).intersection(*parts[1:])
        return {
            column: (
                _either([part[column][0] for part in parts]),
                _either([part[column][1] for part in parts]),
            )
            for column in shared
        }
    if isinstance(node, exp.Between):
        least = _slot(node.this, node.args["low"], expressions)
        most = _slot(node.this, node.args["high"], expressions)
        return {least[0]: ((least[1],), (most[1],))} if least and most else {}
    if isinstance(node, _LOWER + _UPPER):
        found = _slot(node.this, node.expression, expressions)
        if found:
            column, slot = found
            return {column: ((slot,) * isinstance(node, _LOWER), (slot,) * isinstance(node, _UPPER))}
    return {}


def _either(sides: list[tuple[int, ...]]) -> tuple[int, ...]:
    """Return the bounds of an OR, which is bounded only if each of its branches is."""
    return tuple(slot for side in sides for slot in side) if all(sides) else ()


def _slot(left: exp.Expr, right: exp.Expr, expressions: Expressions) -> tuple[str, int] | None:
    if not (isinstance(left, exp.Column) and isinstance(right, exp.Literal)):
        return None
    column, literal = expressions.value(left), expressions.value(right)
    bounded = column.kind is Kind.INTEGER and literal.slot is not None
    if not bounded or not (literal.kind is Kind.INTEGER or literal.digits):
        return None
    return column.text, int(right.name)


def implied(node: exp.Expr, expressions: Expressions) -> list[str]:
    """Return conditions that follow from an OR and that let a scan skip rows."""
    while isinstance(node, exp.Paren):
        node = node.this
    if not isinstance(node, exp.Or):
        return []
    found = []
    for column, (low, high) in bounds(node, expressions).items():
        if low:
            found.append(f"{column} >= {_outermost('least', low, expressions)}")
        if high:
            found.append(f"{column} <= {_outermost('greatest', high, expressions)}")
    return found


def _outermost(function: str, slots: tuple[int, ...], expressions: Expressions) -> str:
    values = [number(expressions.value(exp.Literal.number(slot))).text for slot in slots]
    return values[0] if len(values) == 1 else f"{function}({', '.join(values)})"


def split(node: exp.Expr, expressions: Expressions) -> tuple[str, str] | None:
    """Split an OR into two exclusive conditions, the first a plain bound; None if it has no bound.

    Counting the two separately is far cheaper: each is a range that a scan can skip to.
    """
    while isinstance(node, exp.Paren):
        node = node.this
    if not isinstance(node, exp.Or):
        return None
    branches = list(node.flatten(unnest=False))
    for branch in branches:
        plain = branch.this if isinstance(branch, exp.Paren) else branch
        if isinstance(plain, exp.GT | exp.GTE | exp.LT | exp.LTE) and bounds(plain, expressions):
            first = expressions.condition(plain)
            others = [expressions.condition(each) for each in branches if each is not branch]
            return first, f"({' OR '.join(others)}) AND ({first}) IS NOT TRUE"
    return None
