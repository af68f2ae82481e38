"""Why a sign-in is refused, by each kind of credentials: the possible causes, the likeliest first.

NetSuite answers every refused sign-in alike; only its Login Audit Trail tells them apart. What can be known
from outside (the clock, whether SOAP lets the token in, whether it ever worked) decides the order.
"""

from collections.abc import Iterable
from dataclasses import replace

from netsuite_pipeline.health.diagnosis.certificate import ANOTHER_KEYS
from netsuite_pipeline.health.diagnosis.evidence import Evidence, Outcome
from netsuite_pipeline.health.findings import Cause
from netsuite_pipeline.health.setup_guide import (
    ACCESS_TOKENS,
    AUDIT_DETAILS,
    INTEGRATION_GOVERNANCE,
    NO_AUDIT_ROW,
    cause_for_detail,
)
from netsuite_pipeline.health.setup_guide import login_audit_oauth2 as oauth2

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
WRONG_ADDRESS = Cause(
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

# What OAuth's codes point at (RFC 6749, 5.2). open question: which cause gets which is not told for client
# credentials, so a code moves causes to the front and rules none out.
_BY_CODE = {
    "invalid_client": (
        oauth2.BLOCKED,
        oauth2.ANOTHER_CLIENT,
        oauth2.NO_GRANT,
        oauth2.UNKNOWN_CERTIFICATE,
    ),
    "invalid_scope": (oauth2.NO_SCOPE,),
    "unauthorized_client": (oauth2.NO_GRANT,),
    "unsupported_grant_type": (oauth2.NO_GRANT,),
}


def sign_in_causes(evidence: Evidence) -> tuple[Cause, ...]:
    """Why a sign-in is refused although the clock is right.

    Example:
        >>> from datetime import datetime
        >>> worked = Evidence("1234567", "h", last_good=datetime(2026, 11, 22))
        >>> sign_in_causes(worked)[0].summary
        "The access token is revoked, inactive, mistyped or another integration's."
        >>> sign_in_causes(Evidence("1234567", "h"))[0].summary
        'A secret does not belong to its key.'
        >>> sign_in_causes(Evidence("1234567", "h", kind="oauth2", uses_tba=False))[0].summary
        'NETSUITE_PRIVATE_KEY is not the key of the certificate that NETSUITE_CERTIFICATE_ID names.'
    """
    meaning = cause_for_detail if evidence.uses_tba else oauth2.cause_for_oauth2_detail
    told = [cause for detail in evidence.audit if (cause := meaning(detail))]
    guessed = _of_tokens(evidence) if evidence.uses_tba else _of_certificates(evidence)
    causes = [*told, *guessed]
    return _once(map(_in_nango, causes) if evidence.kind == "nango" else causes)


def _of_tokens(evidence: Evidence) -> list[Cause]:
    if evidence.soap.outcome is Outcome.ANSWERED:
        return [_CHANGED_ON_THE_WAY, _TOO_MANY]
    elsewhere = [] if evidence.is_own_host else [WRONG_ADDRESS]
    changed = [AUDIT_DETAILS[detail] for detail in _CHANGED_IN_NETSUITE]
    refreshed = [_REFRESHED] if evidence.is_sandbox else []
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
    return [*pasted, NO_AUDIT_ROW, *refreshed, *changed, *elsewhere, locked]


def _of_certificates(evidence: Evidence) -> list[Cause]:
    """What is known of the certificate itself decides; then OAuth's code; then whether it ever worked."""
    certificate, now = evidence.certificate, evidence.at
    sure = []
    if now is not None and certificate.has_expired(now):
        sure.append(oauth2.ENDED)
    if not certificate.matches_key:
        sure.append(ANOTHER_KEYS)
    code = evidence.refusal.error.code if evidence.refusal and evidence.refusal.error else ""
    elsewhere = [] if evidence.is_own_host else [oauth2.ANOTHER_ADDRESS]
    refreshed = [oauth2.CLEARED] if evidence.is_sandbox else []
    changed = [oauth2.INACTIVE, oauth2.BLOCKED, oauth2.NO_LOG_IN, oauth2.FEATURE_OFF]
    pasted = [oauth2.UNKNOWN_CERTIFICATE, oauth2.ANOTHER_KEY, oauth2.ANOTHER_CLIENT]
    if certificate.validity is None or not certificate.matches_key:
        pasted = [oauth2.ANOTHER_KEY, oauth2.UNKNOWN_CERTIFICATE, oauth2.ANOTHER_CLIENT]
    settings = [oauth2.NO_GRANT, oauth2.NO_SCOPE]
    ended = [] if now is not None and certificate.is_valid(now) else [oauth2.ENDED]
    locked = AUDIT_DETAILS["temporary_locked"]
    if evidence.last_good is not None:
        ranked = [oauth2.REVOKED, *ended, *refreshed, *changed, *settings, *pasted, locked]
    else:
        ranked = [*pasted, *settings, oauth2.NO_LOG_IN, oauth2.REVOKED, *ended, *refreshed, *changed, locked]
    return [*sure, *_BY_CODE.get(code, ()), *ranked, *elsewhere, _TOO_MANY]


# What to put where, when Nango keeps it; the longest first.
_WHERE_NANGO_KEEPS_IT = (
    ("NETSUITE_TOKEN_ID and NETSUITE_TOKEN_SECRET", "the connection in Nango"),
    ("NETSUITE_CONSUMER_KEY and NETSUITE_CONSUMER_SECRET", "the integration in Nango"),
    ("NETSUITE_CONSUMER_SECRET and NETSUITE_TOKEN_SECRET", "both secrets in Nango"),
    ("NETSUITE_CERTIFICATE_ID and NETSUITE_PRIVATE_KEY", "the connection in Nango"),
    ("NETSUITE_CERTIFICATE_ID", "the certificate id in Nango"),
    ("NETSUITE_PRIVATE_KEY", "the private key in Nango"),
    ("NETSUITE_CLIENT_ID", "the client id in Nango"),
    ("NETSUITE_ACCOUNT_ID", "the account id in Nango"),
)


def _in_nango(cause: Cause) -> Cause:
    """The same cause, for values that are kept in Nango and not in our own variables."""
    texts = [cause.summary, cause.indication, cause.remedy]
    for variable, place in _WHERE_NANGO_KEEPS_IT:
        texts = [text.replace(variable, place) for text in texts]
    what, tell, remedy = texts
    what = what[:1].upper() + what[1:]
    if remedy == cause.remedy:
        return replace(cause, summary=what, indication=tell)
    return Cause(what, tell, f"{remedy} What is new in Nango is read at the next sync.")


def _once(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    return tuple(dict.fromkeys(causes))
