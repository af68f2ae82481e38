"""Which checks are told after a look: what changed, what the event log has otherwise, and the daily word."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import dagster as dg

from netsuite_pipeline.health.findings import Finding, ProbeResult, State
from netsuite_pipeline.health.monitoring.regression import Change
from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor
from netsuite_pipeline.orchestration.asset_keys import AssetKeys
from netsuite_pipeline.orchestration.checks.check_history import LastEvaluation, last_evaluations
from netsuite_pipeline.orchestration.checks.check_results import by_check, check_key_of, evaluation

REPEAT_AFTER = timedelta(hours=24)


@dataclass(frozen=True)
class TickResult:
    """A look, and what it made of what was remembered.

    Attributes:
        keys: The connection's asset keys.
        look: What was found.
        memory: What is remembered from now on.
        changes: What is new.
        at: When, UTC.
    """

    keys: AssetKeys
    look: ProbeResult
    memory: SensorCursor
    changes: tuple[Change, ...]
    at: datetime


def evaluations(looked: TickResult, instance: dg.DagsterInstance) -> list[dg.AssetCheckEvaluation]:
    """The evaluations to put into the event log after a look.

    Args:
        looked: The look.
        instance: What has the event log.
    """
    told = last_evaluations(instance, affected_checks(looked))
    return [
        evaluation(key, findings, confirmed_at=_confirmed_at(looked, findings))
        for key, findings in checks_to_emit(looked, told).items()
    ]


def freshness_evaluations(
    keys: AssetKeys, found: Mapping[str, Finding], instance: dg.DagsterInstance, now: datetime
) -> list[dg.AssetCheckEvaluation]:
    """The evaluations of `fresh` that are to be put into the event log; an age needs no second look.

    Args:
        keys: The connection's asset keys.
        found: How each table stands, by its name.
        instance: What has the event log.
        now: UTC.
    """
    checks = {name: dg.AssetCheckKey(keys.table_key(name), "fresh") for name in found}
    told = last_evaluations(instance, checks.values())
    return [
        evaluation(checks[name], (finding,))
        for name, finding in found.items()
        if _says_otherwise(told.get(checks[name]), finding.state is State.OK, now)
    ]


def affected_checks(looked: TickResult) -> frozenset[dg.AssetCheckKey]:
    """The checks that a look has something to say to."""
    return frozenset(by_check(looked.keys, _found(looked)))


def checks_to_emit(
    looked: TickResult, told: Mapping[dg.AssetCheckKey, LastEvaluation]
) -> Mapping[dg.AssetCheckKey, tuple[Finding, ...]]:
    """The checks that are to be evaluated, each with the findings it shows.

    A check is told when something about it changed; when the event log says otherwise than what is settled
    (an execution by hand, or a sync, met a passing trouble); and once a day. What one look found and no
    second one has confirmed is not told, nor what could not be looked at.

    Args:
        looked: The look.
        told: What each of the checks said last.
    """
    confirmed = {finding.id: finding for finding in looked.memory.problems()}
    shown = {key: {each.id: each for each in found} for key, found in _shown(looked).items()}
    for key, of_it in by_check(looked.keys, confirmed.values()).items():
        if key in shown:
            shown[key].update({each.id: each for each in of_it})
    changed = {check_key_of(looked.keys, change.finding.id) for change in looked.changes}
    return {
        key: tuple(findings.values())
        for key, findings in shown.items()
        if key in changed or _is_due(findings, confirmed, told.get(key), looked.at)
    }


def _shown(looked: TickResult) -> Mapping[dg.AssetCheckKey, tuple[Finding, ...]]:
    return by_check(looked.keys, _found(looked))


def _found(looked: TickResult) -> Iterator[Finding]:
    # Of columns that are as they were nothing is found; their check has something to say all the same.
    for table in sorted(looked.look.tables):
        yield Finding(f"column:{table}", State.OK, "All columns are exposed as before.")
    yield from looked.look.findings
    yield from (change.finding for change in looked.changes)


def _is_due(
    findings: Mapping[str, Finding],
    confirmed: Mapping[str, Finding],
    told: LastEvaluation | None,
    now: datetime,
) -> bool:
    unsettled = (each for each in findings.values() if each.id not in confirmed)
    if any(each.state is not State.OK for each in unsettled):
        return False
    passes = not any(name in confirmed for name in findings)
    return _says_otherwise(told, passes, now)


def _says_otherwise(told: LastEvaluation | None, passes: bool, now: datetime) -> bool:
    return told is None or told.passed != passes or now - told.at >= REPEAT_AFTER


def _confirmed_at(looked: TickResult, findings: Iterable[Finding]) -> datetime | None:
    broken = (finding for finding in findings if finding.state in (State.FAILED, State.WARNING))
    subjects = [looked.memory.subjects.get(finding.id) for finding in broken]
    moments = [subject.confirmed_at for subject in subjects if subject and subject.confirmed_at]
    return max(moments, default=None)
