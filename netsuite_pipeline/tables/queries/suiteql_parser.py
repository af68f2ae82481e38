"""Parser of a user's SuiteQL: its sendable form, columns and tables, and checks before it is sent."""

from __future__ import annotations  # sqlglot before 28 has no `exp.Expr`

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.dialects.oracle import Oracle
from sqlglot.errors import ParseError, SqlglotError

from netsuite_pipeline.tables.names import column_name_problem
from netsuite_pipeline.tables.queries.suiteql_lexer import CleanStatement, QueryUnfit, clean_statement

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_DUAL = "dual"


@dataclass(frozen=True)
class WrittenQuery:
    """A statement that may stand in FROM.

    Attributes:
        text: The statement as it is sent: without comments, line ends and semicolon.
        columns: The names of its columns, lower case, in order.
        tables: Its tables, lower case, each once.
        unchanged: Its columns that are a table's own column: the table and the column.
    """

    text: str
    columns: tuple[str, ...]
    tables: tuple[str, ...]
    unchanged: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def read_query(written: str) -> WrittenQuery:
    r"""Parse and check a statement. Only NetSuite can check the names of columns.

    Raises:
        QueryUnfit: The statement is not one SELECT whose rows can be read page by page. The error has the
            line and what to write instead.

    Example:
        >>> read_query("SELECT c.id, c.email AS mail -- whom we write to\nFROM customer c;").columns
        ('id', 'mail')
    """
    statement = clean_statement(written)
    query = _parsed(statement)
    _check_everywhere(query, statement)
    branches = list(_branches(query))
    for branch in branches:
        _check_branch(branch)
    columns = _columns(branches[0])
    for branch in branches[1:]:
        if len(branch.expressions) != len(columns):
            raise QueryUnfit(
                f"its first SELECT has {len(columns)} columns and another one {len(branch.expressions)}; "
                "give all SELECTs of a UNION the same columns",
                _line(branch),
            )
    unchanged = _unchanged(branches[0]) if len(branches) == 1 else {}
    return WrittenQuery(statement.text, columns, _tables(query), unchanged)


def _parsed(statement: CleanStatement) -> exp.Expr:
    try:
        found = sqlglot.parse(statement.for_parser, dialect=_dialect())
    except ParseError as error:
        details: Mapping[str, Any] = error.errors[0] if error.errors else {}
        near = str(details.get("highlight") or "")
        raise QueryUnfit(
            f"cannot be read as SuiteQL{f' near {near!r}' if near else ''}; try it with "
            "`netsuite-pipeline suiteql`",
            details.get("line"),
        ) from error
    except (SqlglotError, RecursionError) as error:
        raise QueryUnfit("cannot be read as SuiteQL; try it with `netsuite-pipeline suiteql`") from error
    query = found[0] if len(found) == 1 else None
    while isinstance(query, exp.Subquery) and not query.alias:
        query = query.this
    if not isinstance(query, exp.Select | exp.Union):
        raise QueryUnfit("must be one SELECT, or several with UNION between them")
    return query


@cache
def _dialect() -> Any:
    """Return Oracle's grammar with every function as a plain call: NetSuite checks functions itself."""
    parser: Any = type("WrittenParser", (Oracle.Parser,), {"FUNCTIONS": {}})
    return type("WrittenSuiteQL", (Oracle,), {"Parser": parser})


def _branches(query: exp.Expr) -> Iterator[exp.Select]:
    """Yield the SELECTs of a UNION, or the only SELECT."""
    if isinstance(query, exp.Subquery):
        yield from _branches(query.this)
    elif isinstance(query, exp.Select):
        yield query
    elif isinstance(query, exp.Union):
        yield from _branches(query.this)
        yield from _branches(query.expression)
    else:
        raise QueryUnfit("only UNION may stand between its SELECTs: write MINUS as NOT EXISTS", _line(query))


# Checks of the whole statement


def _check_everywhere(query: exp.Expr, statement: CleanStatement) -> None:
    for node in query.walk():
        if isinstance(node, exp.With):
            raise QueryUnfit(
                "SuiteQL takes no WITH; write what stands there in parentheses behind FROM", _line(node)
            )
        if isinstance(node, exp.Fetch | exp.Offset) or (
            isinstance(node, exp.Limit) and statement.line_of_limit
        ):
            raise QueryUnfit(
                "SuiteQL takes no LIMIT, OFFSET or FETCH, and the pipeline reads page by page itself; leave "
                "it out, or choose rows by a condition",
                statement.line_of_limit or _line(node),
            )
    if query.args.get("order") is not None:
        raise _ordered(query.args["order"])
    marked = next((each for each in query.find_all(exp.Column) if each.args.get("join_mark")), None)
    if marked is not None and any(join.args.get("on") for join in query.find_all(exp.Join)):
        # NSH:section_156257796125
        raise QueryUnfit(
            "SuiteQL takes JOIN … ON or (+), not both in one statement; write one kind", _line(marked)
        )


def _check_branch(branch: exp.Select) -> None:
    """Refuse what changes the rows from page to page, or hides the columns."""
    if branch.args.get("from_") is None and branch.args.get("from") is None:
        raise QueryUnfit("has no FROM; write FROM dual for a row that comes from no table", _line(branch))
    if branch.args.get("order") is not None:
        raise _ordered(branch.args["order"])
    if branch.args.get("limit") is not None:
        raise QueryUnfit(
            "TOP at the top would give other rows with every page; leave it out, or nest the statement: "
            "SELECT … FROM (SELECT TOP n … ORDER BY …)",
            _line(branch),
        )
    if branch.args.get("into") is not None or branch.args.get("locks"):
        raise QueryUnfit("must only read: leave out INTO and FOR UPDATE", _line(branch))
    for node in branch.walk(prune=lambda each: each is not branch and isinstance(each, exp.Query)):
        if isinstance(node, exp.Column) and node.name.upper() == "ROWNUM" and not node.table:
            raise QueryUnfit(
                "ROWNUM at the top would give other rows with every page; leave it out, or nest the "
                "statement: SELECT … FROM (SELECT … WHERE ROWNUM <= n)",
                _line(node),
            )
    for item in branch.expressions:
        if item.is_star:
            raise QueryUnfit(
                "names no columns with *: write each, for a table has to know its columns", _line(item)
            )


def _ordered(order: exp.Expr) -> QueryUnfit:
    return QueryUnfit(
        "leave out the ORDER BY at the end: the pipeline reads the rows in the order of the key", _line(order)
    )


# Columns and tables


def _columns(select: exp.Select) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for place, item in enumerate(select.expressions, 1):
        name = _column(item, place)
        if name in names:
            raise QueryUnfit(
                f"has two columns {name!r}; name one of them otherwise: AS {name}_2", _line(item)
            )
        names[name] = None
    return tuple(names)


def _column(item: exp.Expr, place: int) -> str:
    if isinstance(item, exp.Alias):
        named: Any = item.args["alias"]
    elif isinstance(item, exp.Column):
        named = item.this
    else:
        shown = _shown(item)
        raise QueryUnfit(
            f"its column {place}, {shown}, has no name; write {shown} AS {_proposal(item, place)}",
            _line(item),
        )
    name = str(named.name).lower()
    if not _NAME.fullmatch(name) or (named.args.get("quoted") and isinstance(item, exp.Alias)):
        plain = re.sub(r"\W+", "_", name).strip("_") or f"column_{place}"
        plain = plain if _NAME.fullmatch(plain) else f"c_{plain}"
        raise QueryUnfit(
            f"its column {place} is called {named.name!r}; give it a name of letters, digits and _, without "
            f"quotes: AS {plain}",
            _line(item),
        )
    if words := column_name_problem(name):
        raise QueryUnfit(f"its column {place} {words}", _line(item))
    return name


def _shown(item: exp.Expr) -> str:
    text = " ".join(item.sql(dialect=_dialect()).split())
    return text if len(text) <= 60 else f"{text[:57]}…"


def _proposal(item: exp.Expr, place: int) -> str:
    """Return a name for an expression: `entity_name` for BUILTIN.DF(entity), or one from its column."""
    column = item.find(exp.Column)
    about = column.name.lower() if column is not None and _NAME.fullmatch(column.name.lower()) else ""
    if about and item.find(exp.Anonymous) is not None and _shown(item).upper().startswith("BUILTIN.DF"):
        return f"{about}_name"
    return f"{about}_{place}" if about else f"column_{place}"


def _tables(query: exp.Expr) -> tuple[str, ...]:
    found = (table.name.lower() for table in query.find_all(exp.Table))
    return tuple(dict.fromkeys(name for name in found if name and name != _DUAL))


def _unchanged(select: exp.Select) -> dict[str, tuple[str, str]]:
    clause: Any = select.args.get("from_") or select.args.get("from")
    entries = [clause.this, *(join.this for join in select.args.get("joins") or ())]
    tables = {
        str(entry.alias_or_name).lower(): entry.name.lower() if isinstance(entry, exp.Table) else ""
        for entry in entries
    }
    found: dict[str, tuple[str, str]] = {}
    for item in select.expressions:
        column = item.unalias()
        if not isinstance(column, exp.Column):
            continue
        only = next(iter(tables.values())) if len(tables) == 1 else ""
        table = tables.get(column.table.lower(), "") if column.table else only
        if table:
            found[item.alias_or_name.lower()] = (table, column.name.lower())
    return found


def _line(node: exp.Expr) -> int | None:
    """Return the line of a node; the parser stores lines for names only."""
    lines = (each.meta.get("line") for each in node.walk() if each.meta)
    return next((int(line) for line in lines if line), None)
