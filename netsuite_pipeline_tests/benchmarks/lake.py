"""What a lake costs beside a file: processor time of a first sync, and of one that finds nothing new.

Run by hand: `python -m netsuite_pipeline_tests.benchmarks.lake [--scale 1] [--rounds 3]`.
"""

import argparse
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

from netsuite_pipeline.tables import standard_tables
from netsuite_pipeline_tests.benchmarks.account import TEN, Account, emulated
from netsuite_pipeline_tests.benchmarks.grid import Column, Grid, add_form_options, print_grid
from netsuite_pipeline_tests.benchmarks.measuring import Taken, Unmeasured, machine, run

PROMISED = {"first": 1.5, "nothing new": 2.0}
"""The most processor time of a sync into a lake, as a multiple of the file's."""


@dataclass(frozen=True)
class Kind:
    """One kind of warehouse: its name in the table, and the variables that choose it in a folder."""

    name: str
    address: str
    data: str = ""

    def variables(self, folder: Path) -> dict[str, str]:
        """The variables of a warehouse of this kind."""
        data = {"NETSUITE_LAKE_DATA": str(folder / "data")} if self.data else {}
        return {"NETSUITE_WAREHOUSE": self.address.format(folder=folder), **data}


FILE = Kind("file", "{folder}/warehouse.duckdb")
EMBEDDED = Kind("lake, catalogue in a file", "ducklake:{folder}/warehouse.ducklake")


def compared(*, scale: float, account: Account, rounds: int, marts: bool = True) -> Grid:
    """Measures both syncs in both kinds, in turn, and takes the median of the rounds."""
    taken: dict[tuple[str, str], list[Taken]] = {}
    with emulated(scale) as emulator:
        about = machine()
        for _ in range(rounds):
            with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
                for sync in PROMISED:
                    for kind in (FILE, EMBEDDED):
                        account.of(emulator)
                        env = {**emulator.env, **account.env, **kind.variables(Path(folder))}
                        options = [] if marts else ["--no-marts"]
                        one = run(["-m", "netsuite_pipeline", "sync", "--json", *options], env)
                        if one.output["totals"]["done"] != len(standard_tables()):
                            raise Unmeasured(f"not all tables were synced: {one.output['totals']}")
                        taken.setdefault((sync, kind.name), []).append(one)
    rows = []
    for sync, promised in PROMISED.items():
        file = _median(taken[sync, FILE.name])
        lake = _median(taken[sync, EMBEDDED.name])
        rows.append(
            {
                "sync": sync,
                "file_cpu": file.cpu_seconds,
                "lake_cpu": lake.cpu_seconds,
                "times": lake.cpu_seconds / file.cpu_seconds,
                "promised": promised,
                "file_seconds": file.seconds,
                "lake_seconds": lake.seconds,
            }
        )
    columns = (
        Column("sync", "sync"),
        Column("file, CPU s", "file_cpu", ".2f"),
        Column("lake, CPU s", "lake_cpu", ".2f"),
        Column("times", "times", ".2f"),
        Column("promised", "promised", ".1f"),
        Column("file, s", "file_seconds", ".1f"),
        Column("lake, s", "lake_seconds", ".1f"),
    )
    return Grid(
        f"A lake with its catalogue in a file beside a DuckDB file, all tables, {account.label}",
        columns,
        rows,
        (
            f"Medians of {rounds}, file and lake in turn; company of scale {scale:g}, "
            f"{'with' if marts else 'without'} marts. {about}",
        ),
    )


def _median(taken: list[Taken]) -> Taken:
    """The sync with the median of processor time."""
    middle = statistics.median_low(one.cpu_seconds for one in taken)
    return next(one for one in taken if one.cpu_seconds == middle)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-marts", action="store_true")
    parser.add_argument("--account", type=Account.parsed, default=TEN, metavar="LIMIT/MS")
    add_form_options(parser)
    given = parser.parse_args()
    grid = compared(scale=given.scale, account=given.account, rounds=given.rounds, marts=not given.no_marts)
    print_grid(grid, given.form)


if __name__ == "__main__":
    main()
