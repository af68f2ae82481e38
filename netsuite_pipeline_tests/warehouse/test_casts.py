"""From NetSuite's text to a typed value: what fits, what is rejected, what a cast must not drop in silence."""

from datetime import date, datetime
from decimal import Decimal, localcontext

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netsuite_pipeline.warehouse.casts import cast_sql, lossy_sql

CASES = [
    # kind, text, value, rejected
    ("integer", "0", 0, False),
    ("integer", "-7", -7, False),
    ("integer", " 12 ", 12, False),
    ("integer", "9223372036854775807", 9223372036854775807, False),
    ("integer", "9223372036854775808", None, True),
    ("integer", "1.0", 1, False),
    ("integer", "1E+3", 1000, False),
    ("integer", "1.5", 2, True),  # DuckDB rounds
    ("integer", "15e-1", 2, True),
    ("integer", "1e-1", 0, True),
    ("integer", "0.4999999999999", 0, True),
    ("integer", "1.00000000001", 1, True),
    ("integer", "", None, True),
    ("integer", "12abc", None, True),
    ("integer", "1,000", None, True),
    ("decimal", "-0.07", Decimal("-0.07"), False),
    ("decimal", ".5", Decimal("0.5"), False),
    ("decimal", " 12 ", Decimal(12), False),
    ("decimal", "1E+3", Decimal(1000), False),
    ("decimal", "1E-7", Decimal("1E-7"), False),
    ("decimal", "123456789012345678.123456789", Decimal("123456789012345678.123456789"), False),
    ("decimal", "9999999999999999999999999999.1234567890", Decimal("9" * 28 + ".123456789"), False),
    ("decimal", "99999999.9999999999", Decimal("99999999.9999999999"), False),
    ("decimal", "99999999.99999999995", Decimal(100000000), True),
    ("decimal", "1.50000000000", Decimal("1.5"), False),  # nothing lost but zeros
    ("decimal", "1.12345678901", Decimal("1.1234567890"), True),
    ("decimal", "1.5E-10", Decimal("2E-10"), True),
    ("decimal", "1E-11", Decimal(0), True),
    ("decimal", "1e28", None, True),
    ("decimal", "", None, True),
    ("decimal", "12.5%", None, True),
    ("boolean", "T", True, False),
    ("boolean", "F", False, False),
    ("boolean", "", None, True),
    ("boolean", "maybe", None, True),
    ("date", "2024-02-29", date(2024, 2, 29), False),
    ("date", "2024-02-30", None, True),
    ("date", "2024-01-05 00:00:00", date(2024, 1, 5), False),
    ("date", "2024-01-05 10:00:00", date(2024, 1, 5), True),
    ("date", "2024-01-05x", date(2024, 1, 5), True),
    ("date", "1/5/2024", None, True),
    ("date", "", None, True),
    ("datetime", "2024-01-01 10:00:00", datetime(2024, 1, 1, 10), False),
    ("datetime", "2024-02-30 10:00:00", None, True),
    ("datetime", "2024-01-01T10:00:00+02:00", datetime(2024, 1, 1, 10), True),  # the offset is not heeded
    ("datetime", "", None, True),
    ("text", "", "", False),
    ("text", " 12 ", " 12 ", False),
    ("multiselect", "1, 2", "1, 2", False),
]


def _read(kind: str, text: str | None) -> tuple[object, bool]:
    lossy = lossy_sql("r.v", kind) or "false"
    with duckdb.connect() as connection:
        value, rejected = connection.execute(
            f"SELECT {cast_sql('r.v', kind)}, coalesce({lossy}, false) FROM (SELECT ?::VARCHAR AS v) r",
            [text],
        ).fetchall()[0]
    return value, rejected


@pytest.mark.parametrize(("kind", "text", "value", "rejected"), CASES)
def test_a_text_becomes_its_value_and_what_was_lost_is_noticed(
    kind: str, text: str, value: object, rejected: bool
) -> None:
    assert _read(kind, text) == (value, rejected)


@pytest.mark.parametrize("kind", ["integer", "decimal", "boolean", "date", "datetime", "text", "multiselect"])
def test_null_is_null_and_no_reject(kind: str) -> None:
    assert _read(kind, None) == (None, False)


@given(st.lists(st.decimals(-(10**27), 10**27, places=10), min_size=1, max_size=200))
def test_decimals_of_ten_places_arrive_to_the_last_digit(numbers: list[Decimal]) -> None:
    texts = [f"{number:f}" for number in numbers]
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"SELECT {cast_sql('v', 'decimal')}, {lossy_sql('v', 'decimal')} FROM (SELECT unnest(?) AS v)",
            [texts],
        ).fetchall()
    assert rows == [(number, False) for number in numbers]


@given(st.lists(st.decimals(-(10**12), 10**12, places=13), min_size=1, max_size=200))
def test_decimals_finer_than_stored_round_as_one_cast_would_and_are_rejected(numbers: list[Decimal]) -> None:
    texts = [f"{number:f}" for number in numbers]
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"SELECT {cast_sql('v', 'decimal')}, v::DECIMAL(38,10), {lossy_sql('v', 'decimal')} "
            "FROM (SELECT unnest(?) AS v)",
            [texts],
        ).fetchall()
    with localcontext() as context:
        context.prec = 40
        for number, (ours, theirs, rejected) in zip(numbers, rows, strict=True):
            assert ours == theirs
            assert rejected == (number.quantize(Decimal("1E-10")) != number)
