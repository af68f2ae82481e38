"""Data that was replaced, and clocks that were wrong: the tables are read in full."""

from datetime import datetime, timedelta

import pytest

from netsuite_pipeline.netsuite.account import parse_account_id
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import (
    CUSTOMER,
    EARLY,
    TABLES,
    a_company,
    assert_equal,
    synced,
    whole_report,
)

pytestmark = pytest.mark.usefixtures("held_open")


@pytest.mark.long
def test_a_refreshed_sandbox_is_read_in_full_after_its_new_token(warehouse: Warehouse) -> None:
    fake = a_company(account=parse_account_id("1234567_SB1"), logs_deletions=True)
    synced(fake, warehouse)
    synced(fake, warehouse)
    fake.pass_time(24 * 3600)
    synced(fake, warehouse)
    # Production's rows came, changed long before the last sync.
    old = datetime(2026, 11, 10)
    fake.change("customer", "id = 1", companyname="As in production", lastmodifieddate=old)
    fake.change("transaction", "id = 11", memo="As in production", lastmodifieddate=old)
    fake.change("transactionline", "transaction = 11", memo="As in production")
    fake.token = "token 2"
    report = whole_report(fake, warehouse)
    assert any("may have been refreshed" in note for note in report.notes)
    assert {table.mode for table in report.tables} == {"full"}
    assert_equal(fake, warehouse, *TABLES)
    later = whole_report(fake, warehouse)
    assert later.notes == ()
    assert {table.mode for table in later.tables} == {"changed", "children", "full"}


@pytest.mark.long
def test_a_new_token_of_a_production_account_is_no_reason_to_read_in_full(warehouse: Warehouse) -> None:
    fake = a_company()
    synced(fake, warehouse)
    fake.token = "token 2"
    assert synced(fake, warehouse)["transaction"].mode == "changed"


@pytest.mark.long
def test_a_refreshed_sandbox_that_is_killed_is_read_in_full_by_the_next_sync(warehouse: Warehouse) -> None:
    fake = a_company(account=parse_account_id("1234567_SB1"))
    synced(fake, warehouse)
    fake.change("customer", "id = 1", companyname="As in production", lastmodifieddate=EARLY)
    fake.token = "token 2"
    fake.hidden_tables = {"customer"}
    synced(fake, warehouse)
    fake.hidden_tables = set()
    assert synced(fake, warehouse)["customer"].mode == "full"
    assert_equal(fake, warehouse, CUSTOMER)


@pytest.mark.parametrize("ahead", [timedelta(hours=3), timedelta(days=40), timedelta(days=400)])
@pytest.mark.few(1)
@pytest.mark.long
def test_a_clock_that_was_ahead_once_loses_no_change(warehouse: Warehouse, ahead: timedelta) -> None:
    fake = a_company(logs_deletions=True)
    synced(fake, warehouse)
    now = fake.now
    fake.now = now + ahead
    synced(fake, warehouse)
    fake.now = now + timedelta(hours=2)
    fake.change("customer", "id = 1", companyname="Changed", lastmodifieddate=now + timedelta(hours=1))
    report = whole_report(fake, warehouse)
    assert not report.failed
    assert_equal(fake, warehouse, *TABLES)
    fake.change("customer", "id = 2", companyname="Changed", lastmodifieddate=fake.now)
    synced(fake, warehouse)
    assert_equal(fake, warehouse, *TABLES)


@pytest.mark.parametrize("what", ["stamps", "ids"])
@pytest.mark.few(1)
@pytest.mark.long
def test_a_table_that_was_made_again_is_read_in_full(warehouse: Warehouse, what: str) -> None:
    fake = a_company(logs_deletions=True)
    fake.insert("customer", {"id": 90, "companyname": "Newest", "lastmodifieddate": fake.now})
    synced(fake, warehouse)
    fake.pass_time(24 * 3600)
    if what == "stamps":
        fake.change("customer", "true", companyname="Another", lastmodifieddate=EARLY)
    else:
        fake.change("customer", "id = 90", id=7)
        fake.change("customer", "id = 1", companyname="Another")
    report = synced(fake, warehouse, accept_shrink=[CUSTOMER])["customer"]
    assert (report.mode, report.status) == ("full", "done")
    assert any("behind what is stored" in note for note in report.notes)
    assert_equal(fake, warehouse, CUSTOMER)
