"""What Dagster has recorded of a schedule or sensor: whether it is on, and what a sensor remembers."""

import dagster as dg

_ON = ("RUNNING", "DECLARED_IN_CODE")  # the latter: on by its definition, and the daemon has seen it


def is_on(instance: dg.DagsterInstance, name: str) -> bool:
    """Whether a schedule or sensor is switched on; False where Dagster's daemon has never seen it."""
    return any(
        state.instigator_name == name and state.status.value in _ON
        for state in instance.all_instigator_state()
    )


def cursor_of(instance: dg.DagsterInstance, name: str) -> str | None:
    """The cursor of a sensor that is on; None where it is off, has not ticked yet, or no daemon is."""
    if instance.schedule_storage is None:
        return None  # an instance of one process's memory has no daemon
    for state in instance.all_instigator_state():
        if state.instigator_name == name and state.status.value in _ON:
            return getattr(state.instigator_data, "cursor", None)
    return None
