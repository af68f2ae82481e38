"""The values of the Login Audit Trail's column Detail: the one place where NetSuite names the cause."""

from collections.abc import Mapping
from types import MappingProxyType

from netsuite_pipeline.health.findings import Cause
from netsuite_pipeline.health.setup_guide.guide import feature_path, permission_path
from netsuite_pipeline.netsuite.menus import ACCESS_TOKENS, EMPLOYEES, INTEGRATIONS, MANAGE_ROLES, TOKEN_ROLE

AUDIT_DETAILS: Mapping[str, Cause] = MappingProxyType(
    {
        "token_rejected": Cause(
            "The access token is revoked, inactive, mistyped, or belongs to another integration.",
            "A sandbox loses all its tokens when it is refreshed.",
            f"{ACCESS_TOKENS}: is the token there and active? If not: New Access Token. Set "
            "NETSUITE_TOKEN_ID and NETSUITE_TOKEN_SECRET to the new values.",
        ),
        "consumer_key_refused": Cause(
            "The integration is blocked.",
            "The State on its integration record is Blocked.",
            f"{INTEGRATIONS} > (the integration) > Edit: State Enabled, then Save.",
        ),
        "consumer_key_unknown": Cause(
            "The consumer key does not belong to this account.",
            "The key was mistyped, the integration was deleted, or the account id is wrong.",
            f"{INTEGRATIONS} > (the integration) > Edit > Reset Credentials shows a new key and secret once. "
            "Set NETSUITE_CONSUMER_KEY and NETSUITE_CONSUMER_SECRET to them.",
        ),
        "FeatureDisabled": Cause(
            "Token-based Authentication is switched off for the whole account.",
            "NetSuite refuses the tokens of all integrations.",
            feature_path("Token-based Authentication"),
        ),
        "permission_denied": Cause(
            "The user or the role may not sign in with a token.",
            "The user or the role is inactive, the user lost the role or the access, the role lacks Log in "
            "using Access Tokens, or the role is hidden in the user's My Roles.",
            f"{EMPLOYEES} > (the user) > Access: Give Access, and the role in the list. {MANAGE_ROLES} > "
            f"{TOKEN_ROLE}: not Inactive. {permission_path('Setup > Log in using Access Tokens')}",
        ),
        "InvalidTimestamp": Cause(
            "The clock of this machine differs from NetSuite's by more than 5 minutes.",
            "`netsuite-pipeline doctor` shows the difference.",
            "Set the clock of this machine by a time server (NTP). Change nothing in NetSuite.",
        ),
        "InvalidSignature": Cause(
            "A secret does not belong to its key.",
            "The consumer secret or the token secret is mistyped or exchanged, or a proxy changes the "
            "request.",
            "Paste NETSUITE_CONSUMER_SECRET and NETSUITE_TOKEN_SECRET again. NetSuite shows secrets once. If "
            f"they are lost, make a new token ({ACCESS_TOKENS}), or reset the integration's credentials "
            f"({INTEGRATIONS}).",
        ),
        "NonceUsed": Cause(
            "NetSuite received a request twice with the same signature.",
            "A proxy repeats requests: this package signs each attempt anew.",
            "Find the proxy that repeats requests, and set NETSUITE_BASE_URL to an address that avoids it.",
        ),
        "UnknownAlgorithm": Cause(
            "The request was not signed with HMAC-SHA256.",
            "This package uses no other algorithm. Another program signed in, or a proxy signs.",
            "Check the application in that row: it is probably not this package's integration.",
        ),
        "MissingTokenPassportRequiredFields": Cause(
            "The request lacks part of its signature.",
            "A proxy shortens the Authorization header.",
            "Find the proxy that changes headers, and set NETSUITE_BASE_URL to an address that avoids it.",
        ),
        "temporary_locked": Cause(
            "The user is locked for 30 minutes after five refused sign-ins.",
            "The earlier rows name the first cause.",
            "Fix what the earlier rows name, and stop other programs that sign in as this user. The lock "
            "ends by itself after 30 minutes.",
        ),
    }
)
"""Detail to cause, for REST and SOAP with tokens (NSH:subsect_156935170194); the most common first."""

NO_AUDIT_ROW = Cause(
    "The sign-in did not reach this account.",
    "The Login Audit Trail has no row at that time. The account id is wrong: for example production's "
    "instead of the sandbox's.",
    "Compare NETSUITE_ACCOUNT_ID with the address in the browser: 1234567 in 1234567.app.netsuite.com, "
    "1234567_SB1 in 1234567-sb1.app.netsuite.com.",
)
"""The meaning of a missing row: inferred, because the realm is then another account's."""

_IN_LOWER_CASE = {detail.lower(): cause for detail, cause in AUDIT_DETAILS.items()}


def cause_for_detail(detail: str) -> Cause | None:
    """Return the cause that a value of Detail names, in any case; None for an unknown value.

    Oracle's page writes some values in two ways (`nonce_used` and `NonceUsed`).

    Example:
        >>> cause_for_detail("Token_Rejected").summary
        'The access token is revoked, inactive, mistyped, or belongs to another integration.'
    """
    plain = detail.strip().lower()
    return _IN_LOWER_CASE.get(plain) or _IN_LOWER_CASE.get(plain.replace("_", ""))
