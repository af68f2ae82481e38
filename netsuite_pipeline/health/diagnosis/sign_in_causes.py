"""Possible causes of a refused sign-in, by kind of credentials, the likeliest first.

NetSuite gives every refused sign-in the same answer; only its Login Audit Trail names the cause. The order
follows from the clock, from SOAP's answer to the same token, and from whether the sign-in ever worked.
"""

from dataclasses import replace

from netsuite_pipeline.health.diagnosis.certificate import WRONG_CERTIFICATE
from netsuite_pipeline.health.diagnosis.evidence import Evidence, Outcome
from netsuite_pipeline.health.findings import Cause
from netsuite_pipeline.health.setup_guide import login_audit_oauth2 as oauth2
from netsuite_pipeline.health.setup_guide.login_audit import AUDIT_DETAILS, NO_AUDIT_ROW, cause_for_detail
from netsuite_pipeline.netsuite.menus import ACCESS_TOKENS, INTEGRATION_GOVERNANCE, LOGIN_AUDIT_TRAIL

REFRESHED = Cause(
    "The sandbox was refreshed, which removes all its tokens.",
    "A refresh copies production again. The person who ordered it knows the day.",
    f"In the sandbox, {ACCESS_TOKENS} > New Access Token: choose application, user and role. Set "
    "NETSUITE_TOKEN_ID and NETSUITE_TOKEN_SECRET to the new values.",
)
_CHANGED_IN_TRANSIT = Cause(
    "A proxy changes the request, so that its signature is wrong.",
    "SOAP accepts the same token, and its signature does not cover the address. So token, integration, user "
    "and role are right.",
    "Let NETSUITE_BASE_URL and this machine's proxy pass address and headers unchanged, or unset them.",
)
WRONG_ADDRESS = Cause(
    "NETSUITE_BASE_URL does not lead directly to the account's own host.",
    "The signature covers the address of the request.",
    "Unset NETSUITE_BASE_URL, or set it to an address that passes requests unchanged.",
)
_TOO_MANY = Cause(
    "The account had too many concurrent requests. Some accounts answer that like a refused sign-in.",
    "The problem ends by itself when fewer requests are running.",
    f"{INTEGRATION_GOVERNANCE}: see which integration uses the requests.",
)

# While the sign-in worked nobody changed the pasted values, so changes in NetSuite come first.
_CHANGED_IN_NETSUITE = ("token_rejected", "permission_denied", "consumer_key_refused", "FeatureDisabled")
_NEVER_RIGHT = ("InvalidSignature", "token_rejected", "consumer_key_unknown")

# OAuth's codes (RFC 6749, 5.2). open question: which cause gets which code is not documented for client
# credentials, so a code moves causes to the front and excludes none.
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


def sign_in_remedy(likeliest: Cause) -> str:
    """Return what to do about a refused sign-in of which the Login Audit Trail is not known.

    Example:
        >>> sign_in_remedy(Cause("…", remedy="Create a token.")).partition("Detail names")[2]
        ' the cause. Most likely: Create a token.'
    """
    return f"{LOGIN_AUDIT_TRAIL}. The column Detail names the cause. Most likely: {likeliest.remedy}"


def sign_in_causes(evidence: Evidence) -> tuple[Cause, ...]:
    """Return why NetSuite refuses a sign-in although the clock is right.

    Example:
        >>> from datetime import datetime
        >>> worked = Evidence("1234567", "h", last_good=datetime(2026, 11, 22))
        >>> sign_in_causes(worked)[0].summary
        'The access token is revoked, inactive, mistyped, or belongs to another integration.'
        >>> sign_in_causes(Evidence("1234567", "h"))[0].summary
        'A secret does not belong to its key.'
        >>> sign_in_causes(Evidence("1234567", "h", kind="oauth2", uses_tba=False))[0].summary
        'NETSUITE_PRIVATE_KEY is not the key of the certificate that NETSUITE_CERTIFICATE_ID names.'
    """
    by_detail = cause_for_detail if evidence.uses_tba else oauth2.cause_for_oauth2_detail
    recorded = [cause for detail in evidence.audit if (cause := by_detail(detail))]
    inferred = _token_causes(evidence) if evidence.uses_tba else _certificate_causes(evidence)
    causes = [*recorded, *inferred]
    return tuple(dict.fromkeys(map(_in_nango, causes) if evidence.kind == "nango" else causes))


def _token_causes(evidence: Evidence) -> list[Cause]:
    if evidence.soap.outcome is Outcome.ANSWERED:
        return [_CHANGED_IN_TRANSIT, _TOO_MANY]
    elsewhere = [] if evidence.is_own_host else [WRONG_ADDRESS]
    changed = [AUDIT_DETAILS[detail] for detail in _CHANGED_IN_NETSUITE]
    refreshed = [REFRESHED] if evidence.is_sandbox else []
    locked = AUDIT_DETAILS["temporary_locked"]
    if evidence.last_good is not None:
        revoked, *others = changed
        wrong_secret = AUDIT_DETAILS["InvalidSignature"]
        return [revoked, *refreshed, *others, wrong_secret, locked, *elsewhere, _TOO_MANY]
    pasted = [AUDIT_DETAILS[detail] for detail in _NEVER_RIGHT]
    return [*pasted, NO_AUDIT_ROW, *refreshed, *changed, *elsewhere, locked]


def _certificate_causes(evidence: Evidence) -> list[Cause]:
    """Return causes by the certificate itself, then by OAuth's code, then by whether it ever worked."""
    certificate, now = evidence.certificate, evidence.at
    certain = []
    if now is not None and certificate.has_expired(now):
        certain.append(oauth2.ENDED)
    if not certificate.matches_key:
        certain.append(WRONG_CERTIFICATE)
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
    return [*certain, *_BY_CODE.get(code, ()), *ranked, *elsewhere, _TOO_MANY]


# The place in Nango of each variable, the longest names first.
_PLACES_IN_NANGO = (
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
    """Return the same cause for credentials that Nango keeps instead of our variables."""
    texts = [cause.summary, cause.indication, cause.remedy]
    for variable, place in _PLACES_IN_NANGO:
        texts = [text.replace(variable, place) for text in texts]
    summary, indication, remedy = texts
    summary = summary[:1].upper() + summary[1:]
    if remedy == cause.remedy:
        return replace(cause, summary=summary, indication=indication)
    return Cause(summary, indication, f"{remedy} The next sync reads the new values from Nango.")
