"""How old a table may get: the window of a table, and the finding of the check `fresh`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from netsuite_pipeline.health.findings import Cause, Finding, State
from netsuite_pipeline.health.known_good import KnownTable
from netsuite_pipeline.wording import formatted_time


@dataclass(frozen=True)
class FreshnessWindow:
    """How old a table may get.

    Attributes:
        fail: Beyond this age the check `fresh` fails.
        warn: Beyond this age it warns; None for no warning.

    Example:
        >>> FreshnessWindow(timedelta(hours=24), timedelta(hours=12)).description
        'The last sync is at most 24 hours old; a warning comes after 12 hours.'
    """

    fail: timedelta
    warn: timedelta | None = None

    @property
    def description(self) -> str:
        """What the check `fresh` checks, in a sentence."""
        warning = f"; a warning comes after {_hours(self.warn)}" if self.warn else ""
        return f"The last sync is at most {_hours(self.fail)} old{warning}."


FreshnessWindows = Mapping[str, FreshnessWindow]
"""The window of each table, by the table's name; a table without a window has no check `fresh`."""


def freshness_finding(
    table: str, known: KnownTable | None, window: FreshnessWindow, now: datetime
) -> Finding:
    """Return how the age of a table stands.

    Args:
        table: The table's name.
        known: The last sync of the table; None if no sync has read it.
        window: How old the table may get.
        now: UTC.

    Example:
        >>> day = FreshnessWindow(timedelta(hours=24))
        >>> freshness_finding("vendor", None, day, datetime(2026, 11, 24)).state
        <State.UNKNOWN: 'unknown'>
    """
    id_ = f"fresh:{table}"
    if known is None:
        return Finding(
            id_,
            State.UNKNOWN,
            "No sync has read the table yet.",
            remedy="Materialize it, or switch on the schedule under Automation.",
        )
    age = now - known.synced_at
    synced = formatted_time(known.synced_at)
    facts = {"hours_old": round(age.total_seconds() / 3600, 1)}
    exceeded = next((each for each in (window.fail, window.warn) if each and age > each), None)
    if exceeded is None:
        return Finding(
            id_, State.OK, f"Last synced {synced}; {_hours(window.fail)} are allowed.", facts=facts
        )
    return Finding(
        id_,
        State.FAILED if exceeded == window.fail else State.WARNING,
        f"Last synced {synced}, {_hours(age)} ago; {_hours(exceeded)} are allowed"
        f"{'' if exceeded == window.fail else ' without a warning'}.",
        causes=(
            Cause(
                "No sync of the table has succeeded since.",
                "The latest run names the reason. Without a run, the schedule is off or skips.",
            ),
        ),
        remedy="Open the latest run, and the schedule under Automation.",
        since=known.synced_at + exceeded,
        facts=facts,
    )


def _hours(duration: timedelta) -> str:
    return f"{duration.total_seconds() / 3600:,.1f}".removesuffix(".0") + " hours"
