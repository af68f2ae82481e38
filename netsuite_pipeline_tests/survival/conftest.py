"""The company of this folder's tests, whose rows may change, and a home for its tables."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess, start_emulator
from netsuite_pipeline_tests.survival.syncing import Home


@pytest.fixture(scope="session")
def running_company() -> Iterator[EmulatorProcess]:
    """A small company in a process of its own."""
    with start_emulator(scale=0.02, seed=3, latency=5, max_seconds=7200) as process:
        yield process


@pytest.fixture
def company(running_company: EmulatorProcess) -> Iterator[EmulatorProcess]:
    """The company; every switch that a test turned is turned back, rows stay as the test left them."""
    yield running_company
    running_company.admin.reset()
    # Requests of who was killed keep their slots until they are answered.
    while running_company.admin.stats().in_use:
        time.sleep(0.05)


@pytest.fixture
def home(tmp_path: Path, company: EmulatorProcess) -> Iterator[Home]:
    """A folder without a warehouse yet."""
    home = Home(tmp_path, company)
    yield home
    home.clear_away()
