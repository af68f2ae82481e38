"""A plan becomes landed pages: by key, forward only, to the end."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from netsuite_pipeline.netsuite.errors import ImplausibleReply, QueryError, Unavailable
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.netsuite.suiteql import Dialect
from netsuite_pipeline.sync.extract.paginate import read_all_keys
from netsuite_pipeline.sync.landing.manifest import VALUES_PER_RANGE
from netsuite_pipeline.sync.planning.read_plan import ReadPlan, changed_parents_plan
from netsuite_pipeline_tests.sync.books import ACCOUNTTYPE, EARLY, POSTING, TABLES, TRANSACTION
from netsuite_pipeline_tests.sync.extracting import (
    CUSTOMERS,
    LINES,
    Scripted,
    a_manifest,
    an_extract,
    keys_in,
    rows_of,
)
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite


def _customers(numbers: Sequence[object], **rest: object) -> dict[str, object]:
    return {"items": [{"id": str(number)} for number in numbers], **rest}


@pytest.mark.parametrize(
    ("rows", "requests", "files"),
    [
        (0, 1, ["000000-000.json"]),
        (1, 1, ["000000-000.json"]),
        (10, 1, ["000000-000.json"]),
        (11, 4, ["000000-000.json", "000001-000.json"]),  # the first page, the index, the rest, the count
        (25, 5, ["000000-000.json", "000001-000.json", "000002-000.json"]),
    ],
)
def test_every_row_lands_once_page_by_page(
    tmp_path: Path, rows: int, requests: int, files: list[str]
) -> None:
    fake = FakeNetSuite(TABLES, page_rows=10)
    fake.fill("customer", f"SELECT 7 * range AS id FROM range({rows})")
    extraction = an_extract(a_manifest(CUSTOMERS, fake), fake, tmp_path).run()
    landed = extraction.landed
    assert rows_of(landed, "id") == keys_in(fake, CUSTOMERS)
    assert (landed.rows, landed.count.requests, len(fake.asked)) == (rows, requests, requests)
    assert extraction.files == [page.name for page in landed.pages] == files


def test_pages_are_read_by_key_never_by_offset(tmp_path: Path) -> None:
    fake = FakeNetSuite(TABLES, page_rows=10)
    fake.fill("customer", "SELECT 7 * range AS id FROM range(25)")
    an_extract(a_manifest(CUSTOMERS, fake), fake, tmp_path).run()
    assert fake.asked == [
        "SELECT id, companyname FROM customer ORDER BY id",
        "SELECT id FROM (SELECT id, ROWNUM AS rn FROM (SELECT id FROM customer WHERE id > 63 ORDER BY id)) "
        "WHERE MOD(rn, 10) = 0 ORDER BY id",
        "SELECT id, companyname FROM customer WHERE id > 63 AND id <= 133 ORDER BY id",
        "SELECT id, companyname FROM customer WHERE id > 133 ORDER BY id",
        "SELECT COUNT(*) AS counted FROM customer",
    ]


def test_a_text_key_is_paged_one_page_after_the_other(tmp_path: Path) -> None:
    """Its order is NetSuite's own affair, so there is nothing to index or halve."""
    fake = FakeNetSuite(TABLES, page_rows=10)
    fake.fill("accounttype", "SELECT 'it''s ' || range AS id FROM range(32)")
    read = ReadPlan(ACCOUNTTYPE, ("id",), (), "full")
    extraction = an_extract(a_manifest(read, fake), fake, tmp_path, idle=3).run()
    assert sorted(rows_of(extraction.landed, "id")) == keys_in(fake, read)
    assert extraction.files == ["000000-000+.json", "000000-001+.json", "000000-002+.json", "000000-003.json"]
    assert not any("ROWNUM" in sql for sql in fake.asked)


@pytest.mark.parametrize("index_first", [False, True])
@pytest.mark.parametrize("rows", [0, 7, 10, 11, 25, 200])
def test_replies_that_do_not_say_whether_there_is_more_lose_nothing(
    tmp_path: Path, rows: int, index_first: bool
) -> None:
    fake = FakeNetSuite(TABLES, has_more="missing", page_rows=10)
    fake.fill("customer", f"SELECT range AS id FROM range({rows})")
    extraction = an_extract(a_manifest(CUSTOMERS, fake, index_first=index_first), fake, tmp_path).run()
    assert rows_of(extraction.landed, "id") == keys_in(fake, CUSTOMERS)


def test_a_short_page_that_says_there_is_more_is_believed(tmp_path: Path) -> None:
    bodies = [_customers([1, 2], hasMore=True), _customers([], hasMore=False), _customers([3], hasMore=False)]
    client = Scripted([*bodies, {"items": [{"counted": "3"}], "hasMore": False}])
    landed = an_extract(a_manifest(CUSTOMERS, client), client, tmp_path).run().landed
    assert rows_of(landed, "id") == [("1",), ("2",), ("3",)]


def test_more_rows_that_never_come_are_an_error_not_the_end(tmp_path: Path) -> None:
    client = Scripted([_customers([], hasMore=True)])
    with pytest.raises(ImplausibleReply, match="more rows of customer, and sends none"):
        _ = an_extract(a_manifest(CUSTOMERS, client), client, tmp_path).run().landed


@pytest.mark.parametrize("second", [[1, 2], [1], [0]])
def test_a_page_that_does_not_advance_is_an_error(tmp_path: Path, second: list[int]) -> None:
    client = Scripted(
        [_customers([1, 2], hasMore=True), _customers([], hasMore=False), _customers(second, hasMore=True)]
    )
    with pytest.raises(ImplausibleReply, match="customer out of order"):
        _ = an_extract(a_manifest(CUSTOMERS, client), client, tmp_path).run().landed


@pytest.mark.parametrize(
    ("row", "message"),
    [({"companyname": "x"}, "has no value in its key"), ({"id": "2.5"}, "has '2.5', which is no integer")],
)
def test_a_key_that_cannot_be_asked_behind_is_an_error(
    tmp_path: Path, row: dict[str, str], message: str
) -> None:
    client = Scripted([{"items": [{"id": "1"}, row], "hasMore": True}])
    with pytest.raises(QueryError, match=message) as refused:
        _ = an_extract(a_manifest(CUSTOMERS, client), client, tmp_path).run().landed
    assert "catalogue" in refused.value.remedy


def test_children_are_asked_in_chunks_of_parents(tmp_path: Path) -> None:
    fake = FakeNetSuite(TABLES)
    fake.fill(
        "transactionline",
        "SELECT p.range AS transaction, l.range AS id, 1 AS amount FROM range(1500) p, range(2) l",
    )
    parents = [str(number) for number in range(2 * VALUES_PER_RANGE + 1)]
    plan = a_manifest(replace(LINES, mode="children"), fake, parents)
    landed = an_extract(plan, fake, tmp_path).run().landed
    asked = [sql.split(" IN (")[1].split(")")[0].split(", ") for sql in fake.asked]
    assert [len(chunk) for chunk in asked] == [500, 500, 1]
    assert len(landed.pages) == 3
    assert landed.rows == 2 * len(parents)
    assert {row[0] for row in rows_of(landed, "transaction")} == set(parents)
    assert landed.values == tuple(parents)


def test_parents_with_more_lines_than_a_page_go_on_by_the_last_key(tmp_path: Path) -> None:
    fake = FakeNetSuite(TABLES, page_rows=10)
    fake.fill(
        "transactionline",
        "SELECT p.range AS transaction, l.range AS id, 1 AS amount FROM range(3) p, range(14) l",
    )
    plan = a_manifest(replace(LINES, mode="children"), fake, ["0", "2"])
    extraction = an_extract(plan, fake, tmp_path, idle=3).run()
    wanted = [key for key in keys_in(fake, LINES) if key[0] != "1"]
    assert rows_of(extraction.landed, "transaction", "id") == wanted
    assert extraction.files == ["000000-000+.json", "000000-001+.json", "000000-002.json"]
    assert "IN (0, 2) AND (transaction > 0 OR (transaction = 0 AND id > 9))" in fake.asked[1]


def test_without_parents_nothing_is_asked(tmp_path: Path) -> None:
    fake = FakeNetSuite(TABLES)
    landed = an_extract(a_manifest(replace(LINES, mode="children"), fake, []), fake, tmp_path).run().landed
    assert (landed.rows, landed.pages, fake.asked) == (0, (), [])


def test_anomalies_and_unrequested_columns_are_noted(tmp_path: Path) -> None:
    client = Scripted(
        [{"items": [{"ID": "1", "companyname": "x", "surprise": "y"}, {"id": 2}], "hasMore": False},
         {"items": [{"counted": "2"}]}]
    )  # fmt: skip
    landed = an_extract(a_manifest(CUSTOMERS, client), client, tmp_path).run().landed
    assert rows_of(landed, "id", "companyname") == [("1", "x"), ("2", None)]
    assert landed.anomalies == {
        "key 'ID' is not in lower case",
        "number without quotes in 'id'",
        "a column that was not asked for: 'surprise'",
    }


@pytest.mark.parametrize("seed", range(4))
def test_an_error_in_mid_table_is_reported_once_and_landed_pages_stay(tmp_path: Path, seed: int) -> None:
    fake = FakeNetSuite(TABLES, page_rows=10)
    fake.fill("customer", "SELECT range AS id FROM range(95)")

    def down(sql: str) -> None:
        if "> 49 " in sql or "> 69 " in sql:
            raise Unavailable("Down.")

    fake.before_page = down
    extraction = an_extract(a_manifest(CUSTOMERS, fake), fake, tmp_path).run(random.Random(seed).randrange)
    assert [error.message for error in extraction.failures] == ["Down."]
    assert extraction.ended == []
    assert len(extraction.files) == len(extraction.landed_rows) >= 1
    assert extraction.landing.read_manifest() is not None


def test_every_page_is_reported_as_it_lands(tmp_path: Path) -> None:
    fake = FakeNetSuite(TABLES, page_rows=10)
    fake.fill("customer", "SELECT range AS id FROM range(12)")
    assert an_extract(a_manifest(CUSTOMERS, fake), fake, tmp_path).run().landed_rows == [10, 2]


@pytest.mark.parametrize("refuses_index", [False, True])
def test_rows_that_come_and_go_between_pages_shift_no_other(tmp_path: Path, refuses_index: bool) -> None:
    fake = FakeNetSuite(TABLES, page_rows=10, refuses_index=refuses_index)
    fake.fill("customer", "SELECT 10 * range AS id FROM range(40)")
    steady = {row[0] for row in fake.rows("customer")} - {50, 350}

    def meanwhile(sql: str) -> None:
        if "> 90 " in sql and "companyname" in sql:
            fake.delete("customer", "id IN (50, 350)")
            fake.insert("customer", {"id": 5}, {"id": 155})

    fake.before_page = meanwhile
    landed = an_extract(a_manifest(CUSTOMERS, fake), fake, tmp_path).run().landed
    rows = [int(row[0] or "") for row in rows_of(landed, "id")]
    assert rows == sorted(set(rows))
    assert set(rows) == steady | {50, 155}, "the first page had been read by then"


# Keys alone


def _keys(client: FakeNetSuite | Scripted) -> tuple[tuple[str, ...], ...]:
    return read_all_keys(changed_parents_plan(TRANSACTION, EARLY, Dialect()), client, RequestCounts())


def test_the_keys_of_changed_parents_are_read_page_by_page() -> None:
    fake = FakeNetSuite(TABLES, page_rows=10)
    fake.fill(
        "transaction",
        f"SELECT range AS id, TIMESTAMP '{EARLY}' + to_seconds(range - 10) AS lastmodifieddate FROM range(35)",
    )
    assert _keys(fake) == tuple((str(number),) for number in range(10, 35))
    assert len(fake.asked) == 3


@pytest.mark.parametrize("items", [[{}], [{"id": None}], [{"id": "x"}]])
def test_a_parent_without_a_key_is_an_error(items: list[dict[str, object]]) -> None:
    with pytest.raises(QueryError, match="in its key"):
        _keys(Scripted([{"items": items, "hasMore": False}]))


@pytest.mark.parametrize("second", [[], [1], [0]])
def test_keys_that_do_not_advance_are_an_error(second: list[int]) -> None:
    with pytest.raises(ImplausibleReply, match="more rows of transaction, and sends none|out of order"):
        _keys(Scripted([_customers([1], hasMore=True), _customers(second, hasMore=True)]))


def test_keys_can_be_asked_in_session_time() -> None:
    fake = FakeNetSuite(TABLES, refuses_utc="unnamed", utc_offset=timedelta(hours=-8))
    fake.insert("transaction", {"id": 1, "lastmodifieddate": EARLY})
    fake.insert("transaction", {"id": 2, "lastmodifieddate": datetime(2026, 1, 1)})
    read = changed_parents_plan(TRANSACTION, EARLY, Dialect())
    assert read_all_keys(read, fake, RequestCounts(), lambda: timedelta(hours=-8)) == (("1",),)


def test_postings_are_children_by_their_parents_column(tmp_path: Path) -> None:
    fake = FakeNetSuite(TABLES)
    fake.fill(
        "transactionaccountingline",
        "SELECT range AS transaction, 1 AS transactionline, 1 AS accountingbook FROM range(9)",
    )
    read = ReadPlan(POSTING, POSTING.key, (), "children")
    landed = an_extract(a_manifest(read, fake, ["3", "4"]), fake, tmp_path).run().landed
    assert rows_of(landed, "transaction") == [("3",), ("4",)]
