"""How SuiteQL refuses: one exception and NetSuite's own words."""

import random
import string
from collections.abc import Iterable

PREFIX = "Invalid search query. Detailed unprocessed description follows. "


class SuiteQLRefused(Exception):
    """Raised when NetSuite would not run the query; the fields are what its error body says.

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
    """A 400 about the query text, with the prefix that all of them carry (BH, netsuite-api-client)."""
    return SuiteQLRefused(400, "INVALID_PARAMETER", PREFIX + text, "q")


def unsupported() -> SuiteQLRefused:
    """The query reads well, but its shape or one of its functions is not supported."""
    return refused("Search error occurred: Invalid or unsupported search")


def syntax_error(near: str = "") -> SuiteQLRefused:
    """The query is no SELECT of SuiteQL's grammar. Public sources quote only the first and the last words."""
    place = f" near '{near}'" if near else ""
    return refused(f"Failed to parse SQL, syntax error{place}.")


def unknown_identifier(name: str, available: Iterable[tuple[str, str]]) -> SuiteQLRefused:
    """A name that none of the tables of the FROM has; `available` are pairs of alias and table."""
    listed = ", ".join(f"{alias}={table}" for alias, table in available)
    return refused(
        f"Search error occurred: Unknown identifier '{name}'. Available identifiers are: {{{listed}}}."
    )


def field_hidden(column: str, table: str, reason: str) -> SuiteQLRefused:
    """A column that the record has and SuiteQL does not give; `reason` is NOT_EXPOSED or REMOVED."""
    why = {
        "NOT_EXPOSED": "NOT_EXPOSED - Field is marked as internal for channel SEARCH",
        "REMOVED": "REMOVED - Field is removed",
    }[reason]
    return refused(
        f"Search error occurred: Field '{column}' for record '{table}' was not found. Reason: {why}"
    )


def record_not_found(table: str) -> SuiteQLRefused:
    """A record type that the role or a switched-off feature hides (HG, PH)."""
    return refused(f"Search error occurred: Record '{table}' was not found.")


def invalid_search_type(name: str) -> SuiteQLRefused:
    """A table, or the prefix of a column, that is nothing at all (netsuite-api-client)."""
    return refused(f"Invalid search type: {name}.")


def unexpected_error() -> SuiteQLRefused:
    """The 500 that some columns answer with (HG); its Error ID is twenty letters, new each time."""
    letters = "".join(random.choices(string.ascii_lowercase, k=20))
    return SuiteQLRefused(
        500, "UNEXPECTED_ERROR", f"An unexpected error occurred. Error ID: {letters}", query_param=None
    )
