"""How many requests may be in flight at once: starts at the account's limit, learns from rejections."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_SUCCESSES_TO_GROW = 20


@dataclass(frozen=True)
class GovernorReading:
    """The governor at one moment.

    Attributes:
        ceiling: Requests at once that were configured.
        limit: Requests at once allowed now; below the ceiling after rejections.
        in_flight: Requests under way.
        peak: The most that were ever under way at once.
        rejections: Requests that NetSuite refused for concurrency.
    """

    ceiling: int
    limit: int
    in_flight: int
    peak: int
    rejections: int


class Governor:
    """Hands out slots. NetSuite refuses excess requests at once instead of queueing them
    (NSH:bridgehead_1500275603), and other integrations use the same account's limit, so a rejection shrinks
    ours by one slot below what was in flight, and a run of successes grows it back by one.

    Args:
        ceiling: Requests at once that the account grants us, 1 or more.

    Example:
        >>> governor = Governor(5)
        >>> with governor.slot():
        ...     governor.reading().in_flight
        1
    """

    def __init__(self, ceiling: int) -> None:
        if ceiling < 1:
            raise ValueError(f"a governor needs at least one slot, not {ceiling}")
        self._condition = threading.Condition()
        self._ceiling = ceiling
        self._limit = ceiling
        self._in_flight = 0
        self._peak = 0
        self._rejections = 0
        self._successes = 0
        self._exclusive = False

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Waits for a slot and holds it."""
        with self._condition:
            self._condition.wait_for(lambda: not self._exclusive and self._in_flight < self._limit)
            self._enter()
        try:
            yield
        finally:
            self._leave()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Waits until nothing is in flight and keeps everybody else out: for confirming a refused sign-in."""
        with self._condition:
            self._condition.wait_for(lambda: not self._exclusive)
            self._exclusive = True
        try:
            with self._condition:
                self._condition.wait_for(lambda: self._in_flight == 0)
                self._enter()
            try:
                yield
            finally:
                self._leave()
        finally:
            with self._condition:
                self._exclusive = False
                self._condition.notify_all()

    def rejected(self) -> None:
        """Tells that NetSuite refused a request for concurrency. Call it while still holding the slot."""
        with self._condition:
            self._rejections += 1
            self._successes = 0
            # NetSuite refuses at once, so the refused of a burst leave one by one while those it let in are
            # under way: the limit ends at the number of these. Refused at the same instant, they count once.
            self._limit = max(1, min(self._limit, self._in_flight - 1))

    def eased(self) -> None:
        """Shrinks the limit by one, when too many requests at once may have been the cause of a failure."""
        with self._condition:
            self._successes = 0
            self._limit = max(1, self._limit - 1)

    def succeeded(self) -> None:
        """Tells that NetSuite answered; enough of these in a row grow the limit by one."""
        with self._condition:
            self._successes += 1
            if self._limit < self._ceiling and self._successes >= _SUCCESSES_TO_GROW:
                self._successes = 0
                self._limit += 1
                self._condition.notify_all()

    def reading(self) -> GovernorReading:
        with self._condition:
            return GovernorReading(self._ceiling, self._limit, self._in_flight, self._peak, self._rejections)

    def _enter(self) -> None:
        self._in_flight += 1
        self._peak = max(self._peak, self._in_flight)

    def _leave(self) -> None:
        with self._condition:
            self._in_flight -= 1
            self._condition.notify_all()
