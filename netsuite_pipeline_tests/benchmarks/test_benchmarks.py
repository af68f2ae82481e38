"""The benchmarks measure what they say: shares by hand, results checked, a table that can be read."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from netsuite_pipeline.emulator.account.governance import Stats
from netsuite_pipeline.emulator.process import EmulatorProcess, start_emulator
from netsuite_pipeline_tests.benchmarks.account import (
    TEN,
    Account,
    pages_of,
    scale_for,
    share_of_ceiling,
)
from netsuite_pipeline_tests.benchmarks.checksum import verify, verify_counts
from netsuite_pipeline_tests.benchmarks.grid import Column, Grid
from netsuite_pipeline_tests.benchmarks.measuring import Unmeasured, run, run_here
from netsuite_pipeline_tests.benchmarks.one_sync import FIFTEEN, fifteen_columns
from netsuite_pipeline_tests.benchmarks.sync_speed import measure


def busy(slot_seconds: float, requests: int) -> Stats:
    return Stats(
        seconds=99,
        slot_seconds=slot_seconds,
        in_use=0,
        peak=9,
        requests=requests,
        refused=0,
        pages=requests,
        rows=0,
        cpu_seconds=0,
    )


@pytest.mark.parametrize(
    ("slot_seconds", "requests", "share"),
    [
        (100, 100, 1.0),
        (50, 100, 0.5),  # half of the slots stood idle
        (100, 200, 0.5),  # all were busy, half of them with what was not needed
        (0, 100, 0.0),
    ],
)
def test_the_share_counts_idle_slots_and_needless_requests(
    slot_seconds: float, requests: int, share: float
) -> None:
    found = share_of_ceiling(busy(slot_seconds, requests), seconds=10, limit=10, pages_needed=100)
    assert found == pytest.approx(share)


@pytest.mark.parametrize(("rows", "pages"), [(0, 1), (1, 1), (1000, 1), (1001, 2), (101_594, 102)])
def test_pages_needed_are_whole_and_at_least_one(rows: int, pages: int) -> None:
    assert pages_of(rows) == pages


@pytest.mark.parametrize(("rows", "scale"), [(1, 0.1), (101_300, 1.0), (101_400, 1.1), (1_000_000, 10.1)])
def test_the_company_is_large_enough_and_hardly_larger(rows: int, scale: float) -> None:
    assert scale_for("transactionline", rows) == scale


@pytest.mark.parametrize("text", ["", "10", "10/", "/250", "0/250", "10/-1", "ten/250"])
def test_an_account_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is no account such as 10/250"):
        Account.parsed(text)


def test_an_account_at_best_keeps_every_slot_busy() -> None:
    assert Account.parsed("10/250") == TEN
    assert TEN.at_best(pages=1000) == 25


@pytest.mark.parametrize("name", list(FIFTEEN))
def test_fifteen_columns_are_asked_for_and_no_display_names(name: str) -> None:
    table = fifteen_columns(name)
    assert len({column.name for column in table.columns}) == 15
    assert not any(column.label for column in table.columns)
    assert set(table.key) <= {column.name for column in table.columns}


GRID = Grid(
    "Speed",
    (Column("table", "table"), Column("rows/s", "speed", ",.0f"), Column("share", "share", ".1%")),
    (
        {"table": "customer", "speed": 12345.6, "share": 0.957},
        {"table": "vendor", "speed": None, "share": 1.0},
    ),
    ("A note.",),
)


def test_a_grid_is_aligned_for_a_terminal() -> None:
    assert GRID.as_text.splitlines() == [
        "Speed",
        "  table     rows/s   share",
        "  customer  12,346   95.7%",
        "  vendor         –  100.0%",
        "  A note.",
    ]


def test_a_grid_can_be_pasted_into_a_document() -> None:
    assert GRID.as_markdown.splitlines() == [
        "### Speed",
        "",
        "| table | rows/s | share |",
        "| --- | ---: | ---: |",
        "| customer | 12,346 | 95.7% |",
        "| vendor | – | 100.0% |",
        "",
        "A note.",
    ]


def test_a_grid_keeps_every_digit_for_a_program() -> None:
    assert json.loads(json.dumps(GRID.as_json))["rows"][0]["speed"] == 12345.6


def test_a_process_is_measured_from_its_start_to_its_exit() -> None:
    taken = run(["-c", "import time; time.sleep(0.2); print('{\"rows\": 1}')"])
    assert taken.seconds >= 0.2
    assert 0 < taken.cpu_seconds < taken.seconds
    assert taken.output == {"rows": 1}


def test_a_process_that_fails_is_no_measurement() -> None:
    with pytest.raises(Unmeasured, match=r"ended with 3: broken"):
        run(["-c", "import sys; print('broken', file=sys.stderr); sys.exit(3)"])


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system counts what forked the process too")
def test_the_peak_of_memory_is_the_processes_own() -> None:
    text = "from netsuite_pipeline_tests.benchmarks.measuring import peak_mib; {0}print('{{\"peak\": %s}}' % peak_mib())"
    ours = b"x" * (300 * 1024**2)  # of which a child must know nothing
    small = run(["-c", text.format("")]).output["peak"]
    large = run(["-c", text.format("block = b'x' * 200 * 1024**2; ")]).output["peak"]
    assert small < 100
    assert 190 <= large - small <= 260
    del ours


@pytest.fixture(scope="module")
def company() -> Iterator[EmulatorProcess]:
    with start_emulator(scale=0.02, seed=3, public_host=True, max_seconds=3600) as emulator:
        yield emulator


@pytest.mark.parametrize("name", list(FIFTEEN))
def test_a_sync_is_measured_and_its_result_checked_to_the_last_value(
    company: EmulatorProcess, tmp_path: Path, name: str
) -> None:
    table = fifteen_columns(name)

    def check(path: Path, rows: dict[str, int]) -> None:
        verify(path, table, company)
        verify_counts(path, company, rows)
        with duckdb.connect(str(path)) as connection:
            connection.execute(
                f"UPDATE netsuite.\"{name}\" SET memo = 'wrong ' || memo WHERE memo IS NOT NULL"
            )
        with pytest.raises(Unmeasured, match="sum of memo"):
            verify(path, table, company)
        with duckdb.connect(str(path)) as connection:
            moment = "linelastmodifieddate" if name == "transactionline" else "lastmodifieddate"
            connection.execute(f'UPDATE netsuite."{name}" SET {moment} = {moment} + INTERVAL 1 HOUR')
        with pytest.raises(Unmeasured, match=f"sum of {moment}"):
            verify(path, table, company)
        with duckdb.connect(str(path)) as connection:
            connection.execute(f'DELETE FROM netsuite."{name}" WHERE id = 0 OR id % 2 = 0')
        with pytest.raises(Unmeasured, match="rows: "):
            verify(path, table, company)
        with pytest.raises(Unmeasured, match="rows here"):
            verify_counts(path, company, rows)

    found = measure(company, Account(5, 0), name, check)
    assert found.rows == company.admin.tables()[name]
    assert 0 < found.share < 1
    assert found.requests >= found.pages_needed == pages_of(found.rows)
    assert found.sync_cpu_ms < found.cpu_ms


@pytest.mark.parametrize("module", ["offset_client", "package_client"])
def test_the_clients_to_compare_with_read_the_whole_table(
    company: EmulatorProcess, tmp_path: Path, module: str
) -> None:
    path = tmp_path / "warehouse.duckdb"
    Account(10, 0).of(company)
    taken = run_here(module, str(path), env=company.env)
    there = company.admin.tables()["transactionline"]
    assert taken.output["rows"] == there
    assert company.admin.stats().requests == pages_of(there)
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.sql("SELECT count(DISTINCT (transaction, id)), count(*) FROM transactionline")
        assert found.fetchone() == (there, there)
        assert len(connection.sql("FROM transactionline").columns) == 15
