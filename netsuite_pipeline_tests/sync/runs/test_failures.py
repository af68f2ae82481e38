"""What fails fails alone, says why, and is caught up with later."""

from collections.abc import Callable

import pytest

from netsuite_pipeline.netsuite.errors import NetSuiteError, SignInError, Unavailable
from netsuite_pipeline.netsuite.settings import ClientSettings
from netsuite_pipeline.warehouse.errors import LoadRefused
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
    stored,
    synced,
    whole_report,
)

pytestmark = pytest.mark.usefixtures("held_open")

BOTH = (TRANSACTION, LINE)


def _fail(table: str, error: NetSuiteError) -> Callable[[str], None]:
    def fail(sql: str) -> None:
        if f"FROM {table} " in sql:
            raise error

    return fail


def test_a_table_that_fails_leaves_the_others_committed_and_its_children_untouched(
    warehouse: Warehouse,
) -> None:
    fake = a_company()
    synced(fake, warehouse)
    lines = stored(warehouse, LINE)
    fake.change("transactionline", "transaction = 11", memo="New")
    fake.change("transaction", "id = 11", lastmodifieddate=fake.now)
    fake.change("customer", "id = 1", companyname="New", lastmodifieddate=fake.now)
    fake.before_page = _fail("transaction", Unavailable("Down.", remedy="Wait."))
    report = whole_report(fake, warehouse)
    done = {table.table: table for table in report.tables}
    assert {name for name, table in done.items() if table.status == "done"} == {"customer", "accounttype"}
    assert {table.table for table in report.failed} == {
        "transaction",
        "transactionline",
        "transactionaccountingline",
    }
    assert "transaction failed" in (done["transactionline"].error or "")
    assert "Wait." in (done["transactionline"].error or "")
    assert stored(warehouse, LINE) == lines
    assert_equal(fake, warehouse, CUSTOMER)
    logged = asked_sql(
        warehouse,
        f"SELECT table_name, status, error IS NULL FROM _netsuite.sync_log WHERE sync_id = '{report.sync_id}' "
        "ORDER BY ALL",
    )
    assert logged == [
        ("accounttype", "done", True),
        ("customer", "done", True),
        ("transaction", "failed", False),
        ("transactionaccountingline", "failed", False),
        ("transactionline", "failed", False),
    ]
    fake.before_page = lambda sql: None
    synced(fake, warehouse)
    assert_equal(fake, warehouse, *TABLES)


@pytest.mark.long
def test_children_whose_read_failed_are_caught_up_with_later(warehouse: Warehouse) -> None:
    fake = a_company()
    synced(fake, warehouse, BOTH)
    fake.change("transactionline", "transaction = 11", memo="New")
    fake.change("transaction", "id = 11", memo="New", lastmodifieddate=fake.now)
    fake.before_page = _fail("transactionline", Unavailable("Down."))
    assert synced(fake, warehouse, BOTH)["transactionline"].status == "failed"
    fake.before_page = lambda sql: None
    fake.pass_time(3 * 3600)
    synced(fake, warehouse, BOTH)
    assert_equal(fake, warehouse, *BOTH)


@pytest.mark.long
def test_doubled_keys_fail_their_table_alone_and_leave_it_as_it_was(warehouse: Warehouse) -> None:
    fake = a_company()
    synced(fake, warehouse, [CUSTOMER, ACCOUNTTYPE])
    before = stored(warehouse, ACCOUNTTYPE)
    fake.insert("accounttype", {"id": "Bank", "longname": "Another"})
    fake.change("customer", "id = 1", companyname="New", lastmodifieddate=fake.now)
    reports = synced(fake, warehouse, [CUSTOMER, ACCOUNTTYPE])
    assert isinstance(reports["accounttype"].failure, LoadRefused)
    assert reports["accounttype"].rows_read == 3
    assert stored(warehouse, ACCOUNTTYPE) == before
    assert_equal(fake, warehouse, CUSTOMER)


def test_values_that_do_not_fit_are_kept_and_noted(warehouse: Warehouse) -> None:
    fake = a_company()
    fake.insert("accounttype", {"id": "Odd", "left": "perhaps"})
    reports = synced(fake, warehouse, [ACCOUNTTYPE])
    assert reports["accounttype"].rejected_values == 1
    assert any("_netsuite.rejected_values" in note for note in reports["accounttype"].notes)
    kept = asked_sql(warehouse, "SELECT key, column_name, value FROM _netsuite.rejected_values")
    assert kept == [("Odd", "left", "perhaps")]


def test_a_sign_in_refused_in_mid_sync_ends_it_and_keeps_what_is_committed(warehouse: Warehouse) -> None:
    fake = a_company(settings=ClientSettings(concurrency=1))

    def revoke(sql: str) -> None:
        fake.refuses_sign_in = "FROM transaction " in sql

    fake.before_page = revoke
    tables = [CUSTOMER, TRANSACTION, LINE, ACCOUNTTYPE]
    reports = synced(fake, warehouse, tables)
    assert {name: report.status for name, report in reports.items()} == {
        "customer": "done",
        "transaction": "failed",
        "transactionline": "failed",
        "accounttype": "failed",
    }
    assert isinstance(reports["accounttype"].failure, SignInError)
    assert fake.asked_of("accounttype") == []
    assert_equal(fake, warehouse, CUSTOMER)


def test_a_sign_in_refused_at_the_start_reads_nothing(warehouse: Warehouse) -> None:
    fake = a_company(refuses_sign_in=True)
    with pytest.raises(SignInError):
        synced(fake, warehouse)
    assert fake.asked == []
    assert not warehouse.path.exists()
