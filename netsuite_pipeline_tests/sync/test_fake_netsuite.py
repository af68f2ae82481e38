"""The fake answers what a sync asks as NetSuite would; whole syncs are tested against it, so it is tested first."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, Literal

import pytest

from netsuite_pipeline.netsuite.errors import PermissionDenied, QueryError, Stopped
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline_tests.sync.books import EARLY, TABLES, document
from netsuite_pipeline_tests.sync.fake_netsuite import DELETEDRECORD, FakeNetSuite

NOON = "TO_TIMESTAMP('2026-11-23 12:00:00', 'YYYY-MM-DD HH24:MI:SS')"
DELETIONS = (
    "SELECT recordid, scriptid, TO_CHAR(SYS_EXTRACT_UTC(deleteddate), 'YYYY-MM-DD HH24:MI:SS') AS deleteddate, "
    f"recordtypeid FROM deletedrecord WHERE SYS_EXTRACT_UTC(deleteddate) >= {NOON} "
    "ORDER BY recordtypeid, recordid, scriptid"
)
INDEX = (
    "SELECT id FROM (SELECT id, ROWNUM AS rn FROM (SELECT id FROM customer ORDER BY id)) "
    "WHERE MOD(rn, 1000) = 0 ORDER BY id"
)
COUNT = "SELECT COUNT(*) AS counted FROM customer"


def a_fake(**settings: Any) -> FakeNetSuite:
    """2,500 customers with the ids 7, 14, … and lines 0 to 3 of the transactions 1 to 700, stored in disorder."""
    fake = FakeNetSuite(TABLES, **settings)
    fake.fill("customer", "SELECT 7 * (1 + range) AS id FROM range(2500) ORDER BY hash(range)")
    fake.fill(
        "transactionline",
        "SELECT 1 + t.range AS transaction, l.range AS id FROM range(700) t, range(4) l "
        "ORDER BY hash(t.range, l.range)",
    )
    return fake


def asked(fake: FakeNetSuite, sql: str) -> list[tuple[str | None, ...]]:
    rows = fake.fetch_page(sql).rows
    names = sorted(set().union(*rows))
    return [tuple(row.get(name) for name in names) for row in rows]


def ids(fake: FakeNetSuite, sql: str) -> list[int]:
    return [int(row["id"] or "") for row in fake.fetch_page(sql).rows]


def lines(fake: FakeNetSuite, sql: str) -> list[tuple[int, int]]:
    return [(int(row["transaction"] or ""), int(row["id"] or "")) for row in fake.fetch_page(sql).rows]


def test_the_page_index_is_every_thousandth_key_in_order() -> None:
    assert ids(a_fake(), INDEX) == [7000, 14_000]


def test_the_page_index_counts_the_rows_that_meet_the_conditions() -> None:
    sql = INDEX.replace(" ORDER BY id))", " WHERE id > 70 AND id <= 16000 ORDER BY id))").replace(
        "1000", "500", 1
    )
    assert ids(a_fake(), sql) == [3570, 7070, 10_570, 14_070]


def test_the_page_index_of_a_composite_key() -> None:
    sql = (
        "SELECT transaction, id FROM (SELECT transaction, id, ROWNUM AS rn FROM (SELECT transaction, id "
        "FROM transactionline WHERE (transaction > 1 OR (transaction = 1 AND id > 1)) "
        "ORDER BY transaction, id)) WHERE MOD(rn, 1000) = 0 ORDER BY transaction, id"
    )
    every = [(of, line) for of in range(1, 701) for line in range(4)][2:]
    assert lines(a_fake(), sql) == every[999::1000]


def test_the_page_index_qualifies_a_reserved_word_where_the_table_is() -> None:
    fake = FakeNetSuite(TABLES)
    for number in range(9):
        fake.insert("accounttype", {"id": f"T{number}", "left": number < 5})
    sql = (
        "SELECT id FROM (SELECT id, ROWNUM AS rn FROM (SELECT id FROM accounttype "
        "WHERE accounttype.left = 'T' ORDER BY id)) WHERE MOD(rn, 2) = 0 ORDER BY id"
    )
    assert asked(fake, sql) == [("T1",), ("T3",)]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("(transaction > 7 OR (transaction = 7 AND id > 2)) AND (transaction < 9 OR (transaction = 9 AND id <= 1))",
         [(7, 3), (8, 0), (8, 1), (8, 2), (8, 3), (9, 0), (9, 1)]),
        ("(transaction > 700 OR (transaction = 700 AND id > 1))", [(700, 2), (700, 3)]),
        ("(transaction < 1 OR (transaction = 1 AND id <= 0))", [(1, 0)]),
        ("transaction <= 1", [(1, 0), (1, 1), (1, 2), (1, 3)]),
    ],
)  # fmt: skip
def test_a_range_of_a_composite_key(condition: str, expected: list[tuple[int, int]]) -> None:
    sql = f"SELECT transaction, id FROM transactionline WHERE {condition} ORDER BY transaction, id"
    assert lines(a_fake(), sql) == expected


def test_a_range_of_a_plain_key() -> None:
    assert ids(a_fake(), "SELECT id FROM customer WHERE id > 14 AND id <= 35 ORDER BY id") == [21, 28, 35]


def test_the_greatest_key_comes_first_when_asked_downwards() -> None:
    fake = a_fake()
    page = fake.fetch_page("SELECT id FROM customer ORDER BY id DESC", limit=1)
    assert (page.rows, page.has_more) == ([{"id": "17500"}], True)
    downwards = "SELECT transaction, id FROM transactionline ORDER BY transaction DESC, id DESC"
    assert lines(fake, downwards)[:2] == [(700, 3), (700, 2)]


def test_rows_are_counted_and_those_newer_than_a_moment() -> None:
    fake = FakeNetSuite(TABLES, utc_offset=timedelta(hours=-8))
    newer = f"SUM(CASE WHEN SYS_EXTRACT_UTC(lastmodifieddate) > {NOON} THEN 1 ELSE 0 END) AS newer"
    count = f"SELECT COUNT(*) AS counted, {newer} FROM customer"
    assert fake.fetch_page(count).rows == [{"counted": "0"}]  # a sum of nothing is null, and null is left out
    noon = datetime(2026, 11, 23, 12)
    for number, at in enumerate([noon, noon + timedelta(seconds=1), None, EARLY]):
        fake.insert("customer", {"id": number, "lastmodifieddate": at})
    assert fake.fetch_page(count).rows == [{"counted": "4", "newer": "1"}]
    assert fake.fetch_page(COUNT).rows == [{"counted": "4"}]


def test_rows_without_a_cursor_are_among_the_changed_when_asked_for() -> None:
    fake = FakeNetSuite(TABLES, utc_offset=timedelta(hours=-8))
    noon = datetime(2026, 11, 23, 12)
    for number, at in enumerate([noon - timedelta(seconds=1), noon, None]):
        fake.insert("customer", {"id": number, "lastmodifieddate": at})
    since = f"SYS_EXTRACT_UTC(lastmodifieddate) >= {NOON}"
    changed = f"SELECT id FROM customer WHERE ({since} OR lastmodifieddate IS NULL) ORDER BY id"
    assert ids(fake, changed) == [1, 2]
    assert ids(fake, f"SELECT id FROM customer WHERE {since} ORDER BY id") == [1]


def test_which_of_some_records_still_exist() -> None:
    assert ids(a_fake(), "SELECT id FROM customer WHERE id IN (7, 8, 17500) ORDER BY id") == [7, 17_500]


def test_deletions_are_logged_with_their_time_in_utc() -> None:
    fake = a_fake(logs_deletions=True, utc_offset=timedelta(hours=-8))
    for number in (1, 2, 3):
        fake.insert("transaction", document(number))
    fake.delete("customer", "id <= 14")
    fake.pass_time(61.5)
    fake.delete("transaction", "id = 2")
    fake.delete("transaction", "id = 3", recordtype="invoice")
    fake.delete("transactionline", "transaction = 3 AND id = 0")
    assert asked(fake, DELETIONS) == [
        ("2026-11-23 12:01:01", "2", "-30", "salesorder"),
        ("2026-11-23 12:01:01", "3", "-30", "invoice"),
        ("2026-11-23 12:00:00", "7", "-2", "customer"),
        ("2026-11-23 12:00:00", "14", "-2", "customer"),
    ]
    assert len(fake.rows("deletedrecord")) == 4
    assert asked(fake, DELETIONS.replace("12:00:00", "12:01:00")) == asked(fake, DELETIONS)[:2]


def test_a_role_that_may_not_see_deletions_has_no_such_table() -> None:
    fake = a_fake()
    fake.delete("customer", "id = 7")
    with pytest.raises(PermissionDenied) as refused:
        fake.fetch_page(DELETIONS)
    assert refused.value.table == "deletedrecord"
    fake.logs_deletions = True
    assert fake.fetch_page(DELETIONS).rows == []
    assert FakeNetSuite((DELETEDRECORD,)).fetch_page(DELETIONS).rows == []


def test_a_transactions_lines_stay_unless_they_are_to_go_with_it() -> None:
    fake = a_fake()
    for number in (1, 2, 3):
        fake.insert("transaction", document(number))
    fake.delete("transaction", "id = 1")
    assert len(fake.rows("transactionline", "transaction = 1")) == 4
    fake.delete("transaction", "id = 2", with_lines=True)
    assert fake.rows("transactionline", "transaction = 2") == []
    assert len(fake.rows("transactionline", "transaction = 3")) == 4


@pytest.mark.parametrize(
    ("settings", "refused", "answered"),
    [({"refuses_index": True}, INDEX, COUNT), ({"refuses_count": True}, COUNT, INDEX)],
)
def test_what_an_account_refuses_is_an_unsupported_search(
    settings: dict[str, bool], refused: str, answered: str
) -> None:
    fake = a_fake(**settings)
    with pytest.raises(QueryError) as error:
        fake.fetch_page(refused)
    assert error.value.reason == "unsupported"
    assert fake.fetch_page(answered).rows


def test_pages_can_be_small() -> None:
    fake = a_fake(page_rows=10)
    sql = "SELECT id FROM customer WHERE id > 140 ORDER BY id"
    page = fake.fetch_page(sql)
    assert ([row["id"] for row in page.rows], page.has_more) == ([str(7 * n) for n in range(21, 31)], True)
    last = fake.fetch_page("SELECT id FROM customer WHERE id > 17430 ORDER BY id")
    assert (len(last.rows), last.has_more) == (10, False)


@pytest.mark.parametrize(("total", "expected"), [("exact", 2500), ("wrong", 1250), ("absent", None)])
def test_the_total_is_right_wrong_or_absent(
    total: Literal["exact", "absent", "wrong"], expected: int | None
) -> None:
    fake = a_fake(total=total)
    page = fake.fetch_page("SELECT id FROM customer ORDER BY id")
    assert (len(page.rows), page.has_more, page.total) == (1000, True, expected)


def test_six_threads_are_answered_what_one_would_be() -> None:
    fake = a_fake(page_rows=50)
    ranges = [
        f"SELECT id FROM customer WHERE id > {low} AND id <= {low + 350}" for low in range(0, 17_500, 350)
    ]
    counts = [RequestCounts() for _ in ranges]
    with ThreadPoolExecutor(6) as threads:
        pages = list(
            threads.map(lambda sql, count: fake.fetch_page(f"{sql} ORDER BY id", count=count), ranges, counts)
        )
    assert [int(row["id"] or "") for page in pages for row in page.rows] == list(range(7, 17_501, 7))
    assert sum(count.requests for count in counts) == len(fake.asked) == len(ranges)


def test_a_stopped_client_answers_nothing_more_not_even_what_was_asked_before() -> None:
    fake = a_fake()
    asking, stopped = threading.Event(), threading.Event()

    def wait(sql: str) -> None:
        asking.set()
        assert stopped.wait(10)

    fake.before_page = wait
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(fake.fetch_page, COUNT)
        assert asking.wait(10)
        second = threads.submit(fake.fetch_page, INDEX)
        fake.stop()
        stopped.set()
        assert isinstance(first.exception(10), Stopped)
        assert isinstance(second.exception(10), Stopped)
    assert fake.asked == [COUNT]
    with pytest.raises(Stopped):
        fake.server_time()
