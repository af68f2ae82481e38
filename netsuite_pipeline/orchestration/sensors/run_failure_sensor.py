"""The sensor that says why a sync's run failed and how to fix it, where nobody else says so already."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from netsuite_pipeline.health.monitoring.alert_channels import Alert
from netsuite_pipeline.health.monitoring.regression import SensorCursor
from netsuite_pipeline.netsuite.errors import NetSuiteError
from netsuite_pipeline.orchestration.checks.check_history import last_evaluations
from netsuite_pipeline.orchestration.checks.sign_in_gate import is_running, sensor_cursor
from netsuite_pipeline.orchestration.sensors.notifications import dagster_url, send_alerts
from netsuite_pipeline.orchestration.sensors.sensor_config import SensorConfig


@dataclass(frozen=True)
class FailedRun:
    """A run that failed.

    Attributes:
        text: Why, and how to fix it, for people.
        kinds: Names of the errors that it failed by, NetSuite's among them (`SignInError`).
        tables: The tables that were named as failed; none where the whole run failed.
    """

    text: str
    kinds: frozenset[str] = frozenset()
    tables: frozenset[str] = frozenset()

    def is_as(self, other: "FailedRun | None") -> bool:
        """Whether another run failed for the same reasons, figures and moments apart."""
        return other is not None and _without_figures(self.text) == _without_figures(other.text)


_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]
_MAX_HISTORY = 25


def build_run_failure_sensor(config: SensorConfig, *, running: bool) -> dg.SensorDefinition:
    """`<connection>_run_failure_sensor`: names cause and remedy of failed runs of the connection's sync.

    Args:
        config: Whose runs.
        running: Whether it is on from the start.
    """

    def tell_failure(context: dg.RunStatusSensorContext) -> dg.SkipReason:
        return dg.SkipReason(handle_failed_run(config, context))

    return dg.RunStatusSensorDefinition(
        name=config.run_failure_sensor,
        run_status=dg.DagsterRunStatus.FAILURE,
        run_status_sensor_fn=tell_failure,
        required_resource_keys=config.resource_keys,
        default_status=dg.DefaultSensorStatus.RUNNING if running else dg.DefaultSensorStatus.STOPPED,
        description=f"Tells by alert why a run of {_jobs(config)} failed and how to fix it: once, not again "
        "for each run that fails in the same way, and not for what the other sensors tell.",
    )


def handle_failed_run(config: SensorConfig, context: dg.RunStatusSensorContext) -> str:
    """Deals with one failed run, and says what it did."""
    run = context.dagster_run
    names = [table.name for table in config.tables]
    if not _is_ours(context, config):
        return f"Run {run.run_id[:8]} of {run.job_name} is none of {config.connection}'s."
    failure = failed_run(context.instance, run.run_id, names)
    told = _who_tells(config, context.instance, failure)
    if not told and failure.is_as(_previous(config, context.instance, run)):
        told = "The run before failed in the same way, which was told."
    if not told:
        send_alerts([_alert(config, context, failure)], context.log.warning, config.alert_variable)
        told = "Told by alert."
    context.log.error(f"Run {run.run_id[:8]} of {run.job_name} failed. {failure.text}")
    return f"Run {run.run_id[:8]} of {run.job_name} failed. {told} {failure.text}"


def _jobs(config: SensorConfig) -> str:
    return " or ".join([config.job_name, *sorted(config.job_names - {config.job_name})])


def _is_ours(context: dg.RunStatusSensorContext, config: SensorConfig) -> bool:
    """The job's runs, and those that somebody started by materializing tables in the UI."""
    run = context.dagster_run
    if run.job_name in config.job_names:
        return True
    chosen = run.asset_selection or frozenset()
    return any(config.keys.table_name(key) is not None for key in chosen)


def _who_tells(config: SensorConfig, instance: dg.DagsterInstance, failure: FailedRun) -> str:
    """Which sensor tells it already or is about to; empty where none does."""
    if "SignInError" in failure.kinds and is_running(instance, config.connection_sensor):
        return f"{config.connection_sensor} looks into the sign-in."
    if "Unavailable" in failure.kinds:
        host = dg.AssetCheckKey(config.keys.connection_key, "host")
        told = last_evaluations(instance, [host]).get(host)
        if told is not None and told.is_error:
            return f"{config.connection_sensor} has told that NetSuite does not answer."
    broken = {
        each.id for each in SensorCursor.parse(sensor_cursor(instance, config.permission_sensor)).problems()
    }
    if failure.tables and all(f"table:{name}" in broken for name in failure.tables):
        return f"{config.permission_sensor} has told of {', '.join(sorted(failure.tables))}."
    return ""


def _previous(config: SensorConfig, instance: dg.DagsterInstance, run: dg.DagsterRun) -> FailedRun | None:
    """How the same job's run before failed; None where it did not, or there was none."""
    if run.job_name not in config.job_names:
        return None
    filters = dg.RunsFilter(job_name=run.job_name, statuses=_ENDED)
    ended = [each.run_id for each in instance.get_runs(filters=filters, limit=_MAX_HISTORY)]
    if run.run_id not in ended or ended.index(run.run_id) + 1 >= len(ended):
        return None
    before = instance.get_run_by_id(ended[ended.index(run.run_id) + 1])
    if before is None or before.status is not dg.DagsterRunStatus.FAILURE:
        return None
    return failed_run(instance, before.run_id, [table.name for table in config.tables])


def _alert(config: SensorConfig, context: dg.RunStatusSensorContext, failure: FailedRun) -> Alert:
    run = context.dagster_run
    record = context.instance.get_run_record_by_id(run.run_id)
    began = record.start_time if record and record.start_time else None
    when = f"of {datetime.fromtimestamp(began, UTC):%H:%M} UTC " if began else ""
    base = dagster_url().rstrip("/")
    link = f"\n\nMore: {base}/runs/{run.run_id}" if base else ""
    return Alert(
        f"NetSuite {_account(config, context)}: the sync {when}failed", f"{failure.text}{link}", failed=True
    )


def _account(config: SensorConfig, context: dg.RunStatusSensorContext) -> str:
    try:
        with config.netsuite(context.resources).client() as client:
            return client.account.realm
    except NetSuiteError:
        return config.connection


_MAX_TEXT = 1500


_VARYING = re.compile(r"Error ID: \w+|\d+")


def failed_run(instance: dg.DagsterInstance, run_id: str, tables: Sequence[str]) -> FailedRun:
    """What Dagster recorded of a failed run.

    Args:
        instance: Where the events are.
        run_id: The run.
        tables: The names of the connection's tables.
    """
    failures = [
        entry.dagster_event.step_failure_data
        for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
        if entry.dagster_event is not None
    ]
    if not failures:
        ends = instance.all_logs(run_id, of_type=dg.DagsterEventType.RUN_FAILURE)
        return FailedRun(_run_failure_text(ends))
    return FailedRun(
        text=_cut("\n".join(dict.fromkeys(map(_step_text, failures)))),
        kinds=frozenset(kind for data in failures for kind in _kinds(data.error)),
        tables=frozenset(name for data in failures for name in _metadata(data) if name in tables),
    )


def _step_text(data: Any) -> str:
    if data.user_failure_data is not None and data.user_failure_data.description:
        return str(data.user_failure_data.description)
    error = data.error
    while error is not None and error.cause is not None:
        error = error.cause
    return str(error.message).strip() if error is not None else "A step failed without saying why."


def _run_failure_text(ends: Iterable[Any]) -> str:
    for end in ends:
        data = end.dagster_event.event_specific_data if end.dagster_event else None
        error = getattr(data, "error", None)
        if error is not None:
            return _cut(f"The run failed before a table was read. {error.message.strip()}")
        if end.dagster_event and end.dagster_event.message:
            return _cut(
                f"The run ended without a word of the sync's. {end.dagster_event.message} What was landed "
                "is kept, and the next sync goes on there."
            )
    return "The run failed, and Dagster recorded no reason."


def _kinds(error: Any) -> Iterable[str]:
    while error is not None:
        if error.cls_name:
            yield error.cls_name
        error = error.cause


def _metadata(data: Any) -> Mapping[str, Any]:
    return data.user_failure_data.metadata if data.user_failure_data is not None else {}


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]} … (the rest is in the run's log)"


def _without_figures(text: str) -> str:
    return _VARYING.sub("#", text)
