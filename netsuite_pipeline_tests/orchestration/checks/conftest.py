"""The definitions that tests of checks execute."""

from pathlib import Path

import dagster as dg
import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline_tests.orchestration.checks.executing import define


@pytest.fixture
def location(tmp_path: Path, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch) -> dg.Definitions:
    for name, value in emulator.env.items():
        monkeypatch.setenv(name, value)
    return define(tmp_path)
