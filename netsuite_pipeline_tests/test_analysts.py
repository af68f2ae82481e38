"""docs/analysts.md: every statement in it answers what is printed below it, on the sample company.

`python -m netsuite_pipeline_tests.test_analysts` prints the document with the results as they are now.
"""

import re
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from netsuite_pipeline.emulator.process import start_emulator
from netsuite_pipeline.marts import refresh_marts
from netsuite_pipeline.netsuite.auth.tba import TokenCredentials
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.sync.request import SyncRequest
from netsuite_pipeline.sync.run import Sync
from netsuite_pipeline.tables import standard_tables
from netsuite_pipeline.warehouse.warehouse import Warehouse

DOCUMENT = Path(__file__).parent.parent / "docs" / "analysts.md"
QUESTION = re.compile(
    r"## (?P<title>[^\n]+)\n(?P<about>.*?)```sql\n(?P<sql>.*?)```\n(?P<result>(?:\n\|[^\n]*(?:\n\|[^\n]*)*\n)?)",
    re.DOTALL,
)
QUESTIONS = [match.groupdict() for match in QUESTION.finditer(DOCUMENT.read_text(encoding="utf-8"))]


def a_synced_sample(folder: Path) -> Warehouse:
    """The sample company as `netsuite-pipeline demo --scale 0.1` brings it."""
    warehouse = Warehouse(folder / "warehouse.duckdb")
    tables = standard_tables()
    request = SyncRequest(
        tuple(tables.values()), tables, "netsuite", False, timedelta(hours=1), marts=refresh_marts
    )
    with start_emulator(scale=0.1, seed=1, max_seconds=3600) as emulator:
        credentials = TokenCredentials.from_variables(emulator.env)
        with NetSuiteClient(credentials, base_url=emulator.base_url) as client:
            assert {table.status for table in Sync(client, warehouse, request)} == {"done"}
    return warehouse


def as_markdown(connection: duckdb.DuckDBPyConnection, statement: str) -> str:
    """A statement's result as a table of Markdown."""
    result = connection.execute(statement)
    header = [column[0] for column in result.description or ()]
    rows = [["" if value is None else str(value) for value in row] for row in result.fetchall()]
    return "".join(f"| {' | '.join(row)} |\n" for row in [header, ["---"] * len(header), *rows])


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published file, opened as an analyst opens it."""
    warehouse = a_synced_sample(tmp_path_factory.mktemp("analysts"))
    with duckdb.connect(str(warehouse.path), read_only=True) as connection:
        yield connection


def test_the_document_has_ten_questions_and_no_statement_without_a_result() -> None:
    numbered = [each["title"].split(".")[0] for each in QUESTIONS if each["title"][0].isdigit()]
    assert numbered == [str(number) for number in range(1, 11)]
    assert DOCUMENT.read_text(encoding="utf-8").count("```sql") == len(QUESTIONS)
    assert all(each["result"].count("\n|") > 2 for each in QUESTIONS)


@pytest.mark.parametrize("question", QUESTIONS, ids=[each["title"] for each in QUESTIONS])
def test_a_question_is_answered_as_the_document_says(
    published: duckdb.DuckDBPyConnection, question: dict[str, str]
) -> None:
    assert as_markdown(published, question["sql"]) == question["result"].removeprefix("\n")


@pytest.mark.parametrize(
    "statement", re.findall(r"`((?:SELECT|FROM) [^`]+)`", DOCUMENT.read_text(encoding="utf-8"))
)
def test_a_statement_within_the_text_has_an_answer(
    published: duckdb.DuckDBPyConnection, statement: str
) -> None:
    assert published.execute(statement).fetchall()


def test_the_document_names_every_view_of_documents(published: duckdb.DuckDBPyConnection) -> None:
    rows = published.execute(
        "SELECT view_name FROM duckdb_views() WHERE schema_name = 'netsuite' AND NOT ends_with(view_name, '_line')"
    ).fetchall()
    listed = re.search(
        r"The kinds of documents: (.*?)\. A table", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL
    )
    assert listed is not None
    assert sorted(re.findall("`([a-z]+)`", listed[1])) == sorted(row[0] for row in rows)


def test_every_view_and_every_column_of_one_says_what_it_is(published: duckdb.DuckDBPyConnection) -> None:
    silent = published.execute(
        "SELECT view_name FROM duckdb_views() WHERE NOT internal AND comment IS NULL UNION ALL "
        "SELECT c.table_name || '.' || c.column_name FROM duckdb_columns() c "
        "JOIN duckdb_views() v ON v.view_oid = c.table_oid AND v.database_oid = c.database_oid "
        "WHERE NOT v.internal AND c.comment IS NULL"
    ).fetchall()
    assert silent == []


def _rewritten() -> str:
    with tempfile.TemporaryDirectory() as folder:
        warehouse = a_synced_sample(Path(folder))
        with duckdb.connect(str(warehouse.path), read_only=True) as connection:
            return QUESTION.sub(
                lambda match: (
                    f"## {match['title']}\n{match['about']}```sql\n{match['sql']}```\n\n"
                    f"{as_markdown(connection, match['sql'])}"
                ),
                DOCUMENT.read_text(encoding="utf-8"),
            )


if __name__ == "__main__":
    sys.stdout.write(_rewritten())
