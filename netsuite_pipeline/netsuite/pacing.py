"""How far apart requests are sent, so that a refused sign-in is read before many more have left."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_FIRST_GAP_SECONDS = 0.01  # before any reply has told how long one takes
_LONGEST_GAP_SECONDS = 0.05
_SHARE_OF_ROUND = 0.5
# A refusal takes some milliseconds to be read, however short a request is in flight.
_LEAST_GAP_SECONDS = 0.005
_MOST_OF_ROUND = 0.75
_WEIGHT_OF_LATEST = 0.1


class Pacing:
    """One request at a time leaves, with a gap behind it. Requests that keep all slots busy leave as often
    as replies come, on average every (seconds in flight / limit); half of that lets them, and takes apart
    only those that would leave together. A revoked token is so met by the request that is refused, and by as
    many as fit between its leaving and its refusal, instead of by a whole burst: five refused sign-ins
    lock a user (NSH:subsect_156935170194).

    Args:
        wait: How to wait, in seconds.
        now: Seconds of a clock that never goes back.

    Attributes:
        gap: Seconds between two requests, at least.
    """

    def __init__(
        self, wait: Callable[[float], object] = time.sleep, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.gap = _FIRST_GAP_SECONDS
        self._wait = wait
        self._now = now
        self._typical: float | None = None
        self._last: float | None = None
        self._lock = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Waits until the next request may leave and keeps the others waiting; send it inside. When sending
        it raises, nothing has left and the next one's turn is at once."""
        with self._lock:
            if self._last is not None and (seconds := self._last + self.gap - self._now()) > 0:
                self._wait(seconds)
            yield
            self._last = self._now()

    def took(self, seconds: float, limit: int) -> None:
        """Tells how long a request was in flight, and how many may be."""
        with self._lock:
            typical = seconds if self._typical is None else self._typical
            self._typical = typical + _WEIGHT_OF_LATEST * (seconds - typical)
            self.gap = _gap(self._typical / limit)


def _gap(round_seconds: float) -> float:
    """Seconds between two requests, where replies come every so many seconds.

    Example:
        >>> [_gap(seconds) for seconds in (1.0, 0.02, 0.008, 0.004)]
        [0.05, 0.01, 0.005, 0.003]
    """
    least = min(_LEAST_GAP_SECONDS, _MOST_OF_ROUND * round_seconds)
    return min(_LONGEST_GAP_SECONDS, max(_SHARE_OF_ROUND * round_seconds, least))
