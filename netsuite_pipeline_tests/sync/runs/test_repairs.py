"""Rows that a sync is asked to read again come whole, whatever their stamps say; all others stay unread."""

from datetime import timedelta
from decimal import Decimal

import pytest

from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import (
    ACCOUNTTYPE,
    CUSTOMER,
    LINE,
    POSTING,
    TRANSACTION,
    a_company,
    asked_sql,
    assert_equal,
    document,
    line,
    on_both_kinds,
    posting,
    synced,
)
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite

pytestmark = [pytest.mark.usefixtures("held_open"), on_both_kinds]
BOOKS = (TRANSACTION, LINE, POSTING)


def _synced_company(warehouse: Warehouse) -> FakeNetSuite:
    fake = a_company(logs_deletions=True)
    synced(fake, warehouse)
    fake.pass_time(5 * 3600)
    return fake


def test_a_row_whose_stamp_did_not_move_is_read_again(warehouse: Warehouse) -> None:
    fake = _synced_company(warehouse)
    fake.change("transaction", "id = 11", memo="Silently changed")
    fake.change("transaction", "id = 20", memo="Not asked for")
    report = synced(fake, warehouse, BOOKS, repairs={"transaction": ("11",)})["transaction"]
    assert (report.status, report.rows_read, report.rows_written) == ("done", 1, 1)
    shown = asked_sql(warehouse, "SELECT id, memo FROM netsuite.transaction WHERE id IN (11, 20) ORDER BY id")
    assert shown == [(11, "Silently changed"), (20, "Document 20")]


def test_the_rows_of_a_parent_are_replaced(warehouse: Warehouse) -> None:
    fake = _synced_company(warehouse)
    fake.insert("transactionaccountingline", posting(11, 7))
    fake.delete("transactionaccountingline", "transaction = 20 AND transactionline = 1")
    fake.change("transactionaccountingline", "transaction = 30", debit=Decimal("10.26"))
    repairs = {"transactionaccountingline": ("11", "20", "30")}
    synced(fake, warehouse, BOOKS, repairs=repairs)
    assert_equal(fake, warehouse, *BOOKS)


def test_a_row_that_never_came_brings_its_children(warehouse: Warehouse) -> None:
    fake = _synced_company(warehouse)
    fake.insert("transaction", document(12))
    fake.insert("transactionline", line(12, 0))
    fake.insert("transactionaccountingline", posting(12, 0))
    synced(fake, warehouse, BOOKS, repairs={"transaction": ("12",)})
    assert_equal(fake, warehouse, *BOOKS)


def test_a_row_that_was_deleted_goes_with_its_children_where_there_is_evidence(warehouse: Warehouse) -> None:
    fake = _synced_company(warehouse)
    fake.delete("transaction", "id = 20")
    fake.delete("transactionline", "transaction = 20")
    fake.delete("transactionaccountingline", "transaction = 20")
    # The entry is older than what the last sync has read of the deleted records.
    fake.change("deletedrecord", "recordid = 20", deleteddate=fake.now - timedelta(days=30))
    synced(fake, warehouse, BOOKS, repairs={"transaction": ("20",)})
    assert_equal(fake, warehouse, *BOOKS)


def test_a_row_that_is_gone_without_evidence_stays_and_is_marked(warehouse: Warehouse) -> None:
    fake = _synced_company(warehouse)
    fake.delete("transaction", "id = 20")
    fake.delete("deletedrecord", "recordid = 20")
    report = synced(fake, warehouse, BOOKS, repairs={"transaction": ("20",)})["transaction"]
    assert (report.status, report.rows_deleted, report.missing) == ("failed", 0, 1)
    assert asked_sql(
        warehouse, "SELECT key FROM _netsuite.missing_rows WHERE table_name = 'transaction'"
    ) == [("20",)]


def test_some_tables_are_read_in_full(warehouse: Warehouse) -> None:
    fake = _synced_company(warehouse)
    fake.change("customer", "id = 2", companyname="Silently changed")
    reports = synced(fake, warehouse, (CUSTOMER, TRANSACTION, ACCOUNTTYPE), full_tables=(CUSTOMER,))
    assert (reports["customer"].mode, reports["transaction"].mode) == ("full", "changed")
    assert_equal(fake, warehouse, CUSTOMER)
