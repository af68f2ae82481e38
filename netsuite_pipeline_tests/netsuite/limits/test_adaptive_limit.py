"""The limit learns: from storms, from other integrations, from both; on a simulated account."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from netsuite_pipeline.netsuite.limits.adaptive_limit import AdaptiveLimit

ROUND = 0.25  # seconds that a request takes which is let in


@dataclass
class Account:
    """An account in virtual time: always more to ask than slots. `room` says how many requests it lets in
    at a moment; the excess is refused at once, and asked again by somebody half a second later."""

    room: Callable[[float], int]
    ceiling: int = 20
    limits: list[tuple[float, int]] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    served: int = 0

    def run(self, seconds: float) -> "Account":
        limit = AdaptiveLimit(self.ceiling)
        now, entered, let_in = 0.0, 0, 0
        flying: list[tuple[float, int, bool]] = []
        while now < seconds:
            while len(flying) < limit.current:
                entered += 1
                fits = let_in < self.room(now)
                let_in += fits
                # Sends are a little apart, and a refusal takes its way back too.
                heapq.heappush(flying, (now + (ROUND if fits else 0.02), entered, fits))
                now += 0.002
            now, number, fits = heapq.heappop(flying)
            if fits:
                let_in -= 1
                self.served += 1
                limit.record_success()
            else:
                self.refused.append(now)
                limit.record_rejection(entered=number, newest=entered, in_flight=len(flying) + 1)
            self.limits.append((now, limit.current))
        return self

    def at(self, moment: float) -> int:
        return [limit for now, limit in self.limits if now <= moment][-1]

    def between(self, start: float, end: float) -> list[int]:
        return [limit for now, limit in self.limits if start <= now < end]


def always(room: int) -> Callable[[float], int]:
    return lambda now: room


def storm(start: float, end: float) -> Callable[[float], int]:
    return lambda now: 0 if start <= now < end else 100


def share(room: int, until: float) -> Callable[[float], int]:
    return lambda now: room if now < until else 100


def test_without_rejections_the_limit_stays_at_its_ceiling() -> None:
    assert {limit for _, limit in Account(always(20)).run(20).limits} == {20}


@pytest.mark.parametrize(("seconds", "back_within"), [(0.05, 4.0), (0.3, 5.0), (2.0, 6.0), (10.0, 7.0)])
@pytest.mark.parametrize("ceiling", [5, 10, 20])
def test_after_a_storm_the_limit_is_soon_back_at_its_ceiling(
    seconds: float, back_within: float, ceiling: int
) -> None:
    account = Account(storm(5, 5 + seconds), ceiling).run(25 + seconds)
    assert account.refused
    assert account.at(5 + seconds + back_within) == ceiling


def test_one_short_burst_does_not_shrink_the_limit_to_one() -> None:
    account = Account(storm(5, 5.03)).run(6)
    assert len(account.refused) >= 3
    assert min(account.between(5, 6)) >= 5


@pytest.mark.parametrize("room", [2, 4, 7, 10, 15, 19])
def test_while_another_integration_uses_slots_the_limit_is_stable_and_seldom_grows(room: int) -> None:
    account = Account(always(room)).run(400)
    steady = account.between(200, 400)
    assert set(steady) <= {room, room + 1}
    late = [moment for moment in account.refused if moment >= 200]
    assert len(late) <= 200 / ROUND / 30 + 1  # about one in some thirty rounds
    assert account.served >= 0.97 * room * 400 / ROUND


@pytest.mark.parametrize("room", [2, 4, 10, 15])
def test_when_the_other_integration_ends_the_limit_is_back_within_two_minutes(room: int) -> None:
    account = Account(share(room, 200)).run(320)
    assert account.at(199) <= room + 1
    assert account.at(320) == 20


def test_growth_doubles_below_half_the_ceiling_and_adds_one_a_round_above() -> None:
    limit = AdaptiveLimit(16)
    for number in range(1, 5):  # four bursts, one after the other: 8, 4, 2, 1
        for in_flight in range(limit.current, 0, -1):
            limit.record_rejection(entered=number, newest=number, in_flight=in_flight)
    assert limit.current == 1
    reached = []
    for _ in range(7 + sum(range(8, 16))):
        limit.record_success()
        reached.append(limit.current)
    assert reached[:7] == [2, 3, 4, 5, 6, 7, 8]
    assert [reached.index(size) - reached.index(size - 1) for size in range(9, 17)] == list(range(8, 16))


def test_a_rejection_never_raises_the_limit() -> None:
    limit = AdaptiveLimit(10)
    limit.record_rejection(entered=10, newest=10, in_flight=10)
    for _ in range(8):
        limit.decrease()
    limit.record_rejection(entered=9, newest=10, in_flight=9)  # of the burst whose floor is 5
    assert limit.current == 1


def test_a_rejected_growth_doubles_the_successes_before_the_next_one() -> None:
    limit, asked, needed = AdaptiveLimit(10), 10, []
    limit.record_rejection(entered=asked, newest=asked, in_flight=6)
    for _ in range(5):
        successes = 1
        while not limit.record_success():
            successes += 1
        needed.append(successes)
        asked += successes
        limit.record_rejection(entered=asked, newest=asked, in_flight=limit.current)
    assert needed == [5, 5, 10, 20, 40]


def test_after_an_unconfirmed_sign_in_the_limit_grows_back_slowly() -> None:
    limit = AdaptiveLimit(5)
    limit.decrease()
    grown_after = next(number for number in range(1, 1000) if limit.record_success())
    assert grown_after == 8 * 4


def test_growth_speeds_up_while_nothing_is_refused() -> None:
    limit = AdaptiveLimit(4)
    limit.decrease()
    for _ in range(200):
        limit.record_success()
    assert limit.current == 4
    limit.record_rejection(entered=1, newest=1, in_flight=4)
    assert next(number for number in range(1, 100) if limit.record_success()) == 3
