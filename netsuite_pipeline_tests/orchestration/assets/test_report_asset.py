"""The report as an asset: written beside the warehouse's file, while a sync runs too."""

from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.health.findings import Finding, State
from netsuite_pipeline.orchestration.assets.report_asset import (
    after_each_sync,
    build_report_asset,
    findings_markdown,
)
from netsuite_pipeline.orchestration.resources import NetSuiteResource, WarehouseResource, warehouse_key
from netsuite_pipeline_tests.reporting.noting import LOST, Noting, entry

CUSTOMER = dg.AssetKey(["netsuite", "customer"])


def _write(
    file: Path, connection: str = "netsuite", *, raise_on_error: bool = True
) -> dg.ExecuteInProcessResult:
    return dg.materialize(
        [build_report_asset(connection, [CUSTOMER])],
        resources={
            connection: NetSuiteResource(),
            warehouse_key(connection): WarehouseResource(path=str(file)),
        },
        raise_on_error=raise_on_error,
    )


def _shown(result: dg.ExecuteInProcessResult) -> dict[str, object]:
    (event,) = result.get_asset_materialization_events()
    return {name: value.value for name, value in event.materialization.metadata.items()}


@pytest.fixture
def noting(tmp_path: Path) -> Noting:
    now = utc_now()
    noting = Noting(tmp_path / "warehouse.duckdb").account()
    return noting.log(entry("customer", now - timedelta(hours=1))).state("customer", now, 300)


def test_the_page_is_written_beside_the_file_and_its_findings_are_shown(noting: Noting) -> None:
    noting.log(entry("vendor", utc_now(), status="failed", error=LOST, mode="changed", rows=0))
    outcome = _shown(_write(noting.warehouse.path))
    page = noting.warehouse.path.with_name("netsuite_report.html")
    assert outcome["path"] == str(page)
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert (outcome["failed"], outcome["rows"], outcome["tables"]) == (1, 300, 2)
    assert outcome["summary"] == "2 tables, 300 rows; 1 failed, 0 warnings."
    assert "**failed** vendor: The role lost Lists > Vendors" in str(outcome["findings"])
    assert "Setup > Users/Roles > Manage Roles" in str(outcome["findings"])


def test_each_connection_has_a_page_of_its_own_account(noting: Noting) -> None:
    now = utc_now()
    noting.account("sandbox", "7654321_SB2").log(entry("customer", now, connection="sandbox"))
    for connection in ("netsuite", "sandbox"):
        _write(noting.warehouse.path, connection)
    pages = {path.name: path.read_text() for path in noting.warehouse.path.parent.glob("*.html")}
    assert set(pages) == {"netsuite_report.html", "sandbox_report.html"}
    assert "7654321_SB2" in pages["sandbox_report.html"]
    assert "7654321_SB2" not in pages["netsuite_report.html"]


def test_a_sync_that_is_under_way_keeps_no_report_waiting(noting: Noting) -> None:
    noting.warehouse.prepare("netsuite")
    with noting.warehouse.working():
        assert _write(noting.warehouse.path).success


@pytest.mark.parametrize("connection", ["netsuite", "sandbox"])
@pytest.mark.few(1)
def test_without_a_sync_there_is_nothing_to_report_and_it_says_so(tmp_path: Path, connection: str) -> None:
    Noting(tmp_path / "warehouse.duckdb").account("other").log(
        entry("customer", utc_now(), connection="other")
    )
    result = _write(tmp_path / "warehouse.duckdb", connection, raise_on_error=False)
    (failure,) = result.get_step_failure_events()
    message = failure.step_failure_data.user_failure_data.description
    assert f"No table of {connection} was synced" in message
    assert list(tmp_path.glob("*.html")) == []


def test_the_limit_is_the_connection_s_own(noting: Noting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETSUITE_CONCURRENCY", "17")
    _write(noting.warehouse.path)
    page = noting.warehouse.path.with_name("netsuite_report.html")
    assert "17 requests at once" in page.read_text()


def test_a_page_that_cannot_be_written_says_where(noting: Noting) -> None:
    noting.warehouse.path.with_name("netsuite_report.html").mkdir()
    result = _write(noting.warehouse.path, raise_on_error=False)
    (failure,) = result.get_step_failure_events()
    assert "netsuite_report.html cannot be written" in failure.step_failure_data.user_failure_data.description


def test_it_follows_the_tables_and_nothing_writes_it_by_itself() -> None:
    (spec,) = build_report_asset("netsuite", [CUSTOMER]).specs
    assert [dep.asset_key for dep in spec.deps] == [CUSTOMER]
    assert spec.group_name == "reports"
    assert spec.automation_condition is None


# What evaluates conditions in a test asks Dagster 1.13 by a parameter of its own that it calls beta.
@pytest.mark.filterwarnings("ignore:Parameter .include_sources.")
def test_by_its_condition_it_follows_each_sync_also_where_a_table_is_left_out() -> None:
    absent = dg.AssetKey(["netsuite", "nexus"])
    location = dg.Definitions(
        assets=[
            dg.AssetSpec(CUSTOMER),
            dg.AssetSpec(absent),
            build_report_asset("netsuite", [CUSTOMER, absent], automation=after_each_sync()),
        ],
        resources={"netsuite": NetSuiteResource(), "warehouse": WarehouseResource()},
    )
    with dg.DagsterInstance.ephemeral() as instance:
        seen = dg.evaluate_automation_conditions(location, instance)
        assert seen.total_requested == 0
        for _ in range(2):
            instance.report_runless_asset_event(dg.AssetMaterialization(CUSTOMER))
            seen = dg.evaluate_automation_conditions(location, instance, cursor=seen.cursor)
            assert seen.total_requested == 1
            seen = dg.evaluate_automation_conditions(location, instance, cursor=seen.cursor)
            assert seen.total_requested == 0


def test_findings_of_many_tables_are_cut_and_break_no_page() -> None:
    findings = [Finding(f"table:t{n}", State.WARNING, "<b>odd</b>\nrows") for n in range(60)]
    lines = findings_markdown(findings).splitlines()
    assert len(lines) == 51
    assert lines[0] == "- **warning** t0: &lt;b>odd&lt;/b> rows"
    assert lines[-1] == "- And 10 more: see the page."
    assert findings_markdown([]) == "None."
