"""The dataclasses of a table, and the error that names what is wrong with one."""

import dataclasses
import pickle

import pytest

from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.tables import Column, TableSpecError, standard_tables


def test_a_column_is_found_by_name() -> None:
    assert standard_tables()["customer"].column("entityid").type == "text"


def test_a_column_that_is_not_there_is_a_key_error_naming_the_table() -> None:
    with pytest.raises(
        KeyError, match=r"table 'customer' has no column 'entityld' \(did you mean 'entityid'"
    ):
        standard_tables()["customer"].column("entityld")


def test_specs_cannot_be_changed() -> None:
    column = Column("id", "integer", "Internal id.")
    with pytest.raises(dataclasses.FrozenInstanceError):
        column.name = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ({}, "is wrong"),
        ({"source": "my.yaml"}, "my.yaml: is wrong"),
        ({"source": "my.yaml", "line": 3}, "my.yaml, line 3: is wrong"),
        ({"table": "customer"}, "table 'customer': is wrong"),
        (
            {"source": "my.yaml", "line": 3, "table": "customer", "field": "key"},
            "my.yaml, line 3: table 'customer', key: is wrong",
        ),
    ],
)
def test_a_spec_error_names_the_place(place: dict[str, object], message: str) -> None:
    error = TableSpecError("is wrong", **place)  # type: ignore[arg-type]
    assert isinstance(error, ConfigurationError)
    assert error.message == message


def test_a_spec_error_crosses_process_borders_whole() -> None:
    error = TableSpecError(
        "is wrong", source="my.yaml", line=3, table="customer", field="key", remedy="Change it."
    )
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.line, again.table) == (str(error), 3, "customer")
