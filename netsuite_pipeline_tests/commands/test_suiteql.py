"""`netsuite-pipeline suiteql` where not all rows come: it prints the rows that came, reports the rest, and exits with 1."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from netsuite_pipeline_tests.commands.calling import Called, call
from netsuite_pipeline_tests.netsuite.bodies import error_body, page_body
from netsuite_pipeline_tests.netsuite.scripted import Answer, Asked, ScriptedServer

FORMS: dict[str, Callable[[str], list[str]]] = {
    "--json": lambda out: [json.loads(line)["id"] for line in out.splitlines()],
    "--csv": lambda out: [row["id"] for row in csv.DictReader(io.StringIO(out))],
}


def asked_of(script: Callable[[Asked], Answer], folder: Path, *options: str) -> Called:
    """Asks a scripted server by the command line."""
    with ScriptedServer(script) as server:
        env = {
            "NETSUITE_ACCOUNT_ID": "1234567",
            "NETSUITE_CONSUMER_KEY": "k" * 64,
            "NETSUITE_CONSUMER_SECRET": "s" * 64,
            "NETSUITE_TOKEN_ID": "t" * 64,
            "NETSUITE_TOKEN_SECRET": "u" * 64,
            "NETSUITE_BASE_URL": server.url,
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }
        return call(folder, "suiteql", "SELECT id FROM t ORDER BY id", *options, env=env)


def pages(last: int, *, more: bool = False, rows: int = 1000) -> Callable[[Asked], Answer]:
    """Pages of some rows, up to the offset of the last one; the last one may say that there are more."""

    def answer(asked: Asked) -> Answer:
        offset = int(asked.query["offset"][0])
        body = page_body(
            [{"id": str(number)} for number in range(offset, offset + rows)], has_more=offset < last or more
        )
        return Answer(body=body)

    return answer


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.few(1)
def test_rows_beyond_offsets_are_an_error_and_the_fetched_rows_are_printed(tmp_path: Path, form: str) -> None:
    called = asked_of(pages(99_000, more=True, rows=10), tmp_path, form)
    assert called.code == 1
    assert len(FORMS[form](called.out)) == 1000  # a hundred pages of ten rows
    assert "only the first 1,000 rows were received. They are printed" in called.err
    assert "more than 100,000 rows" in called.err
    assert "Narrow it by a condition" in called.err


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("most", "more"), [(1, True), (999, True), (1000, True), (1999, True), (2000, False)]
)
@pytest.mark.few(1)
def test_more_rows_than_wanted_are_an_error(tmp_path: Path, form: str, most: int, more: bool) -> None:
    called = asked_of(pages(1000), tmp_path, form, "--most", str(most))
    assert FORMS[form](called.out) == [str(number) for number in range(most)]
    assert called.code == (1 if more else 0)
    assert ("and NetSuite has more" in called.err) == more
    assert ("--most" in called.err) == more


def test_on_the_screen_the_rows_come_before_the_words(tmp_path: Path) -> None:
    called = asked_of(pages(0), tmp_path, "--most", "3")
    assert called.code == 1
    assert "3 rows" in called.out
    assert called.err.startswith(
        "netsuite-pipeline: stopped after 3 rows, and NetSuite has more.\n  To fix: "
    )


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.few(1)
def test_what_came_before_a_failure_is_printed(tmp_path: Path, form: str) -> None:
    def script(asked: Asked) -> Answer:
        if asked.query["offset"] == ["2000"]:
            return Answer(
                status=400, body=error_body(400, "INVALID_PARAMETER", "Search error occurred: Too late.")
            )
        return pages(9000)(asked)

    called = asked_of(script, tmp_path, form)
    assert called.code == 1
    assert len(FORMS[form](called.out)) == 2000
    assert "only the first 2,000 rows were received" in called.err
    assert "Too late." in called.err
    assert "Traceback" not in called.err


def test_a_statement_that_fails_at_once_prints_nothing(tmp_path: Path) -> None:
    body = error_body(400, "INVALID_PARAMETER", "Search error occurred: Not so.")
    called = asked_of(lambda _: Answer(status=400, body=body), tmp_path)
    assert (called.code, called.out) == (1, "")
    assert "Not so." in called.err
    assert "came" not in called.err
