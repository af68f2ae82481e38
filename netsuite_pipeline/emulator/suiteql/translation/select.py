"""The resolved parts of one SELECT: tables, conditions, outputs and order as DuckDB SQL."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from netsuite_pipeline.emulator.suiteql.errors import syntax_error, unsupported
from netsuite_pipeline.emulator.suiteql.functions.functions import AGGREGATES
from netsuite_pipeline.emulator.suiteql.translation.expressions import Expressions
from netsuite_pipeline.emulator.suiteql.translation.keyset import implied, split
from netsuite_pipeline.emulator.suiteql.translation.name_resolution import Scope, Sink, Source
from netsuite_pipeline.emulator.suiteql.translation.rownum import (
    is_rownum,
    mentions_rownum,
    own_nodes,
    rownum_limit,
)
from netsuite_pipeline.emulator.suiteql.translation.sources import From, marked_table
from netsuite_pipeline.emulator.suiteql.typed_sql import Sql


@dataclass(frozen=True)
class Where:
    """The conditions of a SELECT.

    Attributes:
        texts: SQL of each condition.
        implied: SQL of conditions that follow from them.
        rownum_caps: SQL of the row limits of ROWNUM.
        outer: Conditions with (+), each with its SQL.
        splits: Index of each OR in `texts` that is split for counting, with its two parts.
    """

    texts: tuple[str, ...]
    implied: tuple[str, ...]
    rownum_caps: tuple[str, ...]
    outer: tuple[tuple[exp.Expr, str], ...]
    splits: tuple[tuple[int, tuple[str, str]], ...] = ()

    def text(self, *more: str) -> str:
        """Return the WHERE clause, or nothing without conditions."""
        together = " AND ".join([*self.texts, *self.implied, *more])
        return f" WHERE {together}" if together else ""


@dataclass(frozen=True)
class Output:
    """One column of a SELECT's result."""

    name: str
    value: Sql
    node: exp.Expr | None = None
    aliased: bool = False


@dataclass(frozen=True)
class Key:
    """One ORDER BY key: its expression, the node of its direction, and the output that it repeats."""

    node: exp.Expr
    ordered: exp.Expr
    output: int | None


@dataclass(frozen=True)
class Resolved:
    """A SELECT with resolved names. `inner` translates inside the sink, if any, and `outer` outside of it."""

    inner: Expressions
    outer: Expressions
    source_sql: str
    sources: tuple[Source, ...]
    where: Where
    outputs: tuple[Output, ...]
    keys: tuple[Key, ...]
    computed: bool
    rownum: bool
    sink: Sink | None
    node: exp.Expr
    grouping: tuple[str, ...] = field(default=())


def conjuncts(where: exp.Expr | None) -> Iterator[exp.Expr]:
    """Yield the conditions that a WHERE joins with AND."""
    if where is None:
        return
    pending = [where.this if isinstance(where, exp.Where | exp.Having) else where]
    while pending:
        node = pending.pop()
        while isinstance(node, exp.Paren):
            node = node.this
        if isinstance(node, exp.And):
            pending.extend([node.expression, node.this])
        else:
            yield node


def read_where(select: exp.Expr, entries: From, expressions: Expressions) -> Where:
    """Translate a WHERE, with conditions on ROWNUM and outer joins apart."""
    texts: list[str] = []
    follows: list[str] = []
    caps: list[str] = []
    outer: list[tuple[exp.Expr, str]] = []
    splits: list[tuple[int, tuple[str, str]]] = []
    for node in conjuncts(select.args.get("where")):
        if mentions_rownum(node):
            caps.append(rownum_limit(node, expressions))
        elif marked_table(node, entries) is not None:
            outer.append((node, expressions.condition(node)))
        else:
            parted = split(node, expressions)
            if parted is not None:
                splits.append((len(texts), parted))
            texts.append(expressions.condition(node))
            follows.extend(implied(node, expressions))
    return Where(tuple(texts), tuple(follows), tuple(caps), tuple(outer), tuple(splits))


def _shown(select: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the nodes of a select list and of its ORDER BY, without those of nested queries."""
    order = select.args.get("order")
    for root in [*select.expressions, *([order] if order is not None else [])]:
        yield from own_nodes(root)


def is_computed(select: exp.Expr) -> bool:
    """Return whether the rows of a SELECT are not the rows of its FROM: groups, DISTINCT, windows."""
    return any(select.args.get(part) for part in ("group", "having", "distinct")) or any(
        isinstance(node, exp.Window)
        or (isinstance(node, exp.Anonymous) and node.name.upper() in (*AGGREGATES, "COUNT"))
        for node in _shown(select)
    )


def uses_rownum(select: exp.Expr) -> bool:
    """Return whether a SELECT returns or orders by ROWNUM."""
    return any(is_rownum(node) for node in _shown(select))


def read_outputs(select: exp.Expr, expressions: Expressions) -> tuple[Output, ...]:
    """Translate a select list; `*` is expanded and expressions without a name are expr1, expr2, …."""
    found: list[Output] = []
    nameless = 0
    for node in select.expressions:
        if isinstance(node, exp.Star) or (isinstance(node, exp.Column) and isinstance(node.this, exp.Star)):
            found.extend(_star(node, expressions.scope))
            continue
        inner = node.this if isinstance(node, exp.Alias) else node
        value = expressions.value(inner)
        if isinstance(node, exp.Alias):
            found.append(Output(node.alias, value, inner, aliased=True))
        elif isinstance(inner, exp.Column):
            found.append(Output(inner.name, value, inner))
        else:
            nameless += 1
            found.append(Output(f"expr{nameless}", value, inner))
    return tuple(found)


def _star(node: exp.Expr, scope: Scope) -> Iterator[Output]:
    prefix = node.args.get("table")
    for source in scope.sources:
        if prefix is None or source.shown == prefix.name.lower():
            for name, column in source.columns.items():
                yield Output(name, scope.drawn(column))
    if prefix is not None and all(source.shown != prefix.name.lower() for source in scope.sources):
        scope.column(prefix.name, "*")


def read_keys(query: exp.Expr, outputs: tuple[Output, ...], expressions: Expressions) -> tuple[Key, ...]:
    """Resolve an ORDER BY, whose positions and aliases refer to the select list."""
    order = query.args.get("order")
    return tuple(
        _key(each, outputs, expressions) for each in (order.expressions if order is not None else ())
    )


def _key(ordered: exp.Expr, outputs: tuple[Output, ...], expressions: Expressions) -> Key:
    node = ordered.this
    if isinstance(node, exp.Literal):
        text = expressions.constant(node)
        if node.is_string or not text.isdigit() or not 1 <= int(text) <= len(outputs):
            raise unsupported()
        return Key(outputs[int(text) - 1].node or node, ordered, int(text) - 1)
    if isinstance(node, exp.Column) and not node.args.get("table"):
        for index, output in enumerate(outputs):
            if output.aliased and output.name.lower() == node.name.lower() and output.node is not None:
                return Key(output.node, ordered, index)
    return Key(node, ordered, None)


def row_limit(query: exp.Expr, expressions: Expressions) -> int | None:
    """Return the n of TOP n or FETCH FIRST n ROWS ONLY, or None; raise Refusal for no whole number."""
    clause = query.args.get("limit")
    if clause is None:
        return None
    count = clause.args.get("count") if isinstance(clause, exp.Fetch) else clause.expression
    if count is None:
        return 1
    text = expressions.constant(count)
    if not text.isdigit():
        raise syntax_error(text)
    return int(text)
