"""Whether the sign-in is known to fail, so that no schedule tries it: by the last `sign_in` evaluation."""

from datetime import datetime, timedelta
from typing import Any

import dagster as dg

from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor
from netsuite_pipeline.orchestration.check_specs import connection_key
from netsuite_pipeline.orchestration.checks.check_history import LastEvaluation, last_evaluations
from netsuite_pipeline.wording import formatted_time

SIGN_IN = "sign_in"
CLOCK = "clock"
"""This check fails only if NetSuite refuses the sign-in because of the clock."""
VALID_FOR = timedelta(hours=26)
"""A failed sign-in is emitted again each day; an older evaluation means that the sensor is off."""
_ON = ("RUNNING", "DECLARED_IN_CODE")  # the latter: on by its definition, and the daemon has seen it


def last_sign_in_evaluation(instance: dg.DagsterInstance, connection: str) -> LastEvaluation | None:
    """Return the last evaluation of the sign-in; None if there is none.

    The check `clock` counts too if it is the reason for a refused sign-in.
    """
    sign_in, clock = (dg.AssetCheckKey(connection_key(connection), name) for name in (SIGN_IN, CLOCK))
    last = last_evaluations(instance, [sign_in, clock])
    of_sign_in, of_clock = last.get(sign_in), last.get(clock)
    if of_clock is not None and of_clock.is_error and not (of_sign_in and of_sign_in.is_error):
        return of_clock
    return of_sign_in


def sign_in_block_reason(instance: dg.DagsterInstance, connection: str, now: datetime) -> str:
    """Return why nothing may sign in now, in a sentence or two; empty if there is no reason.

    Args:
        instance: The Dagster instance that has the evaluations.
        connection: The connection's name.
        now: UTC.
    """
    return block_reason(last_sign_in_evaluation(instance, connection), connection, now)


def may_confirm_sign_in(instance: dg.DagsterInstance, connection: str, now: datetime) -> bool:
    """Return whether a check that a person executes may try a refused sign-in a second time.

    Such a check runs at once, whatever the pace of the sensors. If the sign-in is known to be refused, or a
    sensor was just refused, the check tries once: five refusals lock the user.

    Args:
        instance: The Dagster instance that has the evaluations and the sensors' cursors.
        connection: The connection's name.
        now: UTC.
    """
    sensors = (f"{connection}_connection_sensor", f"{connection}_permission_sensor")
    if any(SensorCursor.parse(sensor_cursor(instance, name)).refused_checks for name in sensors):
        return False
    return not sign_in_block_reason(instance, connection, now)


def block_reason(last: LastEvaluation | None, connection: str, now: datetime) -> str:
    """Return the reason of `sign_in_block_reason` by the last evaluation.

    Example:
        >>> block_reason(None, "netsuite", datetime(2026, 11, 24))
        ''
    """
    if last is None or not last.is_error or now - last.at > VALID_FOR:
        return ""
    return (
        f"NetSuite refuses the sign-in of {connection} (checked {formatted_time(last.at)}). "
        f"{' '.join(last.description.split())} "
        f"{connection}_connection_sensor tries again and starts missed syncs; "
        f"to try at once, press Execute at the check {SIGN_IN} of {connection}/connection."
    )


def is_running(instance: dg.DagsterInstance, name: str) -> bool:
    """Return whether a schedule or sensor is switched on; False if Dagster's daemon has never seen it."""
    return _running_state(instance, name) is not None


def sensor_cursor(instance: dg.DagsterInstance, name: str) -> str | None:
    """Return the cursor of a sensor; None if it is off or has not ticked yet, or if no daemon runs."""
    if instance.schedule_storage is None:
        return None  # an ephemeral instance has no daemon
    return getattr(getattr(_running_state(instance, name), "instigator_data", None), "cursor", None)


def _running_state(instance: dg.DagsterInstance, name: str) -> Any:
    states = instance.all_instigator_state()
    return next((each for each in states if each.instigator_name == name and each.status.value in _ON), None)
