"""The folder in which Dagster keeps its runs and settings, for `demo` and `dev`."""

import os
from importlib.resources import files
from pathlib import Path

import yaml

from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.netsuite.user_file import read_user_file
from netsuite_pipeline.warehouse.stores.private_files import make_private_folder

WORKSPACE = "workspace.yaml"
DEFAULT_HOME = Path("data/dagster")


def prepared_home() -> Path:
    """Return DAGSTER_HOME if it is set, otherwise `data/dagster`, made with settings that suit a start.

    What is in the folder already stays. A folder that is made here is its owner's alone: previews and logs
    in it show what people's records say.

    Raises:
        ConfigurationError: The folder cannot be made or written.
    """
    chosen = os.environ.get("DAGSTER_HOME", "").strip()
    home = Path(chosen) if chosen else DEFAULT_HOME.absolute()
    try:
        make_private_folder(home)
        for name in ("dagster.yaml", WORKSPACE):
            if not (home / name).exists():
                packaged = files("netsuite_pipeline.commands").joinpath(name)
                (home / name).write_text(packaged.read_text())
    except OSError as error:
        raise ConfigurationError(
            f"Dagster's folder {home} cannot be used: {error.strerror or error}.",
            remedy="Set DAGSTER_HOME to a folder that this user may write, or let this user write there.",
        ) from None
    return home


def quiet_settings(home: Path) -> str:
    """The name of a settings file in the home that is its `dagster.yaml` without capturing of output.

    A run in this process would have the process's own output captured, by `tail` processes that hold on to a
    pipe behind `netsuite-pipeline demo | …` even after it has ended.
    """
    path = home / "dagster.yaml"
    try:
        settings = yaml.safe_load(read_user_file(path)) or {}
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path} is no YAML: {error}", remedy="Correct the file.") from None
    if not isinstance(settings, dict):
        raise ConfigurationError(f"{path} holds no settings, by name.", remedy="Correct the file.")
    settings["compute_logs"] = {
        "module": "dagster._core.storage.noop_compute_log_manager",
        "class": "NoOpComputeLogManager",
    }
    (home / "demo.yaml").write_text(yaml.safe_dump(settings))
    return "demo.yaml"
