"""Sign-in: oauthlib's own server side decides, from the account's keys and tokens."""

import threading
from collections.abc import Mapping
from typing import Any

from oauthlib.oauth1 import RequestValidator, SignatureOnlyEndpoint

from netsuite_pipeline_tests.interoperability.server.settings import Account

_WINDOW_SECONDS = 300


class _Knowledge(RequestValidator):  # type: ignore[misc]
    """What oauthlib asks about the account: keys, secrets, nonces."""

    enforce_ssl = False
    timestamp_lifetime = _WINDOW_SECONDS
    allowed_signature_methods = ("HMAC-SHA256",)
    client_key_length = (6, 64)
    nonce_length = (6, 64)
    dummy_client = "unknown"

    def __init__(self, account: Account) -> None:
        super().__init__()
        self._account = account
        self._lock = threading.Lock()
        self._used: set[tuple[str, str]] = set()

    def validate_timestamp_and_nonce(
        self, client_key: str, timestamp: str, nonce: str, request: Any, *tokens: Any, **more: Any
    ) -> bool:
        with self._lock:
            fresh = (timestamp, nonce) not in self._used
            self._used.add((timestamp, nonce))
        return fresh

    def validate_client_key(self, client_key: str, request: Any) -> bool:
        return client_key == self._account.consumer_key

    def get_client_secret(self, client_key: str, request: Any) -> str:
        return self._account.consumer_secret

    def get_access_token_secret(self, client_key: str, token: str, request: Any) -> str:
        return self._account.token_secret


class Gate:
    """Lets signed requests of the account's token in."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._endpoint = SignatureOnlyEndpoint(_Knowledge(account))

    def admits(self, url: str, method: str, body: str, headers: Mapping[str, str]) -> bool:
        """Whether signature, time, nonce, realm and token are in order."""
        valid, request = self._endpoint.validate_request(url, method, body, dict(headers))
        return bool(
            valid
            and request.realm == self._account.realm
            and request.resource_owner_key == self._account.token
        )
