"""Signing in with access tokens over HTTP: one token for all, renewed unnoticed, refused at most twice."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime

import pytest

from netsuite_pipeline.netsuite.auth import access_token as access_token_module
from netsuite_pipeline.netsuite.auth.oauth2 import TOKEN_PATH, OAuth2Credentials
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import (
    ConfigurationError,
    QueryError,
    SignInError,
    Stopped,
    Unavailable,
)
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.netsuite.settings import ClientSettings
from netsuite_pipeline_tests.netsuite.scripted import Answer, Asked
from netsuite_pipeline_tests.netsuite.token_server import GOOD, TokenServer, error, variables

INVALID_GRANT = error("invalid_grant", error_description="The certificate is revoked.")


@contextmanager
def client_of(
    server: TokenServer, settings: ClientSettings | None = None, waits: list[float] | None = None
) -> Iterator[NetSuiteClient]:
    waits = [] if waits is None else waits
    credentials = OAuth2Credentials.from_variables(variables())
    with NetSuiteClient(credentials, base_url=server.url, settings=settings, sleep=waits.append) as client:
        yield client


def test_many_threads_sign_in_with_one_token() -> None:
    with TokenServer() as server, client_of(server) as client, ThreadPoolExecutor(20) as pool:
        pages = list(pool.map(lambda _: client.fetch_page("SELECT 1"), range(60), timeout=200))
    assert len(pages) == 60
    assert server.counted == {"token": 1, "rest": 60}
    assert server.headers[0]["kid"] == "certificate=id-hush"


def test_a_token_that_ends_in_mid_sync_is_renewed_and_no_page_is_lost() -> None:
    ended = threading.Event()

    def rest(asked: Asked) -> Answer:
        if server.counted["rest"] == 100 and not ended.is_set():
            ended.set()
            server.good.clear()
        return GOOD

    waits: list[float] = []
    with TokenServer(rest=rest) as server, client_of(server, waits=waits) as client:
        with ThreadPoolExecutor(15) as pool:
            pages = list(pool.map(lambda _: client.fetch_page("SELECT 1"), range(300), timeout=300))
    assert len(pages) == 300
    assert ended.is_set()
    assert server.counted["token"] == 2
    assert 1 <= server.refused <= client.settings.concurrency
    assert waits == []  # nobody paused for it


def test_tokens_that_end_again_and_again_lose_no_page() -> None:
    def rest(asked: Asked) -> Answer:
        if server.counted["rest"] % 20 == 0:
            server.good.clear()
        return GOOD

    with TokenServer(rest=rest) as server, client_of(server) as client:
        pages = [client.fetch_page("SELECT 1") for _ in range(100)]
    assert len(pages) == 100
    assert server.counted["token"] >= 5


def test_a_token_is_renewed_ahead_of_its_end_by_one_thread_while_others_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1000.0

    class Time:
        @staticmethod
        def monotonic() -> float:
            return now

    monkeypatch.setattr(access_token_module, "time", Time)
    with TokenServer() as server, client_of(server) as client, ThreadPoolExecutor(8) as pool:
        client.fetch_page("SELECT 1")
        now += 3299.0
        client.fetch_page("SELECT 1")
        assert server.counted["token"] == 1
        now += 2.0
        list(pool.map(lambda _: client.fetch_page("SELECT 1"), range(40), timeout=200))
    assert server.counted["token"] == 2
    assert (server.most_at_once, server.refused) == (1, 0)


def test_a_refused_assertion_is_sent_at_most_twice_by_all_threads() -> None:
    waits: list[float] = []
    with TokenServer(lambda number: INVALID_GRANT) as server, client_of(server, waits=waits) as client:
        with ThreadPoolExecutor(20) as pool:
            futures = [pool.submit(client.fetch_page, "SELECT 1") for _ in range(40)]
            errors = [future.exception(20) for future in futures]
        with pytest.raises(SignInError):
            client.server_time()
    assert {type(each) for each in errors} == {SignInError}
    assert len({str(each) for each in errors}) == 1
    assert server.counted == {"token": 2}
    assert waits == [2.0]
    first = errors[0]
    assert isinstance(first, SignInError)
    assert (first.code, first.status) == ("invalid_grant", 400)
    assert first.detail == "invalid_grant: The certificate is revoked."
    assert "OAuth 2.0 Client Credentials (M2M) Setup" in first.remedy


@pytest.mark.parametrize(("takes", "attempts"), [(list, 1), (str, 2)])
def test_a_server_may_accept_either_spelling_of_the_scope(takes: type, attempts: int) -> None:
    def at_token(number: int) -> Answer | None:
        return None if isinstance(server.claims[number - 1]["scope"], takes) else error("invalid_scope")

    with TokenServer(at_token) as server, client_of(server) as client:
        client.fetch_page("SELECT 1")
        server.good.clear()
        client.fetch_page("SELECT 1")
    assert server.counted["token"] == attempts + 1  # what served once is used again


def test_a_client_without_confirmation_makes_one_attempt() -> None:
    with TokenServer(lambda number: INVALID_GRANT) as server:
        with client_of(server, ClientSettings(confirm_sign_in=False)) as client:
            for _ in range(3):
                with pytest.raises(SignInError, match="invalid_grant"):
                    client.fetch_page("SELECT 1")
    assert server.counted == {"token": 1}


def test_a_new_token_that_is_refused_at_once_is_a_refused_sign_in_without_confirmation() -> None:
    with TokenServer(lets_in=False) as server:
        with client_of(server, ClientSettings(confirm_sign_in=False)) as client:
            with pytest.raises(SignInError) as raised:
                client.server_time()
    assert server.counted == {"token": 1, "rest": 1}
    assert "M2M" in raised.value.remedy


def test_a_probe_refreshes_a_token_that_was_good() -> None:
    with TokenServer() as server:
        with client_of(server, ClientSettings(confirm_sign_in=False)) as client:
            client.fetch_page("SELECT 1")
            server.good.clear()
            assert client.fetch_page("SELECT 1").rows
    assert server.counted["token"] == 2


def test_tokens_that_are_granted_and_refused_end_after_two_rounds() -> None:
    waits: list[float] = []
    with TokenServer(lets_in=False) as server, client_of(server, waits=waits) as client:
        with ThreadPoolExecutor(10) as pool:
            futures = [pool.submit(client.fetch_page, "SELECT 1") for _ in range(30)]
            errors = [future.exception(20) for future in futures]
    assert {type(each) for each in errors} == {SignInError}
    assert server.counted["token"] == 2
    assert server.refused <= client.settings.concurrency + 1
    assert waits == [2.0]


def test_rights_lost_in_mid_sync_end_it_after_one_renewal() -> None:
    with TokenServer() as server, client_of(server) as client:
        client.fetch_page("SELECT 1")
        server.good.clear()
        server._lets_in = False
        for _ in range(3):
            with pytest.raises(SignInError):
                client.fetch_page("SELECT 1")
    assert server.counted == {"token": 2, "rest": 3}


@pytest.mark.parametrize(
    "trouble",
    [
        Answer(status=503, body=b""),
        Answer(status=429, body=b"{}"),
        Answer(reset=True),
        Answer(body=b"<html>", headers={}),
        Answer(body=b'{"access_token":"cut', cut=5),
        error("temporarily_unavailable"),
    ],
    ids=["503", "429", "reset", "HTML", "cut", "OAuth says so"],
)
def test_a_failing_token_endpoint_is_retried(trouble: Answer) -> None:
    count = RequestCounts()
    with TokenServer(lambda number: trouble if number < 3 else None) as server, client_of(server) as client:
        assert client.fetch_page("SELECT 1", count=count).rows
    assert server.counted == {"token": 3, "rest": 1}
    assert (count.requests, count.retries) == (1, 2)


def test_a_token_endpoint_that_stays_away_is_no_refused_sign_in() -> None:
    with TokenServer(lambda number: Answer(status=503, body=b"")) as server:
        with client_of(server, ClientSettings(retry_seconds=0)) as client:
            with pytest.raises(Unavailable, match="503") as raised:
                client.fetch_page("SELECT 1")
    assert raised.value.endpoint == f"POST {TOKEN_PATH}"


def test_a_refused_assertion_shows_netsuites_clock() -> None:
    with TokenServer(lambda number: INVALID_GRANT) as server, client_of(server) as client:
        with pytest.raises(SignInError) as raised:
            client.fetch_page("SELECT 1")
        assert client.clock_offset is not None
        assert client.clock_offset > 300  # the server's Date is of the past
    assert raised.value.date == datetime(2025, 3, 26, 16, 21)


def test_soap_and_tokeninfo_are_skipped_with_the_reason() -> None:
    with TokenServer() as server, client_of(server) as client:
        with pytest.raises(ConfigurationError, match="SOAP does not support OAuth 2.0"):
            client.probes.soap_server_time()
        with pytest.raises(QueryError, match="no token information .*\n.*: Nothing needs fixing"):
            client.probes.token_info()
    assert server.asked == []


def test_stop_frees_threads_that_wait_for_a_token() -> None:
    asked = threading.Event()

    def hanging(number: int) -> Answer:
        asked.set()
        return Answer(hang=True)

    with ExitStack() as stack:
        server = stack.enter_context(TokenServer(hanging))
        client = stack.enter_context(client_of(server))
        pool = stack.enter_context(ThreadPoolExecutor(6))
        futures = [pool.submit(client.fetch_page, "SELECT 1") for _ in range(6)]
        assert asked.wait(5)
        client.stop()
        assert {type(future.exception(5)) for future in futures} == {Stopped}


@pytest.mark.parametrize("times", [1, 2])
def test_a_single_refusal_of_one_request_does_not_stop_the_rest(times: int) -> None:
    odd = iter([True] * times)

    def rest(asked: Asked) -> Answer:
        if asked.path.endswith("suiteql") and next(odd, False):
            return Answer(status=401, body=b"")
        return GOOD

    with TokenServer(rest=rest) as server, client_of(server) as client:
        assert client.fetch_page("SELECT 1").rows
        assert client.fetch_page("SELECT 1").rows
    assert server.counted["token"] == 1 + times
