"""NetSuite's replies as bytes: error bodies word for word, and the headers of every reply."""

import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType

from netsuite_pipeline.emulator.refusal import Refusal
from netsuite_pipeline.emulator.suiteql.errors import unexpected_error as internal_error

COLLECTION = "application/vnd.oracle.resource+json; type=collection"
SINGULAR = "application/vnd.oracle.resource+json; type=singular"
ERROR = "application/vnd.oracle.resource+json; type=error; charset=UTF-8"
HTML = "text/html; charset=utf-8"

_W3C = "https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html#sec10."
_RFC_9110 = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15."

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


def error_reply(refusal: Refusal, error_types: str = "seen") -> Reply:
    """Return a reply with an error body (NSH:section_156570709583).

    Args:
        refusal: Status, code and detail.
        error_types: `documented` for the W3C's addresses in `type`, `seen` for those that accounts sent in
            2026.
    """
    detail = {"detail": refusal.detail, **refusal.where, "o:errorCode": refusal.code}
    return _errors(refusal.status, _type(refusal.status, error_types), detail)


def sign_in_reply(challenge: str = "") -> Reply:
    """Return the 401 that every refused sign-in gets.

    Args:
        challenge: Value of the WWW-Authenticate header; empty for no header.
    """
    # Documented and seen with the W3C's address, which other errors no longer have (facts 2.2).
    detail = {"detail": SIGN_IN_DETAIL, "o:errorCode": "INVALID_LOGIN"}
    headers = ((b"www-authenticate", challenge.encode()),) if challenge else ()
    return _errors(401, _type(401, "documented"), detail, headers)


def concurrency_reply(variant: str, retry_after: str) -> Reply:
    """Return the refusal over the concurrency limit: the documented 429 or the 400 variant."""
    headers = ((b"retry-after", retry_after.encode()),) if retry_after != "off" else ()
    detail = {
        "detail": "Concurrent request limit exceeded. Request blocked.",
        "o:errorCode": "CONCURRENCY_LIMIT_EXCEEDED",
    }
    if variant == "400":
        # open question 4: a public client's test models it so
        detail["detail"] += (
            " Verify your concurrency limits at Setup > Integration > Integration Management > "
            "Integration Governance."
        )
        return _errors(400, _type(400, "seen"), detail, headers)
    # The title and the type of the documented body are those of a 400.
    more = {"title": HTTPStatus(400).phrase, "status": 429, "o:errorCode": "USER_ERROR"}
    return _errors(429, _type(400, "documented"), detail, headers, more)


def not_found() -> Reply:
    """Return NetSuite's 404 (facts 2.5)."""
    return error_reply(Refusal(404, "NONEXISTENT_ID", "Record does not exist."))


def unexpected_error(error_types: str = "seen") -> Reply:
    """Return a 500 with a random Error ID."""
    return error_reply(internal_error(), error_types)


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


def _errors(
    status: int,
    type: str,
    detail: Mapping[str, str],
    headers: tuple[tuple[bytes, bytes], ...] = (),
    more: Mapping[str, object] = MappingProxyType({}),
) -> Reply:
    body = {"type": type, "title": HTTPStatus(status).phrase, "status": status, **more}
    return Reply(status, encode({**body, "o:errorDetails": [detail]}), headers=headers)


def _type(status: int, error_types: str) -> str:
    """Return the address of a status in the W3C's RFC 2616, which Oracle documents, or in RFC 9110."""
    hundreds, rest = divmod(status, 100)
    if error_types == "documented":
        return f"{_W3C}{hundreds}.{rest + 1}"
    return f"{_RFC_9110}{hundreds + 1}.{rest + 1}"
