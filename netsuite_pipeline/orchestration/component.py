"""NetSuiteComponent: the face of `build_netsuite_definitions` in a `defs.yaml`."""

from datetime import timedelta

import dagster as dg

from netsuite_pipeline.orchestration.build import FRESH_FOR, build_netsuite_definitions
from netsuite_pipeline.orchestration.resources import WarehouseResource
from netsuite_pipeline.orchestration.schedules import HOURLY
from netsuite_pipeline.orchestration.sensors import CONNECTION_EVERY, PERMISSIONS_EVERY


class NetSuiteComponent(dg.Component, dg.Model, dg.Resolvable):
    """NetSuite's tables in DuckDB: one NetSuite account as assets and checks, a job, a schedule and sensors.

    Credentials come from the environment (`NETSUITE_ACCOUNT_ID` and its kin), never from YAML.

    Attributes:
        connection: The connection's name: prefix of asset keys, schema in DuckDB.
        tables: Names and groups of the catalogue; `all` for all of them, `-name` leaves one out.
        warehouse: The DuckDB file; empty for what `NETSUITE_WAREHOUSE` says.
        cron: When the schedule syncs. time_zone: The zone that it is meant in.
        schedule_running: Whether the schedule is on from the start.
        fresh_for_hours: A table older than this shows as overdue; 0 for no such policy.
        sensors_running: Whether the sensors are on from the start; they notice what is lost.
        connection_every_minutes: How often to look whether NetSuite lets us in.
        permissions_every_minutes: How often to look whether the tables can be read as before.

    Example:
        A `defs.yaml`::

            type: netsuite_pipeline.NetSuiteComponent
            attributes:
              tables: [transactions, masterdata, -contact]
    """

    connection: str = "netsuite"
    tables: list[str] = ["all"]  # noqa: RUF012 - a pydantic field, copied for each instance
    warehouse: str = ""
    cron: str = HOURLY
    time_zone: str = "UTC"
    schedule_running: bool = False
    fresh_for_hours: float = FRESH_FOR.total_seconds() / 3600
    sensors_running: bool = True
    connection_every_minutes: float = CONNECTION_EVERY.total_seconds() / 60
    permissions_every_minutes: float = PERMISSIONS_EVERY.total_seconds() / 60

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The definitions that these attributes describe."""
        return build_netsuite_definitions(
            connection=self.connection,
            tables=self.tables,
            warehouse=WarehouseResource(path=self.warehouse),
            cron=self.cron,
            time_zone=self.time_zone,
            schedule_running=self.schedule_running,
            fresh_for=timedelta(hours=self.fresh_for_hours) if self.fresh_for_hours else None,
            sensors_running=self.sensors_running,
            connection_every=timedelta(minutes=self.connection_every_minutes),
            permissions_every=timedelta(minutes=self.permissions_every_minutes),
        )
