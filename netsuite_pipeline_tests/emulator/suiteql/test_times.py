"""Times: formats against Oracle's examples, the session's time zone against Python's across clock changes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netsuite_pipeline.emulator.refusal import Refusal
from netsuite_pipeline.emulator.suiteql.dates import account_format, read_format, to_char
from netsuite_pipeline_tests.emulator.suiteql import small_records
from netsuite_pipeline_tests.lengths import searches
from netsuite_pipeline_tests.one_pass import in_one_pass

WRITTEN = [
    ("YYYY-MM-DD HH24:MI:SS", "2024-03-05 15:07:09"),
    ('YYYY-MM-DD"T"HH24:MI:SS"Z"', "2024-03-05T15:07:09Z"),
    ("MM/DD/YYYY HH12:MI AM", "03/05/2024 03:07 PM"),
    ("HH:MI:SS PM", "03:07:09 PM"),
    ("DD-MON-YYYY", "05-MAR-2024"),
    ("DD Mon YY", "05 Mar 24"),
    ("mon", "mar"),
    ("MONTH|", None),
    ("Month.", "March    ."),
    ("FMMonth DD, YYYY", "March 5, 2024"),
    ("DAY,", "TUESDAY  ,"),
    ("DY", "TUE"),
    ("Q", "1"),
    ("D", "3"),
    ("DDD", "065"),
    ("IW", "10"),
    ("WW", "10"),
    ("SSSSS", "54429"),
    ("CC", "21"),
    ('"100%" YYYY', "100% 2024"),
    ("yyyy-mm-dd", "2024-03-05"),
]


@in_one_pass(("form", "expected"), WRITTEN, ids=[form for form, _ in WRITTEN])
def test_to_char_writes_oracles_formats(form: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(Refusal):
            to_char("x", form)
        return
    sql = f"SELECT {to_char('x', form)} FROM (SELECT TIMESTAMP '2024-03-05 15:07:09' AS x)"
    assert duckdb.connect().execute(sql).fetchall() == [(expected,)]


@pytest.mark.parametrize("form", ["YYYY-XX", "Q", "D", "garbage", "YYYY|MM"])
def test_a_format_that_cannot_be_read_is_refused(form: str) -> None:
    with pytest.raises(Refusal):
        read_format(form)


@pytest.mark.parametrize("form", ["", "DD/MM/YY", "%Y", "yyyy-mm-dd"])
def test_a_date_format_netsuite_does_not_offer_is_an_error(form: str) -> None:
    with pytest.raises(ValueError, match="no date format"):
        account_format(form)


def near_clock_changes() -> st.SearchStrategy[datetime]:
    changes = [
        datetime(2024, 3, 10, 10),
        datetime(2024, 11, 3, 9),
        datetime(2024, 3, 31, 1),
        datetime(2024, 10, 27, 1),
    ]
    near = st.builds(
        lambda change, seconds: change + timedelta(seconds=seconds),
        st.sampled_from(changes),
        st.integers(-8000, 8000),
    )
    far = st.datetimes(datetime(1980, 1, 1), datetime(2035, 12, 31)).map(
        lambda each: each.replace(microsecond=0)
    )
    return st.one_of(near, far)


@settings(max_examples=searches(40, 400), derandomize=True)
@given(
    date_times=st.lists(near_clock_changes(), min_size=1, max_size=50),
    zone=st.sampled_from(
        ["America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]
    ),
)
def test_date_times_are_shown_in_the_sessions_time_zone_and_extracted_in_utc(
    date_times: list[datetime], zone: str
) -> None:
    connection = small_records.small_company()
    connection.execute('DELETE FROM ns."transaction"')
    connection.executemany(
        'INSERT INTO ns."transaction" (id, lastmodifieddate) VALUES (?, ?)', list(enumerate(date_times))
    )
    account = small_records.engine(connection, session_timezone=zone)
    rows = small_records.rows(
        account,
        "SELECT TO_CHAR(lastmodifieddate, 'YYYY-MM-DD HH24:MI:SS') AS here, lastmodifieddate AS raw,"
        " TO_CHAR(SYS_EXTRACT_UTC(lastmodifieddate), 'YYYY-MM-DD HH24:MI:SS') AS utc FROM transaction"
        " ORDER BY id",
    )
    for moment, row in zip(date_times, rows, strict=True):
        here = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
        assert row["here"] == here.strftime("%Y-%m-%d %H:%M:%S")
        assert row["raw"] == here.strftime("%m/%d/%Y")
        assert row["utc"] == moment.strftime("%Y-%m-%d %H:%M:%S")


@settings(max_examples=searches(25, 250), derandomize=True)
@given(since=near_clock_changes())
@pytest.mark.long
def test_a_watermark_in_utc_divides_rows_exactly(since: datetime) -> None:
    connection = small_records.small_company()
    connection.execute('DELETE FROM ns."transaction"')
    around = [since + timedelta(seconds=each) for each in (-3600, -1, 0, 1, 3600)]
    connection.executemany(
        'INSERT INTO ns."transaction" (id, lastmodifieddate) VALUES (?, ?)', list(enumerate(around))
    )
    sql = (
        "SELECT id FROM transaction WHERE SYS_EXTRACT_UTC(lastmodifieddate) >="
        f" TO_TIMESTAMP('{since:%Y-%m-%d %H:%M:%S}', 'YYYY-MM-DD HH24:MI:SS') ORDER BY id"
    )
    assert [row["id"] for row in small_records.rows(small_records.engine(connection), sql)] == ["2", "3", "4"]
