"""Whoever is free takes the most urgent step; the crew ends when it is told to, whatever it waits for."""

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from netsuite_pipeline.sync.worker_pool import Crew, Step


@pytest.fixture
def broken() -> list[BaseException]:
    return []


@pytest.fixture
def a_crew(broken: list[BaseException]) -> Iterator[Callable[[int], Crew]]:
    crews: list[Crew] = []

    def make(size: int) -> Crew:
        crews.append(Crew(size, on_broken=broken.append))
        return crews[-1]

    yield make
    for crew in crews:
        assert crew.close(10)


def _eventually(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until, "it did not come true"
        time.sleep(0.002)


def _does(action: Callable[[], object]) -> Callable[[], list[Step]]:
    def run() -> list[Step]:
        action()
        return []

    return run


def _gate(crew: Crew, threads: int) -> threading.Event:
    """Keeps so many threads busy until the event is set."""
    gate, inside = threading.Event(), threading.Semaphore(0)

    def wait() -> None:
        inside.release()
        assert gate.wait(10)

    crew.take([Step(_does(wait), 1e9) for _ in range(threads)])
    for _ in range(threads):
        assert inside.acquire(timeout=10)
    return gate


def test_the_most_urgent_step_comes_first_and_equals_in_their_order(a_crew: Callable[[int], Crew]) -> None:
    crew, taken = a_crew(1), list[str]()
    gate = _gate(crew, 1)
    for name, urgency in [("a", 1.0), ("b", 5.0), ("c", 5.0), ("d", 0.0), ("e", 9.0)]:
        crew.take([Step(_does(partial(taken.append, name)), urgency)])
    gate.set()
    _eventually(lambda: len(taken) == 5)
    assert taken == ["e", "b", "c", "a", "d"]


def test_what_follows_from_a_step_is_taken_too(a_crew: Callable[[int], Crew]) -> None:
    crew, taken = a_crew(3), list[int]()

    def count(number: int) -> list[Step]:
        taken.append(number)
        return [Step(partial(count, n)) for n in (2 * number, 2 * number + 1) if n < 64]

    crew.take([Step(lambda: count(1))])
    _eventually(lambda: len(taken) == 63)
    assert sorted(taken) == list(range(1, 64))


def test_so_many_steps_run_at_once_as_there_are_threads(a_crew: Callable[[int], Crew]) -> None:
    crew = a_crew(3)
    meeting = threading.Barrier(3)  # broken unless all three are there at once
    met: list[int] = []
    crew.take([Step(_does(lambda: met.append(meeting.wait(10)))) for _ in range(3)])
    _eventually(lambda: len(met) == 3)


def test_threads_that_have_nothing_to_do_are_counted(a_crew: Callable[[int], Crew]) -> None:
    crew = a_crew(3)
    assert crew.idle() == 3, "threads that were never needed are idle"
    gate = _gate(crew, 2)
    _eventually(lambda: crew.idle() == 1)
    third = _gate(crew, 1)
    waiting = Step(_does(lambda: None))
    crew.take([waiting, waiting])
    assert crew.idle() == 0, "steps wait for the next thread that is free"
    gate.set()
    third.set()
    _eventually(lambda: crew.idle() == 3)


def test_a_step_that_raises_is_told_and_its_thread_goes_on(
    a_crew: Callable[[int], Crew], broken: list[BaseException]
) -> None:
    crew, taken = a_crew(1), list[str]()

    def fail() -> list[Step]:
        raise ZeroDivisionError("a mistake of ours")

    crew.take([Step(fail), Step(_does(lambda: taken.append("next")))])
    _eventually(lambda: taken == ["next"])
    assert [type(error) for error in broken] == [ZeroDivisionError]


def test_closing_forgets_what_waits(a_crew: Callable[[int], Crew]) -> None:
    crew, taken = a_crew(1), list[str]()
    gate = _gate(crew, 1)
    crew.take([Step(_does(lambda: taken.append("never")))])
    threading.Timer(0.05, gate.set).start()
    assert crew.close(10)
    crew.take([Step(_does(lambda: taken.append("never")))])
    time.sleep(0.05)
    assert taken == []


def test_closing_does_not_wait_for_ever(a_crew: Callable[[int], Crew]) -> None:
    crew = a_crew(2)
    gate = _gate(crew, 1)
    began = time.monotonic()
    assert not crew.close(0.1)
    assert 0.1 <= time.monotonic() - began < 5
    gate.set()


def test_threads_are_started_only_when_they_are_needed(a_crew: Callable[[int], Crew]) -> None:
    before = set(threading.enumerate())
    crew = a_crew(50)
    assert set(threading.enumerate()) <= before
    done = threading.Event()
    crew.take([Step(_does(done.set))])
    assert done.wait(10)
    assert len(set(threading.enumerate()) - before) == 1
