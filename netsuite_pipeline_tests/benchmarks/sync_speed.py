"""How much of what an account grants a first sync of one large table uses, from its start to the published file.

Run by hand: `python -m netsuite_pipeline_tests.benchmarks.sync_speed [--rows 1000000] [--accounts 5/400 10/250]
[--table transaction] [--index off]`.
"""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline_tests.benchmarks.account import (
    ACCOUNTS,
    TEN,
    Account,
    emulated,
    pages_of,
    scale_for,
    share_of_ceiling,
)
from netsuite_pipeline_tests.benchmarks.checksum import verify
from netsuite_pipeline_tests.benchmarks.grid import Column, Grid, add_form_options, print_grid
from netsuite_pipeline_tests.benchmarks.measuring import Unmeasured, machine, run_here, warm
from netsuite_pipeline_tests.benchmarks.one_sync import FIFTEEN, fifteen_columns

COLUMNS = (
    Column("account", "account"),
    Column("rows", "rows", ",.0f"),
    Column("pages needed", "pages_needed", ",.0f"),
    Column("requests", "requests", ",.0f"),
    Column("refused", "refused", ",.0f"),
    Column("seconds", "seconds", ".1f"),
    Column("at best", "at_best", ".1f"),
    Column("rows/s", "rows_per_second", ",.0f"),
    Column("busy slots", "busy_slots", ".2f"),
    Column("share", "share", ".1%"),
    Column("CPU ms/page", "cpu_ms", ".2f"),
    Column("of it the sync", "sync_cpu_ms", ".2f"),
    Column("peak MiB", "peak_mib", ",.0f"),
    Column("emulator CPU ms/page", "emulator_cpu_ms", ".2f"),
)
LEGEND = (
    "account: requests at once / time that each takes at least. refused: requests above the limit.",
    "share (of the ceiling): busy slots, averaged over the whole process's time / limit x pages needed / requests.",
    "at best: seconds if all slots were busy with needed pages from the first moment to the last.",
    "CPU: of our whole process; of it the sync: without the interpreter's start and the imports.",
)


@dataclass(frozen=True)
class Measured:
    """One sync under one account."""

    account: str
    rows: int
    requests: int
    pages_needed: int
    seconds: float
    at_best: float
    rows_per_second: float
    busy_slots: float
    share: float
    cpu_ms: float
    sync_cpu_ms: float
    peak_mib: float
    emulator_cpu_ms: float
    refused: int


def measure(
    emulator: EmulatorProcess, account: Account, table: str, check: Callable[[Path, dict[str, int]], None]
) -> Measured:
    """Syncs once into a fresh warehouse; what came of it is checked after the measurement.

    Args:
        check: Given the published file and each table's rows; raises Unmeasured.
    """
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        path = Path(folder) / "warehouse.duckdb"
        account.of(emulator)
        before = emulator.admin.stats()
        taken = run_here("one_sync", str(path), "--table", table, env={**emulator.env, **account.env})
        stats = emulator.admin.stats()
        rows: dict[str, int] = dict(taken.output["rows"])
        mismatched = [name for name, matches in taken.output["matches"].items() if matches is False]
        if taken.output["modes"] != ["full"] or mismatched:
            raise Unmeasured(f"no full read, or not of all rows: {taken.output}")
        check(path, rows)
    needed = sum(pages_of(each) for each in rows.values())
    everything = sum(rows.values())
    return Measured(
        account=account.label,
        rows=everything,
        requests=stats.requests,
        pages_needed=needed,
        seconds=taken.seconds,
        at_best=account.at_best(needed),
        rows_per_second=everything / taken.seconds,
        busy_slots=stats.slot_seconds / taken.seconds,
        share=share_of_ceiling(stats, taken.seconds, account.limit, needed),
        cpu_ms=taken.cpu_seconds / needed * 1000,
        sync_cpu_ms=float(taken.output["cpu_seconds"]) / needed * 1000,
        peak_mib=float(taken.output["peak_mib"]),
        emulator_cpu_ms=(stats.cpu_seconds - before.cpu_seconds) / max(1, stats.pages) * 1000,
        refused=stats.refused,
    )


@dataclass(frozen=True)
class Case:
    """What is measured: which table, under which account, and whether the account lets its pages be indexed."""

    account: Account
    table: str = "transactionline"
    index: bool = True


CASES = (*(Case(account) for account in ACCOUNTS), Case(TEN, table="transaction"))
"""One table under every account, and one with a single key beside it."""

WITHOUT_INDEX = (Case(TEN, index=False),)
"""The same where the account refuses the page index."""


def speed(*, rows: int, cases: Sequence[Case]) -> Grid:
    """Measures cases on one company, in which the first case's table has at least so many rows."""
    first = cases[0].table
    with emulated(scale_for(first, rows)) as emulator:
        there = emulator.admin.tables()[first]
        if there < rows:
            raise Unmeasured(f"the company has {there:,} rows of {first}, {rows:,} are wanted")
        about = machine()
        warm("netsuite_pipeline_tests.benchmarks.one_sync")
        found = [_measured(emulator, case) for case in cases]
    return Grid(
        "First sync of one table of 15 columns",
        (
            Column("table", "table"),
            Column("pages by", "pages_by"),
            *COLUMNS,
        ),
        found,
        (
            *LEGEND,
            "pages by: where the account refuses the page index, the largest remaining key range is split in half.",
            f"Every result was compared with the emulator by sums over all rows and columns. {about}",
        ),
    )


def _measured(emulator: EmulatorProcess, case: Case) -> dict[str, object]:
    spec = fifteen_columns(case.table)
    emulator.admin.set_variant("rownum_nested", "on" if case.index else "off")
    found = measure(emulator, case.account, case.table, lambda path, _: verify(path, spec, emulator))
    key = f"{case.table} ({', '.join(spec.key)})"
    return {"table": key, "pages_by": "index" if case.index else "range split", **asdict(found)}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="at least so many")
    parser.add_argument("--accounts", type=Account.parsed, nargs="+", default=ACCOUNTS, metavar="LIMIT/MS")
    parser.add_argument("--table", choices=list(FIFTEEN), default="transactionline")
    parser.add_argument("--index", choices=("on", "off"), default="on", help="off: the page index is refused")
    add_form_options(parser)
    given = parser.parse_args()
    cases = [Case(account, given.table, given.index == "on") for account in given.accounts]
    print_grid(speed(rows=given.rows, cases=cases), given.form)


if __name__ == "__main__":
    main()
