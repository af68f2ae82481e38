"""One small emulator for all tests of this folder; its switches are put back after each test."""

from collections.abc import Iterator

import pytest

from netsuite_pipeline.emulator.admin.client import AdminClient
from netsuite_pipeline.emulator.process import EmulatorProcess, start_emulator
from netsuite_pipeline_tests.emulator.rest_client import RestClient


@pytest.fixture(scope="session")
def emulator_process() -> Iterator[EmulatorProcess]:
    """The process itself."""
    with start_emulator(scale=0.02, seed=3, concurrency=5, public_host=True, max_seconds=3600) as process:
        yield process


@pytest.fixture
def emulator(emulator_process: EmulatorProcess) -> Iterator[EmulatorProcess]:
    """The emulator with every switch as at its start."""
    emulator_process.admin.reset()
    emulator_process.admin.reset_stats()
    yield emulator_process
    emulator_process.admin.reset()


@pytest.fixture
def admin(emulator: EmulatorProcess) -> AdminClient:
    """The emulator's switches."""
    return emulator.admin


@pytest.fixture
def client(emulator: EmulatorProcess) -> RestClient:
    """A client with the Data pipeline token."""
    return RestClient(emulator.env)
