"""Connections whose requests pass a gate before they are sent, and that another thread can cut."""

import socket
import ssl
import time
import weakref
from contextlib import suppress
from threading import Lock, local
from typing import Any

from urllib3 import HTTPConnectionPool
from urllib3.util import wait_for_read

from netsuite_pipeline.netsuite.limits.pacing import SendGate


class ConnectionGate:
    """A gate that is installed in a connection pool.

    Args:
        gate: Decides when a request is sent, and records its reply.
    """

    def __init__(self, gate: SendGate) -> None:
        self._gate = gate
        self._here = local()
        self._lock = Lock()
        self._sockets: weakref.WeakSet[Any] = weakref.WeakSet()
        self._is_cut = False

    def install(self, pool: HTTPConnectionPool) -> None:
        """Make all future connections of a pool pass the gate."""
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
                    self.connect()  # outside the gate, where it would block other threads
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
                # Recorded before the reply is read: from its first byte on, no further request is sent.
                if not _is_readable(self.sock, self.timeout):
                    raise TimeoutError("timed out")
                line._gate.record_arrival()
                return super().getresponse()

            def send(self, data: Any) -> None:
                # Head and body are sent together: half the system calls, and nothing is half sent.
                if self._stored is None:
                    super().send(data)
                else:
                    self._stored.append(data)

        pool.ConnectionCls = Connection

    def sent_at(self) -> float:
        """Return when this thread's latest request was sent, by `time.monotonic`."""
        sent: float = self._here.sent
        return sent

    def cut(self) -> None:
        """Shut down all sockets, so that blocked readers see the end of the stream.

        Each socket is still closed by the thread that owns it.
        """
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
            # Not TLS's own shutdown, which would end the encryption while another thread reads.
            socket.socket.shutdown(opened, socket.SHUT_RDWR)
        else:
            opened.shutdown(socket.SHUT_RDWR)
