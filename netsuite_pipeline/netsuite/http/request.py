"""A request, its reply and the JSON in it, and the number of requests that a piece of work cost."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Request:
    """A request: method, path, query parameters, a JSON body, additional headers."""

    method: str
    path: str
    query: Mapping[str, str] | None = None
    json: object = None
    headers: Mapping[str, str] | None = None

    @property
    def endpoint(self) -> str:
        """Method and path, for errors."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Reply:
    """A successful reply: body (decoded from gzip), the Date header, and the seconds that it took."""

    body: bytes = field(repr=False)
    date: datetime | None
    seconds: float


@dataclass
class RequestCounts:
    """The requests of one piece of work. Used by one thread at a time."""

    requests: int = 0
    retries: int = 0
    throttled: int = 0


def json_object(body: bytes) -> Mapping[str, Any]:
    """Return the JSON object of a body; empty where the body is none.

    Example:
        >>> json_object(b'{"count":1}'), json_object(b"<p>Gone</p>")
        ({'count': 1}, {})
    """
    try:
        reply = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return reply if isinstance(reply, dict) else {}
