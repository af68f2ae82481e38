"""Causes of a refused sign-in by OAuth 2.0, and the values of the Login Audit Trail that name them.

Oracle lists the values for requests with an access token and for the other grant
(NSH:subsect_158324637123, NSH:subsect_158711892221). Which values a token request gets is an open question,
so unlisted values are recognised by the words in them.
"""

from collections.abc import Mapping
from types import MappingProxyType

from netsuite_pipeline.health.findings import Cause
from netsuite_pipeline.health.setup_guide.guide import feature_path, permission_path
from netsuite_pipeline.health.setup_guide.login_audit import AUDIT_DETAILS
from netsuite_pipeline.netsuite.menus import CLIENT_CREDENTIALS, EMPLOYEES, INTEGRATIONS, MANAGE_ROLES

_NEW_MAPPING = (
    f"{CLIENT_CREDENTIALS} > Create New: upload a new certificate (`netsuite-pipeline connect` makes one). "
    "Set NETSUITE_CERTIFICATE_ID and NETSUITE_PRIVATE_KEY to its id and key."
)
_INTEGRATION = f"{INTEGRATIONS} > (the integration) > Edit"

REVOKED = Cause(
    "The certificate was revoked.",
    "The list of certificates shows it. A revoked certificate stays revoked.",
    _NEW_MAPPING,
)
ENDED = Cause(
    "The certificate has expired: no certificate is valid for more than two years.",
    "The list of certificates shows how long each is valid.",
    _NEW_MAPPING,
)
UNKNOWN_CERTIFICATE = Cause(
    "NETSUITE_CERTIFICATE_ID does not belong to a certificate of this account.",
    "The id was mistyped, or belongs to another account: for example production's in the sandbox.",
    f"Compare NETSUITE_CERTIFICATE_ID with the column Certificate ID at {CLIENT_CREDENTIALS}.",
)
ANOTHER_KEY = Cause(
    "NETSUITE_PRIVATE_KEY is not the key of the certificate that NETSUITE_CERTIFICATE_ID names.",
    "Key and certificate were not made together, or the id belongs to an older certificate.",
    f"Set id and key to those of one certificate ({CLIENT_CREDENTIALS} lists them).",
)
ANOTHER_CLIENT = Cause(
    "NETSUITE_CLIENT_ID does not belong to the integration to which the certificate is mapped.",
    "The client id was mistyped or reset, or the integration was deleted.",
    f"Compare the application at {CLIENT_CREDENTIALS} with {INTEGRATIONS}. If the client id is lost: "
    f"{_INTEGRATION} > Reset Credentials shows a new one once. Set NETSUITE_CLIENT_ID to it.",
)
BLOCKED = Cause(
    "The integration is blocked.",
    "The State on its integration record is Blocked.",
    f"{_INTEGRATION}: State Enabled, then Save.",
)
NO_GRANT = Cause(
    "The integration may not sign in with a certificate.",
    "On its record, Client Credentials (Machine to Machine) Grant is not ticked.",
    f"{_INTEGRATION} > Authentication: tick Client Credentials (Machine to Machine) Grant, then Save.",
)
NO_SCOPE = Cause(
    "The integration may not use REST web services.",
    "On its record, the scope REST Web Services is not ticked.",
    f"{_INTEGRATION} > Authentication > OAuth 2.0: tick REST Web Services, then Save.",
)
INACTIVE = Cause(
    "The user or the role of the mapping is inactive.",
    "Or the user lost the role or the access.",
    f"{CLIENT_CREDENTIALS} names them. {EMPLOYEES} > (the user) > Access: Give Access, and the role in the "
    f"list. {MANAGE_ROLES} > (the mapping's role): not Inactive.",
)
NO_LOG_IN = Cause(
    "The role lacks Setup > Log in using OAuth 2.0 Access Tokens.",
    "The permission Log in using Access Tokens does not replace it.",
    permission_path("Setup > Log in using OAuth 2.0 Access Tokens", "(the mapping's role)"),
)
FEATURE_OFF = Cause(
    "OAuth 2.0 is switched off for the whole account.",
    "NetSuite refuses all integrations that use OAuth 2.0.",
    feature_path("OAuth 2.0"),
)
CLEARED = Cause(
    "The sandbox was refreshed, which clears the whole set-up of client credentials.",
    "Then the list of certificates is empty. The person who ordered the refresh knows the day.",
    f"In the sandbox: {_NEW_MAPPING}",
)
ANOTHER_ADDRESS = Cause(
    "NETSUITE_BASE_URL or NETSUITE_ACCOUNT_ID does not lead to the account itself.",
    "The assertion names the address of the request, and NetSuite accepts only its own.",
    "Unset NETSUITE_BASE_URL, and compare NETSUITE_ACCOUNT_ID with the address in the browser.",
)
_TOKEN_EXPIRED = Cause(
    "An access token has expired or was revoked.",
    "The pipeline gets a new token by itself. More than one such row has another cause.",
    f"Check {CLIENT_CREDENTIALS}: revoking a certificate also ends its tokens.",
)
_ALGORITHM = Cause(
    "The assertion was signed with an algorithm that NetSuite does not accept.",
    "NetSuite accepts PS256 with RSA keys, and ES256, ES384 or ES512 with EC keys.",
    "Unset NETSUITE_SIGNING_ALGORITHM: the pipeline chooses the algorithm of the key.",
)
_CLOCK = AUDIT_DETAILS["InvalidTimestamp"]

OAUTH2_DETAILS: Mapping[str, Cause] = MappingProxyType(
    {
        "InvalidSignature": ANOTHER_KEY,
        "InvalidIntegration": ANOTHER_CLIENT,
        "EntityOrRoleDisabled": INACTIVE,
        "ScopeMismatched": NO_SCOPE,
        "InvalidScope": NO_SCOPE,
        "AccessTokenExpired": _TOKEN_EXPIRED,
        "TokenRejected": _TOKEN_EXPIRED,
    }
)
"""Detail to cause, in Oracle's words (NSH:subsect_158324637123), for requests by OAuth 2.0."""

_BY_WORDS: tuple[tuple[tuple[str, ...], Cause], ...] = (
    (("certificate", "revoked"), REVOKED),
    (("certificate", "expired"), ENDED),
    (("certificate",), UNKNOWN_CERTIFICATE),
    (("integration", "blocked"), BLOCKED),
    (("unknown", "integration"), ANOTHER_CLIENT),
    (("client", "credentials", "required"), NO_GRANT),
    (("feature", "disabled"), FEATURE_OFF),
    (("permission", "denied"), NO_LOG_IN),
    (("audience",), ANOTHER_ADDRESS),
    (("algorithm",), _ALGORITHM),
    (("assertion", "expired"), _CLOCK),
    (("future",), _CLOCK),
)
_IN_LOWER_CASE = {detail.lower(): cause for detail, cause in OAUTH2_DETAILS.items()}


def cause_for_oauth2_detail(detail: str) -> Cause | None:
    """Return the cause that a value of Detail names for a sign-in by OAuth 2.0; None for an unknown value.

    Example:
        >>> cause_for_oauth2_detail("EntityOrRoleDisabled").summary
        'The user or the role of the mapping is inactive.'
        >>> cause_for_oauth2_detail("certificate_revoked").summary
        'The certificate was revoked.'
    """
    plain = detail.strip().lower().replace("_", "")
    if known := _IN_LOWER_CASE.get(plain):
        return known
    if plain == "temporarylocked":
        return AUDIT_DETAILS["temporary_locked"]
    return next((cause for words, cause in _BY_WORDS if all(word in plain for word in words)), None)
