"""Checks that failed in a sync or an execution: a sensor rechecks them at its next tick."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import dagster as dg

from netsuite_pipeline.health.findings import State
from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor
from netsuite_pipeline.health.monitoring.sign_in_backoff import still_counted
from netsuite_pipeline.orchestration.asset_keys import AssetKeys
from netsuite_pipeline.orchestration.checks.check_history import LastEvaluation
from netsuite_pipeline.orchestration.checks.check_results import check_key_of

_KIND_OF_CHECK = {"readable": "table", "rows": "rows"}
_REFUSED_AT = "refused_sign_in_at"
_MAX_REFUSALS = 10
_States = Mapping[dg.AssetCheckKey | None, set[State]]


@dataclass(frozen=True)
class ExternalFailures:
    """Checks that fail in the event log, although the sensor did not emit a failure.

    Attributes:
        failed: When each failure was recorded, UTC, by the id of its finding. That was the first check; the
            sensor's check is the second one. Failures of `columns` are left out: only a probe names the
            column.
        tables: The tables of these failures, and of checks with an unknown state.
    """

    failed: Mapping[str, datetime]
    tables: frozenset[str]


def find_external_failures(
    keys: AssetKeys,
    last: Mapping[dg.AssetCheckKey, LastEvaluation],
    cursor: SensorCursor,
    now: datetime,
    synced: Collection[str] = (),
) -> ExternalFailures:
    """Return the checks that a sync or an execution failed.

    An unknown state counts as failed, unless a probe could not resolve it: the columns of an unreadable
    table, the rows of a table that was never synced.

    Args:
        keys: The connection's asset keys.
        last: The last evaluations of the sensor's checks.
        cursor: The sensor's cursor.
        now: UTC.
        synced: The tables that a sync has read.

    Example:
        >>> from netsuite_pipeline.orchestration.asset_keys import build_asset_keys
        >>> keys = build_asset_keys("netsuite", {"vendor": dg.AssetSpec(["netsuite", "vendor"])})
        >>> noon = datetime(2026, 11, 24, 12)
        >>> lost = {check_key_of(keys, "table:vendor"): LastEvaluation(noon, passed=False, is_error=True)}
        >>> sorted(find_external_failures(keys, lost, SensorCursor(), noon).tables)
        ['vendor']
    """
    states: defaultdict[dg.AssetCheckKey | None, set[State]] = defaultdict(set)
    for each in cursor.reported():
        states[check_key_of(keys, each.id)].add(each.state)
    failed: dict[str, datetime] = {}
    tables: set[str] = set()
    for key, evaluation in last.items():
        table = keys.table_name(key.asset_key)
        if evaluation.passed or State.FAILED in states[key]:
            continue
        if evaluation.is_error:
            if key.name != "columns":
                id_ = key.name if table is None else f"{_KIND_OF_CHECK[key.name]}:{table}"
                failed[id_] = min(evaluation.at, now)
        elif states[key] & {State.WARNING, State.UNKNOWN} or not _is_resolvable(keys, key, states, synced):
            continue
        if table is not None:
            tables.add(table)
    return ExternalFailures(failed, frozenset(tables))


def _is_resolvable(keys: AssetKeys, key: dg.AssetCheckKey, states: _States, synced: Collection[str]) -> bool:
    table = keys.table_name(key.asset_key)
    if key.name == "rows":
        return table in synced
    readable = check_key_of(keys, f"table:{table}")
    return not states.get(readable, set()) & {State.WARNING, State.FAILED}


def record_refused_sign_in(instance: dg.DagsterInstance, keys: AssetKeys, at: datetime) -> None:
    """Record in the event log that NetSuite refused a sign-in while tables were checked.

    Args:
        instance: The Dagster instance that has the event log.
        keys: The connection's asset keys.
        at: When, UTC.
    """
    instance.report_runless_asset_event(
        dg.AssetObservation(
            keys.connection_key,
            description="NetSuite refused a sign-in while tables were checked. "
            "The check sign_in shows the state as soon as a second check has confirmed it.",
            metadata={_REFUSED_AT: at.isoformat()},
        )
    )


def recorded_refusals(instance: dg.DagsterInstance, keys: AssetKeys, now: datetime) -> tuple[datetime, ...]:
    """Return when sign-ins were refused while tables were checked, if NetSuite still counts them (UTC)."""
    records = instance.fetch_observations(keys.connection_key, limit=_MAX_REFUSALS).records
    observations = (record.event_log_entry.asset_observation for record in records)
    values = (each.metadata.get(_REFUSED_AT) for each in observations if each is not None)
    times = [datetime.fromisoformat(str(value.value)) for value in values if value is not None]
    return still_counted(sorted(times), now)
