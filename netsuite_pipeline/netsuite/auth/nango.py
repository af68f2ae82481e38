"""Credentials that Nango keeps: fetched at the start, and again when NetSuite refuses them."""

import copy
import os
import threading
import time
from collections.abc import Callable, Mapping

from requests import PreparedRequest

from netsuite_pipeline.netsuite.account import Account, parse_account_id
from netsuite_pipeline.netsuite.auth.access_token import (
    AccessToken,
    GrantedToken,
    Signer,
    TokenSender,
    bearer_signer,
)
from netsuite_pipeline.netsuite.auth.nango_api import NangoConnection, NangoValues, checked_host
from netsuite_pipeline.netsuite.auth.tba import TokenCredentials
from netsuite_pipeline.netsuite.auth.variables import (
    NANGO_HOST,
    NANGO_INTEGRATION,
    NANGO_VARIABLES,
    refuse_blanks,
    required_values,
)
from netsuite_pipeline.netsuite.errors import ConfigurationError, NangoError, SignInError, Unavailable
from netsuite_pipeline.netsuite.limits.backoff import backoff_seconds
from netsuite_pipeline.netsuite.menus import CLIENT_CREDENTIALS, LOGIN_AUDIT_TRAIL

_MAX_TRIES = 4  # some four seconds, when nothing else of a sync has begun

_TBA_IN_NANGO = (
    f"Nango returned the same values again. {SignInError.remedy} Give new values to the "
    "connection in Nango; the next sync reads them."
)
_OAUTH2_IN_NANGO = (
    "Nango renewed its access token, and NetSuite refuses the new one too. The Login Audit Trail names the "
    f"cause: {LOGIN_AUDIT_TRAIL}. Check the mapping and its certificate ({CLIENT_CREDENTIALS}), its role and "
    "its entity, then renew or reconnect the connection in Nango."
)


class NangoCredentials:
    """The credentials of one Nango connection: TBA values, or an access token that Nango renews.

    Nothing of them is written to disk.

    Args:
        connection: The connection in Nango.
        expected: The only account that is accepted, or None.
        sleep: Waits some seconds before Nango is read again at the start.

    Example:
        >>> NangoCredentials(NangoConnection("https://api.nango.dev", "acme", "netsuite-tba", "secret"))
        NangoCredentials('acme')
    """

    kind = "nango"
    can_refresh = True  # Nango may have new values

    def __init__(
        self,
        connection: NangoConnection,
        expected: Account | None = None,
        *,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._connection = connection
        self._expected = expected
        self._sleep = sleep
        self._lock = threading.RLock()
        self._token = AccessToken()
        self._in_use: tuple[NangoValues, Signer] | None = None
        self._failure: NangoError | None = None

    def __repr__(self) -> str:
        return f"NangoCredentials({self._connection.connection_id!r})"

    @classmethod
    def from_variables(cls, variables: Mapping[str, str] = os.environ) -> "NangoCredentials":
        """Read the connection from environment variables. Nothing is sent yet.

        Args:
            variables: `NANGO_SECRET_KEY` and `NANGO_CONNECTION_ID`; optionally `NANGO_PROVIDER_CONFIG_KEY`
                (default `netsuite-tba`), `NANGO_HOST`, and `NETSUITE_ACCOUNT_ID`, which is then the only
                account that is accepted.

        Raises:
            ConfigurationError: One or more are missing or malformed.
        """
        values = required_values(
            NANGO_VARIABLES,
            variables,
            "Set them in the environment or in .env: the secret key is in Nango's Environment Settings, the "
            "connection's id under Connections.",
        )
        secret_key, connection_id = values["NANGO_SECRET_KEY"], values["NANGO_CONNECTION_ID"]
        refuse_blanks({"NANGO_SECRET_KEY": secret_key})
        account = variables.get("NETSUITE_ACCOUNT_ID", "").strip()
        connection = NangoConnection(
            host=checked_host(variables.get("NANGO_HOST", "").strip() or NANGO_HOST),
            connection_id=connection_id,
            provider_config_key=variables.get("NANGO_PROVIDER_CONFIG_KEY", "").strip() or NANGO_INTEGRATION,
            secret_key=secret_key,
        )
        return cls(connection, parse_account_id(account) if account else None)

    @property
    def account(self) -> Account:
        """The account of the connection. Nango is read for it once.

        Raises:
            NangoError: Nango does not return the credentials.
            Unavailable: Nango does not answer.
        """
        return self._known_values().account

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must never be shown."""
        passport = self._in_use[0].passport if self._in_use else None
        return (self._connection.secret_key, *(passport.secrets if passport else ()), *self._token.recent)

    @property
    def fingerprint(self) -> str:
        # An access token that Nango got anew names nothing that NetSuite's administrator made.
        """A digest of account and token id; empty for an access token."""
        passport = self.passport
        return passport.fingerprint if passport is not None else ""

    @property
    def passport(self) -> TokenCredentials | None:
        """The TBA values, or None."""
        return self._known_values().passport

    @property
    def sign_in_help(self) -> str:
        """The help for refused values."""
        return _TBA_IN_NANGO if self.passport else _OAUTH2_IN_NANGO

    def signer(self, send: TokenSender) -> Signer:
        """Return the signer, which signs with the latest values, so that new values apply at once."""
        self._known_values()
        return self._sign

    def refresh(self, answered_at: float | None) -> bool:
        """Fetch the values from Nango again; Nango may have new values or a new access token.

        Returns:
            Whether Nango returned other values than the refused ones.

        Raises:
            NangoError: Nango does not return the credentials any more; no further request is sent.
            Unavailable: Nango does not answer.
        """
        with self._lock:
            before = self._known_values()
            now = self._read(renewed=before.passport is None)
            self._use(now)
            return now != before

    def _sign(self, request: PreparedRequest) -> PreparedRequest:
        with self._lock:
            sign = self._loaded()[1]
        return sign(request)

    def _known_values(self) -> NangoValues:
        return self._loaded()[0]

    def _loaded(self) -> tuple[NangoValues, Signer]:
        if self._in_use is None:
            with self._lock:
                return self._in_use or self._use(self._read_first())
        return self._in_use

    def _read_first(self) -> NangoValues:
        tries = 0
        while True:
            tries += 1
            try:
                return self._read()
            except Unavailable as error:
                if tries >= _MAX_TRIES:
                    raise
                wait = backoff_seconds(tries, error.retry_after)
            self._sleep(min(wait, 5.0))

    def _read(self, *, renewed: bool = False) -> NangoValues:
        if self._failure is not None:
            raise copy.copy(self._failure)
        try:
            return self._connection.read(renewed=renewed)
        except NangoError as error:
            self._failure = copy.copy(error)
            raise

    def _use(self, values: NangoValues) -> tuple[NangoValues, Signer]:
        expected = self._in_use[0].account if self._in_use else self._expected
        if expected is not None and values.account != expected:
            # Rows of two accounts must not mix.
            raise ConfigurationError(
                f"Nango's connection {self._connection.connection_id!r} is for account "
                f"{values.account.realm}, not for {expected.realm}.",
                remedy="Set NANGO_CONNECTION_ID to the account's own connection, or NETSUITE_ACCOUNT_ID to "
                "the connection's account.",
            )
        if values.passport is not None:
            self._in_use = values, values.passport.signer()
        else:
            if values.token is not None:
                self._token.store(values.token)
            self._in_use = values, bearer_signer(lambda: self._token.value(self._next_token))
        return self._in_use

    def _next_token(self) -> GrantedToken:
        """Return a new token.

        Nango renews an expired token before it answers. A token that is not new is renewed by force.
        """
        values = self._read()
        if values.token is not None and values.token.value in self._token.recent:
            values = self._read(renewed=True)
        if values.token is None or values.account != self.account:
            raise NangoError(
                f"Nango's connection {self._connection.connection_id!r} has become another one.",
                reason="credentials",
                remedy="Start again: what it is now is read at the start.",
            )
        return values.token
