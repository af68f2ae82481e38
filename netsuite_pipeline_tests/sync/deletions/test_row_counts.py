"""After a full read NetSuite counts its rows, and a wrong count differs from missing rows."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from netsuite_pipeline.netsuite.errors import Unavailable
from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.sync.landing.result import RowCountRange
from netsuite_pipeline.sync.load.record import counts_match
from netsuite_pipeline.sync.planning.read_plan import ReadPlan, key_scan_plan
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import CUSTOMER, EARLY, TABLES, assert_equal, synced
from netsuite_pipeline_tests.sync.extracting import CUTOFF, Scripted, a_manifest, an_extract
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite, refusal

READ = ReadPlan(CUSTOMER, ("id", "lastmodifieddate"), (), "full")
Total = Literal["exact", "absent", "wrong"]
REFUSED = "NetSuite refuses to count its rows, so they were not compared"


def _filled(rows: int, *, newer: int = 0, total: Total = "exact", page_rows: int = 3) -> FakeNetSuite:
    fake = FakeNetSuite(TABLES, page_rows=page_rows, total=total)
    for number in range(rows):
        late = number >= rows - newer
        at = CUTOFF + timedelta(seconds=1) if late else EARLY
        fake.insert("customer", {"id": number, "lastmodifieddate": at})
    return fake


@pytest.mark.parametrize(
    ("rows", "newer", "total", "counted", "requests"),
    [
        # A single page is checked against totalResults, at no request's cost, where that is right.
        (0, 0, "exact", RowCountRange(0, 0), 1),
        (3, 0, "exact", RowCountRange(3, 3), 1),
        # Where it is missing or wrong (open question 2), NetSuite is asked to count.
        (3, 0, "absent", RowCountRange(3, 3), 2),
        (3, 0, "wrong", RowCountRange(3, 3), 2),
        # Several pages are counted, and totalResults is not believed.
        (10, 0, "exact", RowCountRange(10, 10), 6),
        (10, 0, "wrong", RowCountRange(10, 10), 6),
        (10, 4, "exact", RowCountRange(6, 10), 6),
    ],
)
def test_rows_are_counted_at_the_cutoff(
    tmp_path: Path, rows: int, newer: int, total: Total, counted: RowCountRange | None, requests: int
) -> None:
    fake = _filled(rows, newer=newer, total=total)
    landed = an_extract(a_manifest(READ, fake), fake, tmp_path).run().landed
    assert (landed.counted, landed.count.requests) == (counted, requests)
    assert landed.anomalies == frozenset()


def test_a_refused_count_is_noted_and_the_table_is_fetched_all_the_same(tmp_path: Path) -> None:
    fake = _filled(10)
    fake.refuses_count = True
    landed = an_extract(a_manifest(READ, fake), fake, tmp_path).run().landed
    assert (landed.counted, landed.rows, landed.anomalies) == (None, 10, frozenset({REFUSED}))


def test_a_count_at_which_netsuite_fails_inside_is_a_refusal_and_an_outage_is_an_outage(
    tmp_path: Path,
) -> None:
    fake = _filled(10)
    inside = refusal("An unexpected error occurred.", status=500, code="UNEXPECTED_ERROR")
    errors = iter([inside, inside, Unavailable("Down.")])  # it is asked with the later changes, and without

    def fail(sql: str) -> None:
        if "COUNT(" in sql:
            raise next(errors)

    fake.before_page = fail
    assert an_extract(a_manifest(READ, fake), fake, tmp_path / "1").run().landed.anomalies == {REFUSED}
    with pytest.raises(Unavailable):
        _ = an_extract(a_manifest(READ, fake), fake, tmp_path / "2").run().landed


@pytest.mark.parametrize("items", [[], [{}], [{"counted": None}], [{"counted": "many"}], [{"newer": "1"}]])
def test_a_count_that_says_nothing_is_noted(tmp_path: Path, items: list[dict[str, object]]) -> None:
    bodies: list[dict[str, object]] = [
        {"items": [{"id": "1"}, {"id": "2"}], "hasMore": True},
        {"items": [], "hasMore": False},
        {"items": [{"id": "3"}], "hasMore": False},
        {"items": items, "hasMore": False},
    ]
    asks = Scripted(bodies)
    landed = an_extract(a_manifest(READ, asks), asks, tmp_path).run().landed
    assert (landed.counted, landed.rows) == (None, 3)
    assert landed.anomalies == {"NetSuite's count of its rows could not be read"}


@pytest.mark.parametrize("mode", ["changed", "children"])
def test_reads_of_some_rows_are_not_counted(tmp_path: Path, mode: Literal["changed", "children"]) -> None:
    fake = _filled(10)
    since = EARLY if mode == "changed" else None
    among = [str(number) for number in range(10)] if mode == "children" else None
    plan = a_manifest(replace(READ, mode=mode, since=since), fake, among)
    landed = an_extract(plan, fake, tmp_path).run().landed
    assert (landed.rows, landed.counted) == (10, None)
    assert not any("COUNT(" in sql for sql in fake.asked)


@pytest.mark.parametrize("rows", [0, 3, 10])
@pytest.mark.parametrize("newer", [0, 1])
def test_a_read_of_all_keys_is_counted_at_the_cutoff_too(tmp_path: Path, rows: int, newer: int) -> None:
    newer = min(newer, rows)
    fake = _filled(rows, newer=newer)
    landed = an_extract(a_manifest(key_scan_plan(CUSTOMER), fake), fake, tmp_path).run().landed
    assert (landed.counted, landed.rows) == (RowCountRange(rows - newer, rows), rows)


def test_a_cursor_that_cannot_be_filtered_by_costs_no_count_of_all_keys(tmp_path: Path) -> None:
    fake = _filled(10)
    fake.hidden_columns = {("customer", "lastmodifieddate"): "named"}
    landed = an_extract(a_manifest(key_scan_plan(CUSTOMER), fake), fake, tmp_path).run().landed
    assert (landed.counted, landed.anomalies) == (RowCountRange(10, 10), frozenset())


@pytest.mark.parametrize("mode", ["full", "keys"])
def test_a_short_page_that_agrees_with_itself_is_found_out_by_the_count(
    tmp_path: Path, mode: Literal["full", "keys"]
) -> None:
    """One page, of fewer rows than were stored before, may be short: `totalResults` shows the same."""
    whole: list[dict[str, object]] = [{"id": "1"}, {"id": "2"}]
    asks = Scripted(
        [
            {"items": whole, "count": 2, "hasMore": False, "totalResults": 2},
            {"items": [{"counted": "3"}], "hasMore": False},
            {"items": [{"counted": "3"}], "hasMore": False},
        ]
    )
    plan = a_manifest(replace(READ, mode=mode), asks)
    landed = an_extract(plan, asks, tmp_path, stored_rows=3).run().landed
    assert (landed.rows, landed.counted) == (2, RowCountRange(3, 3))


@pytest.mark.parametrize(
    ("counted", "read", "expected"),
    [
        (None, 5, None),
        (RowCountRange(5, 5), 5, True),
        (RowCountRange(5, 5), 4, False),
        (RowCountRange(5, 5), 6, False),
        (RowCountRange(3, 5), 2, False),
        (RowCountRange(3, 5), 3, True),
        (RowCountRange(3, 5), 5, True),
    ],
)
def test_whether_as_many_rows_were_read_as_netsuite_counts(
    counted: RowCountRange | None, read: int, expected: bool | None
) -> None:
    assert counts_match(counted, read) == expected


def test_a_sync_reports_whether_netsuite_counts_as_many(warehouse: Warehouse) -> None:
    fake = _filled(10)
    report = synced(fake, warehouse, [CUSTOMER])["customer"]
    assert (report.counted, report.matches) == (10, True)

    counts: list[str] = []
    fetch_page_before = fake.fetch_page

    def one_more(sql: str, **rest: Any) -> Page:
        page = fetch_page_before(sql, **rest)
        if "COUNT(" not in sql:
            return page
        counts.append(sql)
        return replace(page, rows=[{**page.rows[0], "counted": "11"}])

    fake.fetch_page = one_more  # type: ignore[method-assign]
    report = synced(fake, warehouse, [CUSTOMER], full=True)["customer"]
    # Once while the last pages were under way, and again when they did not agree; then as often for the sweep
    # that a difference brings.
    assert len(counts) == 4
    assert (report.counted, report.matches, report.status) == (11, False, "failed")
    assert "10 rows are stored, 1 fewer than NetSuite counts" in str(report.failure)


@pytest.mark.long
def test_rows_that_came_after_the_cutoff_are_no_difference(warehouse: Warehouse) -> None:
    fake = _filled(10, newer=4)
    report = synced(fake, warehouse, [CUSTOMER])["customer"]
    assert (report.counted, report.matches, report.rows) == (None, True, 6)
    synced(fake, warehouse, [CUSTOMER])
    assert_equal(fake, warehouse, CUSTOMER)


def test_a_sync_of_an_account_that_cannot_count_says_so(warehouse: Warehouse) -> None:
    fake = _filled(10)
    fake.refuses_count = True
    report = synced(fake, warehouse, [CUSTOMER])["customer"]
    assert (report.counted, report.matches, report.status) == (None, None, "done")
    assert REFUSED in report.notes
