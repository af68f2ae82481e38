"""Conditions of WHERE, ON, HAVING and CASE WHEN."""

from collections.abc import Callable

from sqlglot import exp

from netsuite_pipeline.emulator.suiteql.errors import unsupported
from netsuite_pipeline.emulator.suiteql.functions.functions import regexp_like
from netsuite_pipeline.emulator.suiteql.typed_sql import NUMBERS, TEXTS, Sql, Translator, as_text, comparable


def _joined(word: str) -> Callable[[Translator, exp.Expr], str]:
    def translate(self: Translator, node: exp.Expr) -> str:
        parts = [self.condition(part) for part in node.flatten(unnest=False)]
        return "(" + f" {word} ".join(parts) + ")"

    return translate


def _not(self: Translator, node: exp.Expr) -> str:
    return f"(NOT {self.condition(node.this)})"


def _parenthesised(self: Translator, node: exp.Expr) -> str:
    return f"({self.condition(node.this)})"


def _compared(operator: str) -> Callable[[Translator, exp.Expr], str]:
    def translate(self: Translator, node: exp.Expr) -> str:
        left, right = comparable(self.value(node.this), self.value(node.expression), self.session)
        return f"{left} {operator} {right}"

    return translate


def _is(self: Translator, node: exp.Expr) -> str:
    if not isinstance(node.expression, exp.Null):
        raise unsupported()
    return f"{self.value(node.this).text} IS NULL"


def _in(self: Translator, node: exp.Expr) -> str:
    subjects = self.operands(node.this.expressions if isinstance(node.this, exp.Tuple) else [node.this])
    query = node.args.get("query")
    if query is not None:
        text, values = self.nested_query(query)
        if len(values) != len(subjects):
            raise unsupported()
        for subject, value in zip(subjects, values, strict=True):
            if not ({subject.kind, value.kind} <= NUMBERS or {subject.kind, value.kind} <= TEXTS):
                comparable(subject, value, self.session)
        left = ", ".join(subject.text for subject in subjects)
        return f"({left}) IN ({text})"
    if isinstance(node.this, exp.Tuple):
        return " OR ".join(_tuple_equal(self, subjects, each) for each in node.expressions).join("()")
    subject = subjects[0]
    pairs = [comparable(subject, value, self.session) for value in self.operands(node.expressions)]
    if all(left == subject.text for left, _ in pairs):
        return f"{subject.text} IN ({', '.join(right for _, right in pairs)})"
    return " OR ".join(f"{left} = {right}" for left, right in pairs).join("()")


def _tuple_equal(self: Translator, subjects: list[Sql], item: exp.Expr) -> str:
    if not isinstance(item, exp.Tuple) or len(item.expressions) != len(subjects):
        raise unsupported()
    pairs = zip(subjects, self.operands(item.expressions), strict=True)
    equal = (" = ".join(comparable(subject, value, self.session)) for subject, value in pairs)
    return " AND ".join(equal).join("()")


def _between(self: Translator, node: exp.Expr) -> str:
    subject = self.value(node.this)
    low, high = self.value(node.args["low"]), self.value(node.args["high"])
    above = " >= ".join(comparable(subject, low, self.session))
    below = " <= ".join(comparable(subject, high, self.session))
    return f"({above} AND {below})"


def _like(self: Translator, node: exp.Expr, escape: str = "") -> str:
    text, pattern = (
        as_text(value, self.session).text for value in self.operands([node.this, node.expression])
    )
    negation = "NOT " if node.args.get("negate") else ""
    return f"{text} {negation}LIKE {pattern}{escape}"


def _escaped(self: Translator, node: exp.Expr) -> str:
    if not isinstance(node.this, exp.Like):
        raise unsupported()
    return _like(self, node.this, f" ESCAPE {self.value(node.expression).text}")


def _exists(self: Translator, node: exp.Expr) -> str:
    return f"EXISTS ({self.nested_query(node.this)[0]})"


def _condition_call(self: Translator, node: exp.Expr) -> str:
    if node.name.upper() != "REGEXP_LIKE":
        raise unsupported()
    return regexp_like(self, node.expressions)


CONDITIONS: dict[type[exp.Expr], Callable[[Translator, exp.Expr], str]] = {
    exp.And: _joined("AND"),
    exp.Or: _joined("OR"),
    exp.Not: _not,
    exp.Paren: _parenthesised,
    exp.EQ: _compared("="),
    exp.NEQ: _compared("<>"),
    exp.GT: _compared(">"),
    exp.GTE: _compared(">="),
    exp.LT: _compared("<"),
    exp.LTE: _compared("<="),
    exp.Is: _is,
    exp.In: _in,
    exp.Between: _between,
    exp.Like: _like,
    exp.Escape: _escaped,
    exp.Exists: _exists,
    exp.Anonymous: _condition_call,
}
"""Translation of each kind of condition."""
