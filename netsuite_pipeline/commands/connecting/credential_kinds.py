"""The three kinds of credentials that `connect` sets up, and the values that each prompts for."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from netsuite_pipeline.netsuite.auth.variables import (
    ACCOUNT_ID,
    CREDENTIAL_VARIABLES,
    CredentialVariable,
    variables_of_kind,
)
from netsuite_pipeline.netsuite.config.variable_prefix import prefixed_name

_OF_THE_KEY = {"private_key", "private_key_password", "certificate", "signing_algorithm"}  # see keys.py


@dataclass(frozen=True)
class CredentialKind:
    """One way to sign in.

    Attributes:
        name: `tba`, `oauth2` or `nango`.
        title: The name for people.
        audience: Whom the kind is for.
        prompts: The values that a person or a pipe gives, in this order.
    """

    name: str
    title: str
    audience: str
    prompts: tuple[CredentialVariable, ...]


TBA = CredentialKind(
    "tba",
    "token-based authentication (TBA)",
    "for an integration that exists: none can be created from NetSuite 2027.1 on",
    (ACCOUNT_ID, *variables_of_kind("tba")),
)
OAUTH2 = CredentialKind(
    "oauth2",
    "OAuth 2.0 client credentials (machine to machine)",
    "with a key and a certificate that are made here",
    (ACCOUNT_ID, *(each for each in variables_of_kind("oauth2") if each.field not in _OF_THE_KEY)),
)
NANGO = CredentialKind(
    "nango", "a connection in Nango", "where Nango keeps the credentials", variables_of_kind("nango")
)
KINDS: Mapping[str, CredentialKind] = MappingProxyType({kind.name: kind for kind in (TBA, OAUTH2, NANGO)})


def all_variables(prefix: str) -> tuple[str, ...]:
    """Return the credential variables of a connection, of all kinds: one kind replaces all others."""
    return tuple(prefixed_name(prefix, each.variable) for each in CREDENTIAL_VARIABLES)
