"""The FROM of a SELECT: its tables and joins."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from netsuite_pipeline.emulator.suiteql.errors import unsupported
from netsuite_pipeline.emulator.suiteql.parsing.validation import from_clause
from netsuite_pipeline.emulator.suiteql.translation.expressions import Expressions
from netsuite_pipeline.emulator.suiteql.translation.name_resolution import Source

Translate = Callable[[exp.Expr], Source]
"""Translates one entry of a FROM, a table or a subselect."""


@dataclass(frozen=True)
class From:
    """The entries of a FROM in order; each entry after the first has a join."""

    sources: tuple[Source, ...]
    joins: tuple[exp.Join, ...]


def read_from(select: exp.Expr, translate: Translate) -> From:
    """Resolve the FROM of a SELECT; raise Refusal for tables that the role does not see."""
    clause = from_clause(select)
    if clause is None:
        raise unsupported()
    joins = tuple(select.args.get("joins") or ())
    sources = tuple(translate(each.this) for each in (clause, *joins))
    if len({source.shown for source in sources}) < len(sources):
        raise unsupported()
    return From(sources, joins)


def join_text(entries: From, outer: list[tuple[exp.Expr, str]], expressions: Expressions) -> str:
    """Return the FROM as DuckDB SQL; `outer` has the conditions marked with (+), each with its SQL."""
    if outer:
        return _oracle_joins(entries, outer)
    text = entries.sources[0].sql
    for source, join in zip(entries.sources[1:], entries.joins, strict=True):
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
    """Return the table that a WHERE condition marks as optional with (+), or None.

    `a.x = b.y(+)` keeps every row of a. Refusal is raised for the mark on the left, a right outer join
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
    pending = [source for source in entries.sources if source.shown in conditions]
    if not plain:
        raise unsupported()
    text = " CROSS JOIN ".join(source.sql for source in plain)
    joined = {source.shown for source in plain}
    while pending:
        ready = [s for s in pending if all(needs <= joined for needs, _ in conditions[s.shown])]
        if not ready:
            raise unsupported()
        for source in ready:
            together = " AND ".join(condition for _, condition in conditions[source.shown])
            text += f" LEFT JOIN {source.sql} ON {together}"
            joined.add(source.shown)
            pending.remove(source)
    return text
