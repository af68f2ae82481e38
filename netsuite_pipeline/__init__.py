"""NetSuite in DuckDB through Dagster, with alerts within minutes when a sign-in or a permission is lost.

The names below are imported at their first use, so that importing the package is fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from netsuite_pipeline._version import __version__

if TYPE_CHECKING:
    from netsuite_pipeline.netsuite.client import NetSuiteClient as NetSuiteClient
    from netsuite_pipeline.netsuite.errors import AccountIdError as AccountIdError
    from netsuite_pipeline.netsuite.errors import ConfigurationError as ConfigurationError
    from netsuite_pipeline.netsuite.errors import NetSuiteError as NetSuiteError
    from netsuite_pipeline.netsuite.errors import PermissionDenied as PermissionDenied
    from netsuite_pipeline.netsuite.errors import QueryError as QueryError
    from netsuite_pipeline.netsuite.errors import SignInError as SignInError
    from netsuite_pipeline.netsuite.errors import Throttled as Throttled
    from netsuite_pipeline.netsuite.errors import Unavailable as Unavailable
    from netsuite_pipeline.orchestration.assets.table_assets import (
        load_netsuite_asset_specs as load_netsuite_asset_specs,
    )
    from netsuite_pipeline.orchestration.assets.table_assets import netsuite_assets as netsuite_assets
    from netsuite_pipeline.orchestration.component.component import NetSuiteComponent as NetSuiteComponent
    from netsuite_pipeline.orchestration.component.python_attributes import (
        build_netsuite_definitions as build_netsuite_definitions,
    )
    from netsuite_pipeline.orchestration.credentials import NangoCredentials as NangoCredentials
    from netsuite_pipeline.orchestration.credentials import OAuth2Credentials as OAuth2Credentials
    from netsuite_pipeline.orchestration.credentials import TokenCredentials as TokenCredentials
    from netsuite_pipeline.orchestration.resources import NetSuiteResource as NetSuiteResource
    from netsuite_pipeline.orchestration.resources import WarehouseResource as WarehouseResource
    from netsuite_pipeline.orchestration.schedules import ScheduleSpec as ScheduleSpec
    from netsuite_pipeline.orchestration.sensors.builders import (
        build_netsuite_connection_sensor as build_netsuite_connection_sensor,
    )
    from netsuite_pipeline.orchestration.sensors.builders import (
        build_netsuite_permission_sensor as build_netsuite_permission_sensor,
    )
    from netsuite_pipeline.orchestration.sync_config import SyncConfig as SyncConfig
    from netsuite_pipeline.orchestration.translator import (
        DagsterNetSuiteTranslator as DagsterNetSuiteTranslator,
    )
    from netsuite_pipeline.orchestration.translator import NetSuiteTableProps as NetSuiteTableProps
    from netsuite_pipeline.reading import read as read
    from netsuite_pipeline.sync.report import SyncReport as SyncReport
    from netsuite_pipeline.sync.request import SyncRequest as SyncRequest
    from netsuite_pipeline.sync.run import Sync as Sync
    from netsuite_pipeline.tables.catalogue import standard_tables as standard_tables
    from netsuite_pipeline.tables.table import Table as Table
    from netsuite_pipeline.warehouse.errors import WarehouseError as WarehouseError
    from netsuite_pipeline.warehouse.warehouse import Warehouse as Warehouse

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

__all__ = [*_HOMES, "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
