"""The concurrent requests that the account allows, for administrators (NSH:article_0625010817)."""

from dataclasses import dataclass
from typing import Any

from netsuite_pipeline.netsuite.errors import Unavailable
from netsuite_pipeline.netsuite.http.request import json_object

GOVERNANCE_LIMITS_PATH = "/services/rest/system/v1/governanceLimits"


@dataclass(frozen=True)
class GovernanceLimits:
    """The limits on requests in flight. None stands for a missing number.

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
