"""`/services/rest/system/v1/…`: server time, without a permission, and the concurrency limits."""

from datetime import UTC, datetime

from netsuite_pipeline.emulator.account.account import EmulatedAccount
from netsuite_pipeline.emulator.auth.sign_in import Session
from netsuite_pipeline.emulator.http.request import IncomingRequest
from netsuite_pipeline.emulator.http.responses import NO_PERMISSION, Reply, json_reply, not_found
from netsuite_pipeline.emulator.refusal import Refusal
from netsuite_pipeline.emulator.services.service_rules import require_rest


async def server_time(account: EmulatedAccount, request: IncomingRequest, session: Session) -> Reply:
    """Answer with the account's time in UTC (NSH:article_0528010158)."""
    variant = account.variants.server_time
    if variant == "missing":
        return not_found()
    if variant == "needs_rest":
        require_rest(account, session.role)
    now = datetime.fromtimestamp(account.clock.seconds(), UTC)
    return json_reply({"serverTime": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z"})


async def governance_limits(account: EmulatedAccount, request: IncomingRequest, session: Session) -> Reply:
    """Answer with the concurrency limits, for administrators only (NSH:article_0625010817)."""
    require_rest(account, session.role)
    if not session.role.administrator:
        raise Refusal(403, "INSUFFICIENT_PERMISSION", NO_PERMISSION)
    limit = account.governance.limit
    return json_reply(
        {
            "accountConcurrencyLimit": limit,
            "accountUnallocatedConcurrencyLimit": limit,
            "integrationConcurrencyLimit": limit,
            "integrationLimitType": "accountLimit",
        }
    )
