"""The permission sensor over an emulator: tables, columns and rows that the role no longer sees."""

from datetime import timedelta
from typing import Any

import dagster as dg
import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.health.probes.table_probe import probe_table
from netsuite_pipeline.orchestration.sensors import permission_sensor
from netsuite_pipeline.orchestration.sensors.table_batch import TimeBudget
from netsuite_pipeline.tables import Table
from netsuite_pipeline_tests.orchestration.ticking import Ticks, refusals, states, sync


def test_a_table_that_was_never_readable_is_a_warning_without_alarm_and_then_good_news(
    ticks: Ticks, emulator: EmulatorProcess
) -> None:
    emulator.admin.drop_permission("LIST_VENDOR")
    ticks.tick(ticks.permission)
    assert ticks.passes("readable", "customer")
    assert ticks.passes("columns", "customer")
    ticks.tick(ticks.permission)
    outcome = ticks.outcome("readable", "vendor")
    assert not outcome.passed
    assert outcome.severity is dg.AssetCheckSeverity.WARN
    assert "never readable so far" in outcome.description
    emulator.admin.grant_permission("LIST_VENDOR")
    ticks.clock.now += timedelta(hours=1)
    ticks.tick(ticks.permission)
    assert ticks.passes("readable", "vendor")
    assert not ticks.alerts


@pytest.mark.parametrize("synced", [False, True])
@pytest.mark.few(1)
@pytest.mark.long
def test_a_lost_table_and_a_hidden_column_are_flagged_within_two_ticks_of_a_look(
    ticks: Ticks, emulator: EmulatorProcess, synced: bool
) -> None:
    if synced:
        assert sync(ticks)
    ticks.tick(ticks.permission)
    emulator.admin.drop_permission("LIST_VENDOR")
    emulator.admin.hide_column("customer", "email")
    ticks.clock.now += timedelta(hours=1)
    ticks.tick(ticks.permission)
    assert ticks.passes("readable", "vendor")
    data = ticks.tick(ticks.permission)
    lost, hidden = ticks.outcome("readable", "vendor"), ticks.outcome("columns", "customer")
    assert not lost.passed
    assert lost.severity is dg.AssetCheckSeverity.ERROR
    assert "add Vendors" in lost.description
    assert not hidden.passed
    assert "customer.email" in hidden.description
    assert "table:vendor since" in data.skip_message
    (alert,) = ticks.alerts
    assert "vendor" in alert.title
    assert "customer.email" in alert.title
    emulator.admin.grant_permission("LIST_VENDOR")
    emulator.admin.show_column("customer", "email")
    healed = ticks.tick(ticks.permission)
    assert ticks.passes("readable", "vendor")
    assert ticks.passes("columns", "customer")
    assert "failed" not in healed.skip_message
    assert [each.failed for each in ticks.alerts] == [True, False]


@pytest.mark.long
def test_restricted_rows_are_flagged(ticks: Ticks, emulator: EmulatorProcess) -> None:
    ticks.tables = ("customer", "transaction")
    ticks.__post_init__()
    assert sync(ticks)
    ticks.tick(ticks.permission)
    emulator.admin.restrict_rows("transaction", "id < 0")
    ticks.clock.now += timedelta(hours=1)
    ticks.tick(ticks.permission)
    ticks.tick(ticks.permission)
    outcome = ticks.outcome("rows", "transaction")
    assert not outcome.passed
    assert "To fix" in outcome.description
    emulator.admin.unrestrict_rows("transaction")
    ticks.tick(ticks.permission)
    assert ticks.passes("rows", "transaction")


def test_a_pass_that_runs_out_of_time_goes_on_at_the_next_tick(
    ticks: Ticks, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks.budget = lambda: TimeBudget(0.0, 40.0)
    seen = []
    for left in (2, 1, 0):
        data = ticks.tick(ticks.permission)
        seen += [name for name in states(data) if name.endswith(":readable")]
        assert (f"{left} of 3 tables remain" in data.skip_message) is (left > 0)
    assert sorted(seen) == ["currency:readable", "customer:readable", "vendor:readable"]
    assert "permission checked; next check of all 3 at" in ticks.tick(ticks.permission).skip_message


def test_a_table_that_takes_too_long_does_not_hold_up_the_others(
    ticks: Ticks, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = probe_table

    def slow(client: Any, table: Table, known: Any, **rest: Any) -> Any:
        if table.name == "vendor":
            client.stop()
        return real(client, table, known, **rest)

    monkeypatch.setattr(permission_sensor, "probe_table", slow)
    first = ticks.tick(ticks.permission)
    while "took too long" not in first.skip_message:
        first = ticks.tick(ticks.permission)
    ticks.tick(ticks.permission)
    assert ticks.passes("readable", "customer")
    assert ticks.passes("readable", "currency")
    assert not ticks.alerts


def test_tables_wait_while_the_sign_in_is_known_to_be_broken(ticks: Ticks, emulator: EmulatorProcess) -> None:
    emulator.admin.revoke_token()
    ticks.tick(ticks.connection)
    ticks.tick(ticks.connection)
    before = refusals(emulator)
    data = ticks.tick(ticks.permission)
    assert "NetSuite refuses the sign-in" in data.skip_message
    assert not data.asset_events
    assert refusals(emulator) == before


def test_tables_stop_at_the_first_refusal_and_wait(ticks: Ticks, emulator: EmulatorProcess) -> None:
    ticks.tick(ticks.permission)
    emulator.admin.revoke_token()
    ticks.clock.now += timedelta(hours=1)
    before = refusals(emulator)
    data = ticks.tick(ticks.permission)
    assert refusals(emulator) == before + 1
    assert "NetSuite refuses the sign-in" in data.skip_message
    ticks.every = timedelta(minutes=1)
    assert "netsuite_connection_sensor confirms it" in ticks.tick(ticks.permission).skip_message
    assert refusals(emulator) == before + 1
    assert ticks.passes("readable", "vendor")
    assert not ticks.alerts


@pytest.mark.long
def test_an_old_table_is_shown_as_not_fresh_and_a_new_sync_as_fresh(ticks: Ticks) -> None:
    ticks.fresh_for = timedelta(hours=3)
    ticks.__post_init__()
    assert sync(ticks)
    ticks.tick(ticks.permission)
    assert ticks.passes("fresh", "vendor")
    ticks.clock.now += timedelta(hours=4)
    ticks.tick(ticks.permission)
    assert not ticks.passes("fresh", "vendor")
