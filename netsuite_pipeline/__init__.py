"""NetSuite in DuckDB through Dagster, with alerts within minutes when a sign-in or a permission is lost.

The names below are imported at their first use, so that importing the package is fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from netsuite_pipeline._version import __version__

if TYPE_CHECKING:
    from netsuite_pipeline.netsuite.client import NetSuiteClient
    from netsuite_pipeline.netsuite.errors import (
        AccountIdError,
        ConfigurationError,
        NetSuiteError,
        PermissionDenied,
        QueryError,
        SignInError,
        Throttled,
        Unavailable,
    )
    from netsuite_pipeline.orchestration.assets.table_assets import load_netsuite_asset_specs, netsuite_assets
    from netsuite_pipeline.orchestration.component.component import NetSuiteComponent
    from netsuite_pipeline.orchestration.component.python_attributes import build_netsuite_definitions
    from netsuite_pipeline.orchestration.credentials import (
        NangoCredentials,
        OAuth2Credentials,
        TokenCredentials,
    )
    from netsuite_pipeline.orchestration.resources import NetSuiteResource, WarehouseResource
    from netsuite_pipeline.orchestration.schedules import ScheduleSpec
    from netsuite_pipeline.orchestration.sensors.builders import (
        build_netsuite_connection_sensor,
        build_netsuite_permission_sensor,
    )
    from netsuite_pipeline.orchestration.sync_config import SyncConfig
    from netsuite_pipeline.orchestration.translator import DagsterNetSuiteTranslator, NetSuiteTableProps
    from netsuite_pipeline.reading import read
    from netsuite_pipeline.sync.report import SyncReport
    from netsuite_pipeline.sync.request import SyncRequest
    from netsuite_pipeline.sync.run import Sync
    from netsuite_pipeline.tables.catalogue import standard_tables
    from netsuite_pipeline.tables.table import Table
    from netsuite_pipeline.warehouse.errors import WarehouseError
    from netsuite_pipeline.warehouse.warehouse import Warehouse

_HOMES = {
    "AccountIdError": "netsuite.errors",
    "ConfigurationError": "netsuite.errors",
    "DagsterNetSuiteTranslator": "orchestration.translator",
    "NangoCredentials": "orchestration.credentials",
    "NetSuiteClient": "netsuite.client",
    "NetSuiteComponent": "orchestration.component.component",
    "NetSuiteError": "netsuite.errors",
    "NetSuiteResource": "orchestration.resources",
    "NetSuiteTableProps": "orchestration.translator",
    "OAuth2Credentials": "orchestration.credentials",
    "PermissionDenied": "netsuite.errors",
    "QueryError": "netsuite.errors",
    "ScheduleSpec": "orchestration.schedules",
    "SignInError": "netsuite.errors",
    "Sync": "sync.run",
    "SyncConfig": "orchestration.sync_config",
    "SyncReport": "sync.report",
    "SyncRequest": "sync.request",
    "Table": "tables.table",
    "Throttled": "netsuite.errors",
    "TokenCredentials": "orchestration.credentials",
    "Unavailable": "netsuite.errors",
    "Warehouse": "warehouse.warehouse",
    "WarehouseError": "warehouse.errors",
    "WarehouseResource": "orchestration.resources",
    "build_netsuite_connection_sensor": "orchestration.sensors.builders",
    "build_netsuite_definitions": "orchestration.component.python_attributes",
    "build_netsuite_permission_sensor": "orchestration.sensors.builders",
    "load_netsuite_asset_specs": "orchestration.assets.table_assets",
    "netsuite_assets": "orchestration.assets.table_assets",
    "read": "reading",
    "standard_tables": "tables.catalogue",
}

__all__ = [
    "AccountIdError",
    "ConfigurationError",
    "DagsterNetSuiteTranslator",
    "NangoCredentials",
    "NetSuiteClient",
    "NetSuiteComponent",
    "NetSuiteError",
    "NetSuiteResource",
    "NetSuiteTableProps",
    "OAuth2Credentials",
    "PermissionDenied",
    "QueryError",
    "ScheduleSpec",
    "SignInError",
    "Sync",
    "SyncConfig",
    "SyncReport",
    "SyncRequest",
    "Table",
    "Throttled",
    "TokenCredentials",
    "Unavailable",
    "Warehouse",
    "WarehouseError",
    "WarehouseResource",
    "__version__",
    "build_netsuite_connection_sensor",
    "build_netsuite_definitions",
    "build_netsuite_permission_sensor",
    "load_netsuite_asset_specs",
    "netsuite_assets",
    "read",
    "standard_tables",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
