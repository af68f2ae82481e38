"""The asset keys of a connection's tables, and the tables themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import dagster as dg

from netsuite_pipeline.orchestration.check_specs import connection_key
from netsuite_pipeline.orchestration.freshness import FreshnessWindows
from netsuite_pipeline.tables import Table, TableSpecError


@dataclass(frozen=True)
class AssetKeys:
    """The asset keys of one connection.

    Attributes:
        connection: The connection's name.
        tables: The asset key of each table, by the table's name.
    """

    connection: str
    tables: Mapping[str, dg.AssetKey] = field(default_factory=dict)

    @property
    def connection_key(self) -> dg.AssetKey:
        """The key of the connection's own asset: always `<connection>/connection`."""
        return connection_key(self.connection)

    def table_key(self, name: str) -> dg.AssetKey:
        """Return the key of a table; `<connection>/<table>` for a table outside `tables`.

        Example:
            >>> AssetKeys("netsuite", {"vendor": dg.AssetKey(["raw", "suppliers"])}).table_key("vendor")
            AssetKey(['raw', 'suppliers'])
            >>> AssetKeys("netsuite").table_key("vendor")
            AssetKey(['netsuite', 'vendor'])
        """
        return self.tables.get(name) or dg.AssetKey([self.connection, name])

    def table_name(self, key: dg.AssetKey) -> str | None:
        """Return the table that has a key; None if no table of the connection has it.

        Example:
            >>> keys = build_asset_keys("netsuite", {"vendor": dg.AssetSpec(["raw", "suppliers"])})
            >>> keys.table_name(dg.AssetKey(["raw", "suppliers"]))
            'vendor'
        """
        return next((name for name, known in self.tables.items() if known == key), None)


@dataclass(frozen=True)
class ConnectionTables:
    """The tables of one connection.

    Attributes:
        keys: The connection's name and asset keys.
        tables: The tables that the connection syncs, in the catalogue's order.
        catalogue: All known tables, by name.
        freshness: How old the tables may get.
        marts: Whether a sync builds the finance marts.
        has_mart_assets: Whether Dagster shows the marts as assets.
    """

    keys: AssetKeys
    tables: Sequence[Table]
    catalogue: Mapping[str, Table]
    freshness: FreshnessWindows = field(default_factory=dict)
    marts: bool = True
    has_mart_assets: bool = False

    @property
    def connection(self) -> str:
        """The connection's name."""
        return self.keys.connection


def build_asset_keys(connection: str, specs: Mapping[str, dg.AssetSpec]) -> AssetKeys:
    """Return the keys of asset specs.

    Args:
        connection: The connection's name.
        specs: The final spec of each table, by the table's name.

    Raises:
        TableSpecError: Two tables share a key, or a table has the key of the connection's asset or report.
    """
    used = {
        connection_key(connection): "the asset that stands for the connection",
        dg.AssetKey([connection, "report"]): "the report",
    }
    for name, spec in specs.items():
        if spec.key in used:
            raise TableSpecError(
                f"its asset key {spec.key.to_user_string()} is already the key of {used[spec.key]}; give "
                "each table its own key where you change asset specs (with the table's name in it)",
                table=name,
            )
        used[spec.key] = f"the table {name!r}"
    return AssetKeys(connection, {name: spec.key for name, spec in specs.items()})
