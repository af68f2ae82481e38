"""From NetSuite's text to a typed value: what fits, what is rejected, what a cast must not drop in silence."""

from datetime import date, datetime
from decimal import Decimal, localcontext

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netsuite_pipeline.warehouse.casts import cast_sql, doubt_sql, lossy_sql, tiny_sql
from netsuite_pipeline.warehouse.schema import literal

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


def test_words_behind_a_date_are_noticed_whatever_duckdb_makes_of_them() -> None:
    """1.5 reads the date and drops the rest, 2.0 reads none."""
    assert _read("date", "2024-01-05x")[1]


@pytest.mark.parametrize("kind", ["integer", "decimal", "boolean", "date", "datetime", "text", "multiselect"])
def test_null_is_null_and_no_reject(kind: str) -> None:
    assert _read(kind, None) == (None, False)


@settings(deadline=None)
@given(st.lists(st.decimals(-(10**27), 10**27, places=10), min_size=1, max_size=200))
def test_decimals_of_ten_places_arrive_to_the_last_digit(numbers: list[Decimal]) -> None:
    texts = [f"{number:f}" for number in numbers]
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"SELECT {cast_sql('v', 'decimal')}, {lossy_sql('v', 'decimal')} FROM (SELECT unnest(?) AS v)",
            [texts],
        ).fetchall()
    assert rows == [(number, False) for number in numbers]


@settings(deadline=None)
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


# The cheap test of a whole row must never miss what the exact tests of its values find.

KINDS = ("integer", "decimal", "boolean", "date", "datetime")
_digits = st.text("0123456789", min_size=1, max_size=14)
_numbers = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "-", "+", " "]),
        _digits,
        st.sampled_from(["", ".", ".0", ".5", ".00000000001", ".12345678901", ".50000000000"]),
        st.sampled_from(["", "e3", "E+3", "e-1", "E-7", "e-11", "E-30", "e"]),
        st.sampled_from(["", " ", "x", "%"]),
    ),
)
_moments = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["2024-02-29", "2024-2-9", "2023-02-29", "1/5/2024", "20240229", " 2024-02-29"]),
        st.sampled_from(["", " ", "T"]),
        st.sampled_from(["", "10:00", "10:00:00", "1:00:0", "00:00:00", "10:00:00.123456789"]),
        st.sampled_from(["", "Z", "+02", "+02:00", " -05", "-5", "+0", "x", " UTC"]),
    ),
)
_texts = st.one_of(
    st.none(),
    st.sampled_from(["", " ", "T", "F", "true", "maybe", "NaN", "inf", "0x1F", "1_000", "１", "null"]),
    st.integers(-(10**20), 10**20).map(str),
    _numbers,
    _moments,
    st.text(max_size=25),
)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(*[_texts] * (2 * len(KINDS))), min_size=1, max_size=80))
def test_what_a_cast_lost_is_never_missed_by_the_cheap_test(rows: list[tuple[str | None, ...]]) -> None:
    kinds = KINDS * 2
    columns = [(f"r.c{number}", kind) for number, kind in enumerate(kinds)]
    names = ", ".join(f"c{number}" for number in range(len(kinds)))
    values = ", ".join(f"({', '.join(map(literal, row))})" for row in rows)
    exact = " OR ".join(f"coalesce({lossy_sql(ref, kind)}, false)" for ref, kind in columns)
    page = " || ".join(f"coalesce(c{number}, '')" for number in range(len(kinds)))
    with duckdb.connect() as connection:
        connection.execute(
            f"CREATE TABLE t AS SELECT * FROM (VALUES {values}) v({names}) UNION ALL SELECT "
            f"{', '.join(['NULL::VARCHAR'] * len(kinds))}"
        )
        missed = connection.execute(
            f"SELECT r.* FROM (SELECT *, {tiny_sql(f'({page})')} AS tiny FROM t) r "
            f"WHERE ({exact}) AND NOT {doubt_sql(columns, 'r.tiny')}"
        ).fetchall()
    assert missed == []


@pytest.mark.parametrize(("kind", "text", "value", "rejected"), CASES)
def test_each_case_that_loses_something_is_doubted(
    kind: str, text: str, value: object, rejected: bool
) -> None:
    with duckdb.connect() as connection:
        doubted = connection.execute(
            f"SELECT {doubt_sql([('r.v', kind)], tiny_sql('r.v'))} FROM (SELECT {literal(text)} AS v) r"
        ).fetchall()[0][0]
    assert doubted or not rejected


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("integer", "-1234567890123"),
        ("decimal", "123456789.12345678"),
        ("decimal", "-1234567890123456"),
        ("boolean", "T"),
        ("date", "2024-02-29"),
        ("datetime", "2024-02-29 10:00:00"),
    ],
)
def test_what_netsuite_sends_day_by_day_is_not_doubted(kind: str, text: str) -> None:
    with duckdb.connect() as connection:
        assert connection.execute(
            f"SELECT {doubt_sql([('r.v', kind)], 'true')} FROM (SELECT {literal(text)} AS v) r"
        ).fetchall() == [(False,)]
