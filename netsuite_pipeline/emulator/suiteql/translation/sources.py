"""The FROM of a SELECT: which tables it reads, and how they are joined."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from netsuite_pipeline.emulator.suiteql.errors import unsupported
from netsuite_pipeline.emulator.suiteql.parsing.validation import from_clause
from netsuite_pipeline.emulator.suiteql.translation.expressions import Expressions
from netsuite_pipeline.emulator.suiteql.translation.name_resolution import Source

Translate = Callable[[exp.Expr], Source]
"""Turns one entry of a FROM, a table or a subselect, into a source."""


@dataclass(frozen=True)
class From:
    """The entries of a FROM in their order, each with the join that brings it in (None for the first)."""

    sources: tuple[Source, ...]
    joins: tuple[exp.Join | None, ...]


def read_from(select: exp.Expr, translate: Translate) -> From:
    """Resolve the FROM of a SELECT; raises SuiteQLRefused for tables the role does not see."""
    clause = from_clause(select)
    if clause is None:
        raise unsupported()
    sources = [translate(clause.this)]
    found: list[exp.Join | None] = [None]
    for join in select.args.get("joins") or ():
        sources.append(translate(join.this))
        found.append(join)
    if len({source.shown for source in sources}) < len(sources):
        raise unsupported()
    return From(tuple(sources), tuple(found))


def join_text(entries: From, outer: list[tuple[exp.Expr, str]], expressions: Expressions) -> str:
    """The FROM in DuckDB's SQL; `outer` are the conditions marked with (+), each with its translation."""
    if outer:
        return _oracle_joins(entries, outer)
    text = entries.sources[0].sql
    for source, join in zip(entries.sources[1:], entries.joins[1:], strict=True):
        assert join is not None
        condition = join.args.get("on")
        if condition is None:
            if join.side or join.kind not in ("", "CROSS"):
                raise unsupported()
            text += f" CROSS JOIN {source.sql}"
            continue
        if join.side not in ("", "LEFT", "RIGHT", "FULL") or join.kind not in ("", "INNER", "OUTER"):
            raise unsupported()
        text += f" {join.side or 'INNER'} JOIN {source.sql} ON {expressions.condition(condition)}"
    return text


def marked_table(condition: exp.Expr, entries: From) -> str | None:
    """The table that a WHERE condition marks as optional with (+), or None; raises SuiteQLRefused.

    `a.x = b.y(+)` keeps every row of a. The mark on the left, a right outer join, is refused
    (NSH:section_156257796125).
    """
    marked = [column for column in condition.find_all(exp.Column) if column.args.get("join_mark")]
    if not marked:
        return None
    shown = {column.args["table"].name.lower() if column.args.get("table") else "" for column in marked}
    if len(shown) != 1 or not shown <= {source.shown for source in entries.sources}:
        raise unsupported()
    left, right = condition.this, condition.args.get("expression")
    if (
        isinstance(left, exp.Column)
        and isinstance(right, exp.Column)
        and left.args.get("join_mark")
        and not right.args.get("join_mark")
    ):
        raise unsupported()
    return shown.pop()


def _oracle_joins(entries: From, outer: list[tuple[exp.Expr, str]]) -> str:
    conditions: dict[str, list[tuple[set[str], str]]] = {}
    for condition, text in outer:
        table = marked_table(condition, entries) or ""
        needs = {
            column.args["table"].name.lower()
            for column in condition.find_all(exp.Column)
            if column.args.get("table")
        }
        conditions.setdefault(table, []).append((needs - {table}, text))
    plain = [source for source in entries.sources if source.shown not in conditions]
    waiting = [source for source in entries.sources if source.shown in conditions]
    if not plain:
        raise unsupported()
    text = " CROSS JOIN ".join(source.sql for source in plain)
    joined = {source.shown for source in plain}
    while waiting:
        ready = [s for s in waiting if all(needs <= joined for needs, _ in conditions[s.shown])]
        if not ready:
            raise unsupported()
        for source in ready:
            together = " AND ".join(condition for _, condition in conditions[source.shown])
            text += f" LEFT JOIN {source.sql} ON {together}"
            joined.add(source.shown)
            waiting.remove(source)
    return text
