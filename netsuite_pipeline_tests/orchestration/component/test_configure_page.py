"""docs/configure.md, the scaffolded files and the schema agree with the component."""

import re
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from jsonschema import Draft202012Validator

from netsuite_pipeline.orchestration.component.attributes import TableAttributes
from netsuite_pipeline.orchestration.component.component import NetSuiteComponent
from netsuite_pipeline.orchestration.component.scaffolder import NetSuiteScaffolder
from netsuite_pipeline.tables import standard_tables
from netsuite_pipeline.tables.discovery.spec_writer import render_tables
from netsuite_pipeline_tests.orchestration.component.loading import (
    CONFIGURE,
    TYPE,
    attributes,
    blocks,
    project,
    specs,
)

# Dagster 1.13 notes for each definition which YAML it comes from, by classes and parameters that it calls beta.
pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning", "ignore::dagster.PreviewWarning")


def test_each_example_in_what_is_scaffolded_loads(tmp_path: Path) -> None:
    request: Any = dg.ScaffoldRequest(
        type_name=TYPE, target_path=tmp_path, scaffold_format="yaml", project_root=None, params=None
    )
    NetSuiteScaffolder().scaffold(request)
    text = (tmp_path / "defs.yaml").read_text().replace("  # ", "  ").replace("[all]", "[lists, customer]")
    table = render_tables({"currency": standard_tables()["currency"]})
    with project(defs_yaml=text, netsuite_tables_yaml=table) as definitions:
        assert specs(definitions)["customer"].owners == ["team:finance"]


@pytest.mark.long
def test_what_is_scaffolded_as_python_loads(tmp_path: Path) -> None:
    request: Any = dg.ScaffoldRequest(
        type_name=TYPE, target_path=tmp_path, scaffold_format="python", project_root=None, params=None
    )
    NetSuiteScaffolder().scaffold(request)
    with project(component_py=(tmp_path / "component.py").read_text()) as definitions:
        assert "customer" in specs(definitions)


@pytest.mark.parametrize("text", [block for block in blocks("yaml") if block.startswith("type:")])
@pytest.mark.few(1)
def test_each_yaml_of_the_page_fits_the_schema_and_loads(text: str) -> None:
    validator = Draft202012Validator(NetSuiteComponent.model().model_json_schema())
    for document in yaml.safe_load_all(text):
        validator.validate(document["attributes"])
    table = render_tables({"currency": standard_tables()["currency"]})
    with project(defs_yaml=text, netsuite_tables_yaml=table) as definitions:
        assert specs(definitions)


@pytest.mark.parametrize(
    ("attributes", "path", "wording"),
    [
        ({"tables": "all"}, ["tables"], "'all' is not of type 'array'"),
        (
            {"table_settings": {"customer": {"hash": "x"}}},
            ["table_settings", "customer", "hash"],
            "'x' is not of type",
        ),
        (
            {"table_settings": {"customer": True}},
            ["table_settings", "customer"],
            "True is not of type 'object'",
        ),
        ({"schedules": {"nightly": {"corn": "x"}}}, ["schedules", "nightly"], "'corn' was unexpected"),
        ({"queries": {"mine": {"query": "x"}}}, ["queries", "mine"], "'key' is a required"),
        ({"custom_tables": [5]}, ["custom_tables", 0], "5 is not valid"),
        ({"private_key": "hunter2"}, ["private_key"], "no credentials here"),
    ],
)
def test_editors_and_dg_check_yaml_are_shown_where_it_is_wrong(
    attributes: dict[str, Any], path: list[Any], wording: str
) -> None:
    errors = Draft202012Validator(NetSuiteComponent.model().model_json_schema()).iter_errors(attributes)
    (error,) = [error for error in errors if list(error.absolute_path)[: len(path)] == path]
    assert wording in error.message
    assert "hunter2" not in error.message


def test_the_schema_leaves_room_for_templates() -> None:
    validator = Draft202012Validator(NetSuiteComponent.model().model_json_schema())
    validator.validate(
        {"tables": "{{ our_tables }}", "table_settings": "{{ ours }}", "concurrency": "{{ limit }}"}
    )


def test_the_class_of_the_page_is_one_that_yaml_can_name() -> None:
    (code,) = (block for block in blocks("python") if "class Finance" in block)
    text = attributes("tables: [account, customer]").replace(TYPE, ".finance.Finance")
    with project(defs_yaml=text, finance_py=code) as definitions:
        assert specs(definitions)["account"].owners == ["team:ledger"]


def test_the_page_shows_every_attribute() -> None:
    text = "".join(re.findall(r"^\| \[?(`.*?) \|", CONFIGURE.read_text(), re.MULTILINE))
    missing = [name for name in NetSuiteComponent.model_fields if f"`{name}`" not in text]
    assert not missing
    assert all(f"`{name}" in CONFIGURE.read_text() for name in TableAttributes.model_fields)
