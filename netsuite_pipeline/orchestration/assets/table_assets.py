"""Tables as Dagster assets: one multi-asset a connection, in which any subset of tables can be synced."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta

import dagster as dg

from netsuite_pipeline.orchestration.asset_keys import AssetKeys, build_asset_keys
from netsuite_pipeline.orchestration.assets.execute_sync import execute_sync
from netsuite_pipeline.orchestration.assets.sync_config import SyncConfig
from netsuite_pipeline.orchestration.io_manager import frames_key
from netsuite_pipeline.orchestration.lineage import with_parent_deps
from netsuite_pipeline.orchestration.resources import warehouse_key
from netsuite_pipeline.orchestration.translator import default_asset_spec
from netsuite_pipeline.tables import Table

_IO_MANAGER_KEY = "dagster/io_manager_key"
SpecChange = Callable[[Table, dg.AssetSpec], dg.AssetSpec]


def table_specs(
    connection: str, tables: Sequence[Table], change_spec: SpecChange, fresh_for: timedelta | None
) -> Mapping[str, dg.AssetSpec]:
    """How the tables show in Dagster, by their names, with what the project changes.

    Args:
        connection: The connection's name.
        tables: The tables it takes.
        change_spec: Changes a table's asset spec.
        fresh_for: How old the tables may get; None for no such policy.

    Raises:
        TableSpecError: The changes give two tables the same key.
    """
    specs = {table.name: change_spec(table, default_asset_spec(table, connection)) for table in tables}
    if fresh_for is not None:
        policy = dg.FreshnessPolicy.time_window(fail_window=fresh_for)
        specs = {name: spec.replace_attributes(freshness_policy=policy) for name, spec in specs.items()}
    frames = frames_key(connection)
    specs = {
        name: spec if _IO_MANAGER_KEY in spec.metadata else spec.with_io_manager_key(frames)
        for name, spec in specs.items()
    }
    return with_parent_deps(specs, tables, build_asset_keys(connection, specs))


def build_assets(
    keys: AssetKeys,
    tables: Sequence[Table],
    catalogue: Mapping[str, Table],
    specs: Mapping[str, dg.AssetSpec],
    *,
    fresh_for: timedelta | None = None,
) -> dg.AssetsDefinition:
    """The multi-asset that syncs a connection's tables.

    It has no checks of its own: what a step has, Dagster expects of each of its runs, and a sync of changes,
    or of a table that the account does not have, cannot answer all. It gives their evaluations besides.

    Args:
        keys: The connection's asset keys; its name is the key of its resource, and the schema in DuckDB.
        tables: The tables it takes, in the catalogue's order.
        catalogue: All tables that are known, by name.
        specs: How each table shows, by its name (`table_specs`).
        fresh_for: How old the tables may get; None for no check of it.
    """
    connection = keys.connection

    @dg.multi_asset(
        name=f"{connection}_tables",
        specs=list(specs.values()),
        can_subset=True,
        required_resource_keys={connection, warehouse_key(connection)},
        retry_policy=dg.RetryPolicy(max_retries=1, delay=30),
        pool=f"netsuite_{connection}",
    )
    def sync_tables(
        context: dg.AssetExecutionContext, config: SyncConfig
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckEvaluation]:
        chosen = tuple(table for table in tables if keys.table_key(table.name) in context.selected_asset_keys)
        yield from execute_sync(context, config, keys, chosen, catalogue, fresh_for)

    return sync_tables
