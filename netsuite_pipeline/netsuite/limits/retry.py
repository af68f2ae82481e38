"""When a failed request is retried and when it is given up: one request's policy, one client's status."""

import threading
from dataclasses import dataclass

from netsuite_pipeline.netsuite.errors import UNEXPECTED, ImplausibleReply, Throttled, Unavailable
from netsuite_pipeline.netsuite.limits.backoff import backoff_seconds

_MAX_UNEXPECTED = 4  # internal errors in a row: then the statement itself is the cause
_MAX_IMPLAUSIBLE = 5  # implausible replies in a row, within four to eight seconds: the fault does not pass
_MAX_UNANSWERED = 5  # attempts within ten seconds at an address that has never answered
_MIN_TIMED_OUT = 3  # attempts before a request is given up whose attempts all timed out
_MAX_RETRY_WINDOWS = 3.0  # retry windows of a request that fails while others succeed


class ServiceStatus:
    """Whether NetSuite answers, as all threads of a client see it.

    Args:
        last_answer_at: When any request last got a proper answer, on a monotonic clock, or None.
        is_down: Whether a request was given up since, because NetSuite seems to be down.
    """

    def __init__(self, last_answer_at: float | None = None, *, is_down: bool = False) -> None:
        self._lock = threading.Lock()
        self._state = last_answer_at, is_down

    def read(self) -> tuple[float | None, bool]:
        """Return `last_answer_at` and `is_down` of the same moment."""
        return self._state

    def mark_up(self, now: float) -> None:
        """Record a proper answer: NetSuite is up."""
        with self._lock:
            self._state = now, False

    def mark_down(self) -> None:
        """Record that a request was given up, so that other requests are given up at once too."""
        with self._lock:
            self._state = self._state[0], True


@dataclass
class RetryPolicy:
    """The attempts of one request so far, and how long the request may be retried.

    Attributes:
        started: When the request began, in seconds on a monotonic clock.
        seconds: How long the request is retried, counted from the client's last proper answer.

    Example:
        >>> policy = RetryPolicy(started=0.0, seconds=300.0)
        >>> error = Unavailable("down", status=503)
        >>> 0.25 <= policy.next_wait(error, 1.0, ServiceStatus()) <= 0.5
        True
        >>> policy.next_wait(error, 301.0, ServiceStatus()) is None
        True
        >>> policy.next_wait(error, 301.0, ServiceStatus(last_answer_at=300.0)) is None
        False
    """

    started: float
    seconds: float
    tries: int = 0
    timed_out: int = 0
    unexpected: int = 0
    implausible: int = 0

    def next_wait(self, error: Throttled | Unavailable, now: float, status: ServiceStatus) -> float | None:
        """Count a failure and return the seconds to wait before the next attempt; None to give up."""
        last_answer_at, is_down = status.read()
        self.tries += 1
        self.timed_out += is_timed_out(error)
        self.unexpected = self.unexpected + 1 if error.code == UNEXPECTED else 0
        self.implausible = self.implausible + 1 if isinstance(error, ImplausibleReply) else 0
        if self.unexpected >= _MAX_UNEXPECTED or self.implausible >= _MAX_IMPLAUSIBLE:
            return None
        if is_outage(error) and is_down:
            return None
        if error.status is None and last_answer_at is None and self.tries >= _MAX_UNANSWERED:
            return None  # the address has never answered: most likely it is wrong
        wait = backoff_seconds(self.tries, error.retry_after)
        if now + wait <= self._deadline(last_answer_at):
            return wait
        # One attempt that timed out may have used up the whole retry window.
        if self.seconds and is_timed_out(error) and self.timed_out < _MIN_TIMED_OUT:
            return wait
        return None

    def _deadline(self, last_answer_at: float | None) -> float:
        since = self.started if last_answer_at is None else max(self.started, last_answer_at)
        # While other requests succeed, NetSuite is up and this request is the problem.
        return min(since + self.seconds, self.started + _MAX_RETRY_WINDOWS * self.seconds)


def is_outage(error: Throttled | Unavailable) -> bool:
    """Return whether an error means that NetSuite, or the network to it, is down.

    A concurrency refusal, an internal error over a statement and an implausible reply are no outage.
    """
    answered = isinstance(error, ImplausibleReply)
    return isinstance(error, Unavailable) and error.code != UNEXPECTED and not answered


def is_timed_out(error: Throttled | Unavailable) -> bool:
    """Return whether a request was given up because it took too long."""
    return isinstance(error, Unavailable) and error.timed_out
