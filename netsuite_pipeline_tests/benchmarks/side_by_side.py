"""The same table by this pipeline, by a sequential client that pages by offset, and by the PyPI package netsuite.

Run by hand: `python -m netsuite_pipeline_tests.benchmarks.side_by_side [--rows 91000] [--account 10/250]`. More
than 100,000 rows of one query cannot be had by offset (NSH:section_157909186990).
"""

import argparse
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline_tests.benchmarks.account import (
    TEN,
    Account,
    emulated,
    pages_of,
    scale_for,
    share_of_ceiling,
)
from netsuite_pipeline_tests.benchmarks.grid import Column, Grid, add_form_options, print_grid
from netsuite_pipeline_tests.benchmarks.measuring import Unmeasured, machine, run_here, warm

MOST_BY_OFFSET = 100_000
_TABLE = "transactionline"
CLIENTS = {
    "netsuite_pipeline": ("one_sync", "netsuite.transactionline"),
    "sequential, by offset (requests-oauthlib, pandas)": ("offset_client", _TABLE),
    "PyPI netsuite, 10 in flight (pandas)": ("package_client", _TABLE),
}
"""What is compared: the module that does it, and the table that it fills."""


@dataclass(frozen=True)
class Compared:
    """One client; `times` and `cpu_times` are to the first one."""

    client: str
    rows: int
    requests: int
    seconds: float
    times: float
    share: float
    cpu_seconds: float
    cpu_times: float
    peak_mib: float


def compared(*, rows: int, account: Account) -> Grid:
    """Measures the three in turn, on one company."""
    found: list[Compared] = []
    with emulated(scale_for(_TABLE, rows), public_host=True) as emulator:
        there = emulator.admin.tables()[_TABLE]
        if there > MOST_BY_OFFSET:
            raise Unmeasured(
                f"there are {there:,} rows, of which paging by offset reaches {MOST_BY_OFFSET:,}"
            )
        about = machine()
        for name, (module, table) in CLIENTS.items():
            warm(f"netsuite_pipeline_tests.benchmarks.{module}")
            one = _measured(name, module, table, emulator, account, there)
            first = found[0] if found else one
            times, cpu_times = one.seconds / first.seconds, one.cpu_seconds / first.cpu_seconds
            found.append(Compared(**{**asdict(one), "times": times, "cpu_times": cpu_times}))
    columns = (
        Column("client", "client"),
        Column("rows", "rows", ",.0f"),
        Column("requests", "requests", ",.0f"),
        Column("seconds", "seconds", ".1f"),
        Column("times ours", "times", ".1f"),
        Column("share of ceiling", "share", ".1%"),
        Column("CPU s", "cpu_seconds", ".2f"),
        Column("times ours", "cpu_times", ".1f"),
        Column("peak MiB", "peak_mib", ",.0f"),
    )
    return Grid(
        f"Side by side: {_TABLE}, 15 columns, into DuckDB, {account.label}",
        columns,
        [asdict(each) for each in found],
        (
            "Whole processes. Ours reads every value into its type, counts, commits and publishes; the others "
            "store text, and have no second sync.",
            f"Rows of each result were counted. {about}",
        ),
    )


def _measured(
    name: str, module: str, table: str, emulator: EmulatorProcess, account: Account, there: int
) -> Compared:
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        path = Path(folder) / "warehouse.duckdb"
        account.of(emulator)
        taken = run_here(module, str(path), env={**emulator.env, **account.env})
        stats = emulator.admin.stats()
        with duckdb.connect(str(path), read_only=True) as connection:
            counted = connection.sql(f"SELECT count(*) FROM {table}").fetchone()
    if counted != (there,):
        raise Unmeasured(f"{name}: {counted} rows here, {there} there")
    return Compared(
        client=name,
        rows=there,
        requests=stats.requests,
        seconds=taken.seconds,
        times=1.0,
        share=share_of_ceiling(stats, taken.seconds, account.limit, pages_of(there)),
        cpu_seconds=taken.cpu_seconds,
        cpu_times=1.0,
        peak_mib=float(taken.output["peak_mib"]),
    )


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=91_000, help="at least so many, and at most 100,000")
    parser.add_argument("--account", type=Account.parsed, default=TEN, metavar="LIMIT/MS")
    add_form_options(parser)
    given = parser.parse_args()
    print_grid(compared(rows=given.rows, account=given.account), given.form)


if __name__ == "__main__":
    main()
