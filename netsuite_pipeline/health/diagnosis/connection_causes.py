"""Possible causes of a broken connection, the likeliest first.

The causes of a refused sign-in are in `sign_in_causes.py`.
"""

import re

from netsuite_pipeline.health.diagnosis.evidence import Answer, Evidence, Outcome
from netsuite_pipeline.health.diagnosis.sign_in_causes import WRONG_ADDRESS
from netsuite_pipeline.health.findings import Cause
from netsuite_pipeline.health.setup_guide.guide import feature_path, permission_path
from netsuite_pipeline.health.setup_guide.login_audit import AUDIT_DETAILS
from netsuite_pipeline.netsuite.errors import LANGUAGE_HEADERS, NetSuiteError, QueryError, Unavailable
from netsuite_pipeline.netsuite.http.refusal_patterns import UNKNOWN_REMEDY
from netsuite_pipeline.netsuite.menus import COMPANY_INFORMATION, INTEGRATION_GOVERNANCE

_WORKBOOK = "Reports > SuiteAnalytics Workbook"
_REST = "Setup > REST Web Services"
_LOG_IN = "Setup > Log in using Access Tokens"
_LOG_IN_BY_OAUTH2 = "Setup > Log in using OAuth 2.0 Access Tokens"
_DELETED_RECORDS = "Setup > Deleted Records"
_SOAP = "Setup > SOAP Web Services"

CLOCK = AUDIT_DETAILS["InvalidTimestamp"]


def rest_causes(evidence: Evidence) -> tuple[Cause, ...]:
    """Return why a token that NetSuite accepts may not use REST web services."""
    role = evidence.holder.role
    permission = Cause(
        "The role lacks Setup > REST Web Services.",
        ""
        if evidence.server_time.outcome is Outcome.DENIED
        else "The sign-in works, but NetSuite refuses every request.",
        permission_path(_REST, role),
    )
    feature = Cause(
        "The feature REST Web Services is switched off.",
        "NetSuite then refuses REST for every integration, not only for this role.",
        feature_path("REST Web Services"),
    )
    if evidence.server_time.outcome is not Outcome.DENIED or evidence.soap.outcome is Outcome.ANSWERED:
        return (permission, feature)  # REST's clock or SOAP shows that the role may sign in
    # open question 5: NetSuite may refuse a role without the log-in permission with 401, or as here.
    needed = _LOG_IN if evidence.uses_tba else _LOG_IN_BY_OAUTH2
    log_in = Cause(
        f"The role lacks {needed}.",
        "NetSuite refuses even the request for its clock, which needs no permission.",
        permission_path(needed, role),
    )
    return (log_in, permission, feature)


def suiteql_causes(evidence: Evidence) -> tuple[Cause, ...]:
    """Return why a role that may use REST may not use SuiteQL."""
    return (
        Cause(
            "The role lacks Reports > SuiteAnalytics Workbook.",
            "REST works, but NetSuite refuses SuiteQL as a whole.",
            permission_path(_WORKBOOK, evidence.holder.role),
        ),
        Cause(
            "The feature SuiteAnalytics Workbook is switched off.",
            "Then no role can use SuiteQL, not even an administrator.",
            feature_path("SuiteAnalytics Workbook"),
        ),
    )


def unclear_cause(error: NetSuiteError | None) -> Cause:
    """Return what is known of a refusal without a known meaning: where to look, and no guess.

    Example:
        >>> unclear_cause(QueryError("no", header="Accept-Language")).summary
        "The token's user has another language than the company."
    """
    if isinstance(error, QueryError) and error.header.lower() in LANGUAGE_HEADERS:
        return Cause("The token's user has another language than the company.", "", error.remedy)
    return Cause("The cause is not known. NetSuite gives no more than these words.", "", UNKNOWN_REMEDY)


def deleted_records_causes(evidence: Evidence) -> tuple[Cause, ...]:
    """Return why the role does not see deleted records."""
    return (
        Cause(
            "The role lacks Setup > Deleted Records.",
            "SuiteQL answers all other queries.",
            permission_path(_DELETED_RECORDS, evidence.holder.role),
        ),
    )


def soap_causes(evidence: Evidence) -> tuple[Cause, ...]:
    """Return why the role may not use SOAP, which the pipeline does not need."""
    return (
        Cause("The role lacks Setup > SOAP Web Services.", "", permission_path(_SOAP, evidence.holder.role)),
        Cause("The feature SOAP Web Services is switched off.", "", feature_path("SOAP Web Services")),
    )


def concurrency_causes(evidence: Evidence) -> tuple[Cause, ...]:
    """Return why the account has no free request."""
    return (
        Cause(
            "Other integrations use all the concurrent requests of the account.",
            "REST, SOAP and RESTlets of all integrations share one limit.",
            f"{INTEGRATION_GOVERNANCE}: see which integration uses them, and give this one its own limit. "
            "A SuiteCloud Plus licence raises the account's limit.",
        ),
        Cause(
            "A sync of this pipeline is running and uses all of them.",
            "Then the problem ends with the sync.",
            f"Set NETSUITE_CONCURRENCY (now {evidence.limits.configured}) below the account's limit.",
        ),
    )


def too_high_causes(evidence: Evidence) -> tuple[Cause, ...]:
    """Return why more concurrent requests are configured than the account allows."""
    limits = evidence.limits
    return (
        Cause(
            f"NETSUITE_CONCURRENCY is {limits.configured}, but the account allows {limits.granted}.",
            "NetSuite refuses requests above its limit. The pipeline repeats them, which costs time.",
            f"Set NETSUITE_CONCURRENCY to {limits.granted}, or to less if other integrations need some.",
        ),
    )


_UNKNOWN_NAME = re.compile(
    r"name or service not known|nodename nor servname|getaddrinfo failed|no address", re.I
)
_NO_RESOLVER = re.compile(r"temporary failure in name resolution|failed to resolve", re.I)

_ACCOUNT_MISTYPED = Cause(
    "The account id is mistyped, or the account was renamed: no host has this name.",
    "This machine finds other hosts.",
    f"Compare NETSUITE_ACCOUNT_ID with {COMPANY_INFORMATION} > Account ID and the address in the browser.",
)
_NO_DNS = Cause(
    "This machine cannot resolve host names at the moment.",
    "It does not find other hosts either.",
    "Check the network and the DNS servers of this machine.",
)
_NO_ROUTE = Cause(
    "The network of this machine blocks the connection.",
    "Other machines reach the account.",
    "Check network, firewall and proxy (HTTPS_PROXY) of this machine.",
)
_NETSUITE_DOWN = Cause(
    "NetSuite is down or under maintenance.",
    "status.netsuite.com says so.",
    "Wait, and watch status.netsuite.com. Nothing is lost: the next sync continues where the last one ended.",
)


def host_causes(evidence: Evidence, failing: Answer) -> tuple[Cause, ...]:
    """Return why no usable reply arrives.

    Args:
        evidence: All that was gathered.
        failing: The answer without a usable reply.

    Example:
        >>> down = Answer.of(Unavailable("NetSuite does not answer properly (503).", status=503))
        >>> host_causes(Evidence("1234567", "h"), down)[0].summary
        'NetSuite is down or under maintenance.'
    """
    error = failing.error
    if error is None or not isinstance(error, Unavailable):
        return () if error is None else (Cause(error.message, "", error.remedy),)
    own = evidence.is_own_host
    no_server = [] if own else [_no_server_there(evidence)]
    elsewhere = [] if own else [WRONG_ADDRESS]
    mistyped = [_ACCOUNT_MISTYPED] if own else []
    if _UNKNOWN_NAME.search(error.message):
        return (*no_server, *mistyped, _NO_DNS)
    if _NO_RESOLVER.search(error.message):
        return (_NO_DNS, *no_server, *mistyped)
    if error.status is None and not error.timed_out:
        return (*no_server, _NO_ROUTE, _NETSUITE_DOWN)
    if error.status is None:
        return (_NETSUITE_DOWN, *elsewhere, _NO_ROUTE)
    if error.status < 500:  # a redirect or a firewall's page: the error names which
        return (Cause(error.message, "", error.remedy), *elsewhere)
    return (_NETSUITE_DOWN, *elsewhere)


def _no_server_there(evidence: Evidence) -> Cause:
    return Cause(
        f"Nothing answers at {evidence.host}, the host of NETSUITE_BASE_URL.",
        "With NETSUITE_BASE_URL set, no request goes to the account's own host.",
        "Start the server there, correct NETSUITE_BASE_URL, or unset it to use the account's own host.",
    )
