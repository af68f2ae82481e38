"""Slots: never more than the limit in flight, whatever threads do; the limit learns."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack

import pytest

from netsuite_pipeline.netsuite.governor import Governor

SOON = 5.0  # seconds after which a thread that should have finished counts as stuck


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
    reading = governor.reading()
    assert flight.most == reading.peak == ceiling
    assert (reading.in_flight, reading.limit, reading.rejections) == (0, ceiling, 0)


@pytest.mark.parametrize("guard", [Governor.slot, Governor.alone])
def test_a_failure_gives_its_slot_back(guard: Callable[[Governor], AbstractContextManager[None]]) -> None:
    governor = Governor(1)
    for _ in range(3):
        with pytest.raises(KeyError), guard(governor):
            raise KeyError
    with governor.slot():
        assert governor.reading().in_flight == 1


def in_flight(governor: Governor, number: int) -> list[ExitStack]:
    stacks = [ExitStack() for _ in range(number)]
    for stack in stacks:
        stack.enter_context(governor.slot())
    return stacks


def test_a_burst_of_rejections_ends_at_the_number_that_netsuite_let_in() -> None:
    governor = Governor(10)
    stacks = in_flight(governor, 10)
    for stack in stacks[:4]:  # refused at once, while the other six are under way
        governor.rejected()
        stack.close()
    assert (governor.reading().limit, governor.reading().rejections) == (6, 4)
    for stack in stacks[4:]:
        stack.close()
    assert governor.reading().limit == 6


def test_rejections_at_the_same_instant_shrink_the_limit_once() -> None:
    governor = Governor(10)
    stacks = in_flight(governor, 10)
    for _ in stacks:
        governor.rejected()
    assert (governor.reading().limit, governor.reading().rejections) == (9, 10)
    for stack in stacks:
        stack.close()


def test_one_slot_always_remains() -> None:
    governor = Governor(2)
    for _ in range(5):
        with governor.slot():
            governor.rejected()
        governor.eased()
    assert governor.reading().limit == 1


def test_a_rejection_never_raises_the_limit() -> None:
    governor = Governor(10)
    stacks = in_flight(governor, 10)
    for _ in range(5):
        governor.eased()
    governor.rejected()
    assert governor.reading().limit == 5
    for stack in stacks:
        stack.close()


def test_a_shrunken_limit_binds_at_once(pool: ThreadPoolExecutor) -> None:
    governor, flight = Governor(5), Flight()
    for _ in range(3):
        governor.eased()

    def work() -> None:
        with governor.slot(), flight:
            time.sleep(0.002)

    finished([pool.submit(work) for _ in range(30)])
    assert flight.most == 2


def test_a_run_of_successes_grows_the_limit_back_one_by_one_to_the_ceiling() -> None:
    governor = Governor(3)
    governor.eased()
    governor.eased()
    limits = []
    for _ in range(80):
        governor.succeeded()
        limits.append(governor.reading().limit)
    assert limits == [1] * 19 + [2] * 20 + [3] * 41


@pytest.mark.parametrize("setback", [Governor.rejected, Governor.eased])
def test_a_setback_starts_the_run_of_successes_anew(setback: Callable[[Governor], None]) -> None:
    governor = Governor(3)
    governor.eased()
    with governor.slot():
        for _ in range(19):
            governor.succeeded()
        setback(governor)
    assert governor.reading().limit == 1
    for _ in range(19):
        governor.succeeded()
    assert governor.reading().limit == 1


def test_growth_wakes_a_thread_that_waits(pool: ThreadPoolExecutor) -> None:
    governor = Governor(2)
    governor.eased()
    entered = threading.Event()

    def work() -> None:
        with governor.slot():
            entered.set()

    with governor.slot():
        waiting = pool.submit(work)
        assert not entered.wait(0.05)
        for _ in range(20):
            governor.succeeded()
        assert entered.wait(SOON)
    waiting.result(SOON)


def test_who_is_alone_is_alone_and_nobody_is_stuck(pool: ThreadPoolExecutor) -> None:
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
    assert governor.reading().in_flight == 0


def test_alone_waits_for_those_in_flight_and_holds_the_next_back(pool: ThreadPoolExecutor) -> None:
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


def test_an_interrupted_wait_for_being_alone_lets_others_in_again(monkeypatch: pytest.MonkeyPatch) -> None:
    governor = Governor(2)

    def interrupted(self: threading.Condition, predicate: Callable[[], bool]) -> bool:
        if not predicate():
            raise KeyboardInterrupt
        return True

    with governor.slot():
        monkeypatch.setattr(threading.Condition, "wait_for", interrupted)
        with pytest.raises(KeyboardInterrupt), governor.alone():
            pytest.fail("somebody is in flight")
        with governor.slot():
            assert governor.reading().in_flight == 2
