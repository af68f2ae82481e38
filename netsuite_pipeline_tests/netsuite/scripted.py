"""A small HTTP server on loopback that answers by script and records its requests."""

import gzip
import json
import re
import socket
import struct
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from netsuite_pipeline_tests.netsuite.bodies import page_body


@dataclass(frozen=True)
class Asked:
    """One request as it arrived; `connection` is the client's port, so equal ones shared a connection."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    connection: int

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query)

    @property
    def json(self) -> dict[str, object]:
        read: dict[str, object] = json.loads(self.body)
        return read

    @property
    def signed(self) -> dict[str, str]:
        """The parameters of the Authorization header, percent-decoded."""
        pairs = re.findall(r'(\w+)="([^"]*)"', self.headers.get("Authorization", ""))
        return {name: unquote(value) for name, value in pairs}


@dataclass(frozen=True)
class Answer:
    """What is answered.

    Attributes:
        gzipped: The body is sent compressed.
        cut: So many bytes of the body are sent, then the connection ends.
        reset: The connection is reset instead of an answer.
        hang: Nothing is answered until the server stops.
        drip: Seconds between pieces of a tenth of the body.
        chunked: The body is sent in chunks; `cut` then leaves out the last one too.
    """

    status: int = 200
    body: bytes = field(default_factory=page_body)
    headers: Mapping[str, str] = field(default_factory=dict)
    gzipped: bool = False
    cut: int | None = None
    reset: bool = False
    hang: bool = False
    drip: float = 0.0
    chunked: bool = False


Script = Sequence[Answer] | Callable[[Asked], Answer]


class ScriptedServer:
    """Answers in the order of the script, the last answer for ever; or as a function says.

    Example:
        >>> with ScriptedServer([Answer(status=503), Answer()]) as server:
        ...     server.url.startswith("http://127.0.0.1:")
        True
    """

    def __init__(self, script: Script) -> None:
        self.asked: list[Asked] = []
        self.stopping = threading.Event()
        self._script = script
        self._lock = threading.Lock()
        self._http = _Http(("127.0.0.1", 0), _Connection)
        self._http.scripted = self
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def answer(self, asked: Asked) -> Answer:
        with self._lock:
            place = len(self.asked)
            self.asked.append(asked)
        if callable(self._script):
            return self._script(asked)
        return self._script[min(place, len(self._script) - 1)]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    scripted: ScriptedServer


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Http

    def setup(self) -> None:
        super().setup()
        self.connection.settimeout(20)

    def handle(self) -> None:
        with suppress(OSError):  # the client went away
            super().handle()

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def _serve(self) -> None:
        scripted = self.server.scripted
        length = int(self.headers.get("Content-Length") or 0)
        asked = Asked(
            self.command, self.path, dict(self.headers), self.rfile.read(length), self.client_address[1]
        )
        answer = scripted.answer(asked)
        if answer.hang:
            scripted.stopping.wait(20)
            self.close_connection = True
        elif answer.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
        else:
            self._reply(answer)

    def _reply(self, answer: Answer) -> None:
        body = gzip.compress(answer.body) if answer.gzipped else answer.body
        self.send_response(answer.status)
        length = {"Transfer-Encoding": "chunked"} if answer.chunked else {"Content-Length": str(len(body))}
        headers = {**length, **answer.headers}
        if answer.gzipped:
            headers["Content-Encoding"] = "gzip"
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        sent = body if answer.cut is None else body[: answer.cut]
        if answer.chunked:
            middle = len(sent) // 2
            for piece in filter(None, (sent[:middle], sent[middle:])):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n" if answer.cut is None else b"")
        elif answer.drip:
            self._drip(sent, answer.drip)
        else:
            self.wfile.write(sent)
        if answer.cut is not None:
            self.close_connection = True

    def _drip(self, body: bytes, seconds: float) -> None:
        size = max(1, len(body) // 10)
        for start in range(0, len(body), size):
            self.wfile.write(body[start : start + size])
            self.server.scripted.stopping.wait(seconds)

    def date_time_string(self, timestamp: float | None = None) -> str:
        return "Wed, 26 Mar 2025 16:21:00 GMT"

    do_GET = _serve
    do_POST = _serve
