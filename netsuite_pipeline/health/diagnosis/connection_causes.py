"""Why the connection may be broken: from what is known, the possible causes, the likeliest first.

Those of a refused sign-in are in `sign_in_causes.py`.
"""

import re

from netsuite_pipeline.health.diagnosis.evidence import Answer, Evidence, Outcome
from netsuite_pipeline.health.diagnosis.sign_in_causes import WRONG_ADDRESS
from netsuite_pipeline.health.findings import Cause
from netsuite_pipeline.health.setup_guide import (
    AUDIT_DETAILS,
    COMPANY_INFORMATION,
    INTEGRATION_GOVERNANCE,
    feature_path,
    permission_path,
)
from netsuite_pipeline.netsuite.errors import LANGUAGE_HEADERS, NetSuiteError, QueryError, Unavailable
from netsuite_pipeline.netsuite.http.refusal_patterns import UNKNOWN_REMEDY

_WORKBOOK = "Reports > SuiteAnalytics Workbook"
_REST = "Setup > REST Web Services"
_LOG_IN = "Setup > Log in using Access Tokens"
_LOG_IN_BY_OAUTH2 = "Setup > Log in using OAuth 2.0 Access Tokens"
_DELETED_RECORDS = "Setup > Deleted Records"
_SOAP = "Setup > SOAP Web Services"

CLOCK = AUDIT_DETAILS["InvalidTimestamp"]


def rest_causes(evidence: Evidence) -> tuple[Cause, ...]:
    """Why a token that NetSuite knows may not use REST web services."""
    role = evidence.who.role
    permission = Cause(
        "The role lacks Setup > REST Web Services.",
        ""
        if evidence.server_time.outcome is Outcome.DENIED
        else "The sign-in works, and every request is refused.",
        permission_path(_REST, role),
    )
    feature = Cause(
        "The feature REST Web Services is switched off.",
        "Then every integration by REST is refused, not this role alone.",
        feature_path("REST Web Services"),
    )
    if evidence.server_time.outcome is not Outcome.DENIED or evidence.soap.outcome is Outcome.ANSWERED:
        return (permission, feature)  # the role may sign in: by REST's clock, or with the same token by SOAP
    # open question 5: a role that may not log in with tokens is answered 401, or so.
    needed = _LOG_IN if evidence.uses_tba else _LOG_IN_BY_OAUTH2
    log_in = Cause(
        f"The role lacks {needed}.",
        "Even NetSuite's clock, which needs no permission, is refused.",
        permission_path(needed, role),
    )
    return (log_in, permission, feature)


def suiteql_causes(evidence: Evidence) -> tuple[Cause, ...]:
    """Why a role that may use REST may not use SuiteQL."""
    return (
        Cause(
            "The role lacks Reports > SuiteAnalytics Workbook.",
            "REST answers, and SuiteQL as a whole is refused.",
            permission_path(_WORKBOOK, evidence.who.role),
        ),
        Cause(
            "The feature SuiteAnalytics Workbook is switched off.",
            "Then no role can use it, administrators neither.",
            feature_path("SuiteAnalytics Workbook"),
        ),
    )


def unclear_cause(error: NetSuiteError | None) -> Cause:
    """Return what can be said of a refusal whose meaning is not known: no guess, and where to look.

    Example:
        >>> unclear_cause(QueryError("no", header="Accept-Language")).summary
        "The token's user has another language than the company."
    """
    if isinstance(error, QueryError) and error.header.lower() in LANGUAGE_HEADERS:
        return Cause("The token's user has another language than the company.", "", error.remedy)
    return Cause("The reason is not known: NetSuite's own words are all there is.", "", UNKNOWN_REMEDY)


def deleted_records_causes(evidence: Evidence) -> tuple[Cause, ...]:
    """Why deletions are not told."""
    return (
        Cause(
            "The role lacks Setup > Deleted Records.",
            "All else of SuiteQL is answered.",
            permission_path(_DELETED_RECORDS, evidence.who.role),
        ),
    )


def soap_causes(evidence: Evidence) -> tuple[Cause, ...]:
    """Why SOAP is not permitted; nothing of the pipeline needs it."""
    return (
        Cause("The role lacks Setup > SOAP Web Services.", "", permission_path(_SOAP, evidence.who.role)),
        Cause("The feature SOAP Web Services is switched off.", "", feature_path("SOAP Web Services")),
    )


def concurrency_causes(evidence: Evidence) -> tuple[Cause, ...]:
    """Why the account has no request left for us."""
    ours = evidence.limits.ours
    return (
        Cause(
            "Other integrations use all the requests at once that the account allows.",
            "REST, SOAP and RESTlets of all integrations share one limit.",
            f"{INTEGRATION_GOVERNANCE}: see who uses them, and give this integration a limit of its own; "
            "SuiteCloud Plus adds more.",
        ),
        Cause(
            "A sync of this pipeline is running and uses them all.",
            "Then it goes by with the sync.",
            f"Set NETSUITE_CONCURRENCY (now {ours}) lower than what the account allows.",
        ),
    )


def too_high_causes(evidence: Evidence) -> tuple[Cause, ...]:
    """Why more requests at once are configured than are granted."""
    limits = evidence.limits
    return (
        Cause(
            f"NETSUITE_CONCURRENCY is {limits.ours}, and the account grants {limits.granted}.",
            "Requests beyond it are refused at once and come again, which costs time.",
            f"Set NETSUITE_CONCURRENCY to {limits.granted}, or less where others need some.",
        ),
    )


_UNKNOWN_NAME = re.compile(
    r"name or service not known|nodename nor servname|getaddrinfo failed|no address", re.I
)
_NO_RESOLVER = re.compile(r"temporary failure in name resolution|failed to resolve", re.I)

_ACCOUNT_MISTYPED = Cause(
    "The account id is mistyped, or the account was renamed: no host has its name.",
    "Other hosts are found from this machine.",
    f"Compare NETSUITE_ACCOUNT_ID with {COMPANY_INFORMATION} > Account ID and the address in the browser.",
)
_NO_NAMES_HERE = Cause(
    "This machine cannot look up host names at the moment.",
    "Other hosts are not found either.",
    "Look at the network and the DNS servers of this machine.",
)
_NO_WAY = Cause(
    "The network of this machine does not let it out.",
    "Other machines reach the account.",
    "Look at network, firewall and proxy (HTTPS_PROXY) of this machine.",
)
_NETSUITE_DOWN = Cause(
    "NetSuite is down or under maintenance.",
    "status.netsuite.com says so.",
    "Wait: look at status.netsuite.com. Nothing is lost, the next sync goes on where the last one was.",
)


def host_causes(evidence: Evidence, failing: Answer) -> tuple[Cause, ...]:
    """Why no usable answer comes.

    Args:
        failing: The question that got none.

    Example:
        >>> down = Answer.of(Unavailable("NetSuite does not answer properly (503).", status=503))
        >>> host_causes(Evidence("1234567", "h"), down)[0].summary
        'NetSuite is down or under maintenance.'
    """
    error = failing.error
    if error is None or not isinstance(error, Unavailable):
        return () if error is None else (Cause(error.message, "", error.remedy),)
    listens = [] if evidence.is_own_host else [_nothing_listens(evidence)]
    elsewhere = [] if evidence.is_own_host else [WRONG_ADDRESS]
    mistyped = [_ACCOUNT_MISTYPED] if evidence.is_own_host else []
    if _UNKNOWN_NAME.search(error.message):
        return (*listens, *mistyped, _NO_NAMES_HERE)
    if _NO_RESOLVER.search(error.message):
        return (_NO_NAMES_HERE, *listens, *mistyped)
    if error.status is None and not error.timed_out:
        return (*listens, _NO_WAY, _NETSUITE_DOWN)
    if error.status is None:
        return (_NETSUITE_DOWN, *elsewhere, _NO_WAY)
    if error.status < 500:  # a redirect, a firewall's page, a page for people: the error knows which
        return (Cause(error.message, "", error.remedy), *elsewhere)
    return (_NETSUITE_DOWN, *elsewhere)


def _nothing_listens(evidence: Evidence) -> Cause:
    return Cause(
        f"Nothing answers at {evidence.host}, which NETSUITE_BASE_URL names.",
        "The account's own host is not asked.",
        "Start what listens there, correct NETSUITE_BASE_URL, or unset it to ask the account's own host.",
    )
