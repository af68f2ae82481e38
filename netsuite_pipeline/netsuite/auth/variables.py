"""The variables of all kinds of credentials: one table for resource, `connect`, override, docs and checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.wording import listed

NANGO_HOST = "https://api.nango.dev"
NANGO_INTEGRATION = "netsuite-tba"


@dataclass(frozen=True)
class CredentialVariable:
    """One value that a kind of credentials consists of.

    Attributes:
        kind: `tba`, `oauth2` or `nango`; empty for the account id, which all kinds may have.
        field: The field of `NetSuiteResource` that holds the value.
        label: What NetSuite or Nango calls the value.
        about: What the value is, as a clause for a table in the docs.
        secret: The value is never shown.
        optional: The value may be absent.
        default: What an absent value stands for, or empty.
        shared: Several connections may have the value in common.
    """

    kind: str
    field: str
    label: str
    about: str = ""
    secret: bool = False
    optional: bool = False
    default: str = ""
    shared: bool = False

    @property
    def variable(self) -> str:
        """The environment variable, by its standard name."""
        name = self.field.upper()
        return name if self.kind == "nango" else f"NETSUITE_{name}"


CREDENTIAL_VARIABLES = (
    CredentialVariable("", "account_id", "Account ID", "the account's id, as for a token"),
    CredentialVariable("tba", "consumer_key", "Consumer Key", secret=True),
    CredentialVariable("tba", "consumer_secret", "Consumer Secret", secret=True),
    CredentialVariable("tba", "token_id", "Token ID", secret=True),
    CredentialVariable("tba", "token_secret", "Token Secret", secret=True),
    CredentialVariable("oauth2", "client_id", "Client ID", "the integration's client id", secret=True),
    CredentialVariable(
        "oauth2", "certificate_id", "Certificate ID", "the id that NetSuite gave the certificate", secret=True
    ),
    CredentialVariable(
        "oauth2",
        "private_key",
        "Private key",
        "the private key, as the path of a file or as PEM text",
        secret=True,
    ),
    CredentialVariable(
        "oauth2",
        "private_key_password",
        "Password of the private key",
        "the password of the key, if the key is encrypted",
        secret=True,
        optional=True,
    ),
    CredentialVariable(
        "oauth2",
        "certificate",
        "Certificate",
        "optional: the certificate, as a path or as PEM text, so that you are warned before it expires",
        optional=True,
    ),
    CredentialVariable(
        "oauth2",
        "signing_algorithm",
        "Signing algorithm",
        "optional: the key decides, PS256 with RSA, ES256 and so on with EC",
        optional=True,
    ),
    CredentialVariable(
        "nango",
        "nango_secret_key",
        "Secret key of the Nango environment",
        "the secret key of the environment (Nango: Environment Settings); it needs the scope "
        "`environment:connections:read_credentials`",
        secret=True,
        shared=True,
    ),
    CredentialVariable(
        "nango", "nango_connection_id", "Connection ID", "the connection's id (Nango: Connections)"
    ),
    CredentialVariable(
        "nango",
        "nango_provider_config_key",
        "Integration ID",
        f"the integration's id (Nango: Integrations); `{NANGO_INTEGRATION}` by default. An integration with "
        "OAuth 2.0 client credentials works too",
        optional=True,
        default=NANGO_INTEGRATION,
    ),
    CredentialVariable(
        "nango",
        "nango_host",
        "Address of Nango",
        f"the address of your own Nango; `{NANGO_HOST}` by default",
        optional=True,
        default=NANGO_HOST,
        shared=True,
    ),
)
ACCOUNT_ID = CREDENTIAL_VARIABLES[0]


def variables_of_kind(kind: str) -> tuple[CredentialVariable, ...]:
    """Return the variables of one kind, without the account id.

    Example:
        >>> [each.field for each in variables_of_kind("tba")]
        ['consumer_key', 'consumer_secret', 'token_id', 'token_secret']
    """
    return tuple(each for each in CREDENTIAL_VARIABLES if each.kind == kind)


def _required(kind: str) -> tuple[str, ...]:
    return tuple(each.variable for each in variables_of_kind(kind) if not each.optional)


TBA_VARIABLES = (ACCOUNT_ID.variable, *_required("tba"))
OAUTH2_VARIABLES = (ACCOUNT_ID.variable, *_required("oauth2"))
NANGO_VARIABLES = _required("nango")  # the connection in Nango has the account


_SET_THEM = (
    "Set them in .env or in the environment, run `netsuite-pipeline connect`, which leads you through the "
    "set-up, or try without an account: `netsuite-pipeline dev`, or `netsuite-pipeline emulator` and the "
    "export lines that it prints."
)


def required_values(
    names: Sequence[str], variables: Mapping[str, str], remedy: str = _SET_THEM
) -> Mapping[str, str]:
    """Return the values of variables, without blanks around them.

    Args:
        names: The variables.
        variables: Name to value.
        remedy: What to do about missing variables.

    Raises:
        ConfigurationError: One or more are not set; the error names all of them.
    """
    values = {name: variables.get(name, "").strip() for name in names}
    missing = [name for name in names if not values[name]]
    if not missing:
        return values
    present = [name for name in names if name not in missing]
    raise ConfigurationError(
        f"{listed(missing)} {'is' if len(missing) == 1 else 'are'} not set"
        + (f" ({listed(present)} {'is' if len(present) == 1 else 'are'})." if present else "."),
        remedy=remedy,
    )


def has_blank(value: str) -> bool:
    """Return whether a value has a blank or an invisible character inside.

    Example:
        >>> has_blank("ab12"), has_blank("ab 12")
        (False, True)
    """
    return any(character.isspace() or not character.isprintable() for character in value)


def refuse_blanks(values: Mapping[str, str]) -> None:
    """Raise if a value has a blank inside; the error names the variable and does not show the value."""
    for name, value in values.items():
        if has_blank(value):
            raise ConfigurationError(
                f"{name} has a blank or an invisible character inside; it was probably pasted with something "
                "else.",
                remedy=f"Paste the value of {name} alone, without quotes or line breaks.",
            )
