"""Connections whose requests wait for leave to be sent, and that can be cut from another thread."""

import socket
import ssl
import time
import weakref
from contextlib import AbstractContextManager, nullcontext, suppress
from threading import Lock, local
from typing import Any, Protocol

from urllib3 import HTTPConnectionPool
from urllib3.util import wait_for_read


class Gate(Protocol):
    """What the connections of a client pass: who may send, and what became of it."""

    def record_connection(self, sock: Any, seconds: float) -> None:
        """Take note of how long a connection took to be made."""
        ...

    def permit(self, sock: Any) -> AbstractContextManager[None]:
        """Enter the gate for the moment in which a request is sent; what it raises keeps the request here."""
        ...

    def record_arrival(self) -> None:
        """Take note that the reply to this thread's request begins to be read."""
        ...

    def record_verdict(self, *, accepted: bool = False) -> None:
        """Take note that the verdict on this thread's sign-in is known, or that none will come."""
        ...


class OpenGate:
    """A gate that lets everybody pass at once."""

    def record_connection(self, sock: Any, seconds: float) -> None:
        """Take no note."""

    def permit(self, sock: Any) -> AbstractContextManager[None]:
        """Let the request pass."""
        return nullcontext()

    def record_arrival(self) -> None:
        """Take no note."""

    def record_verdict(self, *, accepted: bool = False) -> None:
        """Take no note."""


class ConnectionGate:
    """What all connections of a client pass on their way out.

    Args:
        gate: Who may send.
    """

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._here = local()
        self._lock = Lock()
        self._sockets: weakref.WeakSet[Any] = weakref.WeakSet()
        self._is_cut = False

    def install(self, pool: HTTPConnectionPool) -> None:
        """Makes the connections that a pool will open pass here."""
        line = self
        usual: Any = pool.ConnectionCls

        class Connection(usual):  # type: ignore[misc]
            _stored: list[bytes] | None = None

            def connect(self) -> None:
                began = time.monotonic()
                super().connect()
                line._gate.record_connection(self.sock, time.monotonic() - began)
                line._opened(self.sock)

            def request(self, *args: Any, **kwargs: Any) -> None:
                if self.sock is None:
                    self.connect()  # before the gate, where it would keep the others waiting
                held = self._stored = []
                try:
                    super().request(*args, **kwargs)
                finally:
                    self._stored = None
                whole = b"".join(held)
                with line._gate.permit(self.sock):
                    super().send(whole)
                    line._here.sent = time.monotonic()

            def getresponse(self) -> Any:
                # Seen before it is read: from the first byte on the gate knows that a reply is here.
                if not _is_readable(self.sock, self.timeout):
                    raise TimeoutError("timed out")
                line._gate.record_arrival()
                return super().getresponse()

            def send(self, data: Any) -> None:
                # Head and body leave together: half the system calls, and nothing half sent.
                if self._stored is None:
                    super().send(data)
                else:
                    self._stored.append(data)

        pool.ConnectionCls = Connection

    def sent_at(self) -> float:
        """When this thread's latest request was sent, by `time.monotonic`."""
        sent: float = self._here.sent
        return sent

    def cut(self) -> None:
        """Ends all connections at once, so that who reads from one reads its end. Only the connection is
        shut down: its socket stays its thread's, to be closed by it."""
        with self._lock:
            self._is_cut = True
            sockets = list(self._sockets)
        for each in sockets:
            _shut_down(each)

    def _opened(self, opened: Any) -> None:
        with self._lock:
            self._sockets.add(opened)
            is_cut = self._is_cut
        if is_cut:
            _shut_down(opened)


def _is_readable(sock: Any, seconds: float | None) -> bool:
    if isinstance(sock, ssl.SSLSocket) and sock.pending():
        return True
    return wait_for_read(sock, seconds)


def _shut_down(opened: Any) -> None:
    with suppress(OSError):  # it is closed already
        if isinstance(opened, socket.socket):
            # Not TLS's own way, which takes the encryption away from under who is reading.
            socket.socket.shutdown(opened, socket.SHUT_RDWR)
        else:
            opened.shutdown(socket.SHUT_RDWR)
