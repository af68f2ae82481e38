"""The check `certificate` of the connection: by each kind of credentials, and reported while its end draws near."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.netsuite.auth.certificate import read_certificate
from netsuite_pipeline.orchestration.sensors import notifications
from netsuite_pipeline_tests.orchestration.ticking import Ticks


@pytest.fixture
def ticks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ticks]:
    monkeypatch.setenv("NETSUITE_ALERT_URLS", "json://127.0.0.1:9/")
    monkeypatch.setattr("netsuite_pipeline.health.probes.connection_probe.SIGN_IN_PAUSE_SECONDS", 0.1)
    with dg.instance_for_test() as instance:
        ticking = Ticks(tmp_path, instance)
        monkeypatch.setattr(notifications, "send", lambda alert, urls, log: ticking.alerts.append(alert))
        yield ticking


def _set(monkeypatch: pytest.MonkeyPatch, emulator: EmulatorProcess, kind: str) -> None:
    for name, value in emulator.env_of(kind).items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("kind", ["tba", "oauth2", "nango", "nango_oauth2"])
@pytest.mark.few(1)
def test_all_checks_pass_by_each_kind(
    ticks: Ticks, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    _set(monkeypatch, emulator, kind)
    data = ticks.tick(ticks.connection)
    assert "all 8 checks passed" in data.skip_message
    assert ticks.passes("certificate")
    assert ticks.passes("sign_in")


@pytest.mark.long
def test_its_end_is_shown_60_30_and_7_days_ahead_and_never_by_its_pem(
    ticks: Ticks, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    _set(monkeypatch, emulator, "oauth2")
    pem = emulator.env_of("oauth2")["NETSUITE_CERTIFICATE"]
    ends = read_certificate(pem).ends
    ticks.tick(ticks.connection)
    severities = []
    for days in (59, 45, 29, 15, 6, 3):
        ticks.clock.now = ends - timedelta(days=days)
        for _ in range(2):
            ticks.tick(ticks.connection)
        severities.append(ticks.outcome("certificate").severity.value)
    assert severities == ["WARN"] * 4 + ["ERROR"] * 2
    assert len(ticks.alerts) == 3
    assert all("certificate problem" in alert.title for alert in ticks.alerts)
    assert [words in alert.body for alert, words in zip(ticks.alerts, ("two months", "a month", "a week"), strict=True)] == [True] * 3  # fmt: skip
    outcome = ticks.outcome("certificate")
    assert "in 2 days" in outcome.description
    assert "OAuth 2.0 Client Credentials (M2M) Setup > Create New" in outcome.description
    assert pem.splitlines()[2] not in str(outcome)
    assert ticks.passes("sign_in")
