"""The last evaluation of each check, in Dagster's event log."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import dagster as dg

_MAX_HISTORY = 25  # executions without an outcome (running, crashed) that are skipped


@dataclass(frozen=True)
class LastEvaluation:
    """The last evaluation of a check.

    Attributes:
        at: When it was recorded, UTC.
        passed: Whether the check passed.
        is_error: Whether the check failed as an error, and not as a warning.
        description: The description.
        event: The evaluation itself.
    """

    at: datetime
    passed: bool
    is_error: bool = False
    description: str = ""
    event: dg.AssetCheckEvaluation | None = field(default=None, compare=False, repr=False)


def last_evaluations(
    instance: dg.DagsterInstance, keys: Iterable[dg.AssetCheckKey]
) -> Mapping[dg.AssetCheckKey, LastEvaluation]:
    """Return the last evaluation of each check, without checks that were never evaluated.

    An execution without an outcome yet hides nothing: the evaluation before it still holds.
    """
    storage = instance.event_log_storage
    found: dict[dg.AssetCheckKey, LastEvaluation] = {}
    for key, record in storage.get_latest_asset_check_execution_by_key(list(keys)).items():
        evaluation = _evaluation(record)
        if evaluation is None:
            history = storage.get_asset_check_execution_history(key, limit=_MAX_HISTORY)
            evaluation = next((each for each in map(_evaluation, history) if each is not None), None)
        if evaluation is not None:
            found[key] = evaluation
    return found


def _evaluation(record: Any) -> LastEvaluation | None:
    event = record.event.dagster_event if record.event else None
    data = event.event_specific_data if event else None
    if not isinstance(data, dg.AssetCheckEvaluation):
        return None
    return LastEvaluation(
        at=datetime.fromtimestamp(cast(float, record.create_timestamp), UTC).replace(tzinfo=None),
        passed=data.passed,
        is_error=not data.passed and data.severity is dg.AssetCheckSeverity.ERROR,
        description=data.description or "",
        event=data,
    )
