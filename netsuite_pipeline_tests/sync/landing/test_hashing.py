"""A value that is to be hashed is hashed before it lands, and a table remembers by what it was asked."""

import hashlib
import json
from dataclasses import replace
from datetime import datetime, timedelta

import duckdb
import pytest

from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.netsuite.http.page import Page, read_page
from netsuite_pipeline.sync.landing.hashing import (
    Hashing,
    read_fingerprint,
    refuse_unhashed,
    require_salt,
    salt_from_variables,
)
from netsuite_pipeline.sync.landing.manifest import new_manifest, parse_manifest
from netsuite_pipeline.sync.planning.read_plan import ReadPlan
from netsuite_pipeline.sync.request import SyncRequest
from netsuite_pipeline.tables import Table, TableSpecError
from netsuite_pipeline.tables.hashed_columns import HASHED_COMMENT, hashed_table, queried_table
from netsuite_pipeline.warehouse.state import TableState
from netsuite_pipeline_tests.sync.books import CUSTOMER, LINE, TRANSACTION

SALT = "a-long-random-text"
NOON = datetime(2026, 11, 23, 12)
HASHING = Hashing(SALT)
HASHED = replace(CUSTOMER, hashed=("companyname", "balance"))


def sha(value: str) -> str:
    return hashlib.sha256(f"{SALT}{value}".encode()).hexdigest()


def a_request() -> SyncRequest:
    return SyncRequest((CUSTOMER,), {}, "netsuite", False, timedelta(0))


def a_page(items: str, *, of: int = 1) -> Page:
    return read_page(
        f'{{"count":{of},"hasMore":false,"items":[{items}],"totalResults":{of}}}'.encode(), endpoint="x"
    )


@pytest.mark.parametrize("value", ["a@b.com", "", "O'Brien", "Ä\n😀", "2026-10-31", "T", "1.10"])
def test_who_has_the_salt_finds_a_value_in_duckdb(value: str) -> None:
    quoted = value.replace("'", "''")
    assert duckdb.sql(f"SELECT sha256('{SALT}' || '{quoted}')").fetchall() == [(HASHING.of(value),)]
    assert HASHING.of(value) == sha(value)


@pytest.mark.parametrize(
    ("item", "landed"),
    [
        ('{"id":"7","companyname":"Ann"}', {"id": "7", "companyname": sha("Ann")}),
        ('{"links":[],"id":"7","companyname":""}', {"id": "7", "companyname": sha("")}),
        ('{"id":"7"}', {"id": "7"}),
        ('{"id":"7","companyname":null,"balance":"1.50"}', {"id": "7", "companyname": None, "balance": sha("1.50")}),
        ('{"id":"7","balance":12345678901234567890.10}', {"id": "7", "balance": sha("12345678901234567890.10")}),
        ('{"id":"7","CompanyName":"Ann"}', {"id": "7", "companyname": sha("Ann")}),
        ('{"id":"7","companyname":true}', {"id": "7", "companyname": sha("T")}),
        ('{"id":"7","companyname":"\\ud83d"}', {"id": "7", "companyname": sha("\ufffd")}),
    ],
)  # fmt: skip
def test_a_landed_page_has_hashes_where_the_page_had_values(item: str, landed: dict[str, str | None]) -> None:
    page = a_page(item)
    body = HASHING.body(page, HASHED)
    assert json.loads(body)["items"] == [landed]
    again = read_page(body, endpoint="x")
    assert (again.rows, again.has_more, again.total) == ([landed], False, 1)


def test_a_page_of_a_table_that_hashes_nothing_lands_as_it_came() -> None:
    page = a_page('{"links":[],"id":"7","companyname":"Ann"}')
    assert HASHING.body(page, CUSTOMER) is page.body
    assert Hashing().body(page, CUSTOMER) is page.body


def test_a_page_with_a_value_to_hash_does_not_land_without_a_salt() -> None:
    with pytest.raises(ConfigurationError, match="NETSUITE_HASH_SALT is not set"):
        Hashing().body(a_page('{"id":"7","companyname":"Ann"}'), HASHED)


def test_the_salt_is_in_nothing_that_is_shown() -> None:
    assert SALT not in repr(HASHING)
    assert SALT not in repr(replace(a_request(), salt=SALT))


def test_a_fingerprint_distinguishes_salts_and_is_no_hash_of_theirs() -> None:
    assert HASHING.fingerprint == Hashing(SALT).fingerprint
    assert HASHING.fingerprint != Hashing(SALT + "x").fingerprint
    # Else it would tell the beginning of what an empty value is stored as.
    assert not sha("").startswith(HASHING.fingerprint)


@pytest.mark.parametrize("salt", ["", "other"])
def test_pages_that_were_hashed_otherwise_are_of_no_use(salt: str) -> None:
    read = ReadPlan(HASHED, ("id", "companyname"), (), "full")
    plan = new_manifest(read, cutoff=NOON, watermark=None, page_rows=7, hashing=HASHING)
    assert parse_manifest(plan.to_bytes(), HASHED, HASHING) == plan
    assert SALT.encode() not in plan.to_bytes()
    assert parse_manifest(plan.to_bytes(), HASHED, Hashing(salt)) is None
    assert parse_manifest(plan.to_bytes(), CUSTOMER, HASHING) is None


@pytest.mark.parametrize(
    ("table", "salt"),
    [
        (replace(HASHED, hashed=("companyname",)), SALT),
        (HASHED, "other"),
        (CUSTOMER, SALT),
        (replace(HASHED, where="id > 5"), SALT),
        (replace(HASHED, query="SELECT id FROM entity"), SALT),
    ],
)
def test_a_table_that_is_read_differently_has_another_fingerprint(table: Table, salt: str) -> None:
    assert read_fingerprint(table, Hashing(salt)) != read_fingerprint(HASHED, HASHING)


def test_what_decides_nothing_does_not_change_the_digest() -> None:
    assert read_fingerprint(CUSTOMER, Hashing()) is None
    assert read_fingerprint(CUSTOMER, HASHING) is None
    assert read_fingerprint(replace(HASHED, hashed=("balance", "companyname")), HASHING) == read_fingerprint(
        HASHED, HASHING
    )
    conditional = replace(CUSTOMER, where="id > 5")
    assert read_fingerprint(conditional, HASHING) == read_fingerprint(conditional, Hashing("other"))


def test_a_missing_salt_is_an_error_with_how_to_make_one() -> None:
    require_salt([HASHED, CUSTOMER], SALT)
    require_salt([CUSTOMER], "")
    with pytest.raises(ConfigurationError, match=r"customer: companyname, balance") as caught:
        require_salt([HASHED, CUSTOMER], "")
    assert "secrets.token_hex" in caught.value.remedy


def test_the_salt_is_taken_from_its_variable() -> None:
    assert salt_from_variables({"NETSUITE_HASH_SALT": f" {SALT}\n"}) == SALT
    assert salt_from_variables({"NETSUITE_ACCOUNT_ID": "1"}) == ""


@pytest.mark.parametrize(
    ("hashed", "refused"),
    [((), "companyname"), (("balance",), "companyname"), (("companyname",), None), (("companyname", "balance"), None)],
)  # fmt: skip
def test_plain_values_do_not_come_where_hashes_are(hashed: tuple[str, ...], refused: str | None) -> None:
    state = TableState(NOON, ("id",), (), NOON, 3, NOON, hashed_columns=("companyname", "notread"))
    table = replace(CUSTOMER, hashed=hashed)
    if refused is None:
        refuse_unhashed(table, state, "netsuite")
        return
    with pytest.raises(ConfigurationError, match="customer: earlier syncs hashed companyname") as caught:
        refuse_unhashed(table, state, "netsuite")
    assert "hash: [companyname]" in caught.value.remedy
    assert 'DROP TABLE "netsuite"."customer"' in caught.value.remedy


@pytest.mark.parametrize(
    ("table", "column", "why"),
    [
        (CUSTOMER, "id", "part of the key"),
        (CUSTOMER, "lastmodifieddate", "the cursor"),
        (LINE, "transaction", "part of the key"),
        (replace(LINE, key=("id",)), "transaction", "the parent's key"),
        (CUSTOMER, "companynam", "did you mean 'companyname'"),
    ],
)
def test_what_a_sync_needs_cannot_be_hashed(table: Table, column: str, why: str) -> None:
    with pytest.raises(TableSpecError, match=why):
        hashed_table(replace(table, hashed=(column,)))
    with pytest.raises(TableSpecError, match=why):
        queried_table(replace(table, hashed=(column,)))


def test_a_hashed_column_is_asked_as_it_is_and_stored_as_text() -> None:
    table = replace(TRANSACTION, hashed=("entity", "trandate"))
    asked, stored = queried_table(table), hashed_table(table)
    assert [(asked.column(name).type, asked.column(name).label) for name in table.hashed] == [
        ("integer", False),
        ("date", False),
    ]
    assert [(stored.column(name).type, stored.column(name).label) for name in table.hashed] == [
        ("text", False),
        ("text", False),
    ]
    assert stored.column("entity").description == f"The entity. {HASHED_COMMENT}"
    assert (stored.column("status"), stored.column("total")) == (
        table.column("status"),
        table.column("total"),
    )
    assert hashed_table(CUSTOMER) is CUSTOMER
