"""Replies about the account and its token: concurrent requests; account, user and role."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from netsuite_pipeline.netsuite.account import Account
from netsuite_pipeline.netsuite.errors import Unavailable
from netsuite_pipeline.netsuite.http.request import json_object

GOVERNANCE_LIMITS_PATH = "/services/rest/system/v1/governanceLimits"
TOKEN_INFO_PATH = "/rest/tokeninfo"  # noqa: S105 - a path


@dataclass(frozen=True)
class GovernanceLimits:
    """The limits on requests in flight, for administrators (NSH:article_0625010817).

    None stands for a missing number.

    Attributes:
        account: The limit of the account; SOAP, REST and RESTlets share it (NSH:section_1504769959).
        integration: The limit of this integration; missing where `kind` is `internal`.
        kind: `integrationSpecific`, `accountLimit` or `internal`; empty where missing.

    Example:
        >>> GovernanceLimits(account=15, integration=10, kind="integrationSpecific").granted
        10
    """

    account: int | None
    integration: int | None
    kind: str

    @property
    def granted(self) -> int | None:
        """The most requests that this integration can have in flight."""
        return self.account if self.integration is None else self.integration


def read_governance_limits(body: bytes) -> GovernanceLimits:
    """Parse a reply of governanceLimits.

    Raises:
        Unavailable: The reply is no JSON object, or empty.

    Example:
        >>> read_governance_limits(b'{"accountConcurrencyLimit":5,"integrationLimitType":"internal"}')
        GovernanceLimits(account=5, integration=None, kind='internal')
    """
    reply = json_object(body)
    if not reply:
        raise Unavailable(
            "The reply contains no limits.", endpoint=f"GET {GOVERNANCE_LIMITS_PATH}", status=200
        )
    kind = reply.get("integrationLimitType")
    return GovernanceLimits(
        account=_count(reply.get("accountConcurrencyLimit")),
        integration=_count(reply.get("integrationConcurrencyLimit")),
        kind=kind if isinstance(kind, str) else "",
    )


def _count(value: Any) -> int | None:
    """Return a number, also one in quotes: NetSuite writes both."""
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


@dataclass(frozen=True)
class TokenInfo:
    """The owner of a token. Empty values are missing ones.

    Attributes:
        company: The account's name, or its id.
        user: The user's name, or the internal id.
        role: The role's name, or its internal id.
    """

    company: str
    user: str
    role: str


def token_info_url(account: Account) -> str:
    """Return the address that answers: the RESTlets' host, not SuiteTalk's (NSH:chapter_157017286140).

    Example:
        >>> token_info_url(Account("1234567_SB1"))
        'https://1234567-sb1.restlets.api.netsuite.com'
    """
    return account.base_url.replace(".suitetalk.", ".restlets.")


def read_token_info(body: bytes) -> TokenInfo:
    """Parse a reply of tokeninfo.

    Its fields are not documented publicly: names are used where they exist, ids where they do not.

    Raises:
        Unavailable: The reply is no JSON object, or empty.

    Example:
        >>> read_token_info(b'{"companyName":"Sample","roleName":"Data pipeline","userId":-5}')
        TokenInfo(company='Sample', user='-5', role='Data pipeline')
    """
    reply = json_object(body)
    if not reply:
        raise Unavailable(
            "The reply contains no token information.", endpoint=f"GET {TOKEN_INFO_PATH}", status=200
        )
    return TokenInfo(
        company=_first(reply, "companyName", "companyId", "company", "account"),
        user=_first(reply, "userName", "entityName", "userId", "entityId", "user", "entity"),
        role=_first(reply, "roleName", "roleId", "role"),
    )


def _first(reply: Mapping[str, Any], *names: str) -> str:
    """Return the first of some fields, in any case; of an object its name, else its id."""
    lower = {name.lower(): value for name, value in reply.items()}
    for name in names:
        value = lower.get(name.lower())
        if isinstance(value, Mapping):
            value = _first(value, "name", "internalId", "id")
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
    return ""
