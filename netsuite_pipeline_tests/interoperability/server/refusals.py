"""What this account says when it refuses: NetSuite's error bodies, by the letter of what was seen in public."""

import json
from dataclasses import dataclass

_TYPE = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5"
_SEARCH = "Invalid search query. Detailed unprocessed description follows. "
LOGIN = (
    "Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI at "
    "Setup > Users/Roles > User Management > View Login Audit Trail."
)


@dataclass(frozen=True)
class Refusal(Exception):
    """An answer that is no success: HTTP status and JSON text."""

    status: int
    body: str


def refusal(status: int, title: str, detail: str, code: str, **rest: str) -> Refusal:
    """A refusal in REST's shape."""
    details = [
        {"detail": detail, **{f"o:{name}": value for name, value in rest.items()}, "o:errorCode": code}
    ]
    return Refusal(
        status, json.dumps({"type": _TYPE, "title": title, "status": status, "o:errorDetails": details})
    )


def invalid_login() -> Refusal:
    return refusal(401, "Unauthorized", LOGIN, "INVALID_LOGIN")


def too_many(status: int) -> Refusal:
    """The quirky body of a refusal for concurrency: titled Bad Request whatever the status is."""
    error = {
        "detail": "Concurrent request limit exceeded. Request blocked.",
        "o:errorCode": "CONCURRENCY_LIMIT_EXCEEDED",
    }
    body = {"type": _TYPE, "title": "Bad Request", "status": status, "o:errorCode": "USER_ERROR"}
    return Refusal(status, json.dumps({**body, "o:errorDetails": [error]}))


def bad_query(detail: str) -> Refusal:
    return refusal(400, "Bad Request", _SEARCH + detail, "INVALID_PARAMETER", errorQueryParam="q")


def bad_syntax(near: str) -> Refusal:
    return bad_query(f"Failed to parse SQL: syntax error near {near!r}.")


def unsupported() -> Refusal:
    return bad_query("Search error occurred: Invalid or unsupported search.")


def unknown_name(name: str, table: str) -> Refusal:
    return bad_query(
        f"Search error occurred: Unknown identifier '{name}'. Available identifiers are: {{{table}={table}}}."
    )


def field_gone(name: str, table: str) -> Refusal:
    return bad_query(
        f"Search error occurred: Field '{name}' for record '{table}' was not found. "
        "Reason: NOT_EXPOSED - Field is marked as internal for channel SEARCH."
    )


def unexpected() -> Refusal:
    detail = "An unexpected error occurred. Error ID: m4xkq0v2h1b7c9d3e5f6"
    return refusal(500, "Internal Server Error", detail, "UNEXPECTED_ERROR")


def no_record(table: str) -> Refusal:
    return bad_query(f"Search error occurred: Record '{table}' was not found.")


def no_search_type(table: str) -> Refusal:
    return bad_query(f"Invalid search type: {table}.")


def bad_request(detail: str) -> Refusal:
    return refusal(400, "Bad Request", detail, "INVALID_REQUEST")
