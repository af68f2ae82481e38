"""One table of each permission is read at each tick: an edited role shows within minutes, at a stated cost."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.health.findings import Finding, State
from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor, SubjectState
from netsuite_pipeline.orchestration.sensors import notifications
from netsuite_pipeline.orchestration.sensors.external_failures import recorded_refusals
from netsuite_pipeline.orchestration.sensors.table_batch import (
    MAX_SAMPLES,
    permission_samples,
    tables_sharing_permission,
)
from netsuite_pipeline.tables import Permission, Table, standard_tables
from netsuite_pipeline.tables.queries.query_table import query_table
from netsuite_pipeline_tests.orchestration.ticking import Ticks, states

TABLES = standard_tables()
NOON = datetime(2026, 11, 24, 12)


@pytest.fixture
def ticks(
    tmp_path: Path, emulator: EmulatorProcess, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> Ticks:
    for name, value in emulator.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NETSUITE_ALERT_URLS", "json://127.0.0.1:9/")
    tables = ("vendor", "vendorsubsidiaryrelationship", "customer", "currency")
    ticking = Ticks(tmp_path, instance, tables=tables)
    monkeypatch.setattr(notifications, "send", lambda alert, urls, log: ticking.alerts.append(alert))
    return ticking


def requests(emulator: EmulatorProcess) -> int:
    return emulator.admin.stats().requests


def well(*names: str, seen_at: datetime = NOON) -> dict[str, SubjectState]:
    return {
        f"table:{name}": SubjectState(
            reported=Finding(f"table:{name}", State.OK, "readable"), known_at=seen_at
        )
        for name in names
    }


# Over the emulator


def test_an_edited_role_is_shown_within_ten_minutes_of_all_tables_that_need_the_permission(
    ticks: Ticks, emulator: EmulatorProcess
) -> None:
    ticks.tick(ticks.permission)  # the hourly pass
    ticks.tick(ticks.permission)
    edited_at = ticks.clock.now
    emulator.admin.drop_permission("LIST_VENDOR")
    assert states(ticks.tick(ticks.permission)) == {}  # nothing has confirmed it yet
    ticks.tick(ticks.permission)
    assert ticks.clock.now - edited_at <= timedelta(minutes=10)
    (alert,) = ticks.alerts
    for table in ("vendor", "vendorsubsidiaryrelationship"):
        outcome = ticks.outcome("readable", table)
        assert not outcome.passed
        assert "The role lost Lists > Vendors" in outcome.description
        assert table in f"{alert.title} {alert.body}"
    assert ticks.passes("readable", "customer")
    emulator.admin.grant_permission("LIST_VENDOR")
    ticks.tick(ticks.permission)
    assert ticks.passes("readable", "vendor")
    assert ticks.passes("readable", "vendorsubsidiaryrelationship")


def test_a_tick_without_trouble_costs_one_request_a_permission(
    ticks: Ticks, emulator: EmulatorProcess
) -> None:
    ticks.tables = ()
    ticks.__post_init__()
    ticks.every = timedelta(0)
    while not ticks.cursors or SensorCursor.parse(ticks.cursors[ticks.permission.name]).next_index:
        ticks.tick(ticks.permission)
    memory = SensorCursor.parse(ticks.cursors[ticks.permission.name])
    readable = [
        each for each in TABLES.values() if memory.subjects[f"table:{each.name}"].reported.state is State.OK
    ]
    permissions = {table.permission.id for table in readable}
    before = requests(emulator)
    data = ticks.tick(ticks.permission)
    assert requests(emulator) - before == len(permissions) <= MAX_SAMPLES
    assert f"{len(permissions)} permissions checked" in data.skip_message
    assert states(data) == {}
    assert len({table.permission.id for table in TABLES.values()}) == 22  # as docs and README say


def test_a_sign_in_that_is_refused_to_samples_counts_for_the_connection_s_sensor(
    ticks: Ticks, emulator: EmulatorProcess
) -> None:
    ticks.tick(ticks.permission)
    emulator.admin.revoke_token()
    assert not ticks.tick(ticks.permission).asset_events
    now = ticks.clock.now
    assert recorded_refusals(ticks.instance, ticks.connection_keys, now) == (now,)
    later = now + timedelta(hours=1)
    assert recorded_refusals(ticks.instance, ticks.connection_keys, later) == ()


# By itself


def test_a_table_stands_for_its_permission_only_if_it_was_readable() -> None:
    tables = [TABLES["vendor"], TABLES["vendorsubsidiaryrelationship"], TABLES["customer"]]
    assert permission_samples(tables, SensorCursor()) == ()
    memory = SensorCursor(well("vendor", "vendorsubsidiaryrelationship"))
    (cheap,) = permission_samples(tables, memory)
    assert cheap.name == "vendorsubsidiaryrelationship"
    suspected = replace(memory.subjects[f"table:{cheap.name}"], pending="failed The role lost it.")
    memory = SensorCursor({**memory.subjects, f"table:{cheap.name}": suspected})
    assert [each.name for each in permission_samples(tables, memory)] == ["vendor"]
    broken = SubjectState(reported=Finding("table:vendor", State.FAILED, "gone"))
    assert permission_samples(tables, SensorCursor({"table:vendor": broken})) == ()


def test_more_permissions_than_fit_into_a_tick_take_turns() -> None:
    def table(number: int) -> Table:
        permission = Permission(f"LIST_{number}", f"Lists > Number {number}")
        return replace(TABLES["currency"], name=f"t{number}", permission=permission)

    tables = [table(number) for number in range(50)]
    names = [each.name for each in tables]
    memory, seen = SensorCursor(well(*names)), list[str]()
    for tick in range(1, 3):
        chosen = [each.name for each in permission_samples(tables, memory)]
        assert len(chosen) == MAX_SAMPLES
        seen += chosen
        later = well(*chosen, seen_at=NOON + tick * timedelta(minutes=5))
        memory = SensorCursor({**memory.subjects, **later})
    assert set(seen) == set(names)


def test_a_query_stands_for_nothing_and_is_checked_at_with_what_it_needs() -> None:
    query = query_table(
        "bought",
        query="SELECT v.id FROM vendor v JOIN currency c ON c.id = v.currency",
        key=("id",),
        known=TABLES,
    )
    tables = [query, TABLES["vendor"], TABLES["customer"], TABLES["vendorsubsidiaryrelationship"]]
    assert permission_samples(tables, SensorCursor(well("bought"))) == ()
    siblings = tables_sharing_permission(TABLES["vendor"], tables)
    assert [each.name for each in siblings] == ["bought", "vendorsubsidiaryrelationship"]
