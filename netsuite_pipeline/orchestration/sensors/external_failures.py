"""Which checks a sync or a person's Execute turned red, so that a sensor looks at them at its next tick."""

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
_States = Collection[tuple[dg.AssetCheckKey | None, State]]


@dataclass(frozen=True)
class ExternalFailures:
    """Checks that do not pass by the event log, though the sensor did not say so.

    Attributes:
        failed: When each failure was recorded, UTC, by the id of its finding. That was the first look; the
            sensor's look is the second one. Failures of `columns` are left out: which column it was, only a
            look says.
        tables: The tables of all of them, those that could not be looked at among them.
    """

    failed: Mapping[str, datetime]
    tables: frozenset[str]


def find_external_failures(
    keys: AssetKeys,
    told: Mapping[dg.AssetCheckKey, LastEvaluation],
    memory: SensorCursor,
    now: datetime,
    synced: Collection[str] = (),
) -> ExternalFailures:
    """Return the checks that somebody else than the sensor turned red.

    What is not known is red too, unless a look could not answer it: the columns of a table that cannot be
    read, the rows of a table that was never synced.

    Args:
        keys: The connection's asset keys.
        told: What the checks of the sensor said last, by the event log.
        memory: What the sensor remembers.
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
    states = {(check_key_of(keys, each.id), each.state) for each in memory.reported()}
    failed: dict[str, datetime] = {}
    tables: set[str] = set()
    for key, said in told.items():
        table = keys.table_name(key.asset_key)
        if said.passed or (key, State.FAILED) in states:
            continue
        if said.is_error:
            if key.name != "columns":
                failed[_finding_id(key, table)] = min(said.at, now)
        elif _stands_so(key, states) or not _can_be_answered(keys, key, states, synced):
            continue
        if table is not None:
            tables.add(table)
    return ExternalFailures(failed, frozenset(tables))


def _finding_id(key: dg.AssetCheckKey, table: str | None) -> str:
    return key.name if table is None else f"{_KIND_OF_CHECK[key.name]}:{table}"


def _stands_so(key: dg.AssetCheckKey, states: _States) -> bool:
    return any((key, state) in states for state in (State.WARNING, State.UNKNOWN))


def _can_be_answered(
    keys: AssetKeys, key: dg.AssetCheckKey, states: _States, synced: Collection[str]
) -> bool:
    table = keys.table_name(key.asset_key)
    if key.name == "rows":
        return table in synced
    readable = check_key_of(keys, f"table:{table}")
    return not any((readable, state) in states for state in (State.WARNING, State.FAILED))


_AT = "refused_sign_in_at"


_MOST = 10


def record_refused_sign_in(instance: dg.DagsterInstance, keys: AssetKeys, at: datetime) -> None:
    """Record that NetSuite refused a sign-in while tables were read.

    Args:
        instance: What has the event log.
        keys: The connection's asset keys.
        at: When, UTC.
    """
    instance.report_runless_asset_event(
        dg.AssetObservation(
            keys.connection_key,
            description="NetSuite refused a sign-in while tables were checked. "
            "The check sign_in says how it stands once a second look has confirmed it.",
            metadata={_AT: at.isoformat()},
        )
    )


def recorded_refusals(instance: dg.DagsterInstance, keys: AssetKeys, now: datetime) -> tuple[datetime, ...]:
    """Return when sign-ins were refused while tables were read, if NetSuite still counts them (UTC)."""
    records = instance.fetch_observations(keys.connection_key, limit=_MOST).records
    observed = (record.event_log_entry.asset_observation for record in records)
    told = (each.metadata.get(_AT) for each in observed if each is not None)
    moments = [datetime.fromisoformat(str(value.value)) for value in told if value is not None]
    return still_counted(sorted(moments), now)
