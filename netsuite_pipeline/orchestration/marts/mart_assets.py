"""The marts as Dagster assets, and their checks as what a person can execute."""

from collections.abc import Iterator

import dagster as dg

from netsuite_pipeline.marts import refresh_marts
from netsuite_pipeline.orchestration.asset_keys import ConnectionTables
from netsuite_pipeline.orchestration.marts.mart_events import mart_metadata, mart_outcomes
from netsuite_pipeline.orchestration.marts.mart_specs import mart_check_specs, mart_key, mart_specs
from netsuite_pipeline.orchestration.resources import connection_resources, resource_keys
from netsuite_pipeline.sync.load.marts import publish_marts
from netsuite_pipeline.warehouse.errors import WarehouseError

_WAIT_SECONDS = 1800.0


def build_mart_assets(target: ConnectionTables) -> dg.AssetsDefinition:
    """Return the multi-asset of a connection's marts.

    A sync builds the marts itself. This step is for a person who builds them without a sync; it sends no
    request. All marts are built, so that they agree with each other; the selected ones are materialized.

    Args:
        target: The connection's tables.
    """
    connection = target.connection

    @dg.multi_asset(
        name=f"{connection}_marts",
        specs=list(mart_specs(target)),
        can_subset=True,
        required_resource_keys=resource_keys(connection),
        pool=f"netsuite_{connection}",
    )
    def marts(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        _, resource = connection_resources(context, connection)
        warehouse = resource.warehouse(connection)
        try:
            build = publish_marts(
                warehouse, connection, target.catalogue, refresh_marts, wait_seconds=_WAIT_SECONDS
            )
        except WarehouseError as error:
            raise dg.Failure(description=str(error), allow_retries=False) from error
        if build is None:
            return
        metadata = mart_metadata(target.keys, build, warehouse)
        for mart in build.marts:
            key = mart_key(connection, mart.name)
            if key in context.selected_asset_keys:
                yield dg.MaterializeResult(asset_key=key, metadata=metadata[mart.name])

    return marts


def build_mart_checks(connection: str) -> dg.AssetChecksDefinition:
    """Return the checks of a connection's marts. They read the published file and send no request."""

    @dg.multi_asset_check(
        name=f"{connection}_mart_checks",
        specs=list(mart_check_specs(connection)),
        can_subset=True,
        required_resource_keys=resource_keys(connection),
        description="Checks that the marts agree with each other and with the ledger.",
    )
    def check_marts_now(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        _, resource = connection_resources(context, connection)
        outcomes = mart_outcomes(connection, resource.warehouse(connection))
        for key in sorted(context.selected_asset_check_keys, key=dg.AssetCheckKey.to_user_string):
            yield outcomes[key].result(key)

    return check_marts_now
