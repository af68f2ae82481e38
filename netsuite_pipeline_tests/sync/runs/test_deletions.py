"""What is deleted in NetSuite goes here too, with its lines; what only looks deleted stays."""

from dataclasses import replace
from datetime import timedelta

import pytest

from netsuite_pipeline.netsuite.errors import Unavailable
from netsuite_pipeline.sync.deletions.deleted_records import Deletion, may_be_row_of
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import (
    CUSTOMER,
    EARLY,
    LINE,
    POSTING,
    TABLES,
    TRANSACTION,
    a_company,
    assert_equal,
    on_both_kinds,
    stored,
    synced,
    whole_report,
)

pytestmark = [pytest.mark.usefixtures("held_open"), on_both_kinds]

BOOKS = (TRANSACTION, LINE, POSTING)


def test_a_deleted_transaction_takes_its_lines_along(warehouse: Warehouse) -> None:
    fake = a_company(logs_deletions=True)
    synced(fake, warehouse)
    fake.delete("transaction", "id = 11", with_lines=True)
    fake.delete("customer", "id = 5")
    reports = synced(fake, warehouse)
    assert_equal(fake, warehouse, *TABLES)
    assert (reports["transaction"].rows_deleted, reports["transaction"].rows) == (1, 3)
    assert (reports["customer"].rows_deleted, reports["customer"].rows) == (1, 2)
    (note,) = [note for note in reports["transaction"].notes if "deleted in NetSuite" in note]
    assert "1 row was deleted" in note
    assert "2 rows of transactionline went along" in note
    again = synced(fake, warehouse)
    assert again["transaction"].rows_deleted == 0
    assert_equal(fake, warehouse, *TABLES)


@pytest.mark.long
def test_what_is_deleted_is_asked_once_for_all_tables_and_not_at_all_where_all_is_read(
    warehouse: Warehouse,
) -> None:
    fake = a_company(logs_deletions=True)
    synced(fake, warehouse)
    fake.asked.clear()  # the last look at what was deleted meanwhile
    synced(fake, warehouse)
    assert len(fake.asked_of("deletedrecord")) == 1
    synced(fake, warehouse, full=True)
    assert len(fake.asked_of("deletedrecord")) == 1
    synced(fake, warehouse, [TABLES[-1]])
    assert len(fake.asked_of("deletedrecord")) == 1, "no table whose changes alone are read"


def test_a_transaction_deleted_between_its_lines_and_its_header_leaves_nothing_of_itself(
    warehouse: Warehouse,
) -> None:
    fake = a_company(logs_deletions=True)
    pages: list[str] = []

    def delete_between(sql: str) -> None:
        if "memo" in sql:  # a page of headers or of lines
            pages.append(sql)
            if len(pages) == 2:
                fake.delete("transaction", "id = 11", with_lines=True)

    fake.before_page = delete_between
    report = whole_report(fake, warehouse, (TRANSACTION, LINE))
    assert len(pages) == 2
    assert_equal(fake, warehouse, TRANSACTION, LINE)
    (note,) = report.notes
    assert "deleted in NetSuite while this sync read" in note


@pytest.mark.long
def test_the_number_of_another_kind_of_record_is_not_mistaken(warehouse: Warehouse) -> None:
    """Ids of different kinds of records can be the same number."""
    fake = a_company(logs_deletions=True)
    for number in (10, 11, 20):
        fake.insert("customer", {"id": number, "lastmodifieddate": EARLY})
    synced(fake, warehouse)
    fake.delete("customer", "id IN (10, 11, 20)")
    fake.asked.clear()
    synced(fake, warehouse)
    assert_equal(fake, warehouse, *TABLES)
    assert [sql for sql in fake.asked_of("transaction") if " IN (" in sql] == []


@pytest.mark.long
def test_a_record_that_netsuite_still_shows_stays_whatever_the_deletion_log_says(
    warehouse: Warehouse,
) -> None:
    fake = a_company(logs_deletions=True)
    synced(fake, warehouse, BOOKS)
    fake.insert(
        "deletedrecord",
        {"recordid": 11, "recordtypeid": -30, "scriptid": "salesorder", "deleteddate": fake.now},
    )
    reports = synced(fake, warehouse, BOOKS)
    assert reports["transaction"].rows_deleted == 0
    assert_equal(fake, warehouse, *BOOKS)


@pytest.mark.long
def test_more_deletions_than_a_statement_takes(warehouse: Warehouse) -> None:
    fake = a_company(logs_deletions=True)
    fake.fill(
        "customer",
        f"SELECT 100 + range AS id, TIMESTAMP '{EARLY}' AS lastmodifieddate FROM range(1300)",
    )
    synced(fake, warehouse, [CUSTOMER])
    fake.delete("customer", "id >= 150")
    report = synced(fake, warehouse, [CUSTOMER])["customer"]
    assert report.rows_deleted == 1250
    assert report.requests == 1 + 3
    assert_equal(fake, warehouse, CUSTOMER)


@pytest.mark.long
def test_a_role_that_may_not_see_deletions_is_noted_once(warehouse: Warehouse) -> None:
    fake = a_company()
    synced(fake, warehouse)
    fake.delete("customer", "id = 5")
    first = whole_report(fake, warehouse)
    (missing,) = first.failed
    assert "Deleted Records lists none of them" in str(missing.failure)
    (note,) = first.notes
    assert "the role lacks Setup > Deleted Records (Full)" in note
    assert "more are kept and marked as missing" in note
    assert whole_report(fake, warehouse).notes == ()
    assert len(stored(warehouse, CUSTOMER)) == 3, "a row is removed only with evidence"


@pytest.mark.long
def test_deletions_that_were_refused_are_caught_up_with_and_a_new_refusal_is_noted_again(
    warehouse: Warehouse,
) -> None:
    fake = a_company(logs_deletions=True)
    synced(fake, warehouse)
    fake.hidden_tables = {"deletedrecord"}
    fake.delete("customer", "id = 5")
    assert len(whole_report(fake, warehouse).notes) == 1
    for _ in range(2):
        fake.pass_time(3 * 3600)
        assert whole_report(fake, warehouse).notes == ()
    fake.hidden_tables = set()
    assert whole_report(fake, warehouse).notes == ()
    assert_equal(fake, warehouse, *TABLES)
    fake.hidden_tables = {"deletedrecord"}
    assert len(whole_report(fake, warehouse).notes) == 1


@pytest.mark.long
def test_an_outage_at_the_deletions_fails_no_table(warehouse: Warehouse) -> None:
    fake = a_company(logs_deletions=True)
    synced(fake, warehouse)
    fake.delete("transaction", "id = 11", with_lines=True)

    def down(sql: str) -> None:
        if "deletedrecord" in sql:
            raise Unavailable("Down.")

    fake.before_page = down
    report = whole_report(fake, warehouse)
    (differing,) = report.failed
    assert differing.table == "transaction"
    assert "Down." in report.notes[0]
    fake.before_page = lambda sql: None
    synced(fake, warehouse)
    assert_equal(fake, warehouse, *TABLES)


@pytest.mark.long
def test_a_table_whose_deleted_records_are_unknown_fails_and_is_caught_up_with(
    warehouse: Warehouse,
) -> None:
    fake = a_company(logs_deletions=True)
    synced(fake, warehouse, BOOKS)
    fake.delete("transaction", "id = 11", with_lines=True)

    def down(sql: str) -> None:
        if " IN (" in sql:
            raise Unavailable("Down.")

    fake.before_page = down
    reports = synced(fake, warehouse, BOOKS)
    assert reports["transaction"].status == "failed"
    fake.before_page = lambda sql: None
    synced(fake, warehouse, BOOKS)
    assert_equal(fake, warehouse, *BOOKS)


@pytest.mark.long
def test_deletions_while_nothing_was_synced_for_long_are_found(warehouse: Warehouse) -> None:
    fake = a_company(logs_deletions=True)
    synced(fake, warehouse, BOOKS)
    fake.pass_time(40 * 3600)
    fake.delete("transaction", "id = 20", with_lines=True)
    fake.pass_time(40 * 3600)
    synced(fake, warehouse, BOOKS)
    assert_equal(fake, warehouse, *BOOKS)


@pytest.mark.long
def test_a_table_that_was_not_in_every_sync_catches_up_with_its_deletions(warehouse: Warehouse) -> None:
    fake = a_company(logs_deletions=True)
    synced(fake, warehouse)
    fake.delete("customer", "id = 5")
    for _ in range(2):
        fake.pass_time(5 * 3600)
        synced(fake, warehouse, [TRANSACTION])
    assert len(stored(warehouse, CUSTOMER)) == 3
    synced(fake, warehouse, [CUSTOMER])
    assert_equal(fake, warehouse, CUSTOMER)


@pytest.mark.long
def test_where_utc_is_refused_deletions_are_asked_in_session_time(warehouse: Warehouse) -> None:
    fake = a_company(logs_deletions=True, refuses_utc="unnamed", utc_offset=timedelta(hours=-8))
    synced(fake, warehouse, BOOKS)
    fake.pass_time(30 * 3600)
    fake.delete("transaction", "id = 20", with_lines=True)
    synced(fake, warehouse, BOOKS)
    assert_equal(fake, warehouse, *BOOKS)


@pytest.mark.parametrize(
    ("table", "deletion", "expected"),
    [
        ("customer", Deletion("-2", "1", "customer"), True),
        ("customer", Deletion("-2", "1", "LEAD"), True),
        ("customer", Deletion("-3", "1", "vendor"), False),
        ("entity", Deletion("-3", "1", "vendor"), True),
        ("transaction", Deletion("-30", "1", "whatever"), True),
        ("transaction", Deletion("7", "1", "salesorder"), True),
        ("transaction", Deletion("7", "1", "customer"), False),
        ("item", Deletion("-10", "1", "inventoryItem"), True),
        ("item", Deletion("-10", "1", "itemgroup"), True),
        ("customrecord_machine", Deletion("31", "1", "customrecord_machine"), True),
        ("customrecord_machine", Deletion("32", "1", "customrecord_other"), False),
        ("item", Deletion("31", "1", "customrecord_item"), False),
        ("department", Deletion("-102", "1", "department"), True),
    ],
)
def test_which_deletions_concern_a_table(table: str, deletion: Deletion, expected: bool) -> None:
    assert may_be_row_of(table, deletion, {"salesorder"}) == expected


def test_a_composite_key_is_never_asked_for_among_deletions(warehouse: Warehouse) -> None:
    odd = replace(CUSTOMER, key=("id", "companyname"))
    fake = a_company(logs_deletions=True)
    synced(fake, warehouse, [odd])
    synced(fake, warehouse, [odd])
    assert fake.asked_of("deletedrecord") == []
