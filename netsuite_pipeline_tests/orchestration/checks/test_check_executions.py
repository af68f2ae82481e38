"""What a check says when somebody presses Execute."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.health.findings import Finding, ProbeResult, State
from netsuite_pipeline.orchestration.asset_keys import AssetKeys
from netsuite_pipeline.orchestration.check_specs import (
    CONNECTION_CHECKS,
    SYNC_CHECKS,
    connection_check_specs,
    table_check_specs,
)
from netsuite_pipeline.orchestration.checks import check_executions
from netsuite_pipeline.orchestration.freshness import FreshnessWindow
from netsuite_pipeline.orchestration.resources import NetSuiteResource
from netsuite_pipeline.tables import Table, choose_tables, standard_tables
from netsuite_pipeline_tests.orchestration.checks.executing import define, execute, sync

VENDOR = standard_tables()["vendor"]


def test_every_check_says_what_it_looks_after() -> None:
    specs = [
        *connection_check_specs("netsuite"),
        *table_check_specs(
            AssetKeys("netsuite").table_key, [VENDOR], {"vendor": FreshnessWindow(timedelta(hours=6))}
        ),
    ]
    assert all(spec.description for spec in specs)
    described = {spec.name: spec.description for spec in specs}
    assert "Lists > Vendors (LIST_VENDOR)" in described["readable"]
    assert "6 hours" in described["fresh"]
    without = table_check_specs(AssetKeys("netsuite").table_key, [VENDOR], {})
    assert "fresh" not in {spec.name for spec in without}


def test_the_first_table_is_checked_at_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five questions at once that are all refused would lock the user."""
    under_way: list[str] = []
    order: list[tuple[str, int]] = []

    def probe(client: Any, table: Table, known: Any, *, count: bool) -> Any:
        under_way.append(table.name)
        order.append((table.name, len(under_way)))
        under_way.remove(table.name)
        return ProbeResult((Finding(f"table:{table.name}", State.OK, "readable"),))

    monkeypatch.setattr(check_executions, "probe_table", probe)
    tables = choose_tables(standard_tables(), ["vendor", "customer", "currency"])
    with NetSuiteResource(
        account_id="1234567", consumer_key="a", consumer_secret="b", token_id="c", token_secret="d"
    ).client() as client:
        look = check_executions.probe_tables(client, dict.fromkeys(tables, False), {})
    assert [finding.subject for finding in look.findings] == [table.name for table in tables]
    assert order[0] == (tables[0].name, 1)


def test_the_connection_s_checks_pass_when_all_is_well(location: dg.Definitions) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        outcome = execute(location, instance, *CONNECTION_CHECKS)
    assert set(outcome) == {f"connection:{name}" for name in CONNECTION_CHECKS}
    assert {name: one.description for name, one in outcome.items() if not one.passed} == {}


def test_one_check_can_be_executed_alone(location: dg.Definitions) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert set(execute(location, instance, "clock")) == {"connection:clock"}
        assert set(execute(location, instance, "readable", tables=("vendor",))) == {"vendor:readable"}


@pytest.mark.long
def test_a_revoked_token_fails_the_sign_in_and_no_table_s_check(
    location: dg.Definitions, emulator: EmulatorProcess
) -> None:
    emulator.admin.revoke_token()
    before = len(emulator.admin.login_audit())
    with dg.DagsterInstance.ephemeral() as instance:
        outcome = execute(location, instance, *CONNECTION_CHECKS)
        assert not outcome["connection:sign_in"].passed
        assert outcome["connection:sign_in"].severity is dg.AssetCheckSeverity.ERROR
        assert "To fix: " in outcome["connection:sign_in"].description
        assert "token" in outcome["connection:sign_in"].metadata["causes"].value
        assert outcome["connection:host"].passed
        assert outcome["connection:rest"].severity is dg.AssetCheckSeverity.WARN
        assert not outcome["connection:rest"].passed
        attempts = len(emulator.admin.login_audit()) - before
        assert attempts <= 2
        tables = execute(location, instance, "readable", "columns", "rows")
        assert len(emulator.admin.login_audit()) - before == attempts + 1, "tried once, and not confirmed"
        execute(location, instance, "sign_in")
        assert len(emulator.admin.login_audit()) - before == attempts + 2
    assert {one.severity for one in tables.values()} == {dg.AssetCheckSeverity.WARN}
    assert not any(one.passed for one in tables.values())


def test_without_credentials_every_check_says_which_are_missing(tmp_path: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        outcome = execute(
            define(tmp_path), instance, *CONNECTION_CHECKS, "readable", "columns", "rows", "fresh"
        )
    for name, one in outcome.items():
        assert not one.passed
        assert one.severity is dg.AssetCheckSeverity.WARN
        if not name.endswith(":fresh"):
            assert "NETSUITE_ACCOUNT_ID" in one.description


def test_a_lost_permission_shows_at_the_table_with_the_menu(
    location: dg.Definitions, emulator: EmulatorProcess
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert sync(location, instance).success
        well = execute(location, instance, "readable", "columns", "rows", "fresh")
        assert {name: one.description for name, one in well.items() if not one.passed} == {}
        emulator.admin.drop_permission("LIST_VENDOR")
        outcome = execute(location, instance, "readable", "columns", "rows", "fresh")
        emulator.admin.grant_permission("LIST_VENDOR")
        healed = execute(location, instance, "readable", "columns", "rows")
    broken = outcome["vendor:readable"]
    assert not broken.passed
    assert broken.severity is dg.AssetCheckSeverity.ERROR
    assert "Lists > Vendors" in broken.description
    assert "Setup > Users/Roles > Manage Roles" in broken.metadata["remedy"].value
    assert not outcome["vendor:columns"].passed
    assert outcome["vendor:columns"].severity is dg.AssetCheckSeverity.WARN
    assert outcome["vendor:fresh"].passed
    assert all(outcome[f"currency:{check}"].passed for check in ("readable", "columns", "rows"))
    assert all(one.passed for one in healed.values())


@pytest.mark.long
def test_a_hidden_column_shows_at_the_table(location: dg.Definitions, emulator: EmulatorProcess) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert sync(location, instance).success
        emulator.admin.hide_column("vendor", "email")
        outcome = execute(location, instance, "readable", "columns")
    assert outcome["vendor:readable"].passed
    assert not outcome["vendor:columns"].passed
    assert "email" in outcome["vendor:columns"].description
    assert outcome["currency:columns"].passed


@pytest.mark.long
def test_a_check_that_only_a_sync_answers_repeats_its_answer(location: dg.Definitions) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        before = execute(location, instance, *SYNC_CHECKS)
        assert {one.description for one in before.values()} == {
            "Only a sync evaluates this check, and none has run yet."
        }
        assert sync(location, instance).success
        after = execute(location, instance, *SYNC_CHECKS)
    assert all(one.passed for one in after.values())
    assert "all read" in after["vendor:matches_netsuite"].description
