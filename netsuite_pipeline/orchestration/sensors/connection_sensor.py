"""The sensor that checks every few minutes whether the connection can sign in, and alerts on changes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import dagster as dg

from netsuite_pipeline.health.findings import ProbeResult, State
from netsuite_pipeline.health.known_good import KnownGood
from netsuite_pipeline.health.monitoring.regression import Change, ChangeKind, update, with_pending
from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor
from netsuite_pipeline.health.monitoring.sign_in_backoff import allowed_attempts, check_is_due
from netsuite_pipeline.health.probes.connection_probe import probe_connection
from netsuite_pipeline.netsuite.errors import NetSuiteError, Stopped
from netsuite_pipeline.orchestration.check_specs import CONNECTION_CHECKS
from netsuite_pipeline.orchestration.checks.check_executions import result_without_client, with_variable_names
from netsuite_pipeline.orchestration.checks.check_history import LastEvaluation, last_evaluations
from netsuite_pipeline.orchestration.checks.sign_in_gate import SIGN_IN, last_sign_in_evaluation
from netsuite_pipeline.orchestration.sensors.evaluations import TickResult, evaluations
from netsuite_pipeline.orchestration.sensors.external_failures import (
    find_external_failures,
    recorded_refusals,
)
from netsuite_pipeline.orchestration.sensors.missed_runs import catch_up_run, missed_runs, missed_runs_text
from netsuite_pipeline.orchestration.sensors.notifications import send_change_alerts
from netsuite_pipeline.orchestration.sensors.sensor_config import SensorConfig
from netsuite_pipeline.orchestration.sensors.tick_messages import join_sentences, status_text, unknown_text
from netsuite_pipeline.wording import formatted_time


def connection_sensor(
    config: SensorConfig, jobs: Sequence[Any], default_status: dg.DefaultSensorStatus
) -> dg.SensorDefinition:
    """Return `<connection>_connection_sensor`, which runs the checks of the connection.

    Args:
        config: The sensor's configuration.
        jobs: The jobs that catch up on missed syncs.
        default_status: Whether the sensor is on from the start.
    """
    return dg.SensorDefinition(
        name=config.connection_sensor,
        jobs=list(jobs) or None,
        evaluation_fn=lambda context: evaluate_connection_tick(config, context),
        minimum_interval_seconds=round(config.interval.total_seconds()),
        default_status=default_status,
        required_resource_keys=config.resource_keys,
        description=f"Checks that {config.connection} can sign in and that its role still has its "
        f"permissions. After a second check confirms a change, {config.connection}/connection shows it and "
        "an alert is sent. A refused sign-in is tried less and less often, because five refusals lock the "
        "user. When the sign-in works again, one run for each schedule catches up on the missed syncs.",
    )


def evaluate_connection_tick(
    config: SensorConfig, context: dg.SensorEvaluationContext
) -> dg.SensorResult | dg.SkipReason:
    """Run one tick. A refusal by NetSuite is a finding, and never an error of the tick."""
    cursor = SensorCursor.parse(context.cursor)
    if cursor.note:
        context.log.warning(cursor.note)
    now = config.now()
    checks = [dg.AssetCheckKey(config.keys.connection_key, name) for name in CONNECTION_CHECKS]
    last = last_evaluations(context.instance, checks)
    # Both sensors sign in as one user, whom five refusals lock.
    cursor = replace(cursor, refused_elsewhere=recorded_refusals(context.instance, config.keys, now))
    if not check_is_due(cursor, now) and not _signed_in_meanwhile(config, cursor, last):
        return dg.SkipReason(join_sentences(_wait_text(cursor), status_text(cursor)))
    cursor = with_pending(cursor, find_external_failures(config.keys, last, cursor, now).failed)
    known, unread = config.known_good(context)
    try:
        probed, account = _probe(config, context, cursor, known)
    except Stopped:
        # The next tick comes soon, with a whole budget.
        return dg.SkipReason(
            join_sentences("NetSuite needed too much time for one tick", status_text(cursor))
        )
    except NetSuiteError as error:
        without = result_without_client(error)
        if without is None:
            return dg.SkipReason(f"Not checked: {error}")
        probed, account = without, config.connection
    probed = with_variable_names(probed, config.netsuite(context))
    cursor, changes = update(cursor, probed, now)
    broken_since = _broken_since(
        changes, probed, last_sign_in_evaluation(context.instance, config.connection)
    )
    caught_up, requests = "", []
    if broken_since is not None:
        missed = missed_runs(
            context.instance,
            config.schedules,
            known.tables,
            broken_since=broken_since,
            interval=config.interval,
            now=now,
        )
        caught_up = missed_runs_text([ticks for _, ticks in missed])
        requests = [catch_up_run(schedule, broken_since) for schedule, _ in missed]
    send_change_alerts(config, account, changes, context.log.warning, caught_up)
    message = join_sentences(_checked_text(probed, account), status_text(cursor), cursor.note, unread)
    if requests:
        context.log.info(join_sentences(message, caught_up))
    return dg.SensorResult(
        run_requests=requests or None,
        skip_reason=None if requests else message,
        cursor=cursor.serialize(),
        asset_events=evaluations(TickResult(config.keys, probed, cursor, changes, now), context.instance),
    )


def _probe(
    config: SensorConfig,
    context: dg.SensorEvaluationContext,
    cursor: SensorCursor,
    known: KnownGood,
) -> tuple[ProbeResult, str]:
    """Return what the probes find, and the account.

    Raises:
        Stopped: The time of the tick is up.
        NetSuiteError: There is no client.
    """
    times = (cursor.last_ok(SIGN_IN), known.last_good)
    last_good = max((each for each in times if each is not None), default=None)
    netsuite = config.netsuite(context)
    client = netsuite.probing_client(confirm_sign_in=allowed_attempts(cursor) > 1)
    with client, config.budget().stopping(client):
        return probe_connection(client, last_good=last_good, now=config.now), client.account.realm


def _signed_in_meanwhile(
    config: SensorConfig, cursor: SensorCursor, last: Mapping[dg.AssetCheckKey, LastEvaluation]
) -> bool:
    """Return whether an execution of the check signed in after this sensor was refused."""
    evaluation = last.get(dg.AssetCheckKey(config.keys.connection_key, SIGN_IN))
    is_ok = any(each.id == SIGN_IN and each.state is State.OK for each in cursor.reported())
    return evaluation is not None and evaluation.passed and not is_ok


def _broken_since(
    changes: Sequence[Change], probed: ProbeResult, last: LastEvaluation | None
) -> datetime | None:
    """Return since when the sign-in was broken if this tick finds that it works again; otherwise None.

    The event log counts besides the cursor, which may be lost: schedules skip by the event log.
    """
    for change in changes:
        if change.kind is ChangeKind.RECOVERED and change.finding.id == SIGN_IN:
            return change.first_seen
    is_ok = any(each.id == SIGN_IN and each.state is State.OK for each in probed.findings)
    return last.at if is_ok and last is not None and last.is_error else None


def _checked_text(probed: ProbeResult, account: str) -> str:
    passed = [finding.id for finding in probed.findings if finding.state is State.OK]
    if len(passed) == len(probed.findings):
        return f"NetSuite {account}: all {len(passed)} checks passed ({', '.join(passed)})"
    return join_sentences(
        f"NetSuite {account}: {len(passed)} of {len(probed.findings)} checks passed",
        unknown_text(probed.findings),
    )


def _wait_text(cursor: SensorCursor) -> str:
    when = f"; next check at {formatted_time(cursor.next_check_at)}" if cursor.next_check_at else ""
    return f"Waiting, because five refused sign-ins would lock the user{when}"
