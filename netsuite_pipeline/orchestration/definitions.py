"""The definitions of one connection, for both the component's YAML and Python."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import dagster as dg

from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.orchestration.asset_keys import ConnectionTables, build_asset_keys
from netsuite_pipeline.orchestration.assets.backfill_job import build_backfill_job
from netsuite_pipeline.orchestration.assets.report_asset import build_report_asset
from netsuite_pipeline.orchestration.assets.table_assets import build_assets, table_specs
from netsuite_pipeline.orchestration.check_specs import connection_spec
from netsuite_pipeline.orchestration.checks.check_executions import (
    build_connection_checks,
    build_table_checks,
)
from netsuite_pipeline.orchestration.checks.new_fields_check import NIGHTLY, build_field_check
from netsuite_pipeline.orchestration.freshness import FreshnessWindow, FreshnessWindows
from netsuite_pipeline.orchestration.io_manager import build_frames, frames_key
from netsuite_pipeline.orchestration.resources import NetSuiteResource, WarehouseResource, warehouse_key
from netsuite_pipeline.orchestration.schedules import (
    ScheduleSpec,
    build_jobs,
    build_schedule,
    resolve_schedules,
)
from netsuite_pipeline.orchestration.sensors.builders import build_sensors
from netsuite_pipeline.orchestration.sensors.sensor_config import (
    ALERT_URLS,
    MINIMUM_INTERVAL_SECONDS,
    PERMISSION_INTERVAL_SECONDS,
    SensorConfig,
)
from netsuite_pipeline.orchestration.sync_config import SyncRunner
from netsuite_pipeline.orchestration.translator import DagsterNetSuiteTranslator
from netsuite_pipeline.tables import Table, choose_tables
from netsuite_pipeline.warehouse.errors import WarehouseMisconfigured
from netsuite_pipeline.warehouse.stores.path_names import check_connection_name

FRESH_FOR = timedelta(hours=24)


@dataclass(frozen=True)
class ConnectionConfig:
    """Everything that the definitions of one connection depend on.

    Attributes:
        catalogue: All known tables, by name, with the settings of this connection.
        connection: The connection's name: prefix of asset keys, schema in DuckDB.
        tables: Names and groups of the catalogue.
        netsuite: The account.
        warehouse: The warehouse.
        schedules: When to sync which tables.
        execution_timezone: The time zone of `fields_cron`.
        freshness: How old a table may get; None for no freshness policy.
        table_freshness: The same for single tables; None for no policy of the table.
        sensor_default_status: Whether the sensors are on from the start.
        minimum_interval_seconds: How often the sensors tick.
        permission_interval_seconds: How often all tables are checked.
        translator: Makes the asset spec of each table.
        execute: What a step runs instead of `NetSuiteResource.sync`.
        alert_urls_env: The environment variable that has the addresses of alert channels.
        fields_cron: When to check for new fields; empty for never.
        excluded: Columns that are excluded on purpose, by table: they are no new fields.
    """

    catalogue: Mapping[str, Table]
    connection: str = "netsuite"
    tables: Sequence[str] = ("all",)
    netsuite: NetSuiteResource = field(default_factory=NetSuiteResource)
    warehouse: WarehouseResource = field(default_factory=WarehouseResource)
    schedules: Sequence[ScheduleSpec] = (ScheduleSpec(),)
    execution_timezone: str = "UTC"
    freshness: FreshnessWindow | None = field(default_factory=lambda: FreshnessWindow(FRESH_FOR))
    table_freshness: Mapping[str, FreshnessWindow | None] = field(default_factory=dict)
    sensor_default_status: dg.DefaultSensorStatus = dg.DefaultSensorStatus.RUNNING
    minimum_interval_seconds: int = MINIMUM_INTERVAL_SECONDS
    permission_interval_seconds: int = PERMISSION_INTERVAL_SECONDS
    translator: DagsterNetSuiteTranslator = field(default_factory=DagsterNetSuiteTranslator)
    execute: SyncRunner | None = None
    alert_urls_env: str = ALERT_URLS
    fields_cron: str = NIGHTLY
    excluded: Mapping[str, Collection[str]] = field(default_factory=dict)

    def windows(self, tables: Sequence[Table]) -> FreshnessWindows:
        """Return the freshness window of each table that has one."""
        windows = {table.name: self.table_freshness.get(table.name, self.freshness) for table in tables}
        return {name: window for name, window in windows.items() if window is not None}


def build_definitions(config: ConnectionConfig) -> dg.Definitions:
    """Return assets, checks, jobs, schedules, sensors and resources of one connection.

    Raises:
        TableSpecError: `tables` names a table that is not in the catalogue, or two tables have one key.
        ConfigurationError: The connection's name or a schedule is malformed.
    """
    connection = config.connection
    check_connection(connection)
    chosen = choose_tables(config.catalogue, config.tables)
    windows = config.windows(chosen)
    specs = table_specs(connection, chosen, config.translator, windows)
    keys = build_asset_keys(connection, specs)
    target = ConnectionTables(keys, chosen, config.catalogue, windows)
    assets = build_assets(target, specs, config.execute)
    schedules = resolve_schedules(keys, chosen, config.schedules)
    jobs = build_jobs(connection, assets, keys, schedules)
    backfill = build_backfill_job(target)
    other_jobs = () if backfill is None else (backfill,)
    sensor_config = SensorConfig(
        target,
        schedules=schedules,
        interval=timedelta(seconds=config.minimum_interval_seconds),
        permission_interval=timedelta(seconds=config.permission_interval_seconds),
        alert_urls_env=config.alert_urls_env,
        other_jobs=frozenset(job.name for job in other_jobs),
    )
    is_on = config.sensor_default_status is dg.DefaultSensorStatus.RUNNING
    fields = config.fields_cron and build_field_check(
        connection,
        chosen,
        config.catalogue,
        excluded=config.excluded,
        cron_schedule=config.fields_cron,
        execution_timezone=config.execution_timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING if is_on else dg.DefaultScheduleStatus.STOPPED,
    )
    return dg.Definitions(
        assets=[
            connection_spec(connection, config.netsuite.env_prefix),
            assets,
            build_report_asset(
                connection,
                list(keys.tables.values()),
                fresh_for=config.freshness.fail if config.freshness else None,
            ),
        ],
        asset_checks=[
            build_connection_checks(connection),
            build_table_checks(target),
            *([fields.check] if fields else []),
        ],
        jobs=[*jobs.values(), *other_jobs],
        schedules=[
            *(build_schedule(connection, each, jobs[each.job_name]) for each in schedules),
            *([fields.schedule] if fields else []),
        ],
        sensors=build_sensors(sensor_config, list(jobs.values()), config.sensor_default_status),
        resources={
            connection: config.netsuite,
            warehouse_key(connection): config.warehouse,
            frames_key(connection): build_frames(keys),
        },
    )


def check_connection(name: str) -> None:
    """Refuse a malformed connection name.

    Raises:
        ConfigurationError: `check_connection_name` refuses the name.

    Example:
        >>> check_connection("sandbox_emea")
    """
    try:
        check_connection_name(name)
    except WarehouseMisconfigured as error:
        raise ConfigurationError(error.message, remedy=error.remedy) from None
