"""Optional parts are extras: without them the package works, and names the missing extra and how to install it."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from netsuite_pipeline.cli import commands
from netsuite_pipeline.commands.exit_codes import run_command
from netsuite_pipeline.health.monitoring.alert_channels import send
from netsuite_pipeline.health.monitoring.alert_messages import Alert
from netsuite_pipeline.netsuite import extras
from netsuite_pipeline.netsuite.auth.key_pair import make_key_pair
from netsuite_pipeline.netsuite.auth.signing_key import SigningKey
from netsuite_pipeline.netsuite.errors import ConfigurationError

ROOT = Path(__file__).parents[1]
_INSTALL = ("-m", "pip", "install", "-q", "--no-compile")
"""Python compiles the modules that the test imports; all of them would take longer than the test."""
OPTIONAL = ("apprise", "cryptography", "jwt")
"""Modules of the extras that no other dependency brings; dagster-webserver brings starlette and uvicorn."""


@pytest.fixture
def hide(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Make modules look as if they were not installed."""

    def hidden(*names: str) -> None:
        monkeypatch.setattr(extras, "find_spec", lambda name: None if name in names else find_spec(name))

    return hidden


@pytest.mark.parametrize("command", ["emulator", "demo", "dev"])
def test_a_command_names_the_missing_emulator(
    command: str,
    hide: Callable[[str], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    hide("uvicorn")
    monkeypatch.chdir(tmp_path)
    assert run_command(lambda: commands.main([command], standalone_mode=False)) == 2
    text = capsys.readouterr().err
    assert "The emulator needs the extra [emulator], which is not installed (missing: uvicorn)." in text
    assert 'pip install "netsuite_pipeline[emulator]"' in text


@pytest.mark.parametrize(
    "use", [lambda: SigningKey.read("-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----"),
            lambda: make_key_pair("ec-p256", "warehouse")], ids=["signing key", "new key"]
)  # fmt: skip
def test_oauth2_names_the_missing_extra(use: Callable[[], object], hide: Callable[[str], None]) -> None:
    hide("jwt")
    with pytest.raises(ConfigurationError, match=r"need the extra \[oauth2\].*missing: jwt") as raised:
        use()
    assert raised.value.remedy == 'Run: pip install "netsuite_pipeline[oauth2]"'


def test_an_alert_names_the_missing_extra(hide: Callable[[str], None]) -> None:
    hide("apprise")
    lines: list[str] = []
    send(Alert("NetSuite 1234567: sign-in refused", "", failed=True), "json://127.0.0.1:9", lines.append)
    assert lines == [
        "Alert channel 1 of 1 (json) was not notified. Alerts need the extra [alerts], which is not installed "
        '(missing: apprise). Run: pip install "netsuite_pipeline[alerts]"'
    ]


# The wheel in an empty virtual environment
# -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel of this package."""
    folder = tmp_path_factory.mktemp("wheel")
    _run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--wheel-dir", str(folder), str(ROOT)])
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def venv(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel without extras into an empty virtual environment."""
    folder = tmp_path_factory.mktemp("venv") / "venv"
    _run([sys.executable, "-m", "venv", str(folder)])
    constraints = folder / "constraints.txt"
    constraints.write_text((ROOT / "requirements.lock").read_text())
    _run([str(folder / "bin" / "python"), *_INSTALL, "-c", str(constraints), str(wheel)])
    return folder


@pytest.mark.long
def test_the_wheel_has_every_file_of_the_package(wheel: Path) -> None:
    """SQL, YAML and pictures are read at run time."""
    package = ROOT / "netsuite_pipeline"
    files = {
        path.relative_to(ROOT).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert "netsuite_pipeline/marts/sql/general_ledger.sql" in files
    with zipfile.ZipFile(wheel) as archive:
        assert files <= set(archive.namelist())


def _run(command: list[str], expected: int = 0, cwd: Path | None = None) -> str:
    variables = {
        name: value for name, value in os.environ.items() if not name.startswith(("NETSUITE_", "PYTHON"))
    }
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=900, check=False, cwd=cwd, env=variables
    )
    assert done.returncode == expected, done.stdout + done.stderr
    return done.stdout + done.stderr


def _installed(venv: Path, extra: str, wheel: Path) -> None:
    constraints = venv / "constraints.txt"
    pip = [str(venv / "bin" / "python"), *_INSTALL, "-c", str(constraints)]
    _run([*pip, f"netsuite_pipeline[{extra}] @ {wheel.as_uri()}"])


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_wheel_works_without_extras_and_with_each(venv: Path, wheel: Path, tmp_path: Path) -> None:
    python, command = str(venv / "bin" / "python"), str(venv / "bin" / "netsuite-pipeline")
    missing = _run(
        [python, "-c", f"import importlib.util as u; print([n for n in {OPTIONAL} if not u.find_spec(n)])"]
    )
    assert missing.strip() == str(list(OPTIONAL))

    assert "Sync NetSuite's tables into DuckDB." in _run([command, "--help"], cwd=tmp_path)
    assert "NETSUITE_ACCOUNT_ID" in _run([command, "sync"], expected=2, cwd=tmp_path)
    assert "customer" in _run([command, "tables"], cwd=tmp_path)
    _run([python, "-c", "import netsuite_pipeline, netsuite_pipeline.definitions"], cwd=tmp_path)
    for name in ("emulator", "demo", "dev"):
        assert "the extra [emulator]" in _run([command, name], expected=2, cwd=tmp_path)
    oauth2 = (
        "from netsuite_pipeline.netsuite.auth.key_pair import make_key_pair; make_key_pair('ec-p256', 'w')"
    )
    assert "the extra [oauth2]" in _run([python, "-c", oauth2], expected=1, cwd=tmp_path)

    _installed(venv, "oauth2", wheel)
    _run([python, "-c", oauth2], cwd=tmp_path)
    _installed(venv, "emulator", wheel)
    assert "Dagster run" in _run([command, "demo", "--scale", "0.01"], cwd=tmp_path)
    assert (tmp_path / "data" / "warehouse.duckdb").exists()
    _installed(venv, "alerts", wheel)
    _run([python, "-c", "import apprise"], cwd=tmp_path)
    # dg comes with the developers' tools; the component is one of its entry points.
    _run([python, *_INSTALL, "-c", str(venv / "constraints.txt"), "dagster-dg-cli"])
    assert "NetSuiteComponent" in _run(
        [str(venv / "bin" / "dg"), "list", "components", "--target-path", str(tmp_path)], cwd=tmp_path
    )
