"""The sensor that alerts why a run failed and how to fix it, unless another sensor does."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from netsuite_pipeline.health.monitoring.alert_messages import Alert
from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor
from netsuite_pipeline.netsuite.errors import NetSuiteError
from netsuite_pipeline.orchestration.checks.check_history import last_evaluations
from netsuite_pipeline.orchestration.checks.sign_in_gate import is_running, sensor_cursor
from netsuite_pipeline.orchestration.schedules import reconcile_job_name
from netsuite_pipeline.orchestration.sensors.notifications import dagster_url, send_alerts
from netsuite_pipeline.orchestration.sensors.sensor_config import SensorConfig

_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]
_MAX_HISTORY = 25
_MAX_TEXT = 1500
_VARYING = re.compile(r"Error ID: \w+|\d+")


@dataclass(frozen=True)
class FailedRun:
    """A run that failed.

    Attributes:
        text: The reason, and how to fix it.
        kinds: The class names of its errors, such as `SignInError`.
        tables: The tables that failed; none if the whole run failed.
    """

    text: str
    kinds: frozenset[str] = frozenset()
    tables: frozenset[str] = frozenset()

    def has_same_reason(self, other: "FailedRun | None") -> bool:
        """Return whether another run failed for the same reason, apart from numbers and times."""
        return other is not None and _VARYING.sub("#", self.text) == _VARYING.sub("#", other.text)


def run_failure_sensor(
    config: SensorConfig, default_status: dg.DefaultSensorStatus
) -> dg.RunStatusSensorDefinition:
    """Return `<connection>_run_failure_sensor`: it alerts cause and remedy of failed syncs.

    Args:
        config: The sensor's configuration.
        default_status: Whether the sensor is on from the start.
    """
    jobs = " or ".join([config.job_name, *sorted(config.job_names - {config.job_name})])

    def sensor(context: dg.RunStatusSensorContext) -> dg.SkipReason:
        return dg.SkipReason(handle_failed_run(config, context))

    return dg.RunStatusSensorDefinition(
        name=config.run_failure_sensor,
        run_status=dg.DagsterRunStatus.FAILURE,
        run_status_sensor_fn=sensor,
        required_resource_keys=config.resource_keys,
        default_status=default_status,
        description=f"Sends an alert why a run of {jobs} failed, and how to fix it. It sends none if the run "
        "before failed for the same reason, or if another sensor alerts the reason.",
    )


def handle_failed_run(config: SensorConfig, context: dg.RunStatusSensorContext) -> str:
    """Alert a failed run if nothing else does, and return what was done."""
    run = context.dagster_run
    title = f"Run {run.run_id[:8]} of {run.job_name}"
    if not _is_ours(config, run):
        return f"{title} is no run of {config.connection}."
    failure = failed_run(context.instance, run.run_id, [table.name for table in config.tables])
    alerted = _alerting_sensor(config, context.instance, failure)
    if not alerted and failure.has_same_reason(_previous(config, context.instance, run)):
        alerted = "The run before failed for the same reason, which was alerted."
    if not alerted:
        send_alerts(config, [_alert(config, context, failure)], context.log.warning)
        alerted = "An alert was sent."
    context.log.error(f"{title} failed. {failure.text}")
    return f"{title} failed. {alerted} {failure.text}"


def _is_ours(config: SensorConfig, run: dg.DagsterRun) -> bool:
    """Return whether a run is one of the connection's jobs, or materializes its tables from the UI."""
    if run.job_name in config.job_names:
        return True
    return any(config.keys.table_name(key) is not None for key in run.asset_selection or ())


def _alerting_sensor(config: SensorConfig, instance: dg.DagsterInstance, failure: FailedRun) -> str:
    """Return which sensor alerts the reason, as a sentence; empty if none does."""
    if "SignInError" in failure.kinds and is_running(instance, config.connection_sensor):
        return f"{config.connection_sensor} checks the sign-in."
    if "Unavailable" in failure.kinds:
        host = dg.AssetCheckKey(config.keys.connection_key, "host")
        last = last_evaluations(instance, [host]).get(host)
        if last is not None and last.is_error:
            return f"{config.connection_sensor} alerted that NetSuite does not answer."
    cursor = SensorCursor.parse(sensor_cursor(instance, config.permission_sensor))
    problems = {each.id for each in cursor.problems()}
    if failure.tables and all(f"table:{name}" in problems for name in failure.tables):
        return f"{config.permission_sensor} alerted {', '.join(sorted(failure.tables))}."
    return ""


def _previous(config: SensorConfig, instance: dg.DagsterInstance, run: dg.DagsterRun) -> FailedRun | None:
    """Return the job's run before, if it failed; otherwise None."""
    if run.job_name not in config.job_names:
        return None
    filters = dg.RunsFilter(job_name=run.job_name, statuses=_ENDED)
    runs = instance.get_runs(filters=filters, limit=_MAX_HISTORY)
    ids = [each.run_id for each in runs]
    before = runs[ids.index(run.run_id) + 1 :][:1] if run.run_id in ids else []
    if not before or before[0].status is not dg.DagsterRunStatus.FAILURE:
        return None
    return failed_run(instance, before[0].run_id, [table.name for table in config.tables])


def _alert(config: SensorConfig, context: dg.RunStatusSensorContext, failure: FailedRun) -> Alert:
    run = context.dagster_run
    record = context.instance.get_run_record_by_id(run.run_id)
    started = record.start_time if record and record.start_time else None
    when = f"of {datetime.fromtimestamp(started, UTC):%H:%M} UTC " if started else ""
    base = dagster_url().rstrip("/")
    link = f"\n\nMore: {base}/runs/{run.run_id}" if base else ""
    compared = run.job_name == reconcile_job_name(config.connection)
    what = "comparison with NetSuite's sums" if compared else "sync"
    return Alert(
        f"NetSuite {_account(config, context)}: the {what} {when}failed", f"{failure.text}{link}", failed=True
    )


def _account(config: SensorConfig, context: dg.RunStatusSensorContext) -> str:
    try:
        with config.netsuite(context).client() as client:
            return client.account.realm
    except NetSuiteError:
        return config.connection


def failed_run(instance: dg.DagsterInstance, run_id: str, tables: Sequence[str]) -> FailedRun:
    """Return what Dagster recorded of a failed run.

    Args:
        instance: The Dagster instance that has the events.
        run_id: The run.
        tables: The names of the connection's tables.
    """
    failures = [
        entry.dagster_event.step_failure_data
        for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
        if entry.dagster_event is not None
    ]
    if not failures:
        return FailedRun(
            _run_failure_text(instance.all_logs(run_id, of_type=dg.DagsterEventType.RUN_FAILURE))
        )
    return FailedRun(
        text=_cut("\n".join(dict.fromkeys(map(step_failure_text, failures)))),
        kinds=frozenset(error.cls_name for data in failures for error in _with_causes(data.error)),
        tables=frozenset(name for data in failures for name in _metadata(data) if name in tables),
    )


def step_failure_text(data: Any) -> str:
    """Return the reason in the `StepFailureData` of Dagster: its description, or the error's first cause."""
    if data.user_failure_data is not None and data.user_failure_data.description:
        return str(data.user_failure_data.description)
    errors = list(_with_causes(data.error))
    return str(errors[-1].message).strip() if errors else "A step failed without a reason."


def _run_failure_text(events: Iterable[Any]) -> str:
    for event in events:
        data = event.dagster_event.event_specific_data if event.dagster_event else None
        error = getattr(data, "error", None)
        if error is not None:
            return _cut(f"The run failed before it read a table. {error.message.strip()}")
        if event.dagster_event and event.dagster_event.message:
            return _cut(
                f"The run ended without an event of the sync. {event.dagster_event.message} Landed pages are "
                "kept, and the next sync resumes there."
            )
    return "The run failed, and Dagster recorded no reason."


def _with_causes(error: Any) -> Iterable[Any]:
    while error is not None:
        yield error
        error = error.cause


def _metadata(data: Any) -> Mapping[str, Any]:
    return data.user_failure_data.metadata if data.user_failure_data is not None else {}


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]} … (the run's log has the rest)"
