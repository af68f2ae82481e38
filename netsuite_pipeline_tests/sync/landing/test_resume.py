"""Landed pages are looked at one by one: what is whole need not be asked for again, what is not is."""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from netsuite_pipeline.sync.landing.folder import Landing, TableLanding
from netsuite_pipeline.sync.landing.manifest import Manifest
from netsuite_pipeline.sync.landing.resume import ResumablePages, scan_landed_pages
from netsuite_pipeline.sync.planning.read_plan import Key, KeyRange
from netsuite_pipeline_tests.sync.extracting import CUSTOMERS

PLAN = Manifest(
    CUSTOMERS,
    cutoff=datetime(2026, 11, 23, 12),
    watermark=None,
    page_rows=3,
    key_ranges=(KeyRange(None, ("3",)), KeyRange(("3",), ("6",)), KeyRange(("6",))),
    is_complete=True,
)


def _page(*ids: object) -> bytes:
    return json.dumps({"count": len(ids), "hasMore": True, "items": [{"id": id} for id in ids]}).encode()


def _landed(folder: Path, pages: dict[str, bytes]) -> TableLanding:
    landing = Landing(folder).table("customer")
    landing.start(PLAN.to_bytes())
    for name, body in pages.items():
        (landing.path / name).write_bytes(body)
    return landing


Partly = dict[int, tuple[int, Key | None]]


@pytest.mark.parametrize(
    ("pages", "complete", "partly", "rows"),
    [
        ({}, set(), {}, 0),
        ({"000000-000.json": _page("1", "3")}, {0}, {}, 2),
        ({"000001-000.json": _page("4"), "000002-000.json": _page()}, {1, 2}, {}, 1),
        ({"000002-000+.json": _page("7", "8", "9")}, set(), {2: (1, ("9",))}, 3),
        ({"000002-000+.json": _page("7", "8"), "000002-001+.json": _page("9")}, set(), {2: (2, ("9",))}, 3),
        ({"000002-000+.json": _page("7", "8"), "000002-001.json": _page("9")}, {2}, {}, 3),
        # A place that ended with an empty page.
        ({"000002-000+.json": _page("7", "8"), "000002-001.json": _page()}, {2}, {}, 2),
        ({"000000-000.json": _page("1"), "000002-000+.json": _page("7")}, {0}, {2: (1, ("7",))}, 2),
    ],
)
def test_whole_pages_are_kept_and_the_rest_is_known(
    tmp_path: Path, pages: dict[str, bytes], complete: set[int], partly: Partly, rows: int
) -> None:
    landing = _landed(tmp_path, pages)
    resumed = scan_landed_pages(PLAN, landing)
    assert (resumed.complete, resumed.partly, resumed.rows) == (frozenset(complete), partly, rows)
    assert [path.name for path in resumed.pages.values()] == sorted(pages)
    assert resumed.continues
    assert resumed.anomalies == frozenset()


WHOLE = _page("1", "2", "3")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        WHOLE[:-1],
        WHOLE[: len(WHOLE) // 2],
        b"\0" * len(WHOLE),
        WHOLE.replace(b'"count": 3', b'"count": 4'),
        b'{"items": 7}',
        b'{"items": [{"companyname": "No key"}]}',
        _page("1", "2.5"),
        b"<html>",
    ],
)
def test_a_damaged_page_is_removed_and_asked_for_again(tmp_path: Path, body: bytes) -> None:
    landing = _landed(tmp_path, {"000000-000.json": body, "000001-000.json": _page("4")})
    resumed = scan_landed_pages(PLAN, landing)
    assert (resumed.complete, resumed.partly, resumed.rows) == (frozenset({1}), {}, 1)
    assert [page.file for page in landing.pages()] == ["000001-000.json"]
    assert resumed.anomalies == {"1 landed page was damaged and asked for again"}


@pytest.mark.parametrize(
    ("pages", "partly", "kept"),
    [
        # Parts behind one that is damaged or missing cannot be told from others any more.
        ({"000002-000+.json": b"", "000002-001.json": _page("9")}, {}, []),
        ({"000002-001.json": _page("9")}, {}, []),
        (
            {"000002-000+.json": _page("7"), "000002-001+.json": b"x", "000002-002.json": _page("9")},
            {2: (1, ("7",))},
            ["000002-000+.json"],
        ),
        (
            {"000002-000+.json": _page("7"), "000002-002.json": _page("9")},
            {2: (1, ("7",))},
            ["000002-000+.json"],
        ),
        # More is promised behind an empty page: nobody knows where.
        ({"000002-000+.json": _page()}, {}, []),
        # A place that the plan does not have.
        ({"000003-000.json": _page("9")}, {}, []),
    ],
)
def test_pages_that_do_not_fit_the_plan_are_removed(
    tmp_path: Path, pages: dict[str, bytes], partly: Partly, kept: list[str]
) -> None:
    landing = _landed(tmp_path, pages)
    resumed = scan_landed_pages(PLAN, landing)
    assert (resumed.complete, resumed.partly) == (frozenset(), partly)
    assert [page.file for page in landing.pages()] == kept == [path.name for path in resumed.pages.values()]
    assert resumed.anomalies


def test_parts_behind_the_end_of_a_place_are_not_loaded(tmp_path: Path) -> None:
    landing = _landed(tmp_path, {"000000-000.json": _page("1"), "000000-001.json": _page("2")})
    resumed = scan_landed_pages(PLAN, landing)
    assert (resumed.complete, resumed.rows) == (frozenset({0}), 1)
    assert [page.file for page in landing.pages()] == ["000000-000.json"]


def test_a_page_that_cannot_be_read_is_removed(tmp_path: Path) -> None:
    landing = _landed(tmp_path, {})
    (landing.path / "000000-000.json").symlink_to(tmp_path / "gone")
    assert scan_landed_pages(PLAN, landing).complete == set()
    assert landing.pages() == {}


def test_what_does_not_look_like_a_page_is_left_alone(tmp_path: Path) -> None:
    landing = _landed(tmp_path, {"stage.duckdb": b"x", "000000-000.json.part": WHOLE})
    assert scan_landed_pages(PLAN, landing) == ResumablePages(continues=True)


def test_an_empty_plan_has_no_use_for_any_page(tmp_path: Path) -> None:
    landing = _landed(tmp_path, {"000000-000.json": WHOLE})
    assert scan_landed_pages(replace(PLAN, key_ranges=(), is_complete=False), landing).pages == {}
