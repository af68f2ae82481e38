"""The three kinds of credentials: which values each takes, in which order, and how it is told from others."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from netsuite_pipeline.netsuite.config.variable_prefix import STANDARD_PREFIX


@dataclass(frozen=True)
class Asked:
    """A value that is asked for.

    Attributes:
        variable: Where it goes, by its standard name.
        words: What NetSuite or Nango calls it.
        secret: Whether typing it shows nothing.
        otherwise: What an empty answer stands for; empty where one is needed.
    """

    variable: str
    words: str
    secret: bool = False
    otherwise: str = ""


@dataclass(frozen=True)
class Kind:
    """One way to sign in.

    Attributes:
        name: `tba`, `oauth2` or `nango`.
        words: As a person says it.
        who: Whom it is for.
        asked: The values, in the order in which a pipe gives them.
        others: Variables of the kind that are not asked for.
    """

    name: str
    words: str
    who: str
    asked: tuple[Asked, ...]
    others: tuple[str, ...] = ()

    @property
    def variables(self) -> tuple[str, ...]:
        """All variables that belong to the kind."""
        return (*(each.variable for each in self.asked), *self.others)


ACCOUNT = Asked("NETSUITE_ACCOUNT_ID", "Account ID")

TBA = Kind(
    "tba",
    "token-based authentication (TBA)",
    "for an integration that has it already: none can be made from NetSuite 2027.1 on",
    (
        ACCOUNT,
        Asked("NETSUITE_CONSUMER_KEY", "Consumer Key", secret=True),
        Asked("NETSUITE_CONSUMER_SECRET", "Consumer Secret", secret=True),
        Asked("NETSUITE_TOKEN_ID", "Token ID", secret=True),
        Asked("NETSUITE_TOKEN_SECRET", "Token Secret", secret=True),
    ),
)
OAUTH2 = Kind(
    "oauth2",
    "OAuth 2.0 client credentials (machine to machine)",
    "with a key and a certificate that are made here",
    (
        ACCOUNT,
        Asked("NETSUITE_CLIENT_ID", "Client ID"),
        Asked("NETSUITE_CERTIFICATE_ID", "Certificate ID"),
    ),
    (
        "NETSUITE_PRIVATE_KEY",
        "NETSUITE_PRIVATE_KEY_PASSWORD",
        "NETSUITE_CERTIFICATE",
        "NETSUITE_SIGNING_ALGORITHM",
    ),
)
NANGO = Kind(
    "nango",
    "a connection in Nango",
    "where Nango keeps the credentials",
    (
        Asked("NANGO_SECRET_KEY", "Secret key of the Nango environment", secret=True),
        Asked("NANGO_CONNECTION_ID", "Connection ID"),
        Asked("NANGO_PROVIDER_CONFIG_KEY", "Integration ID", otherwise="netsuite-tba"),
        Asked("NANGO_HOST", "Address of Nango", otherwise="https://api.nango.dev"),
    ),
    ("NETSUITE_ACCOUNT_ID",),
)
KINDS: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in (TBA, OAUTH2, NANGO)})


def name_with(prefix: str, variable: str) -> str:
    """A variable's name among those of a connection.

    Example:
        >>> name_with("SANDBOX", "NETSUITE_TOKEN_ID"), name_with("SANDBOX", "NANGO_CONNECTION_ID")
        ('SANDBOX_TOKEN_ID', 'SANDBOX_NANGO_CONNECTION_ID')
    """
    if prefix == STANDARD_PREFIX:
        return variable
    return f"{prefix}_{variable.removeprefix(f'{STANDARD_PREFIX}_')}"


def all_variables(prefix: str) -> tuple[str, ...]:
    """What any kind would set of a connection: one kind replaces all others."""
    names = dict.fromkeys(variable for kind in KINDS.values() for variable in kind.variables)
    return tuple(name_with(prefix, name) for name in names)
