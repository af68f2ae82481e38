"""A company under construction: its tables, and what documents may name."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any, TypeVar

from netsuite_pipeline_tests.marts.ledger import Ledger

T = TypeVar("T")


@dataclass
class Draft:
    """What the parts of a generator share.

    Attributes:
        periods: Posting periods: id, start, end.
        subsidiaries: Those that lines may name, also ones that the list lacks; None without subsidiaries.
        currencies: Ids; None without currencies.
        accounts: Ids by kind.
        full_books: Books in which every document is posted; the first is the primary one.
        adjusting: Books for adjustments only, with their base book.
    """

    random: Random
    ledger: Ledger = field(default_factory=Ledger)
    periods: list[tuple[int, date, date]] = field(default_factory=list)
    subsidiaries: list[int | None] = field(default_factory=list)
    currencies: list[int | None] = field(default_factory=list)
    accounts: dict[str, list[int]] = field(default_factory=dict)
    full_books: list[int] = field(default_factory=list)
    adjusting: dict[int, int | None] = field(default_factory=dict)
    customers: list[int] = field(default_factory=list)
    vendors: list[int] = field(default_factory=list)
    items: list[int] = field(default_factory=list)
    locations: list[int] = field(default_factory=list)

    def one(self, values: Sequence[T]) -> T:
        """Return one of some values."""
        return self.random.choice(values)

    def chance(self, probability: float) -> bool:
        """Return whether something happens."""
        return self.random.random() < probability

    def ids(self, count: int, most: int = 0) -> list[int]:
        """Return distinct ids in no order."""
        return self.random.sample(range(1, max(most, 3 * count) + 1), count)

    def money(self, most: int = 1000) -> Decimal:
        """Return a positive amount of money."""
        return Decimal(self.random.randint(1, most * 100)) / 100

    def add(self, table: str, **columns: Any) -> None:
        """Add a row."""
        self.ledger.add(table, **columns)
