"""Whole syncs against a small company: the warehouse ends equal to what the role sees."""

import os
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from netsuite_pipeline.sync.run import Progress
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import (
    ACCOUNTTYPE,
    CUSTOMER,
    LINE,
    TABLES,
    TRANSACTION,
    a_company,
    a_sync,
    assert_equal,
    document,
    line,
    stored,
    synced,
    whole_report,
)
from netsuite_pipeline_tests.sync.fake_netsuite import table_of

pytestmark = pytest.mark.usefixtures("held_open")

# The first sync, and one with nothing new


def test_the_first_sync_brings_everything(warehouse: Warehouse) -> None:
    fake = a_company()
    report = whole_report(fake, warehouse)
    assert {table.status for table in report.tables} == {"done"}
    assert {table.mode for table in report.tables} == {"full"}
    assert report.tables[-1].table == "accounttype", "lists come after the facts that point to them"
    done = {table.table: table for table in report.tables}
    assert {name: table.requests for name, table in done.items()} == {
        # Tables that are known to be there and probably long are asked for their page index first.
        "customer": 2,
        "transactionaccountingline": 2,
        "transaction": 1,
        "transactionline": 1,
        "accounttype": 1,
    }
    assert_equal(fake, warehouse, *TABLES)
    assert (done["transaction"].rows_read, done["transaction"].rows_written, done["transaction"].rows) == (
        4,
        4,
        4,
    )
    assert done["transaction"].watermark == report.cutoff == datetime(2026, 11, 23, 12)
    assert done["accounttype"].watermark is None
    preview = done["accounttype"].preview
    assert preview is not None
    assert (preview.columns, preview.rows[0]) == (("id", "longname", "left"), ("Bank", "Bank", "true"))
    assert os.listdir(warehouse.landing_path("netsuite")) == [".lock"]


def test_values_arrive_to_the_last_digit_and_second(warehouse: Warehouse) -> None:
    fake = a_company(utc_offset=timedelta(hours=-8))
    fake.insert(
        "transaction",
        document(
            40,
            at=datetime(2026, 11, 1, 9, 59, 59),
            trandate=date(2024, 2, 29),
            total=Decimal("123456789012345678.123456789"),
            memo='🧾 "quoted"\nline',
            status="",
        ),
        {"id": 41},
    )
    synced(fake, warehouse, [TRANSACTION])
    assert_equal(fake, warehouse, TRANSACTION)
    row = stored(warehouse, TRANSACTION)[4]
    assert row[1] == date(2024, 2, 29)
    assert row[4:] == (
        "",
        "Label of ",
        '🧾 "quoted"\nline',
        Decimal("123456789012345678.123456789"),
        True,
        datetime(2026, 11, 1, 9, 59, 59),
    )


def test_with_nothing_new_nothing_is_written_and_nothing_republished(warehouse: Warehouse) -> None:
    fake = a_company()
    synced(fake, warehouse)
    synced(fake, warehouse)
    before = warehouse.path.stat()
    fake.asked.clear()
    reports = synced(fake, warehouse)
    assert {table: report.mode for table, report in reports.items()} == {
        "customer": "changed",
        "transaction": "changed",
        "transactionline": "children",
        "transactionaccountingline": "children",
        "accounttype": "full",
    }
    assert all(report.rows_written == report.rows_deleted == 0 for report in reports.values())
    # Children of no changed parent need no request; what was deleted is asked once for all tables.
    assert sorted(map(table_of, fake.asked)) == [
        "accounttype",
        "customer",
        "customer",  # NetSuite's own figures of all tables of which only changes are read
        "deletedrecord",
        "transaction",
    ]
    after = warehouse.path.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


def test_every_page_is_reported_as_it_lands(warehouse: Warehouse) -> None:
    watched: list[Progress] = []
    for _ in a_sync(a_company(), warehouse, [CUSTOMER, ACCOUNTTYPE], watched=watched):
        pass
    assert watched == [Progress("customer", 3), Progress("accounttype", 2)]


def test_a_report_before_the_sync_has_started_is_an_error(warehouse: Warehouse) -> None:
    with pytest.raises(RuntimeError, match="has not begun"):
        a_sync(a_company(), warehouse).report()


# Changes


@pytest.mark.long
def test_what_changed_is_read_and_written_and_nothing_else(warehouse: Warehouse) -> None:
    fake = a_company()
    synced(fake, warehouse)
    fake.change("transaction", "id = 11", memo="New", lastmodifieddate=fake.now)
    fake.insert("transaction", document(31, at=fake.now))
    fake.insert("transactionline", line(31, 0))
    fake.change("customer", "id = 2", balance=Decimal("-0.07"), lastmodifieddate=fake.now)
    reports = synced(fake, warehouse)
    assert_equal(fake, warehouse, *TABLES)
    counts = {table: (report.rows_read, report.rows_written) for table, report in reports.items()}
    assert counts == {
        "customer": (1, 1),
        "transaction": (2, 2),
        "transactionline": (3, 1),
        "transactionaccountingline": (2, 0),
        "accounttype": (2, 0),
    }


@pytest.mark.long
def test_a_deleted_line_disappears_with_its_transactions_change(warehouse: Warehouse) -> None:
    fake = a_company()
    synced(fake, warehouse)
    fake.delete("transactionline", "transaction = 11 AND id = 0")
    fake.delete("transactionaccountingline", "transaction = 20")
    fake.change("transaction", "id IN (11, 20)", lastmodifieddate=fake.now)
    reports = synced(fake, warehouse)
    assert_equal(fake, warehouse, *TABLES)
    assert reports["transactionline"].rows_deleted == 1
    assert reports["transactionaccountingline"].rows_deleted == 2


@pytest.mark.long
def test_a_full_read_finds_what_no_cursor_showed(warehouse: Warehouse) -> None:
    fake = a_company(logs_deletions=True)
    synced(fake, warehouse)
    fake.refuses_count = True  # otherwise the next sync finds the customer by it
    fake.change("customer", "id = 1", companyname="Renamed behind its cursor's back")
    fake.delete("transactionline", "transaction = 10 AND id = 0")
    synced(fake, warehouse)
    assert [len(stored(warehouse, table)) for table in (CUSTOMER, LINE)] == [3, 8]
    reports = synced(fake, warehouse, full=True)
    assert_equal(fake, warehouse, *TABLES)
    assert (reports["customer"].rows_written, reports["transactionline"].rows_deleted) == (1, 1)


def test_rows_without_a_cursors_value_arrive_with_a_full_read_and_stay(warehouse: Warehouse) -> None:
    fake = a_company()
    fake.insert("customer", {"id": 7, "companyname": "Never modified"})
    synced(fake, warehouse, [CUSTOMER])
    synced(fake, warehouse, [CUSTOMER])
    assert_equal(fake, warehouse, CUSTOMER)
