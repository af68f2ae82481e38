"""The attributes of a `defs.yaml` as Python arguments: the component checks both."""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, TypedDict, Unpack

import dagster as dg
from pydantic import ValidationError

from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.orchestration.component.attributes import Status
from netsuite_pipeline.orchestration.component.component import NetSuiteComponent
from netsuite_pipeline.orchestration.component.yaml_positions import YamlPositions
from netsuite_pipeline.orchestration.resources import NetSuiteResource, WarehouseResource
from netsuite_pipeline.orchestration.schedules import ScheduleSpec
from netsuite_pipeline.orchestration.translator import DagsterNetSuiteTranslator
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.stores.path_names import check_connection_name

# Python objects, and the attributes that they stand for.
_REPLACED: Mapping[str, tuple[str, ...]] = {
    "netsuite": ("env_prefix", "concurrency"),
    "catalogue": ("table_settings", "custom_tables", "queries"),
    "translator": ("translation",),
}


class Attributes(TypedDict, total=False):
    """The attributes of `NetSuiteComponent`; docs/configure.md describes each."""

    connection: str
    env_prefix: str
    concurrency: int
    tables: Sequence[str]
    table_settings: Mapping[str, Mapping[str, Any]]
    custom_tables: Sequence[str | Mapping[str, Any]]
    queries: Mapping[str, Mapping[str, Any]]
    warehouse: str | WarehouseResource
    lake_data: str
    marts: bool
    cron_schedule: str
    execution_timezone: str
    default_status: Status | dg.DefaultScheduleStatus
    schedules: Mapping[str, Mapping[str, Any]] | Sequence[ScheduleSpec]
    fresh_for_hours: float
    warn_after_hours: float
    alert_urls_env: str
    sensor_default_status: Status | dg.DefaultSensorStatus
    minimum_interval_seconds: int
    permission_interval_seconds: int
    fields_cron: str
    reconcile_cron: str
    translation: Mapping[str, Any] | Callable[[dg.AssetSpec, Table], dg.AssetSpec]


def build_netsuite_definitions(
    *,
    netsuite: NetSuiteResource | None = None,
    catalogue: Mapping[str, Table] | None = None,
    translator: DagsterNetSuiteTranslator | None = None,
    **attributes: Unpack[Attributes],
) -> dg.Definitions:
    """Return assets, checks, jobs, schedules, sensors and resources of one NetSuite account.

    The arguments are the attributes of a `defs.yaml` (docs/configure.md), with the same names, defaults and
    checks, and some Python objects instead of attributes. Definitions of several accounts, each with its own
    `connection`, merge into one project.

    Args:
        netsuite: The account, instead of `env_prefix` and `concurrency`.
        catalogue: The known tables, instead of `table_settings`, `custom_tables` and `queries`.
        translator: Makes the asset spec of each table, instead of `translation`.
        attributes: The attributes of a `defs.yaml`. `warehouse` may be a resource, and `schedules` a sequence
            of `ScheduleSpec` that replaces the connection's own schedule.

    Raises:
        TableSpecError: `tables` names a table that is not in the catalogue, or two tables have one key.
        ConfigurationError: An attribute is unknown or malformed, or is given beside the object that replaces
            it.

    Example:
        >>> defs = build_netsuite_definitions(tables=["transactions", "customer"])
        >>> defs.resolve_job_def("netsuite_sync").name
        'netsuite_sync'
        >>> both = dg.Definitions.merge(
        ...     defs, build_netsuite_definitions(connection="sandbox", env_prefix="SANDBOX"))
    """
    objects = {"netsuite": netsuite, "catalogue": catalogue, "translator": translator}
    given: dict[str, Any] = {name: value for name, value in objects.items() if value is not None}
    for name in given:
        for replaced in _REPLACED[name]:
            if replaced in attributes:
                raise ConfigurationError(
                    f"{name} is given beside {replaced}, which it replaces.", remedy="Give one of the two."
                )
    values: dict[str, Any] = {
        name: value.value if isinstance(value, Enum) else value for name, value in attributes.items()
    }
    if isinstance(values.get("warehouse"), WarehouseResource):
        given["warehouse"] = values.pop("warehouse")
    if not isinstance(values.get("schedules", {}), Mapping):
        given["schedules"] = values.pop("schedules")
    return _component(values).build_definitions(**given)


def _component(values: dict[str, Any]) -> NetSuiteComponent:
    translation = values.pop("translation") if callable(values.get("translation")) else None
    if "connection" in values:
        with YamlPositions().located("connection"):  # Dagster's templates would drop a line end from the name
            check_connection_name(values["connection"])
    if "tables" in values:
        values["tables"] = list(values["tables"])
    try:
        component = NetSuiteComponent.from_attributes_dict(attributes=values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(map(str, first["loc"]))
        raise ConfigurationError(
            f"{name}: {first['msg'].removeprefix('Value error, ')}.",
            remedy="docs/configure.md describes every attribute.",
        ) from None
    if translation is not None:
        component.translation = translation
    return component
