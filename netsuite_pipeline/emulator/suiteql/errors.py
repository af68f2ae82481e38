"""The refusals of SuiteQL: one exception with NetSuite's own messages."""

import secrets
import string
from collections.abc import Iterable

PREFIX = "Invalid search query. Detailed unprocessed description follows. "


class SuiteQLRefused(Exception):
    """NetSuite refuses the query; the attributes are those of its error body.

    Example:
        >>> unsupported().status, unsupported().code, unsupported().query_param
        (400, 'INVALID_PARAMETER', 'q')
    """

    def __init__(self, status: int, code: str, detail: str, query_param: str | None) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.query_param = query_param


def refused(text: str) -> SuiteQLRefused:
    """Return a 400 about the query's text, with the common prefix (BH, netsuite-api-client)."""
    return SuiteQLRefused(400, "INVALID_PARAMETER", PREFIX + text, "q")


def unsupported() -> SuiteQLRefused:
    """Return the refusal of an unsupported shape or function."""
    return refused("Search error occurred: Invalid or unsupported search")


def syntax_error(near: str = "") -> SuiteQLRefused:
    """Return the refusal of a syntax error. Public sources quote only its first and last words."""
    place = f" near '{near}'" if near else ""
    return refused(f"Failed to parse SQL, syntax error{place}.")


def unknown_identifier(name: str, available: Iterable[tuple[str, str]]) -> SuiteQLRefused:
    """Return the refusal of a name that no table of the FROM has; `available` has aliases and tables."""
    listed = ", ".join(f"{alias}={table}" for alias, table in available)
    return refused(
        f"Search error occurred: Unknown identifier '{name}'. Available identifiers are: {{{listed}}}."
    )


def field_hidden(column: str, table: str, reason: str) -> SuiteQLRefused:
    """Return the refusal of a hidden column; `reason` is NOT_EXPOSED or REMOVED."""
    why = {
        "NOT_EXPOSED": "NOT_EXPOSED - Field is marked as internal for channel SEARCH",
        "REMOVED": "REMOVED - Field is removed",
    }[reason]
    return refused(
        f"Search error occurred: Field '{column}' for record '{table}' was not found. Reason: {why}"
    )


def record_not_found(table: str) -> SuiteQLRefused:
    """Return the refusal of a record type that the role or a feature hides (HG, PH)."""
    return refused(f"Search error occurred: Record '{table}' was not found.")


def invalid_search_type(name: str) -> SuiteQLRefused:
    """Return the refusal of an unknown table, or of an unknown prefix of a column (netsuite-api-client)."""
    return refused(f"Invalid search type: {name}.")


def unexpected_error() -> SuiteQLRefused:
    """Return the 500 of some columns (HG); its Error ID is twenty random letters."""
    letters = "".join(secrets.choice(string.ascii_lowercase) for _ in range(20))
    return SuiteQLRefused(
        500, "UNEXPECTED_ERROR", f"An unexpected error occurred. Error ID: {letters}", query_param=None
    )
