"""What a check said last, by Dagster's event log."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

import dagster as dg

_Read = TypeVar("_Read")
_MAX_HISTORY = 25  # executions without an outcome (under way, crashed) to look past


@dataclass(frozen=True)
class LastEvaluation:
    """The last evaluation of a check.

    Attributes:
        at: When it was put into the event log, UTC.
        passed: Whether it passed.
        is_error: Whether it is an error, and not a warning, that it did not pass.
        description: What it said.
    """

    at: datetime
    passed: bool
    is_error: bool = False
    description: str = ""


def last_evaluations(
    instance: dg.DagsterInstance, keys: Iterable[dg.AssetCheckKey]
) -> Mapping[dg.AssetCheckKey, LastEvaluation]:
    """The last evaluation of each check; checks that were never evaluated are left out."""
    return _latest(instance, keys, _told)


def recorded_events(
    instance: dg.DagsterInstance, keys: Iterable[dg.AssetCheckKey]
) -> Mapping[dg.AssetCheckKey, dg.AssetCheckEvaluation]:
    """The same, as they were given; to be said again for rows that a sync has just written.

    Dagster shows only what was said of an asset's latest materialization. What a look found yesterday holds
    for today's sync as well, until another look finds otherwise; so a sync says it once more.
    """
    return _latest(instance, keys, _evaluation)


def _latest(
    instance: dg.DagsterInstance, keys: Iterable[dg.AssetCheckKey], read: Callable[[Any], _Read | None]
) -> dict[dg.AssetCheckKey, _Read]:
    """What is read of each check's last execution that had an outcome: one that somebody started and that has
    none yet hides nothing, what was said before it still holds."""
    storage = instance.event_log_storage
    found: dict[dg.AssetCheckKey, _Read] = {}
    for key, record in storage.get_latest_asset_check_execution_by_key(list(keys)).items():
        said = read(record)
        if said is None:
            history = storage.get_asset_check_execution_history(key, limit=_MAX_HISTORY)
            said = next((each for each in map(read, history) if each is not None), None)
        if said is not None:
            found[key] = said
    return found


def _evaluation(record: Any) -> dg.AssetCheckEvaluation | None:
    event = record.event.dagster_event if record.event else None
    data = event.event_specific_data if event else None
    return data if isinstance(data, dg.AssetCheckEvaluation) else None


def repeat_evaluation(evaluation: dg.AssetCheckEvaluation) -> dg.AssetCheckEvaluation:
    """The same evaluation, of the materialization that is the latest now."""
    return dg.AssetCheckEvaluation(
        asset_key=evaluation.asset_key,
        check_name=evaluation.check_name,
        passed=evaluation.passed,
        severity=evaluation.severity,
        description=evaluation.description,
        metadata=evaluation.metadata,
    )


def _told(record: Any) -> LastEvaluation | None:
    evaluation = _evaluation(record)
    if evaluation is None:
        return None
    return LastEvaluation(
        at=datetime.fromtimestamp(cast(float, record.create_timestamp), UTC).replace(tzinfo=None),
        passed=evaluation.passed,
        is_error=not evaluation.passed and evaluation.severity is dg.AssetCheckSeverity.ERROR,
        description=evaluation.description or "",
    )
