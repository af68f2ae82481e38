"""When a refused sign-in may be tried again: less and less often, never so often that the user is locked."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from netsuite_pipeline.health.findings import ProbeResult, State
from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor

# Five failed sign-ins lock the user for 30 minutes (NSH:subsect_156935170194).
MAX_REFUSALS = 4
# A minute more than they count: a refusal is noted some seconds after it came.
_COUNTED_FOR = timedelta(minutes=31)
_WAITS = tuple(timedelta(minutes=minutes) for minutes in (5, 10, 20, 30, 45, 60))
# A tick comes some seconds before or after its time; without leeway every look would wait for one tick more.
_LEEWAY = timedelta(seconds=30)


def next_check(refused_checks: int, now: datetime, refused_at: Sequence[datetime] = ()) -> datetime | None:
    """When to look again at the sign-in.

    Args:
        refused_looks: How many looks in a row found it refused.
        now: UTC.
        refused_at: When sign-ins were refused, one entry an attempt, the oldest first.

    Returns:
        The UTC moment before which nobody should look; None where nothing forbids the next tick.

    Example:
        >>> noon = datetime(2026, 11, 23, 12)
        >>> [f"{next_check(times, noon):%H:%M}" for times in (1, 2, 3, 4, 5, 6, 7)]
        ['12:05', '12:10', '12:20', '12:30', '12:45', '13:00', '13:00']
        >>> next_check(0, noon) is None
        True
    """
    grown = now + _WAITS[min(refused_checks, len(_WAITS)) - 1] if refused_checks else None
    full = len(refused_at) >= MAX_REFUSALS
    room = refused_at[-MAX_REFUSALS] + _COUNTED_FOR if full else None
    if room is not None and room <= now:
        room = None
    return max((moment for moment in (grown, room) if moment is not None), default=None)


def check_is_due(cursor: SensorCursor, now: datetime) -> bool:
    """Whether the sign-in may be looked at now (UTC).

    Example:
        >>> noon = datetime(2026, 11, 23, 12)
        >>> check_is_due(SensorCursor(next_check_at=noon), noon - timedelta(minutes=3))
        False
    """
    if cursor.next_check_at is None:
        return True
    wait = cursor.next_check_at - now
    # No wait is longer than an hour: somebody has set this machine's clock back.
    return wait <= _LEEWAY or wait > _WAITS[-1] + _LEEWAY


def allowed_attempts(cursor: SensorCursor) -> Literal[1, 2]:
    """How many sign-ins the next look may try before it calls them refused.

    One, and two for the look that decides whether a refusal was a stray one: too much concurrency can look
    like a failed sign-in, and the second is made after a pause, alone.

    Example:
        >>> [allowed_attempts(SensorCursor(refused_checks=times)) for times in (0, 1, 2, 3)]
        [1, 2, 1, 1]
    """
    # A refusal elsewhere was another client's: it has decided that as well as a second attempt would.
    first = cursor.refused_checks == 1 and not cursor.refused_elsewhere
    decides = first and len(cursor.refused_at) + 2 <= MAX_REFUSALS
    return 2 if decides else 1


def record_sign_in(cursor: SensorCursor, look: ProbeResult, now: datetime) -> SensorCursor:
    """The memory with what a look found of the sign-in, and when the next one may be.

    A look that did not come as far as signing in leaves the count of refusals in a row as it is, and the next
    one need not wait: whether NetSuite answers again is worth knowing soon.
    """
    states = {finding.id: finding.state for finding in look.findings}
    if "sign_in" not in states:
        return cursor
    refused_at = still_counted(cursor.refused_at, now)
    elsewhere = still_counted(cursor.refused_elsewhere, now)
    if _refused(states):
        looks = cursor.refused_checks + 1
        refused_at += (now,) * allowed_attempts(cursor)
        moment = next_check(looks, now, sorted((*refused_at, *elsewhere)))
    else:
        looks = 0 if states["sign_in"] in (State.OK, State.WARNING) else cursor.refused_checks
        moment = next_check(0, now, sorted((*refused_at, *elsewhere)))
    return replace(cursor, refused_checks=looks, refused_at=refused_at, next_check_at=moment)


def still_counted(refused_at: Sequence[datetime], now: datetime) -> tuple[datetime, ...]:
    """Return those refusals that NetSuite still counts towards locking the user (all UTC)."""
    return tuple(moment for moment in refused_at if abs(now - moment) < _COUNTED_FOR)


def _refused(states: dict[str, State]) -> bool:
    """Whether NetSuite refused a sign-in; with the clock off, that is no word on the sign-in itself."""
    if states["sign_in"] is State.FAILED:
        return True
    return states["sign_in"] is State.UNKNOWN and states.get("clock") is State.FAILED
