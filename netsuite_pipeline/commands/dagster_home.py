"""The folder in which Dagster keeps its runs and settings, for `demo` and `dev`."""

import os
from importlib.resources import files
from pathlib import Path

import yaml

WORKSPACE = "workspace.yaml"
DEFAULT_HOME = Path("data/dagster")


def prepared_home() -> Path:
    """DAGSTER_HOME if it is set, otherwise `data/dagster`, which is made with settings that suit a start.

    What is in the folder already stays.
    """
    chosen = os.environ.get("DAGSTER_HOME", "").strip()
    home = Path(chosen) if chosen else DEFAULT_HOME.absolute()
    home.mkdir(parents=True, exist_ok=True)
    for name in ("dagster.yaml", WORKSPACE):
        if not (home / name).exists():
            packaged = files("netsuite_pipeline.commands").joinpath(name)
            (home / name).write_text(packaged.read_text())
    return home


def quiet_settings(home: Path) -> str:
    """The name of a settings file in the home that is its `dagster.yaml` without capturing of output.

    A run in this process would have the process's own output captured, by `tail` processes that hold on to a
    pipe behind `netsuite-pipeline demo | …` even after it has ended.
    """
    settings = yaml.safe_load((home / "dagster.yaml").read_text()) or {}
    settings["compute_logs"] = {
        "module": "dagster._core.storage.noop_compute_log_manager",
        "class": "NoOpComputeLogManager",
    }
    (home / "demo.yaml").write_text(yaml.safe_dump(settings))
    return "demo.yaml"
