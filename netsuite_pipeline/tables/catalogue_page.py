"""Render the catalogue of tables as a Markdown page.

The page in the repository: `python -m netsuite_pipeline.tables.catalogue_page > docs/tables.md`.
"""

import sys
from collections.abc import Iterable, Mapping

from netsuite_pipeline.tables.catalogue import standard_tables
from netsuite_pipeline.tables.table import GROUPS, Column, Table
from netsuite_pipeline.wording import as_sentence

_INTRODUCTION = """\
# The tables

netsuite_pipeline extracts {tables} tables with {columns} columns from NetSuite, each under NetSuite's own
name. This page is generated from `netsuite_pipeline/tables/standard.yaml`. To change it, edit that file and
run `python -m netsuite_pipeline.tables.catalogue_page > docs/tables.md`.

How to read it:

- **Key**: the columns that identify one row.
- **Incremental by**: what selects the rows that a sync reads; a *full read* reads all rows in each sync.
- **Permission**: the permission that the role needs, as tab and name on the role in NetSuite, and its id.
- Types are `integer`, `decimal` (exact, for money and rates), `boolean`, `text`, `date` (without time),
  `datetime` (in UTC) and `multiselect` (several ids, stored as text).
- → links to the table whose key a column holds. *Label*: NetSuite's wording for the value is stored too, in
  the column of that name.
- **?** marks what is not yet confirmed on a live account. *Not everywhere* marks what an account may lack: a
  sync skips such a column or table with a note.
"""


def render_tables_markdown(tables: Mapping[str, Table]) -> str:
    """Return the page about the tables, in Markdown.

    Args:
        tables: The tables by name; groups keep their order.

    Returns:
        The text, which ends in one line end.

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


_NOT_UNIQUE = "; several rows may share one or lack a part of it, and all of them are stored"


def _table(table: Table) -> str:
    facts = [
        f"- **Key**: {_codes(table.key)}{'' if table.unique else _NOT_UNIQUE}",
        f"- **Incremental by**: {_increment(table)}",
        f"- **Permission**: {table.permission.name} (`{table.permission.id}`)",
    ]
    if table.feature:
        facts.append(f"- **Feature**: {table.feature}")
    if table.uncertain:
        facts.append(f"- **?** *Not everywhere.* {as_sentence(table.uncertain)}")
    if table.doubt:
        facts.append(f"- **?** {as_sentence(table.doubt)}")
    rows = [f"| `{column.name}` | {column.type} | {_meaning(column)} |" for column in table.columns]
    head = ["| Column | Type | Meaning |", "| --- | --- | --- |"]
    return "\n".join(
        [f"### {table.name}", "", f"**{table.title}.** {table.description}", "", *facts, "", *head, *rows, ""]
    )


def _increment(table: Table) -> str:
    if table.cursor:
        return f"`{table.cursor}`"
    if table.parent:
        parent = table.parent
        own = f", and the row's own `{table.row_cursor}`" if table.row_cursor else ""
        return f"parent {_link(parent.table)} (`{parent.column}`){own}"
    return "full read"


def _meaning(column: Column) -> str:
    parts = [column.description]
    if column.references:
        parts.append(f"→ {_link(column.references)}")
    if column.label:
        parts.append(f"*Label*: `{column.name}_label`")
    if column.doubt:
        mark = "**?** *Not everywhere.*" if column.uncertain else "**?**"
        parts.append(f"{mark} {as_sentence(column.doubt)}")
    return " ".join(parts).replace("|", r"\|")


def _link(table: str) -> str:
    return f"[{table}](#{table})"


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    # The committed file is UTF-8, whatever the terminal's encoding.
    sys.stdout.buffer.write(render_tables_markdown(standard_tables()).encode())
