"""The folder in which Dagster keeps its runs and settings, for `demo` and `dev`."""

import os
from importlib.resources import files
from pathlib import Path

DEFAULT_HOME = Path("data/dagster")


def prepared_home() -> Path:
    """DAGSTER_HOME if it is set, otherwise `data/dagster`, which is made with settings that suit a start.

    What is in the folder already stays.
    """
    chosen = os.environ.get("DAGSTER_HOME", "").strip()
    home = Path(chosen) if chosen else DEFAULT_HOME.absolute()
    home.mkdir(parents=True, exist_ok=True)
    settings = home / "dagster.yaml"
    if not settings.exists():
        settings.write_text(files("netsuite_pipeline.commands").joinpath("dagster.yaml").read_text())
    return home
