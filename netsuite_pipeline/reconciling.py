"""Reconcile with NetSuite, and repair what differs by a sync that reads just that again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.reconciliation.comparison import ReconcileRequest
from netsuite_pipeline.reconciliation.differences import ReconcileReport, RepairRequest
from netsuite_pipeline.reconciliation.run import Reconciliation
from netsuite_pipeline.sync.landing.folder import Landing
from netsuite_pipeline.sync.planning.read_plan import OVERLAP
from netsuite_pipeline.sync.request import LOCK_WAIT_SECONDS, MartsBuilder, SyncRequest
from netsuite_pipeline.sync.run import Sync
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.store import Store

SyncRunner = Callable[[NetSuiteClient, Store, SyncRequest], int]
"""Runs a sync, and returns its number of requests. May raise NetSuiteError or WarehouseError."""


def run_sync(client: NetSuiteClient, warehouse: Store, request: SyncRequest) -> int:
    """Run a sync, and return its number of requests.

    Raises:
        NetSuiteError: NetSuite cannot be reached, or refuses the sign-in.
        WarehouseError: The warehouse cannot be used, or another sync of this connection runs.
    """
    return sum(table.requests for table in Sync(client, warehouse, request))


@dataclass(frozen=True)
class RepairSync:
    """The sync that reads again what differs.

    Attributes:
        client: The client.
        warehouse: The warehouse.
        request: What is compared.
        salt: The salt of the values in hashed columns.
        overlap: How far before its watermark a table is read again.
        marts: Builds the marts of what was repaired; None for a connection without marts.
        wait_seconds: How long to wait for the end of another sync.
        run_sync: Runs the sync.
    """

    client: NetSuiteClient
    warehouse: Store
    request: ReconcileRequest
    salt: str = ""
    overlap: timedelta = OVERLAP
    marts: MartsBuilder | None = None
    wait_seconds: float = LOCK_WAIT_SECONDS
    run_sync: SyncRunner = run_sync

    def run(self, repair: RepairRequest) -> int:
        """Read again what differs, and publish; return the number of requests.

        Raises:
            NetSuiteError: NetSuite cannot be reached, or refuses the sign-in.
            WarehouseError: The warehouse cannot be used, or another sync of this connection runs.
        """
        request = SyncRequest(
            tables=tuple(self._tables(repair)),
            catalogue=self.request.catalogue,
            connection=self.request.connection,
            full=False,
            overlap=self.overlap,
            salt=self.salt,
            wait_seconds=self.wait_seconds,
            full_tables=repair.full_tables,
            repairs=repair.rows,
            proven_deletions=repair.deleted,
            marts=self.marts,
        )
        return self.run_sync(self.client, self.warehouse, request)

    def _tables(self, repair: RepairRequest) -> Iterator[Table]:
        """Yield the tables to sync in the catalogue's order: parents belong to their children."""
        catalogue = self.request.catalogue
        parents = {parent.table for name in repair.tables if (parent := catalogue[name].parent) is not None}
        for name, table in catalogue.items():
            if name in repair.tables or name in parents:
                yield table


def reconcile(
    client: NetSuiteClient,
    warehouse: Store,
    request: ReconcileRequest,
    *,
    salt: str = "",
    overlap: timedelta = OVERLAP,
    marts: MartsBuilder | None = None,
    wait_seconds: float = LOCK_WAIT_SECONDS,
    run_sync: SyncRunner = run_sync,
) -> ReconcileReport:
    """Compare the stored tables with NetSuite, and read again what differs.

    A sync that runs is awaited first: both would share the account's slots, and right after a sync there are
    fewest changes to come. A sync that starts meanwhile waits for repairs alone.

    Args:
        client: The client of the connection's role.
        warehouse: The warehouse.
        request: What is compared.
        salt: The salt of the values in hashed columns.
        overlap: How far before its watermark a table is read again.
        marts: Builds the marts of what was repaired; None for a connection without marts.
        wait_seconds: How long to wait for the end of a sync, before the comparison and before a repair.
        run_sync: Runs the sync of a repair.

    Raises:
        NetSuiteError: NetSuite refuses the sign-in, or cannot be reached.
        WarehouseError: There is no published file, the working file cannot be used, or a sync runs.
    """
    if warehouse.is_published:
        landing = Landing(warehouse.landing_path(request.connection))
        with landing.locked(wait_seconds), warehouse.one_sync(wait_seconds):
            pass
    repair = RepairSync(client, warehouse, request, salt, overlap, marts, wait_seconds, run_sync)
    return Reconciliation(client, warehouse, request, repair.run).run()
