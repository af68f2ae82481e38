"""Why a run of the sync failed, read from Dagster's events: what to say of it, and who says it already."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

_MOST_TEXT = 1500
_VARYING = re.compile(r"Error ID: \w+|\d+")


@dataclass(frozen=True)
class FailedRun:
    """A run that failed.

    Attributes:
        text: Why, and what mends it, for people.
        kinds: Names of the errors that it failed by, NetSuite's among them (`SignInError`).
        tables: The tables that were named as failed; none where the whole run failed.
    """

    text: str
    kinds: frozenset[str] = frozenset()
    tables: frozenset[str] = frozenset()

    def is_as(self, other: "FailedRun | None") -> bool:
        """Whether another run failed for the same reasons, figures and moments apart."""
        return other is not None and _without_figures(self.text) == _without_figures(other.text)


def failed_run(instance: dg.DagsterInstance, run_id: str, tables: Sequence[str]) -> FailedRun:
    """What Dagster recorded of a failed run.

    Args:
        instance: Where the events are.
        run_id: The run.
        tables: The names of the connection's tables.
    """
    failures = [
        entry.dagster_event.step_failure_data
        for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
        if entry.dagster_event is not None
    ]
    if not failures:
        ends = instance.all_logs(run_id, of_type=dg.DagsterEventType.RUN_FAILURE)
        return FailedRun(_run_failure_text(ends))
    return FailedRun(
        text=_cut("\n".join(dict.fromkeys(map(_step_text, failures)))),
        kinds=frozenset(kind for data in failures for kind in _kinds(data.error)),
        tables=frozenset(name for data in failures for name in _metadata(data) if name in tables),
    )


def _step_text(data: Any) -> str:
    if data.user_failure_data is not None and data.user_failure_data.description:
        return str(data.user_failure_data.description)
    error = data.error
    while error is not None and error.cause is not None:
        error = error.cause
    return str(error.message).strip() if error is not None else "A step failed without saying why."


def _run_failure_text(ends: Iterable[Any]) -> str:
    for end in ends:
        data = end.dagster_event.event_specific_data if end.dagster_event else None
        error = getattr(data, "error", None)
        if error is not None:
            return _cut(f"The run failed before a table was read. {error.message.strip()}")
        if end.dagster_event and end.dagster_event.message:
            return _cut(
                f"The run ended without a word of the sync's. {end.dagster_event.message} What was landed "
                "is kept, and the next sync goes on there."
            )
    return "The run failed, and Dagster recorded no reason."


def _kinds(error: Any) -> Iterable[str]:
    while error is not None:
        if error.cls_name:
            yield error.cls_name
        error = error.cause


def _metadata(data: Any) -> Mapping[str, Any]:
    return data.user_failure_data.metadata if data.user_failure_data is not None else {}


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]} … (the rest is in the run's log)"


def _without_figures(text: str) -> str:
    return _VARYING.sub("#", text)
