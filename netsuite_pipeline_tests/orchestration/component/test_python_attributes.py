"""`build_netsuite_definitions` takes what docs/configure.md says: one model serves YAML and Python."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from netsuite_pipeline import NetSuiteComponent, NetSuiteResource, build_netsuite_definitions
from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.orchestration.component.python_attributes import Attributes
from netsuite_pipeline.orchestration.resources import WarehouseResource
from netsuite_pipeline.orchestration.schedules import ScheduleSpec
from netsuite_pipeline.orchestration.translator import DagsterNetSuiteTranslator, NetSuiteTableProps
from netsuite_pipeline.tables import standard_tables
from netsuite_pipeline.tables.discovery.spec_writer import render_tables
from netsuite_pipeline_tests.orchestration.component.loading import blocks


def _figures(definitions: dg.Definitions) -> dict[str, object]:
    """What Dagster makes of definitions, as far as two of them can be compared."""
    specs = definitions.resolve_all_asset_specs()
    return {
        "assets": {spec.key: (spec.group_name, spec.owners, spec.tags, spec.description) for spec in specs},
        "checks": {spec.key for each in definitions.asset_checks or () for spec in each.check_specs},
        "schedules": {
            each.name: (each.cron_schedule, each.execution_timezone, each.default_status, each.job_name)
            for each in definitions.schedules or ()
        },
        "sensors": {
            each.name: (each.minimum_interval_seconds, each.default_status)
            for each in definitions.sensors or ()
        },
        "jobs": {each.name for each in definitions.jobs or ()},
        "resources": set(definitions.resources or ()),
    }


def _pages() -> list[dict[str, Any]]:
    """The attributes of each component that docs/configure.md shows."""
    documents = [each for block in blocks("yaml") for each in yaml.safe_load_all(block)]
    return [each["attributes"] for each in documents if "attributes" in each]


@pytest.mark.parametrize("attributes", _pages(), ids=lambda each: "-".join(each))
@pytest.mark.few(4)
def test_python_and_yaml_give_the_same(
    attributes: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "netsuite_tables.yaml").write_text(render_tables({"currency": standard_tables()["currency"]}))
    component = NetSuiteComponent.from_attributes_dict(attributes=attributes)
    by_yaml = component.build_defs(None)  # type: ignore[arg-type]
    assert _figures(build_netsuite_definitions(**attributes)) == _figures(by_yaml)


def test_every_attribute_is_an_argument() -> None:
    assert set(Attributes.__annotations__) == set(NetSuiteComponent.model_fields)


def test_attributes_and_resources_go_together() -> None:
    definitions = build_netsuite_definitions(
        tables=["vendor", "currency"],
        netsuite=NetSuiteResource(env_prefix="EMEA"),
        warehouse="other.duckdb",
        table_settings={"vendor": {"schedule": "nightly", "fresh_for_hours": 2, "warn_after_hours": 1}},
        schedules={"nightly": {"cron_schedule": "30 2 * * *"}},
        fields_cron="",
        fresh_for_hours=3,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        sensor_default_status="STOPPED",
    )
    resources = definitions.resources or {}
    assert resources["netsuite"].env_prefix == "EMEA"
    assert resources["warehouse"].path == "other.duckdb"
    assert {each.name: each.default_status.value for each in definitions.schedules or ()} == {
        "netsuite_schedule": "RUNNING",
        "netsuite_nightly_schedule": "STOPPED",
        "netsuite_reconcile_schedule": "STOPPED",
    }
    assert {each.default_status.value for each in definitions.sensors or ()} == {"STOPPED"}
    specs = {spec.key.path[-1]: spec for spec in definitions.resolve_all_asset_specs()}
    hours = {hours: timedelta(hours=hours) for hours in (1, 2, 3)}
    assert specs["currency"].freshness_policy == dg.FreshnessPolicy.time_window(hours[3])
    assert specs["vendor"].freshness_policy == dg.FreshnessPolicy.time_window(hours[2], hours[1])
    graph = definitions.resolve_asset_graph()
    fresh = dg.AssetCheckKey(dg.AssetKey(["netsuite", "vendor"]), "fresh")
    assert "2 hours old; a warning comes after 1 hours" in str(graph.get_check_spec(fresh).description)


def test_objects_replace_attributes() -> None:
    class Finance(DagsterNetSuiteTranslator):
        def get_asset_spec(self, props: NetSuiteTableProps) -> dg.AssetSpec:
            return super().get_asset_spec(props).replace_attributes(owners=["team:finance"])

    mine = {"mine": replace(standard_tables()["currency"], name="mine")}
    definitions = build_netsuite_definitions(
        catalogue=mine,
        marts=False,
        translator=Finance(),
        warehouse=WarehouseResource(path="other.duckdb"),
        schedules=[ScheduleSpec("nightly", cron_schedule="30 2 * * *")],
    )
    specs = {spec.key.path[-1]: spec for spec in definitions.resolve_all_asset_specs()}
    assert set(specs) == {"connection", "report", "mine"}
    assert specs["mine"].owners == ["team:finance"]
    assert (definitions.resources or {})["warehouse"].path == "other.duckdb"
    assert "netsuite_schedule" not in {each.name for each in definitions.schedules or ()}


_RENAMED = {
    "variables": "env_prefix",
    "settings": "table_settings",
    "suiteql_tables": "queries",
    "alerts": "alert_urls_env",
    "cron": "cron_schedule",
    "time_zone": "execution_timezone",
    "schedule_running": "default_status",
    "sensors_running": "sensor_default_status",
    "connection_every_minutes": "minimum_interval_seconds",
    "permissions_every_minutes": "permission_interval_seconds",
    "change_spec": "translation",
}


@pytest.mark.parametrize("former", _RENAMED)
def test_a_former_name_names_the_new_one(former: str) -> None:
    arguments: dict[str, Any] = {former: "x"}
    with pytest.raises(ConfigurationError, match=f"{former!r} is now called {_RENAMED[former]}"):
        build_netsuite_definitions(**arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"tabels": ["vendor"]}, r"tabels: there is no attribute 'tabels' \(did you mean 'tables'\?\)"),
        ({"table_settings": {"customer": {"hash": ["emial"]}}}, "did you mean 'email'"),
        ({"table_settings": {"customer": {"hsh": ["email"]}}}, "did you mean 'hash'"),
        ({"alert_urls_env": "json://user:secret@host"}, "must be the name of an environment variable"),
        ({"token_secret": "hunter2"}, "no credentials here"),
        ({"minimum_interval_seconds": 0}, "must be more than 0"),
        ({"warn_after_hours": 30}, "warn_after_hours: must be less than fresh_for_hours"),
        ({"table_settings": {"vendor": {"warn_after_hours": 24}}}, "table_settings.vendor.warn_after_hours"),
        ({"default_status": "ON"}, "default_status"),
        ({"env_prefix": "EMEA", "netsuite": NetSuiteResource()}, "given beside env_prefix"),
        ({"table_settings": {}, "catalogue": {}}, "given beside table_settings"),
        ({"schedules": {"nightly": {"tables": ["lists"]}}}, "schedules.nightly: has no cron_schedule"),
        ({"schedules": {"nightly": {"cron": "0 * * * *"}}}, "'cron' is now called cron_schedule"),
        ({"schedules": {"nightly": {"running": True}}}, "'running' is now called default_status"),
        (
            {"schedules": [ScheduleSpec("nightly", tables=("lists",))]},
            "The schedule 'nightly' has no cron_schedule",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as refused:
        build_netsuite_definitions(**arguments)
    assert "hunter2" not in str(refused.value)
    assert "user:secret" not in str(refused.value)
