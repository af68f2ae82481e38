"""Writes the catalogue of tables as a page for people.

The page in the repository: `python -m netsuite_pipeline.tables.catalogue_page > docs/tables.md`.
"""

import sys
from collections.abc import Iterable, Mapping

from netsuite_pipeline.tables.catalogue import standard_tables
from netsuite_pipeline.tables.table import GROUPS, Column, Table

_INTRODUCTION = """\
# The tables

What netsuite_pipeline extracts from NetSuite: {tables} tables with {columns} columns, each under NetSuite's
own name. This page is written from `netsuite_pipeline/tables/standard.yaml`; to change it, edit that file and
run `python -m netsuite_pipeline.tables.catalogue_page > docs/tables.md`.

How to read it:

- **Key**: the columns that name one row. **Changes**: how a sync finds out what is new.
- **Permission**: what the token's role needs, as tab and name on the role in NetSuite, and its id.
- Types are `integer`, `decimal` (exact, for money and rates), `boolean`, `text`, `date` (a plain day),
  `datetime` (a moment, in UTC) and `multiselect` (several ids, kept as text).
- → leads to the table whose key a column holds. *Label*: a column of that name with NetSuite's wording for
  the value is stored too.
- **?** marks what we do not know for sure, and why; *not everywhere* is what an account may lack. Nobody
  needs to act on it: a column or table that an account lacks is left out with a note.
"""


def render_tables_markdown(tables: Mapping[str, Table]) -> str:
    """The page about the tables, in Markdown.

    Args:
        tables: The tables by name; within a group their order is kept.

    Returns:
        The text, ending in one line end.

    Example:
        >>> render_tables_markdown(standard_tables()).splitlines()[0]
        '# The tables'
    """
    groups = [
        (group, about, [table for table in tables.values() if table.group == group])
        for group, about in GROUPS.items()
    ]
    parts = [
        _INTRODUCTION.format(tables=len(tables), columns=sum(len(table.columns) for table in tables.values()))
    ]
    for group, about, members in groups:
        if members:
            links = ", ".join(_link(table.name) for table in members)
            parts.append(f"## {group}\n\n{about} {links}.\n")
            parts.extend(_table(table) for table in members)
    return "\n".join(parts)


_NOT_UNIQUE = "; several rows may share one, or lack a part of it, and all of them are kept"


def _table(table: Table) -> str:
    facts = [
        f"- **Key**: {_codes(table.key)}{'' if table.unique else _NOT_UNIQUE}",
        f"- **Changes**: {_changes(table)}",
        f"- **Permission**: {table.permission.name} (`{table.permission.id}`)",
    ]
    if table.feature:
        facts.append(f"- **Feature**: {table.feature}")
    if table.uncertain:
        facts.append(f"- **?** *Not everywhere.* {_sentence(table.uncertain)}")
    if table.doubt:
        facts.append(f"- **?** {_sentence(table.doubt)}")
    rows = [f"| `{column.name}` | {column.type} | {_meaning(column)} |" for column in table.columns]
    head = ["| Column | Type | Meaning |", "| --- | --- | --- |"]
    return "\n".join(
        [f"### {table.name}", "", f"**{table.title}.** {table.description}", "", *facts, "", *head, *rows, ""]
    )


def _changes(table: Table) -> str:
    if table.cursor:
        return f"rows whose `{table.cursor}` has moved on"
    if table.parent:
        parent = table.parent
        own = f", and where the row's own `{table.row_cursor}` has moved on" if table.row_cursor else ""
        return (
            f"read anew with each changed row of {_link(parent.table)} that `{parent.column}` points to{own}"
        )
    return "read whole each time"


def _meaning(column: Column) -> str:
    parts = [column.description]
    if column.references:
        parts.append(f"→ {_link(column.references)}")
    if column.label:
        parts.append(f"*Label*: `{column.name}_label`")
    if column.doubt:
        mark = "**?** *Not everywhere.*" if column.uncertain else "**?**"
        parts.append(f"{mark} {_sentence(column.doubt)}")
    return " ".join(parts).replace("|", r"\|")


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _link(table: str) -> str:
    return f"[{table}](#{table})"


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    # The page is UTF-8 whatever the terminal speaks: the committed file must not depend on it.
    sys.stdout.buffer.write(render_tables_markdown(standard_tables()).encode())
