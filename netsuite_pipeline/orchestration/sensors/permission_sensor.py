"""The sensor that checks that the role still sees every table and column, and as many rows as before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import dagster as dg

from netsuite_pipeline.health.diagnosis.run_evidence import without_disproved_causes
from netsuite_pipeline.health.findings import Finding, ProbeResult, State
from netsuite_pipeline.health.known_good import KnownTable
from netsuite_pipeline.health.monitoring.regression import update, with_pending
from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor
from netsuite_pipeline.health.monitoring.sign_in_backoff import check_is_due, next_check
from netsuite_pipeline.health.probes.table_probe import probe_table, read_one_key
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import NetSuiteError, SignInError, Stopped
from netsuite_pipeline.netsuite.suiteql import PROBE_QUERY
from netsuite_pipeline.orchestration.checks.check_executions import with_variable_names
from netsuite_pipeline.orchestration.checks.check_history import last_evaluations
from netsuite_pipeline.orchestration.checks.sign_in_gate import sensor_cursor, sign_in_block_reason
from netsuite_pipeline.orchestration.sensors.evaluations import (
    TickResult,
    evaluations,
    freshness_evaluations,
)
from netsuite_pipeline.orchestration.sensors.external_failures import (
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
from netsuite_pipeline.orchestration.sensors.tick_messages import join_sentences, status_text, unknown_text
from netsuite_pipeline.tables import Table
from netsuite_pipeline.wording import counted, formatted_time


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
    return dg.SensorDefinition(
        name=config.permission_sensor,
        job_name=job_name,
        evaluation_fn=lambda context: evaluate_permission_tick(config, context),
        minimum_interval_seconds=round(config.interval.total_seconds()),
        default_status=default_status,
        required_resource_keys=config.resource_keys,
        description=f"Checks {interval} that {config.connection}'s role sees every table and column as "
        "before, and as many rows. What takes too long for one tick continues at the next. Each tick also "
        "reads one table of each permission: a lost permission shows within two ticks, at all tables that "
        "need it. A table with a failed check is checked again at each tick.",
    )


@dataclass
class TableChecks:
    """The checks of one tick, and what they have found so far.

    Attributes:
        tables: The connection's tables.
        known: What the syncs have read, by table.
        cursor: The cursor, with the columns that tables exposed before their first sync.
        probed: What the probes found.
        checked: How many tables of the pass were checked.
        ended: Why the tick ended early, in words; empty if it did not.
        refused: Whether NetSuite refused the sign-in.
        too_slow: Whether one table took too long; the next tick continues after it.
        sampled: The tables of which only one key was read.
    """

    tables: Sequence[Table]
    known: Mapping[str, KnownTable]
    cursor: SensorCursor
    probed: ProbeResult = field(default_factory=lambda: ProbeResult(()))
    checked: int = 0
    ended: str = ""
    refused: bool = False
    too_slow: bool = False
    sampled: set[str] = field(default_factory=set)

    @property
    def has_checked_table(self) -> bool:
        """Whether a whole table was checked: every tick of a pass checks one, however little time it has."""
        return bool(self.subjects - self.sampled)

    @property
    def subjects(self) -> set[str]:
        """The names of the tables that have a finding."""
        return {finding.subject for finding in self.probed.findings}

    def run(self, client: NetSuiteClient, batch: TableBatch, budget: TimeBudget) -> None:
        """Check one table after the other until all are done, the time is up, or the sign-in is refused."""
        for table in batch.recheck:
            if self.ended or (budget.is_spent() and self.probed.findings):
                break
            self._check(client, table)
        self._check_samples(client, batch, budget)
        rechecked = self.subjects - self.sampled
        for table in batch.remaining:
            if self.ended:
                break
            if budget.is_spent() and self.has_checked_table:
                self.ended = "the time of one tick is up"
                break
            if table.name not in rechecked:
                self._check(client, table)
            if not self.ended or self.too_slow:
                self.checked += 1

    def _check_samples(self, client: NetSuiteClient, batch: TableBatch, budget: TimeBudget) -> None:
        for table in batch.samples:
            # Samples leave half of the time to the tables of the pass.
            is_spent = budget.is_spent(0.5 if batch.remaining else 1.0)
            if self.ended or (is_spent and self.probed.findings):
                break
            self._check_sample(client, table)
            for other in tables_sharing_permission(table, self.tables) if self._is_unreadable(table) else ():
                if not self.ended and not budget.is_spent() and other.name not in self.subjects:
                    self._check(client, other)

    def _is_unreadable(self, table: Table) -> bool:
        return any(
            each.id == f"table:{table.name}" and each.state in (State.FAILED, State.WARNING)
            for each in self.probed.findings
        )

    def _check_sample(self, client: NetSuiteClient, table: Table) -> None:
        """Read one key of a table, and check the whole table only if that fails."""
        if table.name in self.subjects:
            return
        try:
            read_one_key(client, table)
        except (NetSuiteError, Stopped):
            self._check(client, table)
            return
        reported = self.cursor.subjects[f"table:{table.name}"].reported
        seen, facts = (reported.seen, reported.facts) if reported else ("readable", {})
        self.probed += ProbeResult((Finding(f"table:{table.name}", State.OK, seen, facts=facts),))
        self.sampled.add(table.name)

    def _check(self, client: NetSuiteClient, table: Table) -> None:
        try:
            probed = self._probe(client, table)
            self.probed += probed
            if any(finding.state is State.UNKNOWN for finding in probed.findings):
                # Is this table the reason, or does NetSuite not answer at all?
                client.fetch_page(PROBE_QUERY, limit=1)
        except NetSuiteError as error:
            self.ended, self.refused = error.message, isinstance(error, SignInError)
        except Stopped:
            self.ended, self.too_slow = f"{table.name} took too long", True
            unknown = Finding(f"table:{table.name}", State.UNKNOWN, f"not checked: {self.ended}")
            self.probed += ProbeResult((unknown,))

    def _probe(self, client: NetSuiteClient, table: Table) -> ProbeResult:
        """Probe a table, and add to the cursor the columns that it exposes before its first sync."""
        synced = self.known.get(table.name)
        baseline = self.cursor.baseline.get(table.name)
        probed = probe_table(client, table, synced, count=True, baseline=baseline)
        is_readable = any(
            each.id == f"table:{table.name}" and each.state is State.OK for each in probed.findings
        )
        if synced is None and is_readable:
            columns = (
                _first_columns(client, table, probed)
                if baseline is None
                else [each.column for each in probed.findings if each.column and each.state is State.OK]
            )
            self.cursor = self.cursor.with_columns(table.name, columns)
        return probed


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
    known, unread = config.known_good(context)
    last = last_evaluations(
        context.instance,
        (
            dg.AssetCheckKey(config.keys.table_key(table.name), name)
            for table in config.tables
            for name in ("readable", "columns", "rows")
        ),
    )
    external = find_external_failures(config.keys, last, cursor, now, known.tables)
    cursor = with_pending(cursor, external.failed)
    batch = next_batch(config.tables, cursor, now, config.permission_interval, external.tables)
    if not batch.starts_pass:
        batch = replace(batch, samples=permission_samples(config.tables, cursor))
    checks = TableChecks(config.tables, known.tables, cursor)
    account = ""
    netsuite = config.netsuite(context)
    if not batch.is_empty:
        try:
            client = netsuite.probing_client(confirm_sign_in=False)
        except NetSuiteError as error:
            return dg.SkipReason(f"Not checked: {error}")
        account = client.account.realm
        budget = config.budget()
        with client, budget.stopping(client):
            checks.run(client, batch, budget)
        checks.probed = with_variable_names(without_disproved_causes(checks.probed, config.tables), netsuite)
        checks.ended = netsuite.with_variable_names(checks.ended)
    cursor, changes = update(checks.cursor, checks.probed, now)
    cursor = _record_sign_in(cursor, checks, now)
    if checks.refused:
        record_refused_sign_in(context.instance, config.keys, now)
    else:
        cursor = advance_pass(cursor, checks.checked, batch, now, config.permission_interval)
    if changes:
        send_change_alerts(config, account, changes, context.log.warning)
    tick = TickResult(config.keys, checks.probed, cursor, changes, now)
    return dg.SensorResult(
        skip_reason=join_sentences(
            _checked_text(batch, checks, cursor),
            unknown_text(checks.probed.findings),
            status_text(cursor),
            cursor.note,
            unread,
        ),
        cursor=cursor.serialize(),
        asset_events=[
            *evaluations(tick, context.instance),
            *freshness_evaluations(config, known.tables, context.instance, now),
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
        when = formatted_time(cursor.next_check_at) if cursor.next_check_at else "the next tick"
        return (
            f"NetSuite refused the sign-in; {config.connection_sensor} confirms it. "
            f"Tables are checked again at {when}."
        )
    return ""


def _first_columns(client: NetSuiteClient, table: Table, probed: ProbeResult) -> list[str]:
    """Return the columns that a table exposes at its first check: the baseline of later checks."""
    every = [column.name for column in table.columns]
    if not any(finding.facts.get("not_offered") for finding in probed.findings):
        return every
    # Against a baseline of all columns, the probe names each column that is not exposed.
    compared = probe_table(client, table, None, baseline=every)
    missing = {finding.column for finding in compared.findings if finding.state is not State.OK}
    return [name for name in every if name not in missing]


def _record_sign_in(cursor: SensorCursor, checks: TableChecks, now: datetime) -> SensorCursor:
    """Return the cursor with a refused sign-in; this sensor then waits as long as the connection sensor."""
    if not checks.refused:
        has_signed_in = any(each.state is not State.UNKNOWN for each in checks.probed.findings)
        return replace(cursor, refused_checks=0, refused_at=()) if has_signed_in else cursor
    refused_at = (*cursor.refused_at, now)[-10:]
    refused_checks = cursor.refused_checks + 1
    return replace(
        cursor,
        refused_checks=refused_checks,
        refused_at=refused_at,
        next_check_at=next_check(refused_checks, now, refused_at),
    )


def _checked_text(batch: TableBatch, checks: TableChecks, cursor: SensorCursor) -> str:
    tables, subjects = len(checks.tables), len(checks.subjects)
    if checks.ended:
        left = len(batch.remaining) - checks.checked
        rest = f"; {left} of {tables} tables remain for the next tick" if left else ""
        return f"{counted(subjects, 'table')} checked; stopped: {checks.ended.rstrip('.')}{rest}"
    next_at = cursor.next_check_at
    when = f"; next check of all {tables} at {formatted_time(next_at)}" if next_at else ""
    if batch.is_empty:
        return f"Nothing to check{when}"
    if not checks.has_checked_table:
        return f"{counted(len(checks.sampled), 'permission')} checked{when}"
    return f"{subjects - len(checks.sampled)} of {tables} tables checked{when}"
