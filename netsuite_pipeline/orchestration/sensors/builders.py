"""Builds the sensors of a connection, for a component and for definitions of your own."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import dagster as dg

from netsuite_pipeline.orchestration.asset_keys import AssetKeys
from netsuite_pipeline.orchestration.assets.table_assets import resolve_tables
from netsuite_pipeline.orchestration.schedules import ScheduleSpec, SyncSchedule
from netsuite_pipeline.orchestration.sensors.connection_sensor import connection_sensor
from netsuite_pipeline.orchestration.sensors.permission_sensor import permission_sensor
from netsuite_pipeline.orchestration.sensors.run_failure_sensor import run_failure_sensor
from netsuite_pipeline.orchestration.sensors.sensor_config import (
    ALERT_URLS,
    MINIMUM_INTERVAL_SECONDS,
    PERMISSION_INTERVAL_SECONDS,
    SensorConfig,
)
from netsuite_pipeline.orchestration.translator import DagsterNetSuiteTranslator
from netsuite_pipeline.tables import Table


def build_sensors(
    config: SensorConfig, jobs: Sequence[Any], default_status: dg.DefaultSensorStatus
) -> list[dg.SensorDefinition]:
    """Return the three sensors of a connection.

    Args:
        config: The sensors' configuration.
        jobs: The jobs that sync the connection; they catch up on missed syncs.
        default_status: Whether the sensors are on from the start.
    """
    return [
        connection_sensor(config, jobs, default_status),
        permission_sensor(config, default_status, config.job_name),
        run_failure_sensor(config, default_status),
    ]


def build_netsuite_connection_sensor(
    *,
    connection: str = "netsuite",
    schedules: Sequence[dg.ScheduleDefinition] = (),
    minimum_interval_seconds: int = MINIMUM_INTERVAL_SECONDS,
    default_status: dg.DefaultSensorStatus = dg.DefaultSensorStatus.RUNNING,
    alert_urls_env: str = ALERT_URLS,
) -> dg.SensorDefinition:
    """Return the sensor that checks that a connection can sign in.

    It needs the resources of the connection: `netsuite` and `warehouse`, or `<connection>` and
    `<connection>_warehouse`.

    Args:
        connection: The connection's name.
        schedules: Schedules that sync its tables; each is started once for the ticks that it missed.
        minimum_interval_seconds: How often the sensor ticks.
        default_status: Whether the sensor is on from the start.
        alert_urls_env: The environment variable that has the addresses of alert channels.

    Example:
        >>> build_netsuite_connection_sensor().name
        'netsuite_connection_sensor'
    """
    config = SensorConfig(
        AssetKeys(connection),
        (),
        {},
        schedules=[
            SyncSchedule(
                schedule.name,
                schedule.job_name,
                ScheduleSpec(
                    cron_schedule=schedule.cron_schedule,
                    execution_timezone=schedule.execution_timezone or "UTC",
                ),
            )
            for schedule in schedules
        ],
        interval=timedelta(seconds=minimum_interval_seconds),
        alert_urls_env=alert_urls_env,
    )
    return connection_sensor(config, [schedule.job for schedule in schedules], default_status)


def build_netsuite_permission_sensor(
    *,
    connection: str = "netsuite",
    tables: Sequence[str] = ("all",),
    translator: DagsterNetSuiteTranslator | None = None,
    catalogue: Mapping[str, Table] | None = None,
    minimum_interval_seconds: int = MINIMUM_INTERVAL_SECONDS,
    permission_interval_seconds: int = PERMISSION_INTERVAL_SECONDS,
    default_status: dg.DefaultSensorStatus = dg.DefaultSensorStatus.RUNNING,
    alert_urls_env: str = ALERT_URLS,
) -> dg.SensorDefinition:
    """Return the sensor that checks that a role still sees its tables, columns and rows.

    The arguments `connection`, `tables`, `translator` and `catalogue` are those of `netsuite_assets`. The
    sensor needs the same resources as `build_netsuite_connection_sensor`.

    Args:
        connection: The connection's name.
        tables: Names and groups of the catalogue.
        translator: Makes the spec of each table.
        catalogue: The known tables, by name.
        minimum_interval_seconds: How often the sensor ticks, and reads one table of each permission.
        permission_interval_seconds: How often it checks all tables.
        default_status: Whether the sensor is on from the start.
        alert_urls_env: The environment variable that has the addresses of alert channels.

    Example:
        >>> build_netsuite_permission_sensor(tables=["customer"]).name
        'netsuite_permission_sensor'
    """
    target, _ = resolve_tables(tables, connection, translator, catalogue)
    config = SensorConfig(
        **vars(target),
        interval=timedelta(seconds=minimum_interval_seconds),
        permission_interval=timedelta(seconds=permission_interval_seconds),
        alert_urls_env=alert_urls_env,
    )
    return permission_sensor(config, default_status)
