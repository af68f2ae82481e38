"""The HTTP side: two addresses, the gate before them, a count of who is inside, a journal of every request."""

import gzip
import json
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from netsuite_pipeline_tests.interoperability.server import refusals
from netsuite_pipeline_tests.interoperability.server.answering import answer, open_company
from netsuite_pipeline_tests.interoperability.server.bearing import TOKEN, NoToken, TokenDesk
from netsuite_pipeline_tests.interoperability.server.settings import Settings
from netsuite_pipeline_tests.interoperability.server.signing import Gate

_SUITEQL = "/services/rest/query/v1/suiteql"
_TIME = "/services/rest/system/v1/serverTime"


class Server(ThreadingHTTPServer):
    """One account on a free port of this machine."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, settings: Settings) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.settings = settings
        self.gate = Gate(settings.account)
        self.desk = TokenDesk(settings.account, settings.habits.token_uses)
        self.threads = threading.local()
        self._lock = threading.Lock()
        self._inside = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def enter(self) -> bool:
        """Lets one more request in, unless too many are."""
        with self._lock:
            self._inside += 1
            return self._inside <= self.settings.habits.at_once

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1

    def note(self, path: str, status: int, sql: str) -> None:
        """Adds a request to the journal."""
        line = json.dumps({"path": path, "status": status, "sql": sql})
        with self._lock, self.settings.journal.open("a", encoding="utf-8") as journal:
            journal.write(f"{line}\n")


class _Request(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    wbufsize: ClassVar[int] = 65_536  # headers and body leave together

    def do_GET(self) -> None:
        self._serve("")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode())

    def log_message(self, format: str, *args: object) -> None:
        """The journal has it."""

    def _serve(self, body: str) -> None:
        status, text = 200, ""
        try:
            if not self.server.enter():
                raise refusals.too_many(self.server.settings.habits.throttle_status)
            text = self._answered(body)
        except refusals.Refusal as refused:
            status, text = refused.status, refused.body
        finally:
            self.server.leave()
        path = urlsplit(self.path).path
        self.server.note(path, status, json.loads(body)["q"] if body and path != TOKEN else "")
        payload = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/vnd.oracle.resource+json; type=collection")
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            payload = gzip.compress(payload, 1)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def _admitted(self, body: str) -> bool:
        authorization = self.headers.get("Authorization", "")
        if authorization.startswith("Bearer "):
            return self.server.desk.admits(authorization)
        url = self.server.url + self.path
        return self.server.gate.admits(url, self.command, body, dict(self.headers.items()))

    def _answered(self, body: str) -> str:
        address = urlsplit(self.path)
        if (self.command, address.path) == ("POST", TOKEN):
            try:
                return json.dumps(self.server.desk.exchange(self.server.url + TOKEN, body))
            except NoToken as refused:
                raise refusals.Refusal(400, json.dumps({"error": str(refused)})) from refused
        if not self._admitted(body):
            raise refusals.invalid_login()
        if (self.command, address.path) == ("GET", _TIME):
            now = datetime.now(UTC)
            return json.dumps({"serverTime": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}Z"})
        if (self.command, address.path) != ("POST", _SUITEQL):
            raise refusals.refusal(404, "Not Found", "Record does not exist.", "NONEXISTENT_ID")
        if self.headers.get("Prefer") != "transient" or "json" not in self.headers.get("Content-Type", ""):
            raise refusals.bad_request("The header Prefer: transient is required.")
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        asked = json.loads(body)
        time.sleep(self.server.settings.habits.latency)
        threads = self.server.threads
        if not hasattr(threads, "company"):
            threads.company = open_company(self.server.settings.company, self.server.settings.habits)
        return answer(
            threads.company,
            self.server.settings.habits,
            asked["q"],
            asked.get("params", []),
            int(query.get("limit", 1000)),
            int(query.get("offset", 0)),
            self.server.url + address.path,
        )
