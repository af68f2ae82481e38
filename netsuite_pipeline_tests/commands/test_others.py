"""`--help`, `tables`, `suiteql`: quick, plain, and usable in a pipe."""

import csv
import io
import json
import re
from pathlib import Path

import pytest

from netsuite_pipeline._version import __version__
from netsuite_pipeline.cli import _COMMANDS, commands
from netsuite_pipeline.commands.text_grid import print_grid
from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.tables import standard_tables
from netsuite_pipeline_tests.commands.calling import call

_README = Path(__file__).parents[2] / "README.md"


def test_help_lists_every_command_and_the_readme_names_it(tmp_path: Path) -> None:
    called = call(tmp_path, "--help")
    assert called.code == 0
    readme = _README.read_text()
    for name in _COMMANDS:
        assert f"  {name} " in called.out
        assert name in readme
    assert commands.list_commands(None) == list(_COMMANDS)  # type: ignore[arg-type]


def test_the_version_is_printed(tmp_path: Path) -> None:
    assert __version__ in call(tmp_path, "--version").out


@pytest.mark.parametrize("arguments", [["nonsense"], ["sync", "--nonsense"], ["suiteql"]])
@pytest.mark.few(1)
def test_misuse_exits_2_with_usage(tmp_path: Path, arguments: list[str]) -> None:
    called = call(tmp_path, *arguments)
    assert called.code == 2
    assert "Usage" in called.err
    assert "Traceback" not in called.err


@pytest.mark.long
def test_tables_lists_the_catalogue(tmp_path: Path) -> None:
    listed = json.loads(call(tmp_path, "tables", "--json").out)
    assert [table["table"] for table in listed] == list(standard_tables())
    shown = call(tmp_path, "tables", "vendor").out
    assert "lastmodifieddate" in shown
    assert "\t" in shown
    assert call(tmp_path, "tables", "vendr").code == 2


def test_in_a_pipe_tables_and_rows_are_whole_lines_with_tabs(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    """Nothing is cut off to fit a width that a pipe does not have."""
    called = call(tmp_path, "tables", env={"COLUMNS": "40"})
    head, *lines = [line.split("\t") for line in called.out.splitlines()]
    assert head == ["table", "group", "key", "incremental by", "permission of the role"]
    tables = standard_tables()
    assert [line[0] for line in lines] == list(tables)
    assert [line[4] for line in lines] == [table.permission.name for table in tables.values()]
    assert "39 tables" in called.err

    called = call(tmp_path, "tables", "vendor", "transaction", env={"COLUMNS": "40"})
    head, *lines = [line.split("\t") for line in called.out.splitlines()]
    assert head == ["table", "column", "type", "meaning"]
    wanted = [(name, column.name) for name in ("transaction", "vendor") for column in tables[name].columns]
    assert sorted((line[0], line[1]) for line in lines) == sorted(wanted)

    statement = "SELECT id, name, symbol FROM currency ORDER BY id"
    called = call(tmp_path, "suiteql", statement, env={**emulator.env, "COLUMNS": "20"})
    head, *lines = [line.split("\t") for line in called.out.splitlines()]
    assert head == ["id", "name", "symbol"]
    rows = emulator.admin.tables()["currency"]
    assert [len(line) for line in lines] == [3] * rows + [1]
    assert lines[-1] == [f"{rows} rows"]


def test_a_grid_on_a_terminal_fits_its_width_and_shows_square_brackets(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    print_grid(("name", "meaning"), [("vendor", "[bold]word " * 20)], "1 row")
    lines = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()
    assert max(map(len, lines)) <= 60
    assert any("[bold]word" in line for line in lines)
    assert lines[-1] == "1 row"


def test_suiteql_pages_through_everything(tmp_path: Path, emulator: EmulatorProcess) -> None:
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


def test_suiteql_reads_standard_input_and_writes_json_lines(
    tmp_path: Path, emulator: EmulatorProcess
) -> None:
    called = call(
        tmp_path,
        "suiteql", "-", "--json", "--most", "2",
        env=emulator.env,
        given="SELECT id, symbol FROM currency ORDER BY id",
    )  # fmt: skip
    assert [json.loads(line)["id"] for line in called.out.splitlines()] == ["1", "2"]


def test_a_refused_statement_prints_netsuites_words(tmp_path: Path, emulator: EmulatorProcess) -> None:
    called = call(tmp_path, "suiteql", "SELECT nonsense FROM customer", env=emulator.env)
    assert called.code == 1
    assert "Unknown identifier 'nonsense'" in called.err
    assert "Traceback" not in called.err
