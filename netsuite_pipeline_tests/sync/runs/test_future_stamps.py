"""Rows whose time stamp lies in the future: they are stored, or wait until their hour has come."""

from datetime import datetime, timedelta

import pytest

from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import (
    TRANSACTION,
    asked_sql,
    assert_equal,
    document,
    line,
    stored,
    synced,
)
from netsuite_pipeline_tests.sync.runs.stamped_company import BOOKS, a_stamped_company

pytestmark = pytest.mark.usefixtures("held_open")

FUTURE = datetime(2031, 1, 1)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("is_new", [False, True])
@pytest.mark.few(1)
@pytest.mark.long
def test_a_row_stamped_in_the_future_comes_with_its_children_and_is_named(
    warehouse: Warehouse, full: bool, is_new: bool
) -> None:
    fake = a_stamped_company()
    synced(fake, warehouse, BOOKS)
    fake.pass_time(3600)
    if is_new:
        fake.insert("transaction", document(40, at=FUTURE))
        fake.insert("transactionline", line(40, 0, linelastmodifieddate=FUTURE))
    else:
        fake.change("transaction", "id = 11", memo="Ahead", lastmodifieddate=FUTURE)
        fake.change("transactionline", "transaction = 11", memo="Ahead", linelastmodifieddate=FUTURE)
        fake.delete("transactionline", "transaction = 11 AND id = 0")
    reports = synced(fake, warehouse, BOOKS, full=full)
    assert_equal(fake, warehouse, *BOOKS)
    expected = (
        "1 row of transaction has a lastmodifieddate in the future (up to 2031-01-01 00:00 UTC). The sync "
    )
    assert any(note.startswith(expected) for note in reports["transaction"].notes)
    assert any("a linelastmodifieddate in the future" in note for note in reports["transactionline"].notes)
    assert reports["transaction"].matches is not False
    # It is still seen, and what is edited while the stamp stays in the future comes too.
    fake.pass_time(86400)
    fake.change("transaction", "id = 40" if is_new else "id = 11", memo="Edited")
    fake.change("transactionline", "transaction IN (40, 11)", memo="Edited", linelastmodifieddate=FUTURE)
    reports = synced(fake, warehouse, BOOKS)
    assert_equal(fake, warehouse, *BOOKS)
    watermarks = asked_sql(warehouse, "SELECT DISTINCT watermark FROM _netsuite.table_state")
    assert watermarks == [(fake.now - timedelta(seconds=60),)], "a stamp never becomes a watermark"


def test_a_first_sync_takes_rows_stamped_in_the_future(warehouse: Warehouse) -> None:
    fake = a_stamped_company()
    fake.change("transaction", "id > 15", lastmodifieddate=FUTURE)
    reports = synced(fake, warehouse, BOOKS)
    assert_equal(fake, warehouse, *BOOKS)
    assert any(note.startswith("6 rows of transaction have") for note in reports["transaction"].notes)


@pytest.mark.long
def test_a_row_stamped_an_hour_ahead_waits_until_its_hour_has_come(warehouse: Warehouse) -> None:
    fake = a_stamped_company()
    synced(fake, warehouse, BOOKS)
    fake.change("transaction", "id = 11", memo="Ahead", lastmodifieddate=fake.now + timedelta(hours=1))
    before = stored(warehouse, TRANSACTION)
    synced(fake, warehouse, BOOKS)
    assert stored(warehouse, TRANSACTION) == before
    fake.pass_time(3600)
    synced(fake, warehouse, BOOKS)
    assert_equal(fake, warehouse, *BOOKS)
