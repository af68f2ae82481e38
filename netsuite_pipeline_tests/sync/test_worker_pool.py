"""A free worker runs the task of highest priority; the pool ends on request, whatever it waits for."""

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from netsuite_pipeline.sync.worker_pool import Task, WorkerPool
from netsuite_pipeline_tests.lengths import SLOWEST


@pytest.fixture
def broken() -> list[BaseException]:
    return []


@pytest.fixture
def a_pool(broken: list[BaseException]) -> Iterator[Callable[[int], WorkerPool]]:
    pools: list[WorkerPool] = []

    def make(size: int) -> WorkerPool:
        pools.append(WorkerPool(size, on_error=broken.append))
        return pools[-1]

    yield make
    for pool in pools:
        assert pool.close(10)


def _eventually(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 100
    while not condition():
        assert time.monotonic() < until, "it did not come true"
        time.sleep(0.002)


def _does(action: Callable[[], object]) -> Callable[[], list[Task]]:
    def run() -> list[Task]:
        action()
        return []

    return run


def _gate(pool: WorkerPool, threads: int) -> threading.Event:
    """Keeps so many threads busy until the event is set."""
    gate, inside = threading.Event(), threading.Semaphore(0)

    def wait() -> None:
        inside.release()
        assert gate.wait(10)

    pool.submit([Task(_does(wait), 1e9) for _ in range(threads)])
    for _ in range(threads):
        assert inside.acquire(timeout=100)
    return gate


def test_the_most_urgent_step_comes_first_and_equals_in_their_order(
    a_pool: Callable[[int], WorkerPool],
) -> None:
    pool, taken = a_pool(1), list[str]()
    gate = _gate(pool, 1)
    for name, priority in [("a", 1.0), ("b", 5.0), ("c", 5.0), ("d", 0.0), ("e", 9.0)]:
        pool.submit([Task(_does(partial(taken.append, name)), priority)])
    gate.set()
    _eventually(lambda: len(taken) == 5)
    assert taken == ["e", "b", "c", "a", "d"]


def test_what_follows_from_a_step_is_taken_too(a_pool: Callable[[int], WorkerPool]) -> None:
    pool, taken = a_pool(3), list[int]()

    def count(number: int) -> list[Task]:
        taken.append(number)
        return [Task(partial(count, n)) for n in (2 * number, 2 * number + 1) if n < 64]

    pool.submit([Task(lambda: count(1))])
    _eventually(lambda: len(taken) == 63)
    assert sorted(taken) == list(range(1, 64))


def test_so_many_steps_run_at_once_as_there_are_threads(a_pool: Callable[[int], WorkerPool]) -> None:
    pool = a_pool(3)
    meeting = threading.Barrier(3)  # broken unless all three are there at once
    met: list[int] = []
    pool.submit([Task(_does(lambda: met.append(meeting.wait(10)))) for _ in range(3)])
    _eventually(lambda: len(met) == 3)


def test_threads_that_have_nothing_to_do_are_counted(a_pool: Callable[[int], WorkerPool]) -> None:
    pool = a_pool(3)
    assert pool.idle() == 3, "threads that were never needed are idle"
    gate = _gate(pool, 2)
    _eventually(lambda: pool.idle() == 1)
    third = _gate(pool, 1)
    waiting = Task(_does(lambda: None))
    pool.submit([waiting, waiting])
    assert pool.idle() == 0, "steps wait for the next thread that is free"
    gate.set()
    third.set()
    _eventually(lambda: pool.idle() == 3)


def test_a_task_that_raises_is_reported_and_its_thread_continues(
    a_pool: Callable[[int], WorkerPool], broken: list[BaseException]
) -> None:
    pool, taken = a_pool(1), list[str]()

    def fail() -> list[Task]:
        raise ZeroDivisionError("a mistake of ours")

    pool.submit([Task(fail), Task(_does(lambda: taken.append("next")))])
    _eventually(lambda: taken == ["next"])
    assert [type(error) for error in broken] == [ZeroDivisionError]


def test_closing_forgets_what_waits(a_pool: Callable[[int], WorkerPool]) -> None:
    pool, taken = a_pool(1), list[str]()
    gate = _gate(pool, 1)
    pool.submit([Task(_does(lambda: taken.append("never")))])
    threading.Timer(0.05, gate.set).start()
    assert pool.close(10)
    pool.submit([Task(_does(lambda: taken.append("never")))])
    time.sleep(0.05)
    assert taken == []


def test_closing_does_not_wait_for_ever(a_pool: Callable[[int], WorkerPool]) -> None:
    pool = a_pool(2)
    gate = _gate(pool, 1)
    began = time.monotonic()
    assert not pool.close(0.1)
    assert 0.1 <= time.monotonic() - began < 5 * SLOWEST
    gate.set()


def test_threads_are_started_only_when_they_are_needed(a_pool: Callable[[int], WorkerPool]) -> None:
    before = set(threading.enumerate())
    pool = a_pool(50)
    assert set(threading.enumerate()) <= before
    done = threading.Event()
    pool.submit([Task(_does(done.set))])
    assert done.wait(10)
    assert len(set(threading.enumerate()) - before) == 1
