"""One cutoff a sync: tables agree with one another, and nothing that waits is lost."""

from dataclasses import replace
from datetime import timedelta

import pytest

from netsuite_pipeline.tables import Parent, Table
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import (
    ACCOUNTTYPE,
    LINE,
    POSTING,
    TRANSACTION,
    a_company,
    answered_first,
    assert_equal,
    document,
    line,
    on_both_kinds,
    stored,
    synced,
)
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite

pytestmark = [pytest.mark.usefixtures("held_open"), on_both_kinds]

BOTH = (TRANSACTION, LINE)


def _ids(warehouse: Warehouse, table: Table) -> list[object]:
    return [row[0] for row in stored(warehouse, table)]


# One cutoff


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.few(1)
def test_what_changes_after_the_cutoff_waits_with_its_lines_and_its_old_version_stays(
    warehouse: Warehouse, full: bool
) -> None:
    fake = a_company()
    synced(fake, warehouse, BOTH)
    before = [stored(warehouse, table) for table in BOTH]
    after_the_cutoff = fake.now + timedelta(seconds=5)
    fake.change("transaction", "id = 11", memo="Changed meanwhile", lastmodifieddate=after_the_cutoff)
    fake.delete("transactionline", "transaction = 11 AND id = 0")
    fake.change("transactionline", "transaction = 11", memo="Changed meanwhile")
    fake.insert("transaction", document(31, at=after_the_cutoff))
    fake.insert("transactionline", line(31, 0))
    reports = synced(fake, warehouse, BOTH, full=full)
    assert [stored(warehouse, table) for table in BOTH] == before
    assert "2 rows changed after this sync's cutoff; the next sync reads them" in reports["transaction"].notes
    synced(fake, warehouse, BOTH)
    assert_equal(fake, warehouse, *BOTH)


@pytest.mark.long
def test_a_child_that_lags_behind_keeps_the_lines_of_a_parent_that_waits(warehouse: Warehouse) -> None:
    fake = a_company()
    synced(fake, warehouse, BOTH)
    synced(fake, warehouse, [TRANSACTION])
    before = stored(warehouse, LINE)
    fake.change("transaction", "id = 11", memo="x", lastmodifieddate=fake.now + timedelta(seconds=5))
    fake.change("transactionline", "transaction = 11", memo="Changed meanwhile")
    synced(fake, warehouse, BOTH)
    assert stored(warehouse, LINE) == before
    synced(fake, warehouse, BOTH)
    assert_equal(fake, warehouse, *BOTH)


def test_a_transaction_that_comes_between_its_table_and_its_lines_leaves_no_line_alone(
    warehouse: Warehouse,
) -> None:
    fake = a_company()
    answered_first(fake, "transaction", then="transactionline")

    def meanwhile(sql: str) -> None:
        if "FROM transactionline " in sql and not fake.rows("transaction", "id = 31"):
            fake.insert("transaction", document(31, at=fake.now + timedelta(seconds=2)))
            fake.insert("transactionline", line(31, 0))

    fake.before_page = meanwhile
    synced(fake, warehouse, BOTH)
    assert {row[0] for row in stored(warehouse, LINE)} == {10, 11, 20, 30}
    synced(fake, warehouse, BOTH)
    assert_equal(fake, warehouse, *BOTH)


def test_a_late_commit_that_a_full_read_got_without_its_lines_gets_them_next_time(
    warehouse: Warehouse,
) -> None:
    """Its stamp is older than the moment it becomes visible, and by then its lines had been asked for."""
    fake = a_company()
    answered_first(fake, "transactionline", then="transaction")

    def meanwhile(sql: str) -> None:
        if "FROM transaction " in sql and not fake.rows("transaction", "id = 25"):
            fake.insert("transaction", document(25, at=fake.now - timedelta(minutes=10)))
            fake.insert("transactionline", line(25, 0))

    fake.before_page = meanwhile
    synced(fake, warehouse, [LINE, TRANSACTION])
    assert 25 in _ids(warehouse, TRANSACTION)
    assert 25 not in _ids(warehouse, LINE)
    synced(fake, warehouse, [LINE, TRANSACTION])
    assert_equal(fake, warehouse, *BOTH)


@pytest.mark.long
def test_a_late_commit_within_the_overlap_is_found(warehouse: Warehouse) -> None:
    fake = a_company()
    synced(fake, warehouse, BOTH)
    synced(fake, warehouse, BOTH)
    fake.insert("transaction", document(25, at=fake.now - timedelta(minutes=45)))
    fake.insert("transactionline", line(25, 0))
    synced(fake, warehouse, BOTH)
    assert_equal(fake, warehouse, *BOTH)


# Parents and children chosen apart


def test_a_child_alone_asks_for_the_parents_that_changed(warehouse: Warehouse) -> None:
    fake = a_company()
    synced(fake, warehouse, [LINE])
    assert_equal(fake, warehouse, LINE)
    fake.change("transactionline", "transaction = 11", memo="New")
    fake.change("transaction", "id = 11", lastmodifieddate=fake.now)
    reports = synced(fake, warehouse, [LINE])
    assert (reports["transactionline"].mode, reports["transactionline"].rows_read) == ("children", 2)
    assert reports["transactionline"].requests == 2
    assert_equal(fake, warehouse, LINE)


@pytest.mark.long
def test_a_parent_alone_does_not_take_its_childrens_changes_away(warehouse: Warehouse) -> None:
    fake = a_company()
    synced(fake, warehouse, BOTH)
    fake.change("transactionline", "transaction = 11", memo="New")
    fake.change("transaction", "id = 11", memo="New", lastmodifieddate=fake.now)
    synced(fake, warehouse, [TRANSACTION])
    fake.pass_time(3 * 3600)
    synced(fake, warehouse, [TRANSACTION])
    synced(fake, warehouse, BOTH)
    assert_equal(fake, warehouse, *BOTH)


@pytest.mark.long
def test_a_list_can_have_children(warehouse: Warehouse) -> None:
    item = replace(ACCOUNTTYPE, columns=tuple(ACCOUNTTYPE.columns))
    part = replace(
        POSTING, name="part", key=("debit",), columns=(replace(ACCOUNTTYPE.columns[0], name="debit"),)
    )
    part = replace(part, parent=Parent("accounttype", "debit"))
    fake = FakeNetSuite([item, part])
    fake.insert("accounttype", {"id": "Bank"})
    fake.insert("part", {"debit": "Bank"})
    for _ in range(2):
        reports = synced(fake, warehouse, [part, item])
        assert {report.status for report in reports.values()} == {"done"}
        assert_equal(fake, warehouse, item, part)
    fake.delete("part", "true")
    synced(fake, warehouse, [part, item])
    assert_equal(fake, warehouse, part)
