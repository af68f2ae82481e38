"""No secret and no signature gets into a log, an exception, a traceback or a repr, whatever goes wrong."""

import logging
import re
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from urllib.parse import quote
from xml.sax.saxutils import escape

import pytest

from netsuite_pipeline.netsuite.auth.variables import TBA_VARIABLES
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.netsuite.errors import ConfigurationError, NetSuiteError
from netsuite_pipeline.netsuite.settings import ClientSettings
from netsuite_pipeline_tests.netsuite.bodies import (
    CONCURRENCY_BODY,
    LOGIN_BODY,
    MAINTENANCE,
    NOT_PERMITTED,
    UNEXPECTED_BODY,
    error_body,
    page_body,
    refused_query,
)
from netsuite_pipeline_tests.netsuite.keys import token_credentials
from netsuite_pipeline_tests.netsuite.scripted import Answer, Asked, Script, ScriptedServer

# Each needs percent-encoding, so both spellings can be looked for.
CREDENTIALS = token_credentials(
    "1234567_SB1",
    "consumer/key+hush",
    "consumer&secret=hush",
    "token%id/hush",
    "token secret".replace(" ", "?"),
)
VALUES = CREDENTIALS.secrets


class Listener(logging.Handler):
    """Keeps every record of every logger, formatted, with its arguments and traceback."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts += [self.format(record), repr(record.args), repr(record.__dict__)]


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Debugging for the root and, level by level, for every logger there is."""
    handler = Listener()
    root = logging.getLogger()
    named = [logging.getLogger(name) for name in list(root.manager.loggerDict)]
    before = [(logger, logger.level, logger.propagate, logger.disabled) for logger in (root, *named)]
    for logger in (root, *named):
        logger.setLevel(logging.DEBUG)
        logger.propagate, logger.disabled = True, False
    root.addHandler(handler)
    try:
        yield handler
    finally:
        root.removeHandler(handler)
        for logger, level, propagate, disabled in before:
            logger.setLevel(level)
            logger.propagate, logger.disabled = propagate, disabled


def echo(asked: Asked) -> Answer:
    """A server that shows the request it got, as some proxies do on their error pages."""
    shown = "\n".join(f"{name}: {value}" for name, value in asked.headers.items())
    page = f"<html><pre>{asked.target}\n{shown}\n{escape(asked.body.decode())}</pre></html>"
    return Answer(status=502, body=page.encode())


def echo_in_json(asked: Asked) -> Answer:
    header = asked.headers.get("Authorization", asked.body.decode())
    return Answer(status=400, body=error_body(400, "X", f"Bad header: {header}"))


GOOD = Answer(
    body=b'{"serverTime":"2025-01-02T03:04:05.678Z","count":1,"hasMore":false,"items":[{"id":"1"}]}'
)
SCRIPTS: dict[str, Script] = {
    "success": [GOOD],
    "gzip": [Answer(body=GOOD.body, gzipped=True)],
    "odd values": [Answer(body=page_body([{"ID": 1, "b": True}]))],
    "401": [Answer(status=401, body=LOGIN_BODY)],
    "401 once": [Answer(status=401, body=LOGIN_BODY), GOOD],
    "403": [Answer(status=403, body=b"")],
    "429": [Answer(status=429, body=CONCURRENCY_BODY)],
    "429 once": [Answer(status=429, body=CONCURRENCY_BODY), GOOD],
    "role": [Answer(status=400, body=error_body(400, "USER_ERROR", NOT_PERMITTED))],
    "hidden table": [Answer(status=400, body=refused_query("Record 'x' was not found."))],
    "unknown column": [Answer(status=400, body=refused_query("Unknown identifier 'x'."))],
    "500": [Answer(status=500, body=UNEXPECTED_BODY)],
    "503 HTML": [Answer(status=503, body=MAINTENANCE)],
    "redirect": [Answer(status=302, body=b"", headers={"Location": "http://127.0.0.1:1/"})],
    "reset": [Answer(reset=True)],
    "reset once": [Answer(reset=True), GOOD],
    "hang": [Answer(hang=True)],
    "cut": [Answer(body=page_body([{"id": "1"}] * 100), cut=50)],
    "gzip cut": [Answer(body=page_body([{"id": "1"}] * 100), gzipped=True, cut=30)],
    "no gzip": [Answer(body=b"none", headers={"Content-Encoding": "gzip"})],
    "200 HTML": [Answer(body=MAINTENANCE)],
    "shows the request": echo,
    "shows the request in JSON": echo_in_json,
}


def everything_shown(error: BaseException) -> list[str]:
    """An exception as any tool may show it, with its whole chain and the variables of every frame."""
    shown = traceback.format_exception(error)
    trace = traceback.TracebackException.from_exception(error, capture_locals=True)
    shown += trace.format()
    seen: set[int] = set()
    chain: list[BaseException | None] = [error]
    while chain:
        link = chain.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        shown += [str(link), repr(link), repr(vars(link)), *getattr(link, "__notes__", [])]
        chain += [link.__cause__, link.__context__]
        chain += [argument for argument in link.args if isinstance(argument, BaseException)]
    return shown


def leaks(shown: list[str], secrets: set[str]) -> list[str]:
    text = "\n".join(shown)
    spellings = {spelling for secret in secrets for spelling in (secret, quote(secret, safe="-._~"))}
    return sorted(spelling for spelling in spellings if spelling in text)


def signatures_of(asked: Asked) -> list[str]:
    """The signature in the header, or in a token passport."""
    header = asked.signed.get("oauth_signature")
    return [header] if header else re.findall(r"<c:signature [^>]*>([^<]+)<", asked.body.decode())


def drive(client: NetSuiteClient) -> Iterator[BaseException]:
    """Every way to ask, and the errors that came of it."""
    asks: tuple[Callable[[], object], ...] = (
        lambda: client.fetch_page("SELECT id FROM t", params=["x"], limit=10, offset=10),
        client.server_time,
        lambda: list(client.iter_rows("SELECT id FROM t")),
        lambda: client.query("SELECT id FROM t"),
        client.probes.rest_access,
        client.probes.governance_limits,
        client.probes.token_info,
        client.probes.soap_server_time,
    )
    for ask in asks:
        try:
            ask()
        except NetSuiteError as error:
            yield error


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.few(17)
def test_neither_success_nor_failure_shows_a_secret(
    name: str, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    settings = ClientSettings(read_seconds=0.2, retry_seconds=1.2 if "once" in name else 0)
    with (
        ScriptedServer(SCRIPTS[name]) as server,
        NetSuiteClient(CREDENTIALS, base_url=server.url, settings=settings, sleep=lambda _: None) as client,
    ):
        shown = [text for error in drive(client) for text in everything_shown(error)]
        shown += map(repr, (client, vars(client), CREDENTIALS, CREDENTIALS.signer(), client.settings))
        signatures = {signature for asked in server.asked for signature in signatures_of(asked)}
        received = {asked.signed["oauth_consumer_key"] for asked in server.asked if asked.signed}
        passports = [asked.body for asked in server.asked if not asked.signed]
    assert received == {CREDENTIALS.consumer_key}  # what we look for was really sent
    assert not passports or escape(CREDENTIALS.consumer_key).encode() in passports[0]
    assert any("urllib3" in text for text in listener.texts)  # and we really listened
    assert leaks(shown + listener.texts, {*VALUES, *signatures}) == []


def test_a_server_that_is_gone_gets_no_secret_into_an_error(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ScriptedServer([GOOD]) as server:
        pass
    with NetSuiteClient(CREDENTIALS, base_url=server.url, settings=ClientSettings(retry_seconds=0)) as client:
        errors = list(drive(client))
    assert len(errors) == 8
    shown = [text for error in errors for text in everything_shown(error)]
    assert leaks(shown + listener.texts, {*VALUES}) == []
    assert not [text for text in shown if "oauth_" in text]


def test_threads_that_are_refused_together_show_no_secret(listener: Listener) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(ScriptedServer([Answer(status=401, body=LOGIN_BODY)]))
        client = stack.enter_context(NetSuiteClient(CREDENTIALS, base_url=server.url, sleep=lambda _: None))
        pool = stack.enter_context(ThreadPoolExecutor(5))
        futures = [pool.submit(client.fetch_page, "SELECT 1") for _ in range(10)]
        errors = [future.exception(10) for future in futures]
        signatures = {asked.signed["oauth_signature"] for asked in server.asked}
    shown = [text for error in errors if error is not None for text in everything_shown(error)]
    assert len(errors) == 10
    assert leaks(shown + listener.texts, {*VALUES, *signatures}) == []


@pytest.mark.parametrize("name", TBA_VARIABLES)
@pytest.mark.parametrize("spoilt", ["", "hush hush/value", "f" * 64])
def test_malformed_credentials_are_refused_without_being_shown(
    name: str, spoilt: str, listener: Listener
) -> None:
    given = dict(zip(TBA_VARIABLES, ("1234567", *VALUES), strict=True)) | {name: spoilt}
    if name == "NETSUITE_ACCOUNT_ID" and spoilt == "hush hush/value":
        spoilt = "f" * 64  # an account id is shown as it was written, unless it is as long as a token
        given[name] = spoilt
    try:
        client_from_environment(given).close()
    except ConfigurationError as error:
        shown = [*traceback.format_exception(error), repr(error), repr(vars(error))]
        assert leaks(shown + listener.texts, {*VALUES, spoilt} - {""}) == []
    else:
        assert spoilt == "f" * 64
        assert name != "NETSUITE_ACCOUNT_ID"
