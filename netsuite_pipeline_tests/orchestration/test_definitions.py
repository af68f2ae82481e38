"""What Dagster sees: definitions load without credentials, and say all that a person wants to know."""

import dagster as dg
import pytest

from netsuite_pipeline.definitions import defs
from netsuite_pipeline.orchestration.assets import asset_spec, preview_markdown
from netsuite_pipeline.orchestration.build import build_netsuite_definitions
from netsuite_pipeline.orchestration.component import NetSuiteComponent
from netsuite_pipeline.sync.report import Preview
from netsuite_pipeline.tables import TableSpecError, standard_tables


def test_the_code_location_loads_without_credentials_and_has_every_table():
    location = defs()
    keys = {key.to_user_string() for key in location.resolve_asset_graph().get_all_asset_keys()}
    assert keys == {f"netsuite/{name}" for name in standard_tables()}
    assert location.resolve_job_def("netsuite_sync").name == "netsuite_sync"
    schedule = location.resolve_schedule_def("netsuite_schedule")
    assert schedule.cron_schedule == "0 * * * *"
    assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED


@pytest.mark.parametrize("name", sorted(standard_tables()))
def test_every_asset_tells_what_it_is(name: str):
    table = standard_tables()[name]
    spec = asset_spec(table, "netsuite")
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
    assert not_null == set(table.key)


def test_a_second_connection_has_its_own_prefix_job_and_resource():
    location = build_netsuite_definitions(connection="sandbox", tables=["customer"])
    keys = location.resolve_asset_graph().get_all_asset_keys()
    assert {key.to_user_string() for key in keys} == {"sandbox/customer"}
    assert location.resolve_job_def("sandbox_sync")
    assert set(location.resources or {}) == {"sandbox", "warehouse"}


def test_an_unknown_table_is_named_with_what_is_close():
    with pytest.raises(TableSpecError, match="customer"):
        build_netsuite_definitions(tables=["custommer"])


def test_asset_specs_can_be_changed_in_one_place():
    location = build_netsuite_definitions(
        tables=["customer"], change_spec=lambda table, spec: spec.replace_attributes(owners=["team:finance"])
    )
    (spec,) = location.resolve_all_asset_specs()
    assert spec.owners == ["team:finance"]


def test_the_component_takes_yaml():
    component = NetSuiteComponent.resolve_from_yaml(
        "tables: [lists, -nexus]\ncron: '5 6 * * *'\ntime_zone: Europe/Berlin\nfresh_for_hours: 3"
    )
    location = component.build_defs(dg.ComponentTree.for_test().load_context)
    names = {key.path[-1] for key in location.resolve_asset_graph().get_all_asset_keys()}
    assert "currency" in names
    assert "nexus" not in names
    schedule = location.resolve_schedule_def("netsuite_schedule")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("5 6 * * *", "Europe/Berlin")


def test_a_run_without_credentials_fails_with_the_list_of_what_is_missing(tmp_path):
    location = build_netsuite_definitions(tables=["customer"])
    job = location.resolve_job_def("netsuite_sync")
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance, raise_on_error=False)
    assert not result.success
    (event,) = result.get_step_failure_events()
    told = event.step_failure_data.user_failure_data.description
    for name in ("NETSUITE_ACCOUNT_ID", "NETSUITE_CONSUMER_KEY", "NETSUITE_TOKEN_SECRET"):
        assert name in told
    assert "netsuite-pipeline dev" in told


def test_a_preview_survives_what_breaks_tables():
    shown = preview_markdown(Preview(("a", "b"), (("x|y", "1\n2"), (None, "<b>" + "z" * 100))))
    lines = shown.splitlines()
    assert len(lines) == 4
    assert lines[2] == "| x\\|y | 1 2 |"
    assert "&lt;b>" in lines[3]
    assert lines[3].endswith("… |")
