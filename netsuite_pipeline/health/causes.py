"""Why the connection may be broken: from what is known, the possible causes, the likeliest first.

NetSuite answers every refused sign-in alike; only its Login Audit Trail tells them apart. What can be known
from outside (the clock, whether SOAP lets the token in, whether it ever worked) decides the order.
"""

import re
from collections.abc import Iterable

from netsuite_pipeline.health.evidence import Answer, Evidence, Outcome
from netsuite_pipeline.health.findings import Cause
from netsuite_pipeline.health.setup_guide import (
    ACCESS_TOKENS,
    AUDIT_DETAILS,
    COMPANY_INFORMATION,
    INTEGRATION_GOVERNANCE,
    NO_ROW,
    cause_of_detail,
    feature_path,
    permission_path,
)
from netsuite_pipeline.netsuite.errors import Unavailable

_WORKBOOK = "Reports > SuiteAnalytics Workbook"
_REST = "Setup > REST Web Services"
_LOG_IN = "Setup > Log in using Access Tokens"
_DELETED_RECORDS = "Setup > Deleted Records"
_SOAP = "Setup > SOAP Web Services"

CLOCK = AUDIT_DETAILS["InvalidTimestamp"]

_REFRESHED = Cause(
    "The sandbox was refreshed, which removes all its tokens.",
    "A refresh copies production anew; whoever ordered it knows the day.",
    f"In the sandbox, {ACCESS_TOKENS} > New Access Token: choose application, user and role, then put its "
    "values into NETSUITE_TOKEN_ID and NETSUITE_TOKEN_SECRET.",
)
_CHANGED_ON_THE_WAY = Cause(
    "Something in between changes the request, so that its signature is wrong.",
    "By SOAP, whose signature does not cover the address, the same token is let in: token, integration, user "
    "and role are good.",
    "Let NETSUITE_BASE_URL and this machine's proxy pass address and headers on unchanged, or unset them.",
)
_WRONG_ADDRESS = Cause(
    "NETSUITE_BASE_URL does not lead straight to the account's own host.",
    "The signature covers the address that is asked.",
    "Unset NETSUITE_BASE_URL, or let it name an address that passes requests on unchanged.",
)
_TOO_MANY = Cause(
    "The account had too many requests at once: some accounts answer that like a refused sign-in.",
    "It passes by itself when less is going on.",
    f"{INTEGRATION_GOVERNANCE}: look who uses the requests.",
)

# While it worked nobody touched what was pasted here, so what somebody can change in NetSuite comes first.
_CHANGED_IN_NETSUITE = ("token_rejected", "permission_denied", "consumer_key_refused", "FeatureDisabled")
_NEVER_RIGHT = ("InvalidSignature", "token_rejected", "consumer_key_unknown")


def sign_in_causes(evidence: Evidence) -> tuple[Cause, ...]:
    """Why a sign-in is refused although the clock is right.

    Example:
        >>> from datetime import datetime
        >>> worked = Evidence("1234567", "h", last_good=datetime(2026, 11, 22))
        >>> sign_in_causes(worked)[0].what
        "The access token is revoked, inactive, mistyped or another integration's."
        >>> sign_in_causes(Evidence("1234567", "h"))[0].what
        'A secret does not belong to its key.'
    """
    told = [cause for detail in evidence.audit if (cause := cause_of_detail(detail))]
    return _once([*told, *_guessed(evidence)])


def _guessed(evidence: Evidence) -> list[Cause]:
    if evidence.soap.outcome is Outcome.ANSWERED:
        return [_CHANGED_ON_THE_WAY, _TOO_MANY]
    elsewhere = [] if evidence.own_host else [_WRONG_ADDRESS]
    changed = [AUDIT_DETAILS[detail] for detail in _CHANGED_IN_NETSUITE]
    refreshed = [_REFRESHED] if evidence.is_copy else []
    locked = AUDIT_DETAILS["temporary_locked"]
    if evidence.last_good is not None:
        revoked, *others = changed
        return [
            revoked,
            *refreshed,
            *others,
            AUDIT_DETAILS["InvalidSignature"],
            locked,
            *elsewhere,
            _TOO_MANY,
        ]
    pasted = [AUDIT_DETAILS[detail] for detail in _NEVER_RIGHT]
    return [*pasted, NO_ROW, *refreshed, *changed, *elsewhere, locked]


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
    if evidence.server_time.outcome is not Outcome.DENIED:
        return (permission, feature)
    # open question 5: a role that may not log in with tokens is answered 401, or so.
    log_in = Cause(
        "The role lacks Setup > Log in using Access Tokens.",
        "Even NetSuite's clock, which needs no permission, is refused.",
        permission_path(_LOG_IN, role),
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
        >>> host_causes(Evidence("1234567", "h"), down)[0].what
        'NetSuite is down or under maintenance.'
    """
    error = failing.error
    if error is None or not isinstance(error, Unavailable):
        return () if error is None else (Cause(error.message, "", error.remedy),)
    listens = [] if evidence.own_host else [_nothing_listens(evidence)]
    elsewhere = [] if evidence.own_host else [_WRONG_ADDRESS]
    mistyped = [_ACCOUNT_MISTYPED] if evidence.own_host else []
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


def _once(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    return tuple(dict.fromkeys(causes))
