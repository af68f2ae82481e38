"""NetSuite in DuckDB through Dagster, and word within minutes when NetSuite stops letting you in.

The names below are loaded when they are first used, so that importing the package costs next to nothing.
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
    from netsuite_pipeline.orchestration.component.component import NetSuiteComponent
    from netsuite_pipeline.orchestration.component.python_attributes import build_netsuite_definitions
    from netsuite_pipeline.orchestration.resources import NetSuiteResource, WarehouseResource
    from netsuite_pipeline.reading import read

_HOMES = {
    "AccountIdError": "netsuite.errors",
    "ConfigurationError": "netsuite.errors",
    "NetSuiteClient": "netsuite.client",
    "NetSuiteComponent": "orchestration.component.component",
    "NetSuiteError": "netsuite.errors",
    "NetSuiteResource": "orchestration.resources",
    "PermissionDenied": "netsuite.errors",
    "QueryError": "netsuite.errors",
    "SignInError": "netsuite.errors",
    "Throttled": "netsuite.errors",
    "Unavailable": "netsuite.errors",
    "WarehouseResource": "orchestration.resources",
    "build_netsuite_definitions": "orchestration.component.python_attributes",
    "read": "reading",
}

__all__ = [
    "AccountIdError",
    "ConfigurationError",
    "NetSuiteClient",
    "NetSuiteComponent",
    "NetSuiteError",
    "NetSuiteResource",
    "PermissionDenied",
    "QueryError",
    "SignInError",
    "Throttled",
    "Unavailable",
    "WarehouseResource",
    "__version__",
    "build_netsuite_definitions",
    "read",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
