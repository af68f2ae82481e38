"""`netsuite-pipeline emulator`: prints its address, answers its switches, and stops on request."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from netsuite_pipeline.commands.emulator import command
from netsuite_pipeline_tests.commands.calling import call


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder in which an emulator runs, and the variables that it printed."""
    folder = tmp_path_factory.mktemp("emulator")
    process = subprocess.Popen(
        [sys.executable, "-m", "netsuite_pipeline", "emulator", "--scale", "0.01", "--max-seconds", "300"],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    env: dict[str, str] = {}
    for line in process.stdout:
        if line.startswith("export "):
            name, _, value = line.removeprefix("export ").strip().partition("=")
            env[name] = value
        if "NETSUITE_EMULATOR_ADMIN" in line:
            break
    yield folder, env
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    process.stdout.close()
    assert not (folder / "data" / "emulator.json").exists()


def test_the_printed_lines_are_all_a_client_needs(
    running: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    _, env = running
    called = call(tmp_path, "suiteql", "SELECT id, name FROM subsidiary ORDER BY id", env=env)
    assert called.code == 0, called.err
    assert "5 rows" in called.out


def test_its_handle_is_for_this_user_alone(running: tuple[Path, dict[str, str]]) -> None:
    folder, _ = running
    assert os.stat(folder / "data" / "emulator.json").st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("break_it", "statement", "says"),
    [
        (["revoke-token"], "SELECT id FROM currency", "refuses the sign-in"),
        (["refresh-sandbox"], "SELECT id FROM currency", "refuses the sign-in"),
        (["block-integration"], "SELECT id FROM currency", "refuses the sign-in"),
        (["deactivate-role"], "SELECT id FROM currency", "refuses the sign-in"),
        (["skew-clock", "--", "-360"], "SELECT id FROM currency", "refuses the sign-in"),
        (["feature", "TBA", "off"], "SELECT id FROM currency", "refuses the sign-in"),
        (["drop-permission", "LIST_VENDOR"], "SELECT id FROM vendor", "no table 'vendor'"),
        (["drop-permission", "REPO_ANALYTICS"], "SELECT id FROM vendor", "does not permit"),
        (["hide-column", "customer", "email"], "SELECT email FROM customer", "'email'"),
    ],
)
@pytest.mark.few(1)
@pytest.mark.long
def test_another_terminal_breaks_and_resets_the_emulator(
    running: tuple[Path, dict[str, str]], break_it: list[str], statement: str, says: str
) -> None:
    folder, env = running
    assert call(folder, "suiteql", statement, env=env).code == 0
    assert call(folder, "emulator", *break_it).code == 0
    broken = call(folder, "suiteql", statement, env=env)
    assert broken.code in {1, 2}
    assert says in broken.err
    assert "Traceback" not in broken.err
    reset = call(folder, "emulator", "reset")
    assert reset.code == 0
    assert call(folder, "suiteql", statement, env=env).code == 0


@pytest.mark.long
def test_restricted_rows_are_fewer_without_an_error(running: tuple[Path, dict[str, str]]) -> None:
    folder, env = running
    count = "SELECT COUNT(*) AS n FROM customer"
    whole = call(folder, "suiteql", count, "--csv", env=env).out
    assert call(folder, "emulator", "restrict-rows", "customer").code == 0
    half = call(folder, "suiteql", count, "--csv", env=env).out
    assert call(folder, "emulator", "unrestrict-rows", "customer").code == 0
    assert 0 < int(half.split()[1]) < int(whole.split()[1])
    assert call(folder, "suiteql", count, "--csv", env=env).out == whole


def test_without_an_emulator_a_switch_says_how_to_start_one(tmp_path: Path) -> None:
    called = call(tmp_path, "emulator", "revoke-token")
    assert called.code == 2
    assert "No emulator runs in this folder" in called.err
    assert "netsuite-pipeline dev" in called.err


@pytest.mark.long
def test_an_unknown_variant_is_refused(tmp_path: Path) -> None:
    called = call(tmp_path, "emulator", "--variant", "gravity=off")
    assert called.code == 2
    assert "gravity" in called.err
    assert "Traceback" not in called.err


def test_every_switch_has_a_line_of_help() -> None:
    assert isinstance(command, click.Group)
    assert all(switch.help for switch in command.commands.values())
