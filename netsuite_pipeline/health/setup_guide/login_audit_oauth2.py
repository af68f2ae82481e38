"""Why OAuth 2.0 lets nobody in: each cause with its menu, and the words of the Login Audit Trail for it.

Oracle lists the words for requests with an access token, and for the other grant (NSH:subsect_158324637123,
NSH:subsect_158711892221). Which ones the request for a token gets is an open question, so words that are not
listed are read by what they are made of.
"""

from collections.abc import Mapping
from types import MappingProxyType

from netsuite_pipeline.health.findings import Cause
from netsuite_pipeline.health.setup_guide.login_audit import AUDIT_DETAILS
from netsuite_pipeline.health.setup_guide.menus import (
    CLIENT_CREDENTIALS,
    EMPLOYEES,
    INTEGRATIONS,
    MANAGE_ROLES,
    feature_path,
)
from netsuite_pipeline.health.setup_guide.permissions import permission_path

_A_NEW_MAPPING = (
    f"{CLIENT_CREDENTIALS} > Create New: upload a new certificate (`netsuite-pipeline connect` makes one), "
    "then put its id and key into NETSUITE_CERTIFICATE_ID and NETSUITE_PRIVATE_KEY."
)
_THE_INTEGRATION = f"{INTEGRATIONS} > (the integration) > Edit"

REVOKED = Cause(
    "The certificate was revoked.",
    "The list of certificates shows it, and it stays so.",
    _A_NEW_MAPPING,
)
ENDED = Cause(
    "The certificate has ended: none is good for more than two years.",
    "The list of certificates shows until when each is valid.",
    _A_NEW_MAPPING,
)
UNKNOWN_CERTIFICATE = Cause(
    "NETSUITE_CERTIFICATE_ID is the id of no certificate of this account's.",
    "It was mistyped, or is of another account: production's in the sandbox, say.",
    f"Compare NETSUITE_CERTIFICATE_ID with the column Certificate ID at {CLIENT_CREDENTIALS}.",
)
ANOTHER_KEY = Cause(
    "NETSUITE_PRIVATE_KEY is not the key of the certificate that NETSUITE_CERTIFICATE_ID names.",
    "Key and certificate were not made together, or the id is an older certificate's.",
    f"Set id and key to those of one and the same certificate ({CLIENT_CREDENTIALS} lists them).",
)
ANOTHER_CLIENT = Cause(
    "NETSUITE_CLIENT_ID is not the integration's to which the certificate was mapped.",
    "It was mistyped or reset, or the integration was deleted.",
    f"Compare the application at {CLIENT_CREDENTIALS} with {INTEGRATIONS}. A client id that is lost is shown "
    f"anew by {_THE_INTEGRATION} > Reset Credentials, once; put it into NETSUITE_CLIENT_ID.",
)
BLOCKED = Cause(
    "The integration is blocked.",
    "Its State on the integration record is Blocked.",
    f"{_THE_INTEGRATION}: State Enabled, then Save.",
)
NO_GRANT = Cause(
    "The integration may not sign in with a certificate.",
    "On its record the box Client Credentials (Machine to Machine) Grant is not ticked.",
    f"{_THE_INTEGRATION} > Authentication: tick Client Credentials (Machine to Machine) Grant, then Save.",
)
NO_SCOPE = Cause(
    "The integration may not use REST web services.",
    "On its record the scope REST Web Services is not ticked.",
    f"{_THE_INTEGRATION} > Authentication > OAuth 2.0: tick REST Web Services, then Save.",
)
INACTIVE = Cause(
    "The user or the role of the mapping is inactive.",
    "Or the user has lost the role, or its access.",
    f"{CLIENT_CREDENTIALS} names them. {EMPLOYEES} > (the user) > Access: Give Access, and the role in the "
    f"list. {MANAGE_ROLES} > (the mapping's role): not Inactive.",
)
NO_LOG_IN = Cause(
    "The role lacks Setup > Log in using OAuth 2.0 Access Tokens.",
    "The permission Log in using Access Tokens does not serve for it.",
    permission_path("Setup > Log in using OAuth 2.0 Access Tokens", "(the mapping's role)"),
)
FEATURE_OFF = Cause(
    "OAuth 2.0 is switched off for the whole account.",
    "All integrations by OAuth 2.0 are refused.",
    feature_path("OAuth 2.0"),
)
CLEARED = Cause(
    "The sandbox was refreshed, which clears the whole set-up of client credentials.",
    "Then no certificate is listed any more; whoever ordered the refresh knows the day.",
    f"In the sandbox: {_A_NEW_MAPPING}",
)
ANOTHER_ADDRESS = Cause(
    "NETSUITE_BASE_URL or NETSUITE_ACCOUNT_ID does not lead to the account itself.",
    "The assertion names the address that is asked, and NetSuite takes none but its own.",
    "Unset NETSUITE_BASE_URL, and compare NETSUITE_ACCOUNT_ID with the address in the browser.",
)
_TOKEN_ENDED = Cause(
    "An access token had ended or was revoked.",
    "The pipeline gets a new one by itself; more than one such row means something else.",
    f"Look at {CLIENT_CREDENTIALS}: a certificate that was revoked takes its tokens along.",
)
_ALGORITHM = Cause(
    "The assertion was signed with an algorithm that NetSuite does not take.",
    "It takes PS256 with RSA keys, and ES256, ES384 or ES512 with EC keys.",
    "Unset NETSUITE_SIGNING_ALGORITHM: the key tells which one it is.",
)
_CLOCK = AUDIT_DETAILS["InvalidTimestamp"]

OAUTH2_DETAILS: Mapping[str, Cause] = MappingProxyType(
    {
        "InvalidSignature": ANOTHER_KEY,
        "InvalidIntegration": ANOTHER_CLIENT,
        "EntityOrRoleDisabled": INACTIVE,
        "ScopeMismatched": NO_SCOPE,
        "InvalidScope": NO_SCOPE,
        "AccessTokenExpired": _TOKEN_ENDED,
        "TokenRejected": _TOKEN_ENDED,
    }
)
"""Detail to cause, in Oracle's words (NSH:subsect_158324637123), for requests by OAuth 2.0."""

_BY_THEIR_PARTS: tuple[tuple[tuple[str, ...], Cause], ...] = (
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
    """The cause that a value of Detail means of a sign-in by OAuth 2.0, whatever its case; None for one that
    nobody knows.

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
    return next((cause for parts, cause in _BY_THEIR_PARTS if all(part in plain for part in parts)), None)
