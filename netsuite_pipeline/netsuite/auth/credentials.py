"""What a client signs in with, whichever kind it is, and what to say when that is refused."""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from requests.auth import AuthBase

from netsuite_pipeline.netsuite.account import Account
from netsuite_pipeline.netsuite.auth.access_token import TokenSender


@dataclass(frozen=True)
class SignInHelp:
    """What to say when NetSuite refuses these credentials.

    Attributes:
        causes: What may be the cause, a sentence each, the likeliest first.
        look: Where NetSuite tells which one it is, as a menu path.
        mend: The menu path where such credentials are made and taken back.
        remedy: All that in a few sentences, as an error's remedy.
    """

    causes: tuple[str, ...]
    lookup_menu: str
    fix_menu: str
    remedy: str


def fingerprint_of(account: Account, *names: str) -> str:
    """Return a digest of an account and of what it calls some credentials, from which neither can be read.

    Args:
        account: The account.
        names: The token's id, or the client's and its certificate's.

    Example:
        >>> len(fingerprint_of(Account("1234567"), "a token"))
        16
    """
    return hashlib.sha256("/".join([account.realm, *names]).encode()).hexdigest()[:16]


class TokenPassport(Protocol):
    """The values of token-based authentication that a SOAP token passport is signed with
    (NSH:section_1534941088)."""

    @property
    def account(self) -> Account:
        """The account that the token belongs to."""
        ...

    @property
    def consumer_key(self) -> str:
        """The consumer key of the integration record."""
        ...

    @property
    def consumer_secret(self) -> str:
        """The consumer secret of the integration record."""
        ...

    @property
    def token_id(self) -> str:
        """The id of the access token."""
        ...

    @property
    def token_secret(self) -> str:
        """The secret of the access token."""
        ...

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must never be shown."""
        ...


class Credentials(Protocol):
    """What a client signs in with: token-based authentication, OAuth 2.0 client credentials, or what Nango
    keeps. Shared by all threads of a client."""

    @property
    def kind(self) -> str:
        """`tba`, `oauth2` or `nango`."""
        ...

    @property
    def account(self) -> Account:
        """The account they are for. Nango is asked for it once.

        Raises:
            NetSuiteError: Nango does not tell.
        """
        ...

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown, tokens that were got meanwhile among it."""
        ...

    @property
    def fingerprint(self) -> str:
        """A digest of what NetSuite calls these credentials: another token or certificate has another.
        Empty where that is not known."""
        ...

    @property
    def passport(self) -> TokenPassport | None:
        """The TBA values that a SOAP token passport is signed with; None where there are none."""
        ...

    @property
    def may_use_soap(self) -> bool:
        """Whether there is a passport."""
        ...

    @property
    def why_no_soap(self) -> str:
        """Why SOAP cannot be asked, as a sentence; empty where it can."""
        ...

    @property
    def sign_in_help(self) -> SignInHelp:
        """Who may be the cause of a refusal, and where to look."""
        ...

    @property
    def can_refresh(self) -> bool:
        """Whether values that NetSuite refuses can be had anew without a person."""
        ...

    def signer(self, send: TokenSender) -> AuthBase:
        """Gives the requests auth that signs each request as it is sent, anew for every attempt.

        Args:
            send: How to ask NetSuite for an access token.
        """
        ...

    def refresh(self, answered_at: float | None) -> bool:
        """Called once, by one thread, when NetSuite refused a sign-in, before that is believed; while it
        runs no request is under way that could be signed.

        Args:
            answered_at: When any request last got a proper answer, by `time.monotonic`, or None.

        Returns:
            Whether the next attempt is worth making at once: it is signed with other values than the
            refused ones, and those were not refused from the beginning.

        Raises:
            NetSuiteError: Nango does not tell the values any more.
        """
        ...
