"""Refusals that depend on the query's text only: rules over the syntax tree, and the nodes of nodes.yaml."""

from collections.abc import Callable, Iterator
from pathlib import Path

import yaml
from sqlglot import exp

from netsuite_pipeline.emulator.refusal import Refusal
from netsuite_pipeline.emulator.suiteql.dialect import Dialect
from netsuite_pipeline.emulator.suiteql.errors import syntax_error, unsupported
from netsuite_pipeline.emulator.suiteql.parsing.lexer import Shape

MAX_IN_ITEMS = 1000  # NSH:article_0824094533

_NODES: dict[str, frozenset[str]] = {
    key: frozenset((parts or "").split())
    for key, parts in yaml.safe_load(Path(__file__).with_name("nodes.yaml").read_text("utf-8")).items()
}


def check(query: exp.Query, shape: Shape, dialect: Dialect) -> None:
    """Raise the refusal of the first rule that the query breaks."""
    # The parser also accepts DuckDB's `FROM t` without SELECT.
    written = sum(token.upper() == "SELECT" for token in shape.text.split(" "))
    if written < sum(1 for _ in query.find_all(exp.Select)):
        raise syntax_error()
    for node in query.walk():
        _known_parts(node)
        for kind, rule in _RULES:
            if isinstance(node, kind):
                refusal = rule(node, shape, dialect)
                if refusal is not None:
                    raise refusal


def _known_parts(node: exp.Expr) -> None:
    allowed = _NODES.get(node.key)
    if allowed is None:
        raise unsupported()
    for name, value in node.args.items():
        if value not in (None, False, [], "") and name not in allowed:
            raise unsupported()


_Rule = Callable[[exp.Expr, Shape, Dialect], Refusal | None]


def _nothing_selected(node: exp.Expr, shape: Shape, dialect: Dialect) -> Refusal | None:
    missing = not node.expressions or from_clause(node) is None
    return syntax_error() if missing else None


def _fetch(node: exp.Expr, shape: Shape, dialect: Dialect) -> Refusal | None:
    return None if dialect.fetch_first and node.args.get("direction") == "FIRST" else syntax_error("FETCH")


def _long_list(node: exp.Expr, shape: Shape, dialect: Dialect) -> Refusal | None:
    return unsupported() if len(node.expressions) > MAX_IN_ITEMS else None


def _reserved_column(node: exp.Expr, shape: Shape, dialect: Dialect) -> Refusal | None:
    # accounttype.left needs its table's name or quotes; bare, it is the keyword of LEFT JOIN.
    bare = not node.args.get("table") and node.name.upper() in ("LEFT", "RIGHT")
    quoted = isinstance(node.this, exp.Identifier) and node.this.quoted
    return syntax_error(node.name) if bare and not quoted else None


def _quoted_alias(node: exp.Expr, shape: Shape, dialect: Dialect) -> Refusal | None:
    alias = node.args.get("alias")
    if not (isinstance(alias, exp.Identifier) and alias.quoted):
        return None
    return unsupported() if len(list(_enclosing_queries(node))) > 1 else None


def _nested_rownum(node: exp.Expr, shape: Shape, dialect: Dialect) -> Refusal | None:
    if dialect.rownum_nested or node.name.upper() != "ROWNUM":
        return None
    return unsupported() if len(list(_enclosing_queries(node))) > 1 else None


def _count_star(node: exp.Expr, shape: Shape, dialect: Dialect) -> Refusal | None:
    of_rows = node.name.upper() == "COUNT" and any(isinstance(each, exp.Star) for each in node.expressions)
    return unsupported() if of_rows and not dialect.count_star else None


def _mixed_joins(node: exp.Expr, shape: Shape, dialect: Dialect) -> Refusal | None:
    if not node.args.get("join_mark"):
        return None
    for select in _enclosing_queries(node):
        for join in select.args.get("joins") or ():
            if join.args.get("on") or join.side or join.kind:
                return unsupported()
    return None


_RULES: tuple[tuple[type[exp.Expr], _Rule], ...] = (
    (exp.Select, _nothing_selected),
    (exp.Fetch, _fetch),
    (exp.In, _long_list),
    (exp.Column, _reserved_column),
    (exp.Column, _nested_rownum),
    (exp.Column, _mixed_joins),
    (exp.Alias, _quoted_alias),
    (exp.Anonymous, _count_star),
)


def from_clause(select: exp.Expr) -> exp.Expr | None:
    """Return the FROM of a SELECT; sqlglot's versions have two names for it."""
    clause = select.args.get("from_") or select.args.get("from")
    return clause if isinstance(clause, exp.From) else None


def _enclosing_queries(node: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the SELECTs around a node, inner first; the branches of a UNION are one level."""
    around = node.parent
    while around is not None:
        if isinstance(around, exp.Select):
            yield around
        around = around.parent
