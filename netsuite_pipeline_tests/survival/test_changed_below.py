"""What changes in NetSuite below an unchanged transaction, or with a stamp that is wrong, arrives all the same."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from netsuite_pipeline.emulator.admin.client import AdminClient
from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.sync.report import SyncReport, TableReport
from netsuite_pipeline_tests.survival.syncing import Home, a_client

BOOKS = ("transaction", "transactionline", "transactionaccountingline")


@pytest.fixture
def books(home: Home) -> Home:
    """All transactions with their lines and postings, synced."""
    books = home.with_tables(*BOOKS)
    _sync(books)
    return books


def _sync(books: Home, **how: Any) -> SyncReport:
    return books.sync(a_client(books.emulator, page_rows=1000), **how)


def _now(ahead: timedelta = timedelta(0)) -> str:
    return f"{datetime.now(UTC) + ahead:%Y-%m-%dT%H:%M:%S}"


def _ids(company: EmulatorProcess, kind: str) -> list[int]:
    dump = company.admin.table("transaction")
    return [row[0] for row in dump.rows if row[dump.columns.index("type")] == kind]


def _change_below(admin: AdminClient, orders: list[int], bill: int, stamp: str) -> None:
    """Twenty lines are recoded, one is added, one is deleted, a ledger line moves; no header is touched."""
    before = admin.table("transaction")
    listed = ", ".join(map(str, orders[:10]))
    recoded = admin.change_rows(
        "transactionline",
        f"transaction IN ({listed}) AND id IN (0, 1)",
        {"department": 2, "memo": "Recoded", "linelastmodifieddate": stamp},
    )
    assert recoded == 20
    assert admin.delete_rows("transactionline", f"transaction = {orders[0]} AND id = 1") == 1
    added = admin.insert_like(
        "transactionline",
        f"transaction = {orders[10]} AND id = 1",
        {"id": 99, "uniquekey": 99_000_000 + orders[10], "linelastmodifieddate": stamp},
    )
    assert added == 1
    assert admin.change_rows(
        "transactionaccountingline",
        f"transaction = {bill} AND transactionline = 1 AND accountingbook = 1",
        {"amountlinked": "12.34", "lastmodifieddate": stamp},
    )
    assert admin.table("transaction") == before


def _of(report: SyncReport, table: str) -> TableReport:
    return next(each for each in report.tables if each.table == table)


def test_a_date_range_brings_them(books: Home) -> None:
    orders, bills = _ids(books.emulator, "SalesOrd"), _ids(books.emulator, "VendBill")
    _change_below(books.emulator.admin, orders[15:], bills[15], _now())
    since = datetime.now(UTC).replace(tzinfo=None) - timedelta(minutes=1)
    report = _sync(books, since=since)
    assert report.failed == ()
    books.assert_equal()
    assert _of(report, "transactionline").rows_deleted == 1
    assert _of(report, "transactionaccountingline").rows_written == 1


def test_lines_and_postings_that_change_below_an_unchanged_transaction_arrive(books: Home) -> None:
    orders, bills = _ids(books.emulator, "SalesOrd"), _ids(books.emulator, "VendBill")
    _change_below(books.emulator.admin, orders[30:], bills[30], _now())
    assert books.run().code == 0
    books.assert_equal()


def test_rows_stamped_in_the_future_arrive_with_their_lines_and_are_named(books: Home) -> None:
    admin, id_ = books.emulator.admin, _ids(books.emulator, "Journal")[3]
    admin.change_rows(
        "transaction", f"id = {id_}", {"memo": "Ahead", "lastmodifieddate": _now(timedelta(days=10))}
    )
    admin.change_rows(
        "transactionline",
        f"transaction = {id_}",
        {"memo": "Ahead", "linelastmodifieddate": _now(timedelta(days=10))},
    )
    report = _sync(books)
    books.assert_equal()
    assert any(
        note.startswith("1 row of transaction has a lastmodifieddate in the future")
        for note in _of(report, "transaction").notes
    )
    _sync(books, full=True)
    books.assert_equal()
