"""A sync and the files it writes: accounts apart, locks, publishing."""

import os
from datetime import timedelta

import pytest

from netsuite_pipeline.netsuite.account import parse_account_id
from netsuite_pipeline.sync.landing.folder import Landing
from netsuite_pipeline.warehouse.errors import WarehouseError, WarehouseLocked
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import (
    ACCOUNTTYPE,
    CUSTOMER,
    EARLY,
    a_company,
    a_sync,
    assert_equal,
    stored,
    synced,
)


def test_another_account_is_refused_and_nothing_is_touched(warehouse: Warehouse) -> None:
    synced(a_company(), warehouse, [CUSTOMER])
    before = warehouse.path.stat().st_mtime_ns
    other = a_company(account=parse_account_id("7654321_SB1"))
    with pytest.raises(WarehouseError, match="come from NetSuite account 1234567, not 7654321_SB1"):
        synced(other, warehouse, [CUSTOMER])
    assert other.asked == []
    assert warehouse.path.stat().st_mtime_ns == before


def test_two_connections_share_a_warehouse(warehouse: Warehouse) -> None:
    one, two = a_company(), a_company(account=parse_account_id("7654321_SB1"))
    two.insert("customer", {"id": 99})
    synced(one, warehouse, [CUSTOMER])
    for _ in a_sync(two, warehouse, [CUSTOMER], connection="sandbox"):
        pass
    assert stored(warehouse, CUSTOMER) == one.rows("customer")
    assert stored(warehouse, CUSTOMER, "sandbox") == two.rows("customer")


def test_a_second_sync_of_the_same_connection_names_the_first(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = Landing.locked
    monkeypatch.setattr(Landing, "locked", lambda landing, seconds: locked(landing, 0.1))
    fake = a_company()
    running = iter(a_sync(fake, warehouse, [CUSTOMER, ACCOUNTTYPE]))
    next(running)
    with pytest.raises(WarehouseLocked, match=f"process {os.getpid()}"):
        synced(fake, warehouse)
    assert [report.table for report in running] == ["accounttype"]


@pytest.mark.long
def test_an_unpublished_table_is_noted_and_published_by_the_next_sync(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = a_company()
    synced(fake, warehouse, [CUSTOMER])
    fake.change("customer", "id = 1", companyname="New", lastmodifieddate=fake.now)

    def full(warehouse: Warehouse) -> None:
        raise WarehouseError("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(Warehouse, "publish", full)
        sync = a_sync(fake, warehouse, [CUSTOMER])
        reported = []
        with pytest.raises(WarehouseError, match="disk is full"):
            reported += list(sync)
    assert sync.report().tables[0].rows_written == 1
    assert stored(warehouse, CUSTOMER)[0][1] == "Company 1"
    fake.pass_time(60)
    reports = synced(fake, warehouse, [CUSTOMER])
    assert reports["customer"].rows_written == 0
    assert_equal(fake, warehouse, CUSTOMER)


@pytest.mark.long
def test_a_sync_that_nobody_reads_to_its_end_lets_go_and_loses_nothing(warehouse: Warehouse) -> None:
    fake = a_company()
    running = iter(a_sync(fake, warehouse, [CUSTOMER, ACCOUNTTYPE]))
    next(running)
    running.close()  # type: ignore[attr-defined]
    assert not warehouse.path.exists()
    synced(fake, warehouse, [CUSTOMER, ACCOUNTTYPE])
    assert_equal(fake, warehouse, CUSTOMER, ACCOUNTTYPE)


def test_pages_that_an_earlier_sync_left_behind_are_not_loaded(warehouse: Warehouse) -> None:
    left = warehouse.landing_path("netsuite") / "accounttype"
    left.mkdir(parents=True)
    (left / "000000-000.json").write_text('{"items":[{"id":"Ghost"}]}')
    (left / "000007.json").write_text('{"items":[{"id":"Ghost"}]}')
    fake = a_company()
    synced(fake, warehouse, [ACCOUNTTYPE])
    assert_equal(fake, warehouse, ACCOUNTTYPE)


def test_a_working_file_that_another_process_keeps_fails_the_sync_by_name(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held(warehouse: Warehouse) -> None:
        raise WarehouseLocked("Process 7 (python) has had it open.")

    fake = a_company()
    synced(fake, warehouse, [CUSTOMER])
    monkeypatch.setattr(Warehouse, "working", held)
    with pytest.raises(WarehouseLocked, match="Process 7"):
        synced(fake, warehouse, [CUSTOMER])


def test_early_stamps_are_read_once(warehouse: Warehouse) -> None:
    """Behind the overlap nothing is read again."""
    fake = a_company()
    assert fake.now - timedelta(hours=1) > EARLY
    synced(fake, warehouse, [CUSTOMER])
    assert synced(fake, warehouse, [CUSTOMER])["customer"].rows_read == 0
