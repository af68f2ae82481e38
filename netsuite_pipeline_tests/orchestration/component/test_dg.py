"""In anybody's own dg project: the component is listed, scaffolded, checked, and its errors name the line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PYPROJECT = """
[project]
name = "outside"
version = "0.1"

[tool.dg]
directory_type = "project"

[tool.dg.project]
root_module = "outside"
code_location_name = "outside"
"""

DEFINITIONS = """
from pathlib import Path

import dagster as dg


@dg.definitions
def defs():
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
"""


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A project that has nothing but the package installed."""
    files = {
        "pyproject.toml": PYPROJECT,
        "outside/__init__.py": "",
        "outside/definitions.py": DEFINITIONS,
        "outside/defs/__init__.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def dg(project: Path, *arguments: str) -> tuple[int, str]:
    """What a dg command says, and how it ends."""
    environment = {**os.environ, "HOME": str(project), "COLUMNS": "200", "NO_COLOR": "1"}
    command = [str(Path(sys.executable).with_name("dg")), *arguments]
    done = subprocess.run(
        command, cwd=project, env=environment, text=True, timeout=600, capture_output=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def write(project: Path, attributes: str) -> None:
    folder = project / "outside/defs/netsuite"
    folder.mkdir(exist_ok=True)
    (folder / "defs.yaml").write_text(
        f"type: netsuite_pipeline.NetSuiteComponent\nattributes:\n  tables: [lists]\n{attributes}"
    )


@pytest.mark.long
def test_it_is_listed_with_what_it_is_for(outside: Path) -> None:
    code, message = dg(outside, "list", "components", "--package", "netsuite_pipeline")
    assert code == 0, message
    assert "netsuite_pipeline.NetSuiteComponent" in message
    assert "NetSuite's tables in DuckDB" in message


@pytest.mark.long
def test_what_is_scaffolded_passes_every_check(outside: Path) -> None:
    code, message = dg(outside, "scaffold", "defs", "netsuite_pipeline.NetSuiteComponent", "netsuite")
    assert code == 0, message
    code, message = dg(outside, "check", "defs")
    assert code == 0, message
    assert "All component YAML validated successfully." in message
    assert "All definitions loaded successfully." in message


@pytest.mark.long
def test_check_yaml_names_the_line_of_each_field_that_there_is_not(outside: Path) -> None:
    write(
        outside,
        "  token_secret: x\n  table_settings:\n    customer:\n      cursor: false\n      leaveout: [email]\n",
    )
    code, message = dg(outside, "check", "yaml")
    assert code == 1, message
    assert "defs.yaml:4 - netsuite_pipeline.NetSuiteComponent attributes.token_secret" in message
    assert "no credentials here: they come from environment variables" in message
    assert (
        "defs.yaml:8 - netsuite_pipeline.NetSuiteComponent attributes.table_settings.customer.leaveout"
        in message
    )


@pytest.mark.long
def test_check_defs_names_the_line_of_what_only_the_catalogue_shows(outside: Path) -> None:
    write(
        outside, "  table_settings:\n    customer:\n      hash: [phone]\n      leave_out:\n        - emial\n"
    )
    code, message = dg(outside, "check", "defs")
    assert code == 1, message
    line = "outside/defs/netsuite/defs.yaml, line 8: table 'customer', leave_out: the table has no column 'emial'"
    assert line in message
    assert "did you mean 'email'" in message
