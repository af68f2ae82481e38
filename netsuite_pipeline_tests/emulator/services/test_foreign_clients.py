"""Clients that nobody here wrote sign in and page: the PyPI package netsuite, and requests-oauthlib."""

import asyncio
import warnings
from functools import partial

import httpx
import pytest
import requests
from requests_oauthlib import OAuth1

from netsuite_pipeline.emulator.admin.client import AdminClient
from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline_tests.emulator.rest_client import SUITEQL

with warnings.catch_warnings(record=True):  # authlib says on import that it will leave httpx
    from netsuite import (  # type: ignore[import-untyped]
        Config,
        NetSuiteRestApi,
        TokenAuth,
        rest_api_base,
    )

# The package calls httpx and oauthlib in ways that these no longer like.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:use sign_hmac_sha256_with_client:DeprecationWarning"),
]


class Loopback(httpx.AsyncHTTPTransport):
    """Sends to the emulator what was signed for, and is addressed to, the account's own host."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self._target = httpx.URL(base_url)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Changes where the request goes, not its Host header."""
        target = self._target
        request.url = request.url.copy_with(scheme="http", host=target.host, port=target.port)
        return await super().handle_async_request(request)


@pytest.fixture
def foreign(emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch) -> NetSuiteRestApi:
    """The package's client; it makes its own addresses, and only its transport is ours."""
    env = emulator.env
    client = partial(httpx.AsyncClient, transport=Loopback(emulator.base_url))
    monkeypatch.setattr(rest_api_base.httpx, "AsyncClient", client)
    auth = TokenAuth(
        consumer_key=env["NETSUITE_CONSUMER_KEY"],
        consumer_secret=env["NETSUITE_CONSUMER_SECRET"],
        token_id=env["NETSUITE_TOKEN_ID"],
        token_secret=env["NETSUITE_TOKEN_SECRET"],
    )
    return NetSuiteRestApi(Config(account=env["NETSUITE_ACCOUNT_ID"], auth=auth))


def test_the_package_netsuite_signs_in_and_pages(foreign: NetSuiteRestApi, admin: AdminClient) -> None:
    async def every_id() -> list[str]:
        found: list[str] = []
        more = True
        while more:
            page = await foreign.suiteql("SELECT id FROM customer ORDER BY id", limit=10, offset=len(found))
            assert page["links"][-1]["href"].startswith("https://1234567-sb1.suitetalk.api.netsuite.com/")
            found += [item["id"] for item in page["items"]]
            more = page["hasMore"]
        return found

    assert asyncio.run(every_id()) == [str(row[0]) for row in admin.table("customer").rows]


def test_the_package_netsuite_reads_the_catalog(foreign: NetSuiteRestApi) -> None:
    schema = asyncio.run(foreign.jsonschema("customer"))
    assert "entityId" in schema["properties"]
    described = asyncio.run(foreign.openapi(["customer", "vendor"]))
    assert set(described["components"]["schemas"]) == {"customer", "vendor"}


def test_the_package_netsuite_is_refused_with_a_wrong_secret(
    foreign: NetSuiteRestApi, admin: AdminClient
) -> None:
    foreign._config.auth.token_secret = "wrong"
    with pytest.raises(rest_api_base.NetsuiteAPIRequestError, match="Invalid login attempt"):
        asyncio.run(foreign.suiteql("SELECT 1 AS one FROM dual"))
    assert admin.login_audit()[-1]["detail"] == "InvalidSignature"


def test_requests_oauthlib_signs_in_and_pages(emulator: EmulatorProcess, admin: AdminClient) -> None:
    env = emulator.env
    auth = OAuth1(
        env["NETSUITE_CONSUMER_KEY"],
        env["NETSUITE_CONSUMER_SECRET"],
        env["NETSUITE_TOKEN_ID"],
        env["NETSUITE_TOKEN_SECRET"],
        signature_method="HMAC-SHA256",
        realm=env["NETSUITE_ACCOUNT_ID"],
    )
    found: list[str] = []
    with requests.Session() as session:
        more = True
        while more:
            answer = session.post(
                emulator.base_url + SUITEQL,
                params={"limit": 20, "offset": len(found)},
                json={"q": "SELECT id FROM vendor ORDER BY id"},
                headers={"Prefer": "transient"},
                auth=auth,
                timeout=200,
            )
            assert answer.status_code == 200, answer.text
            found += [item["id"] for item in answer.json()["items"]]
            more = answer.json()["hasMore"]
    assert found == [str(row[0]) for row in admin.table("vendor").rows]
