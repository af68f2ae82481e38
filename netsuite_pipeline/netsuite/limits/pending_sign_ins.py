"""Requests that were sent and whose sign-in has no verdict yet: each further request is a risk."""

import select
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_POLL_SECONDS = 0.002
# The first bytes on a new TLS connection are the server's session tickets, which are no reply.
_TICKET_SECONDS = 0.02


@dataclass(eq=False)
class _Sent:
    """A request whose verdict is open.

    Attributes:
        sock: The socket of its reply.
        sent_at: When it was sent.
        maybe_ticket: Whether the first bytes may be a TLS session ticket.
        arriving_at: When bytes of a reply were seen; None before that.
    """

    sock: Any
    sent_at: float
    maybe_ticket: bool
    arriving_at: float | None = None


class PendingSignIns:
    """The unanswered requests of a client, at most one a thread.

    NetSuite judges the sign-in when a request arrives, and five refused sign-ins lock a user
    (NSH:subsect_156935170194). So nothing is sent while a refusal may be unread: in the kernel, because the
    machine is slow, or in a thread that has read the refusal and waits to record it.

    Args:
        now: A monotonic clock.

    Attributes:
        quickest: Seconds of the quickest reply; None before one. A refusal is no slower: every accepted
            request was judged within that time.
        distance: Seconds of the round trip, without NetSuite's own work; None before a connection.

    Example:
        >>> PendingSignIns().has_unread()
        False
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._condition = threading.Condition()
        self._open: dict[int, _Sent] = {}
        self._latest: _Sent | None = None
        self.quickest: float | None = None
        self.distance: float | None = None

    def record_connection(self, seconds: float, *, rounds: int) -> None:
        """Record how long a connection took to be made.

        Args:
            seconds: The duration.
            rounds: The round trips of the connection, at least.
        """
        with self._condition:
            distance = seconds / rounds
            self.distance = distance if self.distance is None else min(self.distance, distance)

    def record_sent(self, sock: Any, *, maybe_ticket: bool = False) -> None:
        """Record that this thread is about to send a request on a socket."""
        with self._condition:
            sent = _Sent(sock, self._now(), maybe_ticket)
            self._open[threading.get_ident()] = self._latest = sent

    def record_arrival(self) -> None:
        """Record the first bytes of the reply to this thread's request, before they are read."""
        with self._condition:
            sent = self._open.get(threading.get_ident())
            if sent is not None and sent.arriving_at is None:
                sent.arriving_at = self._now()

    def record_verdict(self, *, accepted: bool = False) -> None:
        """Record that the verdict on this thread's request is known, or that none will come.

        Args:
            accepted: Whether NetSuite accepted the sign-in.
        """
        with self._condition:
            sent = self._open.pop(threading.get_ident(), None)
            if sent is None:
                return
            if accepted:
                seconds = (sent.arriving_at or self._now()) - sent.sent_at
                self.quickest = seconds if self.quickest is None else min(self.quickest, seconds)
            self._condition.notify_all()

    def wait_for_latest(self, seconds: float) -> None:
        """Wait until the verdict on the latest request is known, at most some seconds."""
        with self._condition:
            latest = self._latest
            self._condition.wait_for(lambda: latest not in self._open.values(), max(0.0, seconds))

    def wait_until_read(self) -> None:
        """Wait until no reply with an open verdict is unread."""
        with self._condition:
            while self.has_unread():
                self._condition.wait(_POLL_SECONDS)

    def has_unread(self) -> bool:
        """Return whether a reply with an open verdict is unread."""
        poll, waits = select.poll(), False
        with self._condition:
            for sent in self._open.values():
                if sent.arriving_at is not None:
                    if not sent.maybe_ticket or self._now() - sent.arriving_at < _TICKET_SECONDS:
                        return True
                elif (number := sent.sock.fileno()) >= 0:
                    poll.register(number, select.POLLIN)
                    waits = True
            return waits and bool(poll.poll(0))
