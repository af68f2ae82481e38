"""What a sync costs when nothing has changed in NetSuite: requests, rows written, time; and a first one beside it.

Run by hand: `python -m netsuite_pipeline_tests.benchmarks.nothing_new [--scale 1] [--account 10/250]`.
"""

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.tables import standard_tables
from netsuite_pipeline_tests.benchmarks.account import TEN, Account, emulated
from netsuite_pipeline_tests.benchmarks.grid import Column, Grid, add_form_options, print_grid
from netsuite_pipeline_tests.benchmarks.measuring import Unmeasured, machine, run, warm

SPARE_REQUESTS = 3
"""Beyond one a table: the clock, what was deleted, and one more."""

_IMPORTED = "netsuite_pipeline.cli, netsuite_pipeline.commands.sync, dotenv"


@dataclass(frozen=True)
class Synced:
    """One call of `netsuite-pipeline sync --json`.

    Attributes:
        allowed: Requests that the promise allows; None where it is about something else.
        published: Whether the published file was replaced.
        over_one: Tables that took more than one request, and how many, as they say themselves.
        imports: Share of the time that starting Python and importing takes.
    """

    sync: str
    tables: int
    requests: int
    allowed: int | None
    rows_read: int
    rows_written: int
    rows_deleted: int
    published: str
    seconds: float
    import_seconds: float
    imports: float
    cpu_seconds: float
    over_one: str


def compared(*, scale: float, account: Account) -> Grid:
    """Measures a first sync and, right after it, one that finds nothing new."""
    with emulated(scale) as emulator, tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        path = Path(folder) / "warehouse.duckdb"
        about = machine()
        importing = warm(_IMPORTED).seconds
        first = _synced("first", emulator, account, path, importing)
        second = _synced("nothing new", emulator, account, path, importing, allowed=_allowed)
    columns = (
        Column("sync", "sync"),
        Column("tables", "tables"),
        Column("requests", "requests", ",.0f"),
        Column("allowed", "allowed", ",.0f"),
        Column("rows read", "rows_read", ",.0f"),
        Column("rows written", "rows_written", ",.0f"),
        Column("rows deleted", "rows_deleted", ",.0f"),
        Column("published", "published"),
        Column("seconds", "seconds", ".2f"),
        Column("of it imports", "import_seconds", ".2f"),
        Column("imports", "imports", ".0%"),
        Column("CPU s", "cpu_seconds", ".2f"),
    )
    return Grid(
        f"An incremental sync with nothing new, all tables, {account.label}",
        columns,
        [asdict(first), asdict(second)],
        (
            f"More than one request with nothing new: {second.over_one}.",
            f"allowed: one request a table and {SPARE_REQUESTS}. imports: start of Python and imports, measured "
            "alone.",
            f"netsuite-pipeline sync --json, in a process of its own; company of scale {scale:g}. {about}",
        ),
    )


def _allowed(tables: int) -> int:
    return tables + SPARE_REQUESTS


def _synced(
    name: str,
    emulator: EmulatorProcess,
    account: Account,
    path: Path,
    importing: float,
    allowed: Callable[[int], int] = lambda tables: 0,
) -> Synced:
    before = _identity(path)
    account.of(emulator)
    env = {**emulator.env, **account.env, "NETSUITE_WAREHOUSE": str(path)}
    taken = run(["-m", "netsuite_pipeline", "sync", "--json"], env)
    stats = emulator.admin.stats()
    totals = taken.output["totals"]
    asked = {table["table"]: int(table["requests"]) for table in taken.output["tables"]}
    most = sorted(((count, name) for name, count in asked.items() if count > 1), reverse=True)
    if totals["done"] != len(standard_tables()):
        raise Unmeasured(f"not all tables were synced: {totals}")
    return Synced(
        sync=name,
        tables=totals["tables"],
        requests=stats.requests,
        allowed=allowed(totals["tables"]) or None,
        rows_read=totals["rows_read"],
        rows_written=totals["rows_written"],
        rows_deleted=totals["rows_deleted"],
        published="no" if _identity(path) == before else "yes",
        seconds=taken.seconds,
        import_seconds=importing,
        imports=importing / taken.seconds,
        cpu_seconds=taken.cpu_seconds,
        over_one=", ".join(f"{name} {count}" for count, name in most) or "none",
    )


def _identity(path: Path) -> tuple[int, int] | None:
    """What changes when the published file is replaced."""
    if not path.exists():
        return None
    status = path.stat()
    return status.st_ino, status.st_mtime_ns


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--account", type=Account.parsed, default=TEN, metavar="LIMIT/MS")
    add_form_options(parser)
    given = parser.parse_args()
    print_grid(compared(scale=given.scale, account=given.account), given.form)


if __name__ == "__main__":
    main()
