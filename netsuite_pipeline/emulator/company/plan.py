"""The plan of a sample company: a seed, a scale and the present time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt

BUSINESS_BEGINS = datetime(2024, 1, 1)  # noqa: DTZ001 - naive UTC, as the columns
_HORIZON_DAYS = 1060


@dataclass(frozen=True)
class CompanyPlan:
    """The sample company of `seed` at `scale` at the time `now` (naive UTC, to the second).

    At scale 1.0 the company has about 24,000 transactions by the end of 2026.

    Raises:
        ValueError: The scale is not positive, or `now` has a time zone or a fraction of a second, or lies
            before the end of the first day.

    Example:
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
        if self.now < BUSINESS_BEGINS + timedelta(days=1):
            raise ValueError(
                f"business begins {BUSINESS_BEGINS:%Y-%m-%d}; now must be a later day, not {self.now}"
            )

    def population(self, at_scale_one: int) -> "Population":
        """Return the population of a kind of record, which grows with the root of the scale."""
        return Population(max(12, round(at_scale_one * sqrt(self.scale))))


@dataclass(frozen=True)
class Population:
    """Numbered individuals 0, 1, 2, …: the first ones were migrated, the others arrive one by one.

    The number at a time depends on that time only, so that a company that is built later only has more.
    """

    total: int

    @property
    def migrated(self) -> int:
        """Number of individuals that were migrated before business began."""
        return int(self.total * 0.7)

    @property
    def spacing(self) -> int:
        """Seconds between two arrivals."""
        return _HORIZON_DAYS * 86400 // max(1, self.total - self.migrated)

    def count_by(self, now: datetime) -> int:
        """Return an upper bound of the number at `now`."""
        seconds = int((now - BUSINESS_BEGINS).total_seconds())
        return self.migrated + seconds // self.spacing + 1
