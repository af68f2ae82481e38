"""Look for random ledgers whose marts differ from the reference, and print the smallest tables that show it.

Run `python -m netsuite_pipeline_tests.marts.reference 0 1000` for the seeds from 0 to 999.
"""

import argparse
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import TypeVar

from netsuite_pipeline_tests.marts.ledger import Ledger, Row
from netsuite_pipeline_tests.marts.random_ledgers.company import random_company
from netsuite_pipeline_tests.marts.reference.compare import Difference, differences

T = TypeVar("T")
Tables = dict[str, list[Row]]
# A document goes with all its rows.
_OF_DOCUMENT = {
    "transaction": "id",
    "transactionline": "transaction",
    "transactionaccountingline": "transaction",
    "nexttransactionlinelink": "previousdoc",
}


def main() -> None:
    """Print each seed that shows a difference, the difference, and the rows that are enough for it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=int)
    parser.add_argument("end", type=int)
    arguments = parser.parse_args()
    for seed in range(arguments.first, arguments.end):
        ledger, today = random_company(seed)
        if found := next(differences(ledger, today), None):
            print(f"seed {seed}, built on {today}: {found}")
            for table, rows in _smallest(ledger.tables, today, found).items():
                for row in rows:
                    print("  ", table, {name: str(value) for name, value in row.items() if value is not None})


def _smallest(tables: Tables, today: date, found: Difference) -> Tables:
    """Return few rows whose marts differ in the same mart and columns."""

    def shows(candidate: Tables) -> bool:
        ledger = Ledger()
        ledger.tables = candidate
        wanted = (found.mart, found.lacking, found.columns.keys())
        return any(
            wanted == (each.mart, each.lacking, each.columns.keys()) for each in differences(ledger, today)
        )

    def only(documents: Sequence[int]) -> Tables:
        return {
            name: [row for row in rows if row[_OF_DOCUMENT[name]] in documents]
            if name in _OF_DOCUMENT
            else rows
            for name, rows in tables.items()
        }

    kept = only(_fewest([row["id"] for row in tables["transaction"]], lambda ids: shows(only(ids))))
    for name in kept:
        kept[name] = _fewest(kept[name], partial(_shows_with, shows, kept, name))
    return kept


def _shows_with(shows: Callable[[Tables], bool], tables: Tables, name: str, rows: list[Row]) -> bool:
    return shows({**tables, name: rows})


def _fewest(items: list[T], shows: Callable[[list[T]], bool]) -> list[T]:
    """Return few of some items that still show a difference, by leaving out ever smaller parts of them."""
    size = len(items)
    while size:
        place = 0
        while place < len(items):
            rest = items[:place] + items[place + size :]
            if shows(rest):
                items = rest
            else:
                place += size
        size //= 2
    return items


if __name__ == "__main__":
    main()
