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
    reading.told(theirs, took)
    assert reading.seconds == offset


def test_a_date_header_has_lost_half_a_second_on_average() -> None:
    reading = ClockOffset(lambda: NOW)
    reading.dated(NOW - timedelta(seconds=10), took=1.0)
    assert reading.seconds == 9.0


def test_without_a_date_the_last_reading_stands() -> None:
    reading = ClockOffset(lambda: NOW)
    reading.dated(None, took=1.0)
    assert reading.seconds is None
    reading.told(NOW - timedelta(seconds=7), took=0.0)
    reading.dated(None, took=1.0)
    assert reading.seconds == 7.0


def test_this_machines_clock_is_read_as_utc() -> None:
    reading = ClockOffset()
    reading.told(datetime(1970, 1, 1), took=0.0)
    assert reading.seconds == pytest.approx(datetime.now().timestamp(), abs=5)
