"""Where the page index is refused, whoever is idle takes half of what is left of a place."""

import json
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from netsuite_pipeline.netsuite.errors import Unavailable
from netsuite_pipeline.sync.landing.folder import TableLanding
from netsuite_pipeline.sync.landing.manifest import Manifest, parse_manifest
from netsuite_pipeline.sync.planning.read_plan import ReadPlan
from netsuite_pipeline_tests.sync.books import TABLES
from netsuite_pipeline_tests.sync.extracting import CUSTOMERS, LINES, a_manifest, an_extract, keys_in, rows_of
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite, refusal

SPARSE = "SELECT range * range * range - 1000 AS id FROM range(61)"
MANY_LINES = "SELECT t.range AS transaction, l.range AS id, 1 AS amount FROM range(4) t, range(17) l"


def _filled(read: ReadPlan, select: str, **settings: Any) -> FakeNetSuite:
    fake = FakeNetSuite(TABLES, page_rows=3, refuses_index=True, **settings)
    fake.fill(read.table.name, select)
    return fake


def _plan_of(folder: Path, read: ReadPlan) -> Manifest:
    plan = parse_manifest((folder / read.table.name / "manifest.json").read_bytes(), read.table)
    assert plan is not None
    return plan


@pytest.mark.parametrize("index_first", [False, True])
@pytest.mark.parametrize("idle", [0, 3])
@pytest.mark.parametrize(
    ("read", "select"),
    [
        (CUSTOMERS, SPARSE),
        (CUSTOMERS, "SELECT range AS id FROM range(0)"),
        (CUSTOMERS, "SELECT -5 AS id"),
        (CUSTOMERS, "SELECT range AS id FROM range(40)"),
        (LINES, MANY_LINES),
    ],
)
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.few(9)
def test_every_row_lands_once_whichever_range_is_split_when(
    tmp_path: Path, read: ReadPlan, select: str, idle: int, index_first: bool, seed: int
) -> None:
    fake = _filled(read, select)
    plan = a_manifest(read, fake, index_first=index_first)
    extraction = an_extract(plan, fake, tmp_path, idle=idle).run(random.Random(seed).randrange)
    assert sorted(_numbers(rows_of(extraction.landed, *read.table.key))) == sorted(
        _numbers(keys_in(fake, read))
    )


def _numbers(keys: Iterable[tuple[str | None, ...]]) -> list[tuple[int, ...]]:
    return [tuple(int(part or "") for part in key) for key in keys]


@pytest.mark.parametrize(("idle", "key_ranges"), [(0, 2), (1, 10)])
def test_a_key_range_is_split_only_for_an_idle_thread(tmp_path: Path, idle: int, key_ranges: int) -> None:
    fake = _filled(CUSTOMERS, SPARSE)
    an_extract(a_manifest(CUSTOMERS, fake), fake, tmp_path, idle=idle).run()
    plan = _plan_of(tmp_path, CUSTOMERS)
    assert (plan.is_complete, plan.is_split) == (True, True)
    assert len(plan.key_ranges) == 2 if idle == 0 else len(plan.key_ranges) >= key_ranges


def test_the_index_is_asked_for_once(tmp_path: Path) -> None:
    fake = _filled(CUSTOMERS, SPARSE)
    an_extract(a_manifest(CUSTOMERS, fake), fake, tmp_path, idle=2).run()
    assert sum("ROWNUM" in sql for sql in fake.asked) == 1
    assert sum("DESC" in sql for sql in fake.asked) == 1


def test_an_index_that_netsuite_fails_inside_of_is_a_refusal_too(tmp_path: Path) -> None:
    fake = FakeNetSuite(TABLES, page_rows=3)
    fake.fill("customer", SPARSE)

    def fail(sql: str) -> None:
        if "ROWNUM" in sql:
            raise refusal("An unexpected error occurred.", status=500, code="UNEXPECTED_ERROR")

    fake.before_page = fail
    extraction = an_extract(a_manifest(CUSTOMERS, fake), fake, tmp_path, idle=2).run()
    assert set(rows_of(extraction.landed, "id")) == set(keys_in(fake, CUSTOMERS))


def test_an_outage_at_the_index_is_an_outage(tmp_path: Path) -> None:
    fake = FakeNetSuite(TABLES, page_rows=3)
    fake.fill("customer", SPARSE)

    def fail(sql: str) -> None:
        if "ROWNUM" in sql:
            raise Unavailable("Down.")

    fake.before_page = fail
    extraction = an_extract(a_manifest(CUSTOMERS, fake), fake, tmp_path, idle=2).run()
    assert [error.message for error in extraction.failures] == ["Down."]


@pytest.mark.parametrize("seed", range(3))
def test_at_no_moment_does_the_landed_plan_leave_out_a_row(tmp_path: Path, seed: int) -> None:
    """A kill between two writes must not leave a plan that ends too early: what it lacks would never come."""
    fake = _filled(CUSTOMERS, SPARSE)
    written: list[bytes] = []

    class Watched(TableLanding):
        def write_manifest(self, plan: bytes) -> None:
            written.append(plan)
            super().write_manifest(plan)

    landing = Watched(tmp_path / "customer")
    extraction = an_extract(a_manifest(CUSTOMERS, fake), fake, tmp_path, idle=2, landing=landing)
    extraction.run(random.Random(seed).randrange)
    keys = [int(key[0]) for key in keys_in(fake, CUSTOMERS)]
    assert len(written) > 3
    for content in written:
        plan = json.loads(content)
        if plan["is_complete"]:
            for key in keys:
                homes = [place for place in plan["key_ranges"] if _holds(place, key)]
                assert len(homes) == 1, (key, plan["key_ranges"])


def _holds(place: list[Any], key: int) -> bool:
    low, high, _ = place
    return (low is None or int(low[0]) < key) and (high is None or key <= int(high[0]))


@pytest.mark.parametrize("idle", [0, 2])
def test_rows_that_come_behind_the_greatest_key_come_too(tmp_path: Path, idle: int) -> None:
    fake = _filled(CUSTOMERS, "SELECT range AS id FROM range(30)")

    def grow(sql: str) -> None:
        if "companyname" in sql and "id > " in sql and not fake.rows("customer", "id = 100"):
            fake.fill("customer", "SELECT range + 100 AS id FROM range(8)")

    fake.before_page = grow
    landed = an_extract(a_manifest(CUSTOMERS, fake), fake, tmp_path, idle=idle).run().landed
    assert set(rows_of(landed, "id")) == set(keys_in(fake, CUSTOMERS))
