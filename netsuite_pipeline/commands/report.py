"""`netsuite-pipeline report`: one HTML page on tables and syncs."""

import os
from datetime import timedelta
from pathlib import Path

import click

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.commands.exit_codes import OK
from netsuite_pipeline.netsuite.config.client_factory import read_concurrency
from netsuite_pipeline.reporting.assessment import FRESH_FOR
from netsuite_pipeline.reporting.formatting import size
from netsuite_pipeline.reporting.page import render_report, write_page
from netsuite_pipeline.reporting.queries import read_warehouse
from netsuite_pipeline.warehouse.warehouse import warehouse_from_environment


@click.command("report")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("report.html"),
    show_default=True,
    help="The file to write.",
)
@click.option(
    "--fresh-hours",
    type=click.FloatRange(min=0, min_open=True),
    default=FRESH_FOR.total_seconds() / 3600,
    show_default=True,
    help="A table that was last synced before that many hours is overdue.",
)
def command(output: Path, fresh_hours: float) -> int:
    """Write one HTML page: statements, freshness, rows, syncs, and what needs attention.

    The command reads only the published file (NETSUITE_WAREHOUSE). It waits for no sync and sends no request.
    The page needs no other file and no network. Exit codes: 0 the page is written, 1 there is nothing to
    report or the warehouse cannot be read, 2 configuration.
    """
    concurrency = read_concurrency(os.environ)
    facts = read_warehouse(warehouse_from_environment(), utc_now())
    written = render_report(facts, concurrency=concurrency, fresh_for=timedelta(hours=fresh_hours))
    try:
        write_page(written, output)
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror or error}.") from error
    print(f"{output} ({size(len(written.encode()))}): open it in a browser.")
    return OK
