"""Parsing of a query's shape to sqlglot's syntax tree, in which functions stay plain calls."""

from collections.abc import Callable, Mapping
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.dialects.oracle import Oracle
from sqlglot.errors import SqlglotError

from netsuite_pipeline.emulator.suiteql.errors import syntax_error
from netsuite_pipeline.emulator.suiteql.parsing.lexer import Shape


def _only(parsers: Mapping[str, Callable[..., object]], *names: str) -> dict[str, Callable[..., object]]:
    return {name: parsers[name] for name in names}


# Functions stay plain calls: functions.py translates them.
_PLAIN_PARSER: Any = type(
    "PlainParser",
    (Oracle.Parser,),
    {
        "FUNCTIONS": {},
        "FUNCTION_PARSERS": _only(Oracle.Parser.FUNCTION_PARSERS, "CAST", "EXTRACT", "TRIM"),
        "NO_PAREN_FUNCTION_PARSERS": _only(Oracle.Parser.NO_PAREN_FUNCTION_PARSERS, "CASE", "SYSDATE"),
    },
)


class SuiteQL(Oracle):
    """Oracle's grammar without sqlglot's interpretation of functions."""

    Parser = _PLAIN_PARSER


def parse(shape: Shape) -> exp.Query:
    """Return the SELECT (or UNION of SELECTs) of the text; raise Refusal for anything else.

    >>> from netsuite_pipeline.emulator.suiteql.parsing.lexer import lift
    >>> parse(lift("select id from term", [])).key
    'select'
    """
    try:
        statements = sqlglot.parse(shape.text, dialect=SuiteQL)
    except (SqlglotError, RecursionError) as error:
        raise syntax_error(_near(error)) from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Select | exp.SetOperation):
        raise syntax_error()
    return statements[0]


def _near(error: Exception) -> str:
    details = getattr(error, "errors", None) or [{}]
    word = str(details[0].get("highlight") or "")
    return "" if word.strip("'").isdigit() else word  # a number there stands for a literal
