"""The client against the emulator in a process of its own: revoked tokens, odd refusals, busy slots, storms."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest

from netsuite_pipeline.emulator.admin.client import AdminClient
from netsuite_pipeline.emulator.process import EmulatorProcess, start_emulator
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.netsuite.errors import SignInError
from netsuite_pipeline.netsuite.limits.pacing import Pacing
from netsuite_pipeline.netsuite.settings import ClientSettings
from netsuite_pipeline_tests.lengths import searches

SQL = "SELECT id FROM customer WHERE id < 20 ORDER BY id"
THREADS = 25


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatorProcess]:
    with start_emulator(scale=0.02) as running:
        yield running


@pytest.fixture
def emulator(process: EmulatorProcess) -> Iterator[EmulatorProcess]:
    process.admin.reset()
    yield process
    process.admin.reset()


def refusals(admin: AdminClient) -> int:
    return sum(login["detail"] == "token_rejected" for login in admin.login_audit())


@contextmanager
def load(client: NetSuiteClient) -> Iterator[tuple[threading.Event, list[Future[int]]]]:
    """More threads than slots, each asking page after page; each gives how many it got."""
    enough = threading.Event()

    def work() -> int:
        pages = 0
        while not enough.is_set():
            client.fetch_page(SQL)
            pages += 1
        return pages

    with ThreadPoolExecutor(THREADS) as pool:
        try:
            yield enough, [pool.submit(work) for _ in range(THREADS)]
        finally:
            enough.set()


def client_for(emulator: EmulatorProcess, limit: int) -> NetSuiteClient:
    settings = ClientSettings(concurrency=limit, sign_in_pause_seconds=0.1)
    return client_from_environment(emulator.env, settings)


# Sends are spaced by 10, 5 and 13 ms here; a refusal is read within that on a busy machine too.
@pytest.mark.parametrize(("limit", "milliseconds"), [(5, 100), (15, 100), (15, 400)])
@pytest.mark.few(2)
def test_a_token_revoked_in_mid_flight_is_refused_at_most_twice(
    emulator: EmulatorProcess, limit: int, milliseconds: int
) -> None:
    admin = emulator.admin
    seen = []
    for _ in range(searches(4, 20)):
        admin.reset()
        admin.set_concurrency(limit)
        admin.set_latency(milliseconds)
        before = refusals(admin)
        with client_for(emulator, limit) as client, load(client) as (_, futures):
            time.sleep(3.5 * milliseconds / 1000)
            admin.revoke_token()
            assert {type(future.exception(100)) for future in futures} == {SignInError}
        seen.append(refusals(admin) - before)
    assert max(seen) <= 2, seen
    assert min(seen) >= 1


@pytest.mark.long
def test_a_single_refusal_under_load_stops_no_request(emulator: EmulatorProcess) -> None:
    admin = emulator.admin
    admin.set_latency(20)
    before = refusals(admin)
    with client_for(emulator, 5) as client, load(client) as (enough, futures):
        time.sleep(0.2)
        admin.add_fault("sign_in", count=1)
        time.sleep(0.8)
        admin.reset_stats()
        time.sleep(0.5)
        pages = admin.stats().pages
        enough.set()
        assert sum(future.result(100) for future in futures) > 0
    assert refusals(admin) - before == 1
    assert pages > 5  # at 20 ms requests go one after another


@pytest.mark.parametrize(("limit", "milliseconds"), [(15, 250), (20, 400)])
@pytest.mark.long
def test_pacing_leaves_no_slot_idle(emulator: EmulatorProcess, limit: int, milliseconds: int) -> None:
    """The emulator counts the used slots, against those of a client without gaps on the same machine."""
    emulator.admin.set_concurrency(limit)
    emulator.admin.set_latency(milliseconds)
    paced: list[float] = []
    unpaced: list[float] = []
    while not paced or (max(paced) < 0.92 * max(unpaced) and len(paced) < 8):
        unpaced.append(used_slots(emulator, limit, milliseconds, gapless=True))
        paced.append(used_slots(emulator, limit, milliseconds, gapless=False))
    assert max(paced) >= 0.92 * max(unpaced), (paced, unpaced)


def used_slots(emulator: EmulatorProcess, limit: int, milliseconds: int, *, gapless: bool) -> float:
    """Return the share of slots in use under load, by the emulator's own statistics."""
    with ExitStack() as stack:
        if gapless:
            patched = stack.enter_context(pytest.MonkeyPatch.context())
            patched.setattr(Pacing, "gap", 0.0)
        client = stack.enter_context(client_for(emulator, limit))
        stack.enter_context(load(client))
        time.sleep(3 * milliseconds / 1000)
        emulator.admin.reset_stats()
        time.sleep(2)
        stats = emulator.admin.stats()
    assert stats.refused == 0
    return stats.mean_in_use / limit


@pytest.mark.parametrize("kind", ["throttled", "throttled_400"])
def test_a_storm_of_rejections_shrinks_the_limit_ends_and_the_limit_grows_back(
    emulator: EmulatorProcess, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = emulator.admin
    admin.set_concurrency(10)
    admin.set_latency(20)
    with client_for(emulator, 10) as client, load(client):
        time.sleep(0.3)
        admin.add_fault(kind, count=40)
        time.sleep(0.1)
        until(lambda: client.governor.rejections >= 40)
        low = client.governor.limit
        until(lambda: client.governor.limit == 10)
    assert low < 10
    assert client.governor.rejections == 40


def until(condition: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 150
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.005)
