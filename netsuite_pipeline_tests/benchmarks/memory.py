"""How much memory a first sync takes at its peak, and whether that grows with the table.

Run by hand: `python -m netsuite_pipeline_tests.benchmarks.memory [--rows 1000000 5000000]`. The emulator makes
its company up in memory: for five million rows it needs some 10 GiB and a minute or two.
"""

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from netsuite_pipeline_tests.benchmarks.account import Account, emulated, scale_for
from netsuite_pipeline_tests.benchmarks.checksum import verify
from netsuite_pipeline_tests.benchmarks.grid import Column, Grid, add_form_options, print_grid
from netsuite_pipeline_tests.benchmarks.measuring import Unmeasured, available_gib, machine
from netsuite_pipeline_tests.benchmarks.one_sync import fifteen_columns
from netsuite_pipeline_tests.benchmarks.sync_speed import measure

ACCOUNT = Account(8, 0)
_TABLE = "transactionline"
# What the emulator takes (0.17 measured) for a unit of scale while it makes its company up, and what is left to others.
_GIB_A_SCALE, _GIB_FOR_OTHERS = 0.2, 2.0


@dataclass(frozen=True)
class Peak:
    """The most memory of one sync; `ratio` is to the first one measured."""

    rows: int
    peak_mib: float
    ratio: float
    seconds: float
    cpu_ms: float


def require_room(scale: float) -> None:
    """Raises Unmeasured where the emulator's company would not fit in the memory that is free."""
    needed = scale * _GIB_A_SCALE + _GIB_FOR_OTHERS
    available = available_gib()
    if available is not None and available < needed:
        raise Unmeasured(
            f"a company of scale {scale:g} needs {needed:.0f} GiB free, there are {available:.1f}"
        )


def peaks(rows: Sequence[int]) -> Grid:
    """Measures one sync of each size."""
    spec = fifteen_columns(_TABLE)
    about = machine()
    found: list[Peak] = []
    for each in rows:
        scale = scale_for(_TABLE, each)
        require_room(scale)
        with emulated(scale) as emulator:
            one = measure(emulator, ACCOUNT, _TABLE, lambda path, _: verify(path, spec, emulator))
        first = found[0].peak_mib if found else one.peak_mib
        found.append(Peak(one.rows, one.peak_mib, one.peak_mib / first, one.seconds, one.cpu_ms))
    columns = (
        Column("rows", "rows", ",.0f"),
        Column("peak MiB", "peak_mib", ",.0f"),
        Column("ratio", "ratio", ".2f"),
        Column("seconds", "seconds", ".1f"),
        Column("CPU ms/page", "cpu_ms", ".2f"),
    )
    return Grid(
        f"Peak memory of a first sync of {_TABLE}, 15 columns",
        columns,
        [asdict(peak) for peak in found],
        (f"Resident memory of the whole process at its peak; limit {ACCOUNT.label}. {about}",),
    )


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=(1_000_000, 5_000_000))
    add_form_options(parser)
    given = parser.parse_args()
    print_grid(peaks(given.rows), given.form)


if __name__ == "__main__":
    main()
