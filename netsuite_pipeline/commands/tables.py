"""`netsuite-pipeline tables`: the tables that can be synced."""

import json
import sys
from collections.abc import Iterator

import click

from netsuite_pipeline.commands.text_grid import print_grid
from netsuite_pipeline.tables import Table, choose_tables, tables_from_environment


@click.command("tables")
@click.argument("names", nargs=-1, metavar="[TABLE]…")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(names: tuple[str, ...], as_json: bool) -> None:
    """List the tables of the catalogue; with TABLE names or groups, list their columns.

    In a pipe each line is one row with tabs between its values.
    """
    chosen = choose_tables(tables_from_environment(), names or ("all",))
    if as_json:
        print(json.dumps([_as_json(table) for table in chosen], indent=2))
        return
    if names:
        _show_columns(chosen)
    else:
        _show_tables(chosen)


def _show_tables(tables: tuple[Table, ...]) -> None:
    print_grid(
        ("table", "group", "key", "incremental by", "permission of the role"),
        (
            (table.name, table.group, ", ".join(table.key), _incremental_by(table), table.permission.name)
            for table in tables
        ),
        f"{len(tables)} tables; `netsuite-pipeline tables NAME` shows a table's columns.",
    )


def _show_columns(tables: tuple[Table, ...]) -> None:
    if not sys.stdout.isatty():
        # One head for all tables, and the table's name in each line.
        print_grid(
            ("table", "column", "type", "meaning"),
            ((table.name, *column) for table in tables for column in _columns(table)),
        )
        return
    for table in tables:
        print(f"{table.name}: {table.description}")
        print(
            f"Key {', '.join(table.key)}; incremental by {_incremental_by(table)}; {table.permission.name}."
        )
        print_grid(("column", "type", "meaning"), _columns(table))


def _columns(table: Table) -> Iterator[tuple[str, str, str]]:
    for column in table.columns:
        unsure = " (not every account has it)" if column.uncertain else ""
        yield column.name, column.type, f"{column.description}{unsure}"


def _incremental_by(table: Table) -> str:
    if table.parent:
        return f"parent {table.parent.table}"
    return table.cursor or "full read"


def _as_json(table: Table) -> dict[str, object]:
    return {
        "table": table.name,
        "title": table.title,
        "description": table.description,
        "group": table.group,
        "key": list(table.key),
        "cursor": table.cursor,
        "parent": table.parent.table if table.parent else None,
        "permission": {"id": table.permission.id, "name": table.permission.name},
        "feature": table.feature,
        "columns": [
            {"name": column.name, "type": column.type, "description": column.description}
            for column in table.columns
        ],
    }
