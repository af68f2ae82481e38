"""A client with a probe's settings, and the control of its emulator."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from netsuite_pipeline.emulator.admin.client import AdminClient
from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.health.probes.connection_probe import probing_settings
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment


@pytest.fixture
def client(emulator: EmulatorProcess) -> Iterator[NetSuiteClient]:
    settings = replace(probing_settings(attempts=1), retry_seconds=1.5)
    with client_from_environment(emulator.env, settings) as connected:
        yield connected


@pytest.fixture
def admin(emulator: EmulatorProcess) -> AdminClient:
    return emulator.admin
