"""NetSuite's error bodies: what can be read of a reply that is no success, in whatever shape it comes."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

UNEXPECTED = "UNEXPECTED_ERROR"
INVALID_HEADER = "INVALID_HEADER"
NO_PERMISSION = "INSUFFICIENT_PERMISSION"
THROTTLE_CODES = frozenset({"CONCURRENCY_LIMIT_EXCEEDED", "SSS_REQUEST_LIMIT_EXCEEDED", "WS_REQUEST_BLOCKED"})
SIGN_IN_CODES = frozenset({"INVALID_LOGIN", "INVALID_LOGIN_ATTEMPT"})
KNOWN_CODES = frozenset({*THROTTLE_CODES, *SIGN_IN_CODES, NO_PERMISSION, INVALID_HEADER, UNEXPECTED})
"""Codes whose meaning is known by themselves; others say little without their words."""


@dataclass(frozen=True)
class ErrorBody:
    """NetSuite's error reply, read: title, and the details' codes and words.

    Attributes:
        code: The first code whose meaning is known; without one, the first code.
        header: The request's header that the reply is about (`o:errorHeader`), or empty.
        is_netsuites: Whether the body has the form of NetSuite's error replies.
    """

    title: str
    code: str
    detail: str
    error_id: str = ""
    header: str = field(default="", repr=False, compare=False)
    is_netsuites: bool = field(default=True, repr=False, compare=False)


def read_error_body(body: bytes) -> ErrorBody:
    """Reads an error body in any of its shapes: REST's `o:errorDetails`, a RESTlet's `error`, HTML, cut text.

    Args:
        body: The reply's bytes, decoded from gzip, possibly cut short or empty.

    Returns:
        What could be read; an unreadable body gives an empty code and its visible text, at most 300
        characters.

    Example:
        >>> read_error_body(b'{"title":"Bad Request","o:errorDetails":[{"detail":"No.","o:errorCode":"X"}]}')
        ErrorBody(title='Bad Request', code='X', detail='No.', error_id='')
    """
    try:
        reply = json.loads(body)
    except (ValueError, RecursionError):
        return _not_netsuites(body)
    if not isinstance(reply, Mapping):
        return _not_netsuites(body)
    restlet = reply.get("error")
    if isinstance(restlet, Mapping):
        return ErrorBody("", _text(restlet.get("code")), _text(restlet.get("message")))
    details = reply.get("o:errorDetails")
    entries = [entry for entry in details if isinstance(entry, Mapping)] if isinstance(details, list) else []
    title, code = _text(reply.get("title")), _code_of([*entries, reply])
    detail = " ".join(filter(None, (_text(entry.get("detail")) for entry in entries)))
    if not (title or code or detail):
        return _not_netsuites(body)
    error_id = re.search(r"Error ID: (\w+)", detail)
    header = next(filter(None, (_text(entry.get("o:errorHeader")) for entry in entries)), "")
    return ErrorBody(title, code, detail, error_id.group(1) if error_id else "", header)


def _not_netsuites(body: bytes) -> ErrorBody:
    return ErrorBody("", "", _visible_text(body), is_netsuites=False)


def _code_of(entries: Sequence[Mapping[str, Any]]) -> str:
    codes = [code for entry in entries if (code := _text(entry.get("o:errorCode")))]
    return next((code for code in codes if code in KNOWN_CODES), codes[0] if codes else "")


# A page of whatever stands in between may show the request that it got, header and all.
_SIGNED = re.compile(
    r"(?is)\bOAuth\s+(?:realm|oauth_).*|oauth_\w+[\"']?\s*(?:=|:|%3D)\s*[^\s,&%]+"
    r"|\bBearer\s+(?!realm\b)[^\s,;\"'<>]{8,}|client_assertion[\"']?\s*(?:=|:|%3D)\s*[\"']?[^\s,&\"'<>]+"
    r"|\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}"
)


def shown_text(text: str) -> str:
    """A text of NetSuite's without signatures, tokens and assertions that it may repeat.

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
