"""Requests leave one at a time, with a gap that is learnt."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from netsuite_pipeline.netsuite.pacing import Pacing
from netsuite_pipeline_tests.netsuite.conftest import FakeClock


def paced() -> tuple[Pacing, FakeClock]:
    clock = FakeClock()
    return Pacing(clock.sleep, clock.monotonic), clock


def test_the_first_request_leaves_at_once_and_the_next_ten_milliseconds_later() -> None:
    pacing, clock = paced()
    for _ in range(3):
        with pacing.turn():
            clock.now += 0.002  # sending takes a moment itself
    assert clock.waits == [pytest.approx(0.01)] * 2


def test_who_comes_later_than_the_gap_does_not_wait() -> None:
    pacing, clock = paced()
    for _ in range(3):
        with pacing.turn():
            pass
        clock.now += 0.02
    assert clock.waits == []


@pytest.mark.parametrize(
    ("seconds", "limit", "gap"),
    [(0.25, 15, 0.25 / 30), (0.4, 20, 0.01), (0.1, 5, 0.01), (0.4, 5, 0.04), (2.0, 5, 0.05), (60.0, 1, 0.05)],
)
def test_the_gap_is_half_of_how_often_replies_come_and_at_most_fifty_milliseconds(
    seconds: float, limit: int, gap: float
) -> None:
    pacing, _ = paced()
    pacing.took(seconds, limit)
    assert pacing.gap == pytest.approx(gap)


def test_one_slow_request_hardly_moves_the_gap_and_many_do() -> None:
    pacing, _ = paced()
    for _ in range(50):
        pacing.took(0.1, 5)
    pacing.took(0.5, 5)
    assert pacing.gap == pytest.approx(0.014)
    for _ in range(60):
        pacing.took(0.2, 5)
    assert pacing.gap == pytest.approx(0.02, rel=0.01)


def test_what_could_not_be_sent_costs_the_next_one_no_wait() -> None:
    pacing, clock = paced()
    for _ in range(5):
        with pytest.raises(KeyError), pacing.turn():
            raise KeyError
    with pacing.turn():
        pass
    assert clock.waits == []


def test_many_threads_leave_one_by_one_with_the_gap_between_them() -> None:
    pacing = Pacing()
    left: list[float] = []
    inside = threading.Lock()

    def work() -> None:
        with pacing.turn():
            assert inside.acquire(blocking=False)
            left.append(time.monotonic())
            inside.release()

    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(work) for _ in range(8)]:
            future.result(5)
    assert min(later - earlier for earlier, later in pairwise(left)) >= 0.01
