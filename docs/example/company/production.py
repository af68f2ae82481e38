"""The component of the production account: what its YAML cannot express."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from netsuite_pipeline import (
    NetSuiteComponent,
    NetSuiteResource,
    NetSuiteTableProps,
    SyncConfig,
    WarehouseResource,
)


class Production(NetSuiteComponent):
    """NetSuite's production account."""

    def get_asset_spec(self, props: NetSuiteTableProps) -> dg.AssetSpec:
        """Return the asset spec of a table; accounting tables belong to the ledger team."""
        spec = super().get_asset_spec(props)
        return spec.replace_attributes(owners=["team:ledger"]) if props.table.group == "accounting" else spec

    def execute(
        self,
        context: dg.AssetExecutionContext,
        netsuite: NetSuiteResource,
        warehouse: WarehouseResource,
        config: SyncConfig,
    ) -> Iterator[Any]:
        """Sync the selected tables, and log how many there are."""
        context.log.info(f"Tables to sync: {len(context.selected_asset_keys)}")
        yield from super().execute(context, netsuite, warehouse, config)
