"""The time of the next request: a refused sign-in is read before many more requests have left."""

import ssl
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from netsuite_pipeline.netsuite.limits.pending_sign_ins import PendingSignIns

_QUICK_SECONDS = 0.2  # quicker replies are no pages of NetSuite: a longer gap costs nothing
_CAREFUL_GAP_SECONDS = 0.05
_SHARE_OF_ROUND = 0.5
_WEIGHT_OF_LATEST = 0.1
_MARGIN = 1.25
_MARGIN_OF_DISTANCE = 1.5  # the round trip, and the time to judge the sign-in


class Pacing:
    """One request at a time leaves, and the next one when the verdict on its sign-in is known.

    NetSuite refuses a sign-in at once, while a page needs longer. So a verdict also counts as known when no
    refusal came for `gap` seconds. After a token is revoked, one request is refused and one confirms it: five
    refused sign-ins lock a user (NSH:subsect_156935170194).

    Args:
        now: A monotonic clock.

    Attributes:
        pending_sign_ins: The requests whose verdict is open.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.pending_sign_ins = PendingSignIns(now)
        self._now = now
        self._typical: float | None = None
        self._limit = 1
        self._last: float | None = None
        self._turn = threading.Lock()
        self._numbers = threading.Lock()

    @property
    def gap(self) -> float:
        """Seconds after which a request without a refusal counts as accepted."""
        with self._numbers:
            return send_gap(
                self._typical, self._limit, self.pending_sign_ins.quickest, self.pending_sign_ins.distance
            )

    @contextmanager
    def permit(self, sock: Any, check: Callable[[], None], *, maybe_ticket: bool = False) -> Iterator[None]:
        """Wait until the next request may leave, and block the others while it is sent inside.

        Args:
            sock: The socket of the request.
            check: Raises what forbids the request.
            maybe_ticket: Whether the first bytes to come may be a TLS session ticket.
        """
        with self._turn:
            if self._last is not None:
                self.pending_sign_ins.wait_for_latest(self._last + self.gap - self._now())
            while True:
                self.pending_sign_ins.wait_until_read()
                check()
                # Checked last: a reply that came meanwhile is read before anything is sent.
                if not self.pending_sign_ins.has_unread():
                    break
            self.pending_sign_ins.record_sent(sock, maybe_ticket=maybe_ticket)
            try:
                yield
            except BaseException:
                self.pending_sign_ins.record_verdict()
                raise
            self._last = self._now()

    def record_duration(self, seconds: float, limit: int) -> None:
        """Record how long a request for data was in flight, and how many may be."""
        with self._numbers:
            typical = seconds if self._typical is None else self._typical
            self._typical = typical + _WEIGHT_OF_LATEST * (seconds - typical)
            self._limit = limit


class SendGate:
    """The gate of one transport; several transports of a client share the pacing.

    Args:
        pacing: The time of the next request.
        check: Raises what forbids a request.
    """

    def __init__(self, pacing: Pacing, check: Callable[[], None]) -> None:
        self._pacing = pacing
        self._pending_sign_ins = pacing.pending_sign_ins
        self._check = check
        self._used: weakref.WeakSet[Any] = weakref.WeakSet()

    def record_connection(self, sock: Any, seconds: float) -> None:
        """Record how long a connection took to be made; TLS needs one more round trip than TCP."""
        self._pending_sign_ins.record_connection(seconds, rounds=2 if isinstance(sock, ssl.SSLSocket) else 1)

    def permit(self, sock: Any) -> AbstractContextManager[None]:
        """Return a context for sending on a socket: it waits for its turn and blocks the others."""
        is_new = sock not in self._used
        self._used.add(sock)
        maybe_ticket = is_new and isinstance(sock, ssl.SSLSocket)
        return self._pacing.permit(sock, self._check, maybe_ticket=maybe_ticket)

    def record_arrival(self) -> None:
        """Record that the first bytes of the reply to this thread's request are there."""
        self._pending_sign_ins.record_arrival()

    def record_verdict(self, *, accepted: bool = False) -> None:
        """Record that the verdict on this thread's sign-in is known, or that none will come."""
        self._pending_sign_ins.record_verdict(accepted=accepted)


def send_gap(typical: float | None, limit: int, quickest: float | None, distance: float | None) -> float:
    """Return the seconds after which a request without a refusal counts as accepted.

    Where replies take as long as NetSuite's pages do, the gap costs no slot its work, and is never less than
    the round trip: no refusal arrives sooner. Where replies come sooner, the gap is as long as the quickest
    of them took, with a margin.

    Args:
        typical: Seconds that a request for data is in flight; None where that is not known yet.
        limit: The concurrent requests allowed.
        quickest: Seconds of the quickest reply; None before one.
        distance: Seconds of the round trip without NetSuite's own work; None before a connection.

    Example:
        >>> send_gap(None, 10, None, None), send_gap(0.02, 5, 0.02, 0.0), send_gap(0.15, 5, 0.12, 0.0)
        (0.05, 0.05, 0.15)
        >>> send_gap(0.25, 10, 0.25, 0.0), send_gap(1.0, 20, 0.2, 0.1), send_gap(1.0, 20, 0.05, 0.1)
        (0.0125, 0.15000000000000002, 0.0625)
    """
    judging = None if quickest is None else _MARGIN * quickest
    if typical is None:
        return _CAREFUL_GAP_SECONDS
    if typical < _QUICK_SECONDS:
        return max(_CAREFUL_GAP_SECONDS, judging or 0.0)
    way = _MARGIN_OF_DISTANCE * (distance or 0.0)
    return max(_SHARE_OF_ROUND * typical / limit, way if judging is None else min(way, judging))
