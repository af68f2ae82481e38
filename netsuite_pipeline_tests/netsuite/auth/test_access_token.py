"""The access token that threads share: one thread fetches it; its renewal; the effect of a failure."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from netsuite_pipeline.netsuite.auth import access_token as access_token_module
from netsuite_pipeline.netsuite.auth.access_token import AccessToken, GrantedToken, bearer_signer
from netsuite_pipeline.netsuite.errors import SignInError, Unavailable
from netsuite_pipeline_tests.lengths import SLOWEST


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    fake = Clock()
    monkeypatch.setattr(access_token_module, "time", fake)
    return fake


class Endpoint:
    """Grants `1`, `2` and so on; `fails` are raised instead, one each."""

    def __init__(self, seconds: float = 3600.0, fails: tuple[Exception | None, ...] = ()) -> None:
        self.asked = 0
        self._seconds, self._fails = seconds, list(fails)

    def __call__(self) -> GrantedToken:
        self.asked += 1
        failure = self._fails.pop(0) if self._fails else None
        if failure is not None:
            raise failure
        return GrantedToken(str(self.asked), self._seconds)


@pytest.mark.parametrize(
    ("seconds", "ahead"),
    [(3600.0, 300.0), (86400.0, 300.0), (600.0, 60.0), (5.0, 0.5)],
)
def test_a_token_is_renewed_so_long_before_its_end(clock: Clock, seconds: float, ahead: float) -> None:
    token, ask = AccessToken(), Endpoint(seconds)
    assert token.value(ask) == "1"
    clock.now += seconds - ahead - 0.1
    assert token.value(ask) == "1"
    clock.now += 0.2
    assert token.value(ask) == "2"
    assert token.recent == ("1", "2")


def test_a_lifetime_counts_from_the_request(clock: Clock) -> None:
    def slowly() -> GrantedToken:
        clock.now += 100.0
        return GrantedToken("slow", 1000.0)

    token = AccessToken()
    token.value(slowly)
    clock.now += 800.0  # 900 after the asking: a tenth of the lifetime is left
    assert token.value(Endpoint()) == "1"


def test_a_renewal_ahead_that_fails_leaves_the_old_token_while_it_is_good(clock: Clock) -> None:
    token = AccessToken()
    ask = Endpoint(fails=(None, Unavailable("down"), Unavailable("down"), None))
    token.value(ask)
    clock.now += 3400.0
    assert [token.value(ask) for _ in range(3)] == ["1"] * 3
    assert ask.asked == 2  # not at every request
    clock.now += 31.0
    assert token.value(ask) == "1"
    clock.now += 31.0
    assert token.value(ask) == "4"


def test_a_token_that_has_ended_is_not_used_because_its_renewal_fails(clock: Clock) -> None:
    token = AccessToken()
    ask = Endpoint(fails=(None, Unavailable("down")))
    token.value(ask)
    clock.now += 3601.0
    with pytest.raises(Unavailable):
        token.value(ask)


def test_a_refused_refresh_is_raised_although_the_old_token_is_good(clock: Clock) -> None:
    token = AccessToken()
    ask = Endpoint(fails=(None, SignInError("refused")))
    token.value(ask)
    clock.now += 3400.0
    with pytest.raises(SignInError):
        token.value(ask)


def test_a_discarded_token_is_fetched_anew_and_its_time_is_returned(clock: Clock) -> None:
    token, ask = AccessToken(), Endpoint()
    assert token.discard() is None
    token.value(ask)
    clock.now += 7.0
    assert token.discard() == 1000.0
    assert token.value(ask) == "2"


def in_threads(count: int, work: Callable[[], object]) -> list[object]:
    def outcome() -> object:
        try:
            return work()
        except Unavailable as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return [future.result(10) for future in [pool.submit(outcome) for _ in range(count)]]


def waiting_for(count: int, token: AccessToken) -> threading.Event:
    """Set once so many threads have had the time to queue up."""
    enough = threading.Event()
    threading.Timer(0.05 + 0.01 * count, enough.set).start()
    return enough


def test_one_thread_fetches_the_token_and_the_others_share_it() -> None:
    token = AccessToken()
    ask = Endpoint()
    enough = waiting_for(10, token)

    def slowly() -> GrantedToken:
        enough.wait(5)
        return ask()

    assert in_threads(10, lambda: token.value(slowly)) == ["1"] * 10
    assert ask.asked == 1


def test_a_thread_that_waited_for_a_failed_attempt_makes_no_attempt() -> None:
    token = AccessToken()
    ask = Endpoint(fails=(Unavailable("down"),) * 10)
    enough = waiting_for(10, token)

    def slowly() -> GrantedToken:
        enough.wait(5)
        return ask()

    failures = in_threads(10, lambda: token.value(slowly))
    assert {type(each) for each in failures} == {Unavailable}
    assert len({id(each) for each in failures}) == 10  # tracebacks are not shared
    assert ask.asked == 1
    assert token.value(Endpoint()) == "1"  # who comes later asks again


def test_the_value_is_shown_nowhere_but_in_the_header() -> None:
    token = AccessToken()
    signer = bearer_signer(lambda: token.value(lambda: GrantedToken("hush0token", 60.0)))
    request = requests.Request("GET", "http://127.0.0.1/", auth=signer).prepare()
    assert request.headers["Authorization"] == "Bearer hush0token"
    assert "hush" not in repr((token, vars(token)["_stored"], signer, GrantedToken("hush0token", 60.0)))


def test_a_token_that_is_there_costs_next_to_nothing() -> None:
    token, ask = AccessToken(), Endpoint()
    token.value(ask)
    began = time.perf_counter()
    for _ in range(10_000):
        token.value(ask)
    assert time.perf_counter() - began < 1.0 * SLOWEST
