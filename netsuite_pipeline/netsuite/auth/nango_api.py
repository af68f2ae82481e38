"""One connection in Nango: its HTTP request, its credentials, its errors."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import requests

from netsuite_pipeline._version import __version__
from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.netsuite.account import Account, checked_base_url, parse_account_id
from netsuite_pipeline.netsuite.auth.access_token import GrantedToken
from netsuite_pipeline.netsuite.auth.tba import TokenCredentials
from netsuite_pipeline.netsuite.errors import (
    AccountIdError,
    ConfigurationError,
    NangoError,
    NetSuiteError,
    Unavailable,
)
from netsuite_pipeline.netsuite.http.error_parser import shown_text
from netsuite_pipeline.netsuite.http.request import Request, json_object
from netsuite_pipeline.netsuite.http.server_clock import http_date, utc_of
from netsuite_pipeline.netsuite.http.transport import Answer, Transport
from netsuite_pipeline.netsuite.limits.backoff import retry_after_seconds
from netsuite_pipeline.netsuite.limits.pacing import Pacing, SendGate
from netsuite_pipeline.netsuite.settings import ClientSettings

_SETTINGS = ClientSettings(concurrency=1, connect_seconds=10.0, read_seconds=30.0, max_seconds=60.0)
_SCOPE = "environment:connections:read_credentials"
_HOUR = 3600.0
_MIN_SECONDS = 60.0  # of validity for a token that Nango returns as expired
_DOWN = "Nango or the network is down: check Nango's status page and NANGO_HOST, then run again."
_KEYS = (
    "Set NANGO_SECRET_KEY to the secret key of the environment that holds the connection (Nango: Environment "
    "Settings)."
)


@dataclass(frozen=True)
class NangoValues:
    """What Nango keeps: `passport` or `token`.

    Attributes:
        account: The account of the connection.
        passport: TBA values.
        token: An access token, which Nango renews.
    """

    account: Account
    passport: TokenCredentials | None = field(default=None, repr=False)
    token: GrantedToken | None = field(default=None, repr=False)


@dataclass(frozen=True)
class NangoConnection:
    """The place of credentials in Nango.

    Attributes:
        host: Nango's address, without a slash at its end.
        connection_id: The connection's id in Nango.
        provider_config_key: The id of Nango's integration.
        secret_key: The secret key of Nango's environment.
    """

    host: str
    connection_id: str
    provider_config_key: str
    secret_key: str = field(repr=False)

    def read(self, *, renewed: bool = False) -> NangoValues:
        """Fetch the connection in one attempt.

        Args:
            renewed: Whether Nango renews the access token first.

        Raises:
            NangoError: Nango does not return the credentials.
            Unavailable: Nango does not answer properly.
        """
        path = f"/connections/{quote(self.connection_id, safe='')}"
        endpoint = f"GET {self.host}{path}"
        query = {"provider_config_key": self.provider_config_key}
        if renewed:
            query["force_refresh"] = "true"
        parsed = self._parse(self._answer(Request("GET", path, query=query), endpoint), endpoint)
        if isinstance(parsed, NetSuiteError):
            raise parsed
        return parsed

    def _answer(self, request: Request, endpoint: str) -> Answer | NetSuiteError:
        try:
            with (
                requests.Session() as session,
                closing(
                    Transport(session, self.host, _SETTINGS, SendGate(Pacing(), lambda: None), lambda: None)
                ) as transport,
            ):
                session.headers["User-Agent"] = f"netsuite-pipeline/{__version__}"
                headers = {"Accept": "application/json", "Accept-Encoding": "gzip"}
                prepared = transport.prepare(request, headers)
                prepared.headers["Authorization"] = f"Bearer {self.secret_key}"
                return transport.send(prepared, endpoint)
        except Unavailable as error:
            message = error.message.replace("NetSuite did not", "Nango did not")
            return Unavailable(message, remedy=_DOWN, endpoint=endpoint, timed_out=error.timed_out)
        except ConfigurationError as error:
            return error.with_traceback(None)

    def _parse(self, answer: Answer | NetSuiteError, endpoint: str) -> NangoValues | NetSuiteError:
        if isinstance(answer, NetSuiteError):
            return answer
        try:
            body = answer.body(endpoint)
        except Unavailable:
            body = b""
        if answer.status != 200:
            retry_after = retry_after_seconds(answer.headers.get("Retry-After"), datetime.now(UTC))
            return self._failure(answer.status, json_object(body), endpoint, retry_after)
        reply = json_object(body)
        if not isinstance(reply.get("connection_config"), Mapping) and "credentials" not in reply:
            return Unavailable(
                "Nango's reply contains no connection.", remedy=_DOWN, endpoint=endpoint, status=200
            )
        now = http_date(answer.headers.get("Date")) or utc_now()
        return parse_connection(reply, now, self._named, endpoint)

    @property
    def _named(self) -> str:
        return f"Nango's connection {self.connection_id!r} of {self.provider_config_key!r}"

    def _failure(
        self, status: int, reply: Mapping[str, Any], endpoint: str, retry_after: float | None
    ) -> NetSuiteError:
        """Return the error that a refusal by Nango means.

        Sources: NangoHQ/nango, getConnection.ts, and access.middleware.ts for keys.
        """
        error = reply.get("error")
        error = error if isinstance(error, Mapping) else {}
        code, words = (self._shown(error.get(name)) for name in ("code", "message"))
        facts: dict[str, Any] = {"endpoint": endpoint, "status": status, "code": code, "detail": words}
        ending = f": {words}" if words else "."
        if status == 429 or status >= 500 or (not error and status not in {401, 403}):
            return Unavailable(
                f"Nango does not answer properly ({status}){ending}",
                remedy=_DOWN,
                retry_after=retry_after,
                **facts,
            )
        if status == 403 or "scope" in code or "permission" in code:
            return NangoError(
                f"Nango does not permit its secret key to read connections{ending}",
                reason="scope",
                remedy=f"Give the key the scope {_SCOPE}, or use one that has it. {_KEYS}",
                **facts,
            )
        if status == 401:
            return NangoError(
                f"Nango, not NetSuite, refuses its secret key{ending}", reason="key", remedy=_KEYS, **facts
            )
        if code in {"unknown_provider_config", "unknown_integration"}:
            return NangoError(
                f"Nango has no integration {self.provider_config_key!r} in this key's environment.",
                reason="integration",
                remedy="Set NANGO_PROVIDER_CONFIG_KEY to the integration's id as Nango lists it under "
                f"Integrations. {_KEYS}",
                **facts,
            )
        if status == 404 or code in {"not_found", "unknown_connection"}:
            return NangoError(
                f"Nango has no connection {self.connection_id!r} of {self.provider_config_key!r}.",
                reason="connection",
                remedy="Set NANGO_CONNECTION_ID to the connection's id as Nango lists it under Connections. "
                f"{_KEYS}",
                **facts,
            )
        if code in {"server_error", "invalid_credentials"} or "refresh" in code:
            return NangoError(
                f"Nango could not renew its NetSuite token{ending}",
                reason="renewal",
                remedy="NetSuite refuses Nango's sign-in: check the connection's logs in Nango, then "
                "reconnect it in Nango.",
                **facts,
            )
        return NangoError(f"Nango does not give the connection ({code or status}){ending}", **facts)

    def _shown(self, text: object) -> str:
        if not isinstance(text, str):
            return ""
        return shown_text(text.replace(self.secret_key, "(hidden)"))[:300]


def parse_connection(
    reply: Mapping[str, Any], now: datetime, named: str, endpoint: str = ""
) -> NangoValues | NangoError:
    """Parse the credentials of a connection (NangoHQ/nango: formatters/connection.ts).

    With TBA the consumer is in the connection's `config_override` or, from the integration, in its
    `connection_config`. Client credentials are of Nango's kind TWO_STEP, or OAUTH2_CC, with the access token
    as `token`; OAUTH2 has it as `access_token`.

    Args:
        reply: The reply's JSON object.
        now: The time by Nango's clock, UTC.
        named: The connection, for error messages.
        endpoint: Method and path of the request.

    Example:
        >>> parse_connection({"credentials": {}}, datetime(2026, 1, 1), "The connection").reason
        'scope'
    """
    credentials, config = (_mapping(reply.get(name)) for name in ("credentials", "connection_config"))
    facts: dict[str, Any] = {"endpoint": endpoint, "status": 200 if endpoint else None}
    if not credentials:
        return NangoError(
            f"{named} is there, but its credentials are not shown.",
            reason="scope",
            remedy=f"NANGO_SECRET_KEY lacks the scope {_SCOPE}: give it that scope, or use a key with it.",
            **facts,
        )
    given = _text(config.get("accountId"))
    try:
        account = parse_account_id(given)
    except AccountIdError as error:
        return NangoError(
            f"{named} has no NetSuite account id that is one (connection_config.accountId): {error.message}",
            reason="credentials",
            remedy=error.remedy,
            **facts,
        )
    kind = _text(credentials.get("type")) or "unknown"
    if kind == "TBA":
        return _tba(account, credentials, config, named, facts)
    raw = _mapping(credentials.get("raw"))
    places = (credentials.get("access_token"), credentials.get("token"), raw.get("access_token"))
    token = next(filter(None, map(_text, places)), "")
    if not token:
        return NangoError(
            f"{named} holds credentials of the kind {shown_text(kind)[:40]} and no access token.",
            reason="credentials",
            remedy="Set NANGO_PROVIDER_CONFIG_KEY to an integration with NetSuite (netsuite-tba, "
            "netsuite-client-credentials), or reconnect the connection in Nango.",
            **facts,
        )
    granted = GrantedToken(token, _seconds_left(credentials.get("expires_at"), now))
    return NangoValues(account, token=granted)


def _tba(
    account: Account,
    credentials: Mapping[str, Any],
    config: Mapping[str, Any],
    named: str,
    facts: Mapping[str, Any],
) -> NangoValues | NangoError:
    override = _mapping(credentials.get("config_override"))
    values = {
        "the consumer key (credentials.config_override.client_id or connection_config.oauth_client_id)": (
            _text(override.get("client_id")) or _text(config.get("oauth_client_id"))
        ),
        "the consumer secret (credentials.config_override.client_secret or "
        "connection_config.oauth_client_secret)": (
            _text(override.get("client_secret")) or _text(config.get("oauth_client_secret"))
        ),
        "the token id (credentials.token_id)": _text(credentials.get("token_id")),
        "the token secret (credentials.token_secret)": _text(credentials.get("token_secret")),
    }
    missing = [name for name, value in values.items() if not value]
    if missing:
        return NangoError(
            f"{named} lacks {'; '.join(missing)}.",
            reason="credentials",
            remedy="Reconnect the connection in Nango with all four values of token-based authentication.",
            **facts,
        )
    return NangoValues(account, passport=TokenCredentials(account, *values.values()))


def _seconds_left(expires_at: object, now: datetime) -> float:
    try:
        ends = utc_of(datetime.fromisoformat(_text(expires_at)))
    except ValueError:
        return _HOUR
    return max(_MIN_SECONDS, (ends - now).total_seconds())


def checked_host(text: str) -> str:
    """Return Nango's address, without a slash at its end.

    Raises:
        ConfigurationError: It is no http(s) address, or plain http on another machine.

    Example:
        >>> checked_host("https://nango.example.com/")
        'https://nango.example.com'
    """
    usual = "Set NANGO_HOST to something like https://nango.example.com, or leave it unset for Nango's own."
    return checked_base_url(text, variable="NANGO_HOST", service="Nango", usual=usual)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
