"""The page index returns the last key of each page; then each page is a query of its own, in any order."""

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.sync.landing.manifest import Manifest, parse_manifest
from netsuite_pipeline.sync.landing.result import RowCountRange
from netsuite_pipeline.sync.planning.read_plan import ReadPlan, key_scan_plan
from netsuite_pipeline_tests.sync.books import CUSTOMER, POSTING, TABLES
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

POSTINGS = ReadPlan(POSTING, POSTING.key, (), "full")
SPARSE = "SELECT range * range * range - 1000 AS id FROM range(61)"
GAPS = "SELECT range + 1000000 * (range // 17) AS id FROM range(61)"
FEW_LINES = "SELECT t.range * 5 AS transaction, l.range AS id, 1 AS amount FROM range(20) t, range(3) l"
MANY_LINES = "SELECT t.range AS transaction, l.range AS id, 1 AS amount FROM range(2) t, range(31) l"
BOOKS = (
    "SELECT t.range AS transaction, l.range AS transactionline, b.range AS accountingbook "
    "FROM range(5) t, range(4) l, range(3) b"
)


def _filled(table: str, select: str, **settings: Any) -> FakeNetSuite:
    fake = FakeNetSuite(TABLES, **{"page_rows": 3, **settings})
    fake.fill(table, select)
    return fake


def _landed_plan(folder: Path, plan: Manifest) -> Manifest | None:
    return parse_manifest((folder / plan.read.table.name / "manifest.json").read_bytes(), plan.read.table)


@pytest.mark.parametrize("index_first", [False, True])
@pytest.mark.parametrize(
    ("read", "select"),
    [
        (CUSTOMERS, SPARSE),
        (CUSTOMERS, GAPS),
        (CUSTOMERS, "SELECT 1 AS id"),
        (CUSTOMERS, "SELECT range AS id FROM range(0)"),
        (CUSTOMERS, "SELECT range AS id FROM range(9)"),  # an index page of exactly its greatest size
        (CUSTOMERS, "SELECT range AS id FROM range(12)"),
        (LINES, FEW_LINES),
        (LINES, MANY_LINES),
        (POSTINGS, BOOKS),
    ],
)
@pytest.mark.few(6)
def test_every_row_lands_once_whatever_the_keys_and_in_whatever_order_pages_are_asked(
    tmp_path: Path, read: ReadPlan, select: str, index_first: bool
) -> None:
    fake = _filled(read.table.name, select)
    plan = a_manifest(read, fake, index_first=index_first)
    extraction = an_extract(plan, fake, tmp_path, idle=3).run(random.Random(select).randrange)
    landed = extraction.landed
    assert rows_of(landed, *read.table.key) == keys_in(fake, read)
    pages = [sql for sql in fake.asked if "ROWNUM" not in sql and "COUNT(" not in sql]
    assert len(pages) == len(landed.pages) <= 1 + -(-landed.rows // 3)
    assert not any("+" in name for name in extraction.files), "no page but those of the index"


def test_the_index_of_more_rows_than_it_can_list_comes_in_several_pages(tmp_path: Path) -> None:
    """With 1,000 rows a page that is a table of more than a million rows; with 3 one of more than 9."""
    fake = _filled("customer", SPARSE)
    landed = an_extract(a_manifest(CUSTOMERS, fake, index_first=True), fake, tmp_path).run().landed
    index = [sql for sql in fake.asked if "ROWNUM" in sql]
    assert len(index) == 7, "61 rows are 20 whole pages, of which 3 are listed at a time"
    assert len(set(index)) == 7
    assert landed.count.requests == 7 + 21 + 1


def test_the_key_ranges_of_the_first_index_page_are_read_before_the_rest_of_the_index(tmp_path: Path) -> None:
    fake = _filled("customer", SPARSE)
    an_extract(a_manifest(CUSTOMERS, fake, index_first=True), fake, tmp_path).run()
    kinds = ["index" if "ROWNUM" in sql else "page" for sql in fake.asked]
    assert kinds[:5] == ["index", "page", "page", "page", "index"]


@pytest.mark.parametrize(("new", "last"), [(101, "000000-004.json"), (601, "000002-003.json")])
def test_a_page_that_grew_since_the_index_goes_on_by_its_last_key(
    tmp_path: Path, new: int, last: str
) -> None:
    fake = _filled("customer", "SELECT range * 100 AS id FROM range(7)")

    def grow(sql: str) -> None:
        if "companyname" in sql and not fake.rows("customer", f"id = {new}"):
            fake.fill("customer", f"SELECT range + {new} AS id FROM range(10)")

    fake.before_page = grow
    extraction = an_extract(a_manifest(CUSTOMERS, fake, index_first=True), fake, tmp_path).run()
    assert rows_of(extraction.landed, "id") == keys_in(fake, CUSTOMERS)
    assert last in extraction.files


def test_pages_whose_rows_are_gone_since_the_index_are_empty_and_nothing_else_is_amiss(
    tmp_path: Path,
) -> None:
    fake = _filled("customer", SPARSE, page_rows=10)
    fake.before_page = lambda sql: (
        fake.delete("customer", "id BETWEEN 0 AND 50000") if "companyname" in sql else None
    )
    landed = an_extract(a_manifest(CUSTOMERS, fake, index_first=True), fake, tmp_path).run().landed
    assert rows_of(landed, "id") == keys_in(fake, CUSTOMERS)
    assert len(landed.pages) == 7


def test_the_manifest_is_landed_before_its_pages(tmp_path: Path) -> None:
    fake, plan = _filled("customer", SPARSE), a_manifest(CUSTOMERS, FakeNetSuite((), page_rows=3))
    seen: list[bool] = []

    def look(sql: str) -> None:
        manifest = _landed_plan(tmp_path, plan)
        key_ranges = (
            []
            if manifest is None
            else [place for place in manifest.key_ranges if CUSTOMERS.sql(place) == sql]
        )
        seen.append("companyname" not in sql or len(key_ranges) == 1)

    fake.before_page = look
    an_extract(plan, fake, tmp_path).run()
    assert seen
    assert all(seen)
    whole = _landed_plan(tmp_path, plan)
    assert whole is not None
    assert (whole.is_complete, whole.is_split, len(whole.key_ranges)) == (True, False, 21)


class _Disordered(FakeNetSuite):
    """Answers the page index without its order."""

    def _page(self, sql: str, limit: int, count: RequestCounts | None) -> Page:
        page = super()._page(sql, limit, count)
        return replace(page, rows=page.rows[::-1]) if "ROWNUM" in sql else page


def test_an_index_out_of_order_is_not_believed(tmp_path: Path) -> None:
    fake = _Disordered(TABLES, page_rows=3)
    fake.fill("customer", SPARSE)
    landed = an_extract(a_manifest(CUSTOMERS, fake), fake, tmp_path).run().landed
    assert rows_of(landed, "id") == keys_in(fake, CUSTOMERS)
    assert landed.anomalies == {"the page index came out of order; places were halved instead"}


def test_columns_that_nobody_is_sure_of_are_found_out_by_one_page_before_the_others_are_asked(
    tmp_path: Path,
) -> None:
    fake = _filled("transactionline", FEW_LINES, hidden_columns={("transactionline", "memo"): "named"})
    read = replace(LINES, columns=(*LINES.columns, "memo"), mode="children")
    plan = a_manifest(read, fake, [str(5 * number) for number in range(20)])
    many = replace(
        plan, key_ranges=tuple(replace(plan.key_ranges[0], values=(f"{5 * n}",)) for n in range(20))
    )
    landed = an_extract(many, fake, tmp_path, certain=False).run(lambda waiting: waiting - 1).landed
    assert (landed.rows, landed.unavailable) == (60, {"memo": "unknown"})
    assert sum("memo" in sql for sql in fake.asked) == 1


def test_keys_alone_are_fetched_by_the_index_too(tmp_path: Path) -> None:
    fake = _filled("customer", SPARSE)
    landed = (
        an_extract(a_manifest(key_scan_plan(CUSTOMER), fake, index_first=True), fake, tmp_path).run().landed
    )
    assert rows_of(landed, "id") == keys_in(fake, CUSTOMERS)
    assert {sql.split(" FROM ")[0] for sql in fake.asked if "COUNT(" not in sql} == {"SELECT id"}
    assert landed.counted == RowCountRange(landed.rows, landed.rows)


def test_an_index_row_without_its_key_makes_key_ranges_be_split(tmp_path: Path) -> None:
    bodies: list[dict[str, object]] = [
        {"items": [{"id": "1"}], "hasMore": True},
        {"items": [{"rn": "1000"}], "hasMore": False},
        {"items": [{"id": "9"}], "hasMore": True},
        {"items": [{"id": "9"}], "hasMore": False},
        {"items": [{"counted": "2"}], "hasMore": False},
    ]
    client = Scripted(bodies)
    landed = an_extract(a_manifest(CUSTOMERS, client), client, tmp_path).run().landed
    assert rows_of(landed, "id") == [("1",), ("9",)]
