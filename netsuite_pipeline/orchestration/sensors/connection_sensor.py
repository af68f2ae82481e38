"""The sensor that looks every few minutes whether NetSuite still lets us in, and tells when that changes."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import dagster as dg

from netsuite_pipeline.health.findings import ProbeResult, State
from netsuite_pipeline.health.monitoring.regression import (
    ChangeKind,
    SensorCursor,
    allowed_attempts,
    check_is_due,
    update,
    with_pending,
)
from netsuite_pipeline.health.probes.connection_probe import probe_connection
from netsuite_pipeline.netsuite.errors import NetSuiteError, Stopped
from netsuite_pipeline.orchestration.check_specs import CONNECTION_CHECKS
from netsuite_pipeline.orchestration.checks.check_history import LastEvaluation, last_evaluations
from netsuite_pipeline.orchestration.checks.client_failures import result_without_client, with_variable_names
from netsuite_pipeline.orchestration.checks.sign_in_gate import SIGN_IN, last_sign_in_evaluation
from netsuite_pipeline.orchestration.sensors.evaluations import TickResult, evaluations
from netsuite_pipeline.orchestration.sensors.external_failures import (
    find_external_failures,
    recorded_refusals,
)
from netsuite_pipeline.orchestration.sensors.missed_runs import (
    MissedRuns,
    catch_up_run,
    missed_runs,
    missed_runs_text,
)
from netsuite_pipeline.orchestration.sensors.notifications import send_change_alerts
from netsuite_pipeline.orchestration.sensors.sensor_config import SensorConfig
from netsuite_pipeline.orchestration.sensors.tick_messages import (
    format_time,
    join_sentences,
    status_text,
    unknown_text,
)


def build_connection_sensor(
    config: SensorConfig, jobs: Iterable[Any], *, running: bool
) -> dg.SensorDefinition:
    """`<connection>_connection_sensor`: looks at sign-in, clock, REST, SuiteQL, deletions and concurrency.

    Args:
        config: Whom to watch.
        jobs: The jobs that make up for missed syncs.
        running: Whether it is on from the start.
    """

    @dg.sensor(
        name=config.connection_sensor,
        jobs=list(jobs),
        minimum_interval_seconds=round(config.connection_every.total_seconds()),
        default_status=dg.DefaultSensorStatus.RUNNING if running else dg.DefaultSensorStatus.STOPPED,
        required_resource_keys=config.resource_keys,
        description=f"Looks whether NetSuite lets {config.connection} in, and what the role may do. A change "
        f"is confirmed by a second look, then shown at {config.connection}/connection and told by alert. A "
        "refused sign-in is tried less and less often, as five refusals lock the user; when it works again, "
        "one run a schedule makes up for the syncs that were missed.",
    )
    def connection_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        return evaluate_connection_tick(config, context)

    return connection_sensor


def evaluate_connection_tick(
    config: SensorConfig, context: dg.SensorEvaluationContext
) -> dg.SensorResult | dg.SkipReason:
    """One tick. What NetSuite refuses is what it looks for, and never an error of the tick."""
    memory = SensorCursor.parse(context.cursor)
    if memory.note:
        context.log.warning(memory.note)
    now = config.now()
    told = last_evaluations(context.instance, _checks(config))
    # Both sensors sign in as one user, whom five refusals lock.
    elsewhere = recorded_refusals(context.instance, config.keys, now)
    memory = replace(memory, refused_elsewhere=elsewhere)
    if not check_is_due(memory, now) and not _let_in_meanwhile(config, memory, told):
        return dg.SkipReason(join_sentences(_waits(memory), status_text(memory)))
    memory = with_pending(memory, find_external_failures(config.keys, told, memory, now).failed)
    known, trouble = config.known_good(context.resources)
    last_good = max(filter(None, (memory.last_ok(SIGN_IN), known.last_good if known else None)), default=None)
    netsuite = config.netsuite(context.resources)
    try:
        client = netsuite.probing_client(confirm_sign_in=allowed_attempts(memory) > 1)
        account = client.account.realm
        with client, config.budget().cutting_off(client):
            look = probe_connection(client, last_good=last_good, now=config.now)
    except Stopped:
        # Whatever it was about to say, there was no time to say it; the next tick is soon.
        return dg.SkipReason(
            join_sentences("NetSuite took too long to answer for one tick", status_text(memory))
        )
    except NetSuiteError as error:
        without = result_without_client(error)
        if without is None:
            return dg.SkipReason(f"Not looked: {error}")
        look, account = without, config.connection
    look = with_variable_names(look, netsuite)
    memory, changes = update(memory, look, now)
    looked = TickResult(config.keys, look, memory, changes, now)
    broken_since = _was_broken_since(looked, last_sign_in_evaluation(context.instance, config.connection))
    missed: tuple[MissedRuns, ...] = ()
    if broken_since is not None:
        missed = missed_runs(
            context.instance,
            config.schedules,
            known,
            broken_since=broken_since,
            looked_every=config.connection_every,
            now=now,
        )
    made_up = missed_runs_text([each.ticks for each in missed])
    send_change_alerts(
        account,
        config.keys,
        changes,
        context.log.warning,
        made_up,
        config.alert_variable,
        config.time_zone,
    )
    words = join_sentences(_looked(look, account), status_text(memory), memory.note, trouble)
    if broken_since is not None and missed:
        context.log.info(join_sentences(words, made_up))
        return dg.SensorResult(
            run_requests=[catch_up_run(each.schedule, broken_since) for each in missed],
            cursor=memory.serialize(),
            asset_events=evaluations(looked, context.instance),
        )
    return dg.SensorResult(
        skip_reason=words, cursor=memory.serialize(), asset_events=evaluations(looked, context.instance)
    )


def _checks(config: SensorConfig) -> list[dg.AssetCheckKey]:
    return [dg.AssetCheckKey(config.keys.connection_key, name) for name in CONNECTION_CHECKS]


def _let_in_meanwhile(
    config: SensorConfig, memory: SensorCursor, told: Mapping[dg.AssetCheckKey, LastEvaluation]
) -> bool:
    """Return whether a person's Execute was let in after this sensor said otherwise."""
    said = told.get(dg.AssetCheckKey(config.keys.connection_key, SIGN_IN))
    stands = any(each.id == SIGN_IN and each.state is State.OK for each in memory.reported())
    return said is not None and said.passed and not stands


def _was_broken_since(looked: TickResult, told: LastEvaluation | None) -> datetime | None:
    """Since when signing in was broken, if this look is the one that finds it well again.

    The event log knows as well as the memory, which may have been lost: schedules skip by what it says.
    """
    for change in looked.changes:
        if change.kind is ChangeKind.RECOVERED and change.finding.id == SIGN_IN:
            return change.first_seen
    well = any(each.id == SIGN_IN and each.state is State.OK for each in looked.look.findings)
    return told.at if well and told is not None and told.is_error else None


def _looked(look: ProbeResult, account: str) -> str:
    well = [finding.id for finding in look.findings if finding.state is State.OK]
    if len(well) == len(look.findings):
        return f"All is well with NetSuite {account}: {', '.join(well)}"
    return join_sentences(
        f"{len(well)} of {len(look.findings)} well with NetSuite {account}", unknown_text(look.findings)
    )


def _waits(memory: SensorCursor) -> str:
    when = f"; looks again at {format_time(memory.next_check_at)}" if memory.next_check_at else ""
    return f"Waits, as five refused sign-ins would lock the user{when}"
