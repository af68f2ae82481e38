"""Definitions for one connection: what the component's YAML and a Python user both come to."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

import dagster as dg

from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.orchestration.asset_keys import build_asset_keys
from netsuite_pipeline.orchestration.assets.backfill_job import build_backfill_job
from netsuite_pipeline.orchestration.assets.report_asset import build_report_asset
from netsuite_pipeline.orchestration.assets.table_assets import SpecChange, build_assets, table_specs
from netsuite_pipeline.orchestration.check_specs import connection_spec
from netsuite_pipeline.orchestration.checks.check_executions import (
    build_connection_checks,
    build_table_checks,
)
from netsuite_pipeline.orchestration.checks.new_fields_check import FieldCheck, build_field_check
from netsuite_pipeline.orchestration.io_manager import build_frames, frames_key
from netsuite_pipeline.orchestration.resources import NetSuiteResource, WarehouseResource, warehouse_key
from netsuite_pipeline.orchestration.schedules import (
    ScheduleSpec,
    build_jobs,
    build_schedule,
    resolve_schedules,
)
from netsuite_pipeline.orchestration.sensors import build_sensors
from netsuite_pipeline.orchestration.sensors.sensor_config import SensorConfig
from netsuite_pipeline.tables import Table, choose_tables
from netsuite_pipeline.warehouse.errors import WarehouseMisconfigured
from netsuite_pipeline.warehouse.stores.path_names import check_connection_name


def build_definitions(
    *,
    connection: str,
    tables: Sequence[str],
    catalogue: Mapping[str, Table],
    netsuite: NetSuiteResource,
    warehouse: WarehouseResource,
    schedules: Sequence[ScheduleSpec],
    time_zone: str,
    fresh_for: timedelta | None,
    sensors_running: bool,
    connection_every: timedelta,
    permissions_every: timedelta,
    change_spec: SpecChange,
    alert_variable: str,
    fields_cron: str | None,
    left_out: Mapping[str, Collection[str]],
) -> dg.Definitions:
    """Return the definitions of one connection.

    The arguments are those of `build_netsuite_definitions`, each with a value.

    Raises:
        TableSpecError: `tables` names a table that is not in the catalogue, or two tables have one key.
        ConfigurationError: The connection's name or a schedule is wrong.
    """
    check_connection(connection)
    chosen = choose_tables(catalogue, tables)
    specs = table_specs(connection, chosen, change_spec, fresh_for)
    keys = build_asset_keys(connection, specs)
    assets = build_assets(keys, chosen, catalogue, specs, fresh_for=fresh_for)
    remaining = resolve_schedules(keys, chosen, schedules)
    jobs = build_jobs(connection, assets, keys, remaining)
    backfill = build_backfill_job(keys, chosen, catalogue, fresh_for=fresh_for)
    other_jobs = () if backfill is None else (backfill,)
    sensor_config = SensorConfig(
        keys=keys,
        tables=chosen,
        schedules=remaining,
        fresh_for=fresh_for,
        connection_every=connection_every,
        permissions_every=permissions_every,
        alert_variable=alert_variable,
        other_jobs=frozenset(job.name for job in other_jobs),
    )
    fields = _field_checks(
        connection,
        chosen,
        catalogue,
        left_out=left_out,
        cron=fields_cron or None,
        time_zone=time_zone,
        running=sensors_running,
    )
    return dg.Definitions(
        assets=[
            connection_spec(connection, netsuite.variables),
            assets,
            build_report_asset(connection, list(keys.tables.values()), fresh_for=fresh_for),
        ],
        asset_checks=[
            build_connection_checks(connection),
            build_table_checks(keys, chosen, fresh_for),
            *(each.check for each in fields),
        ],
        jobs=[*jobs.values(), *other_jobs],
        schedules=[
            *(build_schedule(each, jobs[each.job_name]) for each in remaining),
            *(each.schedule for each in fields),
        ],
        sensors=build_sensors(sensor_config, jobs.values(), running=sensors_running),
        resources={
            connection: netsuite,
            warehouse_key(connection): warehouse,
            frames_key(connection): build_frames(keys),
        },
    )


def _field_checks(
    connection: str, tables: Sequence[Table], known: Mapping[str, Table], *, cron: str | None, **more: Any
) -> Sequence[FieldCheck]:
    return [] if cron is None else [build_field_check(connection, tables, known, cron=cron, **more)]


def check_connection(name: str) -> None:
    """Refuse a name that cannot be a connection's.

    Raises:
        ConfigurationError: `check_connection_name` refuses it.

    Example:
        >>> check_connection("sandbox_emea")
    """
    try:
        check_connection_name(name)
    except WarehouseMisconfigured as error:
        raise ConfigurationError(error.message, remedy=error.remedy) from None
