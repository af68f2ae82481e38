"""Credentials of three kinds, and TBA's own: OAuth 1.0a with HMAC-SHA256."""

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from requests import PreparedRequest
from requests.auth import AuthBase
from requests_oauthlib import OAuth1

from netsuite_pipeline.netsuite.account import Account, parse_account_id
from netsuite_pipeline.netsuite.auth.access_token import Send
from netsuite_pipeline.netsuite.auth.credentials import Credentials, RefusedWords, fingerprint_of
from netsuite_pipeline.netsuite.errors import LOGIN_AUDIT_TRAIL, ConfigurationError, SignInError


def _no_debugging(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG


# Both libraries write keys, tokens and signatures to their debug logs; nobody needs them there. A filter on
# the very loggers, not a level: whoever switches debugging on everywhere sets levels.
for _name in (
    "oauthlib.oauth1.rfc5849",
    "oauthlib.oauth1.rfc5849.signature",
    "requests_oauthlib.oauth1_auth",
):
    logging.getLogger(_name).addFilter(_no_debugging)

__all__ = [
    "NANGO_VARIABLES",
    "OAUTH2_VARIABLES",
    "TBA_VARIABLES",
    "Credentials",
    "RefusedWords",
    "TokenCredentials",
    "TokenSigner",
    "blank_inside",
    "credentials_from_variables",
    "kind_of_credentials",
    "missing_variables",
]

TBA_VARIABLES = (
    "NETSUITE_ACCOUNT_ID",
    "NETSUITE_CONSUMER_KEY",
    "NETSUITE_CONSUMER_SECRET",
    "NETSUITE_TOKEN_ID",
    "NETSUITE_TOKEN_SECRET",
)

OAUTH2_VARIABLES = (
    "NETSUITE_ACCOUNT_ID",
    "NETSUITE_CLIENT_ID",
    "NETSUITE_CERTIFICATE_ID",
    "NETSUITE_PRIVATE_KEY",
)
NANGO_VARIABLES = ("NANGO_SECRET_KEY", "NANGO_CONNECTION_ID")


def credentials_from_variables(variables: Mapping[str, str] = os.environ) -> Credentials:
    """The credentials that are set, of whichever kind. Nothing is asked yet.

    Args:
        variables: Name to value; the process's environment when left out.

    Raises:
        ConfigurationError: Some are missing or malformed, or two kinds are set at once.
        AccountIdError: The account id is none.

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
    """Which kind is meant by what is set: `tba`, `oauth2` or `nango`; `tba` where nothing is.

    Nango's secret key alone means Nango only where nothing else is set: one key serves many connections.

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
        sets = "; ".join(f"{_KIND_WORDS[kind]}: {_listed(found[kind])}" for kind in kinds)
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

TBA_WORDS = RefusedWords(
    causes=(
        "A token was revoked.",
        "A secret was pasted wrongly.",
        "The account id is another one's.",
        "A sandbox was refreshed, which removes all tokens.",
    ),
    look=LOGIN_AUDIT_TRAIL,
    mend="Setup > Users/Roles > Access Tokens",
    remedy=SignInError.default_remedy,
)


def missing_variables(names: tuple[str, ...], variables: Mapping[str, str]) -> ConfigurationError | None:
    """The error that names all variables that are not set, at once; None where all are."""
    missing = [name for name in names if not variables.get(name, "").strip()]
    if not missing:
        return None
    present = [name for name in names if name not in missing]
    return ConfigurationError(
        f"{_listed(missing)} {'is' if len(missing) == 1 else 'are'} not set"
        + (f" ({_listed(present)} {'is' if len(present) == 1 else 'are'})." if present else "."),
        remedy="Set them in .env or in the environment, run `netsuite-pipeline connect`, which goes through "
        "it step by step, or try without an account: `netsuite-pipeline dev`, or `netsuite-pipeline "
        "emulator` and use the export lines it prints.",
    )


def blank_inside(name: str, value: str) -> ConfigurationError | None:
    """The error that a value with a blank inside is; it does not show the value."""
    if not any(character.isspace() or not character.isprintable() for character in value):
        return None
    return ConfigurationError(
        f"{name} has a blank or an invisible character inside; it was probably pasted with something else.",
        remedy=f"Paste the value of {name} alone, without quotes or line breaks.",
    )


@dataclass(frozen=True)
class TokenCredentials:
    """The five values of token-based authentication. Blanks and line ends around them are dropped.

    Attributes:
        account: The account they are for.
        consumer_key, consumer_secret: Of the integration record.
        token_id, token_secret: Of the access token, which is bound to a user, a role and that integration.

    Raises:
        ConfigurationError: A value is empty or has blanks inside.

    Example:
        >>> TokenCredentials.of("1234567-sb1", "ab12", "cd34", "ef56", "0a9b")
        TokenCredentials(account=Account(realm='1234567_SB1'))
    """

    account: Account
    consumer_key: str = field(repr=False)
    consumer_secret: str = field(repr=False)
    token_id: str = field(repr=False)
    token_secret: str = field(repr=False)

    @classmethod
    def of(
        cls, account_id: str, consumer_key: str, consumer_secret: str, token_id: str, token_secret: str
    ) -> "TokenCredentials":
        """Makes credentials of the five texts as a person pasted them."""
        given = dict(
            zip(
                TBA_VARIABLES,
                (account_id, consumer_key, consumer_secret, token_id, token_secret),
                strict=True,
            )
        )
        return cls.from_variables(given)

    @classmethod
    def from_variables(cls, variables: Mapping[str, str] = os.environ) -> "TokenCredentials":
        """Reads the credentials from variables named as the environment names them.

        Args:
            variables: Name to value; the process's environment when left out.

        Raises:
            ConfigurationError: One or more are missing; all missing ones are named at once.
            AccountIdError: The account id is none.
        """
        values = {name: variables.get(name, "").strip() for name in TBA_VARIABLES}
        if missing := missing_variables(TBA_VARIABLES, values):
            raise missing
        for name in TBA_VARIABLES[1:]:
            if spoilt := blank_inside(name, values[name]):
                raise spoilt
        key, secret, token, token_secret = (values[name] for name in TBA_VARIABLES[1:])
        return cls(parse_account_id(values["NETSUITE_ACCOUNT_ID"]), key, secret, token, token_secret)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown: for redaction and for the tests that look for leaks."""
        return (self.consumer_key, self.consumer_secret, self.token_id, self.token_secret)

    @property
    def kind(self) -> str:
        return "tba"

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.account, self.token_id)

    @property
    def passport(self) -> "TokenCredentials":
        return self

    @property
    def may_use_soap(self) -> bool:
        return True

    @property
    def why_no_soap(self) -> str:
        return ""

    @property
    def what_to_say(self) -> RefusedWords:
        return TBA_WORDS

    @property
    def renews(self) -> bool:
        return False

    def signer(self, send: Send | None = None) -> AuthBase:
        """Gives the requests auth that signs each request as it is sent, anew for every attempt."""
        return TokenSigner(self)

    def when_refused(self, answered_at: float | None) -> bool:
        """Nothing can be had anew: a token lives until somebody takes it back."""
        return False


class TokenSigner(AuthBase):
    """Signs a request by RFC 5849 as NetSuite wants it: HMAC-SHA256, the realm, the query in the base
    string and the body not (NSH:section_1534941088). A nonce lives once, so each attempt passes here."""

    def __init__(self, credentials: TokenCredentials) -> None:
        self._oauth = OAuth1(
            credentials.consumer_key,
            client_secret=credentials.consumer_secret,
            resource_owner_key=credentials.token_id,
            resource_owner_secret=credentials.token_secret,
            signature_method="HMAC-SHA256",
            realm=credentials.account.realm,
        )

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        signed: PreparedRequest = self._oauth(request)
        return signed

    def __repr__(self) -> str:
        return "TokenSigner(…)"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
