"""Token-based authentication: OAuth 1.0a with HMAC-SHA256."""

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from requests import PreparedRequest
from requests_oauthlib import OAuth1

from netsuite_pipeline.netsuite.account import Account, parse_account_id
from netsuite_pipeline.netsuite.auth.access_token import Signer, TokenSender
from netsuite_pipeline.netsuite.auth.variables import TBA_VARIABLES, refuse_blanks, required_values
from netsuite_pipeline.netsuite.errors import SignInError


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


@dataclass(frozen=True)
class TokenCredentials:
    """The five values of token-based authentication.

    Attributes:
        account: The account of the token.
        consumer_key, consumer_secret: From the integration record.
        token_id, token_secret: From the access token, which is bound to user, role and integration.

    Example:
        >>> TokenCredentials(parse_account_id("1234567-sb1"), "ab12", "cd34", "ef56", "0a9b")
        TokenCredentials(account=Account(realm='1234567_SB1'))
    """

    kind: ClassVar[str] = "tba"
    can_refresh: ClassVar[bool] = False  # a token is valid until a person revokes it
    sign_in_help: ClassVar[str] = SignInError.remedy

    account: Account
    consumer_key: str = field(repr=False)
    consumer_secret: str = field(repr=False)
    token_id: str = field(repr=False)
    token_secret: str = field(repr=False)

    @classmethod
    def from_variables(cls, variables: Mapping[str, str] = os.environ) -> "TokenCredentials":
        """Read the credentials from environment variables, without blanks and line ends around them.

        Args:
            variables: Name to value; the process's environment when left out.

        Raises:
            ConfigurationError: One or more are missing; the error names all of them.
            AccountIdError: The account id is malformed.
        """
        account_id, *names = TBA_VARIABLES
        values = required_values(TBA_VARIABLES, variables)
        given = {name: values[name] for name in names}
        refuse_blanks(given)
        return cls(parse_account_id(values[account_id]), *given.values())

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must never be shown."""
        return (self.consumer_key, self.consumer_secret, self.token_id, self.token_secret)

    @property
    def fingerprint(self) -> str:
        """A digest of account and token id."""
        return self.account.fingerprint(self.token_id)

    @property
    def passport(self) -> "TokenCredentials":
        """The credentials themselves."""
        return self

    def signer(self, send: TokenSender | None = None) -> Signer:
        """Return the signer, which signs by RFC 5849 as NetSuite requires (NSH:section_1534941088).

        HMAC-SHA256, the realm, the query in the base string and the body not. A nonce is valid once, so each
        attempt is signed anew.
        """
        oauth = OAuth1(
            self.consumer_key,
            client_secret=self.consumer_secret,
            resource_owner_key=self.token_id,
            resource_owner_secret=self.token_secret,
            signature_method="HMAC-SHA256",
            realm=self.account.realm,
        )

        def sign(request: PreparedRequest) -> PreparedRequest:
            signed: PreparedRequest = oauth(request)
            return signed

        return sign

    def refresh(self, answered_at: float | None) -> bool:
        """Return False: there are no other values."""
        return False
