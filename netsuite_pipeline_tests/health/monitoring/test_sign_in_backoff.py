"""A broken sign-in is looked at less and less often, and its user is never locked by us."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from netsuite_pipeline.health.findings import Finding, ProbeResult, State
from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor
from netsuite_pipeline.health.monitoring.sign_in_backoff import (
    MAX_REFUSALS,
    allowed_attempts,
    check_is_due,
    next_check,
    record_sign_in,
)
from netsuite_pipeline_tests.lengths import searches

NOON = datetime(2026, 11, 23, 12)
MINUTE = timedelta(minutes=1)
REFUSED = ProbeResult((Finding("clock", State.OK, ""), Finding("sign_in", State.FAILED, "refused")))
GOOD = ProbeResult((Finding("clock", State.OK, ""), Finding("sign_in", State.OK, "accepted")))
UNAVAILABLE = ProbeResult(
    (Finding("host", State.FAILED, "down"), Finding("sign_in", State.UNKNOWN, "not tried"))
)
CLOCK_OFF = ProbeResult(
    (Finding("clock", State.FAILED, "off"), Finding("sign_in", State.UNKNOWN, "refused, but"))
)
TABLES = ProbeResult((Finding("table:vendor", State.FAILED, "not found"),))


def lived(
    checks: Sequence[ProbeResult], every: timedelta = 5 * MINUTE
) -> tuple[SensorCursor, list[datetime]]:
    """The memory after ticks that would find these looks, and when a sign-in was refused on the way."""
    cursor, refusals, now = SensorCursor(), [], NOON
    for result in checks:
        if check_is_due(cursor, now):
            if result in (REFUSED, CLOCK_OFF):
                refusals += [now] * allowed_attempts(cursor)
            cursor = record_sign_in(cursor, result, now)
        now += every
    return cursor, refusals


def test_a_sign_in_that_stays_broken_is_tried_at_growing_distances() -> None:
    _, refusals = lived([REFUSED] * 60)

    minutes = [round((moment - NOON) / MINUTE) for moment in refusals]
    assert minutes == [0, 5, 5, 15, 35, 65, 110, 170, 230, 290]


@pytest.mark.parametrize(
    ("checks", "allowed"),
    [
        ([], 1),
        ([GOOD], 1),
        ([REFUSED], 2),  # the second one decides, after a pause
        ([REFUSED, REFUSED], 1),
        ([REFUSED, GOOD], 1),
        ([CLOCK_OFF], 2),
        ([REFUSED, UNAVAILABLE], 2),
        ([REFUSED, REFUSED, GOOD, GOOD, REFUSED], 1),  # four within half an hour leave no room for two more
    ],
)
def test_only_the_check_that_decides_may_try_twice(checks: Sequence[ProbeResult], allowed: int) -> None:
    assert allowed_attempts(lived(checks)[0]) == allowed


@pytest.mark.parametrize(
    ("result", "due"),
    [(GOOD, True), (UNAVAILABLE, True), (TABLES, True), (REFUSED, False), (CLOCK_OFF, False)],
    ids=["good", "down", "tables", "refused", "clock off"],
)
def test_only_a_refused_sign_in_makes_the_next_check_wait(result: ProbeResult, *, due: bool) -> None:
    cursor = record_sign_in(SensorCursor(), result, NOON)

    assert check_is_due(cursor, NOON + MINUTE) is due
    assert check_is_due(cursor, NOON + 5 * MINUTE)


def test_a_tick_that_comes_seconds_early_counts() -> None:
    cursor = record_sign_in(SensorCursor(), REFUSED, NOON + timedelta(seconds=4))

    assert check_is_due(cursor, NOON + 5 * MINUTE)


def test_a_clock_that_was_set_back_stops_no_checks() -> None:
    cursor = lived([REFUSED] * 20)[0]

    assert check_is_due(cursor, NOON - timedelta(days=400))
    cursor = record_sign_in(cursor, REFUSED, NOON - timedelta(days=400))
    assert cursor.next_check_at is not None
    assert cursor.next_check_at < NOON - timedelta(days=399)


def test_a_check_of_tables_does_not_change_the_wait_for_the_sign_in() -> None:
    cursor = record_sign_in(SensorCursor(), REFUSED, NOON)

    assert record_sign_in(cursor, TABLES, NOON + MINUTE) == cursor


def test_a_good_check_ends_the_waiting() -> None:
    cursor = lived([REFUSED, REFUSED])[0]

    cursor = record_sign_in(cursor, GOOD, NOON + 15 * MINUTE)

    assert (cursor.refused_checks, cursor.next_check_at) == (0, None)


def test_an_outage_does_not_hide_that_the_sign_in_was_refused() -> None:
    assert lived([REFUSED, UNAVAILABLE, UNAVAILABLE])[0].refused_checks == 1


@given(st.integers(1, 1000))
def test_waits_never_shrink_while_it_is_broken(times: int) -> None:
    earlier, later = next_check(times, NOON), next_check(times + 1, NOON)

    assert earlier is not None
    assert later is not None
    assert NOON + 5 * MINUTE <= earlier <= later <= NOON + 60 * MINUTE


@settings(max_examples=searches(300, 3000))
@given(
    st.lists(st.sampled_from([REFUSED, REFUSED, GOOD, UNAVAILABLE, CLOCK_OFF]), max_size=120),
    st.sampled_from([timedelta(seconds=30), MINUTE, 5 * MINUTE, timedelta(minutes=4, seconds=53)]),
)
@example([REFUSED, REFUSED, GOOD] * 30, MINUTE)
@example([REFUSED, GOOD] * 60, timedelta(seconds=30))
def test_no_history_has_five_refusals_in_half_an_hour(checks: list[ProbeResult], every: timedelta) -> None:
    _, refusals = lived(checks, every)

    for first, fifth in zip(refusals, refusals[MAX_REFUSALS:], strict=False):
        assert fifth - first > 30 * MINUTE
