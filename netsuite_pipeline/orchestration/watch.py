"""What the sensors of a connection are told once: whose account, which tables, how often."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from netsuite_pipeline.health.known_good import KnownGood, read_known_good
from netsuite_pipeline.orchestration.deadline import TimeBudget
from netsuite_pipeline.orchestration.missed import Schedule
from netsuite_pipeline.orchestration.resources import NetSuiteResource, WarehouseResource
from netsuite_pipeline.orchestration.schedules import utc_now
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.errors import WarehouseError


@dataclass(frozen=True)
class Watch:
    """One connection, to be watched.

    Attributes:
        connection: Its name: prefix of asset keys, key of its resource.
        tables: The tables that it takes.
        job_name: The job that syncs them.
        schedule: What starts the job.
        fresh_for: How old a table may get; None for as old as it likes.
        connection_every: How often to look at the connection, and at tables that are not as they were.
        permissions_every: How often to look at all tables.
        now: The clock, UTC.
        budget: Makes the time budget of one tick.
    """

    connection: str
    tables: Sequence[Table]
    job_name: str
    schedule: Schedule
    fresh_for: timedelta | None
    connection_every: timedelta = timedelta(minutes=5)
    permissions_every: timedelta = timedelta(hours=1)
    now: Callable[[], datetime] = field(default=utc_now, compare=False)
    budget: Callable[[], TimeBudget] = field(default=TimeBudget, compare=False)

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
    def resource_keys(self) -> set[str]:
        return {self.connection, "warehouse"}

    def netsuite(self, resources: Any) -> NetSuiteResource:
        """The account's resource, out of a context's resources."""
        resource: NetSuiteResource = getattr(resources, self.connection)
        return resource

    def known_good(self, resources: Any) -> tuple[KnownGood | None, str]:
        """What the syncs really read, by the published file, and what is wrong with that, if anything."""
        warehouse: WarehouseResource = resources.warehouse
        try:
            return read_known_good(warehouse.warehouse(), self.connection), ""
        except WarehouseError as error:
            return None, f"What the syncs read is not known: {error}"
