"""How much of what an account grants a first sync of all tables together uses, large and small ones.

Run by hand: `python -m netsuite_pipeline_tests.benchmarks.many_tables [--scale 2.9] [--accounts 10/250]`.
"""

import argparse
from collections.abc import Sequence
from dataclasses import asdict

from netsuite_pipeline.tables import standard_tables
from netsuite_pipeline_tests.benchmarks.account import TEN, Account, emulated
from netsuite_pipeline_tests.benchmarks.checksum import verify_counts
from netsuite_pipeline_tests.benchmarks.grid import Grid, add_form_options, print_grid
from netsuite_pipeline_tests.benchmarks.measuring import machine, warm
from netsuite_pipeline_tests.benchmarks.sync_speed import COLUMNS, LEGEND, measure


def together(*, scale: float, accounts: Sequence[Account]) -> Grid:
    """Measures all tables of the standard catalogue under each account."""
    with emulated(scale) as emulator:
        about = machine()
        warm("netsuite_pipeline_tests.benchmarks.one_sync")
        found = [
            measure(emulator, account, "all", lambda path, rows: verify_counts(path, emulator, rows))
            for account in accounts
        ]
    return Grid(
        f"First sync of all {len(standard_tables())} tables of the standard catalogue together",
        COLUMNS,
        [asdict(each) for each in found],
        (
            *LEGEND,
            "pages needed: at least one a table.",
            f"Rows of every table were compared with the emulator's. {about}",
        ),
    )


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=2.9, help="size of the company; 1 has 340,000 rows")
    parser.add_argument("--accounts", type=Account.parsed, nargs="+", default=(TEN,), metavar="LIMIT/MS")
    add_form_options(parser)
    given = parser.parse_args()
    print_grid(together(scale=given.scale, accounts=given.accounts), given.form)


if __name__ == "__main__":
    main()
