"""NetSuite's type and the table's differ: what is decided, as a table of cases."""

import pytest

from netsuite_pipeline.warehouse.schema.drift import Fit, Misfits, fit, kind_of
from netsuite_pipeline_tests.one_pass import in_one_pass

NONE = Misfits()
WIDE = Misfits(20, 10, wider=True)
ODD = Misfits(20, 10)

CASES = [
    # stored, catalogue, misfits, decision
    (None, "integer", NONE, Fit("integer")),
    ("BIGINT", "integer", NONE, Fit("integer")),
    ("VARCHAR", "multiselect", NONE, Fit("multiselect")),
    # The stored type holds all that the catalogue's does: it stays.
    ("DECIMAL(38,10)", "integer", NONE, Fit("decimal")),
    ("TIMESTAMP", "date", NONE, Fit("datetime")),
    ("VARCHAR", "integer", NONE, Fit("text")),
    ("VARCHAR", "boolean", NONE, Fit("text")),
    ("VARCHAR", "datetime", ODD, Fit("text")),
    # Widened in place.
    ("BIGINT", "decimal", NONE, Fit("decimal", change="widened")),
    ("DATE", "datetime", NONE, Fit("datetime", change="widened")),
    # Anything else: the typed column takes what casts, the text beside it all.
    ("BIGINT", "text", NONE, Fit("integer", True, "text_beside")),
    ("BIGINT", "boolean", NONE, Fit("integer", True, "text_beside")),
    ("BOOLEAN", "integer", NONE, Fit("boolean", True, "text_beside")),
    ("DECIMAL(38,10)", "date", NONE, Fit("decimal", True, "text_beside")),
    ("TIMESTAMP", "decimal", NONE, Fit("datetime", True, "text_beside")),
    ("DATE", "text", WIDE, Fit("date", True, "text_beside")),
    ("DOUBLE", "decimal", NONE, Fit("DOUBLE", True, "text_beside")),
    # So many values do not fit that the type must have changed.
    ("BIGINT", "integer", WIDE, Fit("decimal", change="widened")),
    ("DATE", "date", WIDE, Fit("datetime", change="widened")),
    (None, "integer", WIDE, Fit("decimal", change="widened")),
    ("BIGINT", "integer", ODD, Fit("integer", True, "text_beside")),
    (None, "boolean", ODD, Fit("boolean", True, "text_beside")),
    ("DECIMAL(38,10)", "decimal", ODD, Fit("decimal", True, "text_beside")),
    ("DECIMAL(38,10)", "integer", ODD, Fit("decimal", True, "text_beside")),
    ("TIMESTAMP", "datetime", WIDE, Fit("datetime", True, "text_beside")),
    # A percentage needs its text, be it a single one.
    ("DECIMAL(38,10)", "decimal", Misfits(1000, 1, percent=True), Fit("decimal", True, "text_beside")),
    ("DECIMAL(38,10)", "decimal", Misfits(20, 20, percent=True), Fit("decimal", True, "text_beside")),
    # So many are too many to be looked up one by one.
    ("DECIMAL(38,10)", "decimal", Misfits(10**7, 1000), Fit("decimal", True, "text_beside")),
    ("DECIMAL(38,10)", "decimal", Misfits(10**7, 999), Fit("decimal")),
    # Fewer are odd values.
    ("BIGINT", "integer", Misfits(21, 10, wider=True), Fit("integer")),
    ("BIGINT", "integer", Misfits(9, 9), Fit("integer")),
    ("BOOLEAN", "boolean", Misfits(1000, 499), Fit("boolean")),
]


@in_one_pass(("stored", "kind", "misfits", "decision"), CASES)
def test_how_a_column_is_stored(stored: str | None, kind: str, misfits: Misfits, decision: Fit) -> None:
    assert fit(stored, kind, misfits) == decision


@pytest.mark.parametrize("misfits", [NONE, WIDE, ODD])
@pytest.mark.parametrize(("stored", "kind"), [("BIGINT", "integer"), ("BIGINT", "boolean")])
def test_once_there_the_text_beside_is_always_filled(stored: str, kind: str, misfits: Misfits) -> None:
    assert fit(stored, kind, misfits, has_text=True) == Fit("integer", True)


def test_the_text_stays_beside_a_column_that_is_widened() -> None:
    assert fit("BIGINT", "decimal", NONE, has_text=True) == Fit("decimal", True, "widened")


@pytest.mark.parametrize("misfits", [WIDE, ODD])
def test_a_keys_type_is_never_changed_by_its_values(misfits: Misfits) -> None:
    assert fit("BIGINT", "integer", misfits, key=True) == Fit("integer")


def test_a_decision_once_taken_stands_at_the_next_load() -> None:
    for stored, kind, misfits in [("BIGINT", "integer", WIDE), ("DATE", "datetime", NONE)]:
        first = fit(stored, kind, misfits)
        again = fit("DECIMAL(38,10)" if kind == "integer" else "TIMESTAMP", kind, NONE)
        assert (again.kind, again.change) == (first.kind, None)


def test_a_type_is_found_by_the_catalogues_word() -> None:
    assert [kind_of(type_) for type_ in ("BIGINT", "VARCHAR", "TIMESTAMP", "HUGEINT")] == [
        "integer",
        "text",
        "datetime",
        "HUGEINT",
    ]
