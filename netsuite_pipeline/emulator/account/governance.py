"""The concurrency limit of an account and its measurements (NSH:section_1504769959)."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Stats:
    """Measurements of the concurrency slots since the last reset.

    Attributes:
        seconds: Seconds since the reset.
        slot_seconds: Integral of the slots in use over time.
        in_use: Slots in use now.
        peak: Most slots in use at once.
        requests: Authenticated requests, refused ones included.
        refused: Requests over the concurrency limit.
        pages: SuiteQL replies with items.
        rows: Items of these replies.
        cpu_seconds: Processor seconds of the emulator since its start; 0 inside the emulator.
    """

    seconds: float
    slot_seconds: float
    in_use: int
    peak: int
    requests: int
    refused: int
    pages: int
    rows: int
    cpu_seconds: float = 0.0

    @property
    def mean_in_use(self) -> float:
        """Mean number of slots in use."""
        return self.slot_seconds / self.seconds if self.seconds else 0.0


class Governance:
    """The account's concurrency limit. A request over the limit is refused at once, never queued.

    Args:
        limit: Number of slots.
        now: Monotonic clock in seconds.

    Example:
        >>> governance = Governance(limit=1)
        >>> governance.try_enter(), governance.try_enter()
        (True, False)

    Attributes:
        latency: Minimum duration of a request in seconds.
        occupied: Slots that other integrations hold.
    """

    def __init__(self, limit: int, now: Callable[[], float] = time.perf_counter) -> None:
        self.limit = limit
        self.latency = 0.0
        self.occupied = 0
        self._now = now
        self._in_use = 0
        self.reset()

    def reset(self) -> None:
        """Reset the measurements; requests in flight keep their slots."""
        self._since = self._last = self._now()
        self._slot_seconds = 0.0
        self._peak = self._in_use
        self._requests = self._refused = self._pages = self._rows = 0

    def try_enter(self) -> bool:
        """Take a slot; return False if none is free."""
        self._requests += 1
        if self._in_use + self.occupied >= self.limit:
            self._refused += 1
            return False
        self._account()
        self._in_use += 1
        self._peak = max(self._peak, self._in_use)
        return True

    def leave(self) -> None:
        """Release a slot."""
        self._account()
        self._in_use -= 1

    def count_page(self, rows: int) -> None:
        """Count one SuiteQL reply with its items."""
        self._pages += 1
        self._rows += rows

    def stats(self) -> Stats:
        """Return the measurements."""
        self._account()
        return Stats(
            seconds=self._last - self._since,
            slot_seconds=self._slot_seconds,
            in_use=self._in_use,
            peak=self._peak,
            requests=self._requests,
            refused=self._refused,
            pages=self._pages,
            rows=self._rows,
        )

    def _account(self) -> None:
        now = self._now()
        self._slot_seconds += self._in_use * (now - self._last)
        self._last = now
