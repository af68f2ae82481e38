"""Histories of checks, and what is reported of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from netsuite_pipeline.health.findings import Cause, Finding, ProbeResult, State
from netsuite_pipeline.health.monitoring.regression import Change, ChangeKind, update
from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor

NOON = datetime(2026, 11, 23, 12)
TICK = timedelta(minutes=5)
DAY = timedelta(hours=24)
OK, WARNING, FAILED, UNKNOWN = State.OK, State.WARNING, State.FAILED, State.UNKNOWN
FIRST, BROKE, CHANGED = ChangeKind.FIRST, ChangeKind.BROKE, ChangeKind.CHANGED
RECOVERED, NEW, HEARTBEAT = ChangeKind.RECOVERED, ChangeKind.NEW, ChangeKind.HEARTBEAT
LETTERS = {"o": OK, "w": WARNING, "f": FAILED, "u": UNKNOWN}
REVOKED = Cause("The token was revoked.", "It worked before.", "Make a new one.")
BLOCKED = Cause("The integration is blocked.", "", "Unblock it.")


def one(state: State, subject: str = "sign_in", cause: Cause = REVOKED) -> ProbeResult:
    """A look at one subject."""
    causes = (cause,) if state in (FAILED, WARNING) else ()
    return ProbeResult(
        (Finding(subject, state, f"it is {state}", causes, causes[0].remedy if causes else ""),)
    )


def lived(
    checks: Sequence[ProbeResult], every: timedelta = TICK, cursor: SensorCursor | None = None
) -> tuple[SensorCursor, list[tuple[int, Change]]]:
    """The memory after these looks, and what was said, each with the place of its look."""
    cursor = cursor or SensorCursor()
    emitted: list[tuple[int, Change]] = []
    for place, result in enumerate(checks):
        cursor, changes = update(cursor, result, NOON + place * every)
        emitted += [(place, change) for change in changes]
    return cursor, emitted


def columns(*gone: str, table: str = "customer", new: Sequence[str] = ()) -> ProbeResult:
    """A look at all columns of a table."""
    findings = [Finding(f"column:{table}.{name}", FAILED, "gone") for name in gone]
    findings += [Finding(f"column:{table}.{name}", OK, "new column") for name in new]
    return ProbeResult(tuple(findings), frozenset({table}))
