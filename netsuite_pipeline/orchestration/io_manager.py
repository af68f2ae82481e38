"""Loads a synced table as a DataFrame for a downstream asset: the loading half of an I/O manager."""

from typing import TYPE_CHECKING, Any

import dagster as dg

from netsuite_pipeline.orchestration.asset_keys import AssetKeys
from netsuite_pipeline.orchestration.resources import WarehouseResource, warehouse_key
from netsuite_pipeline.warehouse.errors import WarehouseError

if TYPE_CHECKING:
    import pandas


def frames_key(connection: str) -> str:
    """Return the resource key of the I/O manager that loads a connection's tables.

    Example:
        >>> frames_key("netsuite")
        'netsuite_frames'
    """
    return f"{connection}_frames"


class TableFrames(dg.IOManager):
    """Loads tables of a connection from the published file. Syncs alone write the warehouse.

    The asset spec of each table names this I/O manager. An asset that takes a table as an argument gets a
    DataFrame, while the asset's own output goes to the project's own I/O manager.

    Example:
        ::

            @dg.asset(ins={"customer": dg.AssetIn(["netsuite", "customer"])})
            def active_customers(customer: pd.DataFrame) -> pd.DataFrame:
                return customer[~customer["isinactive"]]
    """

    def __init__(self, keys: AssetKeys, warehouse: WarehouseResource) -> None:
        self._keys = keys
        self._warehouse = warehouse

    def load_input(self, context: dg.InputContext) -> "pandas.DataFrame":
        """Return the table as the last sync published it; numbers are exact (`netsuite_pipeline.read`).

        Raises:
            Failure: No sync has read the table, or the input is annotated as another type than DataFrame.
        """
        import pandas

        expected: Any = context.dagster_type.typing_type
        if expected not in (Any, pandas.DataFrame):
            raise dg.Failure(
                f"{context.name!r} is annotated as {getattr(expected, '__name__', expected)}, but a table of "
                "NetSuite is loaded as a pandas.DataFrame. For another type open the warehouse: "
                f"{self._warehouse.warehouse(self._keys.connection).name}.",
                allow_retries=False,
            )
        table = self._keys.table_name(context.asset_key)
        if table is None:
            raise dg.Failure(
                f"{context.asset_key.to_user_string()} is no table of {self._keys.connection}.",
                allow_retries=False,
            )
        try:
            return self._warehouse.read(table, self._keys.connection)
        except WarehouseError as error:
            raise dg.Failure(str(error), allow_retries=False) from error

    def handle_output(self, context: dg.OutputContext, obj: object) -> None:
        """Refuse every output: only a sync writes a table.

        Raises:
            Failure: Always.
        """
        raise dg.Failure(
            f"{frames_key(self._keys.connection)} only loads tables. Leave io_manager_key out, or name one "
            "that stores outputs.",
            allow_retries=False,
        )


def build_frames(keys: AssetKeys) -> dg.IOManagerDefinition:
    """Return the I/O manager that the asset specs of a connection's tables name."""
    key = warehouse_key(keys.connection)

    @dg.io_manager(required_resource_keys={key}, description="Loads tables of NetSuite as DataFrames.")
    def frames(context: dg.InitResourceContext) -> TableFrames:
        return TableFrames(keys, getattr(context.resources, key))

    return frames
