"""What it means that there is not even a client to look with, as Nango does not give the credentials."""

from netsuite_pipeline.health.findings import Finding, Look, State
from netsuite_pipeline.netsuite.errors import NangoError, NetSuiteError, Unavailable
from netsuite_pipeline.orchestration.checks.sign_in_gate import SIGN_IN


def look_without_client(error: NetSuiteError) -> Look | None:
    """What is found when no client can be had; None where nobody has set the connection up yet.

    That Nango refuses is a sign-in that people must hear of; that it does not answer just now is not known to
    be one.

    Example:
        >>> look_without_client(NangoError("Nango has no connection 'acme'.")).findings[0].state
        <State.FAILED: 'failed'>
    """
    if isinstance(error, NangoError):
        return Look((Finding(SIGN_IN, State.FAILED, error.message, remedy=error.remedy),))
    if isinstance(error, Unavailable):
        return Look((Finding(SIGN_IN, State.UNKNOWN, error.message, remedy=error.remedy),))
    return None
