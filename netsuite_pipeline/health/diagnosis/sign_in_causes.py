"""Possible causes of a refused sign-in, by kind of credentials, the likeliest first.

NetSuite gives every refused sign-in the same answer; only its Login Audit Trail names the cause. The order
follows from the clock, from SOAP's answer to the same token, and from whether the sign-in ever worked.
"""

from dataclasses import replace

from netsuite_pipeline.health.diagnosis.causes import AUDIT_DETAILS, OAUTH2_DETAILS, get_cause
from netsuite_pipeline.health.diagnosis.evidence import Evidence, Outcome
from netsuite_pipeline.health.findings import Cause
from netsuite_pipeline.netsuite.menus import LOGIN_AUDIT_TRAIL

# While the sign-in worked nobody changed the pasted values, so changes in NetSuite come first.
_OTHER_CHANGES = ("token_holder_inactive", "integration_blocked", "tba_off")
_NEVER_RIGHT = ("wrong_secret", "token_rejected", "consumer_key_unknown")

# OAuth's codes (RFC 6749, 5.2). open question: which cause gets which code is not documented for client
# credentials, so a code moves causes to the front and excludes none.
_BY_CODE = {
    "invalid_client": ("integration_blocked", "another_client", "no_grant", "certificate_unknown"),
    "invalid_scope": ("no_scope",),
    "unauthorized_client": ("no_grant",),
    "unsupported_grant_type": ("no_grant",),
}

# Which values of Detail a token request by OAuth 2.0 gets is an open question, so unlisted values are
# recognised by the words in them.
_BY_WORDS = (
    (("temporary", "locked"), "user_locked"),
    (("certificate", "revoked"), "certificate_revoked"),
    (("certificate", "expired"), "certificate_ended"),
    (("certificate",), "certificate_unknown"),
    (("integration", "blocked"), "integration_blocked"),
    (("unknown", "integration"), "another_client"),
    (("client", "credentials", "required"), "no_grant"),
    (("feature", "disabled"), "oauth2_off"),
    (("permission", "denied"), "mapping_lacks_log_in"),
    (("audience",), "assertion_for_another_address"),
    (("algorithm",), "wrong_algorithm"),
    (("assertion", "expired"), "clock_wrong"),
    (("future",), "clock_wrong"),
)


def cause_of_detail(detail: str, *, uses_tba: bool) -> Cause | None:
    """Return the cause that a value of the Login Audit Trail's Detail names; None for an unknown value.

    Oracle's page writes some values in two ways (`nonce_used` and `NonceUsed`).

    Args:
        detail: The value, in any case.
        uses_tba: Whether the sign-in was with a token, not by OAuth 2.0.

    Example:
        >>> cause_of_detail("Token_Rejected", uses_tba=True).summary
        'The access token is revoked, inactive, mistyped, or belongs to another integration.'
        >>> cause_of_detail("certificate_revoked", uses_tba=False).summary
        'The certificate was revoked.'
    """
    plain = _plain(detail)
    for known, named in (AUDIT_DETAILS if uses_tba else OAUTH2_DETAILS).items():
        if _plain(known) == plain:
            return named
    if uses_tba:
        return None
    return next((get_cause(name) for words, name in _BY_WORDS if all(word in plain for word in words)), None)


def _plain(detail: str) -> str:
    return detail.strip().lower().replace("_", "")


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
    recorded = (cause_of_detail(detail, uses_tba=evidence.uses_tba) for detail in evidence.audit)
    inferred = _token_causes(evidence) if evidence.uses_tba else _certificate_causes(evidence)
    found = [*filter(None, recorded), *map(get_cause, inferred)]
    return tuple(dict.fromkeys(map(_in_nango, found) if evidence.kind == "nango" else found))


def _token_causes(evidence: Evidence) -> list[str]:
    """Return the names of causes."""
    if evidence.soap.outcome is Outcome.ANSWERED:
        return ["changed_in_transit", "too_many_requests"]
    elsewhere = [] if evidence.is_own_host else ["base_url_elsewhere"]
    refreshed = ["sandbox_tokens_removed"] if evidence.is_sandbox else []
    changed = ["token_rejected", *refreshed, *_OTHER_CHANGES]
    if evidence.last_good is not None:
        return [*changed, "wrong_secret", "user_locked", *elsewhere, "too_many_requests"]
    return [*_NEVER_RIGHT, "not_in_trail", *refreshed, *changed, *elsewhere, "user_locked"]


def _certificate_causes(evidence: Evidence) -> list[str]:
    """Return the names of causes by the certificate, then by OAuth's code, then by whether it ever worked."""
    certificate, now = evidence.certificate, evidence.at
    certain = []
    if now is not None and certificate.has_expired(now):
        certain.append("certificate_ended")
    if not certificate.matches_key:
        certain.append("wrong_certificate")
    code = evidence.refusal.error.code if evidence.refusal and evidence.refusal.error else ""
    elsewhere = [] if evidence.is_own_host else ["assertion_for_another_address"]
    refreshed = ["sandbox_mapping_cleared"] if evidence.is_sandbox else []
    changed = ["mapping_inactive", "integration_blocked", "mapping_lacks_log_in", "oauth2_off"]
    pasted = ["certificate_unknown", "another_key", "another_client"]
    if certificate.validity is None or not certificate.matches_key:
        pasted = ["another_key", "certificate_unknown", "another_client"]
    settings = ["no_grant", "no_scope"]
    expired = [] if now is not None and certificate.is_valid(now) else ["certificate_ended"]
    ended = ["certificate_revoked", *expired, *refreshed]
    if evidence.last_good is not None:
        ranked = [*ended, *changed, *settings, *pasted, "user_locked"]
    else:
        ranked = [*pasted, *settings, "mapping_lacks_log_in", *ended, *changed, "user_locked"]
    return [*certain, *_BY_CODE.get(code, ()), *ranked, *elsewhere, "too_many_requests"]


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
