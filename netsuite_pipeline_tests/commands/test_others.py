"""`--help`, `tables`, `suiteql`: quick, plain, and usable in a pipe."""

import csv
import io
import json
from pathlib import Path

import pytest

from netsuite_pipeline._version import __version__
from netsuite_pipeline.cli import _COMMANDS, commands
from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.tables import standard_tables
from netsuite_pipeline_tests.commands.calling import call

_README = Path(__file__).parents[2] / "README.md"


def test_help_lists_every_command_and_the_readme_names_it(tmp_path: Path):
    called = call(tmp_path, "--help")
    assert called.code == 0
    readme = _README.read_text()
    for name in _COMMANDS:
        assert f"  {name} " in called.out
        assert name in readme
        assert call(tmp_path, name, "--help").code == 0
    assert commands.list_commands(None) == list(_COMMANDS)  # type: ignore[arg-type]


def test_the_version_is_told(tmp_path: Path):
    assert __version__ in call(tmp_path, "--version").out


@pytest.mark.parametrize("arguments", [["nonsense"], ["sync", "--nonsense"], ["suiteql"]])
def test_misuse_exits_2_with_usage(tmp_path: Path, arguments: list[str]):
    called = call(tmp_path, *arguments)
    assert called.code == 2
    assert "Usage" in called.err
    assert "Traceback" not in called.err


def test_tables_lists_the_catalogue(tmp_path: Path):
    listed = json.loads(call(tmp_path, "tables", "--json").out)
    assert [table["table"] for table in listed] == list(standard_tables())
    shown = call(tmp_path, "tables", "vendor").out
    assert "lastmodifieddate" in shown
    assert call(tmp_path, "tables", "vendr").code == 2


def test_suiteql_pages_through_everything(tmp_path: Path, emulator: EmulatorProcess):
    rows = emulator.admin.tables()["transactionline"]
    assert rows > 1000
    called = call(
        tmp_path,
        "suiteql",
        "SELECT transaction, id, memo FROM transactionline ORDER BY transaction, id;",
        "--csv",
        env=emulator.env,
    )
    assert called.code == 0, called.err
    read = list(csv.DictReader(io.StringIO(called.out)))
    assert len(read) == rows
    assert len({(row["transaction"], row["id"]) for row in read}) == rows


def test_suiteql_reads_standard_input_and_writes_json_lines(tmp_path: Path, emulator: EmulatorProcess):
    called = call(
        tmp_path,
        "suiteql", "-", "--json", "--most", "2",
        env=emulator.env,
        given="SELECT id, symbol FROM currency ORDER BY id",
    )  # fmt: skip
    assert [json.loads(line)["id"] for line in called.out.splitlines()] == ["1", "2"]


def test_a_refused_statement_is_told_in_netsuites_words(tmp_path: Path, emulator: EmulatorProcess):
    called = call(tmp_path, "suiteql", "SELECT nonsense FROM customer", env=emulator.env)
    assert called.code == 1
    assert "Unknown identifier 'nonsense'" in called.err
    assert "Traceback" not in called.err
