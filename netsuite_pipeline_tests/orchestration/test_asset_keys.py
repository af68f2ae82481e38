"""A table may show under any key: checks, sensors, syncs, alerts and downstream assets go by the key it has."""

from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.health.findings import Finding, State
from netsuite_pipeline.health.monitoring.alert_messages import dagster_link
from netsuite_pipeline.health.monitoring.regression import Change, ChangeKind
from netsuite_pipeline.orchestration.asset_keys import AssetKeys, build_asset_keys
from netsuite_pipeline.orchestration.checks.check_results import by_check, check_key_of
from netsuite_pipeline.orchestration.component.python_attributes import build_netsuite_definitions
from netsuite_pipeline.orchestration.resources import WarehouseResource
from netsuite_pipeline.orchestration.schedules import ScheduleSpec
from netsuite_pipeline.orchestration.sensors import notifications
from netsuite_pipeline.tables import Table, TableSpecError
from netsuite_pipeline_tests.orchestration.ticking import Ticks, states

RAW = {
    "vendor": dg.AssetKey(["raw", "erp", "suppliers"]),
    "currency": dg.AssetKey(["raw", "erp", "currency"]),
}
KEYS = AssetKeys("netsuite", RAW)
REPORT = dg.AssetKey(["netsuite", "report"])


def _moved(spec: dg.AssetSpec, table: Table) -> dg.AssetSpec:
    return spec.replace_attributes(key=RAW[table.name])


def test_a_key_leads_to_its_table_and_back() -> None:
    assert KEYS.table_key("vendor") == RAW["vendor"]
    assert KEYS.table_key("customer") == dg.AssetKey(["netsuite", "customer"])
    assert KEYS.table_name(RAW["currency"]) == "currency"
    assert KEYS.table_name(dg.AssetKey(["netsuite", "vendor"])) is None
    assert KEYS.connection_key == dg.AssetKey(["netsuite", "connection"])


@pytest.mark.parametrize(
    ("finding", "check"),
    [
        ("table:vendor", "raw/erp/suppliers:readable"),
        ("column:vendor.email", "raw/erp/suppliers:columns"),
        ("rows:customer", "netsuite/customer:rows"),
        ("sign_in", "netsuite/connection:sign_in"),
    ],
)
def test_a_finding_belongs_to_the_check_on_the_key_that_the_table_has(finding: str, check: str) -> None:
    key = check_key_of(KEYS, finding)
    assert key is not None
    assert key.to_user_string() == check
    assert list(by_check(KEYS, [Finding(finding, State.OK, "well")])) == [key]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ([["raw", "one"], ["raw", "one"]], ("currency", "raw/one", "of the table 'vendor'")),
        ([["raw", "one"], ["netsuite", "connection"]], ("currency", "stands for the connection")),
        ([["netsuite", "report"], ["raw", "one"]], ("vendor", "the key of the report")),
    ],
)
def test_two_tables_with_one_key_are_refused_by_name(keys: list[list[str]], words: tuple[str, ...]) -> None:
    of = dict(zip(("vendor", "currency"), keys, strict=True))
    with pytest.raises(TableSpecError) as caught:
        build_asset_keys("netsuite", {name: dg.AssetSpec(key) for name, key in of.items()})
    with pytest.raises(TableSpecError):
        build_netsuite_definitions(
            tables=list(of), translation=lambda spec, table: spec.replace_attributes(key=of[table.name])
        )
    for word in words:
        assert word in str(caught.value)


def test_an_alert_leads_to_the_page_of_the_key_that_the_table_has() -> None:
    now = utc_now()
    change = Change(ChangeKind.BROKE, Finding("table:vendor", State.FAILED, "gone"), now, now)
    paths = {name: key.path for name, key in RAW.items()}
    base = "https://dagster.example.com"
    assert dagster_link(base, "netsuite", [change], paths) == f"{base}/assets/raw/erp/suppliers?view=checks"
    assert dagster_link(base, "netsuite", [change]) == f"{base}/assets/netsuite/vendor?view=checks"
    assert dagster_link(base, "netsuite", [], paths) == f"{base}/assets/netsuite/connection?view=checks"


def test_every_check_job_and_schedule_goes_by_the_keys_that_the_tables_have() -> None:
    nightly = ScheduleSpec("nightly", cron_schedule="0 2 * * *", tables=("vendor",))
    location = build_netsuite_definitions(
        tables=["vendor", "currency"], translation=_moved, schedules=[ScheduleSpec(), nightly]
    )
    graph = location.resolve_asset_graph()
    keys = {key for key in graph.get_all_asset_keys() if key.path[0] != "marts"}
    assert keys == {*RAW.values(), KEYS.connection_key, REPORT}
    checked = {key.asset_key for key in graph.asset_check_keys if key.asset_key.path[0] != "marts"}
    assert checked == {*RAW.values(), KEYS.connection_key}
    job = location.resolve_job_def("netsuite_nightly_sync")
    assert job.asset_layer.selected_asset_keys == {RAW["vendor"]}


@pytest.mark.long
def test_a_sync_and_the_sensors_show_the_key_that_the_table_has(
    tmp_path: Path, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in emulator.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NETSUITE_ALERT_URLS", "json://127.0.0.1:9/")
    monkeypatch.setenv("NETSUITE_DAGSTER_URL", "https://dagster.example.com")
    location = build_netsuite_definitions(
        tables=["vendor", "currency"],
        translation=_moved,
        warehouse=WarehouseResource(path=str(tmp_path / "warehouse.duckdb")),
    )
    with dg.instance_for_test() as instance:
        run = location.resolve_job_def("netsuite_sync").execute_in_process(instance=instance)
        keys = {event.asset_key for event in run.get_asset_materialization_events()}
        assert {key for key in keys if key.path[0] != "marts"} == set(RAW.values())
        outcome = {(each.asset_key, each.check_name) for each in run.get_asset_check_evaluations()}
        assert {asset for asset, _ in outcome if asset.path[0] != "marts"} == set(RAW.values())
        assert (RAW["vendor"], "key_unique") in outcome
        ticks = Ticks(tmp_path, instance, tables=("vendor", "currency"), keys=KEYS)
        monkeypatch.setattr(notifications, "send", lambda alert, urls, log: ticks.alerts.append(alert))
        ticks.tick(ticks.permission)
        emulator.admin.drop_permission("LIST_VENDOR")
        ticks.clock.now += timedelta(hours=1)
        ticks.tick(ticks.permission)
        assert states(ticks.tick(ticks.permission)) == {"suppliers:readable": False}
        last = instance.get_latest_asset_check_evaluation_record(dg.AssetCheckKey(RAW["vendor"], "readable"))
        assert last is not None
        assert not last.event.dagster_event.event_specific_data.passed
        (alert,) = ticks.alerts
        assert "https://dagster.example.com/assets/raw/erp/suppliers?view=checks" in alert.body
        # By execution as well, and only for what was chosen.
        job = location.resolve_implicit_global_asset_job_def().get_subset(
            asset_check_selection={dg.AssetCheckKey(RAW["vendor"], "readable")}
        )
        (shown_now,) = job.execute_in_process(instance=instance).get_asset_check_evaluations()
        assert (shown_now.asset_key, shown_now.passed) == (RAW["vendor"], False)
