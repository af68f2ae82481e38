"""Whether signing in is known to fail, so that no schedule tries: read from the last `sign_in` evaluation."""

from datetime import datetime, timedelta

import dagster as dg

from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor
from netsuite_pipeline.orchestration.checks.check_history import LastEvaluation, last_evaluations

SIGN_IN = "sign_in"
CLOCK = "clock"
"""Fails only where it makes NetSuite refuse the sign-in."""
VALID_FOR = timedelta(hours=26)
"""A broken sign-in is told again each day; an older evaluation says that nobody looks any more."""


def sign_in_key(connection: str) -> dg.AssetCheckKey:
    """The check that says how signing in stands.

    Example:
        >>> sign_in_key("netsuite").to_user_string()
        'netsuite/connection:sign_in'
    """
    return _key(connection, SIGN_IN)


def last_sign_in_evaluation(instance: dg.DagsterInstance, connection: str) -> LastEvaluation | None:
    """What was said last of signing in, or None where nothing was: by the check `sign_in`, or by `clock`
    where that is why it is refused."""
    keys = [_key(connection, name) for name in (SIGN_IN, CLOCK)]
    told = last_evaluations(instance, keys)
    of_sign_in, of_clock = (told.get(key) for key in keys)
    if of_clock is not None and of_clock.is_error and not (of_sign_in and of_sign_in.is_error):
        return of_clock
    return of_sign_in


def _key(connection: str, check: str) -> dg.AssetCheckKey:
    return dg.AssetCheckKey(dg.AssetKey([connection, "connection"]), check)


def sign_in_block_reason(instance: dg.DagsterInstance, connection: str, now: datetime) -> str:
    """The reason to leave NetSuite alone, as a sentence or two for people; empty if there is none.

    Args:
        instance: Where the evaluations are.
        connection: The connection's name.
        now: UTC.
    """
    return block_reason(last_sign_in_evaluation(instance, connection), connection, now)


def may_confirm_sign_in(instance: dg.DagsterInstance, connection: str, now: datetime) -> bool:
    """Return whether a look that a person asked for may try a refused sign-in a second time.

    Such a look is made at once, whatever the pace of the sensors. Where the sign-in is known to be refused,
    or a sensor was just refused, it tries once: five refusals lock the user.

    Args:
        instance: Where the evaluations and the sensors' cursors are.
        connection: The connection's name.
        now: UTC.
    """
    sensors = (f"{connection}_connection_sensor", f"{connection}_permission_sensor")
    if any(SensorCursor.parse(sensor_cursor(instance, name)).refused_checks for name in sensors):
        return False
    return not sign_in_block_reason(instance, connection, now)


def block_reason(told: LastEvaluation | None, connection: str, now: datetime) -> str:
    """As `sign_in_block_reason`, by what was last told.

    Example:
        >>> block_reason(None, "netsuite", datetime(2026, 11, 24))
        ''
    """
    if told is None or not told.is_error or now - told.at > VALID_FOR:
        return ""
    return (
        f"NetSuite refuses the sign-in of {connection} (told {told.at:%Y-%m-%d %H:%M} UTC). "
        f"{' '.join(told.description.split())} "
        f"{connection}_connection_sensor looks again and starts what was missed; "
        f"to try at once, press Execute at the check {SIGN_IN} of {connection}/connection."
    )


_ON = ("RUNNING", "DECLARED_IN_CODE")  # the latter: on by its definition, and the daemon has seen it


def is_running(instance: dg.DagsterInstance, name: str) -> bool:
    """Whether a schedule or sensor is switched on; False where Dagster's daemon has never seen it."""
    return any(
        state.instigator_name == name and state.status.value in _ON
        for state in instance.all_instigator_state()
    )


def sensor_cursor(instance: dg.DagsterInstance, name: str) -> str | None:
    """The cursor of a sensor that is on; None where it is off, has not ticked yet, or no daemon is."""
    if instance.schedule_storage is None:
        return None  # an instance of one process's memory has no daemon
    for state in instance.all_instigator_state():
        if state.instigator_name == name and state.status.value in _ON:
            return getattr(state.instigator_data, "cursor", None)
    return None
