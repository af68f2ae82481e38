"""Tables for which NetSuite documents no key: rows that share one, or lack a part of it, are all kept, and once."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from netsuite_pipeline.netsuite.errors import QueryError
from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.sync.deletions.deleted_records import Deletion, deletions
from netsuite_pipeline.sync.planning.keys import complete_groups, key_of
from netsuite_pipeline.sync.planning.read_plan import KeyRange, ReadPlan
from netsuite_pipeline.tables import Table, standard_tables
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import (
    CUSTOMER,
    EARLY,
    TABLES,
    TRANSACTION,
    a_company,
    a_warehouse,
    asked_sql,
    interrupted,
    stored,
    synced,
)
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite, Value

LINKS = standard_tables()["nexttransactionlinelink"]
DELETED = standard_tables()["deletedrecord"]
STATUSES = standard_tables()["transactionstatus"]
PRICES = standard_tables()["pricing"]


def some_links(chance: Random, most: int) -> list[dict[str, Value]]:
    """Links of few different keys, parts of them missing."""
    ids, words = [None, -1, 1, 2], [None, "-", "OrdBill", "Payment"]
    return [
        {
            "previousdoc": chance.choice(ids),
            "previousline": chance.choice([None, 1]),
            "nextdoc": chance.choice(ids),
            "nextline": 1,
            "linktype": chance.choice(words),
            "foreignamount": chance.choice([None, Decimal("0.10"), Decimal(50)]),
        }
        for _ in range(chance.randrange(most))
    ]


def contents(rows: list[tuple[Value, ...]]) -> Counter[str]:
    """The rows, however they are ordered, with how often each is there."""
    return Counter(map(repr, rows))


def assert_same(fake: FakeNetSuite, warehouse: Warehouse, table: Table) -> None:
    assert contents(stored(warehouse, table)) == contents(fake.rows(table.name))


def test_which_tables_of_the_catalogue_have_no_key_that_is_documented() -> None:
    assert {table.name for table in standard_tables().values() if not table.unique} == {
        "nexttransactionlinelink",
        "transactionstatus",
        "accountsubsidiarymap",
        "accountingperiodfiscalcalendars",
        "accountingbooksubsidiaries",
        "pricing",
        "deletedrecord",
    }


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.few(1)
def test_links_arrive_each_once_whatever_their_keys_and_wherever_pages_end(
    warehouse: Warehouse, seed: int
) -> None:
    """Pages of seven rows; the first sync is killed, and the second one goes on with its pages."""
    chance = Random(seed)
    first, more = some_links(chance, 40), some_links(chance, 5)
    fake = FakeNetSuite([LINKS], page_rows=7, refuses_index=seed % 2 == 1)
    fake.insert(LINKS.name, *first)
    interrupted(fake, warehouse, [LINKS], chance.randrange(12))
    assert synced(fake, warehouse, [LINKS])[LINKS.name].rows == len(first)
    assert_same(fake, warehouse, LINKS)
    fake.insert(LINKS.name, *more)
    fake.delete(LINKS.name, "rowid % 9 = 4")
    fake.change(LINKS.name, "nextdoc = 2", foreignamount=Decimal(7))
    assert synced(fake, warehouse, [LINKS], accept_shrink=[LINKS])[LINKS.name].status == "done"
    assert_same(fake, warehouse, LINKS)
    again = synced(fake, warehouse, [LINKS])[LINKS.name]
    assert (again.rows_written, again.rows_deleted) == (0, 0)
    assert again.matches is not False
    assert_same(fake, warehouse, LINKS)


def _deleted(record: int | None, script: str | None, at: Any, **more: Value) -> dict[str, Value]:
    row: dict[str, Value] = {"recordid": record, "recordtypeid": -30, "scriptid": script, "deleteddate": at}
    return row | more


@pytest.mark.long
def test_one_record_deleted_twice_and_rows_without_a_part_of_the_key_are_all_kept(
    warehouse: Warehouse,
) -> None:
    fake = FakeNetSuite([DELETED], page_rows=3)
    later = EARLY + timedelta(days=1)
    fake.insert(
        DELETED.name,
        _deleted(7, "salesorder", EARLY),
        _deleted(7, "salesorder", later),
        _deleted(7, None, EARLY, name="Ä"),
        _deleted(7, None, EARLY, name="B"),
        _deleted(None, "salesorder", EARLY),
        _deleted(8, "salesorder", EARLY),
        _deleted(8, "salesorder", EARLY),  # the log says it twice
        {"deleteddate": later},
    )
    assert synced(fake, warehouse, [DELETED])[DELETED.name].status == "done"
    assert_same(fake, warehouse, DELETED)
    # Only what was deleted since is read now: the earlier rows of the same records stay.
    fake.insert(
        DELETED.name,
        _deleted(7, "salesorder", fake.now),
        _deleted(8, None, fake.now),
        _deleted(None, None, fake.now),
    )
    fake.pass_time(60)
    report = synced(fake, warehouse, [DELETED])[DELETED.name]
    assert (report.mode, report.rows_written, report.rows) == ("changed", 3, 11)
    assert_same(fake, warehouse, DELETED)
    again = synced(fake, warehouse, [DELETED])[DELETED.name]
    assert (again.rows_read, again.rows_written) == (3, 0)
    full = synced(fake, warehouse, [DELETED], full=True)[DELETED.name]
    assert (full.rows_written, full.rows_deleted, full.rows) == (0, 0, 11)
    assert_same(fake, warehouse, DELETED)


@pytest.mark.long
def test_deletions_are_known_whatever_the_log_lacks_or_repeats(warehouse: Warehouse) -> None:
    fake = a_company(logs_deletions=True)
    fake.page_rows = 3
    synced(fake, warehouse)
    fake.delete("transaction", "id = 11", with_lines=True)
    fake.delete("customer", "id = 5")
    fake.insert("deletedrecord", _deleted(11, "salesorder", fake.now), _deleted(11, None, fake.now))
    fake.insert("deletedrecord", _deleted(None, "salesorder", fake.now), {"deleteddate": fake.now})
    reports = synced(fake, warehouse)
    assert {report.status for report in reports.values()} == {"done"}
    for table in TABLES:
        assert_same(fake, warehouse, table)
    assert reports["transaction"].rows_deleted == reports["customer"].rows_deleted == 1


def test_deletions_without_a_script_id_have_none_and_without_a_record_id_are_none() -> None:
    rows: list[dict[str, str | None]] = [
        {"recordtypeid": "-30", "recordid": "7"},
        {"recordid": "7", "scriptid": "salesorder"},
        {"recordid": "7", "scriptid": "salesorder"},
        {"recordtypeid": "-30", "scriptid": "salesorder"},
    ]
    assert deletions(key_of(row, DELETED) for row in rows) == (
        Deletion("-30", "7", ""),
        Deletion("", "7", "salesorder"),
    )


@pytest.mark.parametrize(
    ("table", "rows", "unique_by"),
    [
        (
            STATUSES,
            [
                {"trantype": "Custom", "id": "A", "name": "Open", "trancustomtype": 1},
                {"trantype": "Custom", "id": "A", "name": "Open", "trancustomtype": 2},
                {"id": "A", "name": "Open"},
            ],
            "trancustomtype",
        ),
        (
            PRICES,
            [
                {"internalid": 1, "item": 1, "unitprice": Decimal("9.99")},
                {"internalid": 1, "item": 1, "unitprice": Decimal("8.49")},
                {"item": 1, "unitprice": Decimal("7.10")},
            ],
            "unitprice",
        ),
    ],
)
@pytest.mark.few(1)
@pytest.mark.long
def test_a_value_of_one_of_two_rows_changes_and_the_other_stays(
    warehouse: Warehouse, table: Table, rows: list[dict[str, Value]], unique_by: str
) -> None:
    fake = FakeNetSuite([table])
    fake.insert(table.name, *rows)
    synced(fake, warehouse, [table])
    assert_same(fake, warehouse, table)
    fake.change(table.name, f"{unique_by} = {rows[0][unique_by]}", **{unique_by: 5})
    assert synced(fake, warehouse, [table])[table.name].rows == len(rows)
    assert_same(fake, warehouse, table)


def test_a_column_that_the_role_loses_keeps_its_values_row_by_row(warehouse: Warehouse) -> None:
    fake = FakeNetSuite([LINKS])
    link = {"previousdoc": 1, "nextdoc": 2, "linktype": "Payment"}
    fake.insert(LINKS.name, {**link, "foreignamount": 50, "previoustype": "A"}, {**link, "foreignamount": 60})
    synced(fake, warehouse, [LINKS])
    before = contents(stored(warehouse, LINKS))
    fake.hidden_columns[LINKS.name, "previoustype"] = "named"
    assert synced(fake, warehouse, [LINKS])[LINKS.name].rows_written == 0
    assert contents(stored(warehouse, LINKS)) == before


@pytest.mark.long
def test_of_equal_rows_as_many_go_as_went_in_netsuite(warehouse: Warehouse) -> None:
    fake = FakeNetSuite([LINKS])
    link: dict[str, Value] = {"previousdoc": 1, "previousline": None, "nextdoc": 2, "foreignamount": 50}
    fake.insert(LINKS.name, *[link] * 5, *[link | {"nextdoc": 3}] * 20)
    synced(fake, warehouse, [LINKS])
    fake.delete(LINKS.name, "nextdoc = 2 AND rowid < 2")
    report = synced(fake, warehouse, [LINKS], accept_shrink=[LINKS])[LINKS.name]
    assert (report.rows_deleted, report.rows) == (2, 23)
    assert_same(fake, warehouse, LINKS)


def test_a_table_with_a_true_key_still_refuses_one_that_comes_twice(warehouse: Warehouse) -> None:
    fake = FakeNetSuite([CUSTOMER])
    fake.insert(CUSTOMER.name, *[{"id": 1, "lastmodifieddate": EARLY}] * 2)
    report = synced(fake, warehouse, [CUSTOMER])[CUSTOMER.name]
    assert report.status == "failed"
    assert "duplicate key" in str(report.error)


# Pages


def _page(*records: int, has_more: bool = True) -> Page:
    rows: list[dict[str, str | None]] = [
        {"recordtypeid": "-30", "recordid": str(record)} for record in records
    ]
    return Page(body=b"as it came", rows=rows, has_more=has_more, total=None)


@pytest.mark.parametrize(
    ("page", "kept"),
    [
        (_page(1, 2, 3), [1, 2]),
        (_page(1, 2, 2, 2), [1]),
        (_page(1, 1, 2), [1, 1]),
        (_page(1, 2, 2, has_more=False), [1, 2, 2]),
        (_page(has_more=False), []),
    ],
)
def test_a_page_ends_with_the_last_row_of_a_key(page: Page, kept: list[int]) -> None:
    whole = complete_groups(page, DELETED)
    assert [row["recordid"] for row in whole.rows] == [str(record) for record in kept]
    assert (whole is page) == (len(kept) == len(page.rows))
    assert complete_groups(page, TRANSACTION) is page


def test_a_page_of_one_key_alone_is_an_error_with_a_remedy() -> None:
    with pytest.raises(QueryError, match="At least 3 rows of deletedrecord have the same key") as refused:
        complete_groups(_page(7, 7, 7), DELETED)
    assert "longer key" in refused.value.remedy


def test_no_part_of_such_a_key_is_compared_as_null() -> None:
    fake = FakeNetSuite([DELETED], page_rows=2)
    fake.insert(DELETED.name, *[_deleted(number, None, EARLY) for number in range(9)])
    with TemporaryDirectory() as folder:
        assert synced(fake, a_warehouse(Path(folder)), [DELETED])[DELETED.name].rows == 9
        found = asked_sql(a_warehouse(Path(folder)), "SELECT count(*) FROM netsuite.deletedrecord")
    assert found == [(9,)]
    pages = [sql for sql in fake.asked_of(DELETED.name) if "ORDER BY" in sql]
    assert all(
        "ORDER BY NVL(recordtypeid, -1), NVL(recordid, -1), NVL(scriptid, '-')" in sql for sql in pages
    )


def test_what_is_left_behind_a_key_is_counted_by_keys_that_are_never_null() -> None:
    read = ReadPlan(DELETED, DELETED.key, labels=(), mode="keys")
    counted = read.remaining_count_sql(KeyRange(), key_of({"recordid": "7", "recordtypeid": "-30"}, DELETED))
    assert "NVL(scriptid, '-') > '-'" in counted
    assert "recordid = 7" not in counted


# Comparing with NetSuite


@pytest.mark.long
def test_a_sweep_of_the_log_keeps_doubled_entries_and_brings_what_is_not_there(warehouse: Warehouse) -> None:
    fake = FakeNetSuite([DELETED], page_rows=5)
    rows = [_deleted(number, None if number % 3 else "salesorder", EARLY) for number in range(40)]
    fake.insert(DELETED.name, *rows, *rows[:7], _deleted(None, "salesorder", EARLY))
    synced(fake, warehouse, [DELETED])
    with warehouse.working() as opened:  # an entry that no sync has brought, and one of two equal ones
        opened.execute("DELETE FROM netsuite.deletedrecord WHERE recordid = 39")
        opened.execute(
            "DELETE FROM netsuite.deletedrecord WHERE rowid = (SELECT min(rowid) FROM netsuite.deletedrecord)"
        )
    for _ in range(2):
        report = synced(fake, warehouse, [DELETED], sweep_after=timedelta(0))[DELETED.name]
        assert (report.status, report.rows_deleted) == ("done", 0)
        assert_same(fake, warehouse, DELETED)


@pytest.mark.long
def test_rows_without_evidence_stay_although_their_keys_are_shared_or_incomplete(
    warehouse: Warehouse,
) -> None:
    """Half of the links are hidden from the role, and all of the transactions that they lead to are shown."""
    fake = FakeNetSuite([LINKS])
    fake.insert(
        LINKS.name,
        *[{"previousdoc": 1, "nextdoc": number % 5, "foreignamount": number % 2} for number in range(40)],
        *[{"previousdoc": None, "nextdoc": 7, "foreignamount": 1}] * 10,
    )
    synced(fake, warehouse, [LINKS])
    before = contents(stored(warehouse, LINKS))
    fake.delete(LINKS.name, "foreignamount = 1")
    synced(fake, warehouse, [LINKS])
    assert contents(stored(warehouse, LINKS)) == before
