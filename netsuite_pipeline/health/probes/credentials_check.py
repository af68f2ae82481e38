"""What is to be said of the credentials before NetSuite is asked: whole, of one kind, of the right form."""

import re
from collections.abc import Mapping

from netsuite_pipeline.health.diagnosis.certificate import ANOTHER_KEYS, certificate_status
from netsuite_pipeline.health.findings import Cause, Finding, State
from netsuite_pipeline.health.setup_guide import ACCESS_TOKENS, CLIENT_CREDENTIALS, INTEGRATIONS
from netsuite_pipeline.netsuite.auth.factory import kind_of_credentials
from netsuite_pipeline.netsuite.auth.tba import TokenCredentials
from netsuite_pipeline.netsuite.auth.variables import NANGO_VARIABLES, TBA_VARIABLES
from netsuite_pipeline.netsuite.errors import ConfigurationError, NetSuiteError

# All keys and tokens that Oracle shows are so (NSH:section_1534941088); that all are is inferred.
_KEY_FORM = re.compile(r"[0-9a-f]{64}")
_SECRETS = TBA_VARIABLES[1:]
_PLAUSIBLE_ACCOUNT = "1234567"
_TOKEN = {"signs_by": "token"}


def check_credentials(variables: Mapping[str, str]) -> Finding:
    """The finding `credentials`: are they all there, and do they look like what they should be?

    Values are never shown, only their lengths. Nango is asked for what it keeps; NetSuite is not.

    Args:
        variables: Name to value, as the environment has them.
    """
    try:
        match kind_of_credentials(variables):
            case "oauth2":
                return _of_certificate(_with_a_plausible_account(variables))
            case "nango":
                return _of_nango(variables)
    except NetSuiteError as error:
        return Finding("credentials", State.FAILED, error.message, remedy=error.remedy)
    return _of_token(_with_a_plausible_account(variables))


def uses_tba(credentials: Finding) -> bool:
    """Whether it is token-based authentication that the finding is about."""
    return credentials.facts.get("signs_by") == "token"


def _with_a_plausible_account(variables: Mapping[str, str]) -> Mapping[str, str]:
    """A malformed account id is a finding of its own."""
    account = variables.get("NETSUITE_ACCOUNT_ID", "").strip()
    return {**variables, "NETSUITE_ACCOUNT_ID": account and _PLAUSIBLE_ACCOUNT}


def _of_token(variables: Mapping[str, str]) -> Finding:
    try:
        TokenCredentials.from_variables(variables)
    except ConfigurationError as error:
        return Finding("credentials", State.FAILED, error.message, remedy=error.remedy, facts=_TOKEN)
    values = {name: variables[name].strip() for name in _SECRETS}
    causes = (*_doubled(values), *_of_another_form(values))
    if not causes:
        return Finding("credentials", State.OK, "token-based authentication: all five are set", facts=_TOKEN)
    return Finding(
        "credentials",
        State.WARNING,
        "All five are set, but they may have been pasted wrongly.",
        causes,
        remedy=causes[0].remedy,
        facts=_TOKEN,
    )


def _of_certificate(variables: Mapping[str, str]) -> Finding:
    """Raises ConfigurationError where the key cannot be used, and says why."""
    from netsuite_pipeline.netsuite.auth.oauth2 import OAuth2Credentials

    credentials = OAuth2Credentials.from_variables(variables)
    certificate = certificate_status(credentials)
    named = {"NETSUITE_CLIENT_ID": credentials.client_id}
    both = {**named, "NETSUITE_CERTIFICATE_ID": credentials.certificate_id}
    causes = [*_doubled(both), *_of_another_form(named)]
    if not certificate.matches_key:
        causes.append(ANOTHER_KEYS)
    if not causes:
        given = variables.get("NETSUITE_CERTIFICATE", "").strip()
        fits = "; NETSUITE_CERTIFICATE belongs to the key" if given and certificate.validity else ""
        seen = (
            "OAuth 2.0 client credentials: client id, certificate id and private key are set "
            f"({credentials.key.algorithm}){fits}"
        )
        return Finding("credentials", State.OK, seen)
    return Finding(
        "credentials",
        State.WARNING,
        "OAuth 2.0 client credentials are set, but they may not belong together.",
        tuple(causes),
        remedy=causes[0].remedy,
    )


def _of_nango(variables: Mapping[str, str]) -> Finding:
    """Asks Nango. Raises NetSuiteError where it does not give the credentials, and says why."""
    from netsuite_pipeline.netsuite.auth.nango import NangoCredentials

    account = variables.get("NETSUITE_ACCOUNT_ID", "").strip()
    # Whether that is the connection's account is found out when a client is made.
    others = {
        name: value for name, value in variables.items() if name != "NETSUITE_ACCOUNT_ID" or not account
    }
    credentials = NangoCredentials.from_variables(others)
    uses_tba = credentials.may_use_soap
    realm = credentials.account.realm
    what = "token-based authentication" if uses_tba else "an access token of OAuth 2.0"
    return Finding(
        "credentials",
        State.OK,
        f"Nango gives them ({' and '.join(NANGO_VARIABLES)} are set): {what}",
        facts={"realm": realm, **(_TOKEN if uses_tba else {})},
    )


def _doubled(values: Mapping[str, str]) -> tuple[Cause, ...]:
    names: dict[str, list[str]] = {}
    for name, value in values.items():
        names.setdefault(value, []).append(name)
    return tuple(
        Cause(
            f"{' and '.join(same)} have the same value.",
            f"NetSuite gives {'four different ones' if len(values) == 4 else 'two different ones'}.",
            f"Paste each again. {_SHOWN_ONCE if len(values) == 4 else _WHERE_BOTH_ARE}",
        )
        for same in names.values()
        if len(same) > 1
    )


def _of_another_form(values: Mapping[str, str]) -> tuple[Cause, ...]:
    return tuple(
        Cause(
            f"{name} has {len(value)} characters{', not all 0-9 and a-f' if len(value) == 64 else ''}.",
            "The ones that NetSuite shows in its documentation have 64 characters 0-9 and a-f.",
            f"Paste it again, whole. {_CLIENT_ID if name == 'NETSUITE_CLIENT_ID' else _SHOWN_ONCE}",
        )
        for name, value in values.items()
        if not _KEY_FORM.fullmatch(value)
    )


_CLIENT_ID = (
    f"NetSuite shows the client id only once; if it is lost: {INTEGRATIONS} > (the integration) > Edit > "
    "Reset Credentials."
)
_WHERE_BOTH_ARE = f"{_CLIENT_ID} The certificate id stands at {CLIENT_CREDENTIALS}."
_SHOWN_ONCE = (
    f"NetSuite shows them only once; if they are lost, make a new token ({ACCESS_TOKENS} > New Access Token) "
    f"or reset the integration's credentials ({INTEGRATIONS} > (the integration) > Edit > Reset Credentials)."
)
