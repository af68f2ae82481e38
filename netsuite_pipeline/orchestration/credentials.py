"""The credentials of a NetSuite resource: single fields, or one object of one kind."""

from collections.abc import Mapping
from itertools import count
from typing import Any, Literal

import dagster as dg
from pydantic import Field

from netsuite_pipeline.netsuite.auth.variables import CREDENTIAL_VARIABLES
from netsuite_pipeline.wording import listed

_HIDDEN_PREFIX = "(hidden, set in code) "

# Dagster shows the configuration of a resource in its UI and keeps it in its event log. A secret that is
# written as a plain string must not get there: the field holds a mark, the value stays in this process.
_hidden: dict[str, str] = {}
_marks = count(1)
_SECRETS = frozenset(each.field for each in CREDENTIAL_VARIABLES if each.secret)


def _secret(description: str) -> Any:
    return Field(default="", description=f"{description}; use EnvVar.")


class HiddenSecrets(dg.Config):
    """Fields of which the secret ones hold a mark instead of a plain string."""

    def __init__(self, **fields: Any) -> None:
        # Dagster drops an unknown field silently.
        if unknown := sorted(fields.keys() - type(self).model_fields.keys()):
            raise TypeError(f"{type(self).__name__} has no field {listed(unknown)}.")
        super().__init__(**{name: self._hide(name, value) for name, value in fields.items()})

    @staticmethod
    def _hide(name: str, value: Any) -> Any:
        if name not in _SECRETS or not value or isinstance(value, dg.EnvVar) or value in _hidden:
            return value
        mark = f"{_HIDDEN_PREFIX}{next(_marks)}"
        _hidden[mark] = str(value)
        return mark


class _TokenFields(HiddenSecrets):
    consumer_key: str = _secret("Token: the integration record's consumer key")
    consumer_secret: str = _secret("Token: the integration record's consumer secret")
    token_id: str = _secret("Token: the access token's id")
    token_secret: str = _secret("Token: the access token's secret")


class _OAuth2Fields(HiddenSecrets):
    client_id: str = _secret("OAuth 2.0: the integration record's client id")
    certificate_id: str = _secret("OAuth 2.0: the id of the certificate's mapping")
    private_key: str = _secret("OAuth 2.0: the private key, as PEM text or a file's path")
    private_key_password: str = _secret("OAuth 2.0: the private key's password, if it has one")
    certificate: str = Field(
        default="",
        description="OAuth 2.0: PEM text, or a file's path, to be warned before it expires.",
    )
    signing_algorithm: str = Field(
        default="", description="OAuth 2.0: PS256, ES256 and so on; the key's own if empty."
    )


class _NangoFields(HiddenSecrets):
    nango_secret_key: str = _secret("Nango: the environment's secret key")
    nango_connection_id: str = Field(default="", description="Nango: the connection's id.")
    nango_provider_config_key: str = Field(default="", description="Nango: the integration's id.")
    nango_host: str = Field(default="", description="Nango: its address, if not api.nango.dev.")


class FlatCredentials(_TokenFields, _OAuth2Fields, _NangoFields):
    """The fields of all kinds of credentials side by side."""


class TokenCredentials(_TokenFields):
    """Signs in by an access token (token-based authentication, TBA).

    Example:
        >>> TokenCredentials(token_id=dg.EnvVar("TOKEN_ID"), token_secret="plain").token_secret != "plain"
        True
    """

    kind: Literal["token"] = "token"


class OAuth2Credentials(_OAuth2Fields):
    """Signs in by a certificate (OAuth 2.0 client credentials)."""

    kind: Literal["oauth2"] = "oauth2"


class NangoCredentials(_NangoFields):
    """Signs in by a connection that Nango keeps."""

    kind: Literal["nango"] = "nango"


class EnvironmentCredentials(dg.Config):
    """Signs in by the flat fields of the resource, and by environment variables."""

    kind: Literal["environment"] = "environment"


VARIABLES: Mapping[str, str] = {
    **{each.field: each.variable for each in CREDENTIAL_VARIABLES},
    "base_url": "NETSUITE_BASE_URL",
    "concurrency": "NETSUITE_CONCURRENCY",
}
"""The environment variable of each field."""


def given_values(fields: object) -> dict[str, str]:
    """Return the values that are set in fields, without marks, by the field's name."""
    values = {name: str(getattr(fields, name, "") or "") for name in VARIABLES}
    return {name: _hidden.get(value, value) for name, value in values.items() if value}
