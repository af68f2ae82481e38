"""`netsuite-pipeline tables`: what there is to sync."""

import json

import click
from rich.console import Console
from rich.table import Table as Grid

from netsuite_pipeline.tables import Table, choose_tables, tables_from_environment


@click.command("tables")
@click.argument("names", nargs=-1, metavar="[TABLE]…")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(names: tuple[str, ...], as_json: bool) -> None:
    """List the tables of the catalogue; with TABLE names (or groups), their columns."""
    chosen = choose_tables(tables_from_environment(), names or ("all",))
    if as_json:
        print(json.dumps([_as_json(table) for table in chosen], indent=2))
        return
    console = Console(highlight=False)
    if names:
        for table in chosen:
            _show_columns(console, table)
    else:
        _show_tables(console, chosen)


def _show_tables(console: Console, tables: tuple[Table, ...]) -> None:
    grid = Grid("table", "group", "key", "changes found by", "permission the role needs")
    for table in tables:
        grid.add_row(table.name, table.group, ", ".join(table.key), _changes(table), table.permission.name)
    console.print(grid)
    console.print(f"{len(tables)} tables; `netsuite-pipeline tables NAME` shows a table's columns.")


def _show_columns(console: Console, table: Table) -> None:
    console.print(f"[bold]{table.name}[/bold]: {table.description}")
    console.print(f"Key {', '.join(table.key)}; changes found by {_changes(table)}; {table.permission.name}.")
    grid = Grid("column", "type", "meaning")
    for column in table.columns:
        unsure = " (not every account has it)" if column.uncertain else ""
        grid.add_row(column.name, column.type, f"{column.description}{unsure}")
    console.print(grid)


def _changes(table: Table) -> str:
    if table.parent:
        return f"its {table.parent.table}"
    return table.cursor or "reading all"


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
