"""Checks of names that become folders, DuckDB schemas and parts of Dagster's names."""

import re
from collections.abc import Mapping

from netsuite_pipeline.warehouse.errors import WarehouseMisconfigured

_CONNECTION = re.compile("[a-z][a-z0-9_]{0,50}")
_TABLE = re.compile("[A-Za-z0-9_]{1,200}")
_TAKEN: Mapping[str, str] = {
    "warehouse": "so the resource is called that has the DuckDB file",
    "io_manager": "so Dagster calls the resource that stores outputs",
    "marts": "so the schema of models is called",
    "staged": "so the pipeline calls the database that rows are staged in",
    "main": "DuckDB has a schema of that name in each file",
    "temp": "DuckDB has a catalog of that name in each session",
    "system": "DuckDB has a catalog of that name in each session",
    "information_schema": "DuckDB has a schema of that name in each file",
    "pg_catalog": "DuckDB has a schema of that name in each file",
}


def check_connection_name(name: str) -> None:
    """Refuse a name that cannot be a connection's.

    Every caller that makes a path or a schema from a connection's name calls this function first: a name
    such as `../../mine` would lead out of the warehouse's folder.

    Args:
        name: The connection's name.

    Raises:
        WarehouseMisconfigured: The name has other characters than small letters, digits and underscores, is
            longer than 51 characters, or belongs to something else.

    Example:
        >>> check_connection_name("sandbox_emea")
    """
    if not isinstance(name, str) or not _CONNECTION.fullmatch(name):
        raise WarehouseMisconfigured(
            f"A connection cannot have the name {name!r}.",
            remedy="It names assets, jobs, a resource and a schema in DuckDB: use small letters, digits and "
            "underscores, as in `sandbox`.",
        )
    if name.endswith("_marts"):
        raise WarehouseMisconfigured(
            f"A connection cannot have the name {name!r}: so the schema of another connection's marts is "
            "called.",
            remedy="Name it for the account, as in `sandbox` or `emea`.",
        )
    if name in _TAKEN:
        raise WarehouseMisconfigured(
            f"A connection cannot have the name {name!r}: {_TAKEN[name]}.",
            remedy="Name it for the account, as in `sandbox` or `emea`.",
        )


def check_table_name(name: str) -> None:
    """Refuse a table's name that would lead out of the landing folder.

    Args:
        name: The table's name.

    Raises:
        WarehouseMisconfigured: The name has other characters than letters, digits and underscores.

    Example:
        >>> check_table_name("customrecord_site")
    """
    if not isinstance(name, str) or not _TABLE.fullmatch(name):
        raise WarehouseMisconfigured(
            f"A table cannot have the name {name!r}.",
            remedy="It names a folder of landed pages and a table in DuckDB: use letters, digits and "
            "underscores.",
        )
