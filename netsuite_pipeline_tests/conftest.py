"""What many tests share: one running emulator, mended after each test, and a clean environment."""

import os
from collections.abc import Iterator

import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess, start_emulator

_VARIABLES = ("NETSUITE_", "NANGO_", "DAGSTER_HOME")


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
