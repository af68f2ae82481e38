"""Which check evaluations a tick emits: changes, corrections of the event log, and one each day."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import dagster as dg

from netsuite_pipeline.health.findings import Finding, ProbeResult, State
from netsuite_pipeline.health.known_good import KnownTable
from netsuite_pipeline.health.monitoring.regression import Change
from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor
from netsuite_pipeline.orchestration.asset_keys import AssetKeys, ConnectionTables
from netsuite_pipeline.orchestration.checks.check_history import LastEvaluation, last_evaluations
from netsuite_pipeline.orchestration.checks.check_results import by_check, check_key_of, check_outcome
from netsuite_pipeline.orchestration.freshness import freshness_finding

REPEAT_AFTER = timedelta(hours=24)


@dataclass(frozen=True)
class TickResult:
    """What a tick found, and what the sensor makes of it.

    Attributes:
        keys: The connection's asset keys.
        probed: What the probes found.
        cursor: The sensor's next cursor.
        changes: What changed.
        at: When, UTC.
    """

    keys: AssetKeys
    probed: ProbeResult
    cursor: SensorCursor
    changes: tuple[Change, ...]
    at: datetime


def evaluations(tick: TickResult, instance: dg.DagsterInstance) -> list[dg.AssetCheckEvaluation]:
    """Return the evaluations that a tick emits.

    Args:
        tick: The tick's result.
        instance: The Dagster instance that has the event log.
    """
    last = last_evaluations(instance, by_check(tick.keys, _findings(tick)))
    return [
        check_outcome(key.name, findings, confirmed_at=_confirmed_at(tick, findings)).evaluation(key)
        for key, findings in checks_to_emit(tick, last).items()
    ]


def freshness_evaluations(
    target: ConnectionTables, known: Mapping[str, KnownTable], instance: dg.DagsterInstance, now: datetime
) -> list[dg.AssetCheckEvaluation]:
    """Return the evaluations of `fresh` that a tick emits; an age needs no second check.

    Args:
        target: The connection's tables, and how old each may get.
        known: What the syncs have read, by table.
        instance: The Dagster instance that has the event log.
        now: UTC.
    """
    found = {
        dg.AssetCheckKey(target.keys.table_key(name), "fresh"): freshness_finding(
            name, known.get(name), window, now
        )
        for name, window in target.freshness.items()
    }
    last = last_evaluations(instance, found)
    return [
        check_outcome("fresh", (finding,)).evaluation(key)
        for key, finding in found.items()
        if _differs(last.get(key), finding.state is State.OK, now)
    ]


def checks_to_emit(
    tick: TickResult, last: Mapping[dg.AssetCheckKey, LastEvaluation]
) -> Mapping[dg.AssetCheckKey, tuple[Finding, ...]]:
    """Return the checks that a tick evaluates, each with the findings that it shows.

    A check is evaluated in three cases: something about it changed; the event log differs from the confirmed
    state, because a sync or an execution met a temporary failure; or its last evaluation is a day old.
    Unconfirmed and unknown findings are not emitted.

    Args:
        tick: The tick's result.
        last: The last evaluation of each check.
    """
    confirmed = {finding.id: finding for finding in tick.cursor.problems()}
    shown = {
        key: {each.id: each for each in found} for key, found in by_check(tick.keys, _findings(tick)).items()
    }
    for key, problems in by_check(tick.keys, confirmed.values()).items():
        if key in shown:
            shown[key].update({each.id: each for each in problems})
    changed = {check_key_of(tick.keys, change.finding.id) for change in tick.changes}
    return {
        key: tuple(findings.values())
        for key, findings in shown.items()
        if key in changed or _is_due(findings, confirmed, last.get(key), tick.at)
    }


def _findings(tick: TickResult) -> Iterator[Finding]:
    # Unchanged columns have no findings; their check is evaluated all the same.
    for table in sorted(tick.probed.tables):
        yield Finding(f"column:{table}", State.OK, "NetSuite exposes all columns as before.")
    yield from tick.probed.findings
    yield from (change.finding for change in tick.changes)


def _is_due(
    findings: Mapping[str, Finding],
    confirmed: Mapping[str, Finding],
    last: LastEvaluation | None,
    now: datetime,
) -> bool:
    unconfirmed = (each for each in findings.values() if each.id not in confirmed)
    if any(each.state is not State.OK for each in unconfirmed):
        return False
    return _differs(last, not any(name in confirmed for name in findings), now)


def _differs(last: LastEvaluation | None, passes: bool, now: datetime) -> bool:
    return last is None or last.passed != passes or now - last.at >= REPEAT_AFTER


def _confirmed_at(tick: TickResult, findings: Iterable[Finding]) -> datetime | None:
    problems = (finding for finding in findings if finding.state in (State.FAILED, State.WARNING))
    subjects = [tick.cursor.subjects.get(finding.id) for finding in problems]
    times = [subject.confirmed_at for subject in subjects if subject and subject.confirmed_at]
    return max(times, default=None)
