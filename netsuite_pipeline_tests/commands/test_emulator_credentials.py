"""`netsuite-pipeline emulator --sign-in …`: whatever it prints, a shell takes it and the next command signs in."""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives import serialization

from netsuite_pipeline.commands import emulator as commands
from netsuite_pipeline.commands.connecting.env_writer import export_lines
from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline_tests.commands.calling import call


@dataclass(frozen=True)
class Ended:
    """An emulator of which the command believes that it has ended, so that it prints and returns."""

    process: EmulatorProcess
    running: bool = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.process, name)


def evaluated(lines: str) -> dict[str, str]:
    """What a POSIX shell makes of export lines."""
    script = f"{lines}\nexport -p >/dev/null; env -0"
    done = subprocess.run(["sh", "-ec", script], env={}, capture_output=True, text=True, check=True)
    return dict(each.split("=", 1) for each in done.stdout.split("\0") if "=" in each)


@pytest.fixture
def run(emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs `netsuite-pipeline emulator …` against the shared emulator; gives what it printed."""

    @contextmanager
    def shared(**options: Any) -> Iterator[Ended]:
        yield Ended(emulator)

    monkeypatch.setattr(commands, "emulator", shared)
    monkeypatch.setattr(commands, "running_emulator", lambda: emulator.admin)

    def invoke(*line: str) -> str:
        done = CliRunner().invoke(commands.command, line, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    return invoke


@pytest.mark.parametrize("kind", ["tba", "oauth2", "nango"])
def test_the_printed_lines_survive_a_shell(run: Any, emulator: EmulatorProcess, kind: str) -> None:
    found = evaluated(run("--sign-in", kind))
    wanted = emulator.env_of(kind)
    assert {name: found[name].replace("\\n", "\n") for name in wanted} == dict(wanted)


@pytest.mark.parametrize("kind", ["oauth2", "nango"])
@pytest.mark.few(1)
def test_the_next_command_signs_in_by_them(run: Any, kind: str, tmp_path: Path) -> None:
    env = evaluated(run("--sign-in", kind))
    wanted = {name: env[name] for name in env if name.startswith(("NETSUITE_", "NANGO_"))}
    called = call(tmp_path, "suiteql", "SELECT id FROM subsidiary ORDER BY id", env=wanted)
    assert called.code == 0, called.err
    assert "5 rows" in called.out


def test_a_rotated_token_is_printed_and_the_old_one_refused(
    run: Any, emulator: EmulatorProcess, tmp_path: Path
) -> None:
    old: Mapping[str, str] = emulator.env_of("tba")
    new = {**old, **evaluated(run("rotate-token"))}
    statement = "SELECT id FROM currency"
    assert call(tmp_path, "suiteql", statement, env=dict(new)).code == 0
    assert "refuses the sign-in" in call(tmp_path, "suiteql", statement, env=dict(old)).err


def test_a_certificate_of_ones_own_is_uploaded(run: Any, emulator: EmulatorProcess, tmp_path: Path) -> None:
    file = tmp_path / "certificate.pem"
    file.write_text(emulator.env_of("oauth2")["NETSUITE_CERTIFICATE"])
    found = evaluated(run("upload-certificate", str(file)))
    ids = [each["certificate_id"] for each in emulator.admin.state()["certificates"]]
    assert found["NETSUITE_CERTIFICATE_ID"] == ids[-1]
    assert len(ids) == 2


def test_a_pem_is_one_line_that_a_reader_unfolds(emulator: EmulatorProcess) -> None:
    lines = export_lines(emulator.env_of("oauth2"))
    assert all("\n" not in line for line in lines)
    (line,) = [line for line in lines if line.startswith("export NETSUITE_PRIVATE_KEY=")]
    unfolded = line.partition("'")[2].rstrip("'").replace("\\n", "\n")
    assert serialization.load_pem_private_key(unfolded.encode(), None)
