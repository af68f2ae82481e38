"""How long `netsuite-pipeline --help` takes, the best of a few.

Run by hand: `python -m netsuite_pipeline_tests.benchmarks.start_up [--times 5]`.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from netsuite_pipeline_tests.benchmarks.grid import Column, Grid, add_form_options, print_grid
from netsuite_pipeline_tests.benchmarks.measuring import machine, run

_SCRIPT = str(Path(sys.executable).with_name("netsuite-pipeline"))
_CALLS = {
    "netsuite-pipeline --help": [_SCRIPT, "--help"],
    "netsuite-pipeline sync --help": [_SCRIPT, "sync", "--help"],
    "python -c pass": ["-c", "pass"],
}


def start_up(*, times: int) -> Grid:
    """Measures each call a few times, after one that is not counted."""
    about = machine()
    columns = (
        Column("call", "call"),
        Column("best s", "best", ".3f"),
        Column("median s", "median", ".3f"),
        Column("CPU s", "cpu_seconds", ".3f"),
    )
    rows = [_timed(name, call, times) for name, call in _CALLS.items()]
    return Grid(f"Start of the command line, best of {times}", columns, rows, (about,))


def _timed(name: str, call: Sequence[str], times: int) -> dict[str, str | float]:
    run(call)
    taken = [run(call) for _ in range(times)]
    seconds = [each.seconds for each in taken]
    cpu = min(each.cpu_seconds for each in taken)
    return {"call": name, "best": min(seconds), "median": median(seconds), "cpu_seconds": cpu}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    add_form_options(parser)
    given = parser.parse_args()
    print_grid(start_up(times=given.times), given.form)


if __name__ == "__main__":
    main()
