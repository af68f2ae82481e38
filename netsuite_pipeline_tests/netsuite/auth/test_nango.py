"""Credentials from Nango: both places of the consumer, rotation, and whose error an error is."""

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import pytest

from netsuite_pipeline.netsuite.auth.nango import NangoCredentials
from netsuite_pipeline.netsuite.auth.nango_api import NangoValues, parse_connection
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import ConfigurationError, NangoError, SignInError, Unavailable
from netsuite_pipeline.netsuite.settings import ClientSettings
from netsuite_pipeline_tests.netsuite.bodies import LOGIN_BODY
from netsuite_pipeline_tests.netsuite.keys import token_credentials
from netsuite_pipeline_tests.netsuite.scripted import Answer, Asked, Script, ScriptedServer
from netsuite_pipeline_tests.netsuite.token_server import GOOD

Serve = Callable[[Script], ScriptedServer]

SECRET_KEY = "nango0secret0key"
NOW = datetime(2026, 1, 2, 3, 0)
REFUSED = Answer(status=401, body=LOGIN_BODY)


def tba(token_id: str = "ti", **changed: Any) -> dict[str, Any]:
    """Return a connection of netsuite-tba as Nango sends it."""
    return {
        "id": 1,
        "connection_id": "acme",
        "provider_config_key": "netsuite-tba",
        "provider": "netsuite-tba",
        "errors": [],
        "connection_config": {
            "accountId": "1234567-sb1", "oauth_client_id": "ck", "oauth_client_secret": "cs",
        },
        "credentials": {
            "type": "TBA", "token_id": token_id, "token_secret": "ts", "config_override": {},
        },
        **changed,
    }  # fmt: skip


def bearing(token: str, **changed: Any) -> dict[str, Any]:
    """A connection of netsuite-client-credentials."""
    return tba(
        connection_config={"accountId": "1234567_SB1"},
        credentials={
            "type": "TWO_STEP", "token": token, "expires_at": "2025-03-26T17:21:00.000Z",
            "clientId": "c", "privateKey": "hush", "raw": {},
        } | changed,
    )  # fmt: skip


def connection_reply(connection: Mapping[str, Any]) -> Answer:
    return Answer(body=json.dumps(connection).encode())


def refusal(status: int, code: str = "", message: str = "") -> Answer:
    return Answer(status=status, body=json.dumps({"error": {"code": code, "message": message}}).encode())


@pytest.fixture
def client_of() -> Any:
    with ExitStack() as stack:

        def client(
            nango: ScriptedServer,
            netsuite: ScriptedServer,
            settings: ClientSettings | None = None,
            **more: str,
        ) -> NetSuiteClient:
            credentials = credentials_of(nango, **more)
            return stack.enter_context(
                NetSuiteClient(credentials, base_url=netsuite.url, settings=settings, sleep=lambda _: None)
            )

        yield client


def credentials_of(nango: ScriptedServer, **more: str) -> NangoCredentials:
    credentials = NangoCredentials.from_variables(
        {"NANGO_SECRET_KEY": SECRET_KEY, "NANGO_CONNECTION_ID": "acme co", "NANGO_HOST": nango.url, **more}
    )
    credentials._sleep = lambda _: None
    return credentials


@pytest.mark.parametrize(
    ("changed", "consumer"),
    [
        ({}, ("ck", "cs")),
        ({"credentials": {"type": "TBA", "token_id": "ti", "token_secret": "ts"}}, ("ck", "cs")),
        (
            {"credentials": {"type": "TBA", "token_id": "ti", "token_secret": "ts", "config_override": {"client_id": "ok", "client_secret": "os"}}},
            ("ok", "os"),
        ),
        (
            {
                "connection_config": {"accountId": " 1234567_SB1 ", "oauth_client_id": None, "oauth_client_secret": ""},
                "credentials": {"type": "TBA", "token_id": "ti", "token_secret": "ts", "config_override": {"client_id": "ok", "client_secret": "os"}},
            },
            ("ok", "os"),
        ),
    ],
    ids=["config_override is empty", "there is none", "it goes first", "the integration has none"],
)  # fmt: skip
def test_the_consumer_is_found_in_either_place(changed: dict[str, Any], consumer: tuple[str, str]) -> None:
    values = parse_connection(tba(**changed), NOW, "The connection")
    assert isinstance(values, NangoValues)
    assert values.account.realm == "1234567_SB1"
    assert values.passport == token_credentials("1234567_SB1", *consumer, "ti", "ts")


@pytest.mark.parametrize(
    ("credentials", "value", "seconds"),
    [
        ({"type": "TWO_STEP", "token": "a", "expires_at": "2026-01-02T03:30:00.000Z"}, "a", 1800.0),
        ({"type": "OAUTH2_CC", "token": "b", "expires_at": "2026-01-02T04:00:00+00:00"}, "b", 3600.0),
        ({"type": "OAUTH2", "access_token": "c", "token": "no", "raw": {"access_token": "no"}}, "c", 3600.0),
        ({"type": "OAUTH2_CC", "raw": {"access_token": "d"}, "expires_at": "soon"}, "d", 3600.0),
        ({"type": "OAUTH2", "access_token": "e", "expires_at": "2026-01-02T02:00:00Z"}, "e", 60.0),
    ],
)
def test_an_access_token_is_found_whatever_nango_calls_the_kind(
    credentials: dict[str, Any], value: str, seconds: float
) -> None:
    values = parse_connection(tba(credentials=credentials), NOW, "The connection")
    assert isinstance(values, NangoValues)
    assert values.token is not None
    assert (values.token.value, values.token.seconds, values.passport) == (value, seconds, None)


@pytest.mark.parametrize(
    ("changed", "reason", "words"),
    [
        ({"credentials": {}}, "scope", "its credentials are not shown"),
        ({"credentials": None}, "scope", "its credentials are not shown"),
        ({"connection_config": {}}, "credentials", "no NetSuite account id"),
        ({"connection_config": {"accountId": "evil.com/"}}, "credentials", "no NetSuite account id"),
        ({"connection_config": {"accountId": "1234567"}}, "credentials", "lacks the consumer key (credentials.config_override.client_id or connection_config.oauth_client_id); the consumer secret"),
        ({"credentials": {"type": "TBA", "token_id": "ti"}}, "credentials", "lacks the token secret (credentials.token_secret)."),
        ({"credentials": {"type": "API_KEY", "apiKey": "hush"}}, "credentials", "of the kind API_KEY and no access token"),
    ],
)  # fmt: skip
def test_a_connection_that_cannot_sign_is_refused_by_what_it_lacks(
    changed: dict[str, Any], reason: str, words: str
) -> None:
    failure = parse_connection(tba(**changed), NOW, "Nango's connection 'acme'")
    assert isinstance(failure, NangoError)
    assert failure.reason == reason
    assert words in failure.message
    assert failure.remedy
    assert "hush" not in str(failure)


@pytest.mark.parametrize(
    ("answer", "reason", "words"),
    [
        (refusal(401, "unknown_user_account"), "key", "Nango, not NetSuite, refuses its secret key"),
        (refusal(401, "invalid_secret_key_format", f"{SECRET_KEY} is no key"), "key", ": (hidden) is no key"),
        (Answer(status=401, body=b""), "key", "refuses its secret key."),
        (refusal(403, "forbidden", "Missing scope"), "scope", "does not permit its secret key"),
        (refusal(404, "not_found", "Failed to find connection"), "connection", "no connection 'acme co' of 'netsuite-tba'"),
        (refusal(400, "unknown_connection"), "connection", "no connection 'acme co'"),
        (refusal(400, "unknown_provider_config", "x"), "integration", "no integration 'netsuite-tba'"),
        (refusal(400, "invalid_query_params"), "other", "invalid_query_params"),
        (refusal(424, "server_error", "Failed to refresh"), "renewal", "could not renew its NetSuite token: Failed to refresh"),
    ],
)  # fmt: skip
def test_nangos_own_errors_are_distinguished_and_not_retried(
    serve: Serve, answer: Answer, reason: str, words: str
) -> None:
    nango = serve([answer])
    credentials = credentials_of(nango)
    for _ in range(2):
        with pytest.raises(NangoError) as raised:
            _ = credentials.account
        assert raised.value.reason == reason
        assert words in raised.value.message
        assert raised.value.endpoint == f"GET {nango.url}/connections/acme%20co"
        assert raised.value.remedy
        assert SECRET_KEY not in str(raised.value)
    assert len(nango.asked) == 1


def test_requests_to_nango_follow_its_reference(serve: Serve) -> None:
    nango = serve([connection_reply(tba())])
    credentials = credentials_of(nango, NANGO_PROVIDER_CONFIG_KEY="our-netsuite")
    assert credentials.account.realm == "1234567_SB1"
    assert credentials.passport is not None
    [asked] = nango.asked
    assert (asked.method, asked.target) == ("GET", "/connections/acme%20co?provider_config_key=our-netsuite")
    assert asked.headers["Authorization"] == f"Bearer {SECRET_KEY}"


@pytest.mark.parametrize(
    "trouble",
    [Answer(status=503, body=b""), Answer(status=429, body=b"{}"), Answer(reset=True), Answer(body=b"<p>")],
    ids=["503", "429", "reset", "HTML"],
)
def test_a_nango_in_trouble_is_retried_and_named(serve: Serve, trouble: Answer) -> None:
    nango = serve([trouble, trouble, connection_reply(tba())])
    assert credentials_of(nango).account.realm == "1234567_SB1"
    down = serve([trouble])
    with pytest.raises(Unavailable) as raised:
        _ = credentials_of(down).account
    assert len(down.asked) == 4
    assert "Nango" in raised.value.remedy


def test_requests_are_signed_with_what_nango_keeps(serve: Serve, client_of: Any) -> None:
    netsuite = serve([GOOD])
    client = client_of(serve([connection_reply(tba())]), netsuite)
    assert client.fetch_page("SELECT 1").rows
    assert client.account.realm == "1234567_SB1"
    assert netsuite.asked[0].signed["oauth_token"] == "ti"
    assert netsuite.asked[0].signed["realm"] == "1234567_SB1"


def letting_in(token_id: str) -> Callable[[Asked], Answer]:
    def script(asked: Asked) -> Answer:
        good = token_id in (asked.signed.get("oauth_token"), asked.headers["Authorization"][len("Bearer ") :])
        return GOOD if good else REFUSED

    return script


@pytest.mark.parametrize("confirm", [True, False])
def test_rotated_values_are_read_and_used(serve: Serve, client_of: Any, confirm: bool) -> None:
    nango, netsuite = (
        serve([connection_reply(tba("old")), connection_reply(tba("new"))]),
        serve(letting_in("new")),
    )
    client = client_of(nango, netsuite, ClientSettings(confirm_sign_in=confirm))
    assert client.fetch_page("SELECT 1").rows
    assert [asked.signed["oauth_token"] for asked in netsuite.asked] == ["old", "new", "new"]
    assert len(nango.asked) == 2


@pytest.mark.parametrize(("confirm", "most"), [(True, 2), (False, 1)])
def test_a_refusal_is_final_where_nango_returns_the_same_values(
    serve: Serve, client_of: Any, confirm: bool, most: int
) -> None:
    nango, netsuite = serve([connection_reply(tba("old"))]), serve(letting_in("new"))
    client = client_of(nango, netsuite, ClientSettings(confirm_sign_in=confirm))
    for _ in range(3):
        with pytest.raises(SignInError):
            client.fetch_page("SELECT 1")
    assert (len(nango.asked), len(netsuite.asked)) == (2, most)
    with pytest.raises(SignInError) as raised:
        client.server_time()
    assert "Setup > Users/Roles > Access Tokens" in raised.value.remedy


def test_a_connection_that_is_gone_by_then_is_nangos_error(serve: Serve, client_of: Any) -> None:
    nango = serve([connection_reply(tba("old")), refusal(404, "not_found")])
    client = client_of(nango, serve(letting_in("new")))
    for _ in range(3):
        with pytest.raises(NangoError, match="no connection"):
            client.fetch_page("SELECT 1")
    assert len(nango.asked) == 2


def test_an_access_token_that_is_refused_is_renewed_by_nango(serve: Serve, client_of: Any) -> None:
    nango = serve([connection_reply(bearing("old0token")), connection_reply(bearing("new0token"))])
    client = client_of(nango, serve(letting_in("new0token")))
    assert client.fetch_page("SELECT 1").rows
    assert [asked.query.get("force_refresh") for asked in nango.asked] == [None, ["true"]]
    with pytest.raises(ConfigurationError, match=r"SOAP does not support OAuth 2\.0"):
        client.probes.soap_server_time()


def test_an_access_token_that_ends_is_read_anew(serve: Serve) -> None:
    nango = serve(
        [connection_reply(bearing("one")), connection_reply(bearing("one")), connection_reply(bearing("two"))]
    )
    credentials = credentials_of(nango)
    assert credentials.account.realm == "1234567_SB1"
    credentials._token.discard()  # as its end does
    assert credentials._token.value(credentials._next_token) == "two"
    assert [asked.query.get("force_refresh") for asked in nango.asked] == [None, None, ["true"]]


def test_another_accounts_values_are_refused(serve: Serve, client_of: Any) -> None:
    other = tba(
        "new", connection_config={"accountId": "7654321", "oauth_client_id": "c", "oauth_client_secret": "s"}
    )
    with pytest.raises(ConfigurationError, match="for account 1234567_SB1, not for 7654321"):
        _ = credentials_of(serve([connection_reply(tba())]), NETSUITE_ACCOUNT_ID="7654321").account
    client = client_of(
        serve([connection_reply(tba("old")), connection_reply(other)]), serve(letting_in("new"))
    )
    with pytest.raises(ConfigurationError, match="for account 7654321, not for 1234567_SB1"):
        client.fetch_page("SELECT 1")


@pytest.mark.parametrize("host", ["nango", "ftp://nango", "http://user:hush@nango"])
def test_an_address_that_is_none_is_named(host: str) -> None:
    with pytest.raises(ConfigurationError, match="is no address to ask Nango at") as raised:
        NangoCredentials.from_variables(
            {"NANGO_SECRET_KEY": "s", "NANGO_CONNECTION_ID": "c", "NANGO_HOST": host}
        )
    assert "Set NANGO_HOST to" in raised.value.remedy
    assert "hush" not in str(raised.value)
