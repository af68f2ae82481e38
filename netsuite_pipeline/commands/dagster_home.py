"""The folder in which Dagster keeps its runs and settings, for `demo` and `dev`."""

import os
from importlib.resources import files
from pathlib import Path

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
