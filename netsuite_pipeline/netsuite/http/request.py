"""What is asked of NetSuite, what comes back, and what it cost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Request:
    """What is asked: method, path, query parameters, a body to send as JSON, headers besides the usual."""

    method: str
    path: str
    query: Mapping[str, str] | None = None
    json: object = None
    headers: Mapping[str, str] | None = None

    @property
    def endpoint(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Reply:
    """A successful answer: body (decoded from gzip), the server's Date header, and the seconds it took."""

    body: bytes = field(repr=False)
    date: datetime | None
    seconds: float


@dataclass
class RequestCounts:
    """What one piece of work cost; pass it along and read it afterwards. Used by one thread at a time."""

    requests: int = 0
    retries: int = 0
    throttled: int = 0
