"""From NetSuite's text to a typed value: what fits, what is rejected, what a cast must not drop in silence."""

from datetime import date, datetime, time
from decimal import Decimal, localcontext

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netsuite_pipeline.warehouse.schema.casts import cast_sql, inexact_sql, lossy_sql, quick_sql
from netsuite_pipeline.warehouse.schema.schema import literal
from netsuite_pipeline_tests.lengths import searches
from netsuite_pipeline_tests.one_pass import in_one_pass

CASES = [
    # kind, text, value, rejected
    ("integer", "0", 0, False),
    ("integer", "-7", -7, False),
    ("integer", "007", 7, False),
    ("integer", "9223372036854775807", 9223372036854775807, False),
    ("integer", "9223372036854775808", None, True),
    ("integer", "1.0", 1, False),
    *[
        ("integer", text, None, True)
        for text in (
            *(
                "",
                " ",
                " 12 ",
                "12 ",
                "+5",
                "12abc",
                "1,000",
                "1 000",
                "0x1F",
                "0b11",
                "1_000",
                "1E+3",
                "1e3",
            ),
            *("1.5", "15e-1", "0.4999999999999", "1.00000000001", "5-3", "--5", "-", ".", "true", "T", "12%"),
            *("inf", "nan", "2024-01-05", "\u0663", "1\n"),
        )
    ],
    ("decimal", "-0.07", Decimal("-0.07"), False),
    ("decimal", ".5", Decimal("0.5"), False),
    ("decimal", "-.5", Decimal("-0.5"), False),
    ("decimal", "5.", Decimal(5), False),
    ("decimal", "1E+3", Decimal(1000), False),
    ("decimal", "1.0E10", Decimal(10**10), False),
    ("decimal", "1E-7", Decimal("1E-7"), False),
    ("decimal", "1.0E-10", Decimal("1E-10"), False),
    ("decimal", "123456789012345678.123456789", Decimal("123456789012345678.123456789"), False),
    ("decimal", "9999999999999999999999999999.1234567890", Decimal("9" * 28 + ".123456789"), False),
    ("decimal", "99999999.9999999999", Decimal("99999999.9999999999"), False),
    ("decimal", "99999999.99999999995", Decimal(100000000), True),
    ("decimal", "1.50000000000", Decimal("1.5"), False),  # nothing lost but zeros
    ("decimal", "1.12345678901", Decimal("1.1234567890"), True),
    ("decimal", "1.5E-10", Decimal("2E-10"), True),
    ("decimal", "1E-11", Decimal(0), True),
    ("decimal", "123456789012345678901E-11", Decimal("1234567890.1234567890"), True),
    ("decimal", "1e28", None, True),
    # A percentage is its fraction; that it is one is kept as text.
    ("decimal", "-10.0%", Decimal("-0.1"), True),
    ("decimal", "12.5%", Decimal("0.125"), True),
    ("decimal", "0%", Decimal(0), True),
    *[
        ("decimal", text, None, True)
        for text in (
            *(
                "",
                " 12 ",
                "+5",
                "1,000.5",
                "1.000,5",
                "1_000",
                "0x1F",
                "inf",
                "-inf",
                "nan",
                "NaN",
                "1e",
                "e3",
                "--5",
            ),
            *("1.2.3", ".", "-", "%", "1%%", "1 %", "1e3%", "$5", "(5)", "5-", "1E1234567"),
        )
    ],
    ("boolean", "T", True, False),
    ("boolean", "F", False, False),
    ("boolean", "true", True, False),
    ("boolean", "false", False, False),
    *[
        ("boolean", text, None, True)
        for text in ("", "maybe", "yes", "no", "on", "off", "y", "n", "1", "0", "TRUE", "t", " T", "TF", "TT")
    ],
    ("date", "2024-02-29", date(2024, 2, 29), False),
    ("date", "0024-02-29", date(24, 2, 29), False),
    ("date", "2024-01-05 00:00:00", date(2024, 1, 5), False),
    ("date", "2024-01-05T00:00:00Z", date(2024, 1, 5), False),
    *[
        ("date", text, None, True)
        for text in (
            *(
                "",
                "2024-02-30",
                "2024-01-05 10:00:00",
                "1/5/2024",
                "31/12/25",
                "31.12.2025",
                "2024/01/05",
                "2024-1-5",
            ),
            *(
                "24-1-5",
                "24-1-5 foo",
                "2024-01-5 ",
                " 024-01-05",
                "-024-01-05",
                "+024-01-05",
                "2024-01-05x",
                "20240105",
            ),
            *(
                "12024-01-05",
                "0000-01-01",
                "2024-01-05 (BC)",
                "infinity",
                "epoch",
                "2024-01-05 foo",
                "2024-01",
            ),
        )
    ],
    ("datetime", "2024-01-01 10:00:00", datetime(2024, 1, 1, 10), False),
    ("datetime", "2024-01-01T10:00:00Z", datetime(2024, 1, 1, 10), False),
    ("datetime", "2024-01-01 10:00", datetime(2024, 1, 1, 10), False),
    ("datetime", "2024-01-01", datetime(2024, 1, 1), False),
    ("datetime", "2024-01-01 10:00:00.123456", datetime(2024, 1, 1, 10, 0, 0, 123456), False),
    *[
        ("datetime", text, None, True)
        for text in (
            *(
                "",
                "2024-02-30 10:00:00",
                "2024-01-01T10:00:00+02:00",
                "2024-01-01 10:00:00 UTC",
                "2024-01-01 24:00:00",
            ),
            *(
                "2024-01-01 10:00:60",
                "2024-01-01 10:00:00 ",
                "2024-01-01 10:00:00.1234567",
                "1/5/2024 10:00",
                "infinity",
            ),
            *(
                "2024-01-01 1:00:00",
                "0000-01-01 10:00:00",
                "2024-01-01 10:00:00 PM",
                "12024-01-01 10:00:00",
                "epoch",
            ),
        )
    ],
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


@in_one_pass(("kind", "text", "value", "rejected"), CASES)
def test_a_text_becomes_its_value_and_what_was_lost_is_noticed(
    kind: str, text: str, value: object, rejected: bool
) -> None:
    assert _read(kind, text) == (value, rejected)


@pytest.mark.parametrize("kind", ["integer", "decimal", "boolean", "date", "datetime", "text", "multiselect"])
def test_null_is_null_and_no_reject(kind: str) -> None:
    assert _read(kind, None) == (None, False)


@settings(deadline=None)
@given(st.lists(st.decimals(-(10**27), 10**27, places=10), min_size=1, max_size=200))
@pytest.mark.long
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
@pytest.mark.long
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
        st.sampled_from(["", "e3", "E+3", "e-1", "E-7", "e-11", "E-30", "e", "E400"]),
        st.sampled_from(["", " ", "x", "%"]),
    ),
)
_datetimes = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(
            [
                "2024-02-29",
                "2024-2-9",
                "2023-02-29",
                "1/5/2024",
                "20240229",
                " 2024-02-29",
                "0000-02-29",
                "31/12/25",
            ]
        ),
        st.sampled_from(["", " ", "T"]),
        st.sampled_from(["", "10:00", "10:00:00", "1:00:0", "00:00:00", "24:00:00", "10:00:00.123456789"]),
        st.sampled_from(["", "Z", "+02", "+02:00", " -05", "-5", "+0", "x", " UTC"]),
    ),
)
_texts = st.one_of(
    st.none(),
    st.sampled_from(["", " ", "T", "F", "true", "maybe", "NaN", "inf", "0x1F", "1_000", "１", "null"]),
    st.integers(-(10**20), 10**20).map(str),
    _numbers,
    _datetimes,
    st.text(max_size=25),
)


def meant_by(text: str, kind: str) -> object:
    """What a text says as a value of a type, read by Python's own means; None where it says none."""
    with localcontext() as context:
        context.prec = 1000
        try:
            if kind == "integer":
                assert set(text) <= set("-0123456789.")
                return int(Decimal(text)) if Decimal(text) == int(Decimal(text)) else None
            if kind == "decimal":
                assert set(text) <= set("-+0123456789.eE%")
                return Decimal(text[:-1]) / 100 if text.endswith("%") else Decimal(text)
            if kind == "boolean":
                return {"T": True, "true": True, "F": False, "false": False}.get(text)
            assert text[4:5] == text[7:8] == "-"
            moment = datetime.fromisoformat(text.removesuffix("Z"))
            assert moment.tzinfo is None
            return moment if kind == "datetime" else moment.date() if moment.time() == time() else None
        except (ArithmeticError, AssertionError, ValueError):
            return None


@settings(max_examples=searches(40, 400))
@given(texts=st.lists(_texts, min_size=1, max_size=60))
@pytest.mark.long
def test_any_text_becomes_exactly_what_it_says_or_is_rejected(texts: list[str | None]) -> None:
    """For every type, by the exact casts; and where the cheap test finds nothing, by the quick ones as well."""
    values = ", ".join(f"({literal(text)}::VARCHAR)" for text in texts)
    items = ", ".join(
        f"{cast_sql('v', kind)}, coalesce({lossy_sql('v', kind)}, false), {quick_sql('v', kind)}, "
        f"{inexact_sql([('v', kind)])}"
        for kind in KINDS
    )
    with duckdb.connect() as connection:
        rows = connection.execute(f"SELECT v, {items} FROM (VALUES {values}) t(v)").fetchall()
    for text, *found in rows:
        for kind, (value, rejected, quick, inexact) in zip(
            KINDS, [tuple(found[at : at + 4]) for at in range(0, len(found), 4)], strict=True
        ):
            if text is None:
                assert (value, rejected, quick, inexact) == (None, False, None, False)
                continue
            assert rejected or (value is not None and value == meant_by(text, kind)), (kind, text)
            assert inexact or (not rejected and quick == value), (kind, text)


@settings(max_examples=searches(40, 400))
@given(rows=st.lists(st.tuples(*[_texts] * (2 * len(KINDS))), min_size=1, max_size=40))
def test_a_row_without_inexact_casts_is_read_by_the_quick_casts_as_by_the_exact_ones(
    rows: list[tuple[str | None, ...]],
) -> None:
    """All columns of a row together, two of each type."""
    kinds = KINDS * 2
    columns = [(f"c{number}", kind) for number, kind in enumerate(kinds)]
    names = ", ".join(ref for ref, _ in columns)
    values = ", ".join(f"({', '.join(map(literal, row))})" for row in rows)
    differs = " OR ".join(
        f"coalesce({lossy_sql(ref, kind)}, false) OR {cast_sql(ref, kind)} IS DISTINCT FROM {quick_sql(ref, kind)}"
        for ref, kind in columns
    )
    with duckdb.connect() as connection:
        connection.execute(
            f"CREATE TABLE t AS SELECT * FROM (VALUES {values}) v({names}) UNION ALL SELECT "
            f"{', '.join(['NULL::VARCHAR'] * len(kinds))}"
        )
        missed = connection.execute(f"FROM t WHERE ({differs}) AND NOT {inexact_sql(columns)}").fetchall()
    assert missed == []


@in_one_pass(("kind", "text", "value", "rejected"), CASES)
def test_each_case_that_loses_something_is_inexact(
    kind: str, text: str, value: object, rejected: bool
) -> None:
    with duckdb.connect() as connection:
        inexact = connection.execute(
            f"SELECT {inexact_sql([('r.v', kind)])} FROM (SELECT {literal(text)} AS v) r"
        ).fetchall()[0][0]
    assert inexact or not rejected


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
def test_what_netsuite_sends_day_by_day_is_not_inexact(kind: str, text: str) -> None:
    with duckdb.connect() as connection:
        assert connection.execute(
            f"SELECT {inexact_sql([('r.v', kind)])} FROM (SELECT {literal(text)} AS v) r"
        ).fetchall() == [(False,)]
