"""The clock's offset follows the latest reply, whatever kind it is."""

from datetime import datetime, timedelta

import pytest

from netsuite_pipeline.netsuite.http.server_clock import ClockOffset

NOW = datetime(2025, 3, 26, 16, 21)


@pytest.mark.parametrize(
    ("theirs", "took", "offset"),
    [
        (NOW, 0.0, 0.0),
        (NOW - timedelta(seconds=360), 0.0, 360.0),
        (NOW + timedelta(seconds=360), 0.0, -360.0),
        (NOW - timedelta(seconds=1), 2.0, 0.0),  # told halfway of a slow reply
    ],
)
def test_the_offset_is_how_far_ours_is_ahead(theirs: datetime, took: float, offset: float) -> None:
    reading = ClockOffset(lambda: NOW)
    reading.record(theirs, took)
    assert reading.seconds == offset


def test_a_date_header_has_lost_half_a_second_on_average() -> None:
    reading = ClockOffset(lambda: NOW)
    reading.record_date(NOW - timedelta(seconds=10), seconds=1.0)
    assert reading.seconds == 9.0


def test_without_a_date_the_last_offset_is_kept() -> None:
    reading = ClockOffset(lambda: NOW)
    reading.record_date(None, seconds=1.0)
    assert reading.seconds is None
    reading.record(NOW - timedelta(seconds=7), seconds=0.0)
    reading.record_date(None, seconds=1.0)
    assert reading.seconds == 7.0


def test_this_machines_clock_is_read_as_utc() -> None:
    reading = ClockOffset()
    reading.record(datetime(1970, 1, 1), seconds=0.0)
    assert reading.seconds == pytest.approx(datetime.now().timestamp(), abs=5)
