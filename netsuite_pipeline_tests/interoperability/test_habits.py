"""Whatever an account does that nobody could find out beforehand, the tables come out the same."""

import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from netsuite_pipeline_tests.interoperability.comparing import assert_equal
from netsuite_pipeline_tests.interoperability.running import serving, sync
from netsuite_pipeline_tests.interoperability.server.settings import Habits

_TABLES = ("accounttype", "consolidatedexchangerate", "customer", "transaction", "transactionaccountingline")
_SELECT = tuple(word for table in _TABLES for word in ("--select", table))


@pytest.mark.few(3)
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
def test_tables_are_equal_and_the_habit_is_noted(
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

    def as_expected(moment: datetime) -> datetime:
        return moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None) - today

    with serving(small_company, Habits(utc=False)) as server:
        ran = sync(server, tmp_path / "warehouse.duckdb", "--select", "customer")
    assert ran.code == 0, ran.err or ran.out
    assert "wrong by one hour" in " ".join(ran.table("customer")["notes"])
    assert_equal(small_company, tmp_path / "warehouse.duckdb", ("customer",), as_expected=as_expected)


@pytest.mark.few(1)
@pytest.mark.parametrize("status", [429, 400])
def test_a_smaller_account_than_we_thought_only_takes_longer(
    status: int, small_company: Path, tmp_path: Path
) -> None:
    tables = ("customer", "vendor", "item", "entity", "transaction")
    selected = tuple(word for table in tables for word in ("--select", table))
    with serving(small_company, Habits(at_once=2, throttle_status=status, latency=0.25)) as server:
        ran = sync(server, tmp_path / "warehouse.duckdb", *selected, settings={"NETSUITE_CONCURRENCY": "5"})
    assert ran.code == 0, ran.err or ran.out
    assert ran.totals["throttled"] > 0
    assert_equal(small_company, tmp_path / "warehouse.duckdb", tables)


@pytest.mark.parametrize(
    "habits", [Habits(ends_early=True), Habits(heaviest=300)], ids=["ends early", "heavy"]
)
def test_pages_that_end_early_or_are_too_heavy_lose_nothing(
    habits: Habits, small_company: Path, tmp_path: Path
) -> None:
    with serving(small_company, habits) as server:
        ran = sync(server, tmp_path / "warehouse.duckdb", *_SELECT)
    assert ran.code == 0, ran.err or ran.out
    assert_equal(small_company, tmp_path / "warehouse.duckdb", _TABLES)


def test_one_bad_value_costs_itself(small_company: Path, tmp_path: Path) -> None:
    with sqlite3.connect(small_company) as file:
        ((broken,),) = file.execute("SELECT max(id) FROM customer WHERE email IS NOT NULL").fetchall()
        ((emails,),) = file.execute("SELECT count(email) FROM customer").fetchall()
    with serving(small_company, Habits(bad_cell=f"customer.email={broken}")) as server:
        ran = sync(server, tmp_path / "warehouse.duckdb", "--select", "customer")
    assert ran.code == 0, ran.err or ran.out
    with duckdb.connect(tmp_path / "warehouse.duckdb", read_only=True) as here:
        found = here.execute(
            "SELECT count(email), count(*) FILTER (id = ? AND email IS NULL) FROM netsuite.customer", [broken]
        ).fetchone()
    assert found == (emails - 1, 1)
    with serving(small_company, Habits()) as server:
        assert sync(server, tmp_path / "warehouse.duckdb", "--select", "customer").code == 0
    assert_equal(small_company, tmp_path / "warehouse.duckdb", ("customer",))


def test_a_cursor_that_cannot_be_filtered_by_is_read_all_the_same(company: Path, tmp_path: Path) -> None:
    with serving(company, Habits(unfiltered="lastmodifieddate")) as server:
        for name in ("One", "Two"):
            with sqlite3.connect(company) as file:
                file.execute(
                    "UPDATE customer SET companyname = ?, lastmodifieddate = datetime('now') "
                    "WHERE id = (SELECT min(id) FROM customer)",
                    [name],
                )
            time.sleep(1)  # what changed in the second of the cutoff waits for the next sync
            ran = sync(server, tmp_path / "warehouse.duckdb", "--select", "customer")
            assert ran.code == 0, ran.err or ran.out
            assert_equal(company, tmp_path / "warehouse.duckdb", ("customer",))
    assert "refuses to filter by lastmodifieddate" in " ".join(ran.table("customer")["notes"])
