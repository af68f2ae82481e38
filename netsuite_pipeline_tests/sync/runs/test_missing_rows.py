"""Rows that NetSuite no longer shows: evidence of their deletion, or they are kept, named, and healed later."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import (
    CUSTOMER,
    EARLY,
    LINE,
    POSTING,
    TABLES,
    a_company,
    asked_sql,
    assert_equal,
    columns_of,
    document,
    line,
    stored,
    synced,
)
from netsuite_pipeline_tests.sync.books import TRANSACTION as BARE_TRANSACTION
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite

pytestmark = pytest.mark.usefixtures("held_open")

TRANSACTION = replace(
    BARE_TRANSACTION, columns=(*BARE_TRANSACTION.columns, *columns_of("type:text subsidiary:integer"))
)
ITEM = replace(CUSTOMER, name="item", columns=columns_of("id:integer lastmodifieddate:datetime"))
PRICE = replace(
    CUSTOMER,
    name="pricing",
    cursor=None,
    columns=tuple(
        replace(column, references="item") if column.name == "item" else column
        for column in columns_of("id:integer item:integer location:integer unitprice:decimal")
    ),
    deletion_log=False,
    belongs_to=("item",),
)
BOOKS = (TRANSACTION, LINE, POSTING)
EVERY_WAY = pytest.mark.parametrize("full", [False, True])


def a_year(bills: int = 50, others: int = 350) -> FakeNetSuite:
    """Bills and invoices of two subsidiaries, a line each."""
    fake = FakeNetSuite((*BOOKS, CUSTOMER), logs_deletions=True)
    for number in range(1, bills + others + 1):
        kind = "VendBill" if number % 8 == 0 and number <= bills * 8 else "CustInvc"
        fake.insert("transaction", document(number, type=kind, subsidiary=1 + number % 2))
        fake.insert("transactionline", line(number, 0))
    return fake


@EVERY_WAY
@pytest.mark.few(1)
def test_a_lost_transaction_type_is_reported_at_once_and_removes_nothing(
    warehouse: Warehouse, full: bool
) -> None:
    fake = a_year()
    synced(fake, warehouse, BOOKS)
    before = stored(warehouse, TRANSACTION), stored(warehouse, LINE)
    fake.hide("transaction", "type = 'VendBill'")
    fake.hide("transactionline", "transaction NOT IN (SELECT id FROM transaction)")
    for _ in range(2):
        reports = synced(fake, warehouse, BOOKS, full=full)
        report = reports["transaction"]
        assert (report.status, report.missing, report.rows) == ("failed", 50, 400)
        assert report.failure is not None
        assert "no longer shows 50 of 400 rows: all 50 with type VendBill" in report.failure.message
        assert "lost the permission for this type of transaction" in report.failure.message
        assert "Permissions > Transactions" in report.failure.remedy
        assert "--accept-shrink transaction" in report.failure.remedy
        assert reports["transactionline"].status == "done", "one cause is reported once"
        assert (stored(warehouse, TRANSACTION), stored(warehouse, LINE)) == before
    marked = "SELECT table_name, missing_with, count(*) FROM _netsuite.missing_rows GROUP BY ALL ORDER BY 1"
    assert asked_sql(warehouse, marked) == [
        ("transaction", None, 50),
        ("transactionline", "transaction", 50),
    ]


@pytest.mark.long
def test_one_hidden_row_among_many_is_reported(warehouse: Warehouse) -> None:
    fake = a_year()
    synced(fake, warehouse, BOOKS)
    fake.hide("transaction", "id = 7")
    report = synced(fake, warehouse, BOOKS)["transaction"]
    assert (report.status, report.missing) == ("failed", 1)


@pytest.mark.long
def test_a_hidden_subsidiary_is_named(warehouse: Warehouse) -> None:
    fake = a_year()
    synced(fake, warehouse, BOOKS)
    fake.hide("transaction", "subsidiary = 2")
    failure = synced(fake, warehouse, BOOKS)["transaction"].failure
    assert failure is not None
    assert "all 200 with subsidiary 2" in failure.message
    assert "Subsidiary Restrictions" in failure.remedy


@EVERY_WAY
@pytest.mark.few(1)
@pytest.mark.long
def test_real_deletions_of_any_size_go_quietly(warehouse: Warehouse, full: bool) -> None:
    fake = a_year()
    synced(fake, warehouse, BOOKS)
    fake.delete("transaction", "id <= 300", with_lines=True)
    reports = synced(fake, warehouse, BOOKS, full=full)
    assert {report.status for report in reports.values()} == {"done"}
    assert reports["transaction"].missing == 0
    assert_equal(fake, warehouse, *BOOKS)


@EVERY_WAY
@pytest.mark.few(1)
@pytest.mark.long
def test_deletions_and_a_narrowed_role_at_the_same_time_are_distinguished(
    warehouse: Warehouse, full: bool
) -> None:
    fake = a_year()
    synced(fake, warehouse, BOOKS)
    fake.delete("transaction", "type = 'VendBill' AND id <= 80", with_lines=True)
    fake.hide("transaction", "type = 'VendBill'")
    report = synced(fake, warehouse, BOOKS, full=full)["transaction"]
    assert (report.rows_deleted, report.missing) == (10, 40)


@pytest.mark.long
def test_what_is_shown_again_is_healed_with_its_lines_though_its_stamp_is_old(warehouse: Warehouse) -> None:
    fake = a_year()
    synced(fake, warehouse, BOOKS)
    fake.hide("transaction", "type = 'VendBill'")
    fake.hide("transactionline", "transaction NOT IN (SELECT id FROM transaction)")
    synced(fake, warehouse, BOOKS)
    fake.change("transaction hidden", "id <= 80", memo="Changed while hidden", lastmodifieddate=fake.now)
    fake.change("transactionline hidden", "transaction <= 80", amount=Decimal(7))
    fake.pass_time(24 * 3600)
    synced(fake, warehouse, BOOKS)
    fake.show_again("transaction")
    fake.show_again("transactionline")
    fake.pass_time(24 * 3600)
    reports = synced(fake, warehouse, BOOKS)
    assert {report.status for report in reports.values()} == {"done"}
    assert_equal(fake, warehouse, *BOOKS)
    assert asked_sql(warehouse, "SELECT * FROM _netsuite.missing_rows") == []


@pytest.mark.long
def test_evidence_that_comes_later_removes_what_was_missing(warehouse: Warehouse) -> None:
    fake = a_year()
    synced(fake, warehouse, BOOKS)
    fake.logs_deletions = False
    fake.delete("transaction", "id <= 40", with_lines=True)
    assert synced(fake, warehouse, BOOKS)["transaction"].missing == 40
    fake.logs_deletions = True
    for number in range(1, 41):
        moment = fake.now.replace(microsecond=0)
        fake.insert(
            "deletedrecord",
            {"recordid": number, "recordtypeid": -30, "scriptid": "salesorder", "deleteddate": moment},
        )
    report = synced(fake, warehouse, BOOKS)["transaction"]
    assert (report.status, report.missing, report.rows_deleted) == ("done", 0, 40)
    assert_equal(fake, warehouse, *BOOKS)


@pytest.mark.long
def test_without_a_log_five_rows_and_one_percent_go(warehouse: Warehouse) -> None:
    fake = a_year(others=550)
    fake.logs_deletions = False
    synced(fake, warehouse, BOOKS)
    fake.delete("transaction", "id <= 5", with_lines=True)
    report = synced(fake, warehouse, BOOKS)["transaction"]
    assert (report.status, report.rows_deleted) == ("done", 5)
    assert any("removed without a log of deletions" in note for note in report.notes)
    fake.delete("transaction", "id <= 11", with_lines=True)
    report = synced(fake, warehouse, BOOKS)["transaction"]
    assert (report.rows_deleted, report.missing) == (0, 6)


@pytest.mark.long
def test_the_word_of_a_person_removes_what_is_missing_without_a_full_read(warehouse: Warehouse) -> None:
    fake = a_year()
    synced(fake, warehouse, BOOKS)
    fake.hide("transaction", "type = 'VendBill'")
    fake.hide("transactionline", "transaction NOT IN (SELECT id FROM transaction)")
    synced(fake, warehouse, BOOKS)
    reports = synced(fake, warehouse, BOOKS, accept_shrink=[TRANSACTION])
    assert reports["transaction"].mode == "changed"
    assert {report.status for report in reports.values()} == {"done"}
    assert_equal(fake, warehouse, *BOOKS)


# Lists whose deletions NetSuite does not log


def prices(items: int = 30) -> FakeNetSuite:
    """Ten prices an item, at two locations."""
    fake = FakeNetSuite((ITEM, PRICE), logs_deletions=True)
    fake.fill("item", f"SELECT range AS id, TIMESTAMP '{EARLY}' AS lastmodifieddate FROM range({items})")
    fake.fill(
        "pricing",
        f"SELECT range AS id, range // 10 AS item, range % 2 AS location, 1 AS unitprice FROM range({items * 10})",
    )
    return fake


LISTS: tuple[Table, ...] = (ITEM, PRICE)


def test_prices_of_items_that_are_there_may_go_and_the_report_says_why(warehouse: Warehouse) -> None:
    fake = prices()
    synced(fake, warehouse, LISTS)
    fake.delete("pricing", "id < 20")
    report = synced(fake, warehouse, LISTS)["pricing"]
    assert (report.status, report.rows_deleted) == ("done", 20)
    assert any("20 rows were removed" in note and "belong to" in note for note in report.notes)
    assert_equal(fake, warehouse, *LISTS)


@pytest.mark.parametrize("hidden", ["true", "id < 150", "location = 1"])
@pytest.mark.few(1)
@pytest.mark.long
def test_a_large_part_of_a_list_is_kept(warehouse: Warehouse, hidden: str) -> None:
    fake = prices()
    synced(fake, warehouse, LISTS)
    gone = len(fake.rows("pricing", hidden))
    fake.hide("pricing", hidden)
    report = synced(fake, warehouse, LISTS)["pricing"]
    assert (report.status, report.missing, report.rows) == ("failed", gone, 300)
    fake.show_again("pricing")
    assert synced(fake, warehouse, LISTS)["pricing"].status == "done"
    assert_equal(fake, warehouse, *LISTS)


@pytest.mark.long
def test_the_prices_of_items_that_were_deleted_go_with_them_however_many(warehouse: Warehouse) -> None:
    fake = prices()
    synced(fake, warehouse, LISTS)
    for number in range(20):
        fake.insert(
            "deletedrecord",
            {"recordid": number, "recordtypeid": -10, "scriptid": "inventoryitem", "deleteddate": fake.now},
        )
    fake.delete("item", "id < 20")
    fake.delete("pricing", "item < 20")
    reports = synced(fake, warehouse, LISTS)
    assert {name: (each.status, each.rows_deleted) for name, each in reports.items()} == {
        "item": ("done", 20),
        "pricing": ("done", 200),
    }
    assert_equal(fake, warehouse, *LISTS)


@pytest.mark.long
def test_missing_prices_are_reported_by_their_missing_items(warehouse: Warehouse) -> None:
    fake = prices()
    synced(fake, warehouse, LISTS)
    fake.hide("item", "id < 20")
    fake.hide("pricing", "item < 20")
    reports = synced(fake, warehouse, LISTS)
    assert (reports["item"].missing, reports["item"].status) == (20, "failed")
    assert (reports["pricing"].rows, reports["pricing"].status) == (300, "done")
    fake.show_again("item")
    fake.show_again("pricing")
    assert {each.status for each in synced(fake, warehouse, LISTS).values()} == {"done"}
    assert_equal(fake, warehouse, *LISTS)


@pytest.mark.long
def test_for_very_many_missing_rows_the_log_is_queried_by_date(warehouse: Warehouse, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("netsuite_pipeline.sync.deletions.deletion_evidence._MAX_QUERIED_BY_ID", 20)
    # The fake's clock is behind this machine's, by which the last full read is known.
    monkeypatch.setattr(
        "netsuite_pipeline.sync.deletions.deletion_evidence._DELETION_MARGIN", timedelta(days=3650)
    )
    fake = a_year()
    synced(fake, warehouse, BOOKS)
    fake.delete("transaction", "type = 'VendBill' AND id <= 80", with_lines=True)
    fake.hide("transaction", "type = 'VendBill'")
    report = synced(fake, warehouse, BOOKS, full=True)["transaction"]
    assert (report.rows_deleted, report.missing) == (10, 40)


@pytest.mark.long
def test_a_list_that_is_made_anew_under_other_keys_is_no_loss(warehouse: Warehouse) -> None:
    fake = prices()
    synced(fake, warehouse, LISTS)
    fake.change("pricing", "true", id=0)
    fake.delete("pricing", "true")
    fake.fill(
        "pricing", "SELECT 1000 + range AS id, range // 10 AS item, range % 2 AS location FROM range(300)"
    )
    report = synced(fake, warehouse, LISTS)["pricing"]
    assert (report.status, report.rows_deleted) == ("done", 300)
    assert_equal(fake, warehouse, *LISTS)


@pytest.mark.long
def test_a_count_that_stays_different_stays_noted_and_is_not_swept_for_each_time(
    warehouse: Warehouse,
) -> None:
    fake = a_company(logs_deletions=True)
    synced(fake, warehouse, [CUSTOMER])
    fetch_page_before = fake.fetch_page

    def one_more(sql: str, **how: object):  # type: ignore[no-untyped-def]
        page = fetch_page_before(sql, **how)  # type: ignore[arg-type]
        if "COUNT(" not in sql or not page.rows:
            return page
        return replace(
            page, rows=[{**row, "counted": str(int(row["counted"] or 0) + 1)} for row in page.rows]
        )

    fake.fetch_page = one_more  # type: ignore[method-assign]
    swept = []
    for _ in range(3):
        fake.asked.clear()
        report = synced(fake, warehouse, [CUSTOMER])["customer"]
        assert report.status == "failed"
        assert "3 rows are stored, 1 fewer than NetSuite counts" in str(report.failure)
        swept.append(sum(sql.startswith("SELECT id FROM customer") for sql in fake.asked))
    assert swept == [1, 0, 0]
    fake.fetch_page = fetch_page_before  # type: ignore[method-assign]
    assert synced(fake, warehouse, [CUSTOMER])["customer"].status == "done"


@pytest.mark.long
def test_a_line_that_vanished_below_an_unchanged_transaction_is_found_by_a_sweep(
    warehouse: Warehouse,
) -> None:
    fake = a_company(logs_deletions=True)
    synced(fake, warehouse)
    fake.delete("transactionline", "transaction = 11 AND id = 1")
    fake.insert("transactionline", line(20, 5))
    fake.change("transactionline", "transaction = 20 AND id = 0", memo="Comes along")
    reports = synced(fake, warehouse, sweep_after=timedelta(0))
    assert_equal(fake, warehouse, *TABLES)
    assert reports["transactionline"].rows_deleted == 1
