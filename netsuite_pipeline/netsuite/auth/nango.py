"""Credentials that Nango keeps: asked for at the start, and again when NetSuite refuses them."""

import copy
import os
import threading
import time
from collections.abc import Callable, Mapping

from requests import PreparedRequest
from requests.auth import AuthBase

from netsuite_pipeline.netsuite.account import Account, parse_account_id
from netsuite_pipeline.netsuite.auth.access_token import AccessToken, BearerSigner, GrantedToken, TokenSender
from netsuite_pipeline.netsuite.auth.credentials import SignInHelp
from netsuite_pipeline.netsuite.auth.nango_api import (
    NangoConnection,
    NangoValues,
    checked_host,
)
from netsuite_pipeline.netsuite.auth.oauth2 import OAUTH2_HELP, WHY_NO_SOAP
from netsuite_pipeline.netsuite.auth.tba import TBA_HELP, TokenCredentials
from netsuite_pipeline.netsuite.auth.variables import (
    NANGO_HOST,
    NANGO_INTEGRATION,
    NANGO_VARIABLES,
    blank_inside,
    missing_variables,
)
from netsuite_pipeline.netsuite.errors import LOGIN_AUDIT_TRAIL, ConfigurationError, NangoError, Unavailable
from netsuite_pipeline.netsuite.limits.backoff import backoff_seconds
from netsuite_pipeline.netsuite.menus import CLIENT_CREDENTIALS

_MAX_TRIES = 4  # some four seconds, when nothing else of a sync has begun

_TBA_IN_NANGO = SignInHelp(
    causes=TBA_HELP.causes,
    lookup_menu=TBA_HELP.lookup_menu,
    fix_menu=TBA_HELP.fix_menu,
    remedy=f"Nango was asked again and keeps the same values. {TBA_HELP.remedy} Give new values to the "
    "connection in Nango; they are read at the next sync.",
)
_OAUTH2_IN_NANGO = SignInHelp(
    causes=OAUTH2_HELP.causes,
    lookup_menu=OAUTH2_HELP.lookup_menu,
    fix_menu=OAUTH2_HELP.fix_menu,
    remedy="Nango was asked again, and the access token that it gives is refused too. The Login Audit Trail "
    f"says why: {LOGIN_AUDIT_TRAIL}. Look at the mapping and its certificate ({CLIENT_CREDENTIALS}), its "
    "role and "
    "entity, then renew or reconnect the connection in Nango.",
)


class NangoCredentials:
    """What Nango keeps for one connection: TBA values, or an access token that Nango renews. Nothing of it is
    written anywhere.

    Args:
        connection: Where Nango keeps it.
        expected: The account that it must be for, where somebody said so.
        sleep: How to wait, in seconds, before Nango is asked again at the start.

    Example:
        >>> NangoCredentials(NangoConnection("https://api.nango.dev", "acme", "netsuite-tba", "secret"))
        NangoCredentials('acme')
    """

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
        self._values: NangoValues | None = None
        self._signer: AuthBase | None = None
        self._failure: NangoError | None = None

    def __repr__(self) -> str:
        return f"NangoCredentials({self._connection.connection_id!r})"

    @classmethod
    def from_variables(cls, variables: Mapping[str, str] = os.environ) -> "NangoCredentials":
        """Reads where Nango keeps the credentials. Nango is not asked yet.

        Args:
            variables: `NANGO_SECRET_KEY` and `NANGO_CONNECTION_ID`; optionally `NANGO_PROVIDER_CONFIG_KEY`
                (`netsuite-tba` when left out), `NANGO_HOST`, and `NETSUITE_ACCOUNT_ID`, which is then the
                only account that is taken.

        Raises:
            ConfigurationError: One or more are missing or malformed.
        """
        if missing := missing_variables(NANGO_VARIABLES, variables):
            missing.remedy = (
                "Set them in the environment or in .env: the secret key is in Nango's Environment Settings, "
                "the connection's id under Connections."
            )
            raise missing
        if spoilt := blank_inside("NANGO_SECRET_KEY", variables["NANGO_SECRET_KEY"].strip()):
            raise spoilt
        account = variables.get("NETSUITE_ACCOUNT_ID", "").strip()
        connection = NangoConnection(
            host=checked_host(variables.get("NANGO_HOST", "").strip() or NANGO_HOST),
            connection_id=variables["NANGO_CONNECTION_ID"].strip(),
            provider_config_key=variables.get("NANGO_PROVIDER_CONFIG_KEY", "").strip() or NANGO_INTEGRATION,
            secret_key=variables["NANGO_SECRET_KEY"].strip(),
        )
        return cls(connection, parse_account_id(account) if account else None)

    @property
    def kind(self) -> str:
        return "nango"

    @property
    def account(self) -> Account:
        """The account that the connection is for; Nango is asked for it once.

        Raises:
            NangoError: Nango does not give the credentials.
            Unavailable: Nango does not answer.
        """
        return self._known_values().account

    @property
    def secrets(self) -> tuple[str, ...]:
        passport = self._values.passport if self._values else None
        return (self._connection.secret_key, *(passport.secrets if passport else ()), *self._token.recent)

    @property
    def fingerprint(self) -> str:
        # An access token that Nango got anew names nothing that NetSuite's administrator made.
        passport = self.passport
        return passport.fingerprint if passport is not None else ""

    @property
    def passport(self) -> TokenCredentials | None:
        return self._known_values().passport

    @property
    def may_use_soap(self) -> bool:
        return self.passport is not None

    @property
    def why_no_soap(self) -> str:
        return "" if self.may_use_soap else WHY_NO_SOAP

    @property
    def sign_in_help(self) -> SignInHelp:
        return _TBA_IN_NANGO if self.may_use_soap else _OAUTH2_IN_NANGO

    @property
    def can_refresh(self) -> bool:
        return True

    def signer(self, send: TokenSender) -> AuthBase:
        """Gives the requests auth that signs by what Nango kept when it was last asked."""
        self._known_values()
        return _NangoSigner(self)

    def refresh(self, answered_at: float | None) -> bool:
        """Asks Nango again: somebody may have given it new values, or it may get a new access token.

        Returns:
            Whether Nango gave other values than the refused ones.

        Raises:
            NangoError: Nango does not give the credentials any more; it is not asked again.
            Unavailable: Nango does not answer.
        """
        with self._lock:
            before = self._known_values()
            if before.passport is not None:
                now = self._read(self._connection.read)
            else:
                now = self._read(self._connection.read_renewed)
            self._use(now)
            return now != before

    def _current(self) -> AuthBase:
        with self._lock:
            if self._signer is None:
                self._known_values()
            assert self._signer is not None
            return self._signer

    def _known_values(self) -> NangoValues:
        values = self._values
        if values is not None:
            return values
        with self._lock:
            if self._values is None:
                self._use(self._read_first())
            assert self._values is not None
            return self._values

    def _read_first(self) -> NangoValues:
        tries = 0
        while True:
            tries += 1
            try:
                return self._read(self._connection.read)
            except Unavailable as error:
                if tries >= _MAX_TRIES:
                    raise
                wait = backoff_seconds(tries, error.retry_after)
            self._sleep(min(wait, 5.0))

    def _read(self, ask: Callable[[], NangoValues]) -> NangoValues:
        if self._failure is not None:
            raise copy.copy(self._failure)
        try:
            return ask()
        except NangoError as error:
            self._failure = copy.copy(error)
            raise

    def _use(self, values: NangoValues) -> None:
        expected = self._values.account if self._values else self._expected
        if expected is not None and values.account != expected:
            # Another account's rows must not get among this one's.
            raise ConfigurationError(
                f"Nango's connection {self._connection.connection_id!r} is for account "
                f"{values.account.realm}, not for {expected.realm}.",
                remedy="Set NANGO_CONNECTION_ID to the account's own connection, or NETSUITE_ACCOUNT_ID to "
                "the connection's account.",
            )
        passport, token = values.passport, values.token
        if passport is not None:
            self._signer = passport.signer()
        elif token is not None:
            self._token.store(token)
            self._signer = BearerSigner(lambda: self._token.value(self._next_token))
        self._values = values

    def _next_token(self) -> GrantedToken:
        """Nango renews what has ended before it answers; what it gave before nevertheless is renewed."""
        values = self._read(self._connection.read)
        if values.token is not None and values.token.value in self._token.recent:
            values = self._read(self._connection.read_renewed)
        if values.token is None or values.account != self.account:
            raise NangoError(
                f"Nango's connection {self._connection.connection_id!r} has become another one.",
                reason="credentials",
                remedy="Start again: what it is now is read at the start.",
            )
        return values.token


class _NangoSigner(AuthBase):
    """Signs by what was read last, so that new values count at once."""

    def __init__(self, credentials: NangoCredentials) -> None:
        self._credentials = credentials

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        signed: PreparedRequest = self._credentials._current()(request)
        return signed

    def __repr__(self) -> str:
        return "_NangoSigner(…)"
