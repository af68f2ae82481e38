"""What leaves the client: signatures, headers, addresses, connections."""

import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from netsuite_pipeline import __version__
from netsuite_pipeline.netsuite.base_client import SERVER_TIME_PATH
from netsuite_pipeline.netsuite.client import SUITEQL_PATH, NetSuiteClient
from netsuite_pipeline.netsuite.errors import ConfigurationError, Unavailable
from netsuite_pipeline.netsuite.http.request import Request
from netsuite_pipeline.netsuite.settings import ClientSettings
from netsuite_pipeline_tests.netsuite.bodies import MAINTENANCE, page_body
from netsuite_pipeline_tests.netsuite.conftest import CREDENTIALS, Connect
from netsuite_pipeline_tests.netsuite.scripted import Answer, Script, ScriptedServer

Serve = Callable[[Script], ScriptedServer]


def test_a_page_request_follows_netsuites_documentation(serve: Serve, connect: Connect) -> None:
    server = serve([Answer()])
    connect(server).fetch_page("SELECT id FROM t WHERE a = ?", limit=5, offset=10, params=["é"])
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", SUITEQL_PATH)
    assert asked.query == {"limit": ["5"], "offset": ["10"]}
    assert asked.json == {"q": "SELECT id FROM t WHERE a = ?", "params": ["é"]}
    assert asked.headers["Content-Type"] == "application/json"
    assert asked.headers["Prefer"] == "transient"


def test_a_page_without_parameters_sends_none(serve: Serve, connect: Connect) -> None:
    server = serve([Answer()])
    connect(server).fetch_page("SELECT 1")
    assert server.asked[0].json == {"q": "SELECT 1"}
    assert server.asked[0].query == {"limit": ["1000"], "offset": ["0"]}


def test_every_request_is_signed_by_the_token_for_the_account(serve: Serve, connect: Connect) -> None:
    server = serve([Answer()])
    connect(server).fetch_page("SELECT 1")
    signed = server.asked[0].signed
    assert signed["realm"] == "1234567_SB1"
    assert (signed["oauth_consumer_key"], signed["oauth_token"]) == ("consumer0key", "token0id")
    assert signed["oauth_signature_method"] == "HMAC-SHA256"
    assert not {"limit", "offset", "oauth_body_hash"} & set(signed)


def test_the_client_sends_its_name_and_accepts_gzip(serve: Serve, connect: Connect) -> None:
    server = serve([Answer()])
    connect(server).fetch_page("SELECT 1")
    assert server.asked[0].headers["User-Agent"] == f"netsuite-pipeline/{__version__}"
    assert server.asked[0].headers["Accept-Encoding"] == "gzip"


def test_a_compressed_reply_is_read(serve: Serve, connect: Connect) -> None:
    rows = [{"id": str(number)} for number in range(1000)]
    server = serve([Answer(body=page_body(rows), gzipped=True)])
    page = connect(server).fetch_page("SELECT id FROM t")
    assert page.rows == rows
    assert page.body == page_body(rows)


def test_several_requests_share_one_connection(serve: Serve, connect: Connect) -> None:
    server = serve([Answer(), Answer(status=503, body=MAINTENANCE), Answer(gzipped=True), Answer()])
    client = connect(server)
    for _ in range(4):
        client.fetch_page("SELECT 1")
    assert len(server.asked) == 5
    assert len({asked.connection for asked in server.asked}) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_and_its_target_gets_no_request(
    serve: Serve, connect: Connect, status: int
) -> None:
    target = serve([Answer()])
    server = serve([Answer(status=status, body=b"", headers={"Location": f"{target.url}/elsewhere"})])
    client = connect(server, ClientSettings(retry_seconds=0))
    with pytest.raises(Unavailable, match=rf"redirects \({status}\)") as raised:
        client.fetch_page("SELECT 1")
    assert "NETSUITE_BASE_URL" in raised.value.remedy
    assert (len(server.asked), len(target.asked)) == (1, 0)


def test_a_netrc_file_does_not_replace_the_signature(
    serve: Serve, connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\ndefault login some password body\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server = serve([Answer()])
    connect(server).fetch_page("SELECT 1")
    assert server.asked[0].headers["Authorization"].startswith("OAuth ")


def test_a_path_in_the_base_url_is_kept_and_signed(serve: Serve) -> None:
    server = serve([Answer(body=b"{}")])
    with NetSuiteClient(CREDENTIALS, base_url=f"{server.url}/behind/a/proxy/") as client:
        client.send(Request("GET", SERVER_TIME_PATH, query={"a": "x y+z"}))
    assert server.asked[0].path == f"/behind/a/proxy{SERVER_TIME_PATH}"
    assert server.asked[0].query == {"a": ["x y+z"]}


def test_a_proxy_gets_nothing_that_is_not_encrypted(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy, server = serve([Answer()]), serve([Answer()])
    for name in ("http_proxy", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(ConfigurationError, match="plain http"):
        NetSuiteClient(CREDENTIALS, base_url="http://netsuite.invalid")
    for host in ("127.0.0.1", "localhost"):
        with NetSuiteClient(CREDENTIALS, base_url=server.url.replace("127.0.0.1", host)) as client:
            assert client.fetch_page("SELECT 1").rows == [{"id": "1"}]
    assert (len(server.asked), len(proxy.asked)) == (2, 0)


def test_a_proxy_that_makes_no_way_through_is_named_as_the_cause(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", serve([Answer()]).url)  # which knows no CONNECT
    settings = ClientSettings(retry_seconds=0)
    with (
        NetSuiteClient(CREDENTIALS, base_url="https://netsuite.invalid", settings=settings) as client,
        pytest.raises(Unavailable, match="Tunnel connection failed: 501"),
    ):
        client.fetch_page("SELECT 1")


def test_a_request_leaves_in_one_piece(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[bytes] = []
    sendall = socket.socket.sendall

    def noted(self: socket.socket, data: bytes) -> None:
        if data.startswith(b"POST "):
            sent.append(data)
        sendall(self, data)

    monkeypatch.setattr(socket.socket, "sendall", noted)
    connect(serve([Answer()])).fetch_page("SELECT 1")
    (whole,) = sent
    assert whole.endswith(b'\r\n\r\n{"q": "SELECT 1"}')


def test_cookies_are_not_sent_back(serve: Serve, connect: Connect) -> None:
    server = serve([Answer(headers={"Set-Cookie": "NS_ROUTING_VERSION=LAGGING; path=/"})])
    client = connect(server)
    for _ in range(2):
        client.fetch_page("SELECT 1")
    assert "Cookie" not in server.asked[1].headers


def test_headers_of_a_request_go_with_the_usual_ones(serve: Serve, connect: Connect) -> None:
    server = serve([Answer(body=b"{}")])
    reply = connect(server).send(Request("GET", "/x", headers={"Accept": "application/schema+json"}))
    assert server.asked[0].headers["Accept"] == "application/schema+json"
    assert re.match(r"netsuite-pipeline/", server.asked[0].headers["User-Agent"])
    assert reply.body == b"{}"
    assert reply.date is not None
    assert 0 <= reply.seconds < 5


def test_a_server_that_hangs_is_given_up_after_the_read_time_out(serve: Serve, connect: Connect) -> None:
    server = serve([Answer(hang=True)])
    client = connect(server, ClientSettings(read_seconds=0.2, retry_seconds=0))
    with pytest.raises(Unavailable, match=r"did not answer within \d+ s"):
        client.fetch_page("SELECT 1")
    assert len(server.asked) == 1


def test_no_server_at_all_is_unavailable_and_names_the_address(connect: Connect) -> None:
    with ScriptedServer([Answer()]) as gone:
        pass
    client = connect(gone, ClientSettings(retry_seconds=0))
    with pytest.raises(Unavailable) as raised:
        client.fetch_page("SELECT 1")
    assert gone.url in raised.value.message
    assert "Connection refused" in raised.value.message
    assert "0x" not in raised.value.message


def test_a_bundle_of_certificates_that_is_missing_is_a_configuration_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
    with (
        NetSuiteClient(CREDENTIALS, base_url="https://127.0.0.1:1") as client,
        pytest.raises(ConfigurationError, match=r"none\.pem") as raised,
    ):
        client.fetch_page("SELECT 1")
    assert "REQUESTS_CA_BUNDLE" in raised.value.remedy


@pytest.mark.parametrize("url", ["ftp://host", "http://user:hush@host", "http://host?x=1", "http://"])
def test_a_base_url_that_is_none_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        NetSuiteClient(CREDENTIALS, base_url=url)
    assert "hush" not in str(raised.value)
