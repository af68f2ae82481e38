"""A stop ends every wait and every request at once."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from netsuite_pipeline.netsuite.base_client import SERVER_TIME_PATH
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import Stopped
from netsuite_pipeline.netsuite.settings import ClientSettings
from netsuite_pipeline_tests.netsuite.bodies import LOGIN_BODY, MAINTENANCE, page_body
from netsuite_pipeline_tests.netsuite.conftest import CREDENTIALS
from netsuite_pipeline_tests.netsuite.scripted import Answer, Script, ScriptedServer

Serve = Callable[[Script], ScriptedServer]

# Each of these waits would last a minute and more.
AT_ONCE = 5.0


@contextmanager
def asking(client: NetSuiteClient, threads: int) -> Iterator[list[Future[float]]]:
    """Threads that ask until they are stopped; each gives the moment in which it was."""

    def work() -> float:
        try:
            while True:
                client.fetch_page("SELECT 1")
        except Stopped:
            return time.monotonic()

    with ThreadPoolExecutor(threads) as pool:
        yield [pool.submit(work) for _ in range(threads)]


def stopped_within(client: NetSuiteClient, futures: list[Future[float]]) -> float:
    assert not any(future.done() for future in futures)
    started = time.monotonic()
    client.stop()
    return max(future.result(100) for future in futures) - started


def until(condition: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.002)


def client_of(server: ScriptedServer, **settings: Any) -> NetSuiteClient:
    return NetSuiteClient(
        CREDENTIALS, base_url=server.url, settings=ClientSettings(concurrency=3, **settings)
    )


def test_requests_in_flight_and_threads_that_wait_for_a_slot_are_stopped_at_once(serve: Serve) -> None:
    server = serve([Answer(hang=True)])
    with client_of(server) as client, asking(client, 12) as futures:
        until(lambda: len(server.asked) == 3)
        assert stopped_within(client, futures) < AT_ONCE
        assert client.governor.in_flight == 0
    assert len(server.asked) == 3  # what was not sent is not sent


def test_a_thread_that_reads_a_slow_reply_is_stopped_at_once(serve: Serve) -> None:
    server = serve([Answer(body=page_body([{"id": "1"}] * 500), drip=0.5)])
    with client_of(server) as client, asking(client, 3) as futures:
        until(lambda: len(server.asked) == 3)
        time.sleep(0.1)
        assert stopped_within(client, futures) < AT_ONCE


def test_a_thread_that_waits_for_a_retry_is_stopped_at_once(serve: Serve) -> None:
    server = serve([Answer(status=503, body=MAINTENANCE, headers={"Retry-After": "60"})])
    with client_of(server) as client, asking(client, 3) as futures:
        until(lambda: len(server.asked) == 3)
        time.sleep(0.05)
        assert stopped_within(client, futures) < AT_ONCE
    assert len(server.asked) == 3


def test_threads_that_confirm_or_wait_for_a_confirmed_sign_in_are_stopped_at_once(serve: Serve) -> None:
    server = serve([Answer(status=401, body=LOGIN_BODY)])
    with client_of(server, sign_in_pause_seconds=60) as client, asking(client, 8) as futures:
        until(lambda: client.governor.in_flight == 1 and len(server.asked) >= 1)
        time.sleep(0.1)
        assert stopped_within(client, futures) < AT_ONCE
    assert SERVER_TIME_PATH not in {asked.path for asked in server.asked}


def test_a_thread_that_waits_for_pacing_is_stopped_at_once(serve: Serve) -> None:
    server = serve([Answer(hang=True)])
    with client_of(server) as client:
        client._pacing._typical = 120.0  # so the next one would leave a minute later
        client._pacing.record_duration = lambda seconds, limit: None  # type: ignore[method-assign]
        with asking(client, 6) as futures:
            until(lambda: len(server.asked) == 1)
            time.sleep(0.05)
            assert stopped_within(client, futures) < AT_ONCE
    assert len(server.asked) == 1


def test_a_reply_after_the_stop_is_not_returned(serve: Serve) -> None:
    stop = threading.Event()

    def script(asked: object) -> Answer:
        client.stop()
        stop.set()
        return Answer()

    server = serve(script)
    client = client_of(server)
    client._transport.cut = lambda: None  # type: ignore[method-assign]  # as if the reply were quicker
    with client, pytest.raises(Stopped):
        client.fetch_page("SELECT 1")
    assert stop.is_set()


def test_after_a_stop_nothing_is_sent_and_stopping_again_does_no_harm(serve: Serve) -> None:
    server = serve([Answer()])
    with client_of(server) as client:
        client.fetch_page("SELECT 1")
        client.stop()
        client.stop()
        for ask in (
            lambda: client.fetch_page("SELECT 1"),
            client.server_time,
            lambda: list(client.iter_rows("SELECT 1")),
        ):
            with pytest.raises(Stopped):
                ask()
    assert len(server.asked) == 1


def test_a_stop_of_one_client_leaves_another_alone(serve: Serve) -> None:
    server = serve([Answer()])
    with client_of(server) as stopped, client_of(server) as other:
        stopped.fetch_page("SELECT 1")
        other.fetch_page("SELECT 1")
        stopped.stop()
        assert other.fetch_page("SELECT 1").rows == [{"id": "1"}]
