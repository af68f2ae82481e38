"""Slots for concurrent requests, as many as the adaptive limit allows."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from netsuite_pipeline.netsuite.errors import Stopped
from netsuite_pipeline.netsuite.limits.adaptive_limit import AdaptiveLimit


class Governor:
    """Hands out slots.

    NetSuite refuses excess requests at once instead of queueing them (NSH:bridgehead_1500275603). Other
    integrations share the account's limit, so the limit adapts to rejections and successes (`AdaptiveLimit`).

    Args:
        ceiling: Concurrent requests that the account grants, 1 or more.

    Attributes:
        ceiling: The configured concurrent requests.
        in_flight: Requests in flight.
        rejections: Requests that NetSuite refused for concurrency.

    Example:
        >>> governor = Governor(5)
        >>> with governor.slot():
        ...     governor.in_flight
        1
    """

    def __init__(self, ceiling: int) -> None:
        if ceiling < 1:
            raise ValueError(f"a governor needs at least one slot, not {ceiling}")
        self._lock = threading.Lock()
        # Two conditions, so that a freed slot wakes one thread and not all.
        self._freed = threading.Condition(self._lock)
        self._emptied = threading.Condition(self._lock)
        self.ceiling = ceiling
        self._limit = AdaptiveLimit(ceiling)
        self._entered = 0
        self.in_flight = 0
        self.rejections = 0
        self._exclusive = False
        self._stopped = False

    @contextmanager
    def slot(self) -> Iterator[int]:
        """Wait for a slot and hold it; yield the number in the order of entering, for `record_rejection`.

        Raises:
            Stopped: `stop` was called.
        """
        with self._lock:
            try:
                while self._closed():
                    self._freed.wait()
            except BaseException:
                self._freed.notify()  # the slot that woke this thread goes to another one
                raise
            entered = self._enter()
        try:
            yield entered
        finally:
            self._leave()

    @contextmanager
    def alone(self) -> Iterator[int]:
        """Wait until nothing is in flight, and block all other threads meanwhile.

        Raises:
            Stopped: `stop` was called.
        """
        with self._lock:
            while self._exclusive:
                self._check_stopped()
                self._emptied.wait()
            self._check_stopped()
            self._exclusive = True
        try:
            with self._lock:
                while self.in_flight:
                    self._check_stopped()
                    self._emptied.wait()
                entered = self._enter()
            try:
                yield entered
            finally:
                self._leave()
        finally:
            with self._lock:
                self._exclusive = False
                self._freed.notify_all()
                self._emptied.notify_all()

    def record_rejection(self, entered: int) -> None:
        """Record a request that NetSuite refused for concurrency, while still holding its slot.

        Args:
            entered: The number that `slot` yielded.
        """
        with self._lock:
            self.rejections += 1
            self._limit.record_rejection(entered=entered, newest=self._entered, in_flight=self.in_flight)

    def decrease(self) -> None:
        """Decrease the limit by one, because concurrency may be the cause of another failure."""
        with self._lock:
            self._limit.decrease()

    def record_success(self) -> None:
        """Record an accepted request; enough of these grow the limit."""
        with self._lock:
            if self._limit.record_success():
                self._freed.notify()

    def stop(self) -> None:
        """Make threads that wait, or come later, raise `Stopped`."""
        with self._lock:
            self._stopped = True
            self._freed.notify_all()
            self._emptied.notify_all()

    @property
    def limit(self) -> int:
        """Concurrent requests allowed now; below the ceiling after rejections."""
        return self._limit.current

    def _closed(self) -> bool:
        self._check_stopped()
        return self._exclusive or self.in_flight >= self._limit.current

    def _check_stopped(self) -> None:
        if self._stopped:
            raise Stopped

    def _enter(self) -> int:
        self.in_flight += 1
        self._entered += 1
        return self._entered

    def _leave(self) -> None:
        with self._lock:
            self.in_flight -= 1
            if not self._exclusive:
                self._freed.notify()
            elif not self.in_flight:
                self._emptied.notify_all()
