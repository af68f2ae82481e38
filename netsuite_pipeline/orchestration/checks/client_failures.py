"""What it means that there is not even a client to look with, as Nango does not give the credentials."""

from collections.abc import Callable
from dataclasses import replace

from netsuite_pipeline.health.findings import Finding, ProbeResult, State
from netsuite_pipeline.netsuite.errors import NangoError, NetSuiteError, Unavailable
from netsuite_pipeline.orchestration.checks.sign_in_gate import SIGN_IN
from netsuite_pipeline.orchestration.resources import NetSuiteResource


def result_without_client(error: NetSuiteError) -> ProbeResult | None:
    """What is found when no client can be had; None where nobody has set the connection up yet.

    That Nango refuses is a sign-in that people must hear of; that it does not answer just now is not known to
    be one.

    Example:
        >>> result_without_client(NangoError("Nango has no connection 'acme'.")).findings[0].state
        <State.FAILED: 'failed'>
    """
    if isinstance(error, NangoError):
        return ProbeResult((Finding(SIGN_IN, State.FAILED, error.message, remedy=error.remedy),))
    if isinstance(error, Unavailable):
        return ProbeResult((Finding(SIGN_IN, State.UNKNOWN, error.message, remedy=error.remedy),))
    return None


def with_variable_names(look: ProbeResult, netsuite: NetSuiteResource) -> ProbeResult:
    """A look whose findings speak of the account's variables by the names that they have."""
    return replace(
        look, findings=tuple(_renamed(finding, netsuite.with_variable_names) for finding in look.findings)
    )


def _renamed(finding: Finding, own: Callable[[str], str]) -> Finding:
    return replace(
        finding,
        seen=own(finding.seen),
        causes=tuple(
            replace(
                cause, summary=own(cause.summary), indication=own(cause.indication), remedy=own(cause.remedy)
            )
            for cause in finding.causes
        ),
        remedy=own(finding.remedy),
    )
