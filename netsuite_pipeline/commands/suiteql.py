"""`netsuite-pipeline suiteql`: one statement and its rows."""

import csv
import json
import sys
from collections.abc import Sequence
from itertools import islice

import click

from netsuite_pipeline.commands.exit_codes import OK, SOMETHING_FAILED
from netsuite_pipeline.commands.text_grid import print_grid
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.netsuite.errors import ConfigurationError, NetSuiteError
from netsuite_pipeline.netsuite.http.page import Row
from netsuite_pipeline.wording import counted


@click.command("suiteql")
@click.argument("statement")
@click.option(
    "--most",
    type=click.IntRange(min=1),
    default=100_000,
    show_default=True,
    help="Stop after so many rows; exit 1 if there are more.",
)
@click.option("--csv", "form", flag_value="csv", help="Print comma-separated values.")
@click.option("--json", "form", flag_value="json", help="Print one JSON object a line.")
def command(statement: str, most: int, form: str | None) -> int:
    """Run one SuiteQL STATEMENT (- reads the statement from standard input).

    Values are printed as NetSuite sends them. A statement with more than 1,000 rows needs a unique ORDER BY:
    without one, pages repeat and lose rows. If some rows are missing, the others are printed, standard error
    says why, and the exit code is 1.
    """
    sql = _from_standard_input() if statement == "-" else statement
    rows: list[Row] = []
    failure: NetSuiteError | None = None
    with client_from_environment() as client:
        try:
            for row in islice(client.iter_rows(sql.strip().rstrip(";")), most + 1):
                rows.append(row)
        except NetSuiteError as error:
            failure = error
    if failure is not None and not rows:
        raise failure
    has_more = len(rows) > most
    del rows[most:]
    _print(rows, form)
    # Rows and messages stay in order on a terminal.
    sys.stdout.flush()
    count = counted(len(rows), "row")
    if failure is not None:
        print(f"netsuite-pipeline: only the first {count} were received. They are printed.", file=sys.stderr)
        raise failure
    if has_more:
        print(
            f"netsuite-pipeline: stopped after {count}, and NetSuite has more.\n"
            "  To fix: allow more with --most, or narrow the statement by a condition.",
            file=sys.stderr,
        )
        return SOMETHING_FAILED
    return OK


def _print(rows: Sequence[Row], form: str | None) -> None:
    # NetSuite omits null fields, so the columns are those of all rows together.
    columns = list(dict.fromkeys(key for row in rows for key in row))
    if form == "json":
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))
    elif form == "csv":
        writer = csv.DictWriter(sys.stdout, columns)
        writer.writeheader()
        writer.writerows(rows)
    else:
        if columns:
            print_grid(columns, ([row.get(name) or "" for name in columns] for row in rows))
        print(counted(len(rows), "row"))


def _from_standard_input() -> str:
    try:
        return sys.stdin.read()
    except UnicodeDecodeError:
        raise ConfigurationError(
            "The statement on standard input is not UTF-8.", remedy="Save it as UTF-8."
        ) from None
