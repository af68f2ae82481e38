"""pytest plugin: the emulator as a fixture for tests of code that uses netsuite_pipeline.

docs/testing.md describes the fixtures and the option `netsuite_emulator_scale`.
"""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from netsuite_pipeline.emulator.process import EmulatorProcess

_ACCOUNT_VARIABLES = ("NETSUITE_", "NANGO_")
"""Prefixes of the variables of an own account, which no test may see."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the plugin to pytest's configuration file."""
    parser.addini(
        "netsuite_emulator_scale",
        "Size of the sample company of the fixture netsuite_emulator; 1.0 has at least 20,000 transactions.",
        default="0.02",
    )


@pytest.fixture(scope="session")
def netsuite_emulator(pytestconfig: pytest.Config) -> "Iterator[EmulatorProcess]":
    """Run one emulator in its own process for all tests of the session."""
    from netsuite_pipeline.emulator.process import start_emulator

    with start_emulator(scale=float(pytestconfig.getini("netsuite_emulator_scale"))) as emulator:
        yield emulator


@pytest.fixture
def netsuite_account(
    netsuite_emulator: "EmulatorProcess", monkeypatch: pytest.MonkeyPatch
) -> "Iterator[EmulatorProcess]":
    """Reset every switch of the emulator, and set the environment variables of its token.

    Variables of an own account (NETSUITE_…, NANGO_…) are removed for the test.
    """
    netsuite_emulator.admin.reset()
    for name in list(os.environ):
        if name.startswith(_ACCOUNT_VARIABLES):
            monkeypatch.delenv(name)
    for name, value in netsuite_emulator.env.items():
        monkeypatch.setenv(name, value)
    yield netsuite_emulator
    netsuite_emulator.admin.reset()
