"""A page that cannot be the answer is asked for again, and what it claims is never believed against the count."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from netsuite_pipeline.netsuite.errors import ImplausibleReply, Unavailable
from netsuite_pipeline.netsuite.http.page import Page, read_page
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.sync.extract.paginate import read_all_keys
from netsuite_pipeline.sync.planning.page_validation import PageRequest
from netsuite_pipeline.sync.planning.read_plan import KeyRange, ReadPlan, key_scan_plan
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import ACCOUNTTYPE, CUSTOMER, EARLY, LINE, TABLES, stored, synced
from netsuite_pipeline_tests.sync.extracting import CUSTOMERS, a_manifest, an_extract, keys_in, rows_of
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite

TYPES = ReadPlan(ACCOUNTTYPE, ("id",), (), "full")
LINES = ReadPlan(LINE, ("transaction", "id"), (), "full")
CHILDREN = replace(LINES, mode="children")


def _page(rows: list[Any], *, more: bool = False, total: int | None = None, **rest: Any) -> Page:
    items = [row if isinstance(row, dict) else {"id": str(row)} for row in rows]
    totals = {} if total is None else {"totalResults": total}
    return read_page(
        json.dumps({"items": items, "hasMore": more, **totals, **rest}).encode(), endpoint="POST"
    )


def _lines(*keys: tuple[int, int]) -> list[dict[str, str]]:
    return [{"transaction": str(transaction), "id": str(line)} for transaction, line in keys]


def _never(sql: str) -> Page:
    raise AssertionError(f"nothing is to be asked: {sql}")


def _counting(counted: int, behind: int | None = None) -> Callable[[str], Page]:
    row = {"counted": str(counted)} | ({} if behind is None else {"newer": str(behind)})
    return lambda sql: _page([row])


def _wanted(read: ReadPlan, low: str = "", high: str = "", among: str = "", **rest: Any) -> PageRequest:
    place = KeyRange(tuple(low.split()) or None, tuple(high.split()) or None, tuple(among.split()))
    return PageRequest(read, place, **rest)


@pytest.mark.parametrize(
    ("wanted", "page", "says"),
    [
        (_wanted(CUSTOMERS), _page([], more=True), "more rows of customer, and sends none"),
        (_wanted(CUSTOMERS, "7"), _page([7, 8]), "out of order: 7 after 7"),
        (_wanted(CUSTOMERS, "7"), _page([1, 2], more=True), "out of order: 1 after 7"),
        (_wanted(CUSTOMERS, "7", "9"), _page([8, 10]), "10, where 9 is the last"),
        (_wanted(CUSTOMERS, "7"), _page([9, 8]), "customer out of order"),
        (_wanted(CUSTOMERS), _page([9, 8], more=True), "customer out of order"),
        (_wanted(CUSTOMERS, among="7 8"), _page([7, 9]), "that were not asked for"),
        (_wanted(CHILDREN, among="7 8"), _page(_lines((7, 1), (9, 1))), "that were not asked for"),
        (_wanted(LINES, "7 2"), _page(_lines((7, 2), (7, 3))), "7, 2 after 7, 2"),
        (_wanted(LINES, "7"), _page(_lines((7, 3), (8, 1))), "7 after 7"),
        (_wanted(LINES, "", "7 2"), _page(_lines((7, 1), (7, 3))), "7, 3, where 7, 2 is the last"),
        (_wanted(LINES), _page(_lines((7, 2), (7, 1)), more=True), "out of order"),
        (_wanted(TYPES, "b"), _page(["c", "b"]), "b after itself"),
    ],
)
def test_what_cannot_be_the_answer_is_refused_in_words(wanted: PageRequest, page: Page, says: str) -> None:
    with pytest.raises(ImplausibleReply, match=says) as refused:
        wanted.validated(page, _never)
    assert "status.netsuite.com" not in refused.value.remedy, "NetSuite is not down"


@pytest.mark.parametrize(
    ("wanted", "page"),
    [
        (_wanted(CUSTOMERS), _page([])),
        (_wanted(CUSTOMERS), _page([9, 8])),  # all rows at once, in whatever order
        (_wanted(CUSTOMERS), _page([8, 8, 9], more=True)),  # a doubled key is the loading's affair
        (_wanted(CUSTOMERS), _page([1, {"companyname": "without a key"}, 2])),
        (_wanted(CUSTOMERS, "7", "9", border=True, expected=2), _page([8, 9], total=2)),
        (_wanted(CUSTOMERS, "7", "9", border=True, expected=2), _page([8, 9], more=True, total=2)),
        (_wanted(CUSTOMERS, among="7 8"), _page([7])),
        (_wanted(CUSTOMERS, "7"), _page([8, 9], total=1)),  # open question 2
        (_wanted(TYPES, "b"), _page(["c", "a"], more=True)),
        (_wanted(LINES, "7"), _page(_lines((8, 1), (8, 2)), more=True)),
    ],
)
def test_what_may_be_the_answer_costs_no_question(wanted: PageRequest, page: Page) -> None:
    assert wanted.validated(page, _never) is page


_BORDER: dict[str, Any] = {"low": "7", "high": "12", "border": True, "expected": 3}


@pytest.mark.parametrize(
    ("wanted", "page", "counted", "goes_on"),
    [
        # `hasMore: false` beside more in `totalResults`.
        (_wanted(CUSTOMERS), _page([1, 2], total=5), _counting(5, 3), True),
        (_wanted(CUSTOMERS), _page([1, 2], total=5), _counting(2, 0), False),
        # The page index found another last key, or more rows.
        (_wanted(CUSTOMERS, **_BORDER), _page([8, 9, 10]), _counting(5, 2), True),
        (_wanted(CUSTOMERS, **_BORDER), _page([8, 9]), _counting(2, 0), False),  # deleted meanwhile
        (_wanted(CUSTOMERS, **_BORDER), _page([8, 12]), _counting(2, 0), False),
        (_wanted(CUSTOMERS, **_BORDER), _page([]), _counting(0), False),
        (_wanted(CUSTOMERS, "7", promised=True), _page([]), _counting(0), False),
        # Rows are missing in the middle, or all of them.
        (_wanted(CUSTOMERS, **_BORDER), _page([8, 12]), _counting(3, 0), None),
        (_wanted(CUSTOMERS, **_BORDER), _page([8, 10]), _counting(4, 1), None),
        (_wanted(CUSTOMERS, **_BORDER), _page([]), _counting(3), None),
        (_wanted(CUSTOMERS, "7", promised=True), _page([]), _counting(2), None),
        (_wanted(CUSTOMERS), _page([], total=5), _counting(5), None),
    ],
)
def test_where_a_reply_contradicts_itself_or_the_index_the_count_decides(
    wanted: PageRequest, page: Page, counted: Callable[[str], Page], goes_on: bool | None
) -> None:
    if goes_on is None:
        with pytest.raises(ImplausibleReply, match="NetSuite counts [0-9] rows there and sent"):
            wanted.validated(page, counted)
    else:
        assert wanted.validated(page, counted).has_more is goes_on


@pytest.mark.parametrize(
    ("wanted", "page", "goes_on"),
    [
        (_wanted(CUSTOMERS), _page([1, 2], total=5), True),
        (_wanted(CUSTOMERS, **_BORDER), _page([8, 9]), True),
        (_wanted(CUSTOMERS, **_BORDER), _page([8, 12]), False),
        (_wanted(CUSTOMERS, **_BORDER), _page([]), False),
        (_wanted(CUSTOMERS), _page([], total=5), None),
    ],
)
def test_where_netsuite_does_not_count_the_rest_is_asked_for_by_key(
    wanted: PageRequest, page: Page, goes_on: bool | None
) -> None:
    if goes_on is None:
        with pytest.raises(ImplausibleReply, match="refuses to count"):
            wanted.validated(page, lambda sql: _page([{}]))
    else:
        assert wanted.validated(page, lambda sql: _page([{}])).has_more is goes_on


def test_an_outage_at_the_count_is_an_outage() -> None:
    def down(sql: str) -> Page:
        raise Unavailable("Down.", status=503)

    with pytest.raises(Unavailable, match="Down"):
        _wanted(CUSTOMERS).validated(_page([1], total=2), down)


Spoils = Callable[[str, dict[str, Any]], dict[str, Any]]


class _Spoiled(FakeNetSuite):
    """Answers some statements with another body."""

    spoils: Spoils = staticmethod(lambda sql, reply: reply)

    def _answered(self, sql: str, most: int) -> bytes:
        body = super()._answered(sql, most)
        return json.dumps(self.spoils(sql, json.loads(body))).encode()


def _customers(spoils: Spoils, rows: int = 25, **how: Any) -> _Spoiled:
    fake = _Spoiled(TABLES, page_rows=5, **how)
    fake.spoils = spoils
    fake.fill("customer", f"SELECT range AS id, TIMESTAMP '{EARLY}' AS lastmodifieddate FROM range({rows})")
    return fake


def _ends(sql: str, reply: dict[str, Any]) -> dict[str, Any]:
    return reply if "COUNT(" in sql else reply | {"hasMore": False}


def _never_ends(sql: str, reply: dict[str, Any]) -> dict[str, Any]:
    return reply | {"hasMore": bool(reply["items"])}


def _short(sql: str, reply: dict[str, Any]) -> dict[str, Any]:
    """The last two rows of a key range are missing, and nothing else says so."""
    if "<=" not in sql or "COUNT(" in sql or len(reply["items"]) < 5:
        return reply
    return reply | {"items": reply["items"][:-2], "count": len(reply["items"][:-2]), "totalResults": 3}


@pytest.mark.parametrize("spoils", [_ends, _never_ends, _short])
@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("read", [CUSTOMERS, key_scan_plan(CUSTOMER), replace(CUSTOMERS, mode="changed")])
@pytest.mark.parametrize("index_first", [False, True])
@pytest.mark.few(10)
def test_no_row_is_lost_to_an_end_that_is_none(
    tmp_path: Path, spoils: Spoils, counts: bool, read: ReadPlan, index_first: bool
) -> None:
    fake = _customers(spoils, refuses_count=not counts)
    landed = an_extract(a_manifest(read, fake, index_first=index_first), fake, tmp_path).run().landed
    assert rows_of(landed, "id") == keys_in(fake, CUSTOMERS)


@pytest.mark.parametrize("spoils", [_ends, _never_ends])
def test_no_key_is_lost_to_an_end_that_is_none(spoils: Spoils) -> None:
    fake = _customers(spoils)
    assert read_all_keys(CUSTOMERS, fake, RequestCounts()) == tuple(keys_in(fake, CUSTOMERS))


def _hollow(sql: str, reply: dict[str, Any]) -> dict[str, Any]:
    """A row in the middle of each key range is missing."""
    if "<=" not in sql or "COUNT(" in sql or len(reply["items"]) < 5:
        return reply
    return reply | {"items": [*reply["items"][:2], *reply["items"][3:]], "count": 4, "totalResults": 4}


def test_a_range_that_stays_short_fails_the_table_in_words(tmp_path: Path) -> None:
    fake = _customers(_hollow)
    with pytest.raises(ImplausibleReply, match="NetSuite counts 5 rows there and sent 4"):
        _ = an_extract(a_manifest(CUSTOMERS, fake), fake, tmp_path).run().landed


def test_another_page_again_is_asked_for_once_more(tmp_path: Path) -> None:
    fake, first = _customers(lambda sql, reply: reply), list[str]()
    spoiled: list[str] = []

    def again(sql: str, reply: dict[str, Any]) -> dict[str, Any]:
        if "ROWNUM" in sql or "COUNT(" in sql or sql in spoiled:
            return reply
        first.append(json.dumps(reply))
        spoiled.append(sql)
        return dict(json.loads(first[0]))

    fake.spoils = again
    landed = an_extract(a_manifest(CUSTOMERS, fake), fake, tmp_path).run().landed
    assert rows_of(landed, "id") == keys_in(fake, CUSTOMERS)
    assert len(spoiled) == 6, "each page but the first was another one once"


@pytest.mark.parametrize(
    "spoils",
    [
        lambda reply: reply | {"items": [], "count": 0, "hasMore": True},
        lambda reply: reply | {"items": reply["items"][:7], "count": 7, "hasMore": True},
        lambda reply: reply | {"items": reply["items"][:7], "count": 7, "hasMore": False},
        lambda reply: reply | {"items": [], "count": 0, "hasMore": False},
    ],
)
@pytest.mark.few(1)
def test_a_record_is_not_gone_because_a_reply_is_incomplete(
    warehouse: Warehouse, spoils: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    """Deleted Records names twenty customers that NetSuite still shows, page after page."""
    fake = _Spoiled(TABLES, logs_deletions=True)
    stamp = f"TIMESTAMP '{EARLY}' AS lastmodifieddate"
    fake.fill("customer", f"SELECT range AS id, {stamp} FROM range(1, 25)")
    synced(fake, warehouse, [CUSTOMER])
    for number in range(1, 21):
        fake.insert(
            "deletedrecord",
            {
                "recordid": number,
                "recordtypeid": -2,
                "scriptid": "customer",
                "type": "Customer",
                "name": f"Customer #{number}",
                "deleteddate": fake.now,
            },
        )
    fake.spoils = lambda sql, reply: (
        spoils(reply) if " IN (" in sql and "COUNT(" not in sql and ">" not in sql else reply
    )
    fake.pass_time(60)
    synced(fake, warehouse, [CUSTOMER])
    assert len(stored(warehouse, CUSTOMER)) == 24
