"""When a failed request is asked again and when it is given up, for one request and for the whole client."""

import threading
from dataclasses import dataclass

from netsuite_pipeline.netsuite.errors import UNEXPECTED, ImplausibleReply, Throttled, Unavailable
from netsuite_pipeline.netsuite.limits.backoff import wait_seconds

_MOST_UNEXPECTED = 4  # an internal error that comes so often in a row comes from the statement itself
_MOST_IMPLAUSIBLE = 5  # replies in a row that cannot be right (some four to eight seconds): it does not pass
_MOST_UNANSWERED = 5  # attempts (some ten seconds) at an address that has never answered yet
_LEAST_TIMED_OUT = 3  # attempts before a request is given up that was given up for time each time
_MOST_PATIENCES = 3.0  # of its own, for a request that fails while others succeed


@dataclass(frozen=True)
class Standing:
    """What all requests of a client know of NetSuite.

    Attributes:
        answered_at: When any request last got a proper answer, or None.
        given_up: A request was given up since, because NetSuite seems to be down.
    """

    answered_at: float | None = None
    given_up: bool = False


class Outlook:
    """The standing, shared by threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._standing = Standing()

    def standing(self) -> Standing:
        return self._standing

    def answered(self, now: float) -> None:
        """Tells of a proper answer: it heals."""
        with self._lock:
            self._standing = Standing(answered_at=now)

    def given_up(self) -> None:
        """Tells that a request was given up, NetSuite being down: the others need not find out by
        themselves, each for minutes."""
        with self._lock:
            self._standing = Standing(self._standing.answered_at, given_up=True)


@dataclass
class Patience:
    """One request's attempts so far, and how long it may go on.

    Attributes:
        started: When it began, in seconds of some clock that never goes back.
        seconds: For how long it is repeated, from the client's last proper answer on.

    Example:
        >>> patience = Patience(started=0.0, seconds=300.0)
        >>> error = Unavailable("down", status=503)
        >>> 0.25 <= patience.wait_after(error, 1.0, Standing()) <= 0.5
        True
        >>> patience.wait_after(error, 301.0, Standing()) is None
        True
        >>> patience.wait_after(error, 301.0, Standing(answered_at=300.0)) is None
        False
    """

    started: float
    seconds: float
    tries: int = 0
    timed_out: int = 0
    unexpected: int = 0
    implausible: int = 0

    def wait_after(self, error: Throttled | Unavailable, now: float, standing: Standing) -> float | None:
        """Decides after a failure.

        Returns:
            Seconds to wait before the next attempt, or None: give up.
        """
        self.tries += 1
        self.timed_out += is_timed_out(error)
        self.unexpected = self.unexpected + 1 if error.code == UNEXPECTED else 0
        self.implausible = self.implausible + 1 if isinstance(error, ImplausibleReply) else 0
        if self.unexpected >= _MOST_UNEXPECTED or self.implausible >= _MOST_IMPLAUSIBLE:
            return None
        if is_outage(error) and standing.given_up:
            return None
        if error.status is None and standing.answered_at is None and self.tries >= _MOST_UNANSWERED:
            return None  # nothing has ever answered there: most likely a wrong address, not an outage
        wait = wait_seconds(self.tries, error.retry_after)
        if now + wait <= self._ends(standing):
            return wait
        # It may have used up all patience in one attempt.
        if self.seconds and is_timed_out(error) and self.timed_out < _LEAST_TIMED_OUT:
            return wait
        return None

    def _ends(self, standing: Standing) -> float:
        since = self.started if standing.answered_at is None else max(self.started, standing.answered_at)
        # While others succeed it is not NetSuite that is down but something about this request.
        return min(since + self.seconds, self.started + _MOST_PATIENCES * self.seconds)


def is_outage(error: Throttled | Unavailable) -> bool:
    """Whether an error says that NetSuite, or the way there, is down: not that it is busy, nor that it
    stumbled over a statement, nor that it answered something else than was asked."""
    answered = isinstance(error, ImplausibleReply)
    return isinstance(error, Unavailable) and error.code != UNEXPECTED and not answered


def is_timed_out(error: Throttled | Unavailable) -> bool:
    """Whether a request was given up because it took too long."""
    return isinstance(error, Unavailable) and error.timed_out
