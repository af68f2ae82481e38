"""What Dagster sees: definitions load without credentials, and say all that a person wants to know."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from netsuite_pipeline.definitions import defs
from netsuite_pipeline.marts import marts_catalogue
from netsuite_pipeline.orchestration.component.component import NetSuiteComponent
from netsuite_pipeline.orchestration.component.python_attributes import build_netsuite_definitions
from netsuite_pipeline.orchestration.translator import (
    DagsterNetSuiteTranslator,
    NetSuiteTableProps,
    preview_markdown,
)
from netsuite_pipeline.sync.report import Preview
from netsuite_pipeline.tables import Table, TableSpecError, standard_tables
from netsuite_pipeline_tests.one_pass import in_one_pass


def _spec(table: Table) -> dg.AssetSpec:
    return DagsterNetSuiteTranslator().get_asset_spec(NetSuiteTableProps(table, "netsuite"))


# Dagster 1.13 copies the checks of a component by a parameter of its own that it calls beta.
@pytest.mark.filterwarnings("ignore:Parameter `execution_type` of function `AssetsDefinition.__init__`")
def test_the_code_location_loads_without_credentials_and_has_every_table() -> None:
    location = defs()
    keys = {key.to_user_string() for key in location.resolve_asset_graph().get_all_asset_keys()}
    assert keys == {
        "netsuite/connection",
        "netsuite/report",
        *(f"netsuite/{name}" for name in standard_tables()),
        *(f"marts/{name}" for name in marts_catalogue()),
    }
    assert location.resolve_job_def("netsuite_sync").name == "netsuite_sync"
    schedule = location.resolve_schedule_def("netsuite_schedule")
    assert schedule.cron_schedule == "0 * * * *"
    assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED


@in_one_pass("name", sorted(standard_tables()))
def test_every_asset_shows_what_it_is(name: str) -> None:
    table = standard_tables()[name]
    spec = _spec(table)
    assert spec.key == dg.AssetKey(["netsuite", name])
    assert spec.kinds == {"netsuite", "duckdb"}
    assert spec.group_name == table.group
    assert spec.skippable
    assert table.permission.name in (spec.description or "")
    assert spec.metadata["dagster/table_name"] == f"netsuite.{name}"
    schema = spec.metadata["dagster/column_schema"]
    names = [column.name for column in schema.columns]
    assert set(names) >= {column.name for column in table.columns}
    assert all(column.description for column in schema.columns)
    not_null = {column.name for column in schema.columns if not column.constraints.nullable}
    assert not_null == (set(table.key) if table.unique else set())


def test_a_second_connection_has_its_own_prefix_job_and_resource() -> None:
    location = build_netsuite_definitions(connection="sandbox", tables=["customer"])
    keys = location.resolve_asset_graph().get_all_asset_keys()
    assert {key.to_user_string() for key in keys} == {
        *("sandbox/connection", "sandbox/customer", "sandbox/report"),
        *(f"sandbox_marts/{name}" for name in marts_catalogue()),
    }
    assert location.resolve_job_def("sandbox_sync")
    assert set(location.resources or {}) == {"sandbox", "sandbox_warehouse", "sandbox_frames"}


def test_every_asset_has_its_checks_and_each_says_what_it_looks_after() -> None:
    graph = build_netsuite_definitions(tables=["customer"], marts=False).resolve_asset_graph()
    keys = {key.to_user_string() for key in graph.asset_check_keys}
    connection_key = {
        "host",
        "clock",
        "sign_in",
        "rest",
        "suiteql",
        "deleted_records",
        "concurrency",
        "certificate",
        "fields",
    }
    table_key = {"readable", "columns", "rows", "fresh"}
    of_sync = {"key_unique", "matches_netsuite", "nothing_rejected", "not_collapsed", "ties_to_netsuite"}
    assert keys == {f"netsuite/connection:{name}" for name in connection_key} | {
        f"netsuite/customer:{name}" for name in table_key | of_sync
    }
    assert all(graph.get_check_spec(key).description for key in graph.asset_check_keys)


def test_tables_that_may_get_as_old_as_they_like_have_no_check_of_that() -> None:
    graph = build_netsuite_definitions(tables=["customer"], fresh_for_hours=0).resolve_asset_graph()
    assert "fresh" not in {key.name for key in graph.asset_check_keys}


def test_the_connection_is_an_asset_that_says_how_to_set_it_up() -> None:
    location = build_netsuite_definitions(tables=["customer"])
    (spec,) = [spec for spec in location.resolve_all_asset_specs() if spec.key.path[-1] == "connection"]
    for word in ("NETSUITE_TOKEN_SECRET", "Setup > Integration > Manage Integrations", "netsuite-setup.md"):
        assert word in spec.description
    assert not location.resolve_asset_graph().get(spec.key).is_executable


def test_the_sensors_are_on_from_the_start_unless_shown_otherwise() -> None:
    names = ["netsuite_connection_sensor", "netsuite_permission_sensor", "netsuite_run_failure_sensor"]
    on = build_netsuite_definitions(tables=["customer"])
    off = build_netsuite_definitions(tables=["customer"], sensor_default_status="STOPPED")
    for location, status in ((on, dg.DefaultSensorStatus.RUNNING), (off, dg.DefaultSensorStatus.STOPPED)):
        assert [location.resolve_sensor_def(name).default_status for name in names] == [status] * 3


def test_an_unknown_table_is_named_with_what_is_close() -> None:
    with pytest.raises(TableSpecError, match="customer"):
        build_netsuite_definitions(tables=["custommer"])


def test_asset_specs_can_be_changed_in_one_place() -> None:
    location = build_netsuite_definitions(
        tables=["customer"], translation=lambda spec, table: spec.replace_attributes(owners=["team:finance"])
    )
    (spec,) = [spec for spec in location.resolve_all_asset_specs() if spec.key.path[-1] == "customer"]
    assert spec.owners == ["team:finance"]


def test_the_component_takes_yaml() -> None:
    component = NetSuiteComponent.resolve_from_yaml(
        "tables: [lists, -nexus]\ncron_schedule: '5 6 * * *'\nexecution_timezone: Europe/Berlin\nfresh_for_hours: 3\n"
        "sensor_default_status: STOPPED\nminimum_interval_seconds: 120\npermission_interval_seconds: 1800"
    )
    location = component.build_defs(dg.ComponentTree.for_test().load_context)
    names = {key.path[-1] for key in location.resolve_asset_graph().get_all_asset_keys()}
    assert "currency" in names
    assert "nexus" not in names
    schedule = location.resolve_schedule_def("netsuite_schedule")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("5 6 * * *", "Europe/Berlin")
    sensors = {sensor.name: sensor for sensor in location.sensors or []}
    assert {sensor.default_status for sensor in sensors.values()} == {dg.DefaultSensorStatus.STOPPED}
    assert sensors["netsuite_connection_sensor"].minimum_interval_seconds == 120


def test_a_run_without_credentials_fails_with_the_list_of_what_is_missing(tmp_path: Path) -> None:
    location = build_netsuite_definitions(tables=["customer"])
    job = location.resolve_job_def("netsuite_sync")
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance, raise_on_error=False)
    assert not result.success
    (event,) = result.get_step_failure_events()
    outcome = event.step_failure_data.user_failure_data.description
    for name in ("NETSUITE_ACCOUNT_ID", "NETSUITE_CONSUMER_KEY", "NETSUITE_TOKEN_SECRET"):
        assert name in outcome
    assert "netsuite-pipeline dev" in outcome


def test_a_preview_survives_what_breaks_tables() -> None:
    shown = preview_markdown(Preview(("a", "b"), (("x|y", "1\n2"), (None, "<b>" + "z" * 100))))
    lines = shown.splitlines()
    assert len(lines) == 4
    assert lines[2] == "| x\\|y | 1 2 |"
    assert "&lt;b>" in lines[3]
    assert lines[3].endswith("… |")


def _described(location: dg.Definitions) -> Iterator[tuple[Any, ...]]:
    """Every description that the UI shows in its lists, with what it is of."""
    for spec in location.resolve_all_asset_specs():
        yield spec.key, spec.description
        schema = spec.metadata.get("dagster/column_schema")
        yield from (
            (spec.key, column.name, column.description) for column in (schema.columns if schema else ())
        )
    for checks in location.asset_checks or ():
        yield from ((spec.key, spec.description) for spec in checks.check_specs)
    for each in (*(location.jobs or ()), *(location.schedules or ()), *(location.sensors or ())):
        yield each.name, each.description


def test_descriptions_bear_no_marks_of_markdown_which_the_catalog_shows_as_they_are() -> None:
    described = list(_described(build_netsuite_definitions()))
    assert len(described) > 500
    marks = ("`", "**", "](")
    assert [each for each in described if any(mark in (each[-1] or "") for mark in marks)] == []
