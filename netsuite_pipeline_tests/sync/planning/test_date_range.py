"""The read plan of a date range: a pure function of the range and the table's state."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.sync.planning.date_range import (
    DateRange,
    parse_date_range,
    plan_range,
)
from netsuite_pipeline.sync.planning.read_plan import KeyRange, plan_read
from netsuite_pipeline_tests.sync.books import CUSTOMER, LINE

NOW = datetime(2026, 11, 24, 12)
HOUR = timedelta(hours=1)
JANUARY = DateRange(datetime(2026, 1, 1), datetime(2026, 2, 1))
MARCH = datetime(2026, 3, 1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("since", "until", "watermark", "children", "expected"),
    [
        # It ends before a plain sync would begin: read as asked, and the watermark stays.
        ("2026-01-01", "2026-02-01", "2026-03-01", (), ("2026-01-01", "2026-02-01", False)),
        ("2026-01-01", "2026-02-28T23:00", "2026-03-01", (), ("2026-01-01", "2026-02-28T23:00", False)),
        # The table was never read in full: nothing moves a watermark that it does not have.
        ("2026-01-01", "2026-02-01", None, (), ("2026-01-01", "2026-02-01", False)),
        ("2026-01-01", None, None, (), ("2026-01-01", None, False)),
        # It goes on behind the watermark: then up to the cutoff, and without a gap.
        ("2026-01-01", None, "2026-03-01", (), ("2026-01-01", None, True)),
        ("2026-01-01", "2026-03-05", "2026-03-01", (), ("2026-01-01", None, True)),
        ("2026-01-01", "2026-02-28T23:01", "2026-03-01", (), ("2026-01-01", None, True)),
        ("2026-03-04", None, "2026-03-01", (), ("2026-02-28T23:00", None, True)),
        ("2026-03-04", "2026-03-05", "2026-03-01", (), ("2026-02-28T23:00", None, True)),
        ("2026-02-28T23:30", None, "2026-03-01", (), ("2026-02-28T23:00", None, True)),
        # A child that is behind is to find its parents there.
        ("2026-01-01", "2026-02-01", "2026-03-01", ("2026-01-20",), ("2026-01-01", None, True)),
        ("2026-01-01", "2026-02-01", "2026-03-01", ("2026-02-15",), ("2026-01-01", "2026-02-01", False)),
    ],
)
def test_a_date_range_is_read_as_requested_or_without_a_gap_up_to_now(
    since: str,
    until: str | None,
    watermark: str | None,
    children: tuple[str, ...],
    expected: tuple[str, str | None, bool],
) -> None:
    read = plan_range(
        plan_read(CUSTOMER, None, full=False, now=NOW),
        DateRange(at(since), at(until) if until else None),
        at(watermark) if watermark else None,
        HOUR,
        children=tuple(map(at, children)),
    )
    begin, end, advances_watermark = expected
    assert read.mode == "changed"
    assert (read.since, read.until, read.advances_watermark) == (
        at(begin),
        at(end) if end else None,
        advances_watermark,
    )


def test_a_date_range_up_to_now_includes_rows_without_a_cursor_where_there_are_some() -> None:
    read = plan_read(CUSTOMER, None, full=False, now=NOW)
    reaching = plan_range(read, DateRange(JANUARY.since), MARCH, HOUR, null_cursors=True)
    past = plan_range(read, JANUARY, MARCH, HOUR, null_cursors=True)
    assert (reaching.include_null_cursor, past.include_null_cursor) == (True, False)


@pytest.mark.parametrize(
    ("date_range", "watermark", "parent_reached", "since", "advances_watermark"),
    [
        (JANUARY, MARCH, True, JANUARY.since, False),
        (JANUARY, MARCH, False, JANUARY.since, False),
        (JANUARY, None, True, JANUARY.since, False),
        (DateRange(JANUARY.since), MARCH, True, JANUARY.since, True),
        (DateRange(datetime(2026, 3, 4)), MARCH, True, MARCH - HOUR, True),
        # Lines of transactions that are not here yet wait, and nobody would come back for them.
        (DateRange(JANUARY.since), MARCH, False, JANUARY.since, False),
    ],
)
def test_children_are_up_to_date_only_where_their_parent_is(
    date_range: DateRange,
    watermark: datetime | None,
    parent_reached: bool,
    since: datetime,
    advances_watermark: bool,
) -> None:
    planned = plan_read(LINE, None, full=False, now=NOW)
    read = plan_range(planned, date_range, watermark, HOUR, parent_reached=parent_reached)
    assert (read.mode, read.since, read.advances_watermark) == ("children", since, advances_watermark)
    assert read.until == (None if advances_watermark else date_range.until)


def test_both_ends_stand_in_the_statement_in_utc_or_in_the_sessions_time() -> None:
    read = plan_range(plan_read(CUSTOMER, None, full=False, now=NOW), JANUARY, None, HOUR)
    assert read.sql(KeyRange()).endswith(
        "WHERE SYS_EXTRACT_UTC(lastmodifieddate) >= TO_TIMESTAMP('2026-01-01 00:00:00', "
        "'YYYY-MM-DD HH24:MI:SS') AND SYS_EXTRACT_UTC(lastmodifieddate) < "
        "TO_TIMESTAMP('2026-02-01 00:00:00', 'YYYY-MM-DD HH24:MI:SS') ORDER BY id"
    )
    in_session = replace(read, dialect=replace(read.dialect, utc=False), utc_offset=timedelta(hours=-8))
    assert in_session.sql(KeyRange(after=("7",))).endswith(
        "WHERE lastmodifieddate >= TO_TIMESTAMP('2025-12-31 16:00:00', 'YYYY-MM-DD HH24:MI:SS') AND "
        "lastmodifieddate < TO_TIMESTAMP('2026-01-31 16:00:00', 'YYYY-MM-DD HH24:MI:SS') AND id > 7 ORDER BY id"
    )


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("", "", (None, None)),
        ("2026-01-31", "", (datetime(2026, 1, 31), None)),
        (" 2026-01-31T06:00 ", "", (datetime(2026, 1, 31, 6), None)),
        ("2026-01-31T06:00Z", "2026-01-31T09:00+01:00", (datetime(2026, 1, 31, 6), datetime(2026, 1, 31, 8))),
        ("", "2026-12-31", (None, datetime(2026, 12, 31))),
        # Stamps have whole seconds.
        ("2026-01-31T06:00:00.5", "2026-01-31T06:00:00.7",
         (datetime(2026, 1, 31, 6), datetime(2026, 1, 31, 6, 0, 1))),
        ("2026-11-24", "", (datetime(2026, 11, 24), None)),
    ],
)  # fmt: skip
def test_dates_are_utc_unless_they_say_otherwise(
    since: str, until: str, expected: tuple[datetime | None, datetime | None]
) -> None:
    assert parse_date_range(since, until, full=False, now=NOW) == expected


@pytest.mark.parametrize(
    ("since", "until", "full", "says"),
    [
        ("yesterday", "", False, "since is 'yesterday'"),
        ("2026-02-30", "", False, "since is '2026-02-30'"),
        ("0001-01-01", "", False, "since is '0001-01-01'"),
        ("", "31/01/2026", False, "until is '31/01/2026'"),
        ("2026-11-24T12:00:01", "", False, "in the future: now it is 2026-11-24 12:00 UTC"),
        ("2026-11-24T13:00+00:30", "", False, "in the future"),
        ("2026-02-01", "2026-02-01", False, "not later than since"),
        ("2026-02-01", "2026-01-01", False, "not later than since"),
        ("2026-02-01", "", True, "full reads all rows"),
        ("", "2026-02-01", True, "full reads all rows"),
    ],
)
def test_dates_that_make_no_range_are_refused_with_what_to_write(
    since: str, until: str, full: bool, says: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_date_range(since, until, full=full, now=NOW)
    assert says in caught.value.message
    assert caught.value.remedy
