"""Under which keys a connection's tables show in Dagster: the standard ones, or those of somebody's own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import dagster as dg

from netsuite_pipeline.orchestration.check_specs import connection_key
from netsuite_pipeline.tables import TableSpecError


@dataclass(frozen=True)
class AssetKeys:
    """The asset keys of one connection.

    Attributes:
        connection: The connection's name.
        tables: The key of each table it takes, by the table's name.
    """

    connection: str
    tables: Mapping[str, dg.AssetKey] = field(default_factory=dict)

    @property
    def connection_key(self) -> dg.AssetKey:
        """The asset that stands for the way to NetSuite; its key is always `<connection>/connection`."""
        return connection_key(self.connection)

    def table_key(self, name: str) -> dg.AssetKey:
        """The key of a table; the standard one for a table that is not taken.

        Example:
            >>> AssetKeys("netsuite", {"vendor": dg.AssetKey(["raw", "suppliers"])}).table_key("vendor")
            AssetKey(['raw', 'suppliers'])
            >>> AssetKeys("netsuite").table_key("vendor")
            AssetKey(['netsuite', 'vendor'])
        """
        return self.tables.get(name) or _standard(self.connection, name)

    def table_name(self, key: dg.AssetKey) -> str | None:
        """The table that shows under a key; None where none of the connection's does.

        Example:
            >>> build_asset_keys("netsuite", {"vendor": dg.AssetSpec(["raw", "suppliers"])}).table_name(
            ...     dg.AssetKey(["raw", "suppliers"]))
            'vendor'
        """
        return next((name for name, known in self.tables.items() if known == key), None)

    def table_keys(self, names: Iterable[str]) -> Sequence[dg.AssetKey]:
        """The keys of several tables."""
        return [self.table_key(name) for name in names]


def build_asset_keys(connection: str, specs: Mapping[str, dg.AssetSpec]) -> AssetKeys:
    """The keys that asset specs have, whoever changed them.

    Args:
        connection: The connection's name.
        specs: The final spec of each table, by the table's name.

    Raises:
        TableSpecError: Two tables share a key, or one has that of the connection's own asset or report.
    """
    taken = {
        connection_key(connection): "the asset that stands for the connection",
        _standard(connection, "report"): "the report",
    }
    for name, spec in specs.items():
        if spec.key in taken:
            raise TableSpecError(
                f"its asset key {spec.key.to_user_string()} is already that of {taken[spec.key]}; give each "
                "table a key of its own where you change asset specs (with the table's name in it)",
                table=name,
            )
        taken[spec.key] = f"the table {name!r}"
    return AssetKeys(connection, {name: spec.key for name, spec in specs.items()})


def _standard(connection: str, table: str) -> dg.AssetKey:
    return dg.AssetKey([connection, table])
