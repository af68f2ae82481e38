"""What an account refuses is found out under way, by whoever is refused first, and holds for all that follows."""

import random
from datetime import timedelta
from pathlib import Path

import pytest

from netsuite_pipeline.netsuite.errors import NetSuiteError, PermissionDenied, QueryError
from netsuite_pipeline.sync.landing.manifest import parse_manifest
from netsuite_pipeline.sync.planning.read_plan import ReadPlan
from netsuite_pipeline_tests.sync.books import CUSTOMER, EARLY, TABLES, TRANSACTION
from netsuite_pipeline_tests.sync.extracting import (
    CUSTOMERS,
    CUTOFF,
    a_manifest,
    an_extract,
    keys_in,
    rows_of,
)
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite, Refusal, refusal

CHANGED = ReadPlan(CUSTOMER, ("id", "companyname", "lastmodifieddate"), (), "changed", since=EARLY)


def _customers(rows: int = 25) -> FakeNetSuite:
    fake = FakeNetSuite(TABLES, page_rows=3)
    stamp = f"TIMESTAMP '{EARLY}' AS lastmodifieddate"
    fake.fill("customer", f"SELECT range AS id, 'Company' AS companyname, {stamp} FROM range({rows})")
    return fake


@pytest.mark.parametrize("how", ["named", "unnamed", "poison"])
def test_columns_resolved_on_the_first_page_apply_to_all_pages(tmp_path: Path, how: Refusal) -> None:
    fake = _customers()
    fake.hidden_columns = {("customer", "companyname"): how}
    landed = an_extract(a_manifest(CUSTOMERS, fake), fake, tmp_path).run().landed
    assert set(landed.unavailable) == {"companyname"}
    assert landed.read.columns == ("id",)
    assert rows_of(landed, "id") == keys_in(fake, CUSTOMERS)
    # Over what it fails inside, other rows are asked for first: it may be one of them alone.
    assert sum("companyname" in sql for sql in fake.asked) <= (6 if how == "poison" else 3)


@pytest.mark.parametrize("how", ["named", "unnamed", "poison"])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.few(8)
def test_a_column_that_is_refused_from_some_page_on_is_left_out_of_the_rest(
    tmp_path: Path, how: Refusal, seed: int
) -> None:
    """A row deep in the table may be what poisons it."""
    fake, pages = _customers(), list[str]()

    def poison(sql: str) -> None:
        if "companyname" in sql:
            pages.append(sql)
        if len(pages) > 4:
            fake.hidden_columns = {("customer", "companyname"): how}

    fake.before_page = poison
    plan = a_manifest(CUSTOMERS, fake, index_first=True)
    landed = an_extract(plan, fake, tmp_path).run(random.Random(seed).randrange).landed
    assert rows_of(landed, "id") == keys_in(fake, CUSTOMERS)
    assert set(landed.unavailable) == {"companyname"}
    assert landed.anomalies == frozenset(), "pages that were asked for before have it, and rightly so"
    manifest = parse_manifest((tmp_path / "customer" / "manifest.json").read_bytes(), CUSTOMER)
    assert manifest is not None
    assert (manifest.read.columns, set(manifest.unavailable)) == (("id",), {"companyname"})


def test_a_bad_moment_of_netsuites_costs_no_column(tmp_path: Path) -> None:
    fake, bad = _customers(), iter([False] * 5 + [True] + [False] * 1000)

    def moment(sql: str) -> None:
        if next(bad):
            raise refusal("An unexpected error occurred.", status=500, code="UNEXPECTED_ERROR")

    fake.before_page = moment
    landed = an_extract(a_manifest(CUSTOMERS, fake), fake, tmp_path).run().landed
    assert (landed.unavailable, landed.rows) == ({}, 25)


def test_a_key_that_is_refused_fails_the_table(tmp_path: Path) -> None:
    fake = _customers()
    fake.hidden_columns = {("customer", "id"): "named"}
    with pytest.raises(QueryError):
        _ = an_extract(a_manifest(CUSTOMERS, fake), fake, tmp_path).run().landed


def test_a_table_that_is_hidden_fails_with_its_name(tmp_path: Path) -> None:
    fake = _customers()
    fake.hidden_tables = {"customer"}
    with pytest.raises(PermissionDenied) as denied:
        _ = an_extract(a_manifest(CUSTOMERS, fake, index_first=True), fake, tmp_path).run().landed
    assert denied.value.table == "customer"


def test_a_cursor_that_is_refused_at_once_makes_the_read_a_full_one(tmp_path: Path) -> None:
    fake = _customers()
    fake.hidden_columns = {("customer", "lastmodifieddate"): "named"}
    landed = an_extract(a_manifest(CHANGED, fake), fake, tmp_path).run().landed
    assert (landed.read.mode, landed.rows) == ("full", 25)


def test_a_cursor_that_is_refused_in_mid_read_fails_it(tmp_path: Path) -> None:
    """What is landed was chosen by a condition that nobody can go on with."""
    fake = _customers()
    fake.before_page = lambda sql: (
        fake.hidden_columns.update({("customer", "lastmodifieddate"): "named"}) if "id > 8" in sql else None
    )
    extraction = an_extract(a_manifest(CHANGED, fake), fake, tmp_path).run()
    with pytest.raises(NetSuiteError):
        _ = extraction.landed
    assert extraction.files


@pytest.mark.parametrize("how", ["named", "unnamed"])
def test_without_utc_a_read_goes_on_in_session_time(tmp_path: Path, how: Refusal) -> None:
    fake = FakeNetSuite(TABLES, page_rows=3, refuses_utc=how, utc_offset=timedelta(hours=-8))
    for number in range(8):
        fake.insert("transaction", {"id": number, "lastmodifieddate": CUTOFF - timedelta(hours=4 - number)})
    read = ReadPlan(TRANSACTION, ("id", "lastmodifieddate"), (), "changed", since=CUTOFF - timedelta(hours=2))
    offset = timedelta(hours=-8)
    landed = an_extract(a_manifest(read, fake), fake, tmp_path, utc_offset=lambda: offset).run().landed
    assert [row[0] for row in rows_of(landed, "id")] == ["2", "3", "4", "5", "6", "7"]
    assert not landed.read.dialect.utc
