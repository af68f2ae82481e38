"""What the sensors of a connection are told once: whose account, which tables, how often."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.health.known_good import KnownGood
from netsuite_pipeline.orchestration.asset_keys import AssetKeys
from netsuite_pipeline.orchestration.resources import NetSuiteResource, WarehouseResource, warehouse_key
from netsuite_pipeline.orchestration.schedules import Schedule
from netsuite_pipeline.orchestration.sensors.notifications import ALERT_URLS
from netsuite_pipeline.orchestration.sensors.table_batch import TimeBudget
from netsuite_pipeline.tables import Table


@dataclass(frozen=True)
class SensorConfig:
    """One connection, to be watched.

    Attributes:
        keys: Its name and its asset keys.
        tables: The tables that it takes.
        schedules: What starts its syncs.
        fresh_for: How old a table may get; None for as old as it likes.
        connection_every: How often to look at the connection, and at tables that are not as they were.
        permissions_every: How often to look at all tables.
        alert_variable: The variable that names the channels of its alerts.
        other_jobs: The names of jobs of its own that no schedule starts.
        now: The clock, UTC.
        budget: Makes the time budget of one tick.
    """

    keys: AssetKeys
    tables: Sequence[Table]
    schedules: Sequence[Schedule]
    fresh_for: timedelta | None
    connection_every: timedelta = timedelta(minutes=5)
    permissions_every: timedelta = timedelta(hours=1)
    alert_variable: str = ALERT_URLS
    other_jobs: frozenset[str] = frozenset()
    now: Callable[[], datetime] = field(default=utc_now, compare=False)
    budget: Callable[[], TimeBudget] = field(default=TimeBudget, compare=False)

    @property
    def connection(self) -> str:
        return self.keys.connection

    @property
    def job_name(self) -> str:
        """The job that syncs all tables."""
        return f"{self.connection}_sync"

    @property
    def job_names(self) -> frozenset[str]:
        """All jobs of the connection's."""
        return self.other_jobs | {self.job_name, *(schedule.job_name for schedule in self.schedules)}

    @property
    def connection_sensor(self) -> str:
        return f"{self.connection}_connection_sensor"

    @property
    def permission_sensor(self) -> str:
        return f"{self.connection}_permission_sensor"

    @property
    def run_failure_sensor(self) -> str:
        return f"{self.connection}_run_failure_sensor"

    @property
    def time_zone(self) -> str:
        """Return the first schedule's time zone that is not UTC, for alerts; empty without one."""
        zones = (schedule.spec.time_zone for schedule in self.schedules)
        return next((zone for zone in zones if zone != "UTC"), "")

    @property
    def resource_keys(self) -> set[str]:
        return {self.connection, warehouse_key(self.connection)}

    def netsuite(self, resources: Any) -> NetSuiteResource:
        """The account's resource, out of a context's resources."""
        resource: NetSuiteResource = getattr(resources, self.connection)
        return resource

    def known_good(self, resources: Any) -> tuple[KnownGood | None, str]:
        """What the syncs really read, by the published file, and what is wrong with that, if anything."""
        warehouse: WarehouseResource = getattr(resources, warehouse_key(self.connection))
        known, unread = warehouse.known_good(self.connection)
        return known, f"What the syncs read is not known: {unread}" if unread else ""
