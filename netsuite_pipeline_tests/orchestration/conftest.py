"""What the tests of Dagster's side share."""

from collections.abc import Iterator

import dagster as dg
import pytest
from dagster._core.storage.defs_state.base import set_defs_state_storage


@pytest.fixture(autouse=True)
def _no_instance_of_another_test() -> Iterator[None]:
    """Dagster notes for the process which instance is in use, and an instance that is entered twice leaves that
    note behind it (1.13): definitions that are loaded later would ask an instance that is gone."""
    with set_defs_state_storage(None):
        yield


@pytest.fixture(scope="module")
def dagster_home() -> Iterator[dg.DagsterInstance]:
    """A Dagster instance per test module; making one takes as long as a whole scenario."""
    with dg.instance_for_test() as instance:
        yield instance


@pytest.fixture
def instance(dagster_home: dg.DagsterInstance) -> dg.DagsterInstance:
    """The module's Dagster instance, without events, runs, ticks and cursors."""
    dagster_home.event_log_storage.wipe()
    dagster_home.run_storage.wipe()
    dagster_home.schedule_storage.wipe()
    return dagster_home
