"""The refusals of SuiteQL, with NetSuite's own messages."""

import secrets
import string
from collections.abc import Iterable

from netsuite_pipeline.emulator.refusal import Refusal

PREFIX = "Invalid search query. Detailed unprocessed description follows. "


def refused(text: str) -> Refusal:
    """Return a 400 about the query's text, with the common prefix (BH, netsuite-api-client)."""
    return Refusal(400, "INVALID_PARAMETER", PREFIX + text, {"o:errorQueryParam": "q"})


def unsupported() -> Refusal:
    """Return the refusal of an unsupported shape or function.

    Example:
        >>> unsupported().status, unsupported().code, unsupported().where
        (400, 'INVALID_PARAMETER', {'o:errorQueryParam': 'q'})
    """
    return refused("Search error occurred: Invalid or unsupported search")


def syntax_error(near: str = "") -> Refusal:
    """Return the refusal of a syntax error. Public sources quote only its first and last words."""
    place = f" near '{near}'" if near else ""
    return refused(f"Failed to parse SQL, syntax error{place}.")


def unknown_identifier(name: str, available: Iterable[tuple[str, str]]) -> Refusal:
    """Return the refusal of a name that no table of the FROM has; `available` has aliases and tables."""
    listed = ", ".join(f"{alias}={table}" for alias, table in available)
    return refused(
        f"Search error occurred: Unknown identifier '{name}'. Available identifiers are: {{{listed}}}."
    )


def field_hidden(column: str, table: str, reason: str) -> Refusal:
    """Return the refusal of a hidden column; `reason` is NOT_EXPOSED or REMOVED."""
    why = {
        "NOT_EXPOSED": "NOT_EXPOSED - Field is marked as internal for channel SEARCH",
        "REMOVED": "REMOVED - Field is removed",
    }[reason]
    return refused(
        f"Search error occurred: Field '{column}' for record '{table}' was not found. Reason: {why}"
    )


def record_not_found(table: str) -> Refusal:
    """Return the refusal of a record type that the role or a feature hides (HG, PH)."""
    return refused(f"Search error occurred: Record '{table}' was not found.")


def invalid_search_type(name: str) -> Refusal:
    """Return the refusal of an unknown table, or of an unknown prefix of a column (netsuite-api-client)."""
    return refused(f"Invalid search type: {name}.")


def unexpected_error() -> Refusal:
    """Return the 500 of a failure, and of some columns (HG); its Error ID is twenty random letters."""
    letters = "".join(secrets.choice(string.ascii_lowercase) for _ in range(20))
    return Refusal(500, "UNEXPECTED_ERROR", f"An unexpected error occurred. Error ID: {letters}")
