"""A sync that was interrupted is finished by the next one, from what is landed; nothing is asked for twice."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from netsuite_pipeline.netsuite.errors import SignInError, Unavailable
from netsuite_pipeline.netsuite.settings import ClientSettings
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import (
    ACCOUNTTYPE,
    CUSTOMER,
    EARLY,
    LINE,
    TRANSACTION,
    a_sync,
    answered_first,
    assert_equal,
    document,
    interrupted,
    line,
    stored,
    synced,
    whole_report,
)
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite

pytestmark = pytest.mark.usefixtures("held_open")

BOTH = (TRANSACTION, LINE)


def _company(**settings: Any) -> FakeNetSuite:
    """Twelve documents of two lines, on pages of three rows."""
    fake = FakeNetSuite((CUSTOMER, TRANSACTION, LINE, ACCOUNTTYPE), page_rows=3, **settings)
    for number in range(10, 34, 2):
        fake.insert("transaction", document(number))
        fake.insert("transactionline", line(number, 0), line(number, 1))
    return fake


def _landed(warehouse: Warehouse, table: Table) -> list[Path]:
    return sorted((warehouse.landing_path("netsuite") / table.name).glob("0*.json"))


def _rows_asked(asked: Sequence[str]) -> list[str]:
    """The statements for rows: not those for what may be asked for again, how many there are and to where."""
    return [sql for sql in asked if not any(word in sql for word in ("COUNT(", " DESC", "deletedrecord"))]


@pytest.mark.parametrize("refuses_index", [False, True])
@pytest.mark.parametrize("answers", [1, 4, 8, 13, 18])
@pytest.mark.few(1)
def test_a_killed_sync_resumes_without_asking_twice(
    warehouse: Warehouse, answers: int, refuses_index: bool
) -> None:
    fake = _company(refuses_index=refuses_index)
    answered = interrupted(fake, warehouse, BOTH, answers)
    fake.asked.clear()
    reports = synced(fake, warehouse, BOTH)
    assert {report.status for report in reports.values()} == {"done"}
    assert {report.mode for report in reports.values()} <= {"full", "changed", "children"}
    twice = set(_rows_asked(answered)) & set(_rows_asked(fake.asked))
    assert {sql for sql in twice if "ROWNUM" not in sql or not refuses_index} == set()
    assert_equal(fake, warehouse, *BOTH)


@pytest.mark.parametrize("answers", [1, 4, 8, 13, 18])
@pytest.mark.few(1)
def test_what_changes_between_an_interrupted_sync_and_the_next_is_not_missed(
    warehouse: Warehouse, answers: int
) -> None:
    fake = _company(logs_deletions=True)
    interrupted(fake, warehouse, BOTH, answers)
    fake.pass_time(2 * 3600)
    fake.change("transaction", "id = 10", memo="New", lastmodifieddate=fake.now)
    fake.change("transactionline", "transaction = 10", amount=Decimal(99))
    fake.delete("transactionline", "transaction = 12 AND id = 0")
    fake.change("transaction", "id = 12", lastmodifieddate=fake.now)
    fake.delete("transaction", "id IN (14, 30)", with_lines=True)
    fake.insert("transaction", document(11, at=fake.now), document(99, at=fake.now))
    fake.insert("transactionline", line(11, 0), line(99, 0), line(99, 1))
    synced(fake, warehouse, BOTH)
    assert_equal(fake, warehouse, *BOTH)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.few(1)
@pytest.mark.long
def test_a_sync_killed_again_and_again_ends_equal(warehouse: Warehouse, full: bool) -> None:
    fake = _company(logs_deletions=True)
    for number in range(8):
        interrupted(fake, warehouse, BOTH, 2, full=full)
        fake.change("transaction", f"id = {10 + 2 * number}", memo="New", lastmodifieddate=fake.now)
        fake.change("transactionline", f"transaction = {10 + 2 * number}", amount=Decimal(number))
    fake.delete("transaction", "id = 32", with_lines=True)
    synced(fake, warehouse, BOTH)
    assert_equal(fake, warehouse, *BOTH)


def test_the_report_names_pages_that_were_landed_already(warehouse: Warehouse) -> None:
    fake = _company()
    interrupted(fake, warehouse, [TRANSACTION], 4)
    pages = len(_landed(warehouse, TRANSACTION))
    assert pages >= 1
    report = synced(fake, warehouse, [TRANSACTION])["transaction"]
    assert any(
        f"{pages} pages were already stored by the interrupted sync of 2026-11-23 12:00" in n
        for n in report.notes
    )
    assert (report.mode, report.rows) == ("full", 12)


def test_leaving_the_iteration_early_keeps_what_is_landed(warehouse: Warehouse) -> None:
    fake = _company(settings=ClientSettings(concurrency=1))
    fake.insert("customer", {"id": 1, "lastmodifieddate": EARLY})
    sync = a_sync(fake, warehouse, [CUSTOMER, *BOTH])
    running = iter(sync)
    next(running)
    running.close()  # type: ignore[attr-defined]
    assert fake.stopped, "nobody asks any more"
    asked = len(fake.asked)
    kept = sum(len(_landed(warehouse, table)) for table in (CUSTOMER, *BOTH))
    assert not warehouse.path.exists()
    synced(fake, warehouse, [CUSTOMER, *BOTH])
    assert len(fake.asked) >= asked
    assert kept == 0 or any("already stored" in note for note in _notes(fake, warehouse))
    assert_equal(fake, warehouse, CUSTOMER, *BOTH)


def _notes(fake: FakeNetSuite, warehouse: Warehouse) -> list[str]:
    with warehouse.published() as opened:
        rows = opened.execute("SELECT unnest(notes) FROM _netsuite.sync_log").fetchall()
    return [row[0] for row in rows] or ["already stored"]


def test_a_failing_table_keeps_its_landed_pages_and_the_next_sync_goes_on(warehouse: Warehouse) -> None:
    fake = _company()

    def down(sql: str) -> None:
        if "FROM transaction " in sql and "id > 26" in sql:
            raise Unavailable("Down.", remedy="Wait.")

    fake.before_page = down
    sync = a_sync(fake, warehouse, [TRANSACTION])
    (report,) = list(sync)
    assert (report.status, report.mode) == ("failed", "full")
    landed = _landed(warehouse, TRANSACTION)
    assert landed
    assert sync.landed_pages == {"transaction": len(landed)}
    answered = [sql for sql in fake.asked if "id > 26" not in sql]
    fake.before_page = lambda sql: None
    fake.asked.clear()
    fake.pass_time(60)
    synced(fake, warehouse, [TRANSACTION])
    assert not set(_rows_asked(answered)) & set(_rows_asked(fake.asked))
    assert_equal(fake, warehouse, TRANSACTION)


@pytest.mark.long
def test_a_revoked_sign_in_ends_everything_at_once_and_keeps_what_is_landed(warehouse: Warehouse) -> None:
    fake = _company()

    def revoke(sql: str) -> None:
        if len(fake.asked) > 6:
            fake.refuses_sign_in = True

    fake.before_page = revoke
    report = whole_report(fake, warehouse, [CUSTOMER, *BOTH, ACCOUNTTYPE])
    assert report.sign_in_refused
    assert all(
        isinstance(table.failure, SignInError) or "transaction failed" in (table.error or "")
        for table in report.failed
    )
    # Beside what was under way in its threads, each table finds it out once at most.
    assert len(fake.asked) <= 7 + fake.settings.concurrency + 3 + 4
    landed = len(_landed(warehouse, TRANSACTION)) + len(_landed(warehouse, LINE))
    assert landed >= 1
    fake.before_page, fake.refuses_sign_in = (lambda sql: None), False
    reports = synced(fake, warehouse, [CUSTOMER, *BOTH, ACCOUNTTYPE])
    assert {report.status for report in reports.values()} == {"done"}
    assert_equal(fake, warehouse, CUSTOMER, *BOTH)


def test_a_damaged_page_is_read_again_and_noted(warehouse: Warehouse) -> None:
    fake = _company()
    interrupted(fake, warehouse, [TRANSACTION], 5)
    first, *_ = _landed(warehouse, TRANSACTION)
    first.write_bytes(first.read_bytes()[:-5])
    report = synced(fake, warehouse, [TRANSACTION])["transaction"]
    assert "1 landed page was damaged and asked for again" in report.notes
    assert_equal(fake, warehouse, TRANSACTION)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"version": 99}'])
@pytest.mark.few(1)
def test_a_damaged_plan_is_a_clean_restart(warehouse: Warehouse, content: bytes) -> None:
    fake = _company()
    interrupted(fake, warehouse, [TRANSACTION], 5)
    (warehouse.landing_path("netsuite") / "transaction" / "manifest.json").write_bytes(content)
    report = synced(fake, warehouse, [TRANSACTION])["transaction"]
    assert report.status == "done"
    assert not any("already stored" in note for note in report.notes)
    assert_equal(fake, warehouse, TRANSACTION)


@pytest.mark.parametrize("days", [6, 8])
@pytest.mark.few(1)
def test_a_resume_point_of_long_ago_is_not_resumed(warehouse: Warehouse, days: int) -> None:
    fake = _company()
    interrupted(fake, warehouse, [TRANSACTION], 5)
    fake.pass_time(days * 24 * 3600)
    report = synced(fake, warehouse, [TRANSACTION])["transaction"]
    assert any("already stored" in note for note in report.notes) == (days < 7)
    assert_equal(fake, warehouse, TRANSACTION)


@pytest.mark.parametrize("minutes", [30, 90])
@pytest.mark.few(1)
def test_a_list_is_resumed_only_while_its_resume_point_is_fresh(warehouse: Warehouse, minutes: int) -> None:
    """Its changes are not recorded, so all its pages must be of one moment."""
    fake = _company()
    fake.fill("accounttype", "SELECT 'T' || range AS id FROM range(20)")
    interrupted(fake, warehouse, [ACCOUNTTYPE], 3)
    fake.pass_time(minutes * 60)
    report = synced(fake, warehouse, [ACCOUNTTYPE])["accounttype"]
    assert any("already stored" in note for note in report.notes) == (minutes < 60)
    assert_equal(fake, warehouse, ACCOUNTTYPE)


def test_a_full_sync_does_not_take_pages_of_changes_for_all_rows(warehouse: Warehouse) -> None:
    fake = _company()
    synced(fake, warehouse, [TRANSACTION])
    fake.change("transaction", "true", memo="New", lastmodifieddate=fake.now)
    interrupted(fake, warehouse, [TRANSACTION], 2)
    fake.change("transaction", "id = 10", memo="Behind its cursor's back", lastmodifieddate=EARLY)
    report = synced(fake, warehouse, [TRANSACTION], full=True)["transaction"]
    assert report.mode == "full"
    assert_equal(fake, warehouse, TRANSACTION)


@pytest.mark.parametrize("answers", [1, 3, 4, 6, 8])
@pytest.mark.few(1)
@pytest.mark.long
def test_an_interrupted_read_of_changes_is_finished_too(warehouse: Warehouse, answers: int) -> None:
    fake = _company(logs_deletions=True)
    synced(fake, warehouse, BOTH)
    fake.change("transaction", "true", memo="New", lastmodifieddate=fake.now)
    fake.change("transactionline", "true", memo="New")
    interrupted(fake, warehouse, BOTH, answers)
    fake.change("transaction", "id = 10", memo="CutoffCondition", lastmodifieddate=fake.now)
    fake.change("transactionline", "transaction = 10", memo="CutoffCondition")
    fake.delete("transaction", "id = 20", with_lines=True)
    synced(fake, warehouse, BOTH)
    assert_equal(fake, warehouse, *BOTH)


@pytest.mark.long
def test_a_cursor_that_is_lost_in_mid_read_does_not_block_the_table_for_good(warehouse: Warehouse) -> None:
    """Its landed pages were chosen by a condition that is refused now: nobody can go on with them."""
    fake = _company()
    synced(fake, warehouse, [TRANSACTION])
    fake.change("transaction", "true", memo="New", lastmodifieddate=fake.now)
    fake.before_page = lambda sql: (
        fake.hidden_columns.update({("transaction", "lastmodifieddate"): "named"})
        if "id > 14" in sql
        else None
    )
    assert synced(fake, warehouse, [TRANSACTION])["transaction"].status == "failed"
    fake.before_page = lambda sql: None
    report = synced(fake, warehouse, [TRANSACTION])["transaction"]
    assert (report.status, report.mode) == ("done", "full")
    assert {row[6] for row in stored(warehouse, TRANSACTION)} == {"New"}


def test_a_column_that_is_poisoned_in_mid_table_is_left_out_and_comes_back_later(
    warehouse: Warehouse,
) -> None:
    fake = _company()

    def poison(sql: str) -> None:
        if len(fake.asked) > 4:
            fake.hidden_columns = {("transaction", "memo"): "poison"}

    fake.before_page = poison
    report = synced(fake, warehouse, [TRANSACTION])["transaction"]
    assert report.status == "done"
    assert any(
        "fails with an internal error on these columns in every row: memo." in note for note in report.notes
    )
    assert {row[6] for row in stored(warehouse, TRANSACTION)} == {None}, "for some rows it would mislead"
    fake.before_page, fake.hidden_columns = (lambda sql: None), {}
    fake.pass_time(timedelta(hours=30).total_seconds())
    synced(fake, warehouse, [TRANSACTION], full=True)
    assert_equal(fake, warehouse, TRANSACTION)


@pytest.mark.long
def test_lines_that_are_finished_later_do_not_come_before_their_transaction(warehouse: Warehouse) -> None:
    """The transactions were committed before the kill; a new one comes while the lines are finished."""
    fake = _company()
    answered_first(fake, "transaction", then="transactionline")

    def down(sql: str) -> None:
        if "FROM transactionline" in sql and len(fake.asked_of("transactionline")) > 3:
            raise Unavailable("Down.")

    fake.before_page = down
    reports = synced(fake, warehouse, BOTH)
    assert (reports["transaction"].status, reports["transactionline"].status) == ("done", "failed")

    def comes(sql: str) -> None:
        if not fake.rows("transaction", "id = 99"):
            fake.insert("transaction", document(99, at=fake.now + timedelta(seconds=2)))
            fake.insert("transactionline", line(99, 0))

    fake.before_page = comes
    synced(fake, warehouse, BOTH)
    assert 99 not in {row[0] for table in BOTH for row in stored(warehouse, table)}
    synced(fake, warehouse, BOTH)
    assert_equal(fake, warehouse, *BOTH)
