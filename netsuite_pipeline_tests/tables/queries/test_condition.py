"""Conditions that somebody wrote: what is one, and what would change the statement around it."""

import pytest

from netsuite_pipeline.tables.settings import parse_condition


@pytest.mark.parametrize(
    "text",
    [
        "isinactive = 'F'",
        "a != 1 AND b IS NOT NULL",
        "NOT (a = 1)",
        "((a = 1))",
        "a BETWEEN 1 AND 2",
        "a NOT IN (1, 2)",
        "id IN (SELECT x FROM y)",
        "EXISTS (SELECT 1 FROM y)",
        "name LIKE 'it''s; -- %'",
        "BUILTIN.DF(status) = 'Open'",
        "trandate >= TO_DATE('2024-01-01', 'YYYY-MM-DD')",
        "trandate >= BUILTIN.RELATIVE_RANGES('SAMONTH', 'START')",
        "REGEXP_LIKE(tranid, '^INV')",
    ],
)
def test_a_condition_is_kept_unchanged(text: str) -> None:
    assert parse_condition(f" {text}\n") == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (" ", "is empty"),
        ("a", "is no condition"),
        ("1", "is no condition"),
        ("a + 1", "is no condition"),
        ("a = ", "is no condition"),
        ("WHERE a = 1", "is no condition"),
        ("a = 'x", "is no condition"),
        ("a = 1; DROP TABLE t", "is no condition"),
        ("a = 1 ORDER BY b", "is no condition"),
        ("a = 1) OR (b = 2", "is no condition"),
        ("a = 1) GROUP BY (b", "is no condition"),
        ("a = 1) UNION (SELECT 1 FROM t WHERE (1 = 1)", "is no condition"),
        ("a = 1 -- and b", "is no condition"),
        ("a = 1 -- and\n AND b = 2", "must hold no comment"),
        ("/* all */ a = 1", "must hold no comment"),
    ],
)
def test_what_is_none_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_condition(text)
