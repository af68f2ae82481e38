"""Ticks of the real sensors over a running emulator, with a clock that a test moves and alerts it can read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg
from dagster._core.definitions.sensor_definition import SensorExecutionData

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.health.monitoring.alert_messages import Alert
from netsuite_pipeline.orchestration.asset_keys import AssetKeys
from netsuite_pipeline.orchestration.component.python_attributes import build_netsuite_definitions
from netsuite_pipeline.orchestration.freshness import FreshnessWindow, FreshnessWindows
from netsuite_pipeline.orchestration.resources import NetSuiteResource, WarehouseResource, warehouse_key
from netsuite_pipeline.orchestration.schedules import ScheduleSpec, resolve_schedules
from netsuite_pipeline.orchestration.sensors.builders import build_sensors
from netsuite_pipeline.orchestration.sensors.sensor_config import SensorConfig
from netsuite_pipeline.orchestration.sensors.table_batch import TimeBudget
from netsuite_pipeline.tables import Table, choose_tables, standard_tables

FIVE_MINUTES = timedelta(minutes=5)


@dataclass
class Clock:
    """The sensors' clock; it stands until a test moves it."""

    now: datetime = field(default_factory=utc_now)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Ticks:
    """The sensors of a connection, ticking one after the other.

    As the daemon does, each tick's events go into the event log and its cursor to the next tick.
    """

    folder: Path
    instance: dg.DagsterInstance
    tables: Sequence[str] = ("vendor", "customer", "currency")
    clock: Clock = field(default_factory=Clock)
    every: timedelta = FIVE_MINUTES
    fresh_for: timedelta | None = None
    budget: Callable[[], TimeBudget] = TimeBudget
    schedules: Sequence[ScheduleSpec] = (ScheduleSpec(),)
    connection_name: str = "netsuite"
    netsuite: NetSuiteResource = field(default_factory=NetSuiteResource)
    alert_urls_env: str = "NETSUITE_ALERT_URLS"
    keys: AssetKeys | None = None
    cursors: dict[str, str | None] = field(default_factory=dict)
    alerts: list[Alert] = field(default_factory=list)

    def __post_init__(self) -> None:
        tables = choose_tables(standard_tables(), self.tables)
        name = self.connection_name
        keys = self.keys or AssetKeys(name, {each.name: dg.AssetKey([name, each.name]) for each in tables})
        watch = SensorConfig(
            keys,
            tables,
            standard_tables(),
            self._windows(tables),
            schedules=resolve_schedules(keys, tables, self.schedules),
            alert_urls_env=self.alert_urls_env,
            budget=lambda: self.budget(),
            now=self.clock,
        )
        jobs = [_job(name) for name in sorted(watch.job_names)]
        sensors = build_sensors(watch, jobs, dg.DefaultSensorStatus.RUNNING)
        self.connection, self.permission, self.failure = sensors

    def _windows(self, tables: Sequence[Table]) -> FreshnessWindows:
        window = FreshnessWindow(self.fresh_for) if self.fresh_for else None
        return {table.name: window for table in tables} if window else {}

    @property
    def connection_keys(self) -> AssetKeys:
        """The asset keys of the connection."""
        return self.keys or AssetKeys(self.connection_name)

    def tick(self, sensor: dg.SensorDefinition) -> SensorExecutionData:
        """One tick, five minutes after the one before."""
        self.clock.now += self.every
        with dg.build_sensor_context(
            instance=self.instance,
            cursor=self.cursors.get(sensor.name),
            sensor_name=sensor.name,
            resources={
                self.connection_name: self.netsuite,
                warehouse_key(self.connection_name): WarehouseResource(
                    path=str(self.folder / "warehouse.duckdb")
                ),
            },
        ) as context:
            data = sensor.evaluate_tick(context)
        for event in data.asset_events:
            self.instance.report_runless_asset_event(event)
        self.cursors[sensor.name] = data.cursor
        return data

    def until(self, sensor: dg.SensorDefinition, done: Callable[[], bool], most: int) -> int:
        """Ticks until something is so; how many looks that took."""
        for looks in range(1, most + 1):
            self.tick(sensor)
            if done():
                return looks
        raise AssertionError(f"not so after {most} ticks")

    def outcome(self, check: str, asset: str = "connection") -> dg.AssetCheckEvaluation | None:
        """What a check said last."""
        key = dg.AssetCheckKey(dg.AssetKey([self.connection_name, asset]), check)
        record = self.instance.get_latest_asset_check_evaluation_record(key)
        return None if record is None else record.event.dagster_event.event_specific_data  # type: ignore[return-value]

    def passes(self, check: str, asset: str = "connection") -> bool:
        outcome = self.outcome(check, asset)
        return outcome is not None and outcome.passed


def _job(name: str) -> dg.JobDefinition:
    """Something of that name to start; here nothing is started."""

    @dg.op(name=f"{name}_does_nothing")
    def nothing() -> None:
        pass

    @dg.job(name=name)
    def job() -> None:
        nothing()

    return job


def states(data: SensorExecutionData) -> dict[str, bool]:
    """A tick's evaluations: check by asset, and whether it passed."""
    return {f"{event.asset_key.path[-1]}:{event.check_name}": event.passed for event in data.asset_events}


def sync(ticks: Ticks) -> bool:
    """Sync the tables once; whether the run succeeded."""
    warehouse = WarehouseResource(path=str(ticks.folder / "warehouse.duckdb"))
    location = build_netsuite_definitions(tables=list(ticks.tables), warehouse=warehouse)
    job = location.resolve_job_def("netsuite_sync")
    return job.execute_in_process(instance=ticks.instance, raise_on_error=False).success


def refusals(emulator: EmulatorProcess) -> int:
    """How many sign-ins the emulator has refused."""
    return len([entry for entry in emulator.admin.login_audit() if entry["status"] != "Success"])
