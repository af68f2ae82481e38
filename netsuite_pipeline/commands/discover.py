"""`netsuite-pipeline discover`: custom records, lists and fields of the account as table specs."""

import sys
from collections.abc import Mapping
from pathlib import Path

import click

from netsuite_pipeline.commands.exit_codes import OK, SOMETHING_FAILED
from netsuite_pipeline.commands.text_grid import step_status
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.tables import Table, TableSpecError, tables_from_environment
from netsuite_pipeline.tables.catalogue import read_tables
from netsuite_pipeline.tables.discovery.discover import Discovery, discover
from netsuite_pipeline.tables.discovery.spec_writer import add_to_file, changes, render_tables
from netsuite_pipeline.wording import counted

_OUTPUT = Path("netsuite_tables.yaml")


@click.command("discover")
@click.argument("records", nargs=-1, metavar="[RECORD]…")
@click.option(
    "--write", is_flag=True, help="Add new tables and columns to the file, and list those that are gone."
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"The file to add to instead of {_OUTPUT}; implies --write.",
)
@click.option(
    "--all-custom-fields", is_flag=True, help="Include the custom fields of the catalogue's tables."
)
def command(records: tuple[str, ...], write: bool, output: Path | None, all_custom_fields: bool) -> int:
    """Describe custom records, lists and fields, ready to be synced.

    Without RECORD, describe all custom records and lists of the account. For a RECORD of the catalogue,
    describe its custom fields. Print YAML, or add it to a file and keep the file's lines. Nothing changes in
    NetSuite. Exit codes: 0 all were described, 1 a RECORD or everything failed, 2 configuration or sign-in.
    """
    path = output or (_OUTPUT if write else None)
    known = tables_from_environment()
    before = read_tables(path, known) if path and path.exists() else {}
    known = {**known, **before}
    with client_from_environment() as client, step_status() as on_step:
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
    changed = changes(before, found.tables)
    for change in changed:
        print(change)
    if any(change.kind != "new" for change in changed):
        print("The file keeps what is gone or differs. Edit the file to change that.")
    if not changed and found.tables:
        print(f"{path} already has all of them.")
    unsure = sum(bool(column.doubt) for table in found.tables.values() for column in table.columns)
    if found.tables:
        doubts = f"; {counted(unsure, 'column')} marked with a doubt" if unsure else ""
        tables = counted(len({*before, *found.tables}), "table")
        print(f"{path}: {tables}{doubts}. Sync them with NETSUITE_TABLES={path}")
