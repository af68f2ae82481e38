"""Slots: never more than the limit in flight, whatever threads do; the limit learns."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack

import pytest

from netsuite_pipeline.netsuite.errors import Stopped
from netsuite_pipeline.netsuite.limits.governor import Governor

SOON = 60.0  # seconds after which a thread that should have finished counts as stuck


class Flight:
    """Counts who is in flight by its own means, so as not to believe the governor."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.now = 0
        self.most = 0

    def __enter__(self) -> "Flight":
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        return self

    def __exit__(self, *exc: object) -> None:
        with self._lock:
            self.now -= 1


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as threads:
        yield threads


def finished(futures: list[Future[None]]) -> None:
    for future in futures:
        future.result(SOON)


@pytest.mark.parametrize("ceiling", [0, -1])
def test_a_governor_without_a_slot_is_refused(ceiling: int) -> None:
    with pytest.raises(ValueError, match="at least one slot"):
        Governor(ceiling)


@pytest.mark.parametrize("ceiling", [1, 3, 8])
def test_never_more_than_the_limit_are_in_flight(ceiling: int, pool: ThreadPoolExecutor) -> None:
    governor, flight = Governor(ceiling), Flight()

    def work() -> None:
        with governor.slot(), flight:
            time.sleep(0.002)

    finished([pool.submit(work) for _ in range(80)])
    reading = governor
    assert flight.most == ceiling
    assert (reading.in_flight, reading.limit, reading.rejections) == (0, ceiling, 0)


@pytest.mark.parametrize("guard", [Governor.slot, Governor.alone])
def test_a_failure_gives_its_slot_back(guard: Callable[[Governor], AbstractContextManager[int]]) -> None:
    governor = Governor(1)
    for _ in range(3):
        with pytest.raises(KeyError), guard(governor):
            raise KeyError
    with governor.slot():
        assert governor.in_flight == 1


def in_flight(governor: Governor, number: int) -> list[tuple[int, ExitStack]]:
    held = []
    for _ in range(number):
        stack = ExitStack()
        held.append((stack.enter_context(governor.slot()), stack))
    return held


def test_a_burst_of_rejections_ends_at_the_number_of_accepted_requests() -> None:
    governor = Governor(10)
    held = in_flight(governor, 10)
    for entered, stack in held[:4]:  # refused at once, while the other six are under way
        governor.record_rejection(entered)
        stack.close()
    assert (governor.limit, governor.rejections) == (6, 4)
    for _, stack in held[4:]:
        stack.close()
    assert governor.limit == 6


def test_rejections_at_the_same_instant_shrink_the_limit_once() -> None:
    governor = Governor(10)
    held = in_flight(governor, 10)
    for entered, _ in held:
        governor.record_rejection(entered)
    assert (governor.limit, governor.rejections) == (9, 10)
    for _, stack in held:
        stack.close()


def test_a_burst_that_refuses_everything_halves_the_limit_and_no_more() -> None:
    governor = Governor(20)
    for entered, stack in in_flight(governor, 20):
        governor.record_rejection(entered)
        stack.close()
    assert (governor.limit, governor.rejections) == (10, 20)


def test_one_slot_always_remains() -> None:
    governor = Governor(2)
    for _ in range(5):
        with governor.slot() as entered:
            governor.record_rejection(entered)
        governor.decrease()
    assert governor.limit == 1


def test_a_shrunken_limit_binds_at_once(pool: ThreadPoolExecutor) -> None:
    governor, flight = Governor(5), Flight()
    for _ in range(3):
        governor.decrease()

    def work() -> None:
        with governor.slot(), flight:
            time.sleep(0.002)

    finished([pool.submit(work) for _ in range(30)])
    assert flight.most == 2


def test_growth_wakes_a_thread_that_waits(pool: ThreadPoolExecutor) -> None:
    governor = Governor(2)
    governor.decrease()
    entered = threading.Event()

    def work() -> None:
        with governor.slot():
            entered.set()

    with governor.slot():
        waiting = pool.submit(work)
        assert not entered.wait(0.05)
        for _ in range(8):  # after a doubt it grows slowly
            governor.record_success()
        assert entered.wait(SOON)
    waiting.result(SOON)


def test_an_exclusive_slot_is_exclusive_and_no_thread_is_stuck(pool: ThreadPoolExecutor) -> None:
    governor, flight = Governor(4), Flight()
    company: list[int] = []

    def work() -> None:
        with governor.slot(), flight:
            time.sleep(0.001)

    def alone() -> None:
        with governor.alone(), flight:
            company.append(flight.now)
            time.sleep(0.003)
            company.append(flight.now)

    finished([pool.submit(alone if number % 6 == 0 else work) for number in range(90)])
    assert set(company) == {1}
    assert flight.most <= 4
    assert governor.in_flight == 0


def test_an_exclusive_slot_waits_for_requests_in_flight_and_blocks_later_ones(
    pool: ThreadPoolExecutor,
) -> None:
    governor = Governor(4)
    events: list[str] = []
    entered, leave = threading.Event(), threading.Event()

    def alone() -> None:
        with governor.alone():
            events.append("alone")
            entered.set()
            assert leave.wait(SOON)

    def work() -> None:
        with governor.slot():
            events.append("work")

    with governor.slot():
        first = pool.submit(alone)
        assert not entered.wait(0.05)
    assert entered.wait(SOON)
    second = pool.submit(work)
    time.sleep(0.05)
    assert events == ["alone"]
    leave.set()
    finished([first, second])
    assert events == ["alone", "work"]


def test_an_interrupted_wait_for_an_exclusive_slot_unblocks_other_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    governor = Governor(2)

    def interrupted(self: threading.Condition, timeout: float | None = None) -> bool:
        raise KeyboardInterrupt

    with governor.slot():
        with monkeypatch.context() as patched:
            patched.setattr(threading.Condition, "wait", interrupted)
            with pytest.raises(KeyboardInterrupt), governor.alone():
                pytest.fail("somebody is in flight")
        with governor.slot():
            assert governor.in_flight == 2


def test_a_slot_given_back_wakes_one_thread_and_not_all(
    pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    governor = Governor(1)
    woken = 0
    wait = threading.Condition.wait

    def counted(self: threading.Condition, timeout: float | None = None) -> bool:
        nonlocal woken
        result = wait(self, timeout)
        woken += self is governor._freed
        return result

    monkeypatch.setattr(threading.Condition, "wait", counted)

    def work() -> None:
        with governor.slot():
            time.sleep(0.001)

    with governor.slot():
        waiting = [pool.submit(work) for _ in range(16)]
        until = time.monotonic() + SOON
        while len(governor._freed._waiters) < 16 and time.monotonic() < until:  # type: ignore[attr-defined]
            time.sleep(0.001)
    finished(waiting)
    assert woken == 16


def test_an_interrupted_thread_passes_its_slot_on(monkeypatch: pytest.MonkeyPatch) -> None:
    governor = Governor(1)
    passed_on: list[int] = []
    notify = threading.Condition.notify

    def interrupted(self: threading.Condition, timeout: float | None = None) -> bool:
        raise KeyboardInterrupt

    def noted(self: threading.Condition, n: int = 1) -> None:
        passed_on.append(n)
        notify(self, n)

    with governor.slot():
        with monkeypatch.context() as patched:
            patched.setattr(threading.Condition, "wait", interrupted)
            patched.setattr(threading.Condition, "notify", noted)
            with pytest.raises(KeyboardInterrupt), governor.slot():
                pytest.fail("there is no slot")
    assert passed_on == [1]


def test_stop_ends_every_wait_at_once_and_refuses_later_threads(pool: ThreadPoolExecutor) -> None:
    governor = Governor(2)
    entered = threading.Event()
    leave = threading.Event()

    def hold() -> None:
        with governor.slot():
            entered.set()
            assert leave.wait(SOON)

    def wait_in(guard: Callable[[Governor], AbstractContextManager[int]]) -> float:
        try:
            with guard(governor):
                pytest.fail("nobody may enter")
        except Stopped:
            return time.monotonic()

    holding = pool.submit(hold)
    assert entered.wait(SOON)
    waiting = [pool.submit(wait_in, Governor.alone) for _ in range(3)]
    time.sleep(0.05)  # the first of these keeps the others, and those for a slot, out
    waiting += [pool.submit(wait_in, Governor.slot) for _ in range(6)]
    time.sleep(0.05)
    stopped = time.monotonic()
    governor.stop()
    assert max(future.result(SOON) for future in waiting) - stopped < SOON
    for guard in (Governor.slot, Governor.alone):
        wait_in(guard)
    leave.set()
    holding.result(SOON)
    assert governor.in_flight == 0
