"""Reads a synced table as a frame, for people in a notebook."""

from pathlib import Path
from typing import TYPE_CHECKING

from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.schema import present_columns, quoted
from netsuite_pipeline.warehouse.warehouse import Warehouse, warehouse_from_environment

if TYPE_CHECKING:
    import pandas


def read(table: str, *, schema: str = "netsuite", path: str | None = None) -> "pandas.DataFrame":
    """A whole table of the published file.

    Args:
        table: Its name, such as `customer`.
        schema: The connection's schema.
        path: The DuckDB file; what `NETSUITE_WAREHOUSE` says, or `data/warehouse.duckdb`, when left out.

    Raises:
        WarehouseError: There is no such file or table.

    Example:
        >>> import netsuite_pipeline
        >>> netsuite_pipeline.read("customer")      # doctest: +SKIP
    """
    warehouse = Warehouse(Path(path)) if path else warehouse_from_environment()
    with warehouse.published() as connection:
        if not present_columns(connection, schema, table):
            raise WarehouseError(
                f"There is no table {schema}.{table} in {warehouse.path}.",
                remedy="`netsuite-pipeline tables` lists the tables; `netsuite-pipeline sync` brings them.",
            )
        return connection.execute(f"SELECT * FROM {quoted(schema)}.{quoted(table)}").df()
