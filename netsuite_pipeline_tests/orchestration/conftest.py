"""What the tests of Dagster's side share."""

from collections.abc import Iterator

import pytest
from dagster._core.storage.defs_state.base import set_defs_state_storage


@pytest.fixture(autouse=True)
def _no_instance_of_another_test() -> Iterator[None]:
    """Dagster notes for the process which instance is in use, and an instance that is entered twice leaves that
    note behind it (1.13): definitions that are loaded later would ask an instance that is gone."""
    with set_defs_state_storage(None):
        yield
