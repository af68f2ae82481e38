"""Is Dagster there to watch? Over files that Dagster itself wrote, and as a table over what they say."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.remote_origin import (
    InProcessCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    ScheduleInstigatorData,
    TickData,
    TickStatus,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._daemon.types import DaemonHeartbeat
from dagster_shared.error import SerializableErrorInfo

from netsuite_pipeline.health.findings import Finding, State
from netsuite_pipeline.health.probes.dagster_check import (
    DagsterState,
    check_dagster,
    dagster_finding,
    dagster_names,
)

_NOW = datetime(2026, 11, 24, 6, 0)
_NAMES = dagster_names("netsuite")
_LIVELY = {"SCHEDULER": _NOW - timedelta(seconds=40), "SENSOR": _NOW - timedelta(seconds=70)}
_ON = dict.fromkeys(_NAMES, frozenset({"DECLARED_IN_CODE"}))
_STOPPED = frozenset({"STOPPED"})

_CASES = {
    "all on": (_LIVELY, _ON, State.OK, "The daemon runs"),
    "switched on by hand": (_LIVELY, _ON | {_NAMES[0]: frozenset({"RUNNING"})}, State.OK, "are on"),
    "on in one of two code locations": (_LIVELY, _ON | {_NAMES[0]: frozenset({"RUNNING", "STOPPED"})}, State.OK, "are on"),
    "schedule never switched on": (_LIVELY, {name: _ON[name] for name in _NAMES[1:]}, State.WARNING, "netsuite_schedule is off."),
    "a sensor switched off": (_LIVELY, _ON | {_NAMES[1]: _STOPPED}, State.WARNING, "netsuite_connection_sensor is off."),
    "nothing on": (_LIVELY, {}, State.WARNING, "netsuite_connection_sensor and netsuite_permission_sensor are off."),
    "no daemon ever": ({}, _ON, State.WARNING, "No Dagster daemon has ever run"),
    "the daemon died": (_LIVELY | {"SENSOR": _NOW - timedelta(hours=2)}, _ON, State.WARNING, "The last heartbeat of Dagster's daemon was at 2026-11-24 04:00 UTC"),
}  # fmt: skip


@pytest.mark.parametrize(("heartbeats", "switches", "state", "words"), _CASES.values(), ids=_CASES)
def test_what_dagsters_files_mean(
    heartbeats: dict[str, datetime], switches: dict[str, frozenset[str]], state: State, words: str
) -> None:
    found = dagster_finding(DagsterState(heartbeats, switches), Path("/home"), _NAMES, _NOW)
    assert found.state is state
    assert words in found.seen
    assert bool(found.remedy) == (state is not State.OK)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Written by Dagster: a daemon that lives, all switches on."""
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        for daemon in ("SCHEDULER", "SENSOR"):
            instance.add_daemon_heartbeat(
                DaemonHeartbeat(timestamp=datetime.now(UTC).timestamp(), daemon_type=daemon, daemon_id="1")
            )
        for name in _NAMES:
            instance.add_instigator_state(_state(name, InstigatorStatus.RUNNING))
        yield tmp_path


def _state(name: str, status: InstigatorStatus) -> InstigatorState:
    location = InProcessCodeLocationOrigin(LoadableTargetOrigin(module_name="m"), location_name="m")
    origin = RemoteInstigatorOrigin(RemoteRepositoryOrigin(location, "r"), name)
    if name.endswith("schedule"):
        return InstigatorState(origin, InstigatorType.SCHEDULE, status, ScheduleInstigatorData("0 * * * *"))
    return InstigatorState(origin, InstigatorType.SENSOR, status)


_RAISED = SerializableErrorInfo("KeyError: 'x'", [], "KeyError")


def _check(home: Path | None) -> Finding:
    return check_dagster(home, "netsuite", datetime.now(UTC).replace(tzinfo=None))


def test_files_that_dagster_wrote_are_read_while_it_has_them_open(home: Path) -> None:
    assert _check(home).state is State.OK


def test_a_sensor_that_is_switched_off_is_named(home: Path) -> None:
    with dg.DagsterInstance.from_config(str(home)) as instance:
        instance.update_instigator_state(_state("netsuite_permission_sensor", InstigatorStatus.STOPPED))
    found = _check(home)
    assert found.state is State.WARNING
    assert found.seen == "netsuite_permission_sensor is off."
    assert "switch on netsuite_permission_sensor" in found.remedy


def test_a_sensor_whose_ticks_raise_is_named(home: Path) -> None:
    """It is on, and sees nothing all the same."""
    with dg.DagsterInstance.from_config(str(home)) as instance:
        state = _state("netsuite_connection_sensor", InstigatorStatus.RUNNING)
        for place, status in enumerate((TickStatus.SUCCESS, TickStatus.FAILURE, TickStatus.STARTED)):
            instance.create_tick(
                TickData(
                    state.instigator_origin_id,
                    state.instigator_name,
                    InstigatorType.SENSOR,
                    status,
                    datetime.now(UTC).timestamp() + place,
                    run_ids=["1"] if status is TickStatus.SUCCESS else [],
                    error=_RAISED if status is TickStatus.FAILURE else None,
                    selector_id=state.selector_id,
                )
            )
    found = _check(home)
    assert found.state is State.WARNING
    assert found.seen == "The latest tick of netsuite_connection_sensor failed."


def test_checking_leaves_nothing_in_the_home(home: Path) -> None:
    before = sorted(home.rglob("*"))
    _check(home)
    assert sorted(home.rglob("*")) == before


def test_without_a_home_nothing_is_claimed() -> None:
    found = _check(None)
    assert found.state is State.UNKNOWN
    assert "DAGSTER_HOME" in found.remedy


@pytest.mark.parametrize("home", [Path("relative"), Path("/nowhere/at/all")])
def test_a_home_that_dagster_would_refuse_fails(home: Path) -> None:
    found = _check(home)
    assert found.state is State.FAILED
    assert str(home) in found.seen


def test_a_new_home_has_no_daemon_yet(tmp_path: Path) -> None:
    assert "No Dagster daemon has ever run" in _check(tmp_path).seen
    assert list(tmp_path.iterdir()) == []


_ELSEWHERE = {
    "postgres": "storage: {postgres: {postgres_url: postgresql://u:secret@h/d}}",
    "each its own": "run_storage: {module: m, class: C, config: {password: secret}}",
    "no YAML": "storage: {",
}


@pytest.mark.parametrize("settings", _ELSEWHERE.values(), ids=_ELSEWHERE)
def test_another_storage_is_unknown_and_its_secrets_are_not_shown(tmp_path: Path, settings: str) -> None:
    (tmp_path / "dagster.yaml").write_text(settings)
    found = _check(tmp_path)
    assert found.state is State.UNKNOWN
    assert "Deployment > Daemons" in found.remedy
    assert "secret" not in found.seen


def test_files_kept_in_another_folder_are_found(home: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "dagster.yaml").write_text(f"storage: {{sqlite: {{base_dir: {home}}}}}")
    assert _check(other).state is State.OK


def test_another_layout_is_unknown_not_a_crash(home: Path) -> None:
    with closing(sqlite3.connect(home / "schedules" / "schedules.db")) as connection, connection:
        connection.execute("UPDATE instigators SET instigator_body = '{}'")
    assert _check(home).state is State.UNKNOWN


def test_a_damaged_file_is_unknown_not_a_crash(home: Path) -> None:
    for file in (home / "history").glob("runs.db*"):
        file.unlink()
    (home / "history" / "runs.db").write_bytes(os.urandom(4096))
    assert _check(home).state is State.UNKNOWN
