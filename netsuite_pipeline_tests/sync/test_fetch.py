"""A plan becomes landed pages: by key, forward only, to the end."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from netsuite_pipeline.netsuite.client import PAGE_ROWS, RequestCount
from netsuite_pipeline.netsuite.errors import NetSuiteError, QueryError, Unavailable
from netsuite_pipeline.netsuite.page import Page, read_page
from netsuite_pipeline.netsuite.suiteql import Speech
from netsuite_pipeline.sync.fetch import PARENTS_PER_REQUEST, Fetched, fetch, fetch_keys
from netsuite_pipeline.sync.landing import Landing
from netsuite_pipeline.sync.plan import Read, parent_keys_read
from netsuite_pipeline_tests.sync.books import (
    ACCOUNTTYPE,
    CUSTOMER,
    EARLY,
    LINE,
    POSTING,
    TABLES,
    TRANSACTION,
)
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite

CUSTOMERS = Read(CUSTOMER, ("id", "companyname"), (), "full")
LINES = Read(LINE, ("transaction", "id", "amount"), (), "full")


@dataclass
class _Scripted:
    """Answers page after page by script."""

    bodies: list[dict[str, object]]
    asked: list[str] = field(default_factory=list)

    def page(self, sql: str, *, count: RequestCount | None = None) -> Page:
        self.asked.append(sql)
        return read_page(json.dumps(self.bodies[len(self.asked) - 1]).encode(), asked="POST")


def _customers(numbers: Sequence[object], **rest: object) -> dict[str, object]:
    return {"items": [{"id": str(number)} for number in numbers], **rest}


def _landed(fetched: Fetched, *names: str) -> list[tuple[str | None, ...]]:
    rows = [row for page in fetched.pages for row in json.loads(page.read_bytes())["items"]]
    return [tuple(row.get(name) for name in names) for row in rows]


def _fetch(read: Read, asks: FakeNetSuite | _Scripted, folder: Path, parents: Sequence[str] = ()) -> Fetched:
    return fetch(read, asks, Landing(folder).table(read.table.name), parents=parents)


def _customers_of(fake: FakeNetSuite) -> list[tuple[str, ...]]:
    return [(str(row[0]),) for row in fake.rows("customer")]


@pytest.mark.parametrize(("rows", "requests"), [(0, 1), (1, 1), (1000, 1), (1001, 2), (2500, 3)])
def test_every_row_lands_once_page_by_page(tmp_path: Path, rows: int, requests: int) -> None:
    fake = FakeNetSuite(TABLES)
    fake.fill("customer", f"SELECT 7 * range AS id FROM range({rows})")
    fetched = _fetch(CUSTOMERS, fake, tmp_path)
    assert _landed(fetched, "id") == _customers_of(fake)
    assert (fetched.rows, fetched.count.requests, len(fake.asked)) == (rows, requests, requests)
    assert [page.name for page in fetched.pages] == [f"{n:06}.json" for n in range(-(-rows // PAGE_ROWS))]


def test_pages_are_asked_behind_the_last_key_never_by_offset(tmp_path: Path) -> None:
    fake = FakeNetSuite(TABLES)
    fake.fill("customer", "SELECT 7 * range AS id FROM range(1500)")
    _fetch(CUSTOMERS, fake, tmp_path)
    assert fake.asked == [
        "SELECT id, companyname FROM customer ORDER BY id",
        "SELECT id, companyname FROM customer WHERE id > 6993 ORDER BY id",
    ]


def test_a_composite_key_is_paged_within_its_first_part(tmp_path: Path) -> None:
    fake = FakeNetSuite(TABLES)
    fake.fill("transactionline", "SELECT 5 AS transaction, range AS id, 1 AS amount FROM range(2300)")
    fake.fill("transactionline", "SELECT 6 AS transaction, range AS id, 1 AS amount FROM range(900)")
    fetched = _fetch(LINES, fake, tmp_path)
    assert _landed(fetched, "transaction", "id") == [
        (str(row[0]), str(row[1])) for row in fake.rows("transactionline")
    ]
    assert "(transaction > 5 OR (transaction = 5 AND id > 999))" in fake.asked[1]


def test_a_text_key_is_paged_too(tmp_path: Path) -> None:
    fake = FakeNetSuite(TABLES)
    fake.fill("accounttype", "SELECT 'it''s ' || range AS id FROM range(1200)")
    fetched = _fetch(Read(ACCOUNTTYPE, ("id",), (), "full"), fake, tmp_path)
    assert sorted(_landed(fetched, "id")) == [(str(row[0]),) for row in fake.rows("accounttype")]


@pytest.mark.parametrize("rows", [0, 7, 1000, 1001, 2500])
def test_replies_that_do_not_say_whether_there_is_more_lose_nothing(tmp_path: Path, rows: int) -> None:
    fake = FakeNetSuite(TABLES, has_more="missing")
    fake.fill("customer", f"SELECT range AS id FROM range({rows})")
    assert _landed(_fetch(CUSTOMERS, fake, tmp_path), "id") == _customers_of(fake)


def test_a_short_page_that_says_there_is_more_is_believed(tmp_path: Path) -> None:
    asks = _Scripted([_customers([1, 2], hasMore=True), _customers([3], hasMore=False)])
    assert _landed(_fetch(CUSTOMERS, asks, tmp_path), "id") == [("1",), ("2",), ("3",)]


def test_more_rows_that_never_come_are_an_error_not_the_end(tmp_path: Path) -> None:
    asks = _Scripted([_customers([1], hasMore=True), _customers([], hasMore=True)])
    with pytest.raises(Unavailable, match="more rows of customer, and sends none"):
        _fetch(CUSTOMERS, asks, tmp_path)


@pytest.mark.parametrize("second", [[1, 2], [1], [0]])
def test_a_page_that_does_not_advance_is_an_error(tmp_path: Path, second: list[int]) -> None:
    asks = _Scripted([_customers([1, 2], hasMore=True), _customers(second, hasMore=True)])
    with pytest.raises(Unavailable, match="customer out of order"):
        _fetch(CUSTOMERS, asks, tmp_path)


@pytest.mark.parametrize(
    ("row", "message"),
    [({"companyname": "x"}, "has no value in its key"), ({"id": "2.5"}, "has '2.5', which is no integer")],
)
def test_a_key_that_cannot_be_asked_behind_is_an_error(
    tmp_path: Path, row: dict[str, str], message: str
) -> None:
    asks = _Scripted([{"items": [{"id": "1"}, row], "hasMore": True}])
    with pytest.raises(QueryError, match=message) as refused:
        _fetch(CUSTOMERS, asks, tmp_path)
    assert "catalogue" in refused.value.remedy


def test_children_are_asked_in_chunks_of_parents(tmp_path: Path) -> None:
    fake = FakeNetSuite(TABLES)
    fake.fill(
        "transactionline",
        "SELECT p.range AS transaction, l.range AS id, 1 AS amount FROM range(3000) p, range(2) l",
    )
    parents = [str(number) for number in range(2 * PARENTS_PER_REQUEST + 1)]
    fetched = _fetch(replace(LINES, mode="children"), fake, tmp_path, parents)
    asked = [sql.split(" IN (")[1].split(")")[0].split(", ") for sql in fake.asked]
    assert [len(chunk) for chunk in asked] == [500, 500, 1]
    assert len(fetched.pages) == 3
    assert fetched.rows == 2 * len(parents)
    assert {row[0] for row in _landed(fetched, "transaction")} == set(parents)
    assert fetched.parents == tuple(parents)


def test_without_parents_nothing_is_asked(tmp_path: Path) -> None:
    fake = FakeNetSuite(TABLES)
    fetched = _fetch(replace(LINES, mode="children"), fake, tmp_path)
    assert (fetched.rows, fetched.pages, fetched.asked, fake.asked) == (0, (), False, [])


def test_what_was_settled_on_the_first_page_holds_for_all(tmp_path: Path) -> None:
    fake = FakeNetSuite(TABLES, hidden_columns={("customer", "companyname"): "named"})
    fake.fill("customer", "SELECT range AS id FROM range(2500)")
    fetched = _fetch(CUSTOMERS, fake, tmp_path)
    assert fetched.left_out == {"companyname": "unknown"}
    assert fetched.read.columns == ("id",)
    assert (fetched.rows, fetched.count.requests) == (2500, 4)


def test_oddities_and_unasked_columns_are_told(tmp_path: Path) -> None:
    asks = _Scripted(
        [{"items": [{"ID": "1", "companyname": "x", "surprise": "y"}, {"id": 2}], "hasMore": False}]
    )
    fetched = _fetch(CUSTOMERS, asks, tmp_path)
    assert _landed(fetched, "id", "companyname") == [("1", "x"), ("2", None)]
    assert fetched.oddities == {
        "key 'ID' is not in lower case",
        "number without quotes in 'id'",
        "a column that was not asked for: 'surprise'",
    }


def test_an_error_in_mid_table_is_raised_and_what_landed_stays(tmp_path: Path) -> None:
    fake = FakeNetSuite(TABLES)
    fake.fill("customer", "SELECT range AS id FROM range(2500)")

    def down(sql: str) -> None:
        if "> 999 " in sql:
            raise Unavailable("Down.")

    fake.before_page = down
    with pytest.raises(NetSuiteError, match=r"Down\."):
        _fetch(CUSTOMERS, fake, tmp_path)
    assert [page.name for page in (tmp_path / "customer").iterdir()] == ["000000.json"]


def test_every_page_is_told_as_it_lands(tmp_path: Path) -> None:
    fake, told = FakeNetSuite(TABLES), list[int]()
    fake.fill("customer", "SELECT range AS id FROM range(1200)")
    fetch(CUSTOMERS, fake, Landing(tmp_path).table("customer"), on_page=told.append)
    assert told == [1000, 200]


def test_rows_that_come_and_go_between_pages_shift_no_other(tmp_path: Path) -> None:
    fake = FakeNetSuite(TABLES)
    fake.fill("customer", "SELECT 10 * range AS id FROM range(3000)")
    steady = {row[0] for row in fake.rows("customer")} - {5000, 25000}

    def meanwhile(sql: str) -> None:
        if "> 9990 " in sql:
            fake.delete("customer", "id IN (5000, 25000)")
            fake.insert("customer", {"id": 5}, {"id": 15005})

    fake.before_page = meanwhile
    rows = [int(row[0] or "") for row in _landed(_fetch(CUSTOMERS, fake, tmp_path), "id")]
    assert rows == sorted(set(rows))
    assert set(rows) == steady | {5000, 15005}


# Keys alone


def _keys(asks: FakeNetSuite | _Scripted) -> tuple[str, ...]:
    return fetch_keys(parent_keys_read(TRANSACTION, EARLY, Speech(), timedelta(0)), asks, RequestCount())


def test_the_keys_of_changed_parents_are_read_page_by_page() -> None:
    fake = FakeNetSuite(TABLES)
    fake.fill(
        "transaction",
        f"SELECT range AS id, TIMESTAMP '{EARLY}' + to_seconds(range - 100) AS lastmodifieddate "
        "FROM range(2500)",
    )
    assert _keys(fake) == tuple(str(number) for number in range(100, 2500))
    assert len(fake.asked) == 3


@pytest.mark.parametrize("items", [[{}], [{"id": None}], [{"id": "x"}]])
def test_a_parent_without_a_key_is_an_error(items: list[dict[str, object]]) -> None:
    with pytest.raises(QueryError, match="in its key"):
        _keys(_Scripted([{"items": items, "hasMore": False}]))


def test_keys_can_be_asked_in_session_time() -> None:
    fake = FakeNetSuite(TABLES, refuses_utc="unnamed", behind_utc=timedelta(hours=8))
    fake.insert("transaction", {"id": 1, "lastmodifieddate": EARLY})
    fake.insert("transaction", {"id": 2, "lastmodifieddate": datetime(2026, 1, 1)})
    read = parent_keys_read(TRANSACTION, EARLY, Speech(), timedelta(0))
    assert fetch_keys(read, fake, RequestCount(), lambda: timedelta(hours=8)) == ("1",)


def test_postings_are_children_by_their_parents_column(tmp_path: Path) -> None:
    fake = FakeNetSuite(TABLES)
    fake.fill(
        "transactionaccountingline",
        "SELECT range AS transaction, 1 AS transactionline, 1 AS accountingbook FROM range(9)",
    )
    read = Read(POSTING, POSTING.key, (), "children")
    assert _landed(_fetch(read, fake, tmp_path, ["3", "4"]), "transaction") == [("3",), ("4",)]
