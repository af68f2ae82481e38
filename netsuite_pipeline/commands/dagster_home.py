"""DAGSTER_HOME of `demo` and `dev`: the folder of Dagster's runs and settings."""

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
    """Return DAGSTER_HOME if it is set, otherwise `data/dagster`, with default settings in it.

    Existing files stay. Only the owner can read a new folder, because previews and logs show records of
    people.

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
    """Write settings without compute logs beside `dagster.yaml`, and return the file's name.

    A run in this process would capture the process's own output. The `tail` processes that do so keep a pipe
    open after `netsuite-pipeline demo | …` has ended.

    Raises:
        ConfigurationError: `dagster.yaml` is not a YAML mapping.
    """
    path = home / "dagster.yaml"
    try:
        settings = yaml.safe_load(read_user_file(path)) or {}
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path} is not YAML: {error}", remedy="Correct the file.") from None
    if not isinstance(settings, dict):
        raise ConfigurationError(f"{path} is not a YAML mapping.", remedy="Correct the file.")
    settings["compute_logs"] = {
        "module": "dagster._core.storage.noop_compute_log_manager",
        "class": "NoOpComputeLogManager",
    }
    (home / "demo.yaml").write_text(yaml.safe_dump(settings))
    return "demo.yaml"
