"""Bodies as NetSuite sends them (facts on NetSuite, sections 2 and 3)."""

import json
from collections.abc import Mapping, Sequence

W3C = "https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html#sec10.4.2"
RFC = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5.1"
PREFIX = "Invalid search query. Detailed unprocessed description follows. "
LOGIN = (
    "Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI at Setup > "
    "Users/Roles > User Management > View Login Audit Trail."
)
NOT_PERMITTED = "Your current role does not have permission to perform this action."
CONCURRENCY = "Concurrent request limit exceeded. Request blocked."
MAINTENANCE = (
    b"<html><head><title>Maintenance</title><style>p{}</style></head><body><p>Back soon.</p></body></html>"
)


def page_body(rows: Sequence[Mapping[str, object]] = ({"id": "1"},), *, has_more: bool = False) -> bytes:
    """A page of the query service."""
    items = [{"links": [], **row} for row in rows]
    return json.dumps(
        {
            "links": [],
            "count": len(items),
            "hasMore": has_more,
            "items": items,
            "offset": 0,
            "totalResults": len(items),
        }
    ).encode()


def error_body(
    status: int, code: str, *details: str, title: str = "Bad Request", kind: str = RFC, top_code: str = ""
) -> bytes:
    """An error of REST web services, with as many details as given."""
    body: dict[str, object] = {"type": kind, "title": title, "status": status}
    if top_code:
        body["o:errorCode"] = top_code
    body["o:errorDetails"] = [{"detail": detail, "o:errorCode": code} for detail in details]
    return json.dumps(body).encode()


def refused_query(detail: str) -> bytes:
    """SuiteQL's refusal of a statement."""
    return error_body(400, "INVALID_PARAMETER", PREFIX + detail)


LOGIN_BODY = error_body(401, "INVALID_LOGIN", LOGIN, title="Unauthorized", kind=W3C)
CONCURRENCY_BODY = error_body(429, "CONCURRENCY_LIMIT_EXCEEDED", CONCURRENCY, top_code="USER_ERROR")
UNEXPECTED_BODY = error_body(
    500,
    "UNEXPECTED_ERROR",
    "An unexpected error occurred. Error ID: mabcdefghijklmnopqrs",
    title="Internal Server Error",
)
