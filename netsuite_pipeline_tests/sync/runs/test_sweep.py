"""The sweep: all keys are compared, what is gone goes with its lines, what is missing here is brought."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from netsuite_pipeline.netsuite.errors import Unavailable
from netsuite_pipeline.warehouse.errors import NotAsInNetSuite
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import (
    CUSTOMER,
    EARLY,
    LINE,
    POSTING,
    TABLES,
    TRANSACTION,
    a_company,
    asked_sql,
    assert_equal,
    document,
    interrupted,
    line,
    on_both_kinds,
    posting,
    stored,
    synced,
)
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite

pytestmark = [pytest.mark.usefixtures("held_open"), on_both_kinds]

BOOKS = (TRANSACTION, LINE, POSTING)
NOW: dict[str, Any] = {"sweep_after": timedelta(0)}


def rows_asked(fake: FakeNetSuite) -> list[str]:
    """The statements that ask for customers, or for their keys, and not for a count."""
    return [sql for sql in fake.asked_of("customer") if "COUNT(" not in sql]


def test_what_is_gone_is_found_by_its_key_and_takes_its_lines_along(warehouse: Warehouse) -> None:
    fake = a_company(page_rows=2, logs_deletions=True)
    synced(fake, warehouse)
    fake.delete("transaction", "id = 11", with_lines=True)
    fake.delete("customer", "id = 5")
    fake.change("deletedrecord", "true", deleteddate=EARLY)  # too old for a question by date
    reports = synced(fake, warehouse, **NOW)
    assert_equal(fake, warehouse, *TABLES)
    assert (reports["transaction"].rows_deleted, reports["transaction"].rows) == (1, 3)
    assert reports["transaction"].mode == "changed"
    assert "2 rows of transactionline were removed with their rows of transaction" in " ".join(
        reports["transaction"].notes
    )


def test_what_is_missing_here_is_brought(warehouse: Warehouse) -> None:
    """A row that came with an old stamp, too late for the overlap, where NetSuite does not count its rows."""
    fake = a_company(page_rows=2, refuses_count=True)
    synced(fake, warehouse, [CUSTOMER])
    for number in (3, 4, 9):
        fake.insert("customer", {"id": number, "companyname": "Late", "lastmodifieddate": EARLY})
    synced(fake, warehouse, [CUSTOMER])
    assert len(stored(warehouse, CUSTOMER)) == 3
    report = synced(fake, warehouse, [CUSTOMER], **NOW)["customer"]
    assert_equal(fake, warehouse, CUSTOMER)
    assert (report.rows, report.rows_written) == (6, 3)


def test_a_row_stamped_years_ahead_does_not_hide_that_another_one_is_missing_here(
    warehouse: Warehouse,
) -> None:
    fake = a_company(logs_deletions=True)
    fake.insert("customer", {"id": 8, "companyname": "Ahead", "lastmodifieddate": datetime(2031, 1, 1)})
    synced(fake, warehouse, [CUSTOMER])
    fake.insert("customer", {"id": 4, "companyname": "Late", "lastmodifieddate": EARLY})
    synced(fake, warehouse, [CUSTOMER])
    assert_equal(fake, warehouse, CUSTOMER)


@pytest.mark.long
def test_more_rows_than_a_sweep_repairs_come_by_a_full_read(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netsuite_pipeline.sync.deletions.sweep.MAX_REPAIRED", 2)
    fake = a_company(page_rows=2, refuses_count=True)
    synced(fake, warehouse, [CUSTOMER])
    for number in (3, 4, 9):
        fake.insert("customer", {"id": number, "companyname": "Late", "lastmodifieddate": EARLY})
    report = synced(fake, warehouse, [CUSTOMER], **NOW)["customer"]
    assert "the next sync reads the table in full" in " ".join(report.notes)
    report = synced(fake, warehouse, [CUSTOMER])["customer"]
    assert report.mode == "full"
    assert_equal(fake, warehouse, CUSTOMER)
    assert synced(fake, warehouse, [CUSTOMER])["customer"].mode == "changed"


@pytest.mark.long
def test_all_rows_of_a_role_that_is_widened_again_come_by_a_full_read(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netsuite_pipeline.sync.deletions.sweep.MAX_REPAIRED", 20)
    fake = a_company(logs_deletions=True)
    _many(fake)
    synced(fake, warehouse, [CUSTOMER])
    fake.hide("customer", "id >= 300")
    assert synced(fake, warehouse, [CUSTOMER])["customer"].missing == 200
    fake.show_again("customer")
    modes = [synced(fake, warehouse, [CUSTOMER])["customer"] for _ in range(2)]
    assert "full" in [report.mode for report in modes]
    assert (modes[-1].status, modes[-1].missing) == ("done", 0)
    assert_equal(fake, warehouse, CUSTOMER)


def test_a_sweep_asks_for_keys_alone(warehouse: Warehouse) -> None:
    fake = a_company()
    synced(fake, warehouse, [TRANSACTION])
    fake.asked.clear()
    synced(fake, warehouse, [TRANSACTION], **NOW)
    assert [sql for sql in fake.asked_of("transaction") if "COUNT(" not in sql][1:] == [
        "SELECT id FROM transaction ORDER BY id"
    ]


def test_a_table_that_was_read_whole_lately_is_not_swept(warehouse: Warehouse) -> None:
    fake = a_company(refuses_count=True)
    week: dict[str, Any] = {"sweep_after": timedelta(days=7)}
    synced(fake, warehouse, [CUSTOMER], **week)
    fake.asked.clear()
    synced(fake, warehouse, [CUSTOMER], **week)
    assert len(rows_asked(fake)) == 1
    old = "full_read_at = full_read_at - INTERVAL 8 DAY, swept_at = swept_at - INTERVAL 8 DAY"
    asked_sql(warehouse, f"UPDATE _netsuite.table_state SET {old}")
    fake.asked.clear()
    synced(fake, warehouse, [CUSTOMER], **week)
    assert len(rows_asked(fake)) == 2
    fake.asked.clear()
    synced(fake, warehouse, [CUSTOMER], **week)
    assert len(rows_asked(fake)) == 1, "swept a moment ago"


def _many(fake: FakeNetSuite, rows: int = 400) -> None:
    stamp = f"TIMESTAMP '{EARLY}' AS lastmodifieddate"
    fake.fill("customer", f"SELECT 100 + range AS id, {stamp} FROM range({rows})")


@pytest.mark.parametrize("how", [{}, {"full": True}, NOW])
@pytest.mark.parametrize("hidden", ["id = 300", "id >= 300"])
@pytest.mark.few(1)
@pytest.mark.long
def test_rows_without_evidence_of_their_deletion_are_kept_until_somebody_accepts_it(
    warehouse: Warehouse, how: dict[str, Any], hidden: str
) -> None:
    fake = a_company(logs_deletions=True)
    _many(fake)
    synced(fake, warehouse, [CUSTOMER])
    before = stored(warehouse, CUSTOMER)
    fake.hide("customer", hidden)
    for _ in range(2):
        report = synced(fake, warehouse, [CUSTOMER], **how)["customer"]
        assert isinstance(report.failure, NotAsInNetSuite)
        assert report.status == "failed"
        assert report.missing == len(before) - len(fake.rows("customer"))
        assert "--accept-shrink customer" in report.failure.remedy
        assert stored(warehouse, CUSTOMER) == before
    report = synced(fake, warehouse, [CUSTOMER], accept_shrink=[CUSTOMER], **how)["customer"]
    assert (report.status, report.rows_deleted) == ("done", len(before) - len(fake.rows("customer")))
    assert asked_sql(warehouse, "SELECT * FROM _netsuite.missing_rows") == []
    assert_equal(fake, warehouse, CUSTOMER)


@pytest.mark.long
def test_a_narrowed_role_that_is_widened_again_leaves_no_trace(warehouse: Warehouse) -> None:
    """The pages of the narrowed read must not come back."""
    fake = a_company(logs_deletions=True)
    _many(fake)
    synced(fake, warehouse, [CUSTOMER])
    kept = fake.rows("customer")
    fake.hide("customer", "id >= 300")
    assert synced(fake, warehouse, [CUSTOMER], full=True)["customer"].status == "failed"
    fake.show_again("customer")
    assert fake.rows("customer") == kept
    assert synced(fake, warehouse, [CUSTOMER], full=True)["customer"].status == "done"
    assert_equal(fake, warehouse, CUSTOMER)


def test_the_word_for_one_table_is_none_for_another(warehouse: Warehouse) -> None:
    fake = a_company()
    _many(fake)
    synced(fake, warehouse, [CUSTOMER, TRANSACTION])
    fake.hide("customer", "id >= 300")
    reports = synced(fake, warehouse, [CUSTOMER, TRANSACTION], full=True, accept_shrink=[TRANSACTION])
    assert reports["customer"].status == "failed"
    assert reports["transaction"].status == "done"


@pytest.mark.long
def test_a_sweep_that_fails_leaves_what_was_read_and_is_done_the_next_time(warehouse: Warehouse) -> None:
    fake = a_company(logs_deletions=True)
    synced(fake, warehouse, [TRANSACTION])
    fake.delete("transaction", "id = 11")
    fake.change("deletedrecord", "true", deleteddate=EARLY)
    fake.insert("transaction", document(31, at=fake.now))

    def down(sql: str) -> None:
        if sql.startswith("SELECT id FROM transaction"):
            raise Unavailable("Down.")

    fake.before_page = down
    report = synced(fake, warehouse, [TRANSACTION], **NOW)["transaction"]
    assert (report.status, report.rows_written) == ("failed", 1)
    assert [row[0] for row in stored(warehouse, TRANSACTION)] == [10, 11, 20, 30, 31]
    fake.before_page = lambda sql: None
    synced(fake, warehouse, [TRANSACTION], **NOW)
    assert_equal(fake, warehouse, TRANSACTION)


@pytest.mark.parametrize("answers", [2, 4, 6, 7])
@pytest.mark.few(1)
@pytest.mark.long
def test_a_sweep_that_is_killed_is_started_anew(warehouse: Warehouse, answers: int) -> None:
    fake = a_company(page_rows=2, logs_deletions=True)
    synced(fake, warehouse, BOOKS)
    fake.delete("transaction", "id = 11", with_lines=True)
    fake.change("deletedrecord", "true", deleteddate=EARLY)
    interrupted(fake, warehouse, BOOKS, answers, **NOW)
    synced(fake, warehouse, BOOKS, **NOW)
    assert_equal(fake, warehouse, *BOOKS)


@pytest.mark.long
def test_a_transaction_that_was_missing_comes_with_its_lines(warehouse: Warehouse) -> None:
    fake = a_company()
    synced(fake, warehouse, BOOKS)
    fake.insert("transaction", document(15, at=EARLY))
    fake.insert("transactionline", line(15, 0), line(15, 1))
    fake.insert("transactionaccountingline", posting(15, 0))
    for _ in range(2):
        synced(fake, warehouse, BOOKS, **NOW)
    assert_equal(fake, warehouse, *BOOKS)
