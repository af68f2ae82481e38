"""Checks the credentials before any request: complete, of one kind, in the right format."""

import re
from collections.abc import Mapping

from netsuite_pipeline.health.diagnosis.causes import get_cause
from netsuite_pipeline.health.diagnosis.certificate import certificate_status
from netsuite_pipeline.health.findings import Cause, Facts, Finding, State, with_causes
from netsuite_pipeline.netsuite.auth.factory import kind_of_credentials
from netsuite_pipeline.netsuite.auth.tba import TokenCredentials
from netsuite_pipeline.netsuite.auth.variables import NANGO_VARIABLES, TBA_VARIABLES
from netsuite_pipeline.netsuite.errors import ConfigurationError, NetSuiteError
from netsuite_pipeline.netsuite.menus import ACCESS_TOKENS, CLIENT_CREDENTIALS, INTEGRATIONS

# The keys and tokens in Oracle's pages have this format (NSH:section_1534941088); that all have it is
# inferred.
_KEY_FORMAT = re.compile(r"[0-9a-f]{64}")
_SECRETS = TBA_VARIABLES[1:]
_PLAUSIBLE_ACCOUNT = "1234567"
_TBA: Facts = {"signs_by": "token"}


def check_credentials(variables: Mapping[str, str]) -> Finding:
    """Return the finding `credentials`: are all set, and does each have the right format?

    Values are never shown, only their lengths. Nango is asked for what it keeps; NetSuite is not.

    Args:
        variables: Name to value, as in the environment.
    """
    try:
        match kind_of_credentials(variables):
            case "oauth2":
                return _oauth2(_with_plausible_account(variables))
            case "nango":
                return _nango(variables)
    except NetSuiteError as error:
        return Finding("credentials", State.FAILED, error.message, remedy=error.remedy)
    return _token(_with_plausible_account(variables))


def uses_tba(credentials: Finding) -> bool:
    """Return whether the finding is about token-based authentication."""
    return credentials.facts.get("signs_by") == "token"


def _with_plausible_account(variables: Mapping[str, str]) -> Mapping[str, str]:
    """Return variables without a malformed account id, which is a finding of its own."""
    account = variables.get("NETSUITE_ACCOUNT_ID", "").strip()
    return {**variables, "NETSUITE_ACCOUNT_ID": account and _PLAUSIBLE_ACCOUNT}


def _token(variables: Mapping[str, str]) -> Finding:
    try:
        TokenCredentials.from_variables(variables)
    except ConfigurationError as error:
        return Finding("credentials", State.FAILED, error.message, remedy=error.remedy, facts=_TBA)
    values = {name: variables[name].strip() for name in _SECRETS}
    causes = (*_same_values(values), *_wrong_formats(values))
    if not causes:
        return Finding("credentials", State.OK, "token-based authentication: all five are set", facts=_TBA)
    seen = "All five are set, but they may have been pasted wrongly."
    return with_causes("credentials", State.WARNING, seen, causes, facts=_TBA)


def _oauth2(variables: Mapping[str, str]) -> Finding:
    """Check the values of OAuth 2.0.

    Raises:
        ConfigurationError: The key cannot be used.
    """
    from netsuite_pipeline.netsuite.auth.oauth2 import OAuth2Credentials

    credentials = OAuth2Credentials.from_variables(variables)
    certificate = certificate_status(credentials)
    client = {"NETSUITE_CLIENT_ID": credentials.client_id}
    both = {**client, "NETSUITE_CERTIFICATE_ID": credentials.certificate_id}
    causes = [*_same_values(both), *_wrong_formats(client)]
    if not certificate.matches_key:
        causes.append(get_cause("wrong_certificate"))
    if causes:
        seen = "The values of OAuth 2.0 are set, but they may not belong together."
        return with_causes("credentials", State.WARNING, seen, tuple(causes))
    given = variables.get("NETSUITE_CERTIFICATE", "").strip()
    fits = "; NETSUITE_CERTIFICATE belongs to the key" if given and certificate.validity else ""
    seen = (
        "OAuth 2.0 client credentials: client id, certificate id and private key are set "
        f"({credentials.key.algorithm}){fits}"
    )
    return Finding("credentials", State.OK, seen)


def _nango(variables: Mapping[str, str]) -> Finding:
    """Get the credentials from Nango.

    Raises:
        NetSuiteError: Nango does not give them.
    """
    from netsuite_pipeline.netsuite.auth.nango import NangoCredentials

    account = variables.get("NETSUITE_ACCOUNT_ID", "").strip()
    # The account id is compared with the connection's when a client is made.
    others = {
        name: value for name, value in variables.items() if name != "NETSUITE_ACCOUNT_ID" or not account
    }
    credentials = NangoCredentials.from_variables(others)
    by_token = credentials.passport is not None
    what = "token-based authentication" if by_token else "an access token of OAuth 2.0"
    return Finding(
        "credentials",
        State.OK,
        f"{what}, from Nango ({' and '.join(NANGO_VARIABLES)} are set)",
        facts={"realm": credentials.account.realm, **(_TBA if by_token else {})},
    )


def _same_values(values: Mapping[str, str]) -> tuple[Cause, ...]:
    names: dict[str, list[str]] = {}
    for name, value in values.items():
        names.setdefault(value, []).append(name)
    return tuple(
        Cause(
            f"{' and '.join(same)} have the same value.",
            f"NetSuite gives {'four' if len(values) == 4 else 'two'} different values.",
            f"Paste each again. {_SHOWN_ONCE if len(values) == 4 else _CERTIFICATE_ID}",
        )
        for same in names.values()
        if len(same) > 1
    )


def _wrong_formats(values: Mapping[str, str]) -> tuple[Cause, ...]:
    return tuple(
        Cause(
            f"{name} has {len(value)} characters{', not all 0-9 and a-f' if len(value) == 64 else ''}.",
            "NetSuite's values have 64 characters 0-9 and a-f.",
            f"Paste it again, whole. {_CLIENT_ID if name == 'NETSUITE_CLIENT_ID' else _SHOWN_ONCE}",
        )
        for name, value in values.items()
        if not _KEY_FORMAT.fullmatch(value)
    )


_CLIENT_ID = (
    f"NetSuite shows the client id only once. If it is lost: {INTEGRATIONS} > (the integration) > Edit > "
    "Reset Credentials."
)
_CERTIFICATE_ID = f"{_CLIENT_ID} The certificate id is at {CLIENT_CREDENTIALS}."
_SHOWN_ONCE = (
    f"NetSuite shows them only once. If they are lost, create a new token ({ACCESS_TOKENS} > New Access "
    f"Token), or reset the integration's credentials ({INTEGRATIONS} > (the integration) > Edit > Reset "
    "Credentials)."
)
