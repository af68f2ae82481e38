"""`netsuite-pipeline suiteql`: one statement, its rows on the screen or in a file."""

import csv
import itertools
import json
import sys
from collections.abc import Sequence

import click

from netsuite_pipeline.commands.grid import print_grid
from netsuite_pipeline.netsuite.environment import client_from_environment
from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.netsuite.page import Row


@click.command("suiteql")
@click.argument("statement")
@click.option(
    "--most", type=click.IntRange(min=1), default=100_000, show_default=True, help="Stop after so many rows."
)
@click.option("--csv", "form", flag_value="csv", help="Print comma-separated values.")
@click.option("--json", "form", flag_value="json", help="Print one JSON object a line.")
def command(statement: str, most: int, form: str | None) -> None:
    """Ask NetSuite one SuiteQL STATEMENT (- reads it from standard input).

    Values are shown as NetSuite sends them. Give the statement a unique ORDER BY when it has more than 1,000
    rows: pages repeat and lose rows without.
    """
    sql = _from_standard_input() if statement == "-" else statement
    with client_from_environment() as client:
        rows = list(itertools.islice(client.rows(sql.strip().rstrip(";")), most))
    # NetSuite leaves null fields out of a row, so only all rows together tell the columns.
    columns = list(dict.fromkeys(key for row in rows for key in row))
    if form == "json":
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))
    elif form == "csv":
        writer = csv.DictWriter(sys.stdout, columns)
        writer.writeheader()
        writer.writerows(rows)
    else:
        _show(columns, rows)


def _from_standard_input() -> str:
    try:
        return sys.stdin.read()
    except UnicodeDecodeError:
        raise ConfigurationError(
            "The statement on standard input is not UTF-8.", remedy="Save it as UTF-8."
        ) from None


def _show(columns: Sequence[str], rows: Sequence[Row]) -> None:
    values = ([row.get(name) or "" for name in columns] for row in rows)
    print_grid(columns, values, f"{len(rows):,} row{'s' if len(rows) != 1 else ''}")
