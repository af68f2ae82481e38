"""A long sync says every few seconds how far it is; a short one says nothing."""

import re
import threading
import time
from datetime import datetime
from pathlib import Path

import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.health.known_good import KnownTable
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.orchestration.assets.progress_log import (
    RunProgress,
    expected_rows,
    progress_line,
    remaining_rows,
)
from netsuite_pipeline.sync.planning.read_plan import OVERLAP
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.sync.request import SyncRequest
from netsuite_pipeline.sync.run import Progress, Sync
from netsuite_pipeline.tables import standard_tables
from netsuite_pipeline.warehouse.warehouse import Warehouse

NOON = datetime(2026, 11, 24, 12)


class Watched:
    """A run's log and a clock that a test moves."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.now = 0.0

    def info(self, line: object) -> None:
        self.lines.append(str(line))


def _ended(table: str, status: str = "done") -> TableReport:
    return TableReport(table, "full", status, NOON)  # type: ignore[arg-type]


def test_a_line_every_five_seconds_and_never_more_often() -> None:
    run = Watched()
    progress = RunProgress(run.info, ["customer", "vendor"], clock=lambda: run.now)
    for second in range(1, 13):
        run.now = float(second)
        for _ in range(10):
            progress(Progress("customer", 100))
    assert run.lines == [
        "0 of 2 tables, 4,100 rows, 820 rows/s",
        "0 of 2 tables, 9,100 rows, 910 rows/s",
    ]


def test_a_short_sync_says_nothing() -> None:
    run = Watched()
    progress = RunProgress(run.info, ["customer", "vendor"], clock=lambda: run.now)
    for table in ("customer", "vendor"):
        run.now += 2.4
        progress(Progress(table, 1000))
        progress.table_done(_ended(table))
    assert run.lines == []


def test_the_end_itself_is_shown_by_others() -> None:
    run = Watched()
    progress = RunProgress(run.info, ["customer"], clock=lambda: run.now)
    run.now = 60
    progress.table_done(_ended("customer"))
    assert run.lines == []


def test_tables_that_failed_are_through_as_well() -> None:
    run = Watched()
    progress = RunProgress(run.info, ["customer", "vendor"], clock=lambda: run.now)
    run.now = 5
    progress.table_done(_ended("customer", "failed"))
    assert run.lines == ["1 of 2 tables, 0 rows, 0 rows/s"]


def test_the_time_left_is_shown_where_all_that_comes_is_known() -> None:
    run = Watched()
    expected = {"customer": 1_000, "vendor": 8_000}
    progress = RunProgress(run.info, ["customer", "vendor"], expected=expected, clock=lambda: run.now)
    run.now = 10
    progress(Progress("vendor", 1_000))
    assert run.lines == ["0 of 2 tables, 1,000 rows, 100 rows/s, about 80 s left"]
    run.now = 20
    progress.table_done(_ended("customer"))
    assert run.lines[1:] == ["1 of 2 tables, 1,000 rows, 50 rows/s, about 2 min left"]


@pytest.mark.parametrize(
    ("remaining", "left"),
    [
        (None, ""),
        (0, ""),
        (100, ", about 5 s left"),
        (89_000, ", about 90 s left"),
        (90_000, ", about 2 min left"),
        (5_399_000, ", about 90 min left"),
        (9_000_000, ", about 2.5 h left"),
    ],
)
def test_the_time_left_is_as_exact_as_it_can_be(remaining: int | None, left: str) -> None:
    line = progress_line(done=12, tables=39, rows=60_000, seconds=60.0, remaining=remaining)
    assert line == f"12 of 39 tables, 60,000 rows, 1,000 rows/s{left}"


@pytest.mark.parametrize(
    ("going_on", "expected", "remaining"),
    [
        ({}, {}, 0),
        ({"a": 5}, {"a": 5}, 0),
        ({"a": 9}, {"a": 5}, 0),
        ({"a": 1, "b": 2}, {"a": 5, "b": 5}, 7),
        ({"a": 1, "b": 2}, {"a": 5}, None),
    ],
)
def test_what_is_to_come_is_known_of_all_tables_or_not_at_all(
    going_on: dict[str, int], expected: dict[str, int], remaining: int | None
) -> None:
    assert remaining_rows(going_on, expected) == remaining


def test_only_what_is_read_whole_is_expected() -> None:
    tables = [standard_tables()[name] for name in ("customer", "currency", "transactionline", "term")]
    known = {name: KnownTable(frozenset(), 300, NOON) for name in ("customer", "currency", "transactionline")}
    assert expected_rows(tables, known, full=False) == {"currency": 300}
    assert expected_rows(tables, known, full=True) == {
        "customer": 300,
        "currency": 300,
        "transactionline": 300,
    }
    assert expected_rows(tables, {}, full=True) == {}


def test_a_log_that_takes_no_line_costs_nobody_the_sync() -> None:
    class Broken(Watched):
        def info(self, line: object) -> None:
            super().info(line)
            if len(self.lines) == 1:
                raise OSError("the event log is locked")

    run = Broken()
    progress = RunProgress(run.info, ["customer", "vendor"], clock=lambda: run.now)
    for run.now in (5.0, 10.0):
        progress(Progress("customer", 100))
    assert len(run.lines) == 2


def test_pages_that_land_from_many_threads_are_all_counted() -> None:
    run = Watched()
    progress = RunProgress(run.info, ["customer", "vendor"], clock=lambda: run.now)

    def land() -> None:
        for _ in range(500):
            progress(Progress("customer", 3))

    threads = [threading.Thread(target=land) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run.now = 10
    progress.table_done(_ended("vendor"))
    assert run.lines == ["1 of 2 tables, 12,000 rows, 1,200 rows/s"]


@pytest.mark.long
def test_a_real_sync_shows_it_page_by_page(emulator: EmulatorProcess, tmp_path: Path) -> None:
    run = Watched()
    tables = tuple(standard_tables()[name] for name in ("transaction", "transactionline", "customer"))
    progress = RunProgress(
        run.info, [table.name for table in tables], every_seconds=0.0, clock=time.monotonic
    )
    request = SyncRequest(
        tables=tables, catalogue=standard_tables(), connection="netsuite", full=False, overlap=OVERLAP
    )
    with client_from_environment(emulator.env) as client:
        sync = Sync(client, Warehouse(tmp_path / "warehouse.duckdb"), request, on_progress=progress)
        for report in sync:
            progress.table_done(report)
        whole = sync.report()
    assert not whole.failed
    outcome = [re.match("([0-2]) of 3 tables, ([0-9,]+) rows, [0-9,]+ rows/s$", line) for line in run.lines]
    assert all(outcome)
    rows = sum(table.rows_read for table in whole.tables)
    assert max(int(match[2].replace(",", "")) for match in outcome if match) == rows
    assert max(int(match[1]) for match in outcome if match) == 2
