"""DuckDB's extensions that a lake needs: from installed packages, or from DuckDB's own repository."""

import os
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path

import duckdb

from netsuite_pipeline.warehouse.errors import WarehouseMisconfigured
from netsuite_pipeline.warehouse.schema.schema import text

# Extension to the module of its package; the packages are a third party's, with DuckDB's signature.
_MODULES: Mapping[str, str] = {
    "ducklake": "duckdb_extension_ducklake",
    "postgres_scanner": "duckdb_extension_postgres_scanner",
    "httpfs": "duckdb_extension_httpfs",
    "aws": "duckdb_extension_aws",
}
CONFIG: Mapping[str, bool] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
"""Settings of a database that loads no extension by itself, because that would download one."""


def load_extensions(connection: duckdb.DuckDBPyConnection, names: Iterable[str]) -> None:
    """Load extensions in the order of their names.

    Args:
        connection: To a database that loads no extension by itself.
        names: DuckDB's names of the extensions.

    Raises:
        WarehouseMisconfigured: An extension is not installed, and DuckDB's repository cannot be reached.
    """
    for name in names:
        packaged = packaged_extension(name)
        try:
            if packaged is not None:
                connection.execute(f"LOAD {text(packaged.as_posix())}")
            else:
                _load_from_repository(connection, name)
        except duckdb.Error as error:
            raise WarehouseMisconfigured(
                f"DuckDB's extension {name} cannot be loaded, which a lake needs: {_first_line(error)}",
                remedy=f"Install the packages: pip install 'netsuite_pipeline[lake]' (they fit duckdb 1.5.5; "
                f"this is {duckdb.__version__}). Or let this machine reach extensions.duckdb.org once.",
            ) from error


def use_object_store(
    connection: duckdb.DuckDBPyConnection, variables: Mapping[str, str] = os.environ
) -> None:
    """Let DuckDB sign requests to an object store by AWS's usual variables, files and roles.

    Args:
        connection: To a database with the extensions httpfs and aws.
        variables: `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL` names a store other than AWS's.

    Raises:
        WarehouseMisconfigured: There are no credentials.
    """
    options = ["TYPE s3", "PROVIDER credential_chain"]
    endpoint = variables.get("AWS_ENDPOINT_URL_S3", "") or variables.get("AWS_ENDPOINT_URL", "")
    if endpoint:
        scheme, _, host = endpoint.rpartition("://")
        options += [f"ENDPOINT {text(host.rstrip('/'))}", "URL_STYLE 'path'"]
        options += ["USE_SSL false"] if scheme == "http" else []
    try:
        connection.execute(f"CREATE OR REPLACE SECRET ({', '.join(options)})")
    except duckdb.Error as error:
        raise WarehouseMisconfigured(
            f"The lake's data cannot be reached: {_first_line(error)}",
            remedy="Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, or run where a role has "
            "them.",
        ) from error


def packaged_extension(name: str) -> Path | None:
    """Return the file of an extension in its installed package; None without one for this DuckDB."""
    spec = find_spec(_MODULES[name])
    folders = spec.submodule_search_locations if spec is not None else None
    for folder in folders or ():
        file = Path(folder) / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
        if file.is_file():
            return file
    return None


def _load_from_repository(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    try:
        connection.execute(f"LOAD {name}")  # an earlier INSTALL left it on this machine
    except duckdb.Error:
        connection.execute(f"INSTALL {name}")
        connection.execute(f"LOAD {name}")


def _first_line(error: duckdb.Error) -> str:
    return str(error).partition("\n")[0]
