"""`netsuite-pipeline discover`: custom records, lists and fields of the account as table specs."""

import sys
from collections.abc import Mapping
from pathlib import Path

import click

from netsuite_pipeline.commands.exit_codes import OK, SOMETHING_FAILED
from netsuite_pipeline.commands.text_grid import watched
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.reporting.formatting import counted
from netsuite_pipeline.tables import Table, TableSpecError, tables_from_environment
from netsuite_pipeline.tables.catalogue import read_tables
from netsuite_pipeline.tables.discovery.discover import Discovery, discover
from netsuite_pipeline.tables.discovery.spec_writer import add_to_file, changes, render_tables

_OUTPUT = Path("netsuite_tables.yaml")


@click.command("discover")
@click.argument("records", nargs=-1, metavar="[RECORD]…")
@click.option("--write", is_flag=True, help="Add what is new to the file, and tell what is gone.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"The file to add to instead of {_OUTPUT}; it means --write.",
)
@click.option(
    "--all-custom-fields", is_flag=True, help="Also the custom fields of the tables of the catalogue."
)
def command(records: tuple[str, ...], write: bool, output: Path | None, all_custom_fields: bool) -> int:
    """Describe custom records, lists and fields, ready to be synced.

    Without RECORD all custom records and lists of the account; a RECORD of the catalogue gets its custom
    fields. Prints YAML, or adds it to a file whose lines stay as they are. It only asks and never changes
    anything in NetSuite. Exit codes: 0 all were described, 1 a RECORD could not be, or nothing could, 2
    configuration or sign-in.
    """
    path = output or (_OUTPUT if write else None)
    known = tables_from_environment()
    before = read_tables(path, known) if path and path.exists() else {}
    known = {**known, **before}
    with client_from_environment() as client, watched() as on_step:
        found = discover(client, known, records, all_custom_fields=all_custom_fields, on_step=on_step)
    if path is None:
        print(render_tables(found.tables), end="")
    else:
        _write(path, found, before, known)
    for note in found.notes:
        print(f"note: {note}", file=sys.stderr)
    for name, reason in found.failed.items():
        print(f"failed: {name}: {reason}", file=sys.stderr)
    if not found.tables and not found.failed:
        print("No custom records, lists or fields were found that the role can see.", file=sys.stderr)
    return SOMETHING_FAILED if found.failed or (found.notes and not found.tables) else OK


def _write(path: Path, found: Discovery, before: Mapping[str, Table], known: Mapping[str, Table]) -> None:
    if found.tables:
        if not path.parent.is_dir():
            raise TableSpecError("cannot be written: there is no such folder", source=str(path))
        add_to_file(path, found.tables, known)
    told = changes(before, found.tables)
    for change in told:
        print(change)
    if any(change.kind != "new" for change in told):
        print("What is gone or differs stands in the file as before; change it there if you wish.")
    if not told and found.tables:
        print(f"{path} has everything that was found.")
    unsure = sum(bool(column.doubt) for table in found.tables.values() for column in table.columns)
    if found.tables:
        doubts = f"; {counted(unsure, 'column')} marked with a doubt" if unsure else ""
        tables = counted(len({*before, *found.tables}), "table")
        print(f"{path}: {tables}{doubts}. Sync them with NETSUITE_TABLES={path}")
