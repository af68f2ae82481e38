"""The sensor that checks that the role still sees every table and column, and as many rows as before."""

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
from netsuite_pipeline.orchestration.checks.check_executions import with_variable_names
from netsuite_pipeline.orchestration.checks.check_history import last_evaluations
from netsuite_pipeline.orchestration.checks.sign_in_gate import sensor_cursor, sign_in_block_reason
from netsuite_pipeline.orchestration.freshness import freshness_finding
from netsuite_pipeline.orchestration.sensors.evaluations import (
    TickResult,
    evaluations,
    freshness_evaluations,
)
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


def permission_sensor(
    config: SensorConfig, default_status: dg.DefaultSensorStatus, job_name: str | None = None
) -> dg.SensorDefinition:
    """Return `<connection>_permission_sensor`: it checks every table, its columns and its rows.

    Args:
        config: The sensor's configuration.
        default_status: Whether the sensor is on from the start.
        job_name: The job that Dagster's UI shows beside the sensor.
    """
    minutes = config.permission_interval.total_seconds() / 60
    interval = "once an hour" if minutes == 60 else f"every {minutes:g} minutes"

    @dg.sensor(
        name=config.permission_sensor,
        job_name=job_name,
        minimum_interval_seconds=round(config.interval.total_seconds()),
        default_status=default_status,
        required_resource_keys=config.resource_keys,
        description=f"Checks {interval} that {config.connection}'s role sees every table and column as "
        "before, and as many rows. What takes too long for one tick continues at the next. Each tick also "
        "reads one table of each permission: a lost permission shows within two ticks, at all tables that "
        "need it. A table with a failed check is checked again at each tick.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        return evaluate_permission_tick(config, context)

    return sensor


@dataclass(frozen=True)
class TickProgress:
    """The progress of a tick.

    Attributes:
        probed: What the probes found.
        cursor: The cursor, with the columns that tables exposed before their first sync.
        checked: How many tables of the pass were checked.
        ended: Why the tick ended early, in words; empty if it did not.
        refused: Whether NetSuite refused the sign-in.
        too_slow: Whether one table took too long; the next tick continues after it.
        sampled: The tables of which only one key was read.
    """

    probed: ProbeResult
    cursor: SensorCursor
    checked: int = 0
    ended: str = ""
    refused: bool = False
    too_slow: bool = False
    sampled: frozenset[str] = frozenset()

    @property
    def unreadable(self) -> frozenset[str]:
        """The tables that the role cannot read."""
        return frozenset(
            each.subject
            for each in self.probed.findings
            if each.kind == "table" and each.state in (State.FAILED, State.WARNING)
        )

    @property
    def has_checked_table(self) -> bool:
        """Whether a whole table was checked: every tick of a pass checks one, however little time it has."""
        return any(finding.subject not in self.sampled for finding in self.probed.findings)

    def has_probed(self, table: Table) -> bool:
        """Return whether there is a finding of a table."""
        return any(finding.subject == table.name for finding in self.probed.findings)


def evaluate_permission_tick(
    config: SensorConfig, context: dg.SensorEvaluationContext
) -> dg.SensorResult | dg.SkipReason:
    """Run one tick. A refusal by NetSuite is a finding, and never an error of the tick."""
    now = config.now()
    cursor = SensorCursor.parse(context.cursor)
    reason = _skip_reason(config, context.instance, cursor, now)
    if reason:
        return dg.SkipReason(reason)
    if cursor.note:
        context.log.warning(cursor.note)
    cursor = cursor.for_tables({table.name for table in config.tables})
    known, unread = config.known_good(context.resources)
    external = _external_failures(config, context.instance, cursor, known, now)
    cursor = with_pending(cursor, external.failed)
    batch = next_batch(config.tables, cursor, now, config.permission_interval, external.tables)
    if not batch.starts_pass:
        batch = replace(batch, samples=permission_samples(config.tables, cursor))
    progress = TickProgress(ProbeResult(()), cursor)
    account = ""
    netsuite = config.netsuite(context.resources)
    if not batch.is_empty:
        try:
            client = netsuite.probing_client(confirm_sign_in=False)
            account = client.account.realm
        except NetSuiteError as error:
            return dg.SkipReason(f"Not checked: {error}")
        budget = config.budget()
        with client, budget.stopping(client):
            progress = _check_batch(client, batch, progress, known, budget, config.tables)
        probed = without_disproved_causes(progress.probed, config.tables)
        progress = replace(
            progress,
            probed=with_variable_names(probed, netsuite),
            ended=netsuite.with_variable_names(progress.ended),
        )
    cursor, changes = update(progress.cursor, progress.probed, now)
    cursor = _record_sign_in(cursor, progress, now)
    if progress.refused:
        record_refused_sign_in(context.instance, config.keys, now)
    else:
        cursor = advance_pass(cursor, progress.checked, batch, now, config.permission_interval)
    if changes:
        send_change_alerts(
            account,
            config.keys,
            changes,
            context.log.warning,
            variable=config.alert_urls_env,
            time_zone=config.time_zone,
        )
    tick = TickResult(config.keys, progress.probed, cursor, changes, now)
    return dg.SensorResult(
        skip_reason=join_sentences(
            _checked_text(config, batch, progress, cursor),
            unknown_text(progress.probed.findings),
            status_text(cursor),
            cursor.note,
            unread,
        ),
        cursor=cursor.serialize(),
        asset_events=[
            *evaluations(tick, context.instance),
            *freshness_evaluations(config.keys, _ages(config, known, now), context.instance, now),
        ],
    )


def _skip_reason(
    config: SensorConfig, instance: dg.DagsterInstance, cursor: SensorCursor, now: datetime
) -> str:
    """Return why no table is checked now; empty if there is no reason."""
    reason = sign_in_block_reason(instance, config.connection, now)
    if reason:
        return reason
    # Not yet confirmed, but each further refusal brings the user nearer to being locked.
    if SensorCursor.parse(sensor_cursor(instance, config.connection_sensor)).refused_checks:
        return f"NetSuite refused the sign-in of {config.connection_sensor}; tables are checked after it."
    if cursor.refused_checks and not check_is_due(cursor, now):
        when = format_time(cursor.next_check_at) if cursor.next_check_at else "the next tick"
        return (
            f"NetSuite refused the sign-in; {config.connection_sensor} confirms it. "
            f"Tables are checked again at {when}."
        )
    return ""


def _external_failures(
    config: SensorConfig,
    instance: dg.DagsterInstance,
    cursor: SensorCursor,
    known: KnownGood | None,
    now: datetime,
) -> ExternalFailures:
    checks = [
        dg.AssetCheckKey(config.keys.table_key(table.name), name)
        for table in config.tables
        for name in ("readable", "columns", "rows")
    ]
    synced = known.tables if known else {}
    return find_external_failures(config.keys, last_evaluations(instance, checks), cursor, now, synced)


def _check_batch(
    client: NetSuiteClient,
    batch: TableBatch,
    progress: TickProgress,
    known: KnownGood | None,
    budget: TimeBudget,
    tables: Sequence[Table],
) -> TickProgress:
    """Check one table after the other until all are done, the time is up, or the sign-in is refused."""
    for table in batch.recheck:
        if progress.ended or (budget.is_spent and progress.probed.findings):
            break
        progress = _check(client, table, progress, known)
    progress = _check_samples(client, batch, progress, known, budget, tables)
    rechecked = {each.subject for each in progress.probed.findings if each.subject not in progress.sampled}
    for table in batch.remaining:
        if progress.ended:
            break
        if budget.is_spent and progress.has_checked_table:
            progress = replace(progress, ended="the time of one tick is up")
            break
        if table.name not in rechecked:
            progress = _check(client, table, progress, known)
        if not progress.ended or progress.too_slow:
            progress = replace(progress, checked=progress.checked + 1)
    return progress


def _check_samples(
    client: NetSuiteClient,
    batch: TableBatch,
    progress: TickProgress,
    known: KnownGood | None,
    budget: TimeBudget,
    tables: Sequence[Table],
) -> TickProgress:
    for table in batch.samples:
        is_spent = budget.is_half_spent if batch.remaining else budget.is_spent
        if progress.ended or (is_spent and progress.probed.findings):
            break
        progress = _check_sample(client, table, progress, known)
        for sibling in tables_sharing_permission(table, tables) if table.name in progress.unreadable else ():
            if not progress.ended and not budget.is_spent and not progress.has_probed(sibling):
                progress = _check(client, sibling, progress, known)
    return progress


def _check_sample(
    client: NetSuiteClient, table: Table, progress: TickProgress, known: KnownGood | None
) -> TickProgress:
    """Read one key of a table, and check the whole table only if that fails."""
    if progress.has_probed(table):
        return progress
    try:
        read_one_key(client, table)
    except (NetSuiteError, Stopped):
        return _check(client, table, progress, known)
    reported = progress.cursor.subjects[f"table:{table.name}"].reported
    seen, facts = (reported.seen, reported.facts) if reported else ("readable", {})
    finding = Finding(f"table:{table.name}", State.OK, seen, facts=facts)
    return replace(
        progress,
        probed=progress.probed + ProbeResult((finding,)),
        sampled=progress.sampled | {table.name},
    )


def _check(
    client: NetSuiteClient, table: Table, progress: TickProgress, known: KnownGood | None
) -> TickProgress:
    try:
        probed, cursor = probe_with_baseline(client, table, progress.cursor, known)
        progress = replace(progress, probed=progress.probed + probed, cursor=cursor)
        if any(finding.state is State.UNKNOWN for finding in probed.findings):
            # Is this table the reason, or does NetSuite not answer at all?
            client.fetch_page(_DUAL, limit=1)
    except SignInError as error:
        return replace(progress, ended=error.message, refused=True)
    except NetSuiteError as error:
        return replace(progress, ended=error.message)
    except Stopped:
        why = f"{table.name} took too long"
        unknown = ProbeResult((Finding(f"table:{table.name}", State.UNKNOWN, f"not checked: {why}"),))
        return replace(progress, probed=progress.probed + unknown, ended=why, too_slow=True)
    return progress


def probe_with_baseline(
    client: NetSuiteClient, table: Table, cursor: SensorCursor, known: KnownGood | None
) -> tuple[ProbeResult, SensorCursor]:
    """Probe a table, and add to the cursor the columns that it exposes before its first sync."""
    synced = known.tables.get(table.name) if known else None
    baseline = cursor.baseline.get(table.name)
    probed = probe_table(client, table, synced, count=True, baseline=baseline)
    is_readable = any(each.id == f"table:{table.name}" and each.state is State.OK for each in probed.findings)
    if synced is not None or not is_readable:
        return probed, cursor
    if baseline is None:
        return probed, cursor.with_columns(table.name, _first_columns(client, table, probed))
    new = [each.column for each in probed.findings if each.column and each.state is State.OK]
    return probed, cursor.with_columns(table.name, new)


def _first_columns(client: NetSuiteClient, table: Table, probed: ProbeResult) -> list[str]:
    """Return the columns that a table exposes at its first check: the baseline of later checks."""
    every = [column.name for column in table.columns]
    if not any(finding.facts.get("not_offered") for finding in probed.findings):
        return every
    # Against a baseline of all columns, the probe names each column that is not exposed.
    compared = probe_table(client, table, None, baseline=every)
    missing = {finding.column for finding in compared.findings if finding.state is not State.OK}
    return [name for name in every if name not in missing]


def _record_sign_in(cursor: SensorCursor, progress: TickProgress, now: datetime) -> SensorCursor:
    """Return the cursor with a refused sign-in; this sensor then waits as long as the connection sensor."""
    if not progress.refused:
        has_signed_in = any(each.state is not State.UNKNOWN for each in progress.probed.findings)
        return replace(cursor, refused_checks=0, refused_at=()) if has_signed_in else cursor
    refused_at = (*cursor.refused_at, now)[-10:]
    refused_checks = cursor.refused_checks + 1
    return replace(
        cursor,
        refused_checks=refused_checks,
        refused_at=refused_at,
        next_check_at=next_check(refused_checks, now, refused_at),
    )


def _ages(config: SensorConfig, known: KnownGood | None, now: datetime) -> dict[str, Finding]:
    tables = known.tables if known else {}
    return {
        name: freshness_finding(name, tables.get(name), window, now)
        for name, window in config.target.freshness.items()
    }


def _checked_text(
    config: SensorConfig, batch: TableBatch, progress: TickProgress, cursor: SensorCursor
) -> str:
    subjects = len({finding.subject for finding in progress.probed.findings})
    if progress.ended:
        left = len(batch.remaining) - progress.checked
        rest = f"; {left} of {len(config.tables)} tables remain for the next tick" if left else ""
        return f"{counted(subjects, 'table')} checked; stopped: {progress.ended.rstrip('.')}{rest}"
    next_at = cursor.next_check_at
    when = f"; next check of all {len(config.tables)} at {format_time(next_at)}" if next_at else ""
    if batch.is_empty:
        return f"Nothing to check{when}"
    if not progress.has_checked_table:
        return f"{counted(len(progress.sampled), 'permission')} checked{when}"
    return f"{subjects - len(progress.sampled)} of {len(config.tables)} tables checked{when}"
