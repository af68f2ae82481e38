"""Nothing of client credentials or of Nango's is shown: no key, no assertion, no access token, whatever fails."""

import json
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import parse_qs

import pytest

from netsuite_pipeline.netsuite.auth.credentials import Credentials
from netsuite_pipeline.netsuite.auth.nango import NangoCredentials
from netsuite_pipeline.netsuite.auth.oauth2 import TOKEN_PATH, OAuth2Credentials
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import NetSuiteError
from netsuite_pipeline.netsuite.settings import ClientSettings
from netsuite_pipeline_tests.netsuite.auth.test_nango import bearing, tba
from netsuite_pipeline_tests.netsuite.auth.test_secrets import (
    GOOD,
    Listener,
    drive,
    everything_shown,
    leaks,
    listener,
)
from netsuite_pipeline_tests.netsuite.bodies import LOGIN_BODY, error_body
from netsuite_pipeline_tests.netsuite.keys import pem_of
from netsuite_pipeline_tests.netsuite.scripted import Answer, Asked, ScriptedServer
from netsuite_pipeline_tests.netsuite.token_server import (
    CERTIFICATE_ID,
    CLIENT_ID,
    error,
    granting,
    variables,
)

__all__ = ["listener"]

TOKEN = "eyJhbGciOiJSUzI1NiJ9.aHVzaC1odXNo.c2lnbmF0dXJlLWh1c2g"
PLAIN_TOKEN = "plain-access-token-hush"
PASSWORD = "pass phrase hush"
SECRET_KEY = "nango-secret-key-hush"


def echo(asked: Asked) -> Answer:
    shown = "\n".join(f"{name}: {value}" for name, value in asked.headers.items())
    return Answer(status=502, body=f"<html><pre>{shown}\n{asked.body.decode()}</pre></html>".encode())


def echo_in_json(asked: Asked) -> Answer:
    header = asked.headers.get("Authorization", asked.body.decode())
    return Answer(status=400, body=error_body(400, "X", f"Bad header: {header}"))


def echo_as_oauth(asked: Asked) -> Answer:
    return error("invalid_request", error_description=f"Not understood: {asked.body.decode()}")


AT_TOKEN: dict[str, Callable[[Asked], Answer]] = {
    "granted": lambda asked: granting(TOKEN),
    "granted plainly": lambda asked: granting(PLAIN_TOKEN),
    "garbled": lambda asked: Answer(body=b'{"refresh_token":"%s"}' % TOKEN.encode()),
    "invalid_grant": lambda asked: error("invalid_grant"),
    "503": lambda asked: Answer(status=503, body=b""),
    "reset": lambda asked: Answer(reset=True),
    "cut": lambda asked: Answer(body=granting(TOKEN).body, cut=60),
    "echo": echo,
    "echo in JSON": echo_in_json,
    "echo as OAuth": echo_as_oauth,
}
AT_REST: dict[str, Callable[[Asked], Answer]] = {
    "good": lambda asked: GOOD,
    "401": lambda asked: Answer(status=401, body=LOGIN_BODY),
    "reset": lambda asked: Answer(reset=True),
    "echo": echo,
    "echo in JSON": echo_in_json,
}
CASES = [(token, "good") for token in AT_TOKEN] + [
    (token, rest) for token in ("granted", "granted plainly") for rest in AT_REST if rest != "good"
]


def all_of(credentials: Credentials, client: NetSuiteClient) -> Iterator[str]:
    """All that a client and its errors show."""
    for failure in drive(client):
        yield from everything_shown(failure)
    yield from map(repr, (client, vars(client), credentials, client._session.auth))
    yield repr(vars(client._session.auth))
    yield str(credentials)


@pytest.mark.parametrize(("at_token", "at_rest"), CASES)
def test_neither_success_nor_failure_shows_key_assertion_or_token(
    at_token: str, at_rest: str, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    credentials = OAuth2Credentials.from_variables(
        variables(NETSUITE_PRIVATE_KEY=pem_of("P-256", PASSWORD), NETSUITE_PRIVATE_KEY_PASSWORD=PASSWORD)
    )

    def script(asked: Asked) -> Answer:
        return (AT_TOKEN[at_token] if asked.path == TOKEN_PATH else AT_REST[at_rest])(asked)

    settings = ClientSettings(read_seconds=0.5, retry_seconds=0)
    with (
        ScriptedServer(script) as server,
        NetSuiteClient(credentials, base_url=server.url, settings=settings, sleep=lambda _: None) as client,
    ):
        shown = list(all_of(credentials, client))
        forms = [parse_qs(asked.body.decode()) for asked in server.asked if asked.path == TOKEN_PATH]
        borne = {asked.headers.get("Authorization", "")[7:] for asked in server.asked} - {""}
    assertions = {form["client_assertion"][0] for form in forms}
    parts = {part for assertion in assertions for part in assertion.split(".")[1:]}
    assert assertions  # what we look for was really sent
    assert not at_token.startswith("granted") or borne <= {TOKEN, PLAIN_TOKEN} != set()
    assert any("urllib3" in text for text in listener.texts)
    lines = set(pem_of("P-256").splitlines()[1:-1])
    hidden = {CLIENT_ID, CERTIFICATE_ID, PASSWORD, TOKEN, PLAIN_TOKEN, *assertions, *parts, *lines}
    assert leaks(shown + listener.texts, hidden) == []


NANGO: dict[str, Callable[[Asked], Answer]] = {
    "TBA": lambda asked: Answer(body=json.dumps(tba("token-id-hush")).encode()),
    "token": lambda asked: Answer(body=json.dumps(bearing(PLAIN_TOKEN)).encode()),
    "another account": lambda asked: Answer(
        body=json.dumps(tba("token-id-hush", connection_config={"accountId": "9", "oauth_client_id": "consumer-hush"})).encode()
    ),
    "no account": lambda asked: Answer(body=json.dumps(tba("token-id-hush", connection_config={})).encode()),
    "401": lambda asked: Answer(status=401, body=json.dumps({"error": {"code": "x", "message": f"{SECRET_KEY} is none"}}).encode()),
    "reset": lambda asked: Answer(reset=True),
    "503": lambda asked: Answer(status=503, body=SECRET_KEY.encode()),
    "cut": lambda asked: Answer(body=json.dumps(bearing(PLAIN_TOKEN)).encode(), cut=200),
    "echo": echo,
    "echo in JSON": echo_in_json,
}  # fmt: skip


@pytest.mark.parametrize("at_rest", ["good", "401", "echo in JSON"])
@pytest.mark.parametrize("at_nango", NANGO)
def test_neither_success_nor_failure_shows_what_nango_keeps(
    at_nango: str, at_rest: str, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ExitStack() as stack:
        nango = stack.enter_context(ScriptedServer(NANGO[at_nango]))
        netsuite = stack.enter_context(ScriptedServer(AT_REST[at_rest]))
        credentials = NangoCredentials.from_variables(
            {
                "NANGO_SECRET_KEY": SECRET_KEY,
                "NANGO_CONNECTION_ID": "acme",
                "NANGO_HOST": nango.url,
                "NETSUITE_ACCOUNT_ID": "1234567_SB1",
            }
        )
        credentials._sleep = lambda _: None
        try:
            client = stack.enter_context(
                NetSuiteClient(
                    credentials,
                    base_url=netsuite.url,
                    settings=ClientSettings(retry_seconds=0),
                    sleep=lambda _: None,
                )
            )
        except NetSuiteError as failure:
            assert at_nango not in {"TBA", "token"}
            shown = [
                *everything_shown(failure),
                *traceback.format_exception(failure),
                repr(vars(credentials)),
            ]
        else:
            assert at_nango in {"TBA", "token"}
            shown = list(all_of(credentials, client))
        assert nango.asked[0].headers["Authorization"] == f"Bearer {SECRET_KEY}"
    hidden = {SECRET_KEY, PLAIN_TOKEN, "token-id-hush", "consumer-hush"}
    assert leaks(shown + listener.texts, hidden) == []
