"""Everything that NetSuite has arrives: more rows than offsets reach, while business goes on, by any clock."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from netsuite_pipeline.emulator.admin.client import AdminClient
from netsuite_pipeline.emulator.process import start_emulator
from netsuite_pipeline_tests.survival.syncing import LINES, SETTINGS, Home, a_client, journals

MANY = 100_000  # rows that paging by offset reaches


def test_a_table_of_more_than_a_hundred_thousand_rows_arrives_whole(tmp_path: Path) -> None:
    with start_emulator(scale=1.0, concurrency=10, max_seconds=3600) as emulator:
        home = Home(tmp_path, emulator, ("transactionline",))
        settings = replace(SETTINGS, concurrency=10)
        report = home.sync(a_client(emulator, page_rows=1000, settings=settings))
        assert report.tables[0].rows_read == report.tables[0].counted
        assert report.tables[0].rows_read > MANY
        assert report.tables[0].matches
        home.assert_equal()


@contextmanager
def _business_going_on(admin: AdminClient) -> Iterator[None]:
    """Transactions are made, changed, deleted, and lines taken off them, until the end of the block."""
    over = threading.Event()
    failures: list[BaseException] = []

    def go_on() -> None:
        try:
            while not over.wait(0.02):
                admin.tick(4)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    assert not failures


def test_business_that_goes_on_between_pages_loses_no_row_and_tears_no_transaction_apart(home: Home) -> None:
    home.emulator.admin.set_latency(15.0)
    with _business_going_on(home.emulator.admin):
        for _ in range(2):
            assert not home.sync().failed
            assert _torn(home) == set()
    assert not home.sync().failed
    assert _torn(home) == set()
    home.assert_equal()


def _torn(home: Home) -> set[int]:
    """Transactions of which the published file has lines without the header, or the header without lines."""
    with home.warehouse.published() as connection:
        rows = connection.execute(
            "SELECT t.id, l.transaction FROM netsuite.transaction t FULL JOIN netsuite.transactionline l "
            "ON t.id = l.transaction WHERE t.id IS NULL OR l.transaction IS NULL"
        ).fetchall()
    return {header or line for header, line in rows}


def test_deleted_transactions_and_their_lines_leave_the_published_file_at_once(home: Home) -> None:
    home = home.with_tables(*LINES)
    home.sync()
    gone = journals(home.emulator.admin)[:3]
    home.emulator.admin.delete_transactions(gone)
    # Nothing else has changed.
    assert not home.sync().failed
    home.assert_equal()
    with home.warehouse.published() as connection:
        logged = connection.execute(
            "SELECT table_name, rows_deleted > 3 FROM _netsuite.sync_log WHERE rows_deleted > 0 ORDER BY ALL"
        ).fetchall()
    assert logged == [("transaction", False), ("transactionline", True)]


def test_a_line_that_is_taken_off_leaves_too(home: Home) -> None:
    home.sync()
    home.emulator.admin.drop_line()
    assert not home.sync().failed
    home.assert_equal()


@pytest.mark.few(1)
@pytest.mark.parametrize("minutes", [-4, 4])
def test_a_clock_that_is_minutes_off_loses_nothing(tmp_path: Path, minutes: int) -> None:
    # Five minutes are the most by which NetSuite lets a signature be off.
    with start_emulator(scale=0.02, latency=2, max_seconds=120) as emulator:
        emulator.admin.set_clock_offset(minutes * 60)
        home = Home(tmp_path, emulator, LINES)
        assert not home.sync().failed
        emulator.admin.tick(20)
        assert not home.sync().failed
        home.assert_equal()


@pytest.mark.few(1)
@pytest.mark.parametrize("time_zone", ["Australia/Lord_Howe", "America/New_York"])
def test_a_session_with_daylight_saving_shifts_no_moment(tmp_path: Path, time_zone: str) -> None:
    with start_emulator(scale=0.02, time_zone=time_zone, latency=2, max_seconds=120) as emulator:
        home = Home(tmp_path, emulator, LINES)
        assert not home.sync().failed
        emulator.admin.tick(20)
        assert not home.sync().failed
        home.assert_equal()


def test_without_sys_extract_utc_the_sessions_offset_serves(tmp_path: Path) -> None:
    with start_emulator(scale=0.02, time_zone="Asia/Kolkata", latency=2, max_seconds=120) as emulator:
        emulator.admin.set_variant("sys_extract_utc", "off")
        home = Home(tmp_path, emulator, LINES)
        assert not home.sync().failed
        emulator.admin.tick(20)
        assert not home.sync().failed
        home.assert_equal()


@pytest.mark.parametrize(
    ("variant", "value"), [("rownum_nested", "off"), ("count_star", "off"), ("total_results", "wrong")]
)
def test_an_account_that_behaves_the_other_way_is_read_whole(home: Home, variant: str, value: str) -> None:
    home.emulator.admin.set_variant(variant, value)
    home = home.with_tables(*LINES)
    assert not home.sync().failed
    home.assert_equal()
    home.emulator.admin.tick(20)
    assert not home.sync().failed
    home.assert_equal()
