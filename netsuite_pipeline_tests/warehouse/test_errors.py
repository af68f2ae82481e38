"""The warehouse's errors, as people and other processes get them."""

import pickle

import pytest

from netsuite_pipeline.warehouse.errors import (
    LoadRefused,
    NotAsInNetSuite,
    WarehouseError,
    WarehouseLocked,
    WarehouseMisconfigured,
)


@pytest.mark.parametrize(
    "kind", [WarehouseError, WarehouseLocked, WarehouseMisconfigured, LoadRefused, NotAsInNetSuite]
)
def test_an_error_crosses_process_borders_whole(kind: type[WarehouseError]) -> None:
    error = pickle.loads(pickle.dumps(kind("It is full.", remedy="Make room.")))
    assert type(error) is kind
    assert (error.message, error.remedy) == ("It is full.", "Make room.")


def test_an_error_says_what_to_do_on_a_line_of_its_own() -> None:
    assert str(WarehouseError("It is full.", remedy="Make room.")) == "It is full.\n  To fix: Make room."
    assert str(WarehouseError("It is full.")) == "It is full."
