"""The credentials that a client signs in with, and the help for a refused sign-in."""

from typing import Protocol

from netsuite_pipeline.netsuite.account import Account
from netsuite_pipeline.netsuite.auth.access_token import Signer, TokenSender
from netsuite_pipeline.netsuite.auth.tba import TokenCredentials


class Credentials(Protocol):
    """The credentials of a client: TBA, OAuth 2.0 client credentials, or a Nango connection.

    All threads of a client share them.
    """

    @property
    def kind(self) -> str:
        """`tba`, `oauth2` or `nango`."""

    @property
    def account(self) -> Account:
        """The account of the credentials. A Nango connection is read for it once.

        Raises:
            NetSuiteError: Nango does not return it.
        """

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must never be shown, recent access tokens included."""

    @property
    def fingerprint(self) -> str:
        """A digest of the names of these credentials, which another token or certificate changes.

        Empty where the names are not known.
        """

    @property
    def passport(self) -> TokenCredentials | None:
        """The values of a SOAP token passport (NSH:section_1534941088); None where there are none."""

    @property
    def sign_in_help(self) -> str:
        """What to do about a refused sign-in, as an error's remedy."""

    @property
    def can_refresh(self) -> bool:
        """Whether `refresh` may get new values without a person."""

    def signer(self, send: TokenSender) -> Signer:
        """Return the signer, which signs each attempt anew.

        Args:
            send: Fetches an access token from NetSuite.
        """

    def refresh(self, answered_at: float | None) -> bool:
        """Refresh the credentials after a refused sign-in, before the refusal is confirmed.

        One thread calls this method, while no request is in flight that could be signed.

        Args:
            answered_at: When any request last got a proper answer, by `time.monotonic`, or None.

        Returns:
            Whether to try again at once: the next attempt is signed with other values, and the refused ones
            had worked before.

        Raises:
            NetSuiteError: Nango does not return the values any more.
        """
