"""Credentials of any kind leave this machine only encrypted, whoever names the address."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from netsuite_pipeline.netsuite.account import checked_base_url, is_loopback, require_encryption
from netsuite_pipeline.netsuite.auth.nango import NangoCredentials
from netsuite_pipeline.netsuite.auth.nango_api import NangoConnection, checked_host
from netsuite_pipeline.netsuite.auth.tba import TokenCredentials
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.netsuite.http.transport import Transport
from netsuite_pipeline.netsuite.limits.pacing import Pacing, SendGate
from netsuite_pipeline.netsuite.settings import ClientSettings
from netsuite_pipeline.orchestration.resources import NetSuiteResource
from netsuite_pipeline_tests.commands.calling import call
from netsuite_pipeline_tests.netsuite.keys import pem_of
from netsuite_pipeline_tests.one_pass import in_one_pass

THIS_MACHINE = [
    "http://127.0.0.1:8080", "HTTP://127.0.0.1", "http://127.255.3.9", "http://[::1]:3003",
    "http://localhost", "http://LOCALHOST:1/x",
]  # fmt: skip
ANOTHER = [
    "http://netsuite.example", "HTTP://netsuite.example", "hTTp://netsuite.example:80",
    "http://1234567.suitetalk.api.netsuite.com", "http://127.0.0.1.evil.example", "http://localhost.evil.example",
    "http://127.0.0.1.", "http://localhost.", "http://evil-localhost", "http://10.0.0.7", "http://192.168.1.2:3003",
    "http://0.0.0.0", "http://0.0.0.0:8080", "http://[::]", "http://[fe80::1]", "http://[fe80::1%25eth0]",
    "http://[::1%25eth0]", "http://127.1", "http://2130706433", "http://0x7f000001", "http://0177.0.0.1",
    "http://127.0.0.1%2eevil.example", "http://[::ffff:10.0.0.7]", "http://ⅼocalhost.example",
]  # fmt: skip
TBA = {
    "NETSUITE_ACCOUNT_ID": "1234567_SB1", "NETSUITE_CONSUMER_KEY": "k", "NETSUITE_CONSUMER_SECRET": "ks",
    "NETSUITE_TOKEN_ID": "t", "NETSUITE_TOKEN_SECRET": "ts",
}  # fmt: skip
OAUTH2 = {
    "NETSUITE_ACCOUNT_ID": "1234567_SB1", "NETSUITE_CLIENT_ID": "c", "NETSUITE_CERTIFICATE_ID": "x",
    "NETSUITE_PRIVATE_KEY": pem_of("P-256"),
}  # fmt: skip
NANGO = {"NANGO_SECRET_KEY": "hush", "NANGO_CONNECTION_ID": "c"}


@pytest.fixture(autouse=True)
def nothing_is_connected(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    with monkeypatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        yield


@pytest.mark.parametrize("url", THIS_MACHINE)
def test_plain_http_is_accepted_on_this_machine(url: str) -> None:
    assert is_loopback(url)
    require_encryption(url)


@in_one_pass("url", ANOTHER)
def test_plain_http_to_another_machine_is_refused_everywhere(url: str) -> None:
    assert not is_loopback(url)
    session = requests.Session()
    doors: list[Callable[[], object]] = [
        lambda: require_encryption(url),
        lambda: checked_base_url(url),
        lambda: checked_host(url),
        lambda: client_from_environment({**TBA, "NETSUITE_BASE_URL": url}),
        lambda: client_from_environment({**OAUTH2, "NETSUITE_BASE_URL": url}),
        lambda: client_from_environment({**NANGO, "NANGO_HOST": url}),
        lambda: NangoCredentials.from_variables({**NANGO, "NANGO_HOST": url}),
        lambda: NangoConnection(url, "c", "netsuite-tba", "hush").read(),
        lambda: Transport(session, url, ClientSettings(), SendGate(Pacing(), lambda: None), lambda: None),
        lambda: NetSuiteResource(
            account_id="1",
            consumer_key="k",
            consumer_secret="s",
            token_id="t",
            token_secret="u",
            base_url=url,
        ).client(),
        lambda: NetSuiteResource(nango_secret_key="hush", nango_connection_id="c", nango_host=url).client(),
    ]
    for door in doors:
        with pytest.raises(ConfigurationError) as raised:
            door()
        assert "https" in raised.value.remedy or "no address" in raised.value.message, raised.value
        assert "hush" not in str(raised.value)


@in_one_pass("url", ANOTHER)
def test_https_is_accepted_to_any_machine(url: str) -> None:
    require_encryption("https" + url[4:])


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({**TBA, "NETSUITE_BASE_URL": "http://netsuite.example"}, "NETSUITE_BASE_URL"),
        ({**NANGO, "NANGO_HOST": "http://nango.example:3003"}, "NANGO_HOST"),
    ],
)
@pytest.mark.few(1)
def test_a_command_refuses_plain_http_before_it_starts(
    variables: dict[str, str], named: str, tmp_path: Path
) -> None:
    called = call(tmp_path, "suiteql", "SELECT 1", env=variables)
    assert called.code == 2
    assert f"{named} is an address of plain http on another machine." in called.err
    assert f"Set {named} to an address that begins with https://." in called.err
    assert TokenCredentials.from_variables(TBA).secrets[0] not in called.err.split()
