"""The emulated Nango gives the account's credentials as Nango does, and its own refusals."""

from collections.abc import Mapping
from typing import Any

import pytest
import requests

from netsuite_pipeline.emulator.admin.client import AdminClient
from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline_tests.emulator.assertions import with_bearer
from netsuite_pipeline_tests.emulator.rest_client import SERVER_TIME, RestClient

Env = Mapping[str, str]


@pytest.fixture
def env(emulator: EmulatorProcess) -> Env:
    return emulator.env_of("nango")


@pytest.fixture
def env_oauth2(emulator: EmulatorProcess) -> Env:
    return emulator.env_of("nango_oauth2")


def read(
    env: Env, *, id: str | None = None, key: str | None = None, path: str = "connections", **query: str
) -> requests.Response:
    """Asks Nango for a connection."""
    asked = {"provider_config_key": env["NANGO_PROVIDER_CONFIG_KEY"], **query}
    headers = {"Authorization": f"Bearer {env['NANGO_SECRET_KEY'] if key is None else key}"}
    url = f"{env['NANGO_HOST']}/{path}/{id or env['NANGO_CONNECTION_ID']}"
    return requests.get(url, params={k: v for k, v in asked.items() if v}, headers=headers, timeout=200)


def tba_variables(env: Env, received: Mapping[str, Any]) -> dict[str, str]:
    """What a reader of Nango's data takes out of it."""
    credentials, config = received["credentials"], received["connection_config"]
    consumer = credentials["config_override"]
    return {
        "NETSUITE_BASE_URL": env["NETSUITE_BASE_URL"],
        "NETSUITE_ACCOUNT_ID": config["accountId"].upper().replace("-", "_"),
        "NETSUITE_CONSUMER_KEY": consumer.get("client_id") or config["oauth_client_id"],
        "NETSUITE_CONSUMER_SECRET": consumer.get("client_secret") or config["oauth_client_secret"],
        "NETSUITE_TOKEN_ID": credentials["token_id"],
        "NETSUITE_TOKEN_SECRET": credentials["token_secret"],
    }


@pytest.mark.parametrize("path", ["connections", "connection"])
@pytest.mark.parametrize("account", ["host", "realm"])
@pytest.mark.parametrize("consumer", ["connection_config", "credentials"])
def test_what_nango_keeps_signs_in_wherever_it_keeps_it(
    env: Env, admin: AdminClient, consumer: str, account: str, path: str
) -> None:
    admin.set_variant("nango_consumer", consumer)
    admin.set_variant("nango_account", account)
    received = read(env, path=path).json()
    assert (
        received["connection_config"]["accountId"] == {"host": "1234567-sb1", "realm": "1234567_SB1"}[account]
    )
    assert (received["credentials"]["config_override"] == {}) == (consumer == "connection_config")
    assert (received["connection_config"]["oauth_client_id"] is None) == (consumer == "credentials")
    assert (received["provider"], received["credentials"]["type"]) == ("netsuite-tba", "TBA")
    assert RestClient(tba_variables(env, received)).get(SERVER_TIME).status_code == 200


def test_after_a_rotation_nango_has_the_new_token_and_the_old_is_refused(
    env: Env, admin: AdminClient
) -> None:
    before = tba_variables(env, read(env).json())
    new = admin.rotate_token()
    after = tba_variables(env, read(env).json())
    assert after == {name: new[name] for name in after}
    assert after["NETSUITE_TOKEN_ID"] != before["NETSUITE_TOKEN_ID"]
    assert RestClient(before).get(SERVER_TIME).status_code == 401
    assert RestClient(after).get(SERVER_TIME).status_code == 200


REFUSED = [
    pytest.param({"id": "nosuch"}, 404, "not_found", id="connection"),
    pytest.param({"provider_config_key": "nosuch"}, 400, "unknown_provider_config", id="provider"),
    pytest.param({"provider_config_key": "netsuite-client-credentials"}, 404, "not_found", id="the other provider"),
    pytest.param({"provider_config_key": ""}, 400, "invalid_query_params", id="no provider"),
    pytest.param({"force_refresh": "yes"}, 400, "invalid_query_params", id="no boolean"),
    pytest.param({"colour": "blue"}, 400, "invalid_query_params", id="unknown parameter"),
    pytest.param({"key": "12345678-1234-4234-8234-123456789abc"}, 401, "unknown_user_account", id="key"),
    pytest.param({"key": "secret"}, 401, "invalid_secret_key_format", id="a key that is none"),
    pytest.param({"key": ""}, 401, "malformed_auth_header", id="empty key"),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "status", "code"), REFUSED)
def test_nango_refuses_in_its_own_words(env: Env, asked: dict[str, str], status: int, code: str) -> None:
    answer = read(env, **asked)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert env["NANGO_SECRET_KEY"] not in answer.text


def test_without_a_header_nothing_is_shown(env: Env) -> None:
    url = f"{env['NANGO_HOST']}/connections/{env['NANGO_CONNECTION_ID']}?provider_config_key=netsuite-tba"
    assert requests.get(url, timeout=200).json()["error"]["code"] == "missing_auth_header"


def test_a_key_that_may_not_read_credentials_gets_none(env: Env, admin: AdminClient) -> None:
    admin.set_variant("nango_key", "no_credentials")
    answer = read(env)
    assert (answer.status_code, answer.json()["credentials"]) == (200, {})


def test_nango_can_be_down_while_netsuite_is_not(env: Env, emulator: EmulatorProcess) -> None:
    emulator.admin.set_variant("nango_down", "on")
    assert read(env).status_code == 503
    assert RestClient(emulator.env).get(SERVER_TIME).status_code == 200


@pytest.mark.parametrize("kind", ["TWO_STEP", "OAUTH2_CC"])
def test_the_client_credentials_connection_has_a_token_that_lets_in(
    env_oauth2: Env, admin: AdminClient, kind: str
) -> None:
    admin.set_variant("nango_token", kind)
    credentials = read(env_oauth2).json()["credentials"]
    assert credentials["type"] == kind
    assert credentials["expires_at"].endswith("Z")
    assert with_bearer(env_oauth2, SERVER_TIME, credentials["token"]).status_code == 200


def test_nango_keeps_its_token_until_a_refresh_is_forced(env_oauth2: Env, admin: AdminClient) -> None:
    first, second = (read(env_oauth2).json()["credentials"]["token"] for _ in range(2))
    assert first == second
    admin.expire_access_tokens()
    assert read(env_oauth2).json()["credentials"]["token"] == first, "Nango cannot know"
    renewed = read(env_oauth2, force_refresh="true").json()["credentials"]["token"]
    assert renewed != first
    assert with_bearer(env_oauth2, SERVER_TIME, first).status_code == 401
    assert with_bearer(env_oauth2, SERVER_TIME, renewed).status_code == 200


def test_nango_says_when_netsuite_gives_it_no_token(env_oauth2: Env, admin: AdminClient) -> None:
    admin.revoke_certificate()
    answer = read(env_oauth2, force_refresh="true")
    assert (answer.status_code, answer.json()["error"]["code"]) == (424, "invalid_credentials")
