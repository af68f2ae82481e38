"""Definitions for one connection: what the component's YAML and a Python user both come to."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import dagster as dg

from netsuite_pipeline.orchestration.assets import SpecChange, build_assets
from netsuite_pipeline.orchestration.check_runs import build_connection_checks, build_table_checks
from netsuite_pipeline.orchestration.check_specs import connection_spec
from netsuite_pipeline.orchestration.resources import NetSuiteResource, WarehouseResource
from netsuite_pipeline.orchestration.schedules import HOURLY, build_schedule
from netsuite_pipeline.orchestration.sensors import CONNECTION_EVERY, PERMISSIONS_EVERY, build_sensors
from netsuite_pipeline.tables import Table, choose_tables, tables_from_environment

FRESH_FOR = timedelta(hours=24)


def build_netsuite_definitions(
    *,
    connection: str = "netsuite",
    tables: Sequence[str] = ("all",),
    netsuite: NetSuiteResource | None = None,
    warehouse: WarehouseResource | None = None,
    cron: str = HOURLY,
    time_zone: str = "UTC",
    schedule_running: bool = False,
    fresh_for: timedelta | None = FRESH_FOR,
    sensors_running: bool = True,
    connection_every: timedelta = CONNECTION_EVERY,
    permissions_every: timedelta = PERMISSIONS_EVERY,
    change_spec: SpecChange = lambda table, spec: spec,
    catalogue: Mapping[str, Table] | None = None,
) -> dg.Definitions:
    """Assets, checks, job, schedule, sensors and resources for one NetSuite account.

    Args:
        connection: The connection's name: prefix of asset keys, key of the resource, schema in DuckDB.
        tables: Names and groups of the catalogue; `all` for all of them, `-name` leaves one out.
        netsuite: Whom to sign in as; by the environment's variables when left out.
        warehouse: Where to; by the environment's variable when left out.
        cron: When the schedule syncs. time_zone: The zone that it is meant in.
        schedule_running: Whether the schedule is on from the start.
        fresh_for: A table older than this shows as overdue; None for no such policy.
        sensors_running: Whether the sensors are on from the start. Without credentials a tick of theirs is
            skipped, with the reason, and costs nothing.
        connection_every: How often to look whether NetSuite lets us in.
        permissions_every: How often to look whether the tables can be read as before.
        change_spec: Changes a table's asset spec, for owners, tags or groups of one's own.
        catalogue: The tables there are; the standard catalogue, and NETSUITE_TABLES, when left out.

    Raises:
        TableSpecError: `tables` names something that is not in the catalogue.

    Example:
        >>> defs = build_netsuite_definitions(tables=["transactions", "customer"])
        >>> defs.resolve_job_def("netsuite_sync").name
        'netsuite_sync'
    """
    known = tables_from_environment() if catalogue is None else catalogue
    chosen = choose_tables(known, tables)
    assets = build_assets(connection, chosen, known, change_spec=change_spec, fresh_for=fresh_for)
    schedule = build_schedule(connection, assets, cron=cron, time_zone=time_zone, running=schedule_running)
    sensors = build_sensors(
        connection,
        chosen,
        schedule.job_name,
        running=sensors_running,
        schedule_name=schedule.name,
        cron=cron,
        time_zone=time_zone,
        fresh_for=fresh_for,
        connection_every=connection_every,
        permissions_every=permissions_every,
    )
    return dg.Definitions(
        assets=[connection_spec(connection), assets],
        asset_checks=[
            build_connection_checks(connection),
            build_table_checks(connection, chosen, fresh_for),
        ],
        schedules=[schedule],
        sensors=sensors,
        resources={connection: netsuite or NetSuiteResource(), "warehouse": warehouse or WarehouseResource()},
    )
