"""What `demo` and `dev` put into DAGSTER_HOME is what stands at the top of the repository."""

from pathlib import Path

import pytest

import netsuite_pipeline.commands
from netsuite_pipeline.commands.dagster_home import prepared_home

_TOP = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["dagster.yaml", "workspace.yaml"])
def test_the_packaged_settings_are_those_of_the_repository(name: str) -> None:
    packaged = Path(netsuite_pipeline.commands.__path__[0]) / name
    assert packaged.read_text() == (_TOP / name).read_text()


def test_a_home_that_is_there_keeps_its_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: true}\n")
    assert prepared_home() == tmp_path
    assert (tmp_path / "dagster.yaml").read_text() == "telemetry: {enabled: true}\n"
    assert (tmp_path / "workspace.yaml").exists()


def test_without_one_it_is_made_below_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert prepared_home() == tmp_path / "data" / "dagster"
    assert (tmp_path / "data" / "dagster" / "dagster.yaml").exists()
