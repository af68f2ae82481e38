"""What the sensors of a connection are configured with: whose account, which tables, how often."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.health.known_good import KnownGood
from netsuite_pipeline.orchestration.asset_keys import ConnectionTables
from netsuite_pipeline.orchestration.resources import NetSuiteResource, connection_resources, resource_keys
from netsuite_pipeline.orchestration.schedules import SyncSchedule
from netsuite_pipeline.orchestration.sensors.table_batch import TimeBudget

ALERT_URLS = "NETSUITE_ALERT_URLS"
MINIMUM_INTERVAL_SECONDS = 300
PERMISSION_INTERVAL_SECONDS = 3600


@dataclass(frozen=True)
class SensorConfig(ConnectionTables):
    """The configuration of a connection's sensors, and its tables.

    Attributes:
        schedules: The schedules that start its syncs.
        interval: How often the sensors tick.
        permission_interval: How often all tables are checked.
        alert_urls_env: The environment variable that has the addresses of alert channels.
        other_jobs: The names of the connection's jobs that no schedule starts.
        now: The clock, UTC.
        budget: Makes the time budget of one tick.
    """

    schedules: Sequence[SyncSchedule] = ()
    interval: timedelta = timedelta(seconds=MINIMUM_INTERVAL_SECONDS)
    permission_interval: timedelta = timedelta(seconds=PERMISSION_INTERVAL_SECONDS)
    alert_urls_env: str = ALERT_URLS
    other_jobs: frozenset[str] = frozenset()
    now: Callable[[], datetime] = field(default=utc_now, compare=False)
    budget: Callable[[], TimeBudget] = field(default=TimeBudget, compare=False)

    @property
    def job_name(self) -> str:
        """The job that syncs all tables."""
        return f"{self.connection}_sync"

    @property
    def job_names(self) -> frozenset[str]:
        """All jobs of the connection."""
        return self.other_jobs | {self.job_name, *(schedule.job_name for schedule in self.schedules)}

    @property
    def connection_sensor(self) -> str:
        """The name of the connection sensor."""
        return f"{self.connection}_connection_sensor"

    @property
    def permission_sensor(self) -> str:
        """The name of the permission sensor."""
        return f"{self.connection}_permission_sensor"

    @property
    def run_failure_sensor(self) -> str:
        """The name of the sensor of failed runs."""
        return f"{self.connection}_run_failure_sensor"

    @property
    def time_zone(self) -> str:
        """Return the first schedule's time zone that is not UTC, for alerts; empty without one."""
        zones = (schedule.spec.execution_timezone for schedule in self.schedules)
        return next((zone for zone in zones if zone != "UTC"), "")

    @property
    def resource_keys(self) -> set[str]:
        """The keys of the resources that a sensor needs."""
        return resource_keys(self.connection)

    def netsuite(self, context: Any) -> NetSuiteResource:
        """Return the account's resource of a context."""
        return connection_resources(context, self.connection)[0]

    def known_good(self, context: Any) -> tuple[KnownGood, str]:
        """Return what the syncs have read, and a note if the published file is unreadable."""
        known, unread = connection_resources(context, self.connection)[1].known_good(self.connection)
        return known, f"It is unknown what the syncs have read: {unread}" if unread else ""
