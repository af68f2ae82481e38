"""Every error body that NetSuite is known to send, and the one error of the tree that it becomes."""

import copy
import inspect
import pickle
import re
from datetime import datetime

import pytest

from netsuite_pipeline.netsuite import errors
from netsuite_pipeline.netsuite.errors import (
    AccountIdError,
    ConfigurationError,
    ImplausibleReply,
    NangoError,
    NetSuiteError,
    PermissionDenied,
    QueryError,
    SignInError,
    Throttled,
    Unavailable,
)
from netsuite_pipeline.netsuite.http.error_parser import ErrorBody, error_from_reply, read_error_body
from netsuite_pipeline_tests.netsuite.bodies import MAINTENANCE, UNEXPECTED_BODY, error_body
from netsuite_pipeline_tests.netsuite.error_cases import CASES, FORBIDDEN, Case, restlet
from netsuite_pipeline_tests.one_pass import in_one_pass

ASKED = "POST /services/rest/query/v1/suiteql"


@in_one_pass("case", CASES, ids=lambda case: case.name)
def test_every_reply_becomes_one_error_of_the_tree(case: Case) -> None:
    error = error_from_reply(case.status, case.body, endpoint=ASKED)
    assert type(error) is case.kind
    assert (error.status, error.code, error.endpoint) == (case.status, case.code, ASKED)
    assert getattr(error, "table", "") == case.table
    assert (getattr(error, "column", ""), getattr(error, "reason", "")) == (case.column, case.reason)
    assert error.remedy
    assert error.message.rstrip(".")


@in_one_pass("case", CASES, ids=lambda case: case.name)
def test_netsuites_own_words_are_kept(case: Case) -> None:
    error = error_from_reply(case.status, case.body, endpoint=ASKED)
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
    shown = str(error_from_reply(500, body, endpoint=ASKED)) + repr(read_error_body(body))
    assert "token0id" not in shown
    assert "c2ln" not in shown


def test_the_times_of_the_reply_are_kept() -> None:
    moment = datetime(2025, 3, 26, 16, 21)
    for status in (429, 500, 503):
        error = error_from_reply(status, b"", endpoint=ASKED, retry_after=7.0, date=moment)
        assert isinstance(error, Throttled | Unavailable)
        assert (error.retry_after, error.date) == (7.0, moment)
    assert error_from_reply(401, b"", endpoint=ASKED, date=moment).date == moment


def test_an_error_is_formatted_in_lines_what_where_and_what_to_do() -> None:
    error = QueryError("It failed.", endpoint=ASKED, status=400, code="X", remedy="Change the query.")
    assert str(error) == f"It failed.\n  Request: {ASKED} answered 400 (X)\n  To fix: Change the query."
    assert str(NetSuiteError("It failed.")) == "It failed."
    assert str(Unavailable("Gone.", endpoint=ASKED, remedy="")) == f"Gone.\n  Request: {ASKED}"


EVERY_KIND: list[NetSuiteError] = [
    NetSuiteError("a", remedy="b", endpoint="c", status=1, code="d", detail="e", date=datetime(2025, 1, 1)),
    ConfigurationError("a", remedy="b"),
    AccountIdError("a"),
    NangoError("a", reason="key", status=401),
    SignInError("a", status=401, code="INVALID_LOGIN"),
    PermissionDenied("a", table="customer", status=403),
    QueryError("a", column="memo", reason="removed", detail="d"),
    Throttled("a", retry_after=3.5),
    Unavailable("a", retry_after=1.0, status=503),
    ImplausibleReply("a", status=200),
]


@pytest.mark.parametrize("error", EVERY_KIND, ids=lambda error: type(error).__name__)
def test_errors_cross_process_borders_with_all_attributes(error: NetSuiteError) -> None:
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
    assert issubclass(ImplausibleReply, Unavailable)
    assert real == {type(error).__name__ for error in EVERY_KIND}
    assert drawn == real
    assert issubclass(AccountIdError, ConfigurationError)
    families = [ConfigurationError, SignInError, PermissionDenied, QueryError, Throttled, Unavailable]
    assert [kind.__bases__ for kind in families] == [(NetSuiteError,)] * 6


@pytest.mark.parametrize("error", EVERY_KIND[2:], ids=lambda error: type(error).__name__)
def test_each_kind_documents_when_it_is_raised_and_what_to_do(error: NetSuiteError) -> None:
    assert (type(error).__doc__ or "").startswith("Raised ")
    assert type(error)("a").remedy


def test_a_firewall_is_not_mistaken_for_a_missing_permission() -> None:
    error = error_from_reply(403, FORBIDDEN, endpoint=ASKED)
    assert "allow list" in error.remedy
    assert "Manage Roles" not in error.remedy
    assert "Access Denied" in error.message


def test_an_internal_error_points_to_a_column_before_an_outage() -> None:
    error = error_from_reply(500, UNEXPECTED_BODY, endpoint=ASKED)
    assert (type(error), error.code) == (Unavailable, "UNEXPECTED_ERROR")
    assert error.remedy.index("column") < error.remedy.index("status.netsuite.com")


def test_being_stopped_is_no_failure_of_netsuites() -> None:
    assert not issubclass(errors.Stopped, NetSuiteError)


@pytest.mark.parametrize(
    ("status", "detail", "code", "may_help"),
    [
        (400, "Unheard of.", "INVALID_PARAMETER", True),
        (422, "Unheard of.", "X", True),
        (403, "Unheard of.", "X", False),
        (409, "Unheard of.", "X", False),
        (400, "Invalid value.", "INVALID_HEADER", False),
        (404, "Unknown identifier 'a'.", "X", True),
    ],
)
def test_fewer_columns_help_only_where_the_statement_may_be_the_cause(
    status: int, detail: str, code: str, may_help: bool
) -> None:
    error = error_from_reply(status, error_body(status, code, detail), endpoint=ASKED)
    assert errors.is_statement_error(error) is may_help
