"""The kind of credentials, chosen by the variables that are set."""

import os
from collections.abc import Mapping

from netsuite_pipeline.netsuite.auth.credentials import Credentials
from netsuite_pipeline.netsuite.auth.tba import TokenCredentials
from netsuite_pipeline.netsuite.auth.variables import OAUTH2_VARIABLES, TBA_VARIABLES
from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.wording import listed


def credentials_from_variables(variables: Mapping[str, str] = os.environ) -> Credentials:
    """Return the credentials that are set, of whichever kind. Nothing is sent yet.

    Args:
        variables: Name to value; the process's environment when left out.

    Raises:
        ConfigurationError: Some are missing or malformed, or two kinds are set at once.
        AccountIdError: The account id is malformed.

    Example:
        >>> credentials_from_variables({"NANGO_SECRET_KEY": "s", "NANGO_CONNECTION_ID": "acme"}).kind
        'nango'
    """
    kind = kind_of_credentials(variables)
    if kind == "oauth2":
        from netsuite_pipeline.netsuite.auth.oauth2 import OAuth2Credentials

        return OAuth2Credentials.from_variables(variables)
    if kind == "nango":
        from netsuite_pipeline.netsuite.auth.nango import NangoCredentials

        return NangoCredentials.from_variables(variables)
    return TokenCredentials.from_variables(variables)


def kind_of_credentials(variables: Mapping[str, str]) -> str:
    """Return the kind that is set: `tba`, `oauth2` or `nango`; `tba` where nothing is set.

    Nango's secret key alone means Nango only where nothing else is set: many connections share one key.

    Raises:
        ConfigurationError: Two kinds are set at once.

    Example:
        >>> kind_of_credentials({"NETSUITE_ACCOUNT_ID": "1234567", "NETSUITE_CLIENT_ID": "c"})
        'oauth2'
    """

    def there(names: tuple[str, ...]) -> list[str]:
        return [name for name in names if variables.get(name, "").strip()]

    found = {
        "tba": there(TBA_VARIABLES[1:]),
        "oauth2": there(OAUTH2_VARIABLES[1:]),
        "nango": there(("NANGO_CONNECTION_ID",)),
    }
    kinds = [kind for kind, names in found.items() if names]
    if len(kinds) > 1:
        sets = "; ".join(f"{_KIND_WORDS[kind]}: {listed(found[kind])}" for kind in kinds)
        raise ConfigurationError(
            f"More than one kind of credentials is set. {sets}.",
            remedy="Unset all but one kind. Token-based authentication goes on working where it is set up; "
            "new integrations need OAuth 2.0 from NetSuite 2027.1 on.",
        )
    if kinds:
        return kinds[0]
    return "nango" if there(("NANGO_SECRET_KEY",)) else "tba"


_KIND_WORDS = {
    "tba": "Token-based authentication",
    "oauth2": "OAuth 2.0 client credentials",
    "nango": "Nango",
}
