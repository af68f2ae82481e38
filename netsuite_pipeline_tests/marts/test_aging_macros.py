"""The macros of open items in a file that is opened, renamed or attached."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import pytest

from netsuite_pipeline.marts import build_marts
from netsuite_pipeline_tests.marts.ledger import TODAY
from netsuite_pipeline_tests.marts.test_aging import company, invoice, payment

FIGURES = "SELECT transaction_number, open_currency FROM {}.ar_aging_at(DATE '2025-02-28') ORDER BY ALL"
OPEN = [("T1", 200)]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with marts: an invoice of 300 of which 100 are paid."""
    path = tmp_path_factory.mktemp("macros") / "warehouse.duckdb"
    ledger = company()
    bill = invoice(ledger, date(2025, 1, 10), 300, 330)
    ledger.link((bill, 0), (payment(ledger, date(2025, 2, 10), 100, 120), 1), 100)
    with duckdb.connect(str(path)) as connection:
        for name in ("netsuite", "sandbox"):
            ledger.write(connection, name)
            build_marts(connection, name, TODAY)
    shutil.copy(path, path.with_name("march.duckdb"))
    return path


@contextmanager
def attached(*statements: str) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for statement in statements:
            connection.execute(statement)
        yield connection


@pytest.mark.parametrize("name", ["warehouse.duckdb", "march.duckdb"])
@pytest.mark.parametrize("schema", ["marts", "sandbox_marts"])
def test_a_file_is_opened_under_any_name(file: Path, name: str, schema: str) -> None:
    with duckdb.connect(str(file.with_name(name)), read_only=True) as connection:
        assert connection.execute(FIGURES.format(schema)).fetchall() == OPEN
        assert connection.sql(FIGURES.format(schema)).fetchall() == OPEN


@pytest.mark.parametrize("name", ["warehouse.duckdb", "march.duckdb"])
@pytest.mark.parametrize("schema", ["marts", "sandbox_marts"])
def test_a_file_is_attached_as_warehouse(file: Path, name: str, schema: str) -> None:
    with attached(f"ATTACH '{file.with_name(name)}' AS warehouse (READ_ONLY)") as connection:
        figures = FIGURES.format(f"warehouse.{schema}")
        assert connection.execute(figures).fetchall() == OPEN
        assert connection.sql(figures).fetchall() == OPEN
        connection.execute(f"CREATE TEMP VIEW open_now AS {figures}")
        assert connection.execute("FROM open_now").fetchall() == OPEN
        day = f"SELECT open_currency FROM warehouse.{schema}.ar_aging_at(?)"
        assert connection.execute(day, [date(2025, 1, 31)]).fetchall() == [(300,)]


def test_a_file_is_attached_under_another_name_and_used(file: Path) -> None:
    with attached(f"ATTACH '{file}' AS books (READ_ONLY)", "USE books") as connection:
        assert connection.execute(FIGURES.format("books.marts")).fetchall() == OPEN


def test_the_marts_of_two_files_are_never_mixed_up(file: Path) -> None:
    """Whose macro is called does not decide whose open items DuckDB reads, so it reads none."""
    with duckdb.connect(str(file.with_name("march.duckdb")), read_only=True) as connection:
        connection.execute(f"ATTACH '{file}' AS warehouse (READ_ONLY)")
        for schema in ("marts", "warehouse.marts"):
            with pytest.raises(duckdb.Error, match="Two databases have the marts marts: detach one"):
                connection.execute(FIGURES.format(schema))
        connection.execute("USE warehouse")
        assert connection.execute(FIGURES.format("marts")).fetchall() == OPEN
