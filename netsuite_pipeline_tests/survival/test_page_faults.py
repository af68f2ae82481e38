"""Pages that contradict themselves, come again, break over a row or over their size: the tables arrive equal."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess, start_emulator
from netsuite_pipeline.netsuite.errors import ImplausibleReply
from netsuite_pipeline.sync import run
from netsuite_pipeline_tests.survival.syncing import Home, a_client
from netsuite_pipeline_tests.sync.books import asked_sql

NAMES = ("transaction", "transactionline", "customer", "accounttype")
PASSING = ("ends_early", "never_ends", "empty_page", "repeated_page")


@pytest.fixture(scope="module")
def company() -> Iterator[EmulatorProcess]:
    with start_emulator(scale=0.02, seed=7, latency=0, max_seconds=3600) as process:
        yield process


@pytest.fixture
def home(tmp_path: Path, company: EmulatorProcess, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    # Nothing changes here, so the end of the cutoff's second need not be waited for.
    monkeypatch.setattr(run, "cutoff_at", lambda now: (now.replace(microsecond=0), 0.0))
    company.admin.reset()
    yield Home(tmp_path, company, NAMES)
    company.admin.reset()


def test_implausible_pages_that_pass_cost_nothing(home: Home, company: EmulatorProcess) -> None:
    for kind in PASSING:
        company.admin.add_fault(kind, count=None, rate=0.1, matching="FROM (transaction|customer)")
    report = home.sync(a_client(company, page_rows=75))
    assert {table.status for table in report.tables} == {"done"}, report.failed
    assert sum(table.retries for table in report.tables) > 0
    company.admin.clear_faults()
    home.assert_equal()


def test_an_end_that_every_reply_claims_is_read_past(home: Home, company: EmulatorProcess) -> None:
    company.admin.add_fault("ends_early", count=None)
    report = home.sync(a_client(company, page_rows=75))
    assert {table.status for table in report.tables} == {"done"}, report.failed
    company.admin.clear_faults()
    home.assert_equal()


def test_a_page_that_stays_implausible_fails_its_table_in_words(home: Home, company: EmulatorProcess) -> None:
    company.admin.add_fault("empty_page", count=None, matching="FROM customer")
    report = home.sync(a_client(company, page_rows=75))
    (failed,) = report.failed
    assert failed.table == "customer"
    assert isinstance(failed.failure, ImplausibleReply)
    assert "there are more rows of customer, and sends none" in (failed.error or "")
    assert "status.netsuite.com" not in (failed.error or "")


def test_a_row_that_breaks_its_page_costs_one_value_and_heals(home: Home, company: EmulatorProcess) -> None:
    home = home.with_tables("customer")
    dump = company.admin.table("customer")
    broken = str(dump.rows[len(dump.rows) // 2][dump.columns.index("id")])
    company.admin.add_fault("bad_row", count=None, matching=r"\bcomments\b", row=f"id={broken}")
    (report,) = home.sync(a_client(company, page_rows=75)).tables
    assert (report.status, report.rejected_values) == ("done", 1)
    assert not any("does not have" in note for note in report.notes)
    rejected = asked_sql(home.warehouse, "SELECT key, column_name, reason FROM _netsuite.rejected_values")
    assert [row[:2] for row in rejected] == [(broken, "comments")]
    assert "500" in str(rejected[0][2])
    company.admin.clear_faults()
    home.sync(a_client(company, page_rows=75))
    home.assert_equal()


def test_pages_that_are_too_heavy_are_read_in_smaller_ones(home: Home, company: EmulatorProcess) -> None:
    company.admin.add_fault("heavy_page", count=None, rows=30)
    report = replace(home, names=("customer", "transactionline")).sync(a_client(company, page_rows=75))
    assert {table.status for table in report.tables} == {"done"}, report.failed
    company.admin.clear_faults()
    home.with_tables("customer", "transactionline").assert_equal()


def test_a_cursor_that_cannot_be_filtered_by_freezes_nothing(home: Home, company: EmulatorProcess) -> None:
    home = home.with_tables("customer")
    company.admin.add_fault(
        "unsupported_search", count=None, matching=r"FROM customer WHERE .*lastmodifieddate"
    )
    for _ in range(2):
        company.admin.tick(20)
        (report,) = home.sync(a_client(company, page_rows=75)).tables
        assert (report.status, report.mode) == ("done", "full")
        home.assert_equal()
    assert any("refuses to filter by lastmodifieddate" in note for note in report.notes)
