"""The sensor that looks whether the role still sees every table and column, and as many rows as before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import dagster as dg

from netsuite_pipeline.health.diagnosis.run_evidence import without_disproved_causes
from netsuite_pipeline.health.findings import Finding, ProbeResult, State
from netsuite_pipeline.health.known_good import KnownGood
from netsuite_pipeline.health.monitoring.regression import SensorCursor, check_is_due, update, with_pending
from netsuite_pipeline.health.monitoring.sign_in_backoff import next_check
from netsuite_pipeline.health.probes.table_probe import probe_table, read_one_key
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import NetSuiteError, SignInError, Stopped
from netsuite_pipeline.orchestration.checks.check_history import last_evaluations
from netsuite_pipeline.orchestration.checks.client_failures import with_variable_names
from netsuite_pipeline.orchestration.checks.sign_in_gate import sensor_cursor, sign_in_block_reason
from netsuite_pipeline.orchestration.checks.sync_findings import freshness
from netsuite_pipeline.orchestration.sensors.evaluations import TickResult, evaluations, freshness_evaluations
from netsuite_pipeline.orchestration.sensors.external_failures import (
    ExternalFailures,
    find_external_failures,
    record_refused_sign_in,
)
from netsuite_pipeline.orchestration.sensors.notifications import send_change_alerts
from netsuite_pipeline.orchestration.sensors.sensor_config import SensorConfig
from netsuite_pipeline.orchestration.sensors.table_batch import (
    TableBatch,
    TimeBudget,
    advance_pass,
    next_batch,
    permission_samples,
    tables_sharing_permission,
)
from netsuite_pipeline.orchestration.sensors.tick_messages import (
    format_time,
    join_sentences,
    status_text,
    unknown_text,
)
from netsuite_pipeline.tables import Table
from netsuite_pipeline.wording import counted

_DUAL = "SELECT 1 AS probe FROM DUAL"


def build_permission_sensor(config: SensorConfig, *, running: bool) -> dg.SensorDefinition:
    """`<connection>_permission_sensor`: looks at every table, its columns and its rows.

    Args:
        config: Whom to watch.
        running: Whether it is on from the start.
    """

    @dg.sensor(
        name=config.permission_sensor,
        job_name=config.job_name,
        minimum_interval_seconds=round(config.connection_every.total_seconds()),
        default_status=dg.DefaultSensorStatus.RUNNING if running else dg.DefaultSensorStatus.STOPPED,
        required_resource_keys=config.resource_keys,
        description=f"Checks once in {_span(config)} whether {config.connection}'s role sees every table and "
        "column as before, and as many rows; what takes too long for one tick goes on at the next. Each tick "
        "also reads one table of each permission: a lost permission shows within two ticks, at all tables "
        "that need it. A table that is not as it was, or of which a check is red, is checked again at each "
        "tick.",
    )
    def permission_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        return evaluate_permission_tick(config, context)

    return permission_sensor


@dataclass(frozen=True)
class TickProgress:
    """What became of a tick's tables.

    Attributes:
        look: What was found.
        memory: With the columns noted that tables showed before their first sync.
        done: How many tables of the pass were looked at.
        ended: Why it ended early, in words; empty where it did not.
        refused: The sign-in was refused.
        too_slow: It ended because one table took too long; the next tick goes on after that one.
        sampled: The tables of which one key was read and nothing else asked.
    """

    look: ProbeResult
    memory: SensorCursor
    done: int = 0
    ended: str = ""
    refused: bool = False
    too_slow: bool = False
    sampled: frozenset[str] = frozenset()

    @property
    def lost(self) -> frozenset[str]:
        """The tables that were found not to be readable."""
        unreadable = (State.FAILED, State.WARNING)
        return frozenset(
            each.subject for each in self.look.findings if each.kind == "table" and each.state in unreadable
        )

    @property
    def has_looked(self) -> bool:
        """Whether it has looked at a whole table: then a pass goes on, however little time there is."""
        return any(finding.subject not in self.sampled for finding in self.look.findings)

    def has_seen(self, table: Table) -> bool:
        return any(finding.subject == table.name for finding in self.look.findings)


def evaluate_permission_tick(
    config: SensorConfig, context: dg.SensorEvaluationContext
) -> dg.SensorResult | dg.SkipReason:
    """One tick. What NetSuite refuses is what it looks for, and never an error of the tick."""
    now = config.now()
    reason = _why_not_to_look(config, context.instance, now)
    if reason:
        return dg.SkipReason(reason)
    memory = SensorCursor.parse(context.cursor)
    if memory.note:
        context.log.warning(memory.note)
    if memory.refused_checks and not check_is_due(memory, now):
        when = format_time(memory.next_check_at) if memory.next_check_at else "the next tick"
        return dg.SkipReason(
            f"The sign-in was refused, and {config.connection_sensor} finds out whether it stays so. "
            f"Tables are looked at again at {when}."
        )
    memory = memory.for_tables({table.name for table in config.tables})
    known, trouble = config.known_good(context.resources)
    red = _red_by_others(config, context.instance, memory, known, now)
    memory = with_pending(memory, red.failed)
    to_do = next_batch(config.tables, memory, now, config.permissions_every, red.tables)
    if not to_do.begins:
        to_do = replace(to_do, samples=permission_samples(config.tables, memory))
    walk = TickProgress(ProbeResult(()), memory)
    account = ""
    netsuite = config.netsuite(context.resources)
    if not to_do.is_empty:
        try:
            client = netsuite.probing_client(confirm_sign_in=False)
            account = client.account.realm
        except NetSuiteError as error:
            return dg.SkipReason(f"Not looked: {error}")
        budget = config.budget()
        with client, budget.cutting_off(client):
            walk = _walk(client, to_do, walk, known, budget, config.tables)
        walk = replace(
            walk,
            look=with_variable_names(without_disproved_causes(walk.look, config.tables), netsuite),
            ended=netsuite.with_variable_names(walk.ended),
        )
    remembered, changes = update(walk.memory, walk.look, now)
    remembered = _note_sign_in(remembered, walk, now)
    if walk.refused:
        record_refused_sign_in(context.instance, config.keys, now)
    else:
        remembered = advance_pass(remembered, walk.done, to_do, now, config.permissions_every)
    looked = TickResult(config.keys, walk.look, remembered, changes, now)
    if changes:
        send_change_alerts(
            account,
            config.keys,
            changes,
            context.log.warning,
            variable=config.alert_variable,
            time_zone=config.time_zone,
        )
    words = join_sentences(
        _looked(config, to_do, walk, remembered),
        unknown_text(walk.look.findings),
        status_text(remembered),
        memory.note,
        trouble,
    )
    return dg.SensorResult(
        skip_reason=words,
        cursor=remembered.serialize(),
        asset_events=[
            *evaluations(looked, context.instance),
            *freshness_evaluations(config.keys, _ages(config, known, now), context.instance, now),
        ],
    )


def _why_not_to_look(config: SensorConfig, instance: dg.DagsterInstance, now: datetime) -> str:
    reason = sign_in_block_reason(instance, config.connection, now)
    if reason:
        return reason
    # Not yet confirmed, but each further refusal brings the user nearer to being locked.
    others = SensorCursor.parse(sensor_cursor(instance, config.connection_sensor))
    if others.refused_checks:
        return f"{config.connection_sensor} was refused the sign-in and tries again; tables come after that."
    return ""


def _red_by_others(
    config: SensorConfig,
    instance: dg.DagsterInstance,
    memory: SensorCursor,
    known: KnownGood | None,
    now: datetime,
) -> ExternalFailures:
    checks = [
        dg.AssetCheckKey(config.keys.table_key(table.name), name)
        for table in config.tables
        for name in ("readable", "columns", "rows")
    ]
    synced = known.tables if known else {}
    return find_external_failures(config.keys, last_evaluations(instance, checks), memory, now, synced)


def _walk(
    client: NetSuiteClient,
    to_do: TableBatch,
    walk: TickProgress,
    known: KnownGood | None,
    budget: TimeBudget,
    tables: Sequence[Table],
) -> TickProgress:
    """Looks at one table after the other until all are done, time is up, or NetSuite lets nobody in."""
    for table in to_do.again:
        if walk.ended or (budget.is_spent and walk.look.findings):
            break
        walk = _step(client, table, walk, known)
    for table in to_do.samples:
        spent = budget.is_half_spent if to_do.rest else budget.is_spent
        if walk.ended or (spent and walk.look.findings):
            break
        walk = _sample(client, table, walk, known)
        for sibling in tables_sharing_permission(table, tables) if table.name in walk.lost else ():
            if not walk.ended and not budget.is_spent and not walk.has_seen(sibling):
                walk = _step(client, sibling, walk, known)
    seen_again = {finding.subject for finding in walk.look.findings if finding.subject not in walk.sampled}
    for table in to_do.rest:
        if walk.ended:
            break
        if budget.is_spent and walk.has_looked:
            walk = replace(walk, ended="the time of one tick is up")
            break
        if table.name not in seen_again:
            walk = _step(client, table, walk, known)
        if not walk.ended or walk.too_slow:
            walk = replace(walk, done=walk.done + 1)
    return walk


def _sample(
    client: NetSuiteClient, table: Table, walk: TickProgress, known: KnownGood | None
) -> TickProgress:
    """Reads one key of a table; only where that does not succeed, the table is looked at as a whole."""
    if walk.has_seen(table):
        return walk
    try:
        read_one_key(client, table)
    except (NetSuiteError, Stopped):
        return _step(client, table, walk, known)
    told = walk.memory.subjects[f"table:{table.name}"].reported
    seen, facts = (told.seen, told.facts) if told else ("readable", {})
    well = Finding(f"table:{table.name}", State.OK, seen, facts=facts)
    return replace(walk, look=walk.look + ProbeResult((well,)), sampled=walk.sampled | {table.name})


def _step(client: NetSuiteClient, table: Table, walk: TickProgress, known: KnownGood | None) -> TickProgress:
    try:
        look, memory = probe_with_baseline(client, table, walk.memory, known)
        walk = replace(walk, look=walk.look + look, memory=memory)
        if any(finding.state is State.UNKNOWN for finding in look.findings):
            # Was it this table, or are all of them out of reach?
            client.fetch_page(_DUAL, limit=1)
    except SignInError as error:
        return replace(walk, ended=error.message, refused=True)
    except NetSuiteError as error:
        return replace(walk, ended=error.message)
    except Stopped:
        why = f"{table.name} took too long"
        unknown = ProbeResult((Finding(f"table:{table.name}", State.UNKNOWN, f"not looked at: {why}"),))
        return replace(walk, look=walk.look + unknown, ended=why, too_slow=True)
    return walk


def probe_with_baseline(
    client: NetSuiteClient, table: Table, memory: SensorCursor, known: KnownGood | None
) -> tuple[ProbeResult, SensorCursor]:
    """Looks at one table, and notes the columns that it shows where no sync has yet."""
    synced = known.tables.get(table.name) if known else None
    baseline = memory.baseline.get(table.name)
    look = probe_table(client, table, synced, count=True, baseline=baseline)
    if synced is not None or not any(_is_readable(finding, table) for finding in look.findings):
        return look, memory
    if baseline is not None:
        return look, memory.with_columns(table.name, _new_columns(look))
    return look, memory.with_columns(table.name, _first_columns(client, table, look))


def _is_readable(finding: Finding, table: Table) -> bool:
    return finding.id == f"table:{table.name}" and finding.state is State.OK


def _new_columns(look: ProbeResult) -> list[str]:
    return [finding.column for finding in look.findings if finding.column and finding.state is State.OK]


def _first_columns(client: NetSuiteClient, table: Table, look: ProbeResult) -> list[str]:
    """The columns that a table shows at the first look, which becomes what later ones are compared with."""
    every = [column.name for column in table.columns]
    if not any(finding.facts.get("not_offered") for finding in look.findings):
        return every
    # Held against a baseline of all columns, those that are not offered are named.
    compared = probe_table(client, table, None, baseline=every)
    missing = {finding.column for finding in compared.findings if finding.state is not State.OK}
    return [name for name in every if name not in missing]


def _note_sign_in(memory: SensorCursor, walk: TickProgress, now: datetime) -> SensorCursor:
    """This sensor tries one sign-in at a time, and after a refusal as seldom as the connection's."""
    if not walk.refused:
        let_in = any(finding.state is not State.UNKNOWN for finding in walk.look.findings)
        return replace(memory, refused_checks=0, refused_at=()) if let_in else memory
    refused_at = (*memory.refused_at, now)[-10:]
    looks = memory.refused_checks + 1
    return replace(
        memory, refused_checks=looks, refused_at=refused_at, next_check_at=next_check(looks, now, refused_at)
    )


def _ages(config: SensorConfig, known: KnownGood | None, now: datetime) -> dict[str, Finding]:
    if config.fresh_for is None:
        return {}
    tables = known.tables if known else {}
    return {
        table.name: freshness(table.name, tables.get(table.name), config.fresh_for, now)
        for table in config.tables
    }


def _looked(config: SensorConfig, to_do: TableBatch, walk: TickProgress, memory: SensorCursor) -> str:
    looked_at = len({finding.subject for finding in walk.look.findings})
    if walk.ended:
        left = len(to_do.rest) - walk.done
        goes_on = f"; the other {left} of {len(config.tables)} tables at a next tick" if left else ""
        return f"{looked_at} looked at, then {walk.ended.rstrip('.')}{goes_on}"
    when = (
        f"; all {len(config.tables)} again at {format_time(memory.next_check_at)}"
        if memory.next_check_at
        else ""
    )
    if to_do.is_empty:
        return f"Nothing to look at before the next pass{when}"
    if not walk.has_looked:
        checked = counted(len(walk.sampled), "permission")
        return f"Nothing to look at before the next pass{when}. Meanwhile {checked} checked"
    return f"{looked_at - len(walk.sampled)} of {len(config.tables)} tables looked at{when}"


def _span(config: SensorConfig) -> str:
    minutes = config.permissions_every.total_seconds() / 60
    return "an hour" if minutes == 60 else f"{minutes:g} minutes"
