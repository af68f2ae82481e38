"""How long to wait before asking again."""

from datetime import UTC, datetime

import pytest

from netsuite_pipeline.netsuite.limits.backoff import backoff_seconds, retry_after_seconds
from netsuite_pipeline_tests.one_pass import in_one_pass

NOW = datetime(2025, 3, 26, 16, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tries", "most"), [(1, 0.5), (2, 1), (3, 2), (4, 4), (5, 8), (6, 16), (7, 30), (8, 30), (10_000, 30)]
)
def test_waits_double_from_half_a_second_to_half_a_minute_jittered_by_half(tries: int, most: float) -> None:
    waits = [backoff_seconds(tries, None) for _ in range(300)]
    assert most / 2 <= min(waits) < most * 0.65
    assert most * 0.85 < max(waits) <= most


def test_workers_refused_together_do_not_come_back_together() -> None:
    assert len({backoff_seconds(3, None) for _ in range(50)}) > 40


@pytest.mark.parametrize(("tries", "asked"), [(1, 7.0), (1, 600.0), (3, 2.0)])
def test_retry_after_is_never_undercut(tries: int, asked: float) -> None:
    assert min(backoff_seconds(tries, asked) for _ in range(100)) >= asked


def test_a_short_retry_after_does_not_shorten_the_wait() -> None:
    assert backoff_seconds(6, 0.0) >= 8


@in_one_pass(
    ("header", "seconds"),
    [
        (None, None),
        ("12", 12.0),
        (" 3 ", 3.0),
        ("0", 0.0),
        ("999999", 600.0),
        ("9" * 500, 600.0),
        ("Wed, 26 Mar 2025 16:21:30 GMT", 30.0),
        ("Wed, 26 Mar 2025 17:21:30 +0100", 30.0),
        ("Wed, 26 Mar 2025 16:20:00 GMT", 0.0),
        ("Thu, 26 Mar 2026 16:20:00 GMT", 600.0),
        ("Wed, 26 Mar 2025 16:21:30 -0000", None),
        ("-5", None),
        ("1.5", None),
        ("²", None),  # a digit to str.isdigit, no number to float
        ("soon", None),
        ("nan", None),
        ("", None),
        ("Wed, 26 Mar 99999999999 16:21:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_anything_else_is_nothing(
    header: str | None, seconds: float | None
) -> None:
    assert retry_after_seconds(header, NOW) == seconds
