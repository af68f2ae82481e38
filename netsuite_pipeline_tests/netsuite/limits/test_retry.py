"""When a failed request is asked again: one request's patience, and the whole client's."""

import pytest

from netsuite_pipeline.netsuite.errors import Throttled, Unavailable
from netsuite_pipeline.netsuite.limits.retry import Outlook, Patience, Standing

DOWN = Unavailable("down", status=503)
LOST = Unavailable("the connection was lost")
SLOW = Unavailable("too slow", timed_out=True)
INSIDE = Unavailable("inside", status=500, code="UNEXPECTED_ERROR")
BUSY = Throttled("busy", status=429)
NEVER, UP, GAVE_UP = Standing(), Standing(answered_at=0.0), Standing(answered_at=0.0, given_up=True)


def attempts(
    error: Throttled | Unavailable, standing: Standing, *, seconds: float = 300.0
) -> tuple[int, float]:
    """Attempts and seconds until a request is given up that fails at once, always the same way."""
    patience, now = Patience(started=0.0, seconds=seconds), 0.0
    while (wait := patience.wait_after(error, now, standing)) is not None:
        now += wait
    return patience.tries, now


@pytest.mark.parametrize("error", [DOWN, LOST, BUSY], ids=["503", "no answer", "429"])
def test_a_request_is_repeated_for_five_minutes(error: Unavailable | Throttled) -> None:
    tries, seconds = attempts(error, UP)
    assert 270 <= seconds <= 300
    assert 10 <= tries <= 30


@pytest.mark.parametrize(
    ("error", "standing", "tries"),
    [
        (DOWN, GAVE_UP, 1),  # another request has given up: this one need not find out by itself
        (LOST, GAVE_UP, 1),
        (SLOW, GAVE_UP, 1),
        (INSIDE, UP, 4),
        (INSIDE, GAVE_UP, 4),  # which may come from the statement, so others tell nothing
        (LOST, NEVER, 5),  # most likely a wrong address
    ],
)
def test_some_failures_are_believed_sooner(error: Unavailable, standing: Standing, tries: int) -> None:
    assert attempts(error, standing)[0] == tries


def test_being_busy_is_no_outage() -> None:
    assert attempts(BUSY, GAVE_UP)[0] > 10


@pytest.mark.parametrize(
    ("started", "answered_at", "gives_up_after"),
    [
        (0.0, None, 300.0),
        (100.0, 50.0, 400.0),  # its own start is later
        (0.0, 200.0, 500.0),  # NetSuite answered others since: it is not down
        (0.0, 899.0, 900.0),  # but something about this request is wrong
        (0.0, 5000.0, 900.0),
    ],
)
def test_patience_counts_from_the_clients_last_answer_or_the_requests_own_start(
    started: float, answered_at: float | None, gives_up_after: float
) -> None:
    standing = Standing(answered_at=answered_at)
    before = Patience(started, 300.0).wait_after(DOWN, gives_up_after - 0.51, standing)
    assert before is not None
    assert Patience(started, 300.0).wait_after(DOWN, gives_up_after - 0.2, standing) is None


def test_a_request_given_up_for_time_is_asked_again_twice_though_patience_is_over() -> None:
    patience, now = Patience(started=0.0, seconds=300.0), 0.0
    for _ in range(2):
        now += 900
        assert patience.wait_after(SLOW, now, UP) is not None
    assert patience.wait_after(SLOW, now + 900, UP) is None


def test_who_has_no_patience_asks_once() -> None:
    for error in (DOWN, LOST, SLOW, INSIDE, BUSY):
        assert attempts(error, UP, seconds=0)[0] == 1


def test_internal_errors_count_in_a_row_only() -> None:
    patience = Patience(started=0.0, seconds=300.0)
    for error in (INSIDE, INSIDE, INSIDE, BUSY, INSIDE, INSIDE, INSIDE):
        assert patience.wait_after(error, 1.0, UP) is not None
    assert patience.wait_after(INSIDE, 1.0, UP) is None


def test_an_answer_heals() -> None:
    outlook = Outlook()
    assert outlook.standing() == Standing(None, False)
    outlook.answered(1.0)
    outlook.given_up()
    assert outlook.standing() == Standing(1.0, True)
    outlook.answered(2.0)
    assert outlook.standing() == Standing(2.0, False)
