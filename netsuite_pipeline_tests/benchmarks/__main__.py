"""`make bench`: every measurement that the promises of speed and memory name, one table a subject.

`python -m netsuite_pipeline_tests.benchmarks [--quick] [--only SUBJECT] [--markdown | --json]`. All but the memory
of millions of rows takes about eight minutes on two cores that have nothing else to do, `--quick` one.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from netsuite_pipeline.emulator.process import EmulatorStartError
from netsuite_pipeline_tests.benchmarks.account import TEN
from netsuite_pipeline_tests.benchmarks.grid import Grid, add_form_options, print_grid
from netsuite_pipeline_tests.benchmarks.lake import compared as lake
from netsuite_pipeline_tests.benchmarks.many_tables import together
from netsuite_pipeline_tests.benchmarks.measuring import Unmeasured
from netsuite_pipeline_tests.benchmarks.memory import peaks
from netsuite_pipeline_tests.benchmarks.nothing_new import compared as nothing_new
from netsuite_pipeline_tests.benchmarks.side_by_side import compared as side_by_side
from netsuite_pipeline_tests.benchmarks.start_up import start_up
from netsuite_pipeline_tests.benchmarks.sync_speed import CASES, WITHOUT_INDEX, Case, speed


@dataclass(frozen=True)
class Printed:
    """A measurement that prints its own table, in a process of its own: `python -m` this module of the folder."""

    module: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Subject:
    """What is measured, in full and in a minute."""

    about: str
    whole: Callable[[], Grid] | Printed
    quick: Callable[[], Grid] | Printed
    by_default: bool = True


SUBJECTS: Mapping[str, Subject] = {
    "start-up": Subject(
        "how long the command line takes to start", lambda: start_up(times=5), lambda: start_up(times=3)
    ),
    "sync": Subject(
        "one table of a million rows, under four accounts",
        lambda: speed(rows=1_000_000, cases=CASES),
        lambda: speed(rows=50_000, cases=(Case(TEN), Case(TEN, table="transaction"))),
    ),
    "range-split": Subject(
        "the same where the account refuses the page index",
        lambda: speed(rows=1_000_000, cases=WITHOUT_INDEX),
        lambda: speed(rows=50_000, cases=WITHOUT_INDEX),
    ),
    "tables": Subject(
        "all tables together",
        lambda: together(scale=2.9, accounts=(TEN,)),
        lambda: together(scale=0.2, accounts=(TEN,)),
    ),
    "nothing-new": Subject(
        "a sync when nothing has changed",
        lambda: nothing_new(scale=1, account=TEN),
        lambda: nothing_new(scale=0.2, account=TEN),
    ),
    "lake": Subject(
        "a lake beside a file: a first sync, and one that finds nothing new",
        lambda: lake(scale=1, account=TEN, rounds=3),
        lambda: lake(scale=0.2, account=TEN, rounds=1),
    ),
    "side-by-side": Subject(
        "two other ways to read the same table",
        lambda: side_by_side(rows=91_000, account=TEN),
        lambda: side_by_side(rows=20_000, account=TEN),
    ),
    "client": Subject(
        "what a page costs the client alone",
        Printed("client_pages"),
        Printed("client_pages", ("--pages", "100", "--scale", "0.2")),
    ),
    "merge": Subject(
        "10,000 changed rows into tables of 1, 5 and 10 million",
        Printed("merge_changes"),
        Printed("merge_changes", ("--millions", "1")),
    ),
    "marts": Subject(
        "all marts over a million posting lines",
        Printed("mart_builds"),
        Printed("mart_builds", ("--postings", "40000")),
    ),
    "memory": Subject(
        "peak memory at one and five million rows (needs 12 GiB free, and about five minutes)",
        lambda: peaks((1_000_000, 5_000_000)),
        lambda: peaks((20_000, 100_000)),
        by_default=False,
    ),
}


def show(name: str, measurement: Callable[[], Grid] | Printed, form: str) -> None:
    """Measures one subject and prints its table.

    Raises:
        Unmeasured: It could not be measured.
    """
    if not isinstance(measurement, Printed):
        print_grid(measurement(), form)
        return
    module = f"netsuite_pipeline_tests.benchmarks.{measurement.module}"
    ended = subprocess.run(
        [sys.executable, "-m", module, *measurement.arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        raise Unmeasured(f"{module} ended with {ended.returncode}: {ended.stderr.strip()[-2000:]}")
    about, out = SUBJECTS[name].about, ended.stdout.strip("\n")
    match form:
        case "json":
            print(json.dumps({"title": about, "text": out}), flush=True)
        case "markdown":
            print(f"### {about.capitalize()}\n\n```text\n{out}\n```\n", flush=True)
        case _:
            print(f"{about.capitalize()}\n{out}\n", flush=True)


def main() -> int:
    """Measure the chosen subjects; a subject that fails is reported, and the others still run."""
    subjects = "\n".join(f"  {name:13} {subject.about}" for name, subject in SUBJECTS.items())
    parser = argparse.ArgumentParser(
        prog="python -m netsuite_pipeline_tests.benchmarks",
        description=f"Measures speed and memory.\n\n{subjects}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, about a minute; not for comparing")
    parser.add_argument("--only", choices=list(SUBJECTS), action="append", help="one subject; repeatable")
    add_form_options(parser)
    given = parser.parse_args()
    code = 0
    for name, subject in SUBJECTS.items():
        measurement = subject.quick if given.quick else subject.whole
        wanted = name in given.only if given.only else subject.by_default
        if not wanted:
            continue
        try:
            show(name, measurement, given.form)
        except (Unmeasured, EmulatorStartError) as error:
            print(f"{name} was not measured: {error}", file=sys.stderr, flush=True)
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())
