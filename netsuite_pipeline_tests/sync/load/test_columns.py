"""Columns come and go, and types change: no value is lost."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from netsuite_pipeline.tables import Column, Table
from netsuite_pipeline.tables.table import ColumnType
from netsuite_pipeline_tests.sync.load.commits import DOCUMENT, EARLIER, Books, document, documents


@pytest.mark.long
def test_a_lost_column_keeps_its_values_and_a_returned_one_wants_a_full_read(books: Books) -> None:
    books.committed(DOCUMENT, documents(3))
    report, _ = books.committed(DOCUMENT, [document(1, memo=None, rate="5")], "changed", without=("memo",))
    assert report.notes == ("columns lost; their old values stay: memo (not offered)",)
    assert books.query("SELECT memo, rate FROM netsuite.document WHERE id = 1") == [("Document 1", 5)]
    books.committed(DOCUMENT, [], "changed", without=("memo",))
    assert books.changes() == [("document", "memo", "lost", None, None)], "recorded once"
    assert not books.state("document").full_wanted

    report, _ = books.committed(DOCUMENT, [document(2, memo="back")], "changed")
    assert report.notes == ("columns available again: memo (a full sync fills them in older rows)",)
    assert books.changes()[1:] == [("document", "memo", "returned", None, None)]
    assert books.state("document").full_wanted
    books.committed(DOCUMENT, [document(2, memo="back")], "changed")
    assert books.state("document").full_wanted, "until it was read in full"
    books.committed(DOCUMENT, documents(3))
    assert not books.state("document").full_wanted


def test_a_column_new_in_the_catalogue_is_added_and_wants_a_full_read(books: Books) -> None:
    wider = replace(DOCUMENT, columns=(*DOCUMENT.columns, Column("more", "decimal", "More.")))
    books.committed(DOCUMENT, documents(2))
    books.committed(wider, [document(2, more="1.5")], "changed")
    assert books.query("SELECT id, more FROM netsuite.document ORDER BY id") == [
        (1, None),
        (2, Decimal("1.5")),
    ]
    assert books.changes() == [("document", "more", "added", None, "DECIMAL(38,10)")]
    assert books.state("document").full_wanted


def test_a_column_found_poisoned_after_it_was_staged_is_not_merged(books: Books) -> None:
    books.committed(DOCUMENT, documents(2))
    asked = [column.name for column in DOCUMENT.columns]
    books.committed(DOCUMENT, [document(1, memo="half of it"), document(2)], without=("memo",), asked=asked)
    assert books.query("SELECT memo FROM netsuite.document ORDER BY id") == [("Document 1",), ("Document 2",)]


def test_a_column_asked_for_after_the_stage_was_made_is_read_from_the_pages(books: Books) -> None:
    books.committed(DOCUMENT, documents(2), asked=["id", "changed"])
    assert books.query("SELECT memo FROM netsuite.document ORDER BY id") == [("Document 1",), ("Document 2",)]


def _retyped(column: str, kind: ColumnType) -> Table:
    columns = tuple(replace(each, type=kind) if each.name == column else each for each in DOCUMENT.columns)
    return replace(DOCUMENT, columns=columns)


WIDER_STORED = [
    # column, stored as, catalogue, sent, stored type, value
    ("rate", "decimal", "integer", "1.5", "DECIMAL(38,10)", Decimal("1.5")),
    ("rate", "decimal", "integer", "7", "DECIMAL(38,10)", Decimal(7)),
    ("on", "datetime", "date", "2024-02-29 10:00:00", "TIMESTAMP", datetime(2024, 2, 29, 10)),
    ("on", "datetime", "date", "2024-02-29", "TIMESTAMP", datetime(2024, 2, 29)),
    ("rate", "text", "integer", "1.50", "VARCHAR", "1.50"),
    ("open", "text", "boolean", "T", "VARCHAR", "T"),
    ("changed", "text", "datetime", EARLIER, "VARCHAR", EARLIER),
]


@pytest.mark.parametrize(("column", "before", "kind", "sent", "type_", "value"), WIDER_STORED)
@pytest.mark.few(1)
def test_a_stored_type_that_holds_everything_stays(
    books: Books, column: str, before: ColumnType, kind: ColumnType, sent: str, type_: str, value: object
) -> None:
    books.committed(_retyped(column, before), documents(1))
    report, _ = books.committed(_retyped(column, kind), [document(1, **{column: sent})])
    assert books.types("document")[column] == type_
    assert books.query(f'SELECT "{column}" FROM netsuite.document') == [(value,)]
    assert books.changes() == []
    assert (report.rejected_values, report.notes) == (0, ())


WIDENED = [
    ("rate", "integer", "decimal", "7", "1.5", Decimal(7), Decimal("1.5")),
    (
        "on",
        "date",
        "datetime",
        "2024-02-29",
        "2024-02-29 10:00:00",
        datetime(2024, 2, 29),
        datetime(2024, 2, 29, 10),
    ),
]


@pytest.mark.parametrize(("column", "before", "kind", "old", "new", "kept", "value"), WIDENED)
@pytest.mark.few(1)
def test_a_type_that_grew_is_widened_in_place(
    books: Books,
    column: str,
    before: ColumnType,
    kind: ColumnType,
    old: str,
    new: str,
    kept: object,
    value: object,
) -> None:
    books.committed(_retyped(column, before), documents(2, **{column: old}))
    report, _ = books.committed(_retyped(column, kind), [document(2, **{column: new})], "changed")
    assert books.query(f'SELECT "{column}" FROM netsuite.document ORDER BY id') == [(kept,), (value,)]
    assert [change[1:3] for change in books.changes()] == [(column, "widened")]
    assert any(column in note for note in report.notes)
    books.committed(_retyped(column, kind), [document(1, **{column: new})], "changed")
    assert len(books.changes()) == 1


def test_another_type_gets_its_text_beside_it_and_keeps_getting_it(books: Books) -> None:
    books.committed(DOCUMENT, documents(3, rate="7"))
    other = _retyped("rate", "text")
    report, _ = books.committed(other, [document(1, rate="8"), document(2, rate="eight")], "changed")
    assert books.query("SELECT rate, rate_text FROM netsuite.document ORDER BY id") == [
        (8, "8"),
        (None, "eight"),
        (7, None),
    ]
    assert books.changes() == [("document", "rate", "text_beside", "BIGINT", "VARCHAR")]
    assert report.rejected_values == 0
    assert any("rate_text" in note for note in report.notes)
    assert books.state("document").full_wanted
    books.committed(DOCUMENT, documents(3, rate="09"))
    assert books.query("SELECT DISTINCT rate, rate_text FROM netsuite.document") == [(9, "09")]
    assert len(books.changes()) == 1
    assert not books.state("document").full_wanted


def test_the_text_beside_of_a_column_that_is_lost_stays(books: Books) -> None:
    books.committed(DOCUMENT, documents(1, rate="7"))
    books.committed(_retyped("rate", "text"), documents(1, rate="seven"))
    books.committed(_retyped("rate", "text"), documents(1, memo="new"), without=("rate",))
    assert books.query("SELECT rate, rate_text, memo FROM netsuite.document") == [(None, "seven", "new")]


VALUES = [
    # column, values, type afterwards, change, the values as stored, as text
    ("rate", ["1", "1.5"] * 10, "DECIMAL(38,10)", "widened", [Decimal(1), Decimal("1.5")], None),
    ("on", ["2024-02-29 10:00:00"] * 10, "TIMESTAMP", "widened", [datetime(2024, 2, 29, 10)], None),
    ("rate", ["1", "one"] * 10, "BIGINT", "text_beside", [1, None], ["1", "one"]),
    ("open", ["maybe"] * 10, "BOOLEAN", "text_beside", [None], ["maybe"]),
    ("changed", ["soon"] * 10, "TIMESTAMP", "text_beside", [None], ["soon"]),
]


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(("column", "values", "type_", "change", "stored", "texts"), VALUES)
@pytest.mark.few(1)
def test_values_of_another_type_change_the_column(
    books: Books,
    column: str,
    values: list[str],
    type_: str,
    change: str,
    stored: list[object],
    texts: list[str] | None,
    first: bool,
) -> None:
    if not first:
        books.committed(DOCUMENT, [])
    rows = [document(number, **{column: value}) for number, value in enumerate(values)]
    report, _ = books.committed(DOCUMENT, rows)
    types = books.types("document")
    assert types[column] == type_
    assert (f"{column}_text" in types) == (texts is not None)
    found = books.query(f'SELECT DISTINCT "{column}" FROM netsuite.document ORDER BY ALL NULLS LAST')
    assert [row[0] for row in found] == stored
    if texts:
        found = books.query(f'SELECT DISTINCT "{column}_text" FROM netsuite.document ORDER BY ALL')
        assert [row[0] for row in found] == texts
    assert [row[1:3] for row in books.changes()] == [(column, change)]
    assert report.rejected_values == 0


def test_a_few_odd_values_are_rejected_and_change_nothing(books: Books) -> None:
    rows = [document(number, rate="1.5" if number < 9 else "1") for number in range(40)]
    report, _ = books.committed(DOCUMENT, rows)
    assert books.types("document")["rate"] == "BIGINT"
    assert report.rejected_values == 9
    assert books.query("SELECT DISTINCT value FROM _netsuite.rejected_values") == [("1.5",)]
    assert books.changes() == []
    assert report.notes == (
        "9 values did not fit their column's type; they are kept in _netsuite.rejected_values",
    )


def test_a_single_percentage_is_its_fraction_and_is_shown_as_text_beside_from_then_on(books: Books) -> None:
    spec = _retyped("rate", "decimal")
    books.committed(spec, documents(40, rate="12.5"))
    rows = [document(7, rate="-10.0%"), document(8, rate="3"), document(9)]
    report, _ = books.committed(spec, rows, "changed")
    found = books.query(
        "SELECT id, rate, rate_text FROM netsuite.document WHERE id BETWEEN 6 AND 9 ORDER BY id"
    )
    assert found == [
        (6, Decimal("12.5"), None),
        (7, Decimal("-0.1"), "-10.0%"),
        (8, Decimal(3), "3"),
        (9, None, None),
    ]
    assert report.rejected_values == 0
    assert any("rate_text has all values as text" in note for note in report.notes)
    books.committed(spec, [document(8, rate="5")], "changed")
    assert books.query("SELECT rate, rate_text FROM netsuite.document WHERE id IN (7, 8) ORDER BY id") == [
        (Decimal("-0.1"), "-10.0%"),
        (Decimal(5), "5"),
    ]


def test_what_only_looks_like_a_value_is_null_and_kept_as_it_came(books: Books) -> None:
    odd = {"rate": "0x1F", "on": "31/12/25", "open": "yes", "changed": "24-1-5 foo"}
    rows = [document(number) for number in range(2, 30)] + [document(1, **odd)]
    report, _ = books.committed(DOCUMENT, rows)
    names = ", ".join(f'"{name}"' for name in odd)
    assert books.query(f"SELECT {names} FROM netsuite.document WHERE id = 1") == [(None,) * len(odd)]
    kept = books.query("SELECT column_name, value FROM _netsuite.rejected_values WHERE key = '1'")
    assert dict(kept) == odd
    assert report.rejected_values == len(odd)
