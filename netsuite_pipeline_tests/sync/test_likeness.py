"""A long list without a cursor is read again when anything in it changed, and asked about once when not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

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
    assert_equal(fake, warehouse, PRICING)


def test_where_the_clock_of_the_session_is_all_there_is_the_list_is_read(warehouse: Warehouse) -> None:
    fake = a_list()
    fake.refuses_utc = "named"
    synced(fake, warehouse, (PRICING,))
    assert synced(fake, warehouse, (PRICING,))["pricing"].mode == "full"


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
    ((first,),) = asked_sql(warehouse, "SELECT likeness FROM _netsuite.table_state")
    synced(fake, warehouse, (PRICING,))
    ((second,),) = asked_sql(warehouse, "SELECT likeness FROM _netsuite.table_state")
    assert first == second
    assert '"rows": 12' in first
