"""What many tests share: one running emulator, mended after each test, and a clean environment."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess, start_emulator

_VARIABLES = ("NETSUITE_", "NANGO_", "DAGSTER_HOME")
# Modules that take half a minute or more.
_LONG = tuple(
    f"netsuite_pipeline_tests/{name}"
    for name in (
        "benchmarks/",
        "browser/",
        "interoperability/",
        "orchestration/assets/test_runs",
        "orchestration/sensors/test_scenarios",
        "orchestration/sensors/test_sensors",
        "survival/",
        "sync/histories/",
        "sync/runs/test_resume",
        "test_dbt",
    )
)
_MEMORY = Path("/dev/shm")
_ROOM = 4 * 2**30


def pytest_configure(config: pytest.Config) -> None:
    """Place the tests' folders in memory where there is room: thousands of small files need no disk."""
    if config.option.collectonly:
        config.option.warn_unused_snapshots = True  # a mere collection uses none, which is no failure
    if "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK):
        return
    room = os.statvfs(_MEMORY)
    if room.f_bavail * room.f_frsize >= _ROOM:
        os.environ["TMPDIR"] = str(_MEMORY)
        tempfile.tempdir = None  # it is found out anew, here and by every process that is started


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, so that no worker is left alone with it in the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(_LONG))


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own credentials must not decide what a test does."""
    for name in list(os.environ):
        if name.startswith(_VARIABLES):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def running_emulator() -> Iterator[EmulatorProcess]:
    """A small sample company, in a process of its own, for the whole session."""
    with start_emulator(scale=0.02, max_seconds=3600) as process:
        yield process


@pytest.fixture
def emulator(running_emulator: EmulatorProcess) -> Iterator[EmulatorProcess]:
    """The shared emulator; every switch that a test turned is turned back."""
    yield running_emulator
    running_emulator.admin.reset()
