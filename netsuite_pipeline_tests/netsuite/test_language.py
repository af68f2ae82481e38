"""The token's user has another language than the company: NetSuite names the header that it requires."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.netsuite.base_client import SERVER_TIME_PATH
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.netsuite.errors import QueryError
from netsuite_pipeline.netsuite.http.error_parser import error_from_reply
from netsuite_pipeline.netsuite.http.request import Request
from netsuite_pipeline.netsuite.language import required_language
from netsuite_pipeline_tests.netsuite.bodies import page_body
from netsuite_pipeline_tests.netsuite.conftest import Connect
from netsuite_pipeline_tests.netsuite.error_cases import language_refused
from netsuite_pipeline_tests.netsuite.scripted import Answer, Asked, Script, ScriptedServer

Serve = Callable[[Script], ScriptedServer]


def wants(*values: str, header: str = "Accept-Language") -> Callable[[Asked], Answer]:
    """A NetSuite that requires one of some values, and names the first that was not sent."""

    def answer(asked: Asked) -> Answer:
        sent = asked.headers.get(header, "")
        if sent == values[0] and len(values) == 1:
            return Answer(body=page_body())
        named = values[(values.index(sent) + 1) % len(values)] if sent in values else values[0]
        return Answer(400, language_refused(named, header))

    return answer


@pytest.mark.parametrize("value", ["zh", "de-DE", "zh_CN", "pt", "es_AR"])
@pytest.mark.parametrize("header", ["Accept-Language", "Content-Language"])
def test_the_header_that_netsuite_names_is_sent_from_then_on(
    value: str, header: str, serve: Serve, connect: Connect
) -> None:
    server = serve(wants(value, header=header))
    client = connect(server)
    assert client.fetch_page("SELECT 1").rows == [{"id": "1"}]
    assert client.fetch_page("SELECT 2").rows == [{"id": "1"}]
    client.send(Request("GET", SERVER_TIME_PATH))
    assert [asked.headers.get(header) for asked in server.asked] == [None, value, value, value]
    assert len({asked.signed["oauth_nonce"] for asked in server.asked}) == 4


def test_a_value_that_netsuite_names_and_refuses_is_refused_in_its_words(
    serve: Serve, connect: Connect
) -> None:
    server = serve([Answer(400, language_refused("zh"))])
    with pytest.raises(QueryError, match="default company language value 'zh'") as refused:
        connect(server).fetch_page("SELECT 1")
    assert len(server.asked) == 2
    assert refused.value.reason == "header"
    assert "Home > Set Preferences" in refused.value.remedy
    assert "Permissions" not in refused.value.remedy


def test_a_netsuite_that_names_a_new_value_each_time_ends_in_an_error(serve: Serve, connect: Connect) -> None:
    server = serve(wants("de", "fr", "es"))
    client = connect(server)
    for _ in range(3):
        with pytest.raises(QueryError):
            client.fetch_page("SELECT 1")
    assert len(server.asked) <= 8


def test_concurrent_requests_share_the_language(serve: Serve, connect: Connect) -> None:
    server = serve(wants("zh"))
    client = connect(server)
    together = threading.Barrier(5)

    def ask(_: int) -> str | None:
        together.wait(10)
        return client.fetch_page("SELECT 1").rows[0].get("id")

    with ThreadPoolExecutor(5) as pool:
        assert list(pool.map(ask, range(5))) == ["1"] * 5
    assert len(server.asked) <= 10


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        ("Prefer", "Provide the Prefer header with the value 'transient'."),
        ("Accept-Language", "Provide the Accept-Language header."),
        ("Accept-Language", "Provide the value 'zh\r\nAuthorization: x'."),
        ("Accept-Language", "Provide the value 'Permission denied for you'."),
        ("Authorization", "Provide the Authorization header with the value 'zh'."),
        ("", "Provide the Accept-Language header with the value 'zh'."),
    ],
)
def test_only_a_language_tag_is_parsed_from_netsuites_words(header: str, detail: str) -> None:
    error = QueryError("no", reason="header", header=header, detail=detail)
    assert required_language(error) is None


@pytest.mark.parametrize("left_out", ["o:errorHeader", "o:errorCode"])
def test_the_header_is_parsed_from_netsuites_field_or_its_words(left_out: str) -> None:
    body = json.loads(language_refused("zh"))
    del body["o:errorDetails"][0][left_out]
    error = error_from_reply(400, json.dumps(body).encode(), endpoint="GET /")
    assert required_language(error) == ("Accept-Language", "zh")


def test_a_refused_header_is_a_refusal_that_proves_nothing() -> None:
    error = error_from_reply(400, language_refused("zh"), endpoint="GET /")
    assert isinstance(error, QueryError)
    assert (error.code, error.header, error.reason) == ("INVALID_HEADER", "Accept-Language", "header")


def test_the_emulator_requires_the_companys_language_and_a_client_sends_it(emulator: EmulatorProcess) -> None:
    emulator.admin.set_company_language("de_DE")
    with client_from_environment(emulator.env) as client:
        client.server_time()
        assert client.fetch_page("SELECT id FROM vendor WHERE ROWNUM <= 1").rows
        client.probes.rest_access()
        assert client.language.headers == {"Accept-Language": "de_DE"}
    emulator.admin.set_company_language("")
    with client_from_environment(emulator.env) as client:
        client.server_time()
        assert client.language.headers == {}
