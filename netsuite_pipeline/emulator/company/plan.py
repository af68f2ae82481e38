"""What decides a sample company: a seed, a size and the moment it is looked at."""

from dataclasses import dataclass
from datetime import datetime
from math import sqrt

BUSINESS_BEGINS = datetime(2024, 1, 1)
_HORIZON_DAYS = 1060


@dataclass(frozen=True)
class CompanyPlan:
    """The sample company of `seed` at `scale`, as it stands at `now` (naive UTC, to the second).

    At scale 1.0 about 24,000 transactions have happened by the end of 2026. ValueError if the scale is not
    positive, if
    `now` carries a time zone or a fraction of a second, or lies before the first day's business is done.

    >>> CompanyPlan(seed=1, scale=0.02, now=datetime(2026, 11, 1, 12)).population(2000).total
    283
    """

    seed: int
    scale: float
    now: datetime

    def __post_init__(self) -> None:
        if not self.scale > 0:
            raise ValueError(f"scale must be positive, not {self.scale}")
        if self.now.tzinfo is not None or self.now.microsecond:
            raise ValueError(f"now must be naive UTC to the second, not {self.now.isoformat()}")
        if self.now < datetime(2024, 1, 2):
            raise ValueError(
                f"business begins {BUSINESS_BEGINS:%Y-%m-%d}; now must be a later day, not {self.now}"
            )

    def population(self, at_scale_one: int) -> "Population":
        """How a kind of master record grows: its number by the end of 2026 goes with the root of the
        scale."""
        return Population(max(12, round(at_scale_one * sqrt(self.scale))))


@dataclass(frozen=True)
class Population:
    """Numbered individuals 0, 1, 2, …: the first ones were migrated before business began, the others come
    one by one.

    Who exists at a moment depends on that moment alone, so that a company looked at later only has more of
    them.
    """

    total: int

    @property
    def migrated(self) -> int:
        """How many came with the data migration, before business began."""
        return int(self.total * 0.7)

    @property
    def spacing(self) -> int:
        """Seconds between two newcomers."""
        return _HORIZON_DAYS * 86400 // max(1, self.total - self.migrated)

    def count_by(self, now: datetime) -> int:
        """An upper bound of how many exist at `now`."""
        seconds = int((now - BUSINESS_BEGINS).total_seconds())
        return self.migrated + seconds // self.spacing + 1

    def created_sql(self, k: str, noise: str) -> str:
        """SQL for the moment individual `k` was created; `noise` is an SQL number from 0 to below 1."""
        return (
            f"(CASE WHEN {k} < {self.migrated} THEN TIMESTAMP '2023-12-04 09:00:00' + to_seconds({k} * 7)"
            f" ELSE TIMESTAMP '2024-01-01' + to_seconds(CAST(floor(({k} - {self.migrated} + {noise})"
            f" * {self.spacing}) AS BIGINT)) END)"
        )

    def existing_sql(self, day: str) -> str:
        """SQL for how many surely exist when `day` (an SQL date) begins."""
        return f"({self.migrated} + (({day} - DATE '2024-01-01') * 86400) // {self.spacing})"
