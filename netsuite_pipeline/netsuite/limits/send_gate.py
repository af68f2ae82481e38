"""The gate of one transport: pacing permits its requests, pending sign-ins record their verdicts."""

import ssl
import weakref
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from netsuite_pipeline.netsuite.limits.pacing import Pacing
from netsuite_pipeline.netsuite.limits.pending_sign_ins import PendingSignIns


class SendGate:
    """The gate of one transport; several transports of a client share pacing and pending sign-ins.

    Args:
        pacing: The time of the next request.
        pending_sign_ins: The requests whose verdict is open.
        check: Raises what forbids a request.
    """

    def __init__(self, pacing: Pacing, pending_sign_ins: PendingSignIns, check: Callable[[], None]) -> None:
        self._pacing = pacing
        self._pending_sign_ins = pending_sign_ins
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
