"""What a role needs before any service answers it (facts 2.3), and how paging is asked for."""

from netsuite_pipeline.emulator.account.account import EmulatedAccount
from netsuite_pipeline.emulator.account.permissions import (
    REST_FEATURE,
    REST_WEB_SERVICES,
    WORKBOOK,
    WORKBOOK_FEATURE,
    menu_name,
)
from netsuite_pipeline.emulator.account.roles import Role
from netsuite_pipeline.emulator.http.envelope import MOST_PER_PAGE
from netsuite_pipeline.emulator.http.request import Asked
from netsuite_pipeline.emulator.http.responses import NO_PERMISSION, Refusal

MOST_ROWS = 100_000
"""Rows of one query that can be paged through (NSH:section_157909186990)."""

_MOST_PAGES = 1000


def require_method(asked: Asked, method: str) -> None:
    """Refuses other methods; the body of a 405 is not documented."""
    if asked.method != method:
        raise Refusal(405, "METHOD_NOT_ALLOWED", f"Method {asked.method} is not allowed for this resource.")


def require_rest(account: EmulatedAccount, role: Role) -> None:
    """Refuses a role that may not use REST web services, and everybody while the feature is off."""
    if REST_FEATURE not in account.features or role.level(REST_WEB_SERVICES) == 0:
        raise _no_permission(account.settings.variants.rest_missing)  # open question 5


def require_workbook(account: EmulatedAccount, role: Role) -> None:
    """Refuses SuiteQL and collections to a role without SuiteAnalytics Workbook; records by id still go."""
    variants = account.settings.variants
    if WORKBOOK_FEATURE not in account.features or role.level(WORKBOOK) == 0:
        raise _no_permission(variants.workbook_missing)


def require_record(role: Role, permission: str) -> None:
    """Refuses a record to a role that lacks its permission."""
    if role.level(permission) == 0:
        raise Refusal(
            403,
            "INSUFFICIENT_PERMISSION",
            f"Permission Violation: You need a higher level of the '{menu_name(permission)}' permission "
            "to access this page.",
        )


def page_asked(asked: Asked) -> tuple[int, int]:
    """Reads limit and offset from the query.

    Returns:
        Both, with NetSuite's defaults of 1000 and 0.

    Raises:
        Refusal: The limit is not 1 to 1000, the offset no multiple of it. That they are refused is seen,
            with which words is open question 1.
    """
    limit = _number(asked, "limit", MOST_PER_PAGE)
    if not 1 <= limit <= MOST_PER_PAGE:
        raise _bad_parameter(
            "limit", f"Invalid value for query parameter 'limit'. Provide a value from 1 to {MOST_PER_PAGE}."
        )
    offset = _number(asked, "offset", 0)
    if offset < 0 or offset % limit:
        raise _bad_parameter(
            "offset",
            "Invalid value for query parameter 'offset'. Provide a value that is divisible by the value of "
            "the 'limit' parameter.",
        )
    return limit, offset


def too_deep(limit: int, offset: int) -> bool:
    """Says whether a page lies beyond the 100,000 rows or 1000 pages of a query."""
    return offset >= min(MOST_ROWS, _MOST_PAGES * limit)


def refuse_depth() -> Refusal:
    """Gives the refusal of a page too deep; its words are open question 1."""
    return _bad_parameter(
        "offset", f"Invalid value for query parameter 'offset'. The result is limited to {MOST_ROWS} rows."
    )


def _number(asked: Asked, name: str, default: int) -> int:
    text = asked.parameters.get(name)
    if text is None:
        return default
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 15):
        raise _bad_parameter(name, f"Invalid value for query parameter '{name}'. Provide an integer.")
    return int(text)


def _bad_parameter(name: str, detail: str) -> Refusal:
    return Refusal(400, "INVALID_PARAMETER", detail, {"o:errorQueryParam": name})


def _no_permission(status: str) -> Refusal:
    return Refusal(int(status), "USER_ERROR" if status == "400" else "INSUFFICIENT_PERMISSION", NO_PERMISSION)
