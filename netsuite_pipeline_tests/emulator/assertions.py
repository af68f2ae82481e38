"""Client assertions for the emulator's tests, signed by joserfc: nothing of the package is in them."""

import time
from collections.abc import Mapping
from typing import Any

import requests
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

TOKEN = "/services/rest/auth/oauth2/v1/token"
_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
Key = ECKey | RSAKey | OctKey


def endpoint(env: Mapping[str, str]) -> str:
    """The token endpoint's address."""
    return env["NETSUITE_BASE_URL"] + TOKEN


def assertion(
    env: Mapping[str, str],
    key: Key | None = None,
    header: Mapping[str, Any] | None = None,
    **changed: Any,
) -> str:
    """A signed assertion; `header` and `changed` are what shall differ, None to leave a claim out."""
    now = int(time.time())
    claims = {
        "iss": env["NETSUITE_CLIENT_ID"],
        "scope": "rest_webservices",
        "aud": endpoint(env),
        "iat": now,
        "exp": now + 300,
    } | changed
    protected = {"typ": "JWT", "alg": "ES256", "kid": env["NETSUITE_CERTIFICATE_ID"], **(header or {})}
    signing = key or ECKey.import_key(env["NETSUITE_PRIVATE_KEY"])
    sent = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(protected, sent, signing, algorithms=[str(protected["alg"])])


def request_token(env: Mapping[str, str], signed: str, **changed: str) -> requests.Response:
    """Asks for an access token; `changed` are fields of the form that shall differ."""
    form = {"grant_type": "client_credentials", "client_assertion_type": _TYPE, "client_assertion": signed}
    return requests.post(endpoint(env), data=form | changed, timeout=200)


def access_token(env: Mapping[str, str]) -> str:
    """An access token; AssertionError when it is refused."""
    answer = request_token(env, assertion(env))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def with_bearer(env: Mapping[str, str], path: str, token: str) -> requests.Response:
    """Asks for a path by an access token."""
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(env["NETSUITE_BASE_URL"] + path, headers=headers, timeout=200)
