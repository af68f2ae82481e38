"""docs/marts.md names every mart, its key and every check, and its statements run."""

import re
from pathlib import Path

import duckdb
import pytest

from netsuite_pipeline.marts import mart_checks, marts_catalogue
from netsuite_pipeline_tests.marts.test_statements import two_years

PAGE = (Path(__file__).parents[2] / "docs" / "marts.md").read_text(encoding="utf-8")
INNER = {"open_items"}
"""Marts that other marts read, and that the page need not explain."""


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    return two_years().build().connection


@pytest.mark.parametrize("name", sorted(set(marts_catalogue()) - INNER))
def test_the_page_names_a_mart_with_its_key(name: str) -> None:
    assert f"`{name}`" in PAGE
    key = ", ".join(f"`{column}`" for column in marts_catalogue()[name].key)
    start = "`accounting_book`, `subsidiary`, `is_consolidated`, `period`, `account`"
    line = "`accounting_book`, `subsidiary`, `is_consolidated`, `period`, `line`, `account`"
    assert key in (start, line) or key in PAGE


def test_the_page_names_every_check_and_no_other() -> None:
    rows = re.findall(r"^\| (`[a-z_`, ]+`) \| (?:`[a-z_]+`(?:, )?)+ \|", PAGE, re.MULTILINE)
    named = {name for row in rows for name in re.findall("`([a-z_]+)`", row)}
    assert named == set(mart_checks())


@pytest.mark.parametrize("statement", re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL))
def test_a_statement_of_the_page_runs(connection: duckdb.DuckDBPyConnection, statement: str) -> None:
    connection.execute(statement)


@pytest.mark.parametrize("statement", re.findall(r"`((?:SELECT|FROM) [^`]+)`", PAGE))
def test_a_statement_within_the_text_runs(connection: duckdb.DuckDBPyConnection, statement: str) -> None:
    connection.execute(statement)
