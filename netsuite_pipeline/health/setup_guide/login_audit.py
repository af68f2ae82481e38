"""What the Login Audit Trail's column Detail means: the one place where NetSuite says why it refused."""

from collections.abc import Mapping
from types import MappingProxyType

from netsuite_pipeline.health.findings import Cause
from netsuite_pipeline.health.setup_guide.menus import (
    ACCESS_TOKENS,
    EMPLOYEES,
    INTEGRATIONS,
    MANAGE_ROLES,
    feature_path,
)
from netsuite_pipeline.health.setup_guide.permissions import permission_path

AUDIT_DETAILS: Mapping[str, Cause] = MappingProxyType(
    {
        "token_rejected": Cause(
            "The access token is revoked, inactive, mistyped or another integration's.",
            "A refreshed sandbox has lost all its tokens.",
            f"{ACCESS_TOKENS}: look whether the token is there and not revoked. If not: New Access Token, "
            "then put its values into NETSUITE_TOKEN_ID and NETSUITE_TOKEN_SECRET.",
        ),
        "consumer_key_refused": Cause(
            "The integration is blocked.",
            "Its State on the integration record is Blocked.",
            f"{INTEGRATIONS} > (the integration) > Edit: State Enabled, then Save.",
        ),
        "consumer_key_unknown": Cause(
            "The consumer key is none of this account's.",
            "It was mistyped, the integration was deleted, or the account id is another account's.",
            f"{INTEGRATIONS} > (the integration) > Edit > Reset Credentials shows a new key and secret, "
            "once; put them into NETSUITE_CONSUMER_KEY and NETSUITE_CONSUMER_SECRET.",
        ),
        "FeatureDisabled": Cause(
            "Token-based Authentication is switched off for the whole account.",
            "All integrations with tokens are refused.",
            feature_path("Token-based Authentication"),
        ),
        "permission_denied": Cause(
            "The user or the role may not sign in with a token.",
            "The user or the role is inactive, the user has lost the role or its access, the role lacks Log "
            "in using Access Tokens, or the role is hidden in the user's My Roles.",
            f"{EMPLOYEES} > (the user) > Access: Give Access, and the role in the list. {MANAGE_ROLES} > "
            f"(the token's role): not Inactive. {permission_path('Setup > Log in using Access Tokens')}",
        ),
        "InvalidTimestamp": Cause(
            "The clock of this machine is more than 5 minutes off NetSuite's.",
            "`netsuite-pipeline doctor` says by how much.",
            "Set the clock of this machine by a time server (NTP). Nothing in NetSuite has to change.",
        ),
        "InvalidSignature": Cause(
            "A secret does not belong to its key.",
            "Consumer secret or token secret were mistyped or mixed up, or something in between changes the "
            "request.",
            "Paste NETSUITE_CONSUMER_SECRET and NETSUITE_TOKEN_SECRET anew. Secrets are shown once: if they "
            f"are lost, make a new token ({ACCESS_TOKENS}), or reset the integration's credentials "
            f"({INTEGRATIONS}).",
        ),
        "NonceUsed": Cause(
            "A request came a second time with the same signature.",
            "Something in between repeats requests: this package signs each attempt anew.",
            "Look for a proxy that repeats requests, and let NETSUITE_BASE_URL point past it.",
        ),
        "UnknownAlgorithm": Cause(
            "The request was not signed with HMAC-SHA256.",
            "This package signs with nothing else, so it is another program's sign-in, or a proxy signs.",
            "Look at the row's application: it is probably not this package's integration.",
        ),
        "MissingTokenPassportRequiredFields": Cause(
            "Part of the signature is missing from the request.",
            "Something in between cuts the Authorization header.",
            "Look for a proxy that changes headers, and let NETSUITE_BASE_URL point past it.",
        ),
        "temporary_locked": Cause(
            "The user is locked for 30 minutes after five refused sign-ins.",
            "The rows before it say what was wrong at first.",
            "Mend what the earlier rows say and stop whatever else signs in as this user; the lock goes by "
            "itself after 30 minutes.",
        ),
    }
)
"""Detail to cause, for REST and SOAP with tokens (NSH:subsect_156935170194); the commonest first."""

NO_AUDIT_ROW = Cause(
    "The sign-in did not reach this account.",
    "The Login Audit Trail has no row of that time: the account id is another account's, production's "
    "instead of the sandbox's, say.",
    "Compare NETSUITE_ACCOUNT_ID with the address in the browser: 1234567 in 1234567.app.netsuite.com, "
    "1234567_SB1 in 1234567-sb1.app.netsuite.com.",
)
"""What it means that the trail has no row at all: inferred from the realm being another account's."""

_IN_LOWER_CASE = {detail.lower(): cause for detail, cause in AUDIT_DETAILS.items()}


def cause_for_detail(detail: str) -> Cause | None:
    """The cause that a value of Detail means, whatever its case; None for one that is not known.

    Oracle's page writes some values both ways (`nonce_used` and `NonceUsed`).

    Example:
        >>> cause_for_detail("Token_Rejected").summary
        "The access token is revoked, inactive, mistyped or another integration's."
    """
    plain = detail.strip().lower()
    return _IN_LOWER_CASE.get(plain) or _IN_LOWER_CASE.get(plain.replace("_", ""))
