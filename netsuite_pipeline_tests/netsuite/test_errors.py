"""Every error body that NetSuite is known to send, and the one error of the tree that it becomes."""

import copy
import inspect
import json
import pickle
import re
from dataclasses import dataclass
from datetime import datetime

import pytest

from netsuite_pipeline.netsuite import errors
from netsuite_pipeline.netsuite.errors import (
    AccountIdError,
    ConfigurationError,
    ErrorBody,
    NetSuiteError,
    PermissionDenied,
    QueryError,
    SignInError,
    Throttled,
    Unavailable,
    error_from_reply,
    read_error_body,
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

ASKED = "POST /services/rest/query/v1/suiteql"
VIOLATION = (
    "Permission Violation: You need a higher level of the 'Lists -> Items' permission to access this page."
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
    Case("403 empty", 403, b"", PermissionDenied),
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
    # No usable answer
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


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_reply_becomes_one_error_of_the_tree(case: Case) -> None:
    error = error_from_reply(case.status, case.body, asked=ASKED)
    assert type(error) is case.kind
    assert (error.status, error.code, error.asked) == (case.status, case.code, ASKED)
    assert getattr(error, "table", "") == case.table
    assert (getattr(error, "column", ""), getattr(error, "reason", "")) == (case.column, case.reason)
    assert error.remedy
    assert error.message.rstrip(".")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_netsuites_own_words_are_kept(case: Case) -> None:
    error = error_from_reply(case.status, case.body, asked=ASKED)
    assert error.detail == read_error_body(case.body).detail
    if isinstance(error, PermissionDenied | QueryError):
        assert error.detail in error.message


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (error_body(400, "A", "One.", "Two."), ErrorBody("Bad Request", "A", "One. Two.")),
        (
            UNEXPECTED_BODY,
            ErrorBody(
                "Internal Server Error",
                "UNEXPECTED_ERROR",
                "An unexpected error occurred. Error ID: mabcdefghijklmnopqrs",
                "mabcdefghijklmnopqrs",
            ),
        ),
        (restlet("A", "One."), ErrorBody("", "A", "One.")),
        (b'{"o:errorCode":"A","title":"T"}', ErrorBody("T", "A", "")),
        (MAINTENANCE, ErrorBody("", "", "Maintenance Back soon.")),
        (b"<p>" + b"x" * 900, ErrorBody("", "", "x" * 300)),
        (b"<script>\nsteal()</script><b>Hi</b>\n\nthere", ErrorBody("", "", "Hi there")),
        (b"", ErrorBody("", "", "")),
    ],
)
def test_a_body_of_any_shape_is_read(body: bytes, read: ErrorBody) -> None:
    assert read_error_body(body) == read


SIGNED = 'OAuth realm="1234567", oauth_token="token0id", oauth_signature="c2ln%3D"'


@pytest.mark.parametrize(
    "body",
    [
        f"<pre>Authorization: {SIGNED}\nHost: x</pre>".encode(),
        f"<pre>{SIGNED.replace(chr(34), '&quot;')}</pre>".encode(),
        b"<pre>oauth_token=token0id&oauth_signature=c2ln%3D</pre>",
        b"<pre>base GET&amp;https%3A%2F%2Fx&amp;oauth_token%3Dtoken0id%26oauth_signature%3Dc2ln</pre>",
        b"<pre>{'oauth_token': 'token0id', \"oauth_signature\" : \"c2ln\"}</pre>",
        error_body(400, "X", f"I do not understand {SIGNED}"),
        error_body(400, "X", "No.", title=SIGNED),
        restlet("X", SIGNED),
    ],
)
def test_a_server_that_shows_our_header_does_not_get_it_into_an_error(body: bytes) -> None:
    shown = str(error_from_reply(500, body, asked=ASKED)) + repr(read_error_body(body))
    assert "token0id" not in shown
    assert "c2ln" not in shown


def test_what_the_reply_said_of_time_is_kept() -> None:
    moment = datetime(2025, 3, 26, 16, 21)
    for status in (429, 500, 503):
        error = error_from_reply(status, b"", asked=ASKED, retry_after=7.0, date=moment)
        assert isinstance(error, Throttled | Unavailable)
        assert (error.retry_after, error.date) == (7.0, moment)
    assert error_from_reply(401, b"", asked=ASKED, date=moment).date == moment


def test_an_error_is_told_in_lines_what_where_and_what_to_do() -> None:
    error = QueryError("It failed.", asked=ASKED, status=400, code="X", remedy="Mend it.")
    assert str(error) == f"It failed.\n  Asked: {ASKED} answered 400 (X)\n  Remedy: Mend it."
    assert str(NetSuiteError("It failed.")) == "It failed."
    assert str(Unavailable("Gone.", asked=ASKED, remedy="")) == f"Gone.\n  Asked: {ASKED}"


EVERY_KIND: list[NetSuiteError] = [
    NetSuiteError("a", remedy="b", asked="c", status=1, code="d", detail="e", date=datetime(2025, 1, 1)),
    ConfigurationError("a", remedy="b"),
    AccountIdError("a"),
    SignInError("a", status=401, code="INVALID_LOGIN"),
    PermissionDenied("a", table="customer", status=403),
    QueryError("a", column="memo", reason="removed", detail="d"),
    Throttled("a", retry_after=3.5),
    Unavailable("a", retry_after=1.0, status=503),
]


@pytest.mark.parametrize("error", EVERY_KIND, ids=lambda error: type(error).__name__)
def test_errors_cross_process_borders_with_everything_they_know(error: NetSuiteError) -> None:
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(again) is type(error)
        assert vars(again) == vars(error)
        assert (str(again), again.args, repr(again)) == (str(error), error.args, repr(error))


def test_a_copy_is_free_of_the_originals_traceback() -> None:
    with pytest.raises(Throttled) as raised:
        raise Throttled("a") from ValueError("b")
    again = copy.copy(raised.value)
    assert (again.__traceback__, again.__cause__, again.__context__) == (None, None, None)


def test_the_tree_is_the_one_that_its_room_draws() -> None:
    assert errors.__doc__ is not None
    drawn = set(re.findall(r"^ *[│├└─ ]*(\w+Error|[A-Z]\w+)(?:  |$)", errors.__doc__, re.M))
    real = {
        name for name, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, NetSuiteError)
    }
    assert real == {type(error).__name__ for error in EVERY_KIND}
    assert drawn == real
    assert issubclass(AccountIdError, ConfigurationError)
    families = [ConfigurationError, SignInError, PermissionDenied, QueryError, Throttled, Unavailable]
    assert [kind.__bases__ for kind in families] == [(NetSuiteError,)] * 6


@pytest.mark.parametrize("error", EVERY_KIND[2:], ids=lambda error: type(error).__name__)
def test_each_kind_says_when_it_is_raised_and_what_to_do(error: NetSuiteError) -> None:
    assert (type(error).__doc__ or "").startswith("Raised ")
    assert type(error)("a").remedy
