"""How a mart appears in Dagster: its key, its asset spec, its checks, its lineage."""

from collections.abc import Sequence

import dagster as dg

from netsuite_pipeline.marts import Mart, column_lineage, mart_checks, marts_catalogue, marts_schema
from netsuite_pipeline.orchestration.asset_keys import AssetKeys, ConnectionTables
from netsuite_pipeline.orchestration.check_specs import connection_key

GROUP = "marts"


def mart_key(connection: str, name: str) -> dg.AssetKey:
    """Return the asset key of a mart, which is its schema and its table.

    Example:
        >>> mart_key("netsuite", "trial_balance"), mart_key("sandbox", "trial_balance")
        (AssetKey(['marts', 'trial_balance']), AssetKey(['sandbox_marts', 'trial_balance']))
    """
    return dg.AssetKey([marts_schema(connection), name])


def mart_specs(target: ConnectionTables) -> Sequence[dg.AssetSpec]:
    """Return the asset specs of all marts of a connection.

    A mart depends on the marts that it reads, and on the tables that it uses and that the connection syncs.

    Args:
        target: The connection's tables.
    """
    return [_spec(mart, target) for mart in marts_catalogue().values()]


def _spec(mart: Mart, target: ConnectionTables) -> dg.AssetSpec:
    connection = target.connection
    synced = {table.name for table in target.tables}
    beneath = {table for name in mart.reads for table in marts_catalogue()[name].uses}
    tables = [table for table in mart.uses if table in synced - beneath]
    deps = [*(mart_key(connection, name) for name in mart.reads), *map(target.keys.table_key, tables)]
    return dg.AssetSpec(
        key=mart_key(connection, mart.name),
        deps=deps or [connection_key(connection)],
        description=f"{mart.title}. {mart.description}\n\nKey: {', '.join(mart.key)}. docs/marts.md has "
        "formulas and signs. A sync rebuilds all marts if a table that they use changed, and publishes them "
        "together with the tables.",
        group_name=GROUP,
        kinds={"duckdb", "sql"},
        tags={"netsuite/connection": connection},
        metadata={
            "dagster/table_name": f"{marts_schema(connection)}.{mart.name}",
            "dagster/column_schema": column_schema(mart),
            "key": ", ".join(mart.key),
        },
        skippable=True,
    )


def column_schema(mart: Mart) -> dg.TableSchema:
    """Return the columns of a mart with their types and meanings."""
    return dg.TableSchema(
        columns=[dg.TableColumn(each.name, each.type, each.description) for each in mart.columns]
    )


def lineage_of(mart: str, keys: AssetKeys) -> dg.TableColumnLineage:
    """Return the columns that each column of a mart comes from.

    Args:
        mart: The mart.
        keys: The asset keys of the connection's tables.
    """
    marts = marts_catalogue()

    def key(name: str) -> dg.AssetKey:
        return mart_key(keys.connection, name) if name in marts else keys.table_key(name)

    return dg.TableColumnLineage(
        {
            column: [dg.TableColumnDep(key(name), source) for name, source in sources]
            for column, sources in column_lineage(mart).items()
        }
    )


def mart_check_specs(connection: str) -> Sequence[dg.AssetCheckSpec]:
    """Return the specs of the marts' checks."""
    return [
        dg.AssetCheckSpec(check.name, asset=mart_key(connection, check.mart), description=check.description)
        for check in mart_checks().values()
    ]
