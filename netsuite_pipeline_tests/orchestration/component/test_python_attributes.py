"""`build_netsuite_definitions` takes what docs/configure.md says: one model serves YAML and Python."""

import inspect
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from netsuite_pipeline import NetSuiteComponent, NetSuiteResource, build_netsuite_definitions
from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.orchestration.component.python_attributes import Attributes
from netsuite_pipeline.orchestration.schedules import ScheduleSpec
from netsuite_pipeline.tables import standard_tables
from netsuite_pipeline.tables.discovery.spec_writer import render_tables
from netsuite_pipeline_tests.orchestration.component.test_component import blocks


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
    arguments = {*inspect.signature(build_netsuite_definitions).parameters, *Attributes.__annotations__}
    assert set(NetSuiteComponent.model_fields) <= arguments
    assert set(Attributes.__annotations__) <= set(NetSuiteComponent.model_fields)


def test_attributes_and_resources_go_together() -> None:
    definitions = build_netsuite_definitions(
        tables=["vendor", "currency"],
        netsuite=NetSuiteResource(variables="EMEA"),
        warehouse="other.duckdb",
        settings={"vendor": {"schedule": "nightly"}},
        schedules={"nightly": {"cron": "30 2 * * *"}},
        fields_cron="",
        fresh_for=timedelta(hours=3),
    )
    resources = definitions.resources or {}
    assert resources["netsuite"].variables == "EMEA"
    assert resources["warehouse"].path == "other.duckdb"
    assert {each.name for each in definitions.schedules or ()} == {
        "netsuite_schedule",
        "netsuite_nightly_schedule",
    }
    (vendor,) = (spec for spec in definitions.resolve_all_asset_specs() if spec.key.path[-1] == "vendor")
    assert vendor.freshness_policy == dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=3))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"tabels": ["vendor"]}, r"tabels: there is no attribute 'tabels' \(did you mean 'tables'\?\)"),
        ({"settings": {"customer": {"hash": ["emial"]}}}, "did you mean 'email'"),
        ({"settings": {"customer": {"hsh": ["email"]}}}, "did you mean 'hash'"),
        ({"alerts": "json://user:secret@host"}, "must be the name of an environment variable"),
        ({"token_secret": "hunter2"}, "no credentials here"),
        ({"connection_every_minutes": 0}, "must be more than 0"),
        ({"fresh_for_hours": 5, "fresh_for": None}, "say the same"),
        ({"variables": "EMEA", "netsuite": NetSuiteResource()}, "given beside variables"),
        ({"settings": {}, "catalogue": {}}, "given beside settings"),
        ({"schedules": {"nightly": {"tables": ["lists"]}}}, "schedules.nightly: has no cron"),
        ({"schedules": [ScheduleSpec("nightly", tables=("lists",))]}, "The schedule 'nightly' has no cron"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as refused:
        build_netsuite_definitions(**arguments)
    assert "hunter2" not in str(refused.value)
    assert "user:secret" not in str(refused.value)
