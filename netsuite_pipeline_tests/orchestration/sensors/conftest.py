"""The sensors of a connection over a running emulator."""

from pathlib import Path

import dagster as dg
import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.orchestration.sensors import notifications
from netsuite_pipeline_tests.orchestration.ticking import Ticks


@pytest.fixture
def ticks(
    tmp_path: Path, emulator: EmulatorProcess, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> Ticks:
    for name, value in emulator.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NETSUITE_ALERT_URLS", "json://127.0.0.1:9/")
    monkeypatch.setattr("netsuite_pipeline.health.probes.connection_probe.SIGN_IN_PAUSE_SECONDS", 0.1)
    ticking = Ticks(tmp_path, instance)
    monkeypatch.setattr(notifications, "send", lambda alert, urls, log: ticking.alerts.append(alert))
    return ticking
