"""A part of the key that the account does not have is dropped from the key; it does not take the table along."""

import pytest

from netsuite_pipeline.netsuite.errors import NetSuiteError
from netsuite_pipeline.sync.extract.column_fallback import resolve_columns
from netsuite_pipeline.sync.planning.read_plan import plan_read
from netsuite_pipeline.warehouse.errors import LoadRefused
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import (
    POSTING,
    TRANSACTION,
    a_company,
    asked_sql,
    assert_equal,
    stored,
    synced,
)
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite, Refusal

BOTH = (TRANSACTION, POSTING)
BOOK = ("transactionaccountingline", "accountingbook")


def _a_day_passes(fake: FakeNetSuite, warehouse: Warehouse) -> None:
    """It is asked again for what the account did not have."""
    fake.pass_time(25 * 3600)
    earlier = "absent_asked_at = absent_asked_at - INTERVAL 25 HOUR"
    asked_sql(warehouse, f"UPDATE _netsuite.table_state SET {earlier}")


def _without_book(fake: FakeNetSuite) -> list[tuple[object, ...]]:
    at = [column.name for column in POSTING.columns].index("accountingbook")
    return [(*row[:at], None, *row[at + 1 :]) for row in fake.rows(POSTING.name)]


def _change(fake: FakeNetSuite, amount: int) -> None:
    fake.change(POSTING.name, "transaction = 11", debit=amount)
    fake.change("transaction", "id = 11", lastmodifieddate=fake.now)


@pytest.mark.parametrize("how", ["named", "unnamed"])
@pytest.mark.few(1)
def test_the_table_is_read_by_what_is_left_of_its_key(warehouse: Warehouse, how: Refusal) -> None:
    fake = a_company(hidden_columns={BOOK: how})
    report = synced(fake, warehouse, BOTH)[POSTING.name]
    assert (report.status, report.mode) == ("done", "full")
    assert any("the key of its rows is transaction, transactionline" in note for note in report.notes)
    assert stored(warehouse, POSTING) == _without_book(fake)
    for amount in (7, 8):
        fake.pass_time(7200)
        _change(fake, amount)
        report = synced(fake, warehouse, BOTH)[POSTING.name]
        assert (report.status, report.mode) == ("done", "children")
        assert stored(warehouse, POSTING) == _without_book(fake)
    _a_day_passes(fake, warehouse)
    _change(fake, 9)
    report = synced(fake, warehouse, BOTH)[POSTING.name]
    assert report.mode == "children", "asked for again, refused again: no reason to read it whole"
    assert stored(warehouse, POSTING) == _without_book(fake)
    fake.pass_time(60)
    fake.asked.clear()
    synced(fake, warehouse, BOTH)
    assert not any("accountingbook" in sql for sql in fake.asked)


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.few(1)
@pytest.mark.long
def test_with_the_feature_the_whole_key_comes_back(warehouse: Warehouse, full: bool) -> None:
    fake = a_company(hidden_columns={BOOK: "named"})
    synced(fake, warehouse, BOTH)
    fake.hidden_columns = {}
    _a_day_passes(fake, warehouse)
    _change(fake, 7)
    report = synced(fake, warehouse, BOTH, full=full)[POSTING.name]
    assert (report.status, report.mode) == ("done", "full")
    assert_equal(fake, warehouse, *BOTH)
    fake.pass_time(60)
    assert synced(fake, warehouse, BOTH)[POSTING.name].mode == "children"
    assert_equal(fake, warehouse, *BOTH)


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.few(1)
@pytest.mark.long
def test_without_the_feature_the_table_goes_on_by_the_rest_of_its_key(
    warehouse: Warehouse, full: bool
) -> None:
    fake = a_company()
    synced(fake, warehouse, BOTH)
    fake.hidden_columns = {BOOK: "named"}
    for amount in (7, 8):
        fake.pass_time(7200)
        _change(fake, amount)
        report = synced(fake, warehouse, BOTH, full=full)[POSTING.name]
        assert report.status == "done"
        # Rows keep the book that they had.
        assert stored(warehouse, POSTING) == fake.rows(POSTING.name)


def test_the_shortened_key_must_still_be_unique(warehouse: Warehouse) -> None:
    fake = a_company()
    ((transaction, line),) = asked_of_first(fake)
    fake.insert(POSTING.name, {"transaction": transaction, "transactionline": line, "accountingbook": 2})
    fake.hidden_columns = {BOOK: "named"}
    report = synced(fake, warehouse, BOTH)[POSTING.name]
    assert isinstance(report.failure, LoadRefused)
    assert "duplicate key (transaction, transactionline)" in report.failure.message


def asked_of_first(fake: FakeNetSuite) -> list[tuple[object, object]]:
    names = [column.name for column in POSTING.columns]
    row = fake.rows(POSTING.name)[0]
    return [(row[names.index("transaction")], row[names.index("transactionline")])]


@pytest.mark.parametrize("how", ["named", "unnamed", "poison"])
@pytest.mark.parametrize("column", ["transaction", "accountingbook"])
def test_a_key_is_not_dropped_for_what_may_pass_nor_the_parents(how: Refusal, column: str) -> None:
    fake = a_company(hidden_columns={(POSTING.name, column): how})
    read = plan_read(POSTING, None, full=True, now=fake.now)
    if column == "accountingbook" and how != "poison":
        assert resolve_columns(read, lambda tried: fake.fetch_page(tried.sql())).read.table.key == (
            "transaction",
            "transactionline",
        )
    else:
        with pytest.raises(NetSuiteError):
            resolve_columns(read, lambda tried: fake.fetch_page(tried.sql()))


@pytest.mark.long
def test_the_warehouse_has_no_row_twice(warehouse: Warehouse) -> None:
    fake = a_company(hidden_columns={BOOK: "named"})
    synced(fake, warehouse, BOTH)
    fake.hidden_columns = {}
    synced(fake, warehouse, BOTH, full=True)
    ((rows, keys),) = asked_sql(
        warehouse,
        "SELECT count(*), count(DISTINCT (transaction, transactionline)) FROM "
        "netsuite.transactionaccountingline",
    )
    assert rows == keys == len(fake.rows(POSTING.name))
