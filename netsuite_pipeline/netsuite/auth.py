"""Credentials, and the signing of requests with them: TBA, that is OAuth 1.0a with HMAC-SHA256."""

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from requests import PreparedRequest
from requests.auth import AuthBase
from requests_oauthlib import OAuth1

from netsuite_pipeline.netsuite.account import Account, parse_account_id
from netsuite_pipeline.netsuite.errors import ConfigurationError


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

TBA_VARIABLES = (
    "NETSUITE_ACCOUNT_ID",
    "NETSUITE_CONSUMER_KEY",
    "NETSUITE_CONSUMER_SECRET",
    "NETSUITE_TOKEN_ID",
    "NETSUITE_TOKEN_SECRET",
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
        missing = [name for name in TBA_VARIABLES if not values[name]]
        if missing:
            present = [name for name in TBA_VARIABLES if values[name]]
            raise ConfigurationError(
                f"{_listed(missing)} {'is' if len(missing) == 1 else 'are'} not set"
                + (f" ({_listed(present)} {'is' if len(present) == 1 else 'are'})." if present else "."),
                remedy="Set them in the environment or in .env (README.md says where NetSuite shows "
                "them), or try without an account: `netsuite-pipeline dev`, or `netsuite-pipeline "
                "emulator` and use the export lines it prints.",
            )
        for name in TBA_VARIABLES[1:]:
            if any(character.isspace() or not character.isprintable() for character in values[name]):
                raise ConfigurationError(
                    f"{name} has a blank or an invisible character inside; it was probably pasted with "
                    "something else.",
                    remedy=f"Paste the value of {name} alone, without quotes or line breaks.",
                )
        key, secret, token, token_secret = (values[name] for name in TBA_VARIABLES[1:])
        return cls(parse_account_id(values["NETSUITE_ACCOUNT_ID"]), key, secret, token, token_secret)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown: for redaction and for the tests that look for leaks."""
        return (self.consumer_key, self.consumer_secret, self.token_id, self.token_secret)

    def signer(self) -> AuthBase:
        """Gives the requests auth that signs each request as it is sent, anew for every attempt."""
        return TokenSigner(self)


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
