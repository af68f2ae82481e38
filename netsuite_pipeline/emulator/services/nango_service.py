"""A Nango with the account's credentials: `GET /connections/{id}`, as Nango's own server answers.

Shapes and messages are those of NangoHQ/nango (facts 7). Concurrency limit, faults and
login audit do not apply to Nango.
"""

import hmac
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from netsuite_pipeline.emulator.account.account import EmulatedAccount
from netsuite_pipeline.emulator.account.roles import DATA_PIPELINE
from netsuite_pipeline.emulator.auth.credential_kinds import (
    OAUTH2_CONNECTION,
    OAUTH2_PROVIDER,
    TBA_CONNECTION,
    TBA_PROVIDER,
    nango_secret_key,
)
from netsuite_pipeline.emulator.refusal import SignInRefused
from netsuite_pipeline.emulator.services.oauth2_service import grant_for

_KEY = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)
_PARAMETERS = {"provider_config_key", "force_refresh", "refresh_token"}
_CONNECTIONS = {TBA_PROVIDER: TBA_CONNECTION, OAUTH2_PROVIDER: OAUTH2_CONNECTION}
_BOOLEANS = {"true", "false"}


class NangoRefusal(Exception):
    """An error reply of Nango."""

    def __init__(self, status: int, code: str, message: str = "", **more: object) -> None:
        super().__init__(code)
        self.status = status
        self.error: Mapping[str, object] = {"code": code, **({"message": message} if message else {}), **more}


def nango_routes(account: EmulatedAccount) -> list[BaseRoute]:
    """Build the routes below `/nango`; older clients use the second one."""
    service = NangoService(account)
    return [
        Route("/connections/{id}", service.connection, methods=["GET"]),
        Route("/connection/{id}", service.connection, methods=["GET"]),
    ]


class NangoService:
    """Serves two connections to the account: one with its token, one with its certificate."""

    def __init__(self, account: EmulatedAccount) -> None:
        self._account = account
        self._kept = ("", 0.0)
        self._kept_of = account.access_tokens

    async def connection(self, request: Request) -> Response:
        """Answer one connection with its credentials."""
        if self._account.variants.nango_down:
            return Response("upstream connect error", 503, media_type="text/plain")
        try:
            self._check_key(request.headers.get("authorization", ""))
            provider = _provider(request)
            if request.path_params["id"] != _CONNECTIONS[provider]:
                raise NangoRefusal(404, "not_found", "Failed to find connection")
            forced = request.query_params.get("force_refresh") == "true"
            return JSONResponse(self._connection(provider, forced))
        except NangoRefusal as refusal:
            return JSONResponse({"error": refusal.error}, refusal.status)

    def _check_key(self, header: str) -> None:
        key = header.rpartition("Bearer ")[2]
        if not header:
            code, reason = "missing_auth_header", "The request is missing a key."
        elif not key:
            code, reason = "malformed_auth_header", "The header is malformed."
        elif not _KEY.fullmatch(key):
            code, reason = "invalid_secret_key_format", "The key is no UUID v4."
        elif not hmac.compare_digest(key.encode(), nango_secret_key(self._account).encode()):
            code, reason = "unknown_user_account", "No account has this key."
        else:
            return
        raise NangoRefusal(401, code, f"Authentication failed. {reason}")

    def _connection(self, provider: str, forced: bool) -> Mapping[str, object]:
        account, variants = self._account, self._account.variants
        credentials, config = self._tba() if provider == TBA_PROVIDER else self._oauth2(forced)
        id = account.settings.account_id
        typed = id if variants.nango_account == "realm" else id.lower().replace("_", "-")
        now = _iso(time.time())
        return {
            "id": 1 + list(_CONNECTIONS).index(provider),
            "connection_id": _CONNECTIONS[provider],
            "provider_config_key": provider,
            "provider": provider,
            "errors": [],
            "end_user": None,
            "tags": {},
            "metadata": None,
            "connection_config": {"accountId": typed, **config},
            "webhook_url_override": None,
            "created_at": "2026-01-01T00:00:00.000Z",
            "updated_at": now,
            "last_fetched_at": now,
            "credentials": {} if variants.nango_key == "no_credentials" else credentials,
        }

    def _tba(self) -> tuple[Mapping[str, object], Mapping[str, object]]:
        token = self._account.token_named(DATA_PIPELINE)
        integration = self._account.keyring.integration
        key, secret = integration.consumer_key, integration.consumer_secret
        override: Mapping[str, str] = {}
        config: Mapping[str, object] = {"oauth_client_id": key, "oauth_client_secret": secret}
        if self._account.variants.nango_consumer == "credentials":
            override = {"client_id": key, "client_secret": secret}
            config = {"oauth_client_id": None, "oauth_client_secret": None}
        credentials = {
            "type": "TBA",
            "token_id": token.token_id,
            "token_secret": token.token_secret,
            "config_override": override,
        }
        return credentials, config

    def _oauth2(self, forced: bool) -> tuple[Mapping[str, object], Mapping[str, object]]:
        """Return the credentials of the client-credentials connection.

        Nango signs the assertion itself and keeps the token until it expires. The fields beside the token are
        a guess.
        """
        account = self._account
        token, expires = self._kept
        # Nango uses its own clock, not the account's.
        if forced or expires <= time.time() or self._kept_of is not account.access_tokens:
            try:
                grant = grant_for(account, account.certificates.own, account.keyring.integration.scopes)
            except SignInRefused as refused:
                raise NangoRefusal(
                    424, "invalid_credentials", "The external API returned an error when trying to refresh"
                ) from refused
            token = account.access_tokens.issue(grant, account.clock.seconds())
            expires = time.time() + account.access_tokens.seconds
            self._kept, self._kept_of = (token, expires), account.access_tokens
        credentials = {
            "type": account.variants.nango_token,
            "token": token,
            "expires_at": _iso(expires),
            "raw": {
                "access_token": token,
                "expires_in": str(account.access_tokens.seconds),
                "token_type": "bearer",
            },
        }
        return credentials, {}


def _provider(request: Request) -> str:
    """Read the provider from the query; Nango refuses unknown parameters."""
    names = [name for name, _ in request.query_params.multi_items()]
    unknown = sorted(set(names) - _PARAMETERS)
    if unknown:
        errors = [
            {"code": "unrecognized_keys", "message": f"Unrecognized key(s): {', '.join(unknown)}", "path": []}
        ]
        raise NangoRefusal(400, "invalid_query_params", errors=errors)
    provider = request.query_params.get("provider_config_key", "")
    flags = [request.query_params.get(name, "false") for name in ("force_refresh", "refresh_token")]
    if not provider or len(names) != len(set(names)) or not set(flags) <= _BOOLEANS:
        errors = [{"code": "invalid_type", "message": "Required", "path": ["provider_config_key"]}]
        raise NangoRefusal(400, "invalid_query_params", errors=errors)
    if provider not in _CONNECTIONS:
        raise NangoRefusal(400, "unknown_provider_config", "Provider does not exists")
    return provider


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
