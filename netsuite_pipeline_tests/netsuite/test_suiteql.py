"""SuiteQL text, and that keyset conditions order as tuples do."""

from collections.abc import Iterator
from datetime import datetime

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netsuite_pipeline.netsuite.suiteql import (
    MAX_IN_LIST,
    Dialect,
    changed_since,
    column_ref,
    in_list,
    key_after,
    key_literal,
    label_item,
    select_item,
    statement,
    text_literal,
    timestamp_literal,
)
from netsuite_pipeline_tests.lengths import searches

UTC, SESSION = Dialect(), Dialect(utc=False)


@pytest.mark.parametrize(
    ("column", "ref"),
    [("id", "id"), ("left", "accounttype.left"), ("date", "accounttype.date"), ("lefty", "lefty")],
)
@pytest.mark.few(1)
def test_only_reserved_words_are_qualified(column: str, ref: str) -> None:
    assert column_ref("accounttype", column) == ref


@pytest.mark.parametrize(
    ("column", "kind", "dialect", "item"),
    [
        ("id", "integer", UTC, "id"),
        ("amount", "decimal", UTC, "amount"),
        ("isinactive", "boolean", UTC, "isinactive"),
        ("memo", "text", UTC, "memo"),
        ("subsidiary", "multiselect", UTC, "subsidiary"),
        ("left", "boolean", UTC, "t.left"),
        ("trandate", "date", UTC, "TO_CHAR(trandate, 'YYYY-MM-DD') AS trandate"),
        ("date", "date", UTC, "TO_CHAR(t.date, 'YYYY-MM-DD') AS date"),
        ("made", "datetime", UTC, "TO_CHAR(SYS_EXTRACT_UTC(made), 'YYYY-MM-DD HH24:MI:SS') AS made"),
        ("made", "datetime", SESSION, "TO_CHAR(made, 'YYYY-MM-DD HH24:MI:SS') AS made"),
        ("trandate", "date", SESSION, "TO_CHAR(trandate, 'YYYY-MM-DD') AS trandate"),
    ],
)
def test_columns_are_selected_so_that_their_values_are_exact(
    column: str, kind: str, dialect: Dialect, item: str
) -> None:
    assert select_item("t", column, kind, dialect) == item


def test_a_label_is_selected_under_a_name_of_its_own() -> None:
    assert label_item("t", "entity") == "BUILTIN.DF(entity) AS entity_label"
    assert label_item("t", "level") == "BUILTIN.DF(t.level) AS level_label"


@pytest.mark.parametrize(
    ("value", "literal"),
    [("", "''"), ("Bank", "'Bank'"), ("O'Neill", "'O''Neill'"), ("';--", "''';--'"), ("a\\b\n", "'a\\b\n'")],
)
def test_quotes_in_text_are_doubled_and_nothing_else_is_touched(value: str, literal: str) -> None:
    assert text_literal(value) == literal


def test_datetimes_are_written_to_the_second_and_dates_as_dates() -> None:
    moment = datetime(2026, 3, 8, 2, 30, 9, 999_999)
    assert timestamp_literal(moment) == "TO_TIMESTAMP('2026-03-08 02:30:09', 'YYYY-MM-DD HH24:MI:SS')"


@pytest.mark.parametrize(
    ("value", "kind", "literal"),
    [("42", "integer", "42"), ("-1", "integer", "-1"), ("42", "text", "'42'"), ("a'b", "text", "'a''b'")],
)
def test_a_key_becomes_a_literal_of_its_kind(value: str, kind: str, literal: str) -> None:
    assert key_literal(value, kind) == literal


@pytest.mark.parametrize("value", ["", "1 OR 1=1", "1.0", "1\n", "+1", "--1", "٤٢", "1;", "0x1", "id"])
def test_nothing_but_an_integer_enters_as_an_integer_key(value: str) -> None:
    with pytest.raises(ValueError, match="no integer key"):
        key_literal(value, "integer")


@pytest.mark.parametrize(
    ("cursor", "dialect", "condition"),
    [
        ("changed", UTC, "SYS_EXTRACT_UTC(changed) >= "),
        ("changed", SESSION, "changed >= "),
        ("date", UTC, "SYS_EXTRACT_UTC(t.date) >= "),
    ],
)
def test_a_cursor_is_compared_as_a_moment(cursor: str, dialect: Dialect, condition: str) -> None:
    since = datetime(2026, 1, 2)
    assert changed_since("t", cursor, since, dialect) == condition + timestamp_literal(since)


@pytest.mark.parametrize(
    ("refs", "values", "condition"),
    [
        (["id"], ["7"], "id > 7"),
        (["a", "b"], ["7", "2"], "(a > 7 OR (a = 7 AND b > 2))"),
        (["a", "b", "c"], ["7", "'x'", "3"], "(a > 7 OR (a = 7 AND (b > 'x' OR (b = 'x' AND c > 3))))"),
    ],
)
def test_composite_keys_are_compared_nested(refs: list[str], values: list[str], condition: str) -> None:
    assert key_after(refs, values) == condition


KINDS = ("integer", "text", "integer")
keys = st.tuples(st.integers(-2, 3), st.text("a'Bé😀", max_size=2), st.integers(-1, 2))


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE rows (a BIGINT, b VARCHAR, c BIGINT)")
        yield connection


@settings(max_examples=searches(80, 800))
@given(rows=st.sets(keys, min_size=1, max_size=12), low=keys, width=st.integers(1, 3))
def test_key_after_orders_as_tuples_do(
    database: duckdb.DuckDBPyConnection,
    rows: set[tuple[int, str, int]],
    low: tuple[int, str, int],
    width: int,
) -> None:
    refs = ["a", "b", "c"][:width]
    literals = [key_literal(str(value), kind) for value, kind in zip(low, KINDS, strict=True)][:width]
    database.execute("DELETE FROM rows")
    database.executemany("INSERT INTO rows VALUES (?, ?, ?)", [list(row) for row in rows])
    # Other conditions stand beside it, so it must hold together without brackets of theirs.
    asked = statement(
        ["a", "b", "c"], "rows", ["a < 99", key_after(refs, literals), "a < 99"], ["a", "b", "c"]
    )
    assert database.execute(asked).fetchall() == sorted(row for row in rows if row[:width] > low[:width])


def test_in_has_one_to_a_thousand_values() -> None:
    assert in_list("id", ["1"]) == "id IN (1)"
    assert in_list("id", ["1"] * MAX_IN_LIST).count("1") == MAX_IN_LIST


@pytest.mark.parametrize("number", [0, MAX_IN_LIST + 1])
def test_no_value_or_too_many_are_refused_before_netsuite_does(number: int) -> None:
    with pytest.raises(ValueError, match=f"not {number}"):
        in_list("id", ["1"] * number)


@pytest.mark.parametrize(
    ("conditions", "order", "text"),
    [
        ([], [], "SELECT id, memo FROM t"),
        (["id > 5"], [], "SELECT id, memo FROM t WHERE id > 5"),
        ([], ["id"], "SELECT id, memo FROM t ORDER BY id"),
        (["a", "b"], ["a", "b"], "SELECT id, memo FROM t WHERE a AND b ORDER BY a, b"),
    ],
)
def test_a_statement_has_the_clauses_it_needs(conditions: list[str], order: list[str], text: str) -> None:
    assert statement(["id", "memo"], "t", conditions, order) == text
