"""A landed plan says what its pages mean, or that they mean nothing any more."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netsuite_pipeline.netsuite.suiteql import Dialect
from netsuite_pipeline.sync.landing.manifest import (
    VALUES_PER_RANGE,
    Manifest,
    fingerprint,
    new_manifest,
    parse_manifest,
)
from netsuite_pipeline.sync.planning.read_plan import KeyRange, ReadPlan
from netsuite_pipeline.tables import Column, Parent, Table
from netsuite_pipeline_tests.sync.books import CUSTOMER, LINE, TRANSACTION

NOON = datetime(2026, 11, 23, 12)
PLAN = Manifest(
    ReadPlan(
        TRANSACTION,
        ("id", "memo"),
        ("entity",),
        "changed",
        since=NOON - timedelta(hours=3),
        include_null_cursor=True,
        dialect=Dialect(utc=False, labels=False),
        utc_offset=timedelta(hours=-7, minutes=-45),
    ),
    cutoff=NOON,
    watermark=NOON - timedelta(hours=2),
    page_rows=1000,
    key_ranges=(KeyRange(None, ("5",)), KeyRange(("5",), ("9",)), KeyRange(("9",))),
    is_complete=True,
    is_split=True,
    unavailable={"status": "unknown"},
)
FRESH = new_manifest(ReadPlan(CUSTOMER, ("id",), (), "full"), cutoff=NOON, watermark=None, page_rows=1000)
PARENTS = new_manifest(
    ReadPlan(LINE, ("transaction", "id"), (), "children"),
    cutoff=NOON,
    watermark=NOON,
    page_rows=7,
    among=["1", "2"],
)


@pytest.mark.parametrize("plan", [PLAN, FRESH, PARENTS, replace(PLAN, watermark=None, is_complete=False)])
def test_a_plan_is_read_as_it_was_landed(plan: Manifest) -> None:
    assert parse_manifest(plan.to_bytes(), plan.read.table) == plan


@given(
    st.lists(
        st.builds(
            KeyRange,
            st.none() | st.tuples(st.text(max_size=3), st.integers().map(str)),
            st.none() | st.tuples(st.text(max_size=3)),
            st.lists(st.text(max_size=3), max_size=3).map(tuple),
        ),
        max_size=4,
    )
)
def test_any_place_survives_landing(key_ranges: list[KeyRange]) -> None:
    plan = replace(FRESH, key_ranges=tuple(key_ranges))
    assert parse_manifest(plan.to_bytes(), CUSTOMER) == plan


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    "change",
    [
        lambda manifest: manifest.update(version=0),
        lambda manifest: manifest.update(version=4),
        lambda manifest: manifest.update(table="customer"),
        lambda manifest: manifest.update(fingerprint="0123456789abcdef"),
        lambda manifest: manifest.update(cutoff="yesterday"),
        lambda manifest: manifest.update(cutoff=None),
        lambda manifest: manifest.update(key_ranges=[[None]]),
        lambda manifest: manifest.update(key_ranges=None),
        lambda manifest: manifest.pop("is_complete"),
        lambda manifest: manifest["read"].pop("mode"),
        lambda manifest: manifest["read"].update(since=7),
        lambda manifest: manifest.update(read="all of it"),
    ],
)
def test_a_plan_of_another_form_or_table_is_of_no_use(change: Change) -> None:
    manifest = json.loads(PLAN.to_bytes())
    change(manifest)
    assert parse_manifest(json.dumps(manifest).encode(), TRANSACTION) is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"7", b"null", b"\xff\xfe", b"{}", b'"plan"'])
def test_a_damaged_plan_is_of_no_use(content: bytes) -> None:
    assert parse_manifest(content, TRANSACTION) is None


def test_a_plan_cut_anywhere_is_of_no_use() -> None:
    is_complete = PLAN.to_bytes()
    assert all(parse_manifest(is_complete[:end], TRANSACTION) is None for end in range(len(is_complete)))


MORE = Column("extra", "text", "New in the catalogue.")


@pytest.mark.parametrize(
    "table",
    [
        replace(TRANSACTION, columns=(*TRANSACTION.columns, MORE)),
        replace(TRANSACTION, columns=TRANSACTION.columns[:-2] + TRANSACTION.columns[-1:]),
        replace(
            TRANSACTION, columns=(replace(TRANSACTION.columns[0], type="text"), *TRANSACTION.columns[1:])
        ),
        replace(TRANSACTION, columns=(replace(TRANSACTION.columns[0], label=True), *TRANSACTION.columns[1:])),
        replace(TRANSACTION, key=("id", "entity")),
        replace(TRANSACTION, cursor=None),
        replace(TRANSACTION, parent=Parent("customer", "entity")),
    ],
)
def test_a_plan_of_the_table_before_its_spec_changed_is_of_no_use(table: Table) -> None:
    assert fingerprint(table) != fingerprint(TRANSACTION)
    assert parse_manifest(PLAN.to_bytes(), table) is None


def test_what_a_table_is_called_among_people_changes_nothing() -> None:
    reworded = replace(TRANSACTION, title="Documents", description="Anything.", doubt="None.", group="lists")
    plan = parse_manifest(PLAN.to_bytes(), reworded)
    assert plan is not None
    assert plan.read.table is reworded


@pytest.mark.parametrize(
    ("parents", "sizes"), [(0, []), (1, [1]), (500, [500]), (501, [500, 1]), (1500, [500] * 3)]
)
def test_parents_are_dealt_out_to_places(parents: int, sizes: list[int]) -> None:
    among = [str(number) for number in range(parents)]
    plan = new_manifest(PARENTS.read, cutoff=NOON, watermark=None, page_rows=1000, among=among)
    assert [len(place.values) for place in plan.key_ranges] == sizes
    assert [value for place in plan.key_ranges for value in place.values] == among
    assert plan.is_complete
    assert VALUES_PER_RANGE == 500


def test_a_table_that_is_known_to_be_long_begins_with_its_page_index() -> None:
    assert (FRESH.key_ranges, FRESH.is_complete) == ((KeyRange(),), True)
    long = new_manifest(FRESH.read, cutoff=NOON, watermark=None, page_rows=1000, index_first=True)
    assert (long.key_ranges, long.is_complete) == ((), False)
