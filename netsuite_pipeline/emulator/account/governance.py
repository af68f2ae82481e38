"""How many requests an account answers at once, and how busy its slots have been (NSH:section_1504769959)."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Usage:
    """What the slots have done since the last reset.

    Attributes:
        seconds: Since the reset.
        slot_seconds: Integral of the slots in use over time; divided by `seconds` it is the mean in use.
        in_use: Now.
        peak: Most in use at once.
        requests: Requests that signed in, refused ones included.
        refused: Of these, how many found no slot.
        pages: SuiteQL answers with items.
        rows: Items in them.
    """

    seconds: float
    slot_seconds: float
    in_use: int
    peak: int
    requests: int
    refused: int
    pages: int
    rows: int


class Governance:
    """The account's concurrency limit. A request over it is refused at once, never queued.

    Args:
        limit: Slots.
        latency: Seconds each request takes at least while it holds its slot.
        now: Seconds of a clock that never goes back; tests give their own.

    Example:
        >>> governance = Governance(limit=1)
        >>> governance.try_enter(), governance.try_enter()
        (True, False)

    Attributes:
        occupied: Slots that other integrations hold, so that they are not there for whoever asks here.
    """

    def __init__(
        self, limit: int, latency: float = 0.0, now: Callable[[], float] = time.perf_counter
    ) -> None:
        self.limit = limit
        self.latency = latency
        self.occupied = 0
        self._now = now
        self._in_use = 0
        self.reset()

    def reset(self) -> None:
        """Starts measuring anew; requests in flight keep their slots."""
        self._since = self._last = self._now()
        self._slot_seconds = 0.0
        self._peak = self._in_use
        self._requests = self._refused = self._pages = self._rows = 0

    def try_enter(self) -> bool:
        """Takes a slot if one is free."""
        self._requests += 1
        if self._in_use + self.occupied >= self.limit:
            self._refused += 1
            return False
        self._account()
        self._in_use += 1
        self._peak = max(self._peak, self._in_use)
        return True

    def leave(self) -> None:
        """Gives a slot back."""
        self._account()
        self._in_use -= 1

    def count_page(self, rows: int) -> None:
        """Notes one SuiteQL answer with that many items."""
        self._pages += 1
        self._rows += rows

    def usage(self) -> Usage:
        """Reads the measurement."""
        self._account()
        return Usage(
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
