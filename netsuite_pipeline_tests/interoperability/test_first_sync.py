"""The first sync of an account that nobody arranged: all its rows arrive, everything else is reported."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from netsuite_pipeline.tables import standard_tables
from netsuite_pipeline_tests.interoperability.comparing import STORED_AS, assert_equal, count, query
from netsuite_pipeline_tests.interoperability.running import Asked, Ran, run, serving, sync
from netsuite_pipeline_tests.interoperability.server.company import build_company
from netsuite_pipeline_tests.interoperability.server.layout import TABLES
from netsuite_pipeline_tests.interoperability.server.settings import Habits
from netsuite_pipeline_tests.one_pass import in_one_pass


@dataclass(frozen=True)
class First:
    """What the first sync of the whole company left behind."""

    company: Path
    warehouse: Path
    ran: Ran
    asked: list[Asked]
    statement: Ran


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[First]:
    folder = tmp_path_factory.mktemp("first")
    company, warehouse = folder / "company.sqlite", folder / "warehouse.duckdb"
    build_company(company, seed=19)
    with serving(company, Habits()) as server:
        ran = sync(server, warehouse)
        asked = server.asked
        statement = run(
            server,
            warehouse,
            "suiteql",
            "SELECT t.type, COUNT(*) AS n, SUM(l.netamount) AS amount FROM transaction t "
            "JOIN transactionline l ON l.transaction = t.id GROUP BY t.type ORDER BY t.type",
        )
        yield First(company, warehouse, ran, asked, statement)


def test_the_second_server_runs_without_any_code_of_the_pipeline() -> None:
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            "import netsuite_pipeline_tests.interoperability.server.__main__, sys; print(*sys.modules)",
        ],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not [name for name in loaded if name.split(".")[0] in {"netsuite_pipeline", "duckdb", "sqlglot"}]


def test_every_table_equals_the_servers_to_the_last_digit(first: First) -> None:
    assert first.ran.code == 0, first.ran.err
    assert_equal(first.company, first.warehouse)


def test_every_column_has_its_type(first: First) -> None:
    rows = query(
        first.warehouse,
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name = 'netsuite'",
    )
    stored = {(table, column): kind for table, column, kind in rows}
    expected = {
        (table, column.name): STORED_AS[column.kind]
        for table, columns in TABLES.items()
        for column in columns
    }
    assert {where: stored[where] for where in expected} == expected


def test_no_value_was_turned_away(first: First) -> None:
    assert query(first.warehouse, "SELECT count(*) FROM _netsuite.rejected_values") == [(0,)]


def test_debits_equal_credits_in_every_transaction_and_book(first: First) -> None:
    sums = query(
        first.warehouse,
        "SELECT coalesce(sum(debit), 0), coalesce(sum(credit), 0) FROM netsuite.transactionaccountingline "
        "GROUP BY transaction, accountingbook",
    )
    assert len(sums) > 3000
    assert all(debit == credit and isinstance(debit, Decimal) for debit, credit in sums)


@in_one_pass(
    ("table", "column", "target"),
    [
        (table, column.name, column.target)
        for table, columns in TABLES.items()
        for column in columns
        if column.target and column.kind != "several"
    ],
)
def test_no_pointer_dangles(first: First, table: str, column: str, target: str) -> None:
    key = "nkey" if "address" in target else "id"
    dangling = query(
        first.warehouse,
        f'SELECT count(*) FROM netsuite."{table}" AS f ANTI JOIN netsuite."{target}" AS t '
        f'ON f."{column}" = t."{key}" WHERE f."{column}" IS NOT NULL',
    )
    assert dangling == [(0,)]


def test_the_report_counts_what_arrived(first: First) -> None:
    done = {
        table["table"]: table["rows"] for table in first.ran.report["tables"] if table["status"] == "done"
    }
    assert done == {table: count(first.company, table) for table in TABLES}
    assert first.ran.totals["rows_written"] == sum(done.values())
    assert first.ran.totals["failed"] == 0


def test_the_report_names_every_column_that_the_account_lacks(first: First) -> None:
    for name, columns in TABLES.items():
        lacking = {column.name for column in standard_tables()[name].columns} - {
            column.name for column in columns
        }
        notes = " ".join(first.ran.table(name)["notes"])
        assert {column for column in lacking if f"{column} (unknown)" not in notes} == set(), name


def test_tables_that_the_account_lacks_are_absent_not_failed(first: First) -> None:
    absent = {table["table"] for table in first.ran.report["tables"] if table["status"] == "absent"}
    assert absent == standard_tables().keys() - TABLES.keys()
    assert "Setup > Deleted Records" in " ".join(first.ran.table("deletedrecord")["notes"])


def test_a_column_that_a_refusal_names_costs_one_request(first: First) -> None:
    refused = Counter(asked.sql.split(" FROM ")[1].split()[0] for asked in first.asked if asked.status == 400)
    for name, table in standard_tables().items():
        columns = {column.name for column in TABLES.get(name, ())}
        lacking = sum(column.name not in columns for column in table.columns) if columns else 1
        # BUILTIN.DF is not there and its refusal names nothing: with and without labels, then by halves, and
        # each label alone before it is accused.
        labels = sum(column.label for column in table.columns)
        # Pages of a long table are asked for at once: each further one may meet the same refusal once.
        places = {
            asked.sql.split(" ORDER BY ")[0].split(" WHERE ")[-1]
            for asked in first.asked
            if f" FROM {name} WHERE " in asked.sql and "ROWNUM" not in asked.sql
        }
        further = max(0, len(places) - 1)
        assert refused[name] <= lacking + 3 * labels + 1 + further, name
        assert labels or lacking <= refused[name] <= lacking + further, name


def test_any_statement_can_be_asked(first: First) -> None:
    assert first.statement.code == 0, first.statement.err
    assert "VendBill" in first.statement.out
