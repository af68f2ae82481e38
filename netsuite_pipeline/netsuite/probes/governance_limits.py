"""How many requests at once the account allows, as NetSuite tells administrators (NSH:article_0625010817)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from netsuite_pipeline.netsuite.errors import Unavailable

GOVERNANCE_LIMITS_PATH = "/services/rest/system/v1/governanceLimits"


@dataclass(frozen=True)
class GovernanceLimits:
    """The limits on requests in flight. None stands for what was not told.

    Attributes:
        account: Of the whole account; SOAP, REST and RESTlets share it (NSH:section_1504769959).
        unallocated: What is left of it for integrations without a limit of their own.
        integration: Of the integration that asks; not told where `kind` is `internal`.
        kind: `integrationSpecific`, `accountLimit` or `internal`; empty where not told.

    Example:
        >>> GovernanceLimits(account=15, unallocated=5, integration=10, kind="integrationSpecific").granted
        10
    """

    account: int | None
    unallocated: int | None
    integration: int | None
    kind: str

    @property
    def granted(self) -> int | None:
        """The most that the integration can have in flight."""
        return self.account if self.integration is None else self.integration


def read_governance_limits(body: bytes) -> GovernanceLimits:
    """Reads a reply of governanceLimits.

    Raises:
        Unavailable: It is no JSON object.

    Example:
        >>> read_governance_limits(b'{"accountConcurrencyLimit":5,"integrationLimitType":"internal"}')
        GovernanceLimits(account=5, unallocated=None, integration=None, kind='internal')
    """
    try:
        reply = json.loads(body)
    except ValueError:
        reply = None
    if not isinstance(reply, Mapping):
        raise Unavailable("The reply tells no limits.", endpoint=f"GET {GOVERNANCE_LIMITS_PATH}", status=200)
    kind = reply.get("integrationLimitType")
    return GovernanceLimits(
        account=_count(reply.get("accountConcurrencyLimit")),
        unallocated=_count(reply.get("accountUnallocatedConcurrencyLimit")),
        integration=_count(reply.get("integrationConcurrencyLimit")),
        kind=kind if isinstance(kind, str) else "",
    )


def _count(value: Any) -> int | None:
    """A number, also one in quotes: NetSuite is not of one mind about them."""
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
