"""NetSuite's clock: one cutoff a sync, and the session's offset where UTC is refused."""

from datetime import datetime, timedelta
from typing import cast

import pytest

from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import Unavailable
from netsuite_pipeline.netsuite.suiteql import Dialect
from netsuite_pipeline.sync.planning.cutoff import SessionClock, cutoff_at
from netsuite_pipeline.sync.planning.read_plan import ReadPlan
from netsuite_pipeline_tests.sync.books import CUSTOMER
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite

READ = ReadPlan(CUSTOMER, ("id",), (), "full")


@pytest.mark.parametrize(("microsecond", "waited"), [(0, 1.0), (250_000, 0.75), (999_999, 0.000001)])
def test_the_cutoff_is_a_second_that_is_over(microsecond: int, waited: float) -> None:
    cutoff, seconds = cutoff_at(datetime(2026, 11, 23, 6, 0, 9, microsecond))
    assert (cutoff, seconds) == (datetime(2026, 11, 23, 6, 0, 9), waited)


@pytest.mark.parametrize("minutes", [14 * 60, 345, 0, -210, -480])
def test_the_sessions_offset_is_measured_to_the_quarter_of_an_hour_and_once(minutes: int) -> None:
    fake = FakeNetSuite([CUSTOMER], utc_offset=timedelta(minutes=minutes))
    clock = SessionClock(cast(NetSuiteClient, fake))
    assert [clock.utc_offset(), clock.utc_offset()] == [timedelta(minutes=minutes)] * 2
    assert len(fake.asked) == 1


def test_only_a_read_in_session_time_gets_the_offset() -> None:
    fake = FakeNetSuite([CUSTOMER], utc_offset=timedelta(hours=-8))
    clock = SessionClock(cast(NetSuiteClient, fake))
    assert clock.with_offset(READ) == READ
    assert fake.asked == []
    session = ReadPlan(CUSTOMER, ("id",), (), "full", dialect=Dialect(utc=False))
    assert clock.with_offset(session).utc_offset == timedelta(hours=-8)


@pytest.mark.parametrize("shown", ["11/23/2026", ""])
def test_a_session_without_a_time_is_an_error(shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeNetSuite([CUSTOMER])
    page = fake.fetch_page("SELECT 'x' AS now FROM DUAL")
    page.rows[0]["now"] = shown
    monkeypatch.setattr(fake, "fetch_page", lambda sql: page)
    with pytest.raises(Unavailable, match="session's time"):
        SessionClock(cast(NetSuiteClient, fake)).utc_offset()
