"""Every error reply that NetSuite is known to send (facts, section 2), and what it must become."""

import json
from dataclasses import dataclass

from netsuite_pipeline.netsuite.errors import (
    NetSuiteError,
    PermissionDenied,
    QueryError,
    SignInError,
    Throttled,
    Unavailable,
)
from netsuite_pipeline_tests.netsuite.bodies import (
    CONCURRENCY,
    CONCURRENCY_BODY,
    LOGIN_BODY,
    MAINTENANCE,
    NOT_PERMITTED,
    RFC,
    UNEXPECTED_BODY,
    W3C,
    error_body,
    refused_query,
)

VIOLATION = (
    "Permission Violation: You need a higher level of the 'Lists -> Items' permission to access this page."
)
FORBIDDEN = (
    b"<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD><BODY>You don't have permission to access this server."
    b"<P>Reference #18.9be0d017</BODY></HTML>"
)
# As Oracle's page prints it: a comma is missing.
DOCUMENTED_429 = (
    b'{"title":"Bad Request","status":429 "o:errorCode":"USER_ERROR","o:errorDetails":[{"detail":'
    b'"Concurrent request limit exceeded. Request blocked.","o:errorCode":"CONCURRENCY_LIMIT_EXCEEDED"}]}'
)


@dataclass(frozen=True)
class Case:
    """A reply, and what it must become; `table`, `column` and `reason` only where the error has them."""

    name: str
    status: int
    body: bytes
    kind: type[NetSuiteError]
    code: str = ""
    table: str = ""
    column: str = ""
    reason: str = ""


def restlet(code: str, message: str) -> bytes:
    return json.dumps({"error": {"code": code, "message": message}}).encode()


def language_refused(value: str, header: str = "Accept-Language") -> bytes:
    """Word for word as in airbyte#34137; for writes the other header is named."""
    detail = (
        "Invalid language. REST web services currently only support the default company language, and do not "
        f"support the language specified in your user preferences. Provide the {header} header with your "
        f"default company language value '{value}'."
    )
    entry = {"detail": detail, "o:errorHeader": header, "o:errorCode": "INVALID_HEADER"}
    return json.dumps(
        {"type": RFC, "title": "Bad Request", "status": 400, "o:errorDetails": [entry]}
    ).encode()


CASES = [
    # Sign-in: one body for every cause
    Case("401", 401, LOGIN_BODY, SignInError, "INVALID_LOGIN"),
    Case("401 of 2026", 401, LOGIN_BODY.replace(W3C.encode(), RFC.encode()), SignInError, "INVALID_LOGIN"),
    Case(
        "401 of a RESTlet",
        401,
        restlet("INVALID_LOGIN_ATTEMPT", "Invalid login attempt."),
        SignInError,
        "INVALID_LOGIN_ATTEMPT",
    ),
    Case(
        "400 of a RESTlet", 400, restlet("INVALID_LOGIN_ATTEMPT", "No."), SignInError, "INVALID_LOGIN_ATTEMPT"
    ),
    Case("401 empty", 401, b"", SignInError),
    Case("401 HTML", 401, MAINTENANCE, SignInError),
    Case("401 cut", 401, LOGIN_BODY[:60], SignInError),
    # Too many at once
    Case("429", 429, CONCURRENCY_BODY, Throttled, "CONCURRENCY_LIMIT_EXCEEDED"),
    Case("429 as printed", 429, DOCUMENTED_429, Throttled),
    Case("429 empty", 429, b"", Throttled),
    Case("429 HTML", 429, MAINTENANCE, Throttled),
    Case(
        "400 by code",
        400,
        error_body(400, "CONCURRENCY_LIMIT_EXCEEDED", "Blocked."),
        Throttled,
        "CONCURRENCY_LIMIT_EXCEEDED",
    ),
    Case(
        "400 by text",
        400,
        error_body(
            400, "USER_ERROR", f"{CONCURRENCY} Verify your concurrency limits at Setup > Integration."
        ),
        Throttled,
        "USER_ERROR",
    ),
    Case("400 by text, cut", 400, DOCUMENTED_429[:130], Throttled),
    Case(
        "400 by the second detail",
        400,
        error_body(400, "USER_ERROR", "Something else.", CONCURRENCY),
        Throttled,
        "USER_ERROR",
    ),
    Case(
        "RESTlet limit",
        400,
        restlet("SSS_REQUEST_LIMIT_EXCEEDED", "Too many."),
        Throttled,
        "SSS_REQUEST_LIMIT_EXCEEDED",
    ),
    Case("SOAP limit", 400, error_body(400, "WS_REQUEST_BLOCKED", "No."), Throttled, "WS_REQUEST_BLOCKED"),
    # Not permitted
    Case("no Workbook", 400, error_body(400, "USER_ERROR", NOT_PERMITTED), PermissionDenied, "USER_ERROR"),
    Case(
        "403",
        403,
        error_body(403, "INSUFFICIENT_PERMISSION", VIOLATION),
        PermissionDenied,
        "INSUFFICIENT_PERMISSION",
    ),
    Case(
        "403 in known words",
        403,
        error_body(403, "SOMETHING", NOT_PERMITTED, title="Forbidden"),
        PermissionDenied,
        "SOMETHING",
    ),
    Case(
        "403 in unknown words",
        403,
        error_body(403, "ACCESS_POLICY", "Your address is outside of the policy.", title="Forbidden"),
        QueryError,
        "ACCESS_POLICY",
        reason="other",
    ),
    Case("403 with a title alone", 403, b'{"title":"Forbidden","status":403}', QueryError, reason="other"),
    Case("403 empty", 403, b"", QueryError, reason="other"),
    Case("a permission in a page of somebody else", 400, f"<p>{NOT_PERMITTED}</p>".encode(), Unavailable),
    Case("a record in a page of somebody else", 404, b"<p>Record 'x' was not found</p>", Unavailable),
    Case("403 of a firewall", 403, FORBIDDEN, Unavailable),
    Case("403 of a firewall, cut", 403, FORBIDDEN[:50], Unavailable),
    Case("403 of a firewall in plain text", 403, b"Access denied. Reference #18.6", Unavailable),
    Case(
        "by words alone",
        400,
        error_body(400, "USER_ERROR", "You need the 'Custom Lists' permission."),
        PermissionDenied,
        "USER_ERROR",
    ),
    Case(
        "by code alone",
        400,
        error_body(400, "INSUFFICIENT_PERMISSION", "No."),
        PermissionDenied,
        "INSUFFICIENT_PERMISSION",
    ),
    Case(
        "hidden table",
        400,
        refused_query("Search error occurred: Record 'Customer' was not found."),
        PermissionDenied,
        "INVALID_PARAMETER",
        table="customer",
    ),
    Case(
        "no such table",
        400,
        refused_query("Invalid search type: Email."),
        PermissionDenied,
        "INVALID_PARAMETER",
        table="email",
    ),
    Case(
        "no such table, no full stop",
        400,
        refused_query("Invalid search type: customrecord_x"),
        PermissionDenied,
        "INVALID_PARAMETER",
        table="customrecord_x",
    ),
    # The statement
    Case(
        "unknown column",
        400,
        refused_query(
            "Search error occurred: Unknown identifier 'subsidiary'. Available identifiers are: "
            "{transaction=transaction}."
        ),
        QueryError,
        "INVALID_PARAMETER",
        column="subsidiary",
        reason="unknown",
    ),
    Case(
        "unknown column of an alias",
        400,
        refused_query("Search error occurred: Unknown identifier 'T.Subsidiary'."),
        QueryError,
        "INVALID_PARAMETER",
        column="subsidiary",
        reason="unknown",
    ),
    Case(
        "removed field",
        400,
        refused_query(
            "Search error occurred: Field 'Location' for record 'transaction' was not found. "
            "Reason: REMOVED - Field is removed"
        ),
        QueryError,
        "INVALID_PARAMETER",
        column="location",
        reason="removed",
    ),
    Case(
        "hidden field",
        400,
        refused_query(
            "Search error occurred: Field 'entity' for record 'transaction' was not found. "
            "Reason: NOT_EXPOSED - Field is marked as internal for channel SEARCH"
        ),
        QueryError,
        "INVALID_PARAMETER",
        column="entity",
        reason="not_exposed",
    ),
    Case(
        "field without a reason",
        400,
        refused_query("Search error occurred: Field 'entity' for record 'transaction' was not found."),
        QueryError,
        "INVALID_PARAMETER",
        column="entity",
        reason="removed",
    ),
    Case(
        "shape refused",
        400,
        refused_query("Search error occurred: Invalid or unsupported search"),
        QueryError,
        "INVALID_PARAMETER",
        reason="unsupported",
    ),
    Case(
        "syntax",
        400,
        refused_query("Failed to parse SQL SELEC: syntax error"),
        QueryError,
        "INVALID_PARAMETER",
        reason="syntax",
    ),
    Case(
        "offset",
        400,
        error_body(400, "INVALID_PARAMETER", "Bad offset."),
        QueryError,
        "INVALID_PARAMETER",
        reason="other",
    ),
    Case(
        "404",
        404,
        error_body(404, "NONEXISTENT_ID", "Record does not exist.", title="Not Found"),
        QueryError,
        "NONEXISTENT_ID",
        reason="other",
    ),
    Case("title alone", 400, b'{"title":"Bad Request","status":400}', QueryError, reason="other"),
    Case(
        "code in the second detail",
        400,
        b'{"o:errorDetails":[{"detail":"A."},7,{"detail":"B.","o:errorCode":"X"}]}',
        QueryError,
        "X",
        reason="other",
    ),
    Case("language", 400, language_refused("zh"), QueryError, "INVALID_HEADER", reason="header"),
    Case(
        "a header, no language",
        400,
        error_body(400, "INVALID_HEADER", "Invalid value."),
        QueryError,
        "INVALID_HEADER",
        reason="header",
    ),
    Case(
        "409",
        409,
        error_body(409, "BUSY_BOOK", "Locked.", title="Conflict"),
        QueryError,
        "BUSY_BOOK",
        reason="other",
    ),
    Case("422 without words", 422, b'{"o:errorCode":"WHAT"}', QueryError, "WHAT", reason="other"),
    Case("451", 451, b'{"title":"Unavailable For Legal Reasons","status":451}', QueryError, reason="other"),
    Case(
        "a known code in the second detail",
        400,
        b'{"o:errorDetails":[{"detail":"A.","o:errorCode":"X"},{"detail":"B.","o:errorCode":"INVALID_LOGIN"}]}',
        SignInError,
        "INVALID_LOGIN",
    ),
    # No usable answer
    Case("400 JSON of somebody else", 400, b'{"message":"no","code":7}', Unavailable),
    Case("500", 500, UNEXPECTED_BODY, Unavailable, "UNEXPECTED_ERROR"),
    Case("500 empty", 500, b"", Unavailable),
    Case("502 HTML", 502, MAINTENANCE, Unavailable),
    Case("503 HTML", 503, MAINTENANCE, Unavailable),
    Case("503 cut HTML", 503, MAINTENANCE[:40], Unavailable),
    Case("504 cut JSON", 504, UNEXPECTED_BODY[:50], Unavailable),
    Case("408", 408, b"", Unavailable),
    Case("301", 301, b"", Unavailable),
    Case("302 HTML", 302, MAINTENANCE, Unavailable),
    Case("307", 307, b"{}", Unavailable),
    Case("204", 204, b"", Unavailable),
    Case("400 HTML", 400, MAINTENANCE, Unavailable),
    Case("404 of another server", 404, b"404 page not found", Unavailable),
    Case("400 JSON list", 400, b'[{"title":"Bad Request"}]', Unavailable),
    Case("400 JSON text", 400, b'"no"', Unavailable),
    Case("400 null", 400, b"null", Unavailable),
    Case("400 not even text", 400, b"\xff\xfe\x00\x80", Unavailable),
    Case("400 odd JSON", 400, b'{"title":7,"o:errorDetails":{"detail":"x"},"o:errorCode":null}', Unavailable),
]
