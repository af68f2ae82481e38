"""When a refused sign-in may be tried again: ever less often, so that NetSuite never locks the user."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from netsuite_pipeline.health.findings import ProbeResult, State
from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor

# Five failed sign-ins lock the user for 30 minutes (NSH:subsect_156935170194).
MAX_REFUSALS = 4
# One minute more than NetSuite counts: a refusal is recorded some seconds after it came.
_COUNTED_FOR = timedelta(minutes=31)
_WAITS = tuple(timedelta(minutes=minutes) for minutes in (5, 10, 20, 30, 45, 60))
# A tick is some seconds early or late; without this tolerance every check would wait one tick more.
_TOLERANCE = timedelta(seconds=30)


def next_check(refused_checks: int, now: datetime, refused_at: Sequence[datetime] = ()) -> datetime | None:
    """Return the UTC time before which the sign-in must not be checked, or None.

    Args:
        refused_checks: How many checks in a row were refused.
        now: UTC.
        refused_at: The times of refused sign-ins, one entry an attempt, the oldest first.

    Example:
        >>> noon = datetime(2026, 11, 23, 12)
        >>> [f"{next_check(times, noon):%H:%M}" for times in (1, 2, 3, 4, 5, 6, 7)]
        ['12:05', '12:10', '12:20', '12:30', '12:45', '13:00', '13:00']
        >>> next_check(0, noon) is None
        True
    """
    grown = now + _WAITS[min(refused_checks, len(_WAITS)) - 1] if refused_checks else None
    full = len(refused_at) >= MAX_REFUSALS
    free = refused_at[-MAX_REFUSALS] + _COUNTED_FOR if full else None
    if free is not None and free <= now:
        free = None
    return max((at for at in (grown, free) if at is not None), default=None)


def check_is_due(cursor: SensorCursor, now: datetime) -> bool:
    """Return whether the sign-in may be checked now (UTC).

    Example:
        >>> noon = datetime(2026, 11, 23, 12)
        >>> check_is_due(SensorCursor(next_check_at=noon), noon - timedelta(minutes=3))
        False
    """
    if cursor.next_check_at is None:
        return True
    wait = cursor.next_check_at - now
    # No wait is longer than an hour: a longer one means that this machine's clock was set back.
    return wait <= _TOLERANCE or wait > _WAITS[-1] + _TOLERANCE


def allowed_attempts(cursor: SensorCursor) -> Literal[1, 2]:
    """Return how many sign-ins the next check may try before it reports a refusal.

    Two for the check that confirms a refusal: too many concurrent requests can look like a refused sign-in,
    and the second attempt is made after a pause, alone. Otherwise one.

    Example:
        >>> [allowed_attempts(SensorCursor(refused_checks=times)) for times in (0, 1, 2, 3)]
        [1, 2, 1, 1]
    """
    # A refusal of another sensor came from another client, which confirms as well as a second attempt.
    first = cursor.refused_checks == 1 and not cursor.refused_elsewhere
    confirms = first and len(cursor.refused_at) + 2 <= MAX_REFUSALS
    return 2 if confirms else 1


def record_sign_in(cursor: SensorCursor, result: ProbeResult, now: datetime) -> SensorCursor:
    """Return the cursor with the sign-in of a check, and with the time of the next one.

    A check that did not reach the sign-in leaves the count of refusals unchanged and needs no wait: it is
    worth knowing soon whether NetSuite answers again.
    """
    states = {finding.id: finding.state for finding in result.findings}
    if "sign_in" not in states:
        return cursor
    refused_at = still_counted(cursor.refused_at, now)
    elsewhere = still_counted(cursor.refused_elsewhere, now)
    if _refused(states):
        checks = cursor.refused_checks + 1
        refused_at += (now,) * allowed_attempts(cursor)
        at = next_check(checks, now, sorted((*refused_at, *elsewhere)))
    else:
        checks = 0 if states["sign_in"] in (State.OK, State.WARNING) else cursor.refused_checks
        at = next_check(0, now, sorted((*refused_at, *elsewhere)))
    return replace(cursor, refused_checks=checks, refused_at=refused_at, next_check_at=at)


def still_counted(refused_at: Sequence[datetime], now: datetime) -> tuple[datetime, ...]:
    """Return the refusals that NetSuite still counts towards locking the user (all UTC)."""
    return tuple(at for at in refused_at if abs(now - at) < _COUNTED_FOR)


def _refused(states: dict[str, State]) -> bool:
    """Return whether NetSuite refused a sign-in; with a wrong clock the finding itself is unknown."""
    if states["sign_in"] is State.FAILED:
        return True
    return states["sign_in"] is State.UNKNOWN and states.get("clock") is State.FAILED
