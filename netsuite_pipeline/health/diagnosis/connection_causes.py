"""Possible causes of a broken connection, the likeliest first.

The causes of a refused sign-in are in `sign_in_causes.py`.
"""

import re
from dataclasses import replace

from netsuite_pipeline.health.diagnosis.causes import get_cause, get_causes
from netsuite_pipeline.health.diagnosis.evidence import Answer, Evidence, Outcome
from netsuite_pipeline.health.findings import Cause
from netsuite_pipeline.netsuite.errors import LANGUAGE_HEADERS, NetSuiteError, QueryError, Unavailable
from netsuite_pipeline.netsuite.http.error_parser import UNKNOWN_REMEDY


def rest_causes(evidence: Evidence) -> tuple[Cause, ...]:
    """Return why a token that NetSuite accepts may not use REST web services."""
    permission, feature = get_causes("lacks_rest", "rest_off", role=evidence.holder.role)
    if evidence.server_time.outcome is not Outcome.DENIED:
        return permission, feature  # REST's clock shows that the role may sign in
    permission = replace(permission, indication="")
    if evidence.soap.outcome is Outcome.ANSWERED:
        return permission, feature  # SOAP shows that the role may sign in
    # open question 5: NetSuite may refuse a role without the log-in permission with 401, or as here.
    log_in = "lacks_log_in" if evidence.uses_tba else "lacks_oauth2_log_in"
    return get_cause(log_in, role=evidence.holder.role), permission, feature


def unclear_cause(error: NetSuiteError | None) -> Cause:
    """Return what is known of a refusal without a known meaning: where to look, and no guess.

    Example:
        >>> unclear_cause(QueryError("no", header="Accept-Language")).summary
        "The token's user has another language than the company."
    """
    if isinstance(error, QueryError) and error.header.lower() in LANGUAGE_HEADERS:
        return get_cause("other_language", remedy=error.remedy)
    return get_cause("not_known", remedy=UNKNOWN_REMEDY)


_UNKNOWN_NAME = re.compile(
    r"name or service not known|nodename nor servname|getaddrinfo failed|no address", re.I
)
_NO_RESOLVER = re.compile(r"temporary failure in name resolution|failed to resolve", re.I)


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
    no_server = [] if own else ["no_server_there"]
    elsewhere = [] if own else ["base_url_elsewhere"]
    mistyped = ["account_mistyped"] if own else []
    if _UNKNOWN_NAME.search(error.message):
        names = [*no_server, *mistyped, "no_dns"]
    elif _NO_RESOLVER.search(error.message):
        names = ["no_dns", *no_server, *mistyped]
    elif error.status is None and not error.timed_out:
        names = [*no_server, "no_route", "netsuite_down"]
    elif error.status is None:
        names = ["netsuite_down", *elsewhere, "no_route"]
    elif error.status < 500:  # a redirect or a firewall's page: the error names which
        return (Cause(error.message, "", error.remedy), *get_causes(*elsewhere))
    else:
        names = ["netsuite_down", *elsewhere]
    return get_causes(*names, host=evidence.host)
