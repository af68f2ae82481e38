"""A refused sign-in is confirmed once, then applies to every thread; a single odd refusal has no effect."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from netsuite_pipeline.netsuite.base_client import SERVER_TIME_PATH
from netsuite_pipeline.netsuite.client import SUITEQL_PATH
from netsuite_pipeline.netsuite.errors import SignInError, Unavailable
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.netsuite.settings import ClientSettings
from netsuite_pipeline_tests.netsuite.bodies import LOGIN_BODY, MAINTENANCE, error_body
from netsuite_pipeline_tests.netsuite.conftest import Connect, FakeClock
from netsuite_pipeline_tests.netsuite.scripted import Answer, Asked, Script, ScriptedServer

Serve = Callable[[Script], ScriptedServer]

REFUSED = Answer(status=401, body=LOGIN_BODY)
TIME = Answer(body=b'{"serverTime":"2025-03-26T16:21:00.000Z"}')


def paths(server: ScriptedServer) -> list[str]:
    return [asked.path for asked in server.asked]


def test_a_refused_sign_in_is_confirmed_exactly_once_after_a_pause(serve: Serve, connect: Connect) -> None:
    server = serve([REFUSED])
    waits: list[float] = []
    count = RequestCounts()
    with pytest.raises(SignInError) as raised:
        connect(server, sleep=waits.append).fetch_page("SELECT 1", count=count)
    assert paths(server) == [SUITEQL_PATH, SERVER_TIME_PATH]
    assert server.asked[0].signed["oauth_nonce"] != server.asked[1].signed["oauth_nonce"]
    assert waits == [2.0]
    assert count.requests == 2
    assert raised.value.endpoint == f"POST {SUITEQL_PATH}"
    assert "Login Audit Trail" in raised.value.remedy


def test_once_refused_for_good_no_further_request_leaves(serve: Serve, connect: Connect) -> None:
    server = serve([REFUSED])
    client = connect(server)
    for ask in (
        lambda: client.fetch_page("SELECT 1"),
        client.server_time,
        lambda: list(client.iter_rows("SELECT 2")),
    ) * 2:
        with pytest.raises(SignInError, match="refuses the sign-in"):
            ask()
    assert len(server.asked) == 2


def test_a_new_client_starts_afresh(serve: Serve, connect: Connect) -> None:
    server = serve([REFUSED, REFUSED, Answer()])
    with pytest.raises(SignInError):
        connect(server).fetch_page("SELECT 1")
    assert connect(server).fetch_page("SELECT 1").rows == [{"id": "1"}]


def test_all_in_flight_get_the_one_verdict_of_one_confirming_attempt(serve: Serve, connect: Connect) -> None:
    together = threading.Barrier(5)

    def script(asked: Asked) -> Answer:
        if asked.path == SUITEQL_PATH:
            together.wait(60)  # a revoked token meets all five slots at once
        return REFUSED

    server = serve(script)
    client = connect(server, ClientSettings(concurrency=5))
    with ThreadPoolExecutor(25) as pool:
        futures = [pool.submit(client.fetch_page, "SELECT 1") for _ in range(25)]
        errors = [future.exception(100) for future in futures]
    assert {type(error) for error in errors} == {SignInError}
    assert len({str(error) for error in errors}) == 1
    assert Counter(paths(server)) == {SUITEQL_PATH: 5, SERVER_TIME_PATH: 1}


def test_one_confirmation_closes_the_circuit_for_all_in_flight(serve: Serve, connect: Connect) -> None:
    together = threading.Barrier(4)
    lock = threading.Lock()
    seen = 0

    def script(asked: Asked) -> Answer:
        nonlocal seen
        if asked.path == SERVER_TIME_PATH:
            return TIME
        with lock:
            seen += 1
            odd = seen <= 4
        if odd:
            together.wait(60)
        return REFUSED if odd else Answer()

    server = serve(script)
    client = connect(server)
    with ThreadPoolExecutor(4) as pool:
        pages = list(pool.map(lambda _: client.fetch_page("SELECT 1"), range(4), timeout=100))
    assert len(pages) == 4
    assert Counter(paths(server)) == {SUITEQL_PATH: 8, SERVER_TIME_PATH: 1}


def test_nothing_else_is_in_flight_while_a_refusal_is_confirmed(serve: Serve, connect: Connect) -> None:
    lock = threading.Lock()
    flying: list[str] = []
    company: list[list[str]] = []

    def script(asked: Asked) -> Answer:
        with lock:
            flying.append(asked.path)
            if asked.path == SERVER_TIME_PATH:
                company.append(list(flying))
            odd = asked.path == SUITEQL_PATH and not company and len(server.asked) > 6
        time.sleep(0.01)
        with lock:
            flying.remove(asked.path)
        if odd:
            return REFUSED
        return TIME if asked.path == SERVER_TIME_PATH else Answer()

    server = serve(script)
    client = connect(server)
    with ThreadPoolExecutor(5) as pool:
        assert all(
            page.rows for page in pool.map(lambda _: client.fetch_page("SELECT 1"), range(40), timeout=100)
        )
    assert company
    assert all(there == [SERVER_TIME_PATH] for there in company)


def test_a_single_refusal_under_load_fails_no_request(serve: Serve, connect: Connect) -> None:
    lock = threading.Lock()
    seen = 0

    def script(asked: Asked) -> Answer:
        nonlocal seen
        if asked.path == SERVER_TIME_PATH:
            return TIME
        with lock:
            seen += 1
            odd = seen == 7
        time.sleep(0.002)
        return REFUSED if odd else Answer()

    server = serve(script)
    client = connect(server)
    with ThreadPoolExecutor(5) as pool:
        pages = list(pool.map(lambda _: client.fetch_page("SELECT 1"), range(20), timeout=100))
    assert len(pages) == 20
    assert Counter(paths(server)) == {SUITEQL_PATH: 21, SERVER_TIME_PATH: 1}


@pytest.mark.parametrize(
    "allowed", [pytest.param(1, marks=pytest.mark.long), pytest.param(2, marks=pytest.mark.long), 4]
)
def test_a_concurrency_limit_dressed_up_as_refused_sign_ins_fails_nothing(
    allowed: int, serve: Serve, connect: Connect
) -> None:
    lock = threading.Lock()
    flying = 0

    def script(asked: Asked) -> Answer:
        nonlocal flying
        with lock:
            flying += 1
            excess = flying > allowed
        if not excess:
            time.sleep(0.5)
        with lock:
            flying -= 1
        if excess:
            return REFUSED
        return TIME if asked.path == SERVER_TIME_PATH else Answer()

    client = connect(serve(script), ClientSettings(concurrency=8))
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(lambda _: client.fetch_page("SELECT 1"), range(12), timeout=600))
    assert len(pages) == 12
    assert client.governor.limit < 8


@pytest.mark.parametrize(
    "confirming",
    [Answer(status=404, body=error_body(404, "NONEXISTENT_ID", "No.")), Answer(status=403, body=b"")],
    ids=["404", "403"],
)
def test_any_other_refusal_of_the_confirming_request_proves_the_sign_in(
    confirming: Answer, serve: Serve, connect: Connect
) -> None:
    server = serve([REFUSED, confirming, Answer()])
    client = connect(server)
    assert client.fetch_page("SELECT 1").rows == [{"id": "1"}]
    assert client.governor.limit == 4  # one fewer at once: perhaps it was the load


@pytest.mark.parametrize(
    "confirming",
    [Answer(status=503, body=MAINTENANCE), Answer(status=429, body=b""), Answer(reset=True)],
    ids=["503", "429", "reset"],
)
def test_a_confirmation_without_a_verdict_is_repeated_before_anything_else_leaves(
    confirming: Answer, serve: Serve, connect: Connect
) -> None:
    server = serve([REFUSED, confirming, confirming, REFUSED])
    with pytest.raises(SignInError) as raised:
        connect(server).fetch_page("SELECT 1")
    assert paths(server) == [SUITEQL_PATH, *[SERVER_TIME_PATH] * 3]
    assert raised.value.endpoint == f"POST {SUITEQL_PATH}"
    server = serve([REFUSED, confirming, TIME, Answer()])
    client = connect(server)
    count = RequestCounts()
    assert client.fetch_page("SELECT 1", count=count).rows == [{"id": "1"}]
    assert paths(server) == [SUITEQL_PATH, SERVER_TIME_PATH, SERVER_TIME_PATH, SUITEQL_PATH]
    assert count.requests == 4


def test_a_sign_in_that_cannot_be_confirmed_raises_what_prevents_it(
    serve: Serve, connect: Connect, clock: FakeClock
) -> None:
    server = serve(lambda asked: down if asked.path == SERVER_TIME_PATH else REFUSED)
    down = Answer(status=503, body=MAINTENANCE)
    client = connect(server, sleep=clock.sleep)
    with pytest.raises(Unavailable):
        client.fetch_page("SELECT 1")
    assert Counter(paths(server))[SUITEQL_PATH] == 1
    with pytest.raises(Unavailable):
        client.fetch_page("SELECT 1")  # still half-open: nothing is sent
    assert Counter(paths(server))[SUITEQL_PATH] == 1


@pytest.mark.parametrize(
    "refused",
    [
        Answer(status=401, body=LOGIN_BODY, cut=20),
        Answer(status=401, body=b"no gzip", headers={"Content-Encoding": "gzip"}),
        Answer(status=400, body=error_body(400, "INVALID_LOGIN_ATTEMPT", "Invalid login attempt.")),
    ],
    ids=["cut", "garbled", "400"],
)
def test_a_refusal_is_one_however_badly_it_arrives(refused: Answer, serve: Serve, connect: Connect) -> None:
    server = serve([refused])
    with pytest.raises(SignInError):
        connect(server).fetch_page("SELECT 1")
    assert paths(server) == [SUITEQL_PATH, SERVER_TIME_PATH]


def test_from_the_status_line_on_nothing_leaves_though_the_rest_of_the_refusal_is_slow(
    serve: Serve, connect: Connect
) -> None:
    server = serve(lambda asked: Answer(status=401, body=LOGIN_BODY, drip=0.05))
    client = connect(server, ClientSettings(concurrency=5))
    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(client.fetch_page, "SELECT 1")
        while not server.asked:
            time.sleep(0.001)
        time.sleep(0.1)  # its status is read, its body drips
        others = [pool.submit(client.fetch_page, "SELECT 1") for _ in range(4)]
        assert {type(future.exception(100)) for future in (first, *others)} == {SignInError}
    assert paths(server) == [SUITEQL_PATH, SERVER_TIME_PATH]


def test_a_request_refused_three_times_is_final_even_if_server_time_is_accepted(
    serve: Serve, connect: Connect
) -> None:
    server = serve(lambda asked: TIME if asked.path == SERVER_TIME_PATH else REFUSED)
    client = connect(server)
    with pytest.raises(SignInError):
        client.fetch_page("SELECT 1")
    assert Counter(paths(server)) == {SUITEQL_PATH: 3, SERVER_TIME_PATH: 2}
    with pytest.raises(SignInError):
        client.fetch_page("SELECT 1")
    assert len(server.asked) == 5
