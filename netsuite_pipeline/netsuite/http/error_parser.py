"""The one error of the tree that a refused or failed reply means, by status, code and NetSuite's words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from netsuite_pipeline.netsuite.errors import (
    LANGUAGE_HEADERS,
    UNEXPECTED,
    NetSuiteError,
    PermissionDenied,
    QueryError,
    SignInError,
    Throttled,
    Unavailable,
)
from netsuite_pipeline.netsuite.http.request import json_object
from netsuite_pipeline.netsuite.http.server_clock import http_date
from netsuite_pipeline.netsuite.http.transport import Answer
from netsuite_pipeline.netsuite.limits.backoff import retry_after_seconds

INVALID_HEADER = "INVALID_HEADER"
NO_PERMISSION = "INSUFFICIENT_PERMISSION"
THROTTLE_CODES = frozenset({"CONCURRENCY_LIMIT_EXCEEDED", "SSS_REQUEST_LIMIT_EXCEEDED", "WS_REQUEST_BLOCKED"})
SIGN_IN_CODES = frozenset({"INVALID_LOGIN", "INVALID_LOGIN_ATTEMPT"})
_KNOWN_CODES = frozenset({*THROTTLE_CODES, *SIGN_IN_CODES, NO_PERMISSION, INVALID_HEADER, UNEXPECTED})


# NetSuite's words by which the meaning of a refusal is known, and what to do about each.
_THROTTLE_TEXT = re.compile(r"concurrent request limit|concurrency limit|request limit exceeded", re.I)
_DENIED_TEXT = re.compile(
    r"current role does not have permission|permission violation|you need (?:a higher level of )?the '", re.I
)
_NAMED_PERMISSION = re.compile(r"you need (?:a higher level of )?the '(?P<permission>[^']+)'", re.I)
# Not "Field 'x' for record 'y' was not found", which is about a column.
_HIDDEN_RECORD = re.compile(r"(?<!for )Record '(?P<table>[^']+)' was not found", re.I)
_UNKNOWN_RECORD = re.compile(r"Invalid search type: *(?P<table>\w+(?:\.\w+)*)", re.I)
_UNKNOWN_COLUMN = re.compile(r"Unknown identifier '(?P<column>[^']+)'", re.I)
_FIELD_GONE = re.compile(
    r"Field '(?P<column>[^']+)' for record '[^']*' was not found\.? *(?:Reason: *(?P<reason>\w+))?", re.I
)
_UNSUPPORTED = re.compile(r"Invalid or unsupported search|unsupported function|unknown function", re.I)
_LANGUAGE_HEADER = re.compile(r"\b(?:Accept|Content)-Language\b", re.I)
_SYNTAX = re.compile(r"failed to parse|syntax error|unexpected token", re.I)

_UNEXPECTED_REMEDY = (
    "If only one statement keeps failing, most likely NetSuite cannot read one of its columns: remove half "
    "of the columns until the statement works (a sync does so automatically). If every statement fails, "
    "check status.netsuite.com."
)
_FIREWALL_REMEDY = (
    "No NetSuite permission is missing: a firewall or proxy answered with a web page. Add this machine's "
    "address to its allow list, or use another network."
)
_NOT_NETSUITES_REMEDY = (
    "NetSuite's refusals have a code and a sentence; this reply has neither. Check NETSUITE_BASE_URL, and "
    "the proxy or firewall on the way (HTTPS_PROXY). If both are right, check status.netsuite.com."
)
UNKNOWN_REMEDY = (
    "The meaning of this refusal is not known, so no cause is claimed. Look up NetSuite's words in its help, "
    "or open a case with NetSuite's support and give the time of the request."
)
_LANGUAGE_REMEDY = (
    "Sign in to NetSuite as the token's user. Choose the company's language at Home > Set Preferences > "
    "General > Language, then Save."
)


@dataclass(frozen=True)
class ErrorBody:
    """The parsed body of an error reply.

    Attributes:
        code: The first code whose meaning is known; without one, the first code.
        header: The request header that the reply is about (`o:errorHeader`), or empty.
        is_netsuites: Whether the body has the form of NetSuite's error replies.
    """

    title: str
    code: str
    detail: str
    header: str = field(default="", repr=False, compare=False)
    is_netsuites: bool = field(default=True, repr=False, compare=False)


def read_error_body(body: bytes) -> ErrorBody:
    """Parse an error body in any of its shapes: REST's `o:errorDetails`, a RESTlet's `error`, HTML, cut text.

    Args:
        body: The reply's bytes, decoded from gzip, possibly cut short or empty.

    Returns:
        What could be read; an unreadable body gives an empty code and its visible text, at most 300
        characters.

    Example:
        >>> read_error_body(b'{"title":"Bad Request","o:errorDetails":[{"detail":"No.","o:errorCode":"X"}]}')
        ErrorBody(title='Bad Request', code='X', detail='No.')
    """
    reply = json_object(body)
    restlet = reply.get("error")
    if isinstance(restlet, Mapping):
        return ErrorBody("", _text(restlet.get("code")), _text(restlet.get("message")))
    details = reply.get("o:errorDetails")
    entries = [entry for entry in details if isinstance(entry, Mapping)] if isinstance(details, list) else []
    title, code = _text(reply.get("title")), _code_of([*entries, reply])
    detail = " ".join(filter(None, (_text(entry.get("detail")) for entry in entries)))
    if not (title or code or detail):
        return ErrorBody("", "", _visible_text(body), is_netsuites=False)
    header = next(filter(None, (_text(entry.get("o:errorHeader")) for entry in entries)), "")
    return ErrorBody(title, code, detail, header)


def _code_of(entries: Sequence[Mapping[str, Any]]) -> str:
    codes = [code for entry in entries if (code := _text(entry.get("o:errorCode")))]
    return next((code for code in codes if code in _KNOWN_CODES), codes[0] if codes else "")


# A proxy's error page may show the request with its headers.
_SIGNED = re.compile(
    r"(?is)\bOAuth\s+(?:realm|oauth_).*|oauth_\w+[\"']?\s*(?:=|:|%3D)\s*[^\s,&%]+"
    r"|\bBearer\s+(?!realm\b)[^\s,;\"'<>]{8,}|client_assertion[\"']?\s*(?:=|:|%3D)\s*[\"']?[^\s,&\"'<>]+"
    r"|\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}"
)


def shown_text(text: str) -> str:
    """Return a text of NetSuite's without signatures, tokens and assertions that it may repeat.

    Example:
        >>> shown_text("Bad header: Bearer abcdefghij")
        'Bad header: (signature left out)'
    """
    return _SIGNED.sub("(signature left out)", text)


def _text(value: object) -> str:
    return shown_text(value) if isinstance(value, str) else ""


def _visible_text(body: bytes) -> str:
    text = body.decode("utf-8", errors="replace")
    text = re.sub(r"(?is)<(script|style)\b.*?</\1>", " ", text)
    text = re.sub(r"<[^>]*>", " ", text)
    return _text(" ".join(text.split()))[:300]


def error_from_reply(
    status: int,
    body: bytes,
    *,
    endpoint: str,
    retry_after: float | None = None,
    date: datetime | None = None,
) -> NetSuiteError:
    """Return the one error of the tree that a failed reply means.

    Args:
        status: The HTTP status.
        body: The reply's bytes.
        endpoint: Method and path of the request.
        retry_after: Seconds by the Retry-After header, or None.
        date: The time of the Date header, UTC, or None.

    Example:
        >>> error_from_reply(401, b"", endpoint="GET /services/rest/system/v1/serverTime")
        SignInError('NetSuite refuses the sign-in.')
    """
    read = read_error_body(body)
    words = read.detail or read.title
    ending = f": {words}" if words else "."
    facts: dict[str, Any] = {
        "endpoint": endpoint,
        "status": status,
        "code": read.code,
        "detail": read.detail,
        "date": date,
    }
    down = {"retry_after": retry_after, **facts}

    # open question 4: concurrency is refused as 429, or as 400 with this code or text; match on all three.
    if status == 429 or read.code in THROTTLE_CODES or _THROTTLE_TEXT.search(read.detail):
        return Throttled(
            "NetSuite refuses more requests at once than the account may make.",
            retry_after=retry_after,
            **facts,
        )
    if status == 401 or read.code in SIGN_IN_CODES:
        return SignInError("NetSuite refuses the sign-in.", **facts)
    if 300 <= status < 400:
        return Unavailable(
            f"NetSuite's address redirects ({status}); a signed request cannot follow.",
            remedy="Check the account id and NETSUITE_BASE_URL: the account may have moved or been renamed.",
            **down,
        )
    # An empty 403 may be NetSuite's or a proxy's: it is not retried, and its meaning is not known.
    if not read.is_netsuites and (status != 403 or body.strip()):
        return _not_netsuites_error(status, read, down)
    return (
        _denied(status, read, ending, facts)
        or _failed(status, read, ending, down)
        or _query_error(read, ending, facts)
    )


def _not_netsuites_error(status: int, read: ErrorBody, down: dict[str, Any]) -> Unavailable:
    """Return the error of a reply without NetSuite's form: its text is not NetSuite's."""
    ending = f": {read.detail}" if read.detail else "."
    if status >= 500 or status in {408, 425}:
        return Unavailable(f"NetSuite does not answer properly ({status}){ending}", **down)
    if status == 403 and read.detail:
        return Unavailable(
            f"Something before NetSuite keeps this machine out (403){ending}", remedy=_FIREWALL_REMEDY, **down
        )
    return Unavailable(
        f"Something other than NetSuite answered ({status}){ending}", remedy=_NOT_NETSUITES_REMEDY, **down
    )


def _denied(status: int, read: ErrorBody, ending: str, facts: dict[str, Any]) -> PermissionDenied | None:
    """Return the error of a missing permission, if the code or known words say so."""
    hidden = _HIDDEN_RECORD.search(read.detail) or _UNKNOWN_RECORD.search(read.detail)
    if hidden:
        # NetSuite reports a hidden table as nonexistent (PostHog, hotglue: facts 2.3); never a bad query.
        return PermissionDenied(
            f"NetSuite shows this role no table {hidden['table']!r}{ending}",
            table=hidden["table"].lower(),
            **facts,
        )
    # open question 5: a missing permission comes as 400 USER_ERROR or as 403. The meaning of a 403 with other
    # words is not known, so the status alone decides nothing.
    if read.code == NO_PERMISSION or _DENIED_TEXT.search(read.detail):
        named = _NAMED_PERMISSION.search(read.detail)
        return PermissionDenied(
            f"NetSuite does not permit this to the token's role{ending}",
            permission=named["permission"] if named else "",
            **facts,
        )
    return None


def _failed(status: int, read: ErrorBody, ending: str, down: dict[str, Any]) -> Unavailable | None:
    if status >= 500 and read.code == UNEXPECTED:
        return Unavailable(f"NetSuite failed inside{ending}", remedy=_UNEXPECTED_REMEDY, **down)
    if status >= 500 or status in {408, 425}:
        return Unavailable(f"NetSuite does not answer properly ({status}){ending}", **down)
    return None


def _query_error(read: ErrorBody, ending: str, facts: dict[str, Any]) -> NetSuiteError:
    gone = _FIELD_GONE.search(read.detail)
    if gone:
        reason = (gone["reason"] or "removed").lower()
        return QueryError(
            f"NetSuite does not offer the column {gone['column']!r}{ending}",
            column=gone["column"].lower(),
            reason=reason,
            **facts,
        )
    unknown = _UNKNOWN_COLUMN.search(read.detail)
    if unknown:
        return QueryError(
            f"NetSuite knows no column {unknown['column']!r} here{ending}",
            column=unknown["column"].split(".")[-1].lower(),
            reason="unknown",
            **facts,
        )
    for pattern, reason in ((_UNSUPPORTED, "unsupported"), (_SYNTAX, "syntax")):
        if pattern.search(read.detail):
            return QueryError(f"SuiteQL refuses the statement{ending}", reason=reason, **facts)
    if read.code == INVALID_HEADER or read.header:
        named = _LANGUAGE_HEADER.search(read.detail)
        header = read.header or (named[0] if named else "")
        language = header.lower() in LANGUAGE_HEADERS
        refused = "the language of the request" if language else "a header of the request"
        return QueryError(
            f"NetSuite refuses {refused}{ending}",
            reason="header",
            header=header,
            remedy=_LANGUAGE_REMEDY if language else UNKNOWN_REMEDY,
            **facts,
        )
    return QueryError(f"NetSuite refuses the request{ending}", remedy=UNKNOWN_REMEDY, **facts)


def error_of(answer: Answer, endpoint: str) -> NetSuiteError:
    """Return the error that an answer means."""
    try:
        body = answer.body(endpoint)
    except Unavailable as cut:
        if answer.status not in {401, 429} and answer.status < 500:
            return cut
        body = b""  # the status is enough
    return error_from_reply(
        answer.status,
        body,
        endpoint=endpoint,
        retry_after=retry_after_seconds(answer.headers.get("Retry-After"), datetime.now(UTC)),
        date=http_date(answer.headers.get("Date")),
    )
