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
from netsuite_pipeline.orchestration.check_specs import CHECKS_OF_CONNECTION
from netsuite_pipeline.orchestration.checks.check_history import Told, last_told
from netsuite_pipeline.orchestration.checks.client_failures import in_own_words, look_without_client
from netsuite_pipeline.orchestration.checks.sign_in_gate import SIGN_IN, sign_in_told
from netsuite_pipeline.orchestration.sensors.evaluations import Looked, evaluations
from netsuite_pipeline.orchestration.sensors.external_failures import red_by_others, refused_while_reading
from netsuite_pipeline.orchestration.sensors.missed_runs import (
    Missed,
    make_up_run,
    missed_of_each,
    missed_text,
)
from netsuite_pipeline.orchestration.sensors.notifications import tell_changes
from netsuite_pipeline.orchestration.sensors.sensor_config import Watch
from netsuite_pipeline.orchestration.sensors.tick_messages import (
    clock_time,
    sentences,
    standing_words,
    unknown_words,
)


def build_connection_sensor(watch: Watch, jobs: Iterable[Any], *, running: bool) -> dg.SensorDefinition:
    """`<connection>_connection_sensor`: looks at sign-in, clock, REST, SuiteQL, deletions and concurrency.

    Args:
        watch: Whom to watch.
        jobs: The jobs that make up for missed syncs.
        running: Whether it is on from the start.
    """

    @dg.sensor(
        name=watch.connection_sensor,
        jobs=list(jobs),
        minimum_interval_seconds=round(watch.connection_every.total_seconds()),
        default_status=dg.DefaultSensorStatus.RUNNING if running else dg.DefaultSensorStatus.STOPPED,
        required_resource_keys=watch.resource_keys,
        description=f"Looks whether NetSuite lets {watch.connection} in, and what the role may do. A change "
        f"is confirmed by a second look, then shown at {watch.connection}/connection and told by alert. A "
        "refused sign-in is tried less and less often, as five refusals lock the user; when it works again, "
        "one run a schedule makes up for the syncs that were missed.",
    )
    def connection_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        return look_at_connection(watch, context)

    return connection_sensor


def look_at_connection(watch: Watch, context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """One tick. What NetSuite refuses is what it looks for, and never an error of the tick."""
    memory = SensorCursor.parse(context.cursor)
    if memory.note:
        context.log.warning(memory.note)
    now = watch.now()
    told = last_told(context.instance, _checks(watch))
    # Both sensors sign in as one user, whom five refusals lock.
    elsewhere = refused_while_reading(context.instance, watch.keys, now)
    memory = replace(memory, refused_elsewhere=elsewhere)
    if not check_is_due(memory, now) and not _let_in_meanwhile(watch, memory, told):
        return dg.SkipReason(sentences(_waits(memory), standing_words(memory)))
    memory = with_pending(memory, red_by_others(watch.keys, told, memory, now).failed)
    known, trouble = watch.known_good(context.resources)
    last_good = max(filter(None, (memory.last_ok(SIGN_IN), known.last_good if known else None)), default=None)
    netsuite = watch.netsuite(context.resources)
    try:
        client = netsuite.probing_client(confirm_sign_in=allowed_attempts(memory) > 1)
        account = client.account.realm
        with client, watch.budget().cutting_off(client):
            look = probe_connection(client, last_good=last_good, now=watch.now)
    except Stopped:
        # Whatever it was about to say, there was no time to say it; the next tick is soon.
        return dg.SkipReason(
            sentences("NetSuite took too long to answer for one tick", standing_words(memory))
        )
    except NetSuiteError as error:
        without = look_without_client(error)
        if without is None:
            return dg.SkipReason(f"Not looked: {error}")
        look, account = without, watch.connection
    look = in_own_words(look, netsuite)
    memory, changes = update(memory, look, now)
    looked = Looked(watch.keys, look, memory, changes, now)
    broken_since = _was_broken_since(looked, sign_in_told(context.instance, watch.connection))
    missed: tuple[Missed, ...] = ()
    if broken_since is not None:
        missed = missed_of_each(
            context.instance,
            watch.schedules,
            known,
            broken_since=broken_since,
            looked_every=watch.connection_every,
            now=now,
        )
    made_up = missed_text([each.ticks for each in missed])
    tell_changes(account, watch.keys, changes, context.log.warning, made_up, watch.alert_variable)
    words = sentences(_looked(look, account), standing_words(memory), memory.note, trouble)
    if broken_since is not None and missed:
        context.log.info(sentences(words, made_up))
        return dg.SensorResult(
            run_requests=[make_up_run(each.schedule, broken_since) for each in missed],
            cursor=memory.serialize(),
            asset_events=evaluations(looked, context.instance),
        )
    return dg.SensorResult(
        skip_reason=words, cursor=memory.serialize(), asset_events=evaluations(looked, context.instance)
    )


def _checks(watch: Watch) -> list[dg.AssetCheckKey]:
    return [dg.AssetCheckKey(watch.keys.of_connection, name) for name in CHECKS_OF_CONNECTION]


def _let_in_meanwhile(watch: Watch, memory: SensorCursor, told: Mapping[dg.AssetCheckKey, Told]) -> bool:
    """Return whether a person's Execute was let in after this sensor said otherwise."""
    said = told.get(dg.AssetCheckKey(watch.keys.of_connection, SIGN_IN))
    stands = any(each.id == SIGN_IN and each.state is State.OK for each in memory.reported())
    return said is not None and said.passed and not stands


def _was_broken_since(looked: Looked, told: Told | None) -> datetime | None:
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
    return sentences(
        f"{len(well)} of {len(look.findings)} well with NetSuite {account}", unknown_words(look.findings)
    )


def _waits(memory: SensorCursor) -> str:
    when = f"; looks again at {clock_time(memory.next_check_at)}" if memory.next_check_at else ""
    return f"Waits, as five refused sign-ins would lock the user{when}"
