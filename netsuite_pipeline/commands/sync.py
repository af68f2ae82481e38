"""`netsuite-pipeline sync`: a sync without Dagster."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.commands.connection_option import configured, defs_option
from netsuite_pipeline.commands.exit_codes import CONFIGURATION_OR_SIGN_IN, OK, SOMETHING_FAILED
from netsuite_pipeline.commands.interruption import interruption
from netsuite_pipeline.commands.table_output import summary_lines, table_line
from netsuite_pipeline.marts import refresh_marts
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.netsuite.config.variable_prefix import rename_variables
from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.sync.landing.hashing import salt_from_variables
from netsuite_pipeline.sync.planning.date_range import parse_date_range
from netsuite_pipeline.sync.planning.read_plan import OVERLAP
from netsuite_pipeline.sync.report import SyncReport
from netsuite_pipeline.sync.request import SyncRequest
from netsuite_pipeline.sync.run import Progress as Landed
from netsuite_pipeline.sync.run import Sync
from netsuite_pipeline.tables import choose_tables
from netsuite_pipeline.warehouse.store import Store


@click.command("sync")
@click.option(
    "--select",
    "selected",
    multiple=True,
    metavar="TABLE",
    help="A table or a group (masterdata, transactions, accounting, lists); repeatable. Default: all.",
)
@click.option("--full", is_flag=True, help="Read every table in full, not only what changed.")
@click.option(
    "--since",
    default="",
    metavar="DATE",
    help="Read again what last changed at or after this time, in tables with a cursor and in their lines: "
    "2026-01-31, 2026-01-31T06:00 or 2026-01-31T06:00+01:00 (UTC without a time zone). No row is removed.",
)
@click.option(
    "--until",
    default="",
    metavar="DATE",
    help="Read only what last changed before this time, with or without --since. Default: now.",
)
@click.option(
    "--overlap-minutes",
    type=click.IntRange(min=0),
    default=round(OVERLAP.total_seconds() / 60),
    show_default=True,
    help="How many minutes before the last sync to read again, for changes that were committed late.",
)
@click.option(
    "--sweep",
    is_flag=True,
    help="Compare the keys of all rows with NetSuite's. Remove rows that NetSuite deleted; mark and name "
    "others that are missing.",
)
@click.option(
    "--accept-shrink",
    "accept_shrink",
    multiple=True,
    metavar="TABLE",
    help="Remove rows of this table that NetSuite no longer shows, without evidence of their deletion; "
    "repeatable.",
)
@click.option(
    "--keep-pages",
    "keep_days",
    type=click.IntRange(min=1),
    metavar="DAYS",
    help="Keep NetSuite's pages beside the warehouse for that many days.",
)
@click.option("--no-marts", is_flag=True, help="Do not rebuild the finance marts; they stay as they were.")
@defs_option
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON and nothing else.")
def command(
    selected: tuple[str, ...],
    full: bool,
    since: str,
    until: str,
    overlap_minutes: int,
    sweep: bool,
    accept_shrink: tuple[str, ...],
    keep_days: int | None,
    no_marts: bool,
    defs: Path | None,
    as_json: bool,
) -> int:
    """Sync NetSuite's tables into DuckDB.

    The first sync reads a table in full, later ones read what changed. The finance marts are rebuilt if their
    tables changed, and are published together with the tables. Exit codes: 0 all tables are up to
    date, 1 some failed (the others are committed), 2 configuration or sign-in.
    """
    begin, end = parse_date_range(since, until, full=full, now=utc_now())
    connection = configured(defs)
    shrink = choose_tables(connection.catalogue, accept_shrink) if accept_shrink else ()
    request = SyncRequest(
        tables=connection.chosen(selected),
        catalogue=connection.catalogue,
        connection=connection.name,
        full=full,
        overlap=timedelta(minutes=overlap_minutes),
        accept_shrink=frozenset(table.name for table in shrink),
        sweep_after=timedelta(0) if sweep else None,
        keep_pages=timedelta(days=keep_days) if keep_days else None,
        salt=salt_from_variables(connection.variables),
        since=begin,
        until=end,
        marts=refresh_marts if connection.marts and not no_marts else None,
        previews=False,
    )
    try:
        with client_from_environment(connection.variables) as client:
            console = Console(highlight=False, soft_wrap=True, quiet=as_json)
            report = _run(client, connection.warehouse, request, console)
    except ConfigurationError as error:
        rename_variables(connection.prefix, error)
        raise
    if as_json:
        print(json.dumps(report.as_json, indent=2))
    return _exit_code(report)


@contextmanager
def _interruptible(sync: Sync) -> Iterator[None]:
    """Add a note to an interrupt: which landed pages the next sync resumes from."""
    try:
        yield
    except BaseException as interrupt:
        if interruption.code and (pages := sync.landed_pages):
            kept = ", ".join(f"{count:,} of {table}" for table, count in pages.items())
            interrupt.add_note(f"Pages landed and not yet loaded: {kept}. The next sync resumes from them.")
        raise


def _run(client: NetSuiteClient, warehouse: Store, request: SyncRequest, console: Console) -> SyncReport:
    console.print(f"NetSuite account {client.account.realm} → {warehouse.name}", markup=False)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(20), TimeElapsedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=console.quiet or not console.is_terminal
    ) as bars:
        progress = _ProgressLine(bars)
        sync = Sync(client, warehouse, request, on_progress=progress.landed)
        with _interruptible(sync):
            for report in sync:
                progress.ended()
                console.print(table_line(report), markup=False)
    whole = sync.report()
    for line in summary_lines(whole):
        console.print(line, markup=False)
    for note in whole.notes:
        console.print(note, markup=False)
    as_one = whole.no_visible_table or whole.common_refusal
    if as_one:
        console.print(str(as_one), markup=False)
    return whole


class _ProgressLine:
    """The line of totals on a terminal."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._started = time.monotonic()
        self._rows = 0
        self._tables = 0
        self._task = bars.add_task("", total=None)

    def landed(self, page: Landed) -> None:
        """Add the rows of a landed page."""
        self._rows += page.rows
        self._draw()

    def ended(self) -> None:
        """Add a finished table."""
        self._tables += 1
        self._draw()

    def _draw(self) -> None:
        seconds = max(time.monotonic() - self._started, 0.001)
        self._bars.update(
            self._task,
            description=f"{self._tables} tables, {self._rows:,} rows, {self._rows / seconds:,.0f} rows/s",
        )


def _exit_code(report: SyncReport) -> int:
    if report.sign_in_refused:
        return CONFIGURATION_OR_SIGN_IN
    return SOMETHING_FAILED if report.failed or report.no_visible_table else OK
