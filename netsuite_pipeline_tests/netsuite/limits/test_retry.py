"""When a failed request is retried: one request's policy, and the whole client's."""

import pytest

from netsuite_pipeline.netsuite.errors import Throttled, Unavailable
from netsuite_pipeline.netsuite.limits.retry import RetryPolicy, ServiceStatus

DOWN = Unavailable("down", status=503)
LOST = Unavailable("the connection was lost")
SLOW = Unavailable("too slow", timed_out=True)
INSIDE = Unavailable("inside", status=500, code="UNEXPECTED_ERROR")
BUSY = Throttled("busy", status=429)
NEVER, UP, GAVE_UP = ServiceStatus(), ServiceStatus(0.0), ServiceStatus(0.0, is_down=True)


def attempts(
    error: Throttled | Unavailable, status: ServiceStatus, *, seconds: float = 300.0
) -> tuple[int, float]:
    """Attempts and seconds until a request is given up that fails at once, always the same way."""
    policy, now = RetryPolicy(started=0.0, seconds=seconds), 0.0
    while (wait := policy.next_wait(error, now, status)) is not None:
        now += wait
    return policy.tries, now


@pytest.mark.parametrize("error", [DOWN, LOST, BUSY], ids=["503", "no answer", "429"])
def test_a_request_is_repeated_for_five_minutes(error: Unavailable | Throttled) -> None:
    tries, seconds = attempts(error, UP)
    assert 270 <= seconds <= 300
    assert 10 <= tries <= 30


@pytest.mark.parametrize(
    ("error", "status", "tries"),
    [
        (DOWN, GAVE_UP, 1),  # another request has given up: this one need not find out by itself
        (LOST, GAVE_UP, 1),
        (SLOW, GAVE_UP, 1),
        (INSIDE, UP, 4),
        (INSIDE, GAVE_UP, 4),  # which may come from the statement, so others tell nothing
        (LOST, NEVER, 5),  # most likely a wrong address
    ],
)
def test_some_failures_are_final_sooner(error: Unavailable, status: ServiceStatus, tries: int) -> None:
    assert attempts(error, status)[0] == tries


def test_being_busy_is_no_outage() -> None:
    assert attempts(BUSY, GAVE_UP)[0] > 10


@pytest.mark.parametrize(
    ("started", "last_answer_at", "gives_up_after"),
    [
        (0.0, None, 300.0),
        (100.0, 50.0, 400.0),  # its own start is later
        (0.0, 200.0, 500.0),  # NetSuite answered others since: it is not down
        (0.0, 899.0, 900.0),  # but something about this request is wrong
        (0.0, 5000.0, 900.0),
    ],
)
def test_retry_seconds_count_from_the_clients_last_reply_or_the_requests_own_start(
    started: float, last_answer_at: float | None, gives_up_after: float
) -> None:
    status = ServiceStatus(last_answer_at)
    before = RetryPolicy(started, 300.0).next_wait(DOWN, gives_up_after - 0.51, status)
    assert before is not None
    assert RetryPolicy(started, 300.0).next_wait(DOWN, gives_up_after - 0.2, status) is None


def test_a_request_that_timed_out_is_retried_twice_after_the_retry_seconds() -> None:
    policy, now = RetryPolicy(started=0.0, seconds=300.0), 0.0
    for _ in range(2):
        now += 900
        assert policy.next_wait(SLOW, now, UP) is not None
    assert policy.next_wait(SLOW, now + 900, UP) is None


def test_without_retry_seconds_a_request_is_sent_once() -> None:
    for error in (DOWN, LOST, SLOW, INSIDE, BUSY):
        assert attempts(error, UP, seconds=0)[0] == 1


def test_internal_errors_count_in_a_row_only() -> None:
    policy = RetryPolicy(started=0.0, seconds=300.0)
    for error in (INSIDE, INSIDE, INSIDE, BUSY, INSIDE, INSIDE, INSIDE):
        assert policy.next_wait(error, 1.0, UP) is not None
    assert policy.next_wait(INSIDE, 1.0, UP) is None


def test_an_answer_heals() -> None:
    status = ServiceStatus()
    assert status.read() == (None, False)
    status.mark_up(1.0)
    status.mark_down()
    assert status.read() == (1.0, True)
    status.mark_up(2.0)
    assert status.read() == (2.0, False)
