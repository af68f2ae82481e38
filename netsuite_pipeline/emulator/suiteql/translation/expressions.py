"""Expressions: nodes of the syntax tree to DuckDB SQL."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from sqlglot import exp

from netsuite_pipeline.emulator.suiteql.dialect import Dialect
from netsuite_pipeline.emulator.suiteql.errors import unsupported
from netsuite_pipeline.emulator.suiteql.functions.functions import AGGREGATES, SCALARS, concatenated
from netsuite_pipeline.emulator.suiteql.parsing.lexer import Slot
from netsuite_pipeline.emulator.suiteql.translation.conditions import CONDITIONS
from netsuite_pipeline.emulator.suiteql.translation.consolidation import consolidated
from netsuite_pipeline.emulator.suiteql.translation.labels import label_of
from netsuite_pipeline.emulator.suiteql.translation.name_resolution import Names, Scope
from netsuite_pipeline.emulator.suiteql.translation.windows import aggregate, window
from netsuite_pipeline.emulator.suiteql.typed_sql import (
    NUMBERS,
    TEXTS,
    TIMES,
    Kind,
    Session,
    Sql,
    as_text,
    common_kind,
    comparable,
    marker,
    number,
    unify,
)

Subselect = Callable[[exp.Expr, Scope], tuple[str, list[Sql]]]
"""Translates a nested query to SQL and its values, column by column."""


@dataclass
class Lifted:
    """The literals of one query, and those whose value decided the translation.

    A translation is valid for other values of all literals that are not pinned.
    """

    slots: tuple[Slot, ...]
    pinned: set[int] = field(default_factory=set)

    def pin(self, index: int) -> str:
        """Return the value of a literal and record that the translation depends on it."""
        self.pinned.add(index)
        return self.slots[index].value


@dataclass
class Expressions:
    """Translates the expressions of one SELECT.

    Attributes:
        scope: The columns that the SELECT can name.
        nested: Whether a lookup or a nested query was translated.
    """

    scope: Scope
    session: Session
    names: Names
    dialect: Dialect
    lifted: Lifted
    subselect: Subselect
    nested: bool = False

    def constant(self, node: exp.Expr) -> str:
        """Return the text of a literal that decides how the query is translated, e.g. a date format."""
        if not isinstance(node, exp.Literal):
            raise unsupported()
        return self.lifted.pin(int(node.name))

    def value(self, node: exp.Expr) -> Sql:
        """Return the value of a node; raise Refusal for a node without a value in SuiteQL."""
        translate = _VALUES.get(type(node))
        if translate is None:
            raise unsupported()
        return translate(self, node)

    def condition(self, node: exp.Expr) -> str:
        """Return the condition of a node as DuckDB SQL; raise Refusal for a node without one."""
        translate = CONDITIONS.get(type(node))
        if translate is None:
            raise unsupported()
        return translate(self, node)

    def operands(self, nodes: Iterable[exp.Expr]) -> list[Sql]:
        """Return the value of each node."""
        return [self.value(node) for node in nodes]

    def nested_query(self, node: exp.Expr) -> tuple[str, list[Sql]]:
        """Return a nested query as DuckDB SQL, and its values, column by column."""
        return self.subselect(node.this if isinstance(node, exp.Subquery) else node, self.scope)


def _literal(self: Expressions, node: exp.Expr) -> Sql:
    index = int(node.name)
    slot = self.lifted.slots[index]
    if slot.is_text:
        return Sql(marker(str(index)), Kind.TEXT, slot=index, digits=slot.kind == "digits")
    kind = Kind.INTEGER if slot.kind == "integer" else Kind.DECIMAL
    if "e" in slot.value.lower():
        self.lifted.pin(index)
        kind = Kind.FLOAT
    return Sql(marker(str(index)), kind, slot=index)


def _column(self: Expressions, node: exp.Expr) -> Sql:
    if isinstance(node.this, exp.Star):
        raise unsupported()
    if node.name.upper() == "ROWNUM" and not node.args.get("table"):
        if self.scope.rownum is None:
            raise unsupported()
        return Sql(self.scope.rownum, Kind.INTEGER)
    return self.scope.column(node.args["table"].name if node.args.get("table") else None, node.name)[0]


def _null(self: Expressions, node: exp.Expr) -> Sql:
    return Sql("NULL", Kind.NULL)


def _paren(self: Expressions, node: exp.Expr) -> Sql:
    inner = self.value(node.this)
    return inner if inner.slot is not None else replace(inner, text=f"({inner.text})")


def _negative(self: Expressions, node: exp.Expr) -> Sql:
    inner = number(self.value(node.this))
    return Sql(f"(- {inner.text})", inner.kind)


def _now(self: Expressions, node: exp.Expr) -> Sql:
    return Sql(marker("now"), Kind.WALL)


def _add(self: Expressions, node: exp.Expr) -> Sql:
    left, right = self.value(node.this), self.value(node.expression)
    if left.kind in TIMES or right.kind in TIMES:
        day, days = (left, right) if left.kind in TIMES else (right, left)
        return _moved(self, day, days, "+")
    if left.kind in TEXTS or right.kind in TEXTS:
        raise unsupported()  # text is concatenated with ||, never with + (NSH:article_0824094533)
    return Sql(f"({left.text} + {right.text})", common_kind([left, right]))


def _subtract(self: Expressions, node: exp.Expr) -> Sql:
    left, right = self.value(node.this), self.value(node.expression)
    if left.kind in TIMES and right.kind in TIMES:
        later, earlier = self.session.wall(left).text, self.session.wall(right).text
        return Sql(f"((epoch_us({later}) - epoch_us({earlier})) / 86400000000)", Kind.FLOAT)
    if left.kind in TIMES:
        return _moved(self, left, right, "-")
    left, right = number(left), number(right)
    return Sql(f"({left.text} - {right.text})", common_kind([left, right]))


def _moved(self: Expressions, day: Sql, days: Sql, sign: str) -> Sql:
    """Add or subtract days, as Oracle does: a date plus 1.5 is a day and a half later."""
    if days.kind not in NUMBERS and days.kind is not Kind.NULL:
        raise unsupported()
    wall = self.session.wall(day).text
    amount = f"CAST(round(({days.text}) * 86400000000) AS BIGINT)"
    return Sql(f"({wall} {sign} to_microseconds({amount}))", Kind.WALL)


def _multiply(self: Expressions, node: exp.Expr) -> Sql:
    left, right = number(self.value(node.this)), number(self.value(node.expression))
    kind = common_kind([left, right])
    product = f"({left.text} * {right.text})"
    # The scales of decimals add up; the cast keeps a chain of products from an overflow.
    return Sql(f"CAST({product} AS DECIMAL(38,10))" if kind is Kind.DECIMAL else product, kind)


def _divide(self: Expressions, node: exp.Expr) -> Sql:
    left, right = number(self.value(node.this)), number(self.value(node.expression))
    return Sql(f"({left.text} / {right.text})", Kind.FLOAT)


def _pipe(self: Expressions, node: exp.Expr) -> Sql:
    parts = [as_text(value, self.session).text for value in self.operands(node.flatten())]
    return concatenated(parts)


def _case(self: Expressions, node: exp.Expr) -> Sql:
    subject = self.value(node.this) if node.this is not None else None
    branches = node.args["ifs"]
    default = node.args.get("default")
    results = self.operands(branch.args["true"] for branch in branches)
    results.append(self.value(default) if default is not None else Sql("NULL", Kind.NULL))
    results = unify(results, self.session)
    text = "CASE"
    for branch, result in zip(branches, results, strict=False):
        if subject is None:
            when = self.condition(branch.this)
        else:
            when = " = ".join(comparable(subject, self.value(branch.this), self.session))
        text += f" WHEN {when} THEN {result.text}"
    return Sql(f"{text} ELSE {results[-1].text} END", common_kind(results))


_CAST_KINDS = {
    exp.DType.INT: Kind.INTEGER,
    exp.DType.BIGINT: Kind.INTEGER,
    exp.DType.DECIMAL: Kind.DECIMAL,
    exp.DType.DOUBLE: Kind.FLOAT,
    exp.DType.FLOAT: Kind.FLOAT,
    exp.DType.VARCHAR: Kind.TEXT,
    exp.DType.CHAR: Kind.TEXT,
    exp.DType.DATE: Kind.DATE,
    exp.DType.TIMESTAMP: Kind.WALL,
}


def _cast(self: Expressions, node: exp.Expr) -> Sql:
    value = self.value(node.this)
    kind = _CAST_KINDS.get(node.args["to"].this)
    if kind is None:
        raise unsupported()
    if kind in NUMBERS:
        stored = {Kind.INTEGER: "BIGINT", Kind.DECIMAL: "DECIMAL(38,10)", Kind.FLOAT: "DOUBLE"}[kind]
        return Sql(f"CAST({number(value).text} AS {stored})", kind)
    if kind is Kind.TEXT:
        return as_text(value, self.session)
    wall = self.session.wall(value)
    return Sql(f"CAST({wall.text} AS DATE)", Kind.DATE) if kind is Kind.DATE else wall


_PARTS = frozenset({"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"})


def _extract(self: Expressions, node: exp.Expr) -> Sql:
    part = node.this.name.upper()
    if part not in _PARTS:
        raise unsupported()
    wall = self.session.wall(self.value(node.expression)).text
    return Sql(f"date_part('{part.lower()}', {wall})", Kind.INTEGER)


def _trim(self: Expressions, node: exp.Expr) -> Sql:
    text = as_text(self.value(node.this), self.session).text
    letters = node.args.get("expression")
    chosen = as_text(self.value(letters), self.session).text if letters is not None else "' '"
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position") or "").upper(), "trim")
    return Sql(f"{name}({text}, {chosen})", Kind.TEXT)


def _call(self: Expressions, node: exp.Expr) -> Sql:
    name = node.name.upper()
    if name == "SYS_EXTRACT_UTC" and not self.dialect.sys_extract_utc:
        raise unsupported()
    if name == "COUNT" or name in AGGREGATES:
        return aggregate(self, node)
    if name not in SCALARS:
        raise unsupported()
    least, most, function = SCALARS[name]
    if not least <= len(node.expressions) <= most:
        raise unsupported()
    return function(self, node.expressions)


def _builtin(self: Expressions, node: exp.Expr) -> Sql:
    """Translate BUILTIN.DF (the text of the user interface), BUILTIN.CF (the value), BUILTIN.CONSOLIDATE."""
    call = node.expression
    if node.this.name.upper() != "BUILTIN" or not isinstance(call, exp.Anonymous):
        raise unsupported()
    name = call.name.upper()
    if name == "CONSOLIDATE":
        self.nested = True
        return consolidated(self, call.expressions)
    if len(call.expressions) != 1:
        raise unsupported()
    argument = call.expressions[0]
    if name == "CF":
        return self.value(argument)
    if name != "DF" or not self.dialect.builtin_df or not isinstance(argument, exp.Column):
        raise unsupported()
    prefix = argument.args["table"].name if argument.args.get("table") else None
    value, scope = self.scope.column(prefix, argument.name)
    label = label_of(value, scope, self.names.records)
    if label is None:
        return as_text(value, self.session)
    self.nested = True
    return label


def _scalar(self: Expressions, node: exp.Expr) -> Sql:
    if node.args.get("alias") is not None:
        raise unsupported()
    text, values = self.nested_query(node)
    if len(values) != 1:
        raise unsupported()
    self.nested = True
    return Sql(f"({text})", values[0].kind)


_VALUES: dict[type[exp.Expr], Callable[[Expressions, exp.Expr], Sql]] = {
    exp.Literal: _literal,
    exp.Column: _column,
    exp.Null: _null,
    exp.Paren: _paren,
    exp.Neg: _negative,
    exp.CurrentDate: _now,
    exp.CurrentTimestamp: _now,
    exp.Add: _add,
    exp.Sub: _subtract,
    exp.Mul: _multiply,
    exp.Div: _divide,
    exp.DPipe: _pipe,
    exp.Case: _case,
    exp.Cast: _cast,
    exp.Extract: _extract,
    exp.Trim: _trim,
    exp.Anonymous: _call,
    exp.Window: window,
    exp.Dot: _builtin,
    exp.Subquery: _scalar,
}
