"""Checks of table and column names.

A name must be valid in NetSuite, SQL, YAML and as a folder. DuckDB's own words (`rowid`, `case`, `true`) are
valid, because the pipeline quotes them.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

MOST_LETTERS = 120
"""NetSuite's own ids are shorter. Oracle's names have at most 128, and `_label` has to fit behind one."""

_NAME = re.compile("[a-z][a-z0-9_]*")
_LINKS = "links"  # every row of a reply has one, which is no column (NSH:section_0210123130)
# Words that cannot be an alias in FROM, in Oracle's SQL behind SuiteQL.
_SQL_WORDS = """
    all and any as asc between by case comment connect cross date default desc distinct dual else end exists
    fetch for from full group having in inner intersect into is join left level like limit minus natural not
    null number of offset on or order outer prior public right rownum select size start table then to top
    union unique using values view when where with
"""
_NO_QUERY_NAMES = frozenset(_SQL_WORDS.split())


@dataclass(frozen=True)
class NameProblem:
    """A problem of a column's name.

    Attributes:
        column: The column.
        field: The field, for messages: the column or its label.
        words: The problem and its solution, as the end of a sentence.
    """

    column: str
    field: str
    words: str


def name_problem(name: str) -> str:
    """Return the problem of a name's form; empty for a valid name.

    Example:
        >>> name_problem("rowid"), name_problem("../mine")
        ('', "'../mine' is no name: write it lower case, a letter first, then letters, digits and _")
    """
    if len(name) > MOST_LETTERS:
        return f"{name[:40]!r}… is no name: write at most {MOST_LETTERS} letters, not {len(name):,}"
    if not _NAME.fullmatch(name):
        return f"{name!r} is no name: write it lower case, a letter first, then letters, digits and _"
    return ""


def column_name_problem(name: str) -> str:
    """Return the problem of a column's name; empty for a valid name.

    Example:
        >>> column_name_problem("case")
        ''
        >>> column_name_problem("links")[:24]
        "cannot be called 'links'"
    """
    if name == _LINKS:
        return (
            "cannot be called 'links', for NetSuite puts its own into every row; leave it out, or write "
            "AS link in a query"
        )
    return name_problem(name)


def table_name_problem(name: str, choices: Collection[str], *, is_query: bool) -> str:
    """Return the problem of a table's name; empty for a valid name.

    Args:
        name: The name.
        choices: Words that select several tables.
        is_query: Whether the table is a query table, whose name is its alias in FROM.

    Example:
        >>> table_name_problem("lock", ["lists"], is_query=True)
        ''
        >>> table_name_problem("order", [], is_query=True)
        "is a word of SQL's own; call it orders or otherwise"
    """
    if name == "all" or name in choices:
        return "a table cannot be called so: in a choice of tables the word means many"
    if is_query and name in _NO_QUERY_NAMES:
        return f"is a word of SQL's own; call it {name}s or otherwise"
    return name_problem(name)


def find_column_problem(columns: Sequence[tuple[str, bool]]) -> NameProblem | None:
    """Return the first problem of a table's column names, or None.

    Args:
        columns: The name of each column, and whether it has a label (`<name>_label`).

    Example:
        >>> find_column_problem([("status", True), ("status_label", False)]).column
        'status'
    """
    names = [name for name, _ in columns]
    for place, (name, has_label) in enumerate(columns):
        field = f"column {name!r}"
        if words := column_name_problem(name):
            return NameProblem(name, field, words)
        if has_label and f"{name}_label" in names:
            return NameProblem(
                name,
                f"{field}, label",
                f"there is a column '{name}_label' already, which the label would be called too; "
                "leave one of them out",
            )
        if name in names[:place]:
            return NameProblem(name, field, "is there twice; leave one of them out")
    return None
