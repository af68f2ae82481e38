"""Whatever an account does that nobody could find out beforehand, the tables come out the same."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from netsuite_pipeline_tests.interoperability.comparing import assert_equal
from netsuite_pipeline_tests.interoperability.running import serving, sync
from netsuite_pipeline_tests.interoperability.server.settings import Habits

_TABLES = ("accounttype", "consolidatedexchangerate", "customer", "transaction", "transactionaccountingline")
_SELECT = tuple(word for table in _TABLES for word in ("--select", table))


@pytest.mark.parametrize(
    ("habits", "noted"),
    [
        pytest.param(Habits(bare_numbers=True, upper_keys=True), "number without quotes", id="bare upper"),
        pytest.param(Habits(has_more=False), "hasMore is missing", id="no hasMore"),
        pytest.param(
            Habits(column_refusal="field", table_refusal="search_type"), "(not_exposed)", id="wording"
        ),
        pytest.param(Habits(column_refusal="unsupported"), "(refused)", id="nothing named"),
        pytest.param(Habits(utc=False, session_zone="America/Phoenix"), "SYS_EXTRACT_UTC", id="no UTC"),
        pytest.param(
            Habits(utc=False, names_functions=True, session_zone="Asia/Kolkata"),
            "SYS_EXTRACT_UTC",
            id="no UTC, named",
        ),
        pytest.param(
            Habits(utc=False, column_refusal="unsupported", session_zone="Pacific/Marquesas"),
            "SYS_EXTRACT_UTC",
            id="no UTC, nothing named",
        ),
    ],
)
def test_tables_are_equal_and_the_habit_is_told(
    habits: Habits, noted: str, small_company: Path, tmp_path: Path
) -> None:
    with serving(small_company, habits) as server:
        ran = sync(server, tmp_path / "warehouse.duckdb", *_SELECT, "--select", "pricing")
    assert ran.code == 0, ran.err or ran.out
    assert noted in " ".join(ran.table("transaction")["notes"])
    assert ran.table("pricing")["status"] == "absent"
    assert_equal(small_company, tmp_path / "warehouse.duckdb", _TABLES)


def test_without_utc_only_the_other_half_of_the_year_is_off_by_an_hour(
    small_company: Path, tmp_path: Path
) -> None:
    zone = ZoneInfo("America/New_York")
    today = datetime.now(zone).utcoffset()
    assert today is not None

    def as_told(moment: datetime) -> datetime:
        return moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None) - today

    with serving(small_company, Habits(utc=False)) as server:
        ran = sync(server, tmp_path / "warehouse.duckdb", "--select", "customer")
    assert ran.code == 0, ran.err or ran.out
    assert "off by an hour" in " ".join(ran.table("customer")["notes"])
    assert_equal(small_company, tmp_path / "warehouse.duckdb", ("customer",), told=as_told)


@pytest.mark.parametrize("status", [429, 400])
def test_a_smaller_account_than_we_thought_only_takes_longer(
    status: int, small_company: Path, tmp_path: Path
) -> None:
    tables = ("customer", "vendor", "item", "entity", "transaction")
    selected = tuple(word for table in tables for word in ("--select", table))
    with serving(small_company, Habits(at_once=2, throttle_status=status, latency=0.02)) as server:
        ran = sync(server, tmp_path / "warehouse.duckdb", *selected, settings={"NETSUITE_CONCURRENCY": "5"})
    assert ran.code == 0, ran.err or ran.out
    assert ran.totals["throttled"] > 0
    assert_equal(small_company, tmp_path / "warehouse.duckdb", tables)
