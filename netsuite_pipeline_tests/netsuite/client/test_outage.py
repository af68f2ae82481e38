"""NetSuite that hangs, or is down for good: given up in bounded time, by all requests together."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import NetSuiteError, QueryError, Unavailable
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.netsuite.settings import ClientSettings
from netsuite_pipeline_tests.netsuite.bodies import MAINTENANCE, UNEXPECTED_BODY, page_body, refused_query
from netsuite_pipeline_tests.netsuite.conftest import Connect, FakeClock
from netsuite_pipeline_tests.netsuite.scripted import Answer, Asked, Script, ScriptedServer

Serve = Callable[[Script], ScriptedServer]

GOOD = Answer(body=page_body([{"id": "7"}]))
DOWN = Answer(status=503, body=MAINTENANCE)


def failed(client: NetSuiteClient, sql: str = "SELECT 1") -> NetSuiteError:
    with pytest.raises(NetSuiteError) as raised:
        client.fetch_page(sql)
    return raised.value


def test_a_request_that_hangs_is_retried_twice_after_its_retry_seconds(
    serve: Serve, connect: Connect
) -> None:
    hung = ClientSettings(read_seconds=0.1, retry_seconds=0.05)
    server = serve([Answer(hang=True)])
    assert isinstance(failed(connect(server, hung)), Unavailable)
    assert len(server.asked) == 3
    server = serve([Answer(hang=True), Answer(hang=True), GOOD])
    assert connect(server, hung).fetch_page("SELECT 1").rows == [{"id": "7"}]


def test_once_one_request_has_given_up_new_ones_try_once(
    serve: Serve, connect: Connect, clock: FakeClock
) -> None:
    server = serve([GOOD, DOWN])
    client = connect(server, sleep=clock.sleep)
    client.fetch_page("SELECT 1")
    assert failed(client).status == 503
    asked, now = len(server.asked), clock.now
    for _ in range(5):
        assert failed(client).status == 503
    assert (len(server.asked), clock.now) == (asked + 5, now)


@pytest.mark.parametrize(
    "healing", [GOOD, Answer(status=400, body=refused_query("Unknown identifier 'x'."))], ids=["rows", "400"]
)
def test_a_reply_restores_the_retry_seconds_of_all_requests(
    healing: Answer, serve: Serve, connect: Connect, clock: FakeClock
) -> None:
    state = [DOWN]
    server = serve(lambda asked: state[0])
    client = connect(server, sleep=clock.sleep)
    failed(client)
    state[0] = healing
    try:
        client.fetch_page("SELECT 1")
    except QueryError:
        assert healing.status == 400
    state[0] = DOWN
    before = clock.now
    failed(client)
    assert clock.now - before >= 270


def test_requests_under_way_fail_with_their_next_failure_when_one_has_given_up(
    serve: Serve, connect: Connect, clock: FakeClock
) -> None:
    given_up = threading.Event()
    resting = threading.Barrier(5)

    def sleep(seconds: float) -> None:
        if threading.current_thread() is threading.main_thread():
            clock.sleep(seconds)
        elif not given_up.is_set():
            resting.wait(5)  # four have failed once and wait for their second attempt
            assert given_up.wait(5)

    server = serve([GOOD, DOWN])
    client = connect(server, ClientSettings(retry_seconds=60, concurrency=4), sleep)
    client.fetch_page("SELECT 1")

    def very_patient() -> int:
        count = RequestCounts()
        with pytest.raises(Unavailable):
            client.fetch_page("SELECT 1", count=count, retry_seconds=6000)
        return count.requests

    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(very_patient) for _ in range(4)]
        resting.wait(5)
        failed(client)
        given_up.set()
        assert [future.result(10) for future in futures] == [2] * 4


def test_down_for_good_ends_for_all_threads_in_the_time_of_one(
    serve: Serve, connect: Connect, clock: FakeClock
) -> None:
    server = serve([GOOD, DOWN])
    client = connect(server, ClientSettings(concurrency=5), clock.sleep)
    client.fetch_page("SELECT 1")
    started = clock.now
    with ThreadPoolExecutor(10) as pool:
        futures = [pool.submit(failed, client) for _ in range(200)]
        assert {future.result(30).status for future in futures} == {503}
    # Each thread's sleep moves the one clock, so that it runs ten times too fast at most.
    assert clock.now - started <= 300 * 2


def test_a_probe_with_fewer_retries_does_not_mark_netsuite_down(serve: Serve, connect: Connect) -> None:
    server = serve([DOWN, DOWN, GOOD])
    client = connect(server)
    with pytest.raises(Unavailable):
        client.fetch_page("SELECT 1", retry_seconds=0)
    assert client.fetch_page("SELECT 1").rows == [{"id": "7"}]


def test_a_poisoned_statement_is_no_outage(serve: Serve, connect: Connect, clock: FakeClock) -> None:
    fails_once = iter([DOWN, GOOD])

    def script(asked: Asked) -> Answer:
        poisoned = b"poisoned" in asked.body
        return Answer(status=500, body=UNEXPECTED_BODY) if poisoned else next(fails_once)

    client = connect(serve(script), sleep=clock.sleep)
    error = failed(client, "SELECT poisoned FROM t")
    assert error.code == "UNEXPECTED_ERROR"
    assert "column" in error.remedy
    assert client.fetch_page("SELECT 1").rows == [{"id": "7"}]  # asked again after its 503


def test_a_request_that_fails_while_others_succeed_is_given_up_too(
    serve: Serve, connect: Connect, clock: FakeClock
) -> None:
    server = serve(lambda asked: DOWN if b"heavy" in asked.body else GOOD)

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        if seconds > 1:
            client.fetch_page("SELECT 1")

    client = connect(server, sleep=sleep)
    started = clock.now
    assert failed(client, "SELECT heavy FROM t").status == 503
    assert 800 <= clock.now - started <= 900
