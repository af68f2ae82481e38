"""The attributes of a `defs.yaml` as Python arguments: the component's model checks both."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any, TypedDict, Unpack

import dagster as dg
from pydantic import ValidationError

from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.orchestration.assets.table_assets import SpecChange
from netsuite_pipeline.orchestration.checks.new_fields_check import NIGHTLY
from netsuite_pipeline.orchestration.component.component import NetSuiteComponent
from netsuite_pipeline.orchestration.definitions import build_definitions
from netsuite_pipeline.orchestration.resources import NetSuiteResource, WarehouseResource
from netsuite_pipeline.orchestration.schedules import HOURLY, ScheduleSpec
from netsuite_pipeline.orchestration.sensors import CONNECTION_EVERY, PERMISSIONS_EVERY
from netsuite_pipeline.orchestration.sensors.notifications import ALERT_URLS
from netsuite_pipeline.reporting.assessment import FRESH_FOR
from netsuite_pipeline.tables import Table, tables_from_environment

# The names in Python's types that say the same as an attribute.
SAME: Mapping[str, str] = {
    "fresh_for_hours": "fresh_for",
    "connection_every_minutes": "connection_every",
    "permissions_every_minutes": "permissions_every",
    "alerts": "alert_variable",
    "translation": "change_spec",
}
# Arguments in Python's types that stand for several attributes.
_REPLACES: Mapping[str, tuple[str, ...]] = {
    "netsuite": ("variables", "concurrency"),
    "catalogue": ("settings", "custom_tables", "suiteql_tables"),
}


class Attributes(TypedDict, total=False):
    """The attributes of docs/configure.md that have no argument of the same name in Python's types."""

    variables: str
    concurrency: int
    settings: Mapping[str, Mapping[str, Any]]
    custom_tables: Sequence[str | Mapping[str, Any]]
    suiteql_tables: Mapping[str, Mapping[str, Any]]
    fresh_for_hours: float
    alerts: str
    connection_every_minutes: float
    permissions_every_minutes: float
    translation: Mapping[str, Any] | Callable[[dg.AssetSpec, Table], dg.AssetSpec]


def python_arguments(attributes: Mapping[str, Any], python: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments in Python's types that attributes come to.

    Args:
        attributes: As in a `defs.yaml`.
        python: Arguments in Python's types that were given beside them; they hold.

    Raises:
        ConfigurationError: An attribute is unknown or cannot be meant so, or is given in both ways.
    """
    for name, same in SAME.items():
        if name in attributes and same in python:
            raise ConfigurationError(
                f"{name} and {same} say the same.", remedy=f"Give {name}, or {same}, but not both."
            )
    for argument, replaces in _REPLACES.items():
        both = [name for name in replaces if name in attributes]
        if argument in python and both:
            raise ConfigurationError(
                f"{argument} is given beside {both[0]}, which it would replace.",
                remedy="Give one of the two.",
            )
    given, others = dict(attributes), dict(python)
    for name in ("warehouse", "schedules"):  # in Python's types they hold as they are
        if given[name] and not isinstance(given[name], str | Mapping):
            others[name] = given.pop(name)
        elif not given[name]:
            del given[name]
    translation = given.pop("translation") if callable(given.get("translation")) else None
    try:
        component = NetSuiteComponent.from_attributes_dict(attributes=given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ConfigurationError(
            f"{place}: {first['msg'].removeprefix('Value error, ')}.",
            remedy="docs/configure.md describes every attribute.",
        ) from None
    if translation is not None:
        component.translation = translation
    return {**component.arguments(), **others}


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
        given = {name: each for name, each in typed.items() if each != _DEFAULTS[name]}
        return build_definitions(**python_arguments(named, given))
    return build_definitions(
        connection=connection,
        tables=tables,
        catalogue=tables_from_environment() if catalogue is None else catalogue,
        netsuite=netsuite or NetSuiteResource(),
        warehouse=warehouse or WarehouseResource(),
        schedules=schedules or (ScheduleSpec(cron=cron, time_zone=time_zone, running=schedule_running),),
        time_zone=time_zone,
        fresh_for=fresh_for,
        sensors_running=sensors_running,
        connection_every=connection_every,
        permissions_every=permissions_every,
        change_spec=change_spec,
        alert_variable=alert_variable,
        fields_cron=fields_cron,
        left_out=left_out,
    )
