"""A row or a size that NetSuite cannot read costs that row's value, or smaller pages; never a whole column."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from netsuite_pipeline.sync.extract.unreadable_rows import PageSize
from netsuite_pipeline.sync.landing.manifest import parse_manifest
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import (
    CUSTOMER,
    EARLY,
    LINE,
    TABLES,
    TRANSACTION,
    a_company,
    asked_sql,
    assert_equal,
    stored,
    synced,
)
from netsuite_pipeline_tests.sync.extracting import CUSTOMERS, a_manifest, an_extract, keys_in, rows_of
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite

NAME = ("customer", "companyname")


def _customers(rows: int = 350, page_rows: int = 100) -> FakeNetSuite:
    fake = FakeNetSuite(TABLES, page_rows=page_rows)
    fake.fill(
        "customer",
        f"SELECT range AS id, 'Company ' || range AS companyname, TIMESTAMP '{EARLY}' AS lastmodifieddate "
        f"FROM range({rows})",
    )
    return fake


@pytest.mark.parametrize("index_first", [False, True])
@pytest.mark.parametrize("bad", [{0}, {99}, {100}, {251}, {349}, {3, 4, 251}, {0, 349}])
@pytest.mark.few(8)
def test_a_bad_row_costs_its_own_value_and_no_other(tmp_path: Path, bad: set[int], index_first: bool) -> None:
    fake = _customers()
    fake.bad_cells = {NAME: bad}
    landed = an_extract(a_manifest(CUSTOMERS, fake, index_first=index_first), fake, tmp_path).run().landed
    assert landed.unavailable == {}
    assert rows_of(landed, "id", "companyname") == [
        (str(number), None if number in bad else f"Company {number}") for number in range(350)
    ]
    assert {(each.key, each.column) for each in landed.unread} == {
        (str(number), "companyname") for number in bad
    }
    assert "500 UNEXPECTED_ERROR" in landed.unread[0].reason
    assert len(fake.asked) < 12 + 30 * len(bad), "the search is logarithmic"
    manifest = parse_manifest((tmp_path / "customer" / "manifest.json").read_bytes(), CUSTOMER)
    assert manifest is not None
    assert manifest.unread == landed.unread, "a resumed sync knows of it too"


@pytest.mark.parametrize("heaviest", [99, 60, 7, 1])
def test_a_page_that_is_too_heavy_is_asked_for_in_smaller_ones(tmp_path: Path, heaviest: int) -> None:
    fake = _customers(120, page_rows=100)
    fake.heaviest = heaviest
    landed = an_extract(a_manifest(CUSTOMERS, fake, index_first=False), fake, tmp_path).run().landed
    assert rows_of(landed, "id") == keys_in(fake, CUSTOMERS)
    assert (landed.unavailable, landed.unread) == ({}, ())


def test_pages_that_were_too_heavy_twice_are_smaller_from_then_on(tmp_path: Path) -> None:
    fake = _customers(2_000)
    fake.heaviest = 60
    failed: list[str] = []
    fail = fake._fail_over

    def count(sql: str, names: list[str], rows: list[tuple[Any, ...]]) -> None:
        if len(rows) > fake.heaviest:
            failed.append(sql)
        fail(sql, names, rows)

    fake._fail_over = count  # type: ignore[method-assign]
    landed = an_extract(a_manifest(CUSTOMERS, fake), fake, tmp_path).run().landed
    assert rows_of(landed, "id") == keys_in(fake, CUSTOMERS)
    assert len(failed) <= 3


def test_a_bad_row_in_heavy_pages_is_found_all_the_same(tmp_path: Path) -> None:
    fake = _customers()
    fake.heaviest, fake.bad_cells = 40, {NAME: {251}}
    landed = an_extract(a_manifest(CUSTOMERS, fake), fake, tmp_path).run().landed
    assert [row for row in rows_of(landed, "id", "companyname") if row[1] is None] == [("251", None)]
    assert len(rows_of(landed, "id")) == 350


def test_the_only_changed_row_may_be_the_bad_one(tmp_path: Path) -> None:
    """Other rows of the table show that the column is readable."""
    fake = _customers()
    fake.bad_cells = {NAME: {251}}
    read = replace(CUSTOMERS, mode="changed")
    landed = an_extract(a_manifest(read, fake, ["251"]), fake, tmp_path).run().landed
    assert (landed.unavailable, rows_of(landed, "id", "companyname")) == ({}, [("251", None)])
    assert [each.key for each in landed.unread] == ["251"]


def test_the_size_of_pages_follows_what_was_answered() -> None:
    size = PageSize().smaller(1000)
    assert size == (250, 1000)
    assert size.after(250) == (250, 750)
    assert size.after(250).smaller(250) == (62, 250)
    assert PageSize(1, 3).smaller(1) == (1, 1)


def _unread(warehouse: Warehouse) -> list[tuple[object, ...]]:
    return asked_sql(
        warehouse,
        "SELECT table_name, key, column_name, value, reason FROM _netsuite.rejected_values ORDER BY ALL",
    )


def _names(warehouse: Warehouse) -> dict[object, object]:
    at = [column.name for column in CUSTOMER.columns].index("companyname")
    return {row[0]: row[at] for row in stored(warehouse, CUSTOMER)}


REASON = "NetSuite fails inside over it (500 UNEXPECTED_ERROR)"


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.few(1)
def test_a_value_that_cannot_be_read_stays_as_it_was_and_comes_when_it_can(
    warehouse: Warehouse, full: bool
) -> None:
    fake = _customers()
    fake.bad_cells = {NAME: {251}}
    report = synced(fake, warehouse, [CUSTOMER])["customer"]
    assert (report.status, report.rows_read, report.rejected_values) == ("done", 350, 1)
    assert any("could not send companyname of row 251" in note for note in report.notes)
    assert not any("does not have" in note for note in report.notes)
    assert _names(warehouse)[251] is None, "there was no value before"
    assert list(_names(warehouse).values()).count(None) == 1
    assert _unread(warehouse) == [("customer", "251", "companyname", None, REASON)]

    fake.bad_cells = {}
    fake.pass_time(7200)
    synced(fake, warehouse, [CUSTOMER], full=full)
    assert_equal(fake, warehouse, CUSTOMER)
    assert _unread(warehouse) == []

    fake.bad_cells = {NAME: {251}}
    fake.pass_time(7200)
    fake.change("customer", "id = 251", companyname="New", balance=7, lastmodifieddate=fake.now)
    report = synced(fake, warehouse, [CUSTOMER], full=full)["customer"]
    assert _names(warehouse)[251] == "Company 251", "the old value stays"
    assert report.rejected_values == 1
    for _ in range(2):
        fake.pass_time(7200)
        synced(fake, warehouse, [CUSTOMER], full=full)
        assert len(_unread(warehouse)) == 1
    fake.bad_cells = {}
    fake.pass_time(7200)
    synced(fake, warehouse, [CUSTOMER], full=full)
    assert _names(warehouse)[251] == "New"
    assert_equal(fake, warehouse, CUSTOMER)


@pytest.mark.long
def test_a_row_that_is_gone_is_not_asked_for_again(warehouse: Warehouse) -> None:
    fake = _customers()
    fake.logs_deletions = True
    fake.bad_cells = {NAME: {251}}
    synced(fake, warehouse, [CUSTOMER])
    fake.pass_time(7200)
    fake.delete("customer", "id = 251")
    synced(fake, warehouse, [CUSTOMER])
    fake.pass_time(7200)
    synced(fake, warehouse, [CUSTOMER], sweep_after=timedelta(0))
    assert _unread(warehouse) == []
    assert_equal(fake, warehouse, CUSTOMER)


@pytest.mark.long
def test_lines_with_a_bad_value_are_read_again_with_their_transaction(warehouse: Warehouse) -> None:
    fake = a_company()
    (first,) = (row for row in fake.rows("transactionline") if row[:2] == (11, 1))
    fake.bad_cells = {("transactionline", "memo"): {1}}
    synced(fake, warehouse, [TRANSACTION, LINE])
    assert {row[1] for row in _unread(warehouse)} >= {"11/1"}
    fake.bad_cells = {}
    fake.pass_time(7200)
    synced(fake, warehouse, [TRANSACTION, LINE])
    assert first in stored(warehouse, LINE)
    assert_equal(fake, warehouse, TRANSACTION, LINE)
    assert _unread(warehouse) == []


@pytest.mark.long
def test_a_column_that_fails_in_every_row_is_asked_for_again_at_the_next_sync(warehouse: Warehouse) -> None:
    fake = _customers()
    fake.hidden_columns = {NAME: "poison"}
    report = synced(fake, warehouse, [CUSTOMER])["customer"]
    assert any("next sync queries them again" in note for note in report.notes)
    assert not any("does not have" in note for note in report.notes)
    fake.hidden_columns = {}
    fake.pass_time(60)
    synced(fake, warehouse, [CUSTOMER])
    fake.pass_time(60)
    synced(fake, warehouse, [CUSTOMER])
    assert_equal(fake, warehouse, CUSTOMER)
