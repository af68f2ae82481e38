"""A long list without a cursor is read again when anything in it changed, and asked about once when not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from netsuite_pipeline.netsuite.errors import (
    NetSuiteError,
    PermissionDenied,
    QueryError,
    Throttled,
    Unavailable,
)
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import ACCOUNTTYPE as _LIST
from netsuite_pipeline_tests.sync.books import asked_sql, assert_equal, columns_of, interrupted, synced
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite, Value

pytestmark = pytest.mark.usefixtures("held_open")

PRICING = replace(
    _LIST,
    name="pricing",
    key=("id",),
    columns=columns_of(
        "id:integer item:integer price:decimal offered:boolean since:date touched:datetime code:text "
        "sets:multiselect"
    ),
    feature=None,
)
CELL = datetime(2026, 3, 1, 8, 30, 15)


def price(number: int, **more: Value) -> dict[str, Value]:
    row: dict[str, Value] = {
        "id": number,
        "item": number % 5,
        "price": Decimal(number) / 8,
        "offered": number % 2 == 0,
        "since": date(2026, 1, 1 + number % 28),
        "touched": CELL,
        "code": f"P{number}",
        "sets": "1, 2",
    }
    return row | more


def a_list(rows: int = 12) -> FakeNetSuite:
    """A list of three pages."""
    fake = FakeNetSuite((PRICING,), page_rows=5)
    fake.insert("pricing", *(price(number) for number in range(1, rows + 1)))
    return fake


def test_a_long_list_that_is_as_it_was_costs_one_request(warehouse: Warehouse) -> None:
    fake = a_list()
    assert synced(fake, warehouse, (PRICING,))["pricing"].mode == "full"
    fake.asked.clear()
    report = synced(fake, warehouse, (PRICING,))["pricing"]
    assert (report.status, report.requests, report.rows_read, report.rows) == ("done", 1, 0, 12)
    assert report.rows_written == report.rows_deleted == 0
    assert len(fake.asked_of("pricing")) == 1
    assert any("checksum" in note for note in report.notes)
    assert_equal(fake, warehouse, PRICING)


def test_a_list_of_one_page_is_read_for_it_costs_no_more(warehouse: Warehouse) -> None:
    fake = a_list(4)
    synced(fake, warehouse, (PRICING,))
    report = synced(fake, warehouse, (PRICING,))["pricing"]
    assert (report.mode, report.requests, report.rows_read) == ("full", 1, 4)


Change = Callable[[FakeNetSuite], None]


def swap_prices(fake: FakeNetSuite) -> None:
    fake.change("pricing", "id = 3", price=Decimal(4) / 8)
    fake.change("pricing", "id = 4", price=Decimal(3) / 8)


def swap_a_row(fake: FakeNetSuite) -> None:
    fake.delete("pricing", "id = 6")
    fake.insert("pricing", price(106))


CHANGES: dict[str, Change] = {
    "a price by a tenth of a thousand-millionth": lambda f: f.change(
        "pricing", "id = 3", price=Decimal("0.3750000001")
    ),
    "two prices swapped": swap_prices,
    "a price to null": lambda f: f.change("pricing", "id = 3", price=None),
    "a number from zero to null": lambda f: f.change("pricing", "id = 5", item=None),
    "a sign": lambda f: f.change("pricing", "id = 3", price=-Decimal(3) / 8),
    "a boolean": lambda f: f.change("pricing", "id = 3", offered=True),
    "a boolean to null": lambda f: f.change("pricing", "id = 3", offered=None),
    "a day": lambda f: f.change("pricing", "id = 3", since=date(2026, 1, 5)),
    "a day to null": lambda f: f.change("pricing", "id = 3", since=None),
    "a moment by a second": lambda f: f.change("pricing", "id = 3", touched=datetime(2026, 3, 1, 8, 30, 16)),
    "a letter": lambda f: f.change("pricing", "id = 3", code="Q3"),
    "a letter's case": lambda f: f.change("pricing", "id = 3", code="p3"),
    "letters swapped": lambda f: f.change("pricing", "id = 12", code="P21"),
    "a text that is longer than any was": lambda f: f.change("pricing", "id = 3", code="P3 and more of it"),
    "a text to null": lambda f: f.change("pricing", "id = 3", code=None),
    "one more of several": lambda f: f.change("pricing", "id = 3", sets="1, 3"),
    "a row more": lambda f: f.insert("pricing", price(99)),
    "a row less": lambda f: f.delete("pricing", "id = 6"),
    "another row instead": swap_a_row,
}


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.few(1)
def test_whatever_changes_is_noticed(what: str, warehouse: Warehouse) -> None:
    fake = a_list()
    synced(fake, warehouse, (PRICING,))
    if what == "a row less":  # few of a list without a log may go
        fake.insert("pricing", *(price(number) for number in range(100, 300)))
        synced(fake, warehouse, (PRICING,))
    CHANGES[what](fake)
    report = synced(fake, warehouse, (PRICING,))["pricing"]
    assert report.mode == "full"
    assert_equal(fake, warehouse, PRICING)
    assert synced(fake, warehouse, (PRICING,))["pricing"].requests == 1, "known again"


def test_where_netsuite_refuses_the_checksum_the_list_is_read(warehouse: Warehouse) -> None:
    fake = a_list()
    synced(fake, warehouse, (PRICING,))
    fake.refuses_mod = True
    fake.change("pricing", "id = 3", code="new")
    report = synced(fake, warehouse, (PRICING,))["pricing"]
    assert (report.status, report.mode, report.rows_read) == ("done", "full", 12)
    assert any("did not return its checksum" in note for note in report.notes)
    assert_equal(fake, warehouse, PRICING)


@pytest.mark.parametrize(
    "failure",
    [
        Throttled("Too much."),
        Unavailable("NetSuite did not answer within 300 s.", timed_out=True),
        PermissionDenied("No.", table="pricing", permission="X"),
        QueryError("Too long."),
    ],
    ids=lambda failure: type(failure).__name__,
)
@pytest.mark.few(1)
def test_whatever_becomes_of_asking_for_the_checksum_the_list_is_read(
    warehouse: Warehouse, failure: NetSuiteError
) -> None:
    fake = a_list()
    synced(fake, warehouse, (PRICING,))
    fake.change("pricing", "id = 3", code="new")

    def fail(sql: str) -> None:
        if "AS checksum" in sql:
            raise failure

    fake.before_page = fail
    report = synced(fake, warehouse, (PRICING,))["pricing"]
    assert (report.status, report.mode, report.rows_read) == ("done", "full", 12)
    assert any(failure.message in note for note in report.notes)
    assert_equal(fake, warehouse, PRICING)


def test_where_duckdb_cannot_compute_the_checksum_the_list_is_read_each_time(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A sum too deep for DuckDB, and a number too large for it while it is summed up.
    for sql in ("+".join(["1"] * 3000), "(9999999999999999999999999999999999999::HUGEINT * 99999 * id)"):
        monkeypatch.setattr("netsuite_pipeline.tables.row_hash._sum_sql", lambda summands, sql=sql: sql)
        fake = a_list()
        for _ in range(2):
            report = synced(fake, warehouse, (PRICING,), full=True)["pricing"]
            assert (report.status, report.mode, report.rows) == ("done", "full", 12)
            assert any("its checksum could not be computed" in note for note in report.notes)
        assert_equal(fake, warehouse, PRICING)


def _wide(stamp: bool, texts: int, letters: int, numbers: int = 0) -> tuple[FakeNetSuite, Table]:
    names = [f"text_{number}:text" for number in range(texts)] + [
        f"n{number}:decimal" for number in range(numbers)
    ]
    moved = " lastmodifieddate:datetime" if stamp else ""
    table = replace(PRICING, name="wide", columns=columns_of(f"id:integer {' '.join(names)}{moved}"))
    fake = FakeNetSuite((table,), page_rows=5)
    for number in range(12):
        row: dict[str, Value] = {f"text_{place}": str(number).zfill(letters) for place in range(texts)}
        row |= {f"n{place}": Decimal(number) / 4 for place in range(numbers)}
        fake.insert("wide", row | {"id": number} | ({"lastmodifieddate": CELL} if stamp else {}))
    return fake, table


@pytest.mark.parametrize(
    ("stamp", "texts", "letters", "numbers", "asked_once"),
    [
        (False, 40, 24, 0, False),
        (True, 40, 24, 0, True),
        (True, 2, 24, 300, True),
        (False, 0, 0, 400, False),
        (False, 6, 24, 20, True),
    ],
)
@pytest.mark.few(1)
@pytest.mark.long
def test_the_statement_stays_short_however_many_columns_and_letters_there_are(
    warehouse: Warehouse, stamp: bool, texts: int, letters: int, numbers: int, asked_once: bool
) -> None:
    fake, table = _wide(stamp, texts, letters, numbers)
    assert synced(fake, warehouse, (table,))["wide"].status == "done"
    assert_equal(fake, warehouse, table)
    fake.asked.clear()
    report = synced(fake, warehouse, (table,))["wide"]
    assert (report.status, report.rows) == ("done", 12)
    assert (report.requests == 1) == asked_once
    assert all(len(sql) <= 16_000 for sql in fake.asked if "AS checksum" in sql)
    if asked_once:
        changed: dict[str, Value] = {"lastmodifieddate": datetime(2026, 3, 2)} if stamp else {}
        first = "text_0" if texts else "n0"
        fake.change("wide", "id = 3", **changed, **{first: "other"})
        assert synced(fake, warehouse, (table,))["wide"].mode == "full"
        assert_equal(fake, warehouse, table)


def test_where_the_clock_of_the_session_is_all_there_is_the_list_is_read(warehouse: Warehouse) -> None:
    fake = a_list()
    fake.refuses_utc = "named"
    synced(fake, warehouse, (PRICING,))
    assert synced(fake, warehouse, (PRICING,))["pricing"].mode == "full"


@pytest.mark.long
def test_long_texts_are_trusted_to_a_stamp_and_without_one_the_list_is_read(warehouse: Warehouse) -> None:
    long_text = "a text of more than four and twenty letters"
    fake = a_list()
    fake.change("pricing", "id = 3", code=long_text)
    synced(fake, warehouse, (PRICING,))
    assert synced(fake, warehouse, (PRICING,))["pricing"].mode == "full"

    columns = tuple(
        replace(column, name="lastmodifieddate") if column.name == "touched" else column
        for column in PRICING.columns
    )
    stamped = replace(PRICING, name="stamped", columns=columns)
    fake = FakeNetSuite((stamped,), page_rows=5)
    rows = [price(number, code=long_text) for number in range(1, 13)]
    fake.insert(
        "stamped",
        *({("lastmodifieddate" if k == "touched" else k): v for k, v in row.items()} for row in rows),
    )
    synced(fake, warehouse, (stamped,))
    assert synced(fake, warehouse, (stamped,))["stamped"].requests == 1
    fake.change("stamped", "id = 3", code=long_text[::-1], lastmodifieddate=datetime(2026, 3, 2))
    assert synced(fake, warehouse, (stamped,))["stamped"].mode == "full"
    assert_equal(fake, warehouse, stamped)


def test_letters_that_are_not_ascii_make_the_list_be_read(warehouse: Warehouse) -> None:
    fake = a_list()
    fake.change("pricing", "id = 3", code="Preis 3 €")
    synced(fake, warehouse, (PRICING,))
    assert synced(fake, warehouse, (PRICING,))["pricing"].mode == "full"


def test_full_reads_it_all_the_same(warehouse: Warehouse) -> None:
    fake = a_list()
    synced(fake, warehouse, (PRICING,))
    assert synced(fake, warehouse, (PRICING,), full=True)["pricing"].rows_read == 12


def test_an_amount_too_long_to_be_summed_up_makes_the_list_be_read(warehouse: Warehouse) -> None:
    fake = a_list()
    fake.change("pricing", "id = 3", price=Decimal("9" * 27))
    for _ in range(2):
        report = synced(fake, warehouse, (PRICING,))["pricing"]
        assert (report.status, report.mode) == ("done", "full")
    assert_equal(fake, warehouse, PRICING)


def test_a_sync_that_is_killed_between_the_answer_and_the_commit_loses_nothing(warehouse: Warehouse) -> None:
    fake = a_list()
    synced(fake, warehouse, (PRICING,))
    interrupted(fake, warehouse, (PRICING,), answers=1)
    fake.before_page = lambda sql: None
    swap_prices(fake)
    synced(fake, warehouse, (PRICING,))
    assert_equal(fake, warehouse, PRICING)


def test_what_is_known_of_it_is_in_the_tables_state(warehouse: Warehouse) -> None:
    fake = a_list()
    synced(fake, warehouse, (PRICING,))
    ((first,),) = asked_sql(warehouse, "SELECT checksum FROM _netsuite.table_state")
    synced(fake, warehouse, (PRICING,))
    ((second,),) = asked_sql(warehouse, "SELECT checksum FROM _netsuite.table_state")
    assert first == second
    assert '"rows": 12' in first
