"""Definitions for one connection: what the component's YAML and a Python user both come to."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Unpack

import dagster as dg

from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.orchestration.asset_keys import keys_of
from netsuite_pipeline.orchestration.assets.backfill_job import build_backfill_job
from netsuite_pipeline.orchestration.assets.report_asset import build_report_asset
from netsuite_pipeline.orchestration.assets.table_assets import SpecChange, build_assets, table_specs
from netsuite_pipeline.orchestration.check_specs import connection_spec
from netsuite_pipeline.orchestration.checks.check_executions import (
    build_connection_checks,
    build_table_checks,
)
from netsuite_pipeline.orchestration.checks.new_fields_check import NIGHTLY, FieldCheck, build_field_check
from netsuite_pipeline.orchestration.component.python_attributes import Attributes, arguments_of
from netsuite_pipeline.orchestration.io_manager import build_frames, frames_key
from netsuite_pipeline.orchestration.resources import NetSuiteResource, WarehouseResource, warehouse_key
from netsuite_pipeline.orchestration.schedules import (
    HOURLY,
    ScheduleSpec,
    build_jobs,
    build_schedule,
    planned,
)
from netsuite_pipeline.orchestration.sensors import CONNECTION_EVERY, PERMISSIONS_EVERY, build_sensors
from netsuite_pipeline.orchestration.sensors.notifications import ALERT_URLS
from netsuite_pipeline.orchestration.sensors.sensor_config import Watch
from netsuite_pipeline.tables import Table, choose_tables, tables_from_environment
from netsuite_pipeline.warehouse.errors import WarehouseMisconfigured
from netsuite_pipeline.warehouse.stores.path_names import check_connection_name

FRESH_FOR = timedelta(hours=24)
_NOTHING: Mapping[str, Collection[str]] = MappingProxyType({})


def _unchanged(table: Table, spec: dg.AssetSpec) -> dg.AssetSpec:
    return spec


_DEFAULTS: Mapping[str, object] = {
    "netsuite": None,
    "fresh_for": FRESH_FOR,
    "connection_every": CONNECTION_EVERY,
    "permissions_every": PERMISSIONS_EVERY,
    "change_spec": _unchanged,
    "catalogue": None,
    "alert_variable": ALERT_URLS,
    "left_out": _NOTHING,
}


def build_netsuite_definitions(
    *,
    connection: str = "netsuite",
    tables: Sequence[str] = ("all",),
    netsuite: NetSuiteResource | None = None,
    warehouse: WarehouseResource | str | None = None,
    cron: str = HOURLY,
    time_zone: str = "UTC",
    schedule_running: bool = False,
    schedules: Sequence[ScheduleSpec] | Mapping[str, Mapping[str, Any]] = (),
    fresh_for: timedelta | None = FRESH_FOR,
    sensors_running: bool = True,
    connection_every: timedelta = CONNECTION_EVERY,
    permissions_every: timedelta = PERMISSIONS_EVERY,
    change_spec: SpecChange = _unchanged,
    catalogue: Mapping[str, Table] | None = None,
    alert_variable: str = ALERT_URLS,
    fields_cron: str | None = NIGHTLY,
    left_out: Mapping[str, Collection[str]] = _NOTHING,
    **attributes: Unpack[Attributes],
) -> dg.Definitions:
    """Assets, checks, jobs, schedules, sensors and resources for one NetSuite account.

    Definitions of several accounts, each with a connection of its own name, go into one project together.
    It takes every attribute of a `defs.yaml` (docs/configure.md) under its name, and checks it alike.

    Args:
        connection: The connection's name: prefix of asset keys, key of the resource, schema in DuckDB.
        tables: Names and groups of the catalogue; `all` for all of them, `-name` leaves one out.
        netsuite: Whom to sign in as; by the environment's variables when left out.
        warehouse: Where to: a resource, or the file; by the environment's variable when left out.
        cron: When the schedule syncs. time_zone: The zone that it is meant in.
        schedule_running: Whether the schedule is on from the start.
        schedules: Several schedules, or one of some of the tables, in the place of that one; as a mapping by
            name, as in a `defs.yaml`, beside that one.
        fresh_for: A table older than this shows as overdue; None for no such policy.
        sensors_running: Whether the sensors are on from the start. Without credentials a tick of theirs is
            skipped, with the reason, and costs nothing.
        connection_every: How often to look whether NetSuite lets us in.
        permissions_every: How often to look whether the tables can be read as before.
        change_spec: Changes a table's asset spec, for keys, owners, tags or groups of one's own.
        catalogue: The tables there are; the standard catalogue, and NETSUITE_TABLES, when left out.
        alert_variable: The variable that names the channels of this account's alerts.
        fields_cron: When to look for fields that NetSuite has and the tables have not; None or "" for never.
        left_out: Columns that were left out on purpose, by table: of these that look says nothing.
        attributes: The other attributes of a `defs.yaml`: `variables`, `settings`, `translation` and so on.

    Raises:
        TableSpecError: `tables` names something that is not in the catalogue, or two tables have one key.
        ConfigurationError: The connection's name cannot be one, or a schedule is not right.

    Example:
        >>> defs = build_netsuite_definitions(tables=["transactions", "customer"])
        >>> defs.resolve_job_def("netsuite_sync").name
        'netsuite_sync'
        >>> both = dg.Definitions.merge(defs, build_netsuite_definitions(
        ...     connection="sandbox", netsuite=NetSuiteResource(variables="SANDBOX")))
    """
    if attributes or isinstance(warehouse, str) or isinstance(schedules, Mapping):
        named = {
            "connection": connection,
            "tables": list(tables),
            "warehouse": warehouse,
            "cron": cron,
            "time_zone": time_zone,
            "schedule_running": schedule_running,
            "schedules": schedules,
            "sensors_running": sensors_running,
            "fields_cron": fields_cron or "",
            **attributes,
        }
        typed = {
            "netsuite": netsuite,
            "fresh_for": fresh_for,
            "connection_every": connection_every,
            "permissions_every": permissions_every,
            "change_spec": change_spec,
            "catalogue": catalogue,
            "alert_variable": alert_variable,
            "left_out": left_out,
        }
        return build_netsuite_definitions(
            **arguments_of(named, {name: each for name, each in typed.items() if each != _DEFAULTS[name]})
        )
    check_connection(connection)
    known = tables_from_environment() if catalogue is None else catalogue
    chosen = choose_tables(known, tables)
    netsuite, warehouse = netsuite or NetSuiteResource(), warehouse or WarehouseResource()
    specs = table_specs(connection, chosen, change_spec, fresh_for)
    keys = keys_of(connection, specs)
    assets = build_assets(keys, chosen, known, specs, fresh_for=fresh_for)
    when = schedules or (ScheduleSpec(cron=cron, time_zone=time_zone, running=schedule_running),)
    to_come = planned(keys, chosen, when)
    jobs = build_jobs(connection, assets, keys, to_come)
    backfill = build_backfill_job(keys, chosen, known, fresh_for=fresh_for)
    other_jobs = () if backfill is None else (backfill,)
    watch = Watch(
        keys=keys,
        tables=chosen,
        schedules=to_come,
        fresh_for=fresh_for,
        connection_every=connection_every,
        permissions_every=permissions_every,
        alert_variable=alert_variable,
        other_jobs=frozenset(job.name for job in other_jobs),
    )
    fields = _field_checks(
        connection,
        chosen,
        known,
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
            *(build_schedule(each, jobs[each.job_name]) for each in to_come),
            *(each.schedule for each in fields),
        ],
        sensors=build_sensors(watch, jobs.values(), running=sensors_running),
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
