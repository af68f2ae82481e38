"""Where NetSuite refuses to filter by a cursor, its column stays true: the table is read in full each time."""

import pytest

from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import CUSTOMER, LINE, TRANSACTION, a_company, assert_equal, synced
from netsuite_pipeline_tests.sync.fake_netsuite import Refusal

HOWS: list[Refusal] = ["named", "unnamed", "poison"]


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.few(1)
def test_the_column_follows_every_change(warehouse: Warehouse, how: Refusal) -> None:
    fake = a_company(unfiltered={("customer", "lastmodifieddate"): how})
    synced(fake, warehouse, [CUSTOMER])
    for name in ("New", "CutoffCondition"):
        fake.pass_time(7200)
        fake.change("customer", "id = 1", companyname=name, lastmodifieddate=fake.now)
        report = synced(fake, warehouse, [CUSTOMER])["customer"]
        assert report.mode == "full"
        assert (
            "NetSuite refuses to filter by lastmodifieddate, so every sync reads all rows of this table"
            in report.notes
        )
        assert not any("columns" in note for note in report.notes)
        assert_equal(fake, warehouse, CUSTOMER)
    fake.unfiltered = {}
    fake.pass_time(7200)
    fake.change("customer", "id = 1", companyname="Newest", lastmodifieddate=fake.now)
    assert synced(fake, warehouse, [CUSTOMER])["customer"].mode == "changed"
    assert_equal(fake, warehouse, CUSTOMER)


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("tables", [(TRANSACTION, LINE), (LINE,)])
@pytest.mark.few(1)
@pytest.mark.long
def test_children_follow_though_nobody_can_say_which_parents_changed(
    warehouse: Warehouse, how: Refusal, tables: tuple[object, ...]
) -> None:
    fake = a_company()
    synced(fake, warehouse, [TRANSACTION, LINE])
    fake.unfiltered = {("transaction", "lastmodifieddate"): how}
    fake.pass_time(7200)
    fake.change("transactionline", "transaction = 11", memo="New")
    fake.change("transaction", "id = 11", memo="New", lastmodifieddate=fake.now)
    chosen = [table for table in (TRANSACTION, LINE) if table in tables]
    reports = synced(fake, warehouse, chosen)
    assert {report.status for report in reports.values()} == {"done"}
    assert_equal(fake, warehouse, *chosen)
