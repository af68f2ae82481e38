"""What a role does not see: never there, lost, refused; old values stay and the report names them."""

from datetime import timedelta
from decimal import Decimal

import pytest

from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import (
    ACCOUNTTYPE,
    CUSTOMER,
    LINE,
    TABLES,
    TRANSACTION,
    a_company,
    asked_sql,
    assert_equal,
    document,
    stored,
    synced,
    whole_report,
)
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite, Refusal

pytestmark = pytest.mark.usefixtures("held_open")

BOTH = (TRANSACTION, LINE)


def test_a_table_that_was_never_there_is_absent_and_one_that_was_is_lost(warehouse: Warehouse) -> None:
    fake = a_company(hidden_tables={"accounttype"})
    reports = synced(fake, warehouse, [CUSTOMER, ACCOUNTTYPE])
    absent = reports["accounttype"]
    assert (absent.status, absent.error) == ("absent", None)
    assert "Lists > Accounts" in absent.notes[0]
    assert "ACCOUNTING" in absent.notes[0]
    fake.hidden_tables = set()
    synced(fake, warehouse, [CUSTOMER, ACCOUNTTYPE])
    fake.hidden_tables = {"accounttype", "customer"}
    reports = synced(fake, warehouse, [CUSTOMER, ACCOUNTTYPE])
    lost = reports["customer"]
    assert lost.status == "failed"
    assert "The role lost Lists > Customers (LIST_CUSTJOB)" in (lost.error or "")
    assert "Permissions > Lists: add Customers (View)" in (lost.error or "")
    assert_equal(fake, warehouse, CUSTOMER, ACCOUNTTYPE)


def test_a_role_that_sees_no_table_at_all_is_reported(warehouse: Warehouse) -> None:
    fake = a_company(hidden_tables={"customer", "accounttype"})
    report = whole_report(fake, warehouse, [CUSTOMER, ACCOUNTTYPE])
    assert report.failed == ()
    assert report.no_visible_table is not None


def rows_asked(fake: FakeNetSuite) -> list[str]:
    """The statements that ask for rows of transactions, without those for NetSuite's figures."""
    return [sql for sql in fake.asked_of("transaction") if "COUNT(" not in sql]


@pytest.mark.parametrize("how", ["named", "poison"])
@pytest.mark.few(1)
def test_a_column_that_is_lost_keeps_its_old_values_and_is_noted(warehouse: Warehouse, how: Refusal) -> None:
    fake = a_company()
    synced(fake, warehouse, [TRANSACTION])
    before = {row[0]: row for row in stored(warehouse, TRANSACTION)}
    fake.hidden_columns = {("transaction", "memo"): how}
    fake.change("transaction", "id = 11", memo="Unseen", total=Decimal(99), lastmodifieddate=fake.now)
    fake.insert("transaction", document(31, at=fake.now))
    reports = synced(fake, warehouse, [TRANSACTION])
    after = {row[0]: row for row in stored(warehouse, TRANSACTION)}
    assert [note for note in reports["transaction"].notes if "columns lost" in note and "memo" in note]
    assert after[11][6:8] == ("Document 11", Decimal(99))
    assert after[31][6] is None
    assert after[10] == before[10]
    fake.asked.clear()
    fake.hidden_columns = {}
    synced(fake, warehouse, [TRANSACTION])
    (asked,) = rows_asked(fake)
    # What is absent is not asked for at every sync; what NetSuite failed over is, for that may pass.
    assert ("memo" in asked) is (how == "poison")


def test_a_column_that_comes_back_is_noted_and_a_full_read_brings_its_values(warehouse: Warehouse) -> None:
    fake = a_company(hidden_columns={("transaction", "memo"): "named"})
    reports = synced(fake, warehouse, [TRANSACTION])
    assert [note for note in reports["transaction"].notes if "does not have: memo (unknown)" in note]
    fake.hidden_columns = {}
    reports = synced(fake, warehouse, [TRANSACTION], full=True)
    assert [note for note in reports["transaction"].notes if "available again: memo" in note]
    assert_equal(fake, warehouse, TRANSACTION)


def test_a_day_without_changed_parents_teaches_nothing_of_a_childs_columns(warehouse: Warehouse) -> None:
    """The columns are due to be asked for again, but no request is made that could show them."""
    fake = a_company(hidden_columns={("transactionline", "memo"): "named"})
    synced(fake, warehouse, BOTH)
    synced(fake, warehouse, BOTH)
    asked_sql(
        warehouse, "UPDATE _netsuite.table_state SET absent_asked_at = absent_asked_at - INTERVAL 2 DAY"
    )
    reports = synced(fake, warehouse, BOTH)
    assert reports["transactionline"].notes == ()
    state = asked_sql(
        warehouse,
        "SELECT columns, absent_columns FROM _netsuite.table_state WHERE table_name = 'transactionline'",
    )
    assert state == [(["transaction", "id", "item", "amount", "item_label"], ["memo"])]
    fake.change("transaction", "id = 11", lastmodifieddate=fake.now)
    reports = synced(fake, warehouse, BOTH)
    assert [note for note in reports["transactionline"].notes if "does not have: memo" in note]


@pytest.mark.parametrize("how", ["named", "unnamed"])
@pytest.mark.few(1)
def test_labels_that_are_refused_are_left_empty_and_asked_for_once(
    warehouse: Warehouse, how: Refusal
) -> None:
    fake = a_company(refuses_labels=how)
    synced(fake, warehouse, [TRANSACTION])
    assert {row[3] for row in stored(warehouse, TRANSACTION)} == {None}
    fake.asked.clear()
    synced(fake, warehouse, [TRANSACTION])
    assert len(rows_asked(fake)) == 1


@pytest.mark.parametrize("how", ["named", "unnamed", "poison"])
@pytest.mark.few(1)
@pytest.mark.long
def test_without_utc_times_are_turned_by_the_sessions_offset(warehouse: Warehouse, how: Refusal) -> None:
    fake = a_company(refuses_utc=how, utc_offset=timedelta(hours=-8))
    reports = synced(fake, warehouse)
    assert any("-8.00 h" in note for note in reports["transaction"].notes)
    assert_equal(fake, warehouse, *TABLES)
    fake.change("transaction", "id = 11", memo="New", lastmodifieddate=fake.now)
    fake.change("transactionline", "transaction = 11", memo="New")
    fake.change("customer", "id = 1", companyname="Later", lastmodifieddate=fake.now + timedelta(seconds=5))
    synced(fake, warehouse)
    assert_equal(fake, warehouse, *BOTH)
    assert stored(warehouse, CUSTOMER)[0][1] == "Company 1"
    synced(fake, warehouse)
    assert_equal(fake, warehouse, *TABLES)


def test_without_its_cursor_a_table_and_its_children_are_read_in_full(warehouse: Warehouse) -> None:
    fake = a_company()
    synced(fake, warehouse, BOTH)
    fake.hidden_columns = {("transaction", "lastmodifieddate"): "named"}
    fake.change("transaction", "id = 11", memo="New")
    fake.delete("transactionline", "transaction = 11 AND id = 0")
    reports = synced(fake, warehouse, BOTH)
    assert {report.mode for report in reports.values()} == {"full"}
    assert reports["transaction"].watermark is None
    assert stored(warehouse, LINE) == fake.rows("transactionline")
    assert stored(warehouse, TRANSACTION)[1][6] == "New"
