"""NetSuite's replies as bytes: error bodies word for word, and the headers of every reply."""

import json
import os
import secrets
import string
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

COLLECTION = "application/vnd.oracle.resource+json; type=collection"
SINGULAR = "application/vnd.oracle.resource+json; type=singular"
ERROR = "application/vnd.oracle.resource+json; type=error; charset=UTF-8"
HTML = "text/html; charset=utf-8"

_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    415: "Unsupported Media Type",
    429: "Bad Request",  # the title of the documented 429 body
    500: "Internal Server Error",
}
_W3C = "https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html"
_W3C_PARTS = {400: "#sec10.4.1", 401: "#sec10.4.2", 403: "#sec10.4.4", 404: "#sec10.4.5", 500: "#sec10.5.1"}
_RFC_9110 = "https://www.rfc-editor.org/rfc/rfc9110.html#section-"
_RFC_9110_PARTS = {
    400: "15.5.1",
    401: "15.5.2",
    403: "15.5.4",
    404: "15.5.5",
    405: "15.5.6",
    406: "15.5.7",
    415: "15.5.16",
    500: "15.6.1",
}

SIGN_IN_DETAIL = (
    "Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI at "
    "Setup > Users/Roles > User Management > View Login Audit Trail."
)
NO_PERMISSION = "Your current role does not have permission to perform this action."


@dataclass(frozen=True)
class Reply:
    """A reply to be sent.

    Attributes:
        rows: Number of items of a SuiteQL page; None for every other reply.
        ready: Whether `body` and `headers` already have their final encoding.
    """

    status: int
    body: bytes
    content_type: str = ERROR
    headers: tuple[tuple[bytes, bytes], ...] = ()
    rows: int | None = None
    ready: bool = False


class Refusal(Exception):
    """A request that NetSuite answers with an error body.

    Args:
        status: HTTP status.
        code: NetSuite's `o:errorCode`.
        detail: NetSuite's message.
        where: The part of the request that is wrong, e.g. `{"o:errorQueryParam": "q"}`.
    """

    def __init__(self, status: int, code: str, detail: str, where: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.where = dict(where or {})


def error_reply(refusal: Refusal, error_types: str = "seen") -> Reply:
    """Return a reply with an error body (NSH:section_156570709583).

    Args:
        refusal: Status, code and detail.
        error_types: `documented` for the W3C's addresses in `type`, `seen` for those that accounts sent in
            2026.
    """
    body = {
        "type": _type(refusal.status, error_types),
        "title": _TITLES.get(refusal.status, "Error"),
        "status": refusal.status,
        "o:errorDetails": [{"detail": refusal.detail, **refusal.where, "o:errorCode": refusal.code}],
    }
    return Reply(refusal.status, encode(body))


def sign_in_reply(challenge: str = "") -> Reply:
    """Return the 401 that every refused sign-in gets.

    Args:
        challenge: Value of the WWW-Authenticate header; empty for no header.
    """
    # Documented and seen with the W3C's address, which other errors no longer have (facts 2.2).
    body = {
        "type": f"{_W3C}{_W3C_PARTS[401]}",
        "title": _TITLES[401],
        "status": 401,
        "o:errorDetails": [{"detail": SIGN_IN_DETAIL, "o:errorCode": "INVALID_LOGIN"}],
    }
    headers = ((b"www-authenticate", challenge.encode()),) if challenge else ()
    return Reply(401, encode(body), headers=headers)


def concurrency_reply(variant: str, retry_after: str) -> Reply:
    """Return the refusal over the concurrency limit: the documented 429 or the 400 variant."""
    headers = ((b"retry-after", retry_after.encode()),) if retry_after != "off" else ()
    if variant == "400":
        # open question 4: a public client's test models it so
        body: dict[str, Any] = {
            "type": _type(400, "seen"),
            "title": "Bad Request",
            "status": 400,
            "o:errorDetails": [
                {
                    "detail": "Concurrent request limit exceeded. Request blocked. Verify your concurrency "
                    "limits at Setup > Integration > Integration Management > Integration Governance.",
                    "o:errorCode": "CONCURRENCY_LIMIT_EXCEEDED",
                }
            ],
        }
        return Reply(400, encode(body), headers=headers)
    body = {
        "type": f"{_W3C}{_W3C_PARTS[400]}",
        "title": _TITLES[429],
        "status": 429,
        "o:errorCode": "USER_ERROR",
        "o:errorDetails": [
            {
                "detail": "Concurrent request limit exceeded. Request blocked.",
                "o:errorCode": "CONCURRENCY_LIMIT_EXCEEDED",
            }
        ],
    }
    return Reply(429, encode(body), headers=headers)


def not_found() -> Reply:
    """Return NetSuite's 404 (facts 2.5)."""
    return error_reply(Refusal(404, "NONEXISTENT_ID", "Record does not exist."))


def unexpected_error(error_types: str = "seen") -> Reply:
    """Return a 500 with a random Error ID."""
    letters = "".join(secrets.choice(string.ascii_lowercase) for _ in range(20))
    return error_reply(
        Refusal(500, "UNEXPECTED_ERROR", f"An unexpected error occurred. Error ID: {letters}"), error_types
    )


def html_page(status: int, title: str, text: str) -> Reply:
    """Return an HTML page, as the edge in front of NetSuite answers browsers."""
    page = (
        f"<!DOCTYPE html>\n<html><head><title>{title}</title></head>"
        f"<body><h1>{title}</h1><p>{text}</p></body></html>\n"
    )
    return Reply(status, page.encode(), HTML)


def json_reply(value: object, content_type: str = SINGULAR) -> Reply:
    """Return a 200 with a JSON body."""
    return Reply(200, encode(value), content_type)


def encode(value: object) -> bytes:
    """Encode a value as compact JSON in UTF-8."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def common_headers() -> list[tuple[bytes, bytes]]:
    """Return the headers that real accounts add to every reply (facts 2.5), without Date."""
    return [
        (b"x-n-operationid", str(uuid.UUID(bytes=os.urandom(16), version=4)).encode()),
        (b"ns_rtimer_composite", b"1172137094:706172746E6572733030312E70726F642D736A:80"),
        (b"strict-transport-security", b"max-age=31536000"),
        (b"set-cookie", b"NS_ROUTING_VERSION=LAGGING; path=/"),
        (b"vary", b"User-Agent"),
    ]


def _type(status: int, error_types: str) -> str:
    if error_types == "documented" or status not in _RFC_9110_PARTS:
        return f"{_W3C}{_W3C_PARTS.get(status, '')}"
    return f"{_RFC_9110}{_RFC_9110_PARTS[status]}"
