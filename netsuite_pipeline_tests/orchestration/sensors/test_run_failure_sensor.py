"""The sensor of failed runs: one alert with cause and remedy, none where another sensor alerts."""

import dagster as dg
import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline_tests.orchestration.ticking import Ticks, sync


def _failing_run(ticks: Ticks, error: Exception) -> dg.DagsterRun:
    @dg.op(name="netsuite_tables")
    def fails() -> None:
        raise error

    @dg.job(name="netsuite_sync")
    def netsuite_sync() -> None:
        fails()

    result = netsuite_sync.execute_in_process(instance=ticks.instance, raise_on_error=False)
    assert not result.success
    return result.dagster_run


@pytest.mark.long
def test_a_failed_run_is_shown_once_with_cause_and_remedy(ticks: Ticks) -> None:
    ticks.tick(ticks.failure)  # from here on
    error = dg.Failure(description="The disk is full. Remedy: make room.", allow_retries=False)
    _failing_run(ticks, error)
    data = ticks.tick(ticks.failure)
    assert "make room" in data.skip_message
    (alert,) = ticks.alerts
    assert alert.body.startswith("The disk is full.")
    assert "1234567" in alert.title
    _failing_run(ticks, error)
    assert "The run before failed for the same reason" in ticks.tick(ticks.failure).skip_message
    assert len(ticks.alerts) == 1
    _failing_run(ticks, dg.Failure(description="Something else.", allow_retries=False))
    ticks.tick(ticks.failure)
    assert [each.body for each in ticks.alerts[1:]] == ["Something else."]


def test_a_run_that_failed_by_its_sign_in_is_left_to_the_connection_sensor(
    ticks: Ticks, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks.tick(ticks.failure)
    emulator.admin.revoke_token()
    assert not sync(ticks)
    monkeypatch.setattr(
        "netsuite_pipeline.orchestration.sensors.run_failure_sensor.is_running", lambda instance, name: True
    )
    data = ticks.tick(ticks.failure)
    assert "netsuite_connection_sensor checks the sign-in" in data.skip_message
    assert not ticks.alerts


def test_a_failure_of_another_job_is_nobodys_concern_here(ticks: Ticks) -> None:
    ticks.tick(ticks.failure)

    @dg.op
    def fails() -> None:
        raise ValueError("no")

    @dg.job
    def others() -> None:
        fails()

    others.execute_in_process(instance=ticks.instance, raise_on_error=False)
    assert "is no run of netsuite" in ticks.tick(ticks.failure).skip_message
    assert not ticks.alerts
