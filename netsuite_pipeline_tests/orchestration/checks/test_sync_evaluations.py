"""What a sync leaves at the checks."""

from datetime import datetime
from pathlib import Path

import dagster as dg
import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.health.findings import Finding, State
from netsuite_pipeline.orchestration.check_specs import (
    SYNC_CHECKS,
)
from netsuite_pipeline.orchestration.checks.check_results import (
    check_outcome,
)
from netsuite_pipeline.orchestration.component.python_attributes import build_netsuite_definitions
from netsuite_pipeline.orchestration.resources import WarehouseResource
from netsuite_pipeline_tests.orchestration.checks.executing import shown, sync

SIX = datetime(2026, 11, 23, 6, 5)


def test_a_sync_shows_every_check_that_it_answers(location: dg.Definitions) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        outcome = shown(sync(location, instance))
    for table in ("vendor", "currency"):
        for check in (*SYNC_CHECKS, "readable", "fresh"):
            assert outcome[f"{table}:{check}"].passed, outcome[f"{table}:{check}"].description


@pytest.mark.long
def test_a_failed_table_is_red_at_the_check_that_it_failed_by(
    location: dg.Definitions, emulator: EmulatorProcess
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert sync(location, instance).success
        emulator.admin.drop_permission("LIST_VENDOR")
        run = sync(location, instance)
        emulator.admin.grant_permission("LIST_VENDOR")
        again = shown(sync(location, instance))
    outcome = shown(run)
    assert not run.success
    vendor = {name.partition(":")[2]: one for name, one in outcome.items() if name.startswith("vendor:")}
    assert set(vendor) == {"readable", "fresh"}
    assert not vendor["readable"].passed
    assert "LIST_VENDOR" in vendor["readable"].description
    assert "To fix: Setup > Users/Roles > Manage Roles" in vendor["readable"].description
    assert vendor["fresh"].passed, "it was synced a moment ago"
    assert outcome["currency:readable"].passed
    assert again["vendor:readable"].passed


@pytest.mark.long
def test_a_collapse_is_red_with_the_way_to_accept_it(
    tmp_path: Path, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in emulator.env.items():
        monkeypatch.setenv(name, value)
    warehouse = WarehouseResource(path=str(tmp_path / "warehouse.duckdb"))
    location = build_netsuite_definitions(tables=["transaction"], warehouse=warehouse)
    with dg.DagsterInstance.ephemeral() as instance:
        assert sync(location, instance).success
        emulator.admin.restrict_rows("transaction", "id % 2 = 0")
        outcome = shown(sync(location, instance, full=True))
    collapsed = outcome["transaction:not_collapsed"]
    assert not collapsed.passed
    assert collapsed.severity is dg.AssetCheckSeverity.ERROR
    assert "--accept-shrink transaction" in collapsed.description
    assert outcome["transaction:key_unique"].passed, "the other rows are committed"


@pytest.mark.long
def test_what_a_look_found_stays_in_sight_after_the_next_sync(
    location: dg.Definitions, emulator: EmulatorProcess
) -> None:
    """Dagster shows only what was said of the latest materialization."""
    columns = dg.AssetCheckKey(dg.AssetKey(["netsuite", "vendor"]), "columns")
    lost = Finding("column:vendor.email", State.FAILED, "vendor.email is gone.", since=SIX)
    with dg.DagsterInstance.ephemeral() as instance:
        first = shown(sync(location, instance))
        assert "vendor:columns" not in first, "a sync that knows nothing says nothing"
        instance.report_runless_asset_event(check_outcome(columns.name, [lost]).evaluation(columns))
        second = shown(sync(location, instance))
    assert not second["vendor:columns"].passed
    assert "vendor.email is gone." in second["vendor:columns"].description
    assert second["vendor:matches_netsuite"].description == first["vendor:matches_netsuite"].description
