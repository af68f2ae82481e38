"""Tables as Dagster assets: one multi-asset for each connection, of which any subset can be synced."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import dagster as dg

from netsuite_pipeline.orchestration.asset_keys import ConnectionTables, build_asset_keys
from netsuite_pipeline.orchestration.assets.execute_sync import execute_sync
from netsuite_pipeline.orchestration.assets.lineage import with_parent_deps
from netsuite_pipeline.orchestration.io_manager import frames_key
from netsuite_pipeline.orchestration.resources import (
    NetSuiteResource,
    WarehouseResource,
    connection_resources,
    resource_keys,
)
from netsuite_pipeline.orchestration.sync_config import SyncConfig, SyncEvent, SyncRunner, register_sync
from netsuite_pipeline.orchestration.translator import DagsterNetSuiteTranslator, NetSuiteTableProps
from netsuite_pipeline.tables import Table, choose_tables, tables_from_environment

_IO_MANAGER_KEY = "dagster/io_manager_key"


def load_netsuite_asset_specs(
    *,
    tables: Sequence[str] = ("all",),
    connection: str = "netsuite",
    translator: DagsterNetSuiteTranslator | None = None,
    catalogue: Mapping[str, Table] | None = None,
) -> Sequence[dg.AssetSpec]:
    """Return the asset specs of tables, parents before their children in the lineage.

    Args:
        tables: Names and groups of the catalogue; `all` for all of them, `-name` leaves one out.
        connection: The connection's name: the prefix of asset keys, the schema in DuckDB.
        translator: Makes the spec of each table.
        catalogue: The known tables, by name; by default the standard ones, and those of `NETSUITE_TABLES`.

    Raises:
        TableSpecError: `tables` names an unknown table, or two tables have one key.

    Example:
        >>> [spec.key.to_user_string() for spec in load_netsuite_asset_specs(tables=["customer", "vendor"])]
        ['netsuite/customer', 'netsuite/vendor']
    """
    _, specs = resolve_tables(tables, connection, translator, catalogue)
    return list(specs.values())


def netsuite_assets(
    *,
    tables: Sequence[str] = ("all",),
    connection: str = "netsuite",
    name: str | None = None,
    group_name: str | None = None,
    translator: DagsterNetSuiteTranslator | None = None,
    catalogue: Mapping[str, Table] | None = None,
    retry_policy: dg.RetryPolicy | None = None,
    pool: str | None = None,
    marts: bool = True,
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """Make a function the multi-asset of tables; it yields from `NetSuiteResource.sync`.

    The arguments `tables`, `connection`, `translator` and `catalogue` are those of
    `load_netsuite_asset_specs`. `marts` is whether a sync builds the finance marts; they are no assets here.
    The others are Dagster's.

    Raises:
        TableSpecError: `tables` names an unknown table, or two tables have one key.

    Example:
        >>> @netsuite_assets(tables=["customer", "vendor"], name="parties")
        ... def parties(context: dg.AssetExecutionContext, netsuite: NetSuiteResource):
        ...     yield from netsuite.sync(context)
        >>> sorted(key.to_user_string() for key in parties.keys)
        ['netsuite/customer', 'netsuite/vendor']
    """
    target, specs = resolve_tables(tables, connection, translator, catalogue)
    target = replace(target, marts=marts)
    if group_name is not None:
        specs = {each: spec.replace_attributes(group_name=group_name) for each, spec in specs.items()}

    def decorate(function: Callable[..., Any]) -> dg.AssetsDefinition:
        return _multi_asset(function, target, specs, name, retry_policy, pool)

    return decorate


def resolve_tables(
    tables: Sequence[str],
    connection: str,
    translator: DagsterNetSuiteTranslator | None,
    catalogue: Mapping[str, Table] | None,
) -> tuple[ConnectionTables, Mapping[str, dg.AssetSpec]]:
    """Return the chosen tables, and the asset spec of each by the table's name.

    The arguments are those of `load_netsuite_asset_specs`.

    Raises:
        TableSpecError: `tables` names an unknown table, or two tables have one key.
    """
    known = tables_from_environment() if catalogue is None else catalogue
    chosen = choose_tables(known, tables)
    translator = translator or DagsterNetSuiteTranslator()
    specs = {table.name: translator.get_asset_spec(NetSuiteTableProps(table, connection)) for table in chosen}
    keys = build_asset_keys(connection, specs)
    return ConnectionTables(keys, chosen, known), with_parent_deps(specs, chosen, keys)


def _multi_asset(
    function: Callable[..., Any],
    target: ConnectionTables,
    specs: Mapping[str, dg.AssetSpec],
    name: str | None = None,
    retry_policy: dg.RetryPolicy | None = None,
    pool: str | None = None,
    required_resource_keys: set[str] | None = None,
) -> dg.AssetsDefinition:
    """Return the multi-asset of tables, registered for `NetSuiteResource.sync`.

    It has no checks of its own: Dagster expects every check of a step in each of its runs, and a sync of
    changes, or of a table that the account does not have, cannot evaluate all. Evaluations are yielded
    besides.
    """

    def run(
        context: dg.AssetExecutionContext,
        netsuite: NetSuiteResource,
        warehouse: WarehouseResource,
        config: SyncConfig,
    ) -> Iterator[SyncEvent]:
        selected = context.selected_asset_keys
        chosen = tuple(table for table in target.tables if target.keys.table_key(table.name) in selected)
        yield from execute_sync(context, netsuite, warehouse, config, target, chosen)

    assets = dg.multi_asset(
        name=name or f"{target.connection}_tables",
        specs=list(specs.values()),
        can_subset=True,
        required_resource_keys=required_resource_keys,
        retry_policy=retry_policy or dg.RetryPolicy(max_retries=1, delay=30),
        pool=pool or f"netsuite_{target.connection}",
    )(function)
    register_sync(assets.op, run)
    return assets


def build_assets(
    target: ConnectionTables, specs: Mapping[str, dg.AssetSpec], execute: SyncRunner
) -> dg.AssetsDefinition:
    """Return the multi-asset that syncs a connection's tables, with freshness policies and I/O manager.

    Args:
        target: The connection's tables.
        specs: The spec of each table, by the table's name.
        execute: What the step runs.
    """
    connection = target.connection

    def sync_tables(context: dg.AssetExecutionContext, config: SyncConfig) -> Iterator[SyncEvent]:
        yield from execute(context, *connection_resources(context, connection), config)

    final = {}
    for name, spec in specs.items():
        if name in target.freshness:
            window = target.freshness[name]
            policy = dg.FreshnessPolicy.time_window(fail_window=window.fail, warn_window=window.warn)
            spec = spec.replace_attributes(freshness_policy=policy)
        if _IO_MANAGER_KEY not in spec.metadata:
            spec = spec.with_io_manager_key(frames_key(connection))
        final[name] = spec
    return _multi_asset(sync_tables, target, final, required_resource_keys=resource_keys(connection))
