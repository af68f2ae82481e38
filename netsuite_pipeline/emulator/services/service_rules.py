"""Checks that several services share: permissions of the role (facts 2.3) and paging parameters."""

from netsuite_pipeline.emulator.account.account import EmulatedAccount
from netsuite_pipeline.emulator.account.permissions import (
    REST_FEATURE,
    REST_WEB_SERVICES,
    WORKBOOK,
    WORKBOOK_FEATURE,
    menu_name,
)
from netsuite_pipeline.emulator.account.roles import Role
from netsuite_pipeline.emulator.http.envelope import MAX_PER_PAGE
from netsuite_pipeline.emulator.http.request import IncomingRequest
from netsuite_pipeline.emulator.http.responses import NO_PERMISSION
from netsuite_pipeline.emulator.refusal import Refusal

MAX_ROWS = 100_000
"""Maximum number of rows that paging reaches (NSH:section_157909186990)."""

_MAX_PAGES = 1000


def require_rest(account: EmulatedAccount, role: Role) -> None:
    """Refuse a role without REST Web Services, and every role while the feature is off."""
    if REST_FEATURE not in account.features or role.level(REST_WEB_SERVICES) == 0:
        raise _no_permission(account.variants.rest_missing)  # open question 5


def require_workbook(account: EmulatedAccount, role: Role) -> None:
    """Refuse SuiteQL and collections to a role without SuiteAnalytics Workbook."""
    variants = account.variants
    if WORKBOOK_FEATURE not in account.features or role.level(WORKBOOK) == 0:
        raise _no_permission(variants.workbook_missing)


def require_record(role: Role, permission: str) -> None:
    """Refuse a record to a role without the record's permission."""
    if role.level(permission) == 0:
        raise Refusal(
            403,
            "INSUFFICIENT_PERMISSION",
            f"Permission Violation: You need a higher level of the '{menu_name(permission)}' permission "
            "to access this page.",
        )


def page_parameters(request: IncomingRequest) -> tuple[int, int]:
    """Return limit and offset of the query; the defaults are 1000 and 0.

    Raises:
        Refusal: The limit is not 1 to 1000, or the offset is no multiple of it. The refusals were seen; their
            messages are open question 1.
    """
    limit = _number(request, "limit", MAX_PER_PAGE)
    if not 1 <= limit <= MAX_PER_PAGE:
        raise _bad_parameter(
            "limit", f"Invalid value for query parameter 'limit'. Provide a value from 1 to {MAX_PER_PAGE}."
        )
    offset = _number(request, "offset", 0)
    if offset < 0 or offset % limit:
        raise _bad_parameter(
            "offset",
            "Invalid value for query parameter 'offset'. Provide a value that is divisible by the value of "
            "the 'limit' parameter.",
        )
    return limit, offset


def is_beyond_limit(limit: int, offset: int) -> bool:
    """Return whether a page lies beyond the 100,000 rows or 1000 pages of a query."""
    return offset >= min(MAX_ROWS, _MAX_PAGES * limit)


def beyond_limit() -> Refusal:
    """Return the refusal of a page beyond the limit; its message is open question 1."""
    return _bad_parameter(
        "offset", f"Invalid value for query parameter 'offset'. The result is limited to {MAX_ROWS} rows."
    )


def _number(request: IncomingRequest, name: str, default: int) -> int:
    text = request.parameters.get(name)
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
