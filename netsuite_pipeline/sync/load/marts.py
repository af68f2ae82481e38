"""Build the marts without a sync, and publish them."""

from collections.abc import Mapping

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.sync.landing.folder import Landing
from netsuite_pipeline.sync.load.published_views import refresh_views
from netsuite_pipeline.sync.report import MartsBuild
from netsuite_pipeline.sync.request import LOCK_WAIT_SECONDS, MartsBuilder
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.store import Store
from netsuite_pipeline.warehouse.transactions import transaction


def publish_marts(
    warehouse: Store,
    connection_name: str,
    catalogue: Mapping[str, Table],
    build: MartsBuilder,
    *,
    force: bool = True,
    wait_seconds: float = LOCK_WAIT_SECONDS,
) -> MartsBuild | None:
    """Build the marts of a connection from its working file, and publish the file.

    A sync of the connection waits for the end, as for another sync.

    Args:
        warehouse: The warehouse.
        connection_name: The schema of NetSuite's tables.
        catalogue: All known tables, by name.
        build: Builds the marts.
        force: Whether to build marts that are up to date.
        wait_seconds: How long to wait for the end of a sync.

    Returns:
        What was built; None where the marts were up to date, and nothing was published.

    Raises:
        WarehouseLocked: A sync of the connection runs.
        WarehouseError: Nothing was synced yet, or the build or the publication failed. The published file is
            unchanged.
    """
    if not warehouse.has_tables:
        raise WarehouseError(
            f"There is no warehouse at {warehouse.name} yet.",
            remedy="Run `netsuite-pipeline sync`, or set NETSUITE_WAREHOUSE to where it is.",
        )
    warehouse.prepare(connection_name)
    landing = Landing(warehouse.landing_path(connection_name))
    with landing.locked(wait_seconds), warehouse.one_sync(wait_seconds):
        with warehouse.working() as working:
            built = build(working, connection_name, utc_now(), force=force)
            if built is None:
                return None
            with transaction(working):
                refresh_views(working, connection_name, catalogue)
        warehouse.publish()
    return built
