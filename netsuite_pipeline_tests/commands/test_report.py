"""`netsuite-pipeline report`: after real syncs, and where there is nothing to report."""

import subprocess
import sys
from pathlib import Path

import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline_tests.commands.calling import call

TABLES = ("--select", "vendor", "--select", "customer", "--select", "currency")


def test_after_a_sync_the_page_has_its_figures_and_what_was_lost(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    assert call(tmp_path, "sync", *TABLES, env=emulator.env).code == 0
    called = call(tmp_path, "report", env={"NETSUITE_CONCURRENCY": "7"})
    assert called.code == 0, called.err
    assert "report.html" in called.out
    first = (tmp_path / "report.html").read_text()
    assert "3 of 3" in first
    assert f"{emulator.admin.tables()['customer']:,}" in first
    assert "Limit: 7 requests at once" in first
    assert "No table failed" in first

    emulator.admin.drop_permission("LIST_VENDOR")
    assert call(tmp_path, "sync", *TABLES, env=emulator.env).code == 1
    assert call(tmp_path, "report", "--output", "made/here.html").code == 0
    second = (tmp_path / "made" / "here.html").read_text()
    assert "2 of 3" in second
    assert "The role lost Lists &gt; Vendors (LIST_VENDOR)" in second
    assert "add Vendors (View), press Add, then Save." in second


@pytest.mark.long
def test_it_needs_no_credentials_and_shows_none(tmp_path: Path, emulator: EmulatorProcess) -> None:
    assert call(tmp_path, "sync", "--select", "currency", env=emulator.env).code == 0
    assert call(tmp_path, "report", env=emulator.env).code == 0
    shown = (tmp_path / "report.html").read_text()
    secrets = [value for name, value in emulator.env.items() if name.endswith(("KEY", "SECRET", "TOKEN_ID"))]
    assert len(secrets) == 4
    assert not [value for value in secrets if value in shown]


@pytest.mark.parametrize(
    ("arguments", "env", "code", "words"),
    [
        ([], {}, 1, "There is no warehouse at data/warehouse.duckdb yet"),
        ([], {"NETSUITE_WAREHOUSE": "broken.duckdb"}, 1, "broken.duckdb cannot be read"),
        ([], {"NETSUITE_CONCURRENCY": "many"}, 2, "NETSUITE_CONCURRENCY is 'many'"),
        (["--fresh-hours", "0"], {}, 2, "Usage"),
        (["--output", "."], {}, 2, "directory"),
    ],
)
@pytest.mark.few(1)
def test_a_report_error_is_printed_without_a_stack_trace(
    tmp_path: Path, arguments: list[str], env: dict[str, str], code: int, words: str
) -> None:
    (tmp_path / "broken.duckdb").write_text("no database")
    called = call(tmp_path, "report", *arguments, env=env)
    assert called.code == code
    assert words in called.err
    assert "Traceback" not in called.err
    assert not (tmp_path / "report.html").exists()


@pytest.mark.long
def test_a_page_that_cannot_be_written_is_an_error(tmp_path: Path, emulator: EmulatorProcess) -> None:
    assert call(tmp_path, "sync", "--select", "currency", env=emulator.env).code == 0
    (tmp_path / "file").write_text("in the way")
    called = call(tmp_path, "report", "--output", "file/report.html")
    assert called.code == 2
    assert "file/report.html cannot be written" in called.err
    assert "Traceback" not in called.err


@pytest.mark.long
def test_it_starts_without_dagster_and_pandas(tmp_path: Path) -> None:
    code = (
        "import sys, datetime, pathlib\n"
        "import netsuite_pipeline.commands.report\n"
        "from netsuite_pipeline.reporting.queries import read_warehouse\n"
        "from netsuite_pipeline.reporting.page import render_report\n"
        "from netsuite_pipeline_tests.reporting.noting import NOW, many_syncs\n"
        f"noting = many_syncs(pathlib.Path({str(tmp_path / 'w.duckdb')!r}), syncs=30, tables=3)\n"
        "render_report(read_warehouse(noting.warehouse, NOW), concurrency=5)\n"
        "print(sorted({'dagster', 'pandas', 'sqlglot'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
