"""A synced company over real HTTP, in which tests plant faults that move no stamp."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.marts import refresh_marts
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.reconciliation.comparison import ReconcileRequest
from netsuite_pipeline.reconciliation.differences import Difference, ReconcileReport
from netsuite_pipeline.reconciling import reconcile
from netsuite_pipeline.sync.load.marts import publish_marts
from netsuite_pipeline.sync.report import SyncReport
from netsuite_pipeline.sync.request import SyncRequest
from netsuite_pipeline.sync.run import Sync
from netsuite_pipeline.tables import choose_tables, standard_tables
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.comparing import assert_equal_to_source

LEDGER = ("transaction", "transactionline", "transactionaccountingline", "accountingperiod")
TABLES = (*LEDGER, "customer", "pricing", "term", "nexttransactionlinelink")


@dataclass
class Company:
    """An emulated account and a warehouse of its tables.

    Attributes:
        emulator: The account.
        warehouse: The warehouse.
        tables: The tables that are synced and compared.
        salt: The salt of hashed columns.
        catalogue: All tables.
        marts: The schema of the marts; empty for none.
    """

    emulator: EmulatorProcess
    warehouse: Warehouse
    tables: tuple[str, ...] = TABLES
    salt: str = ""
    catalogue: dict[str, Any] = field(default_factory=lambda: dict(standard_tables()))
    marts: str = ""

    @classmethod
    def synced(
        cls, emulator: EmulatorProcess, folder: Path, tables: tuple[str, ...] = TABLES, marts: str = ""
    ) -> "Company":
        company = cls(emulator, Warehouse(folder / "warehouse.duckdb"), tables, marts=marts)
        assert not company.sync().failed
        return company

    def build_marts(self) -> None:
        publish_marts(self.warehouse, "netsuite", self.catalogue, refresh_marts)

    @property
    def admin(self) -> Any:
        return self.emulator.admin

    def client(self) -> NetSuiteClient:
        return client_from_environment(self.emulator.env)

    def sync(
        self, *, accept_shrink: Collection[str] = (), full: bool = False, since: datetime | None = None
    ) -> SyncReport:
        chosen = choose_tables(self.catalogue, self.tables)
        shrink = frozenset(accept_shrink)
        request = SyncRequest(
            chosen,
            self.catalogue,
            "netsuite",
            full,
            timedelta(hours=1),
            shrink,
            salt=self.salt,
            since=since,
            marts=refresh_marts if self.marts else None,
        )
        with self.client() as client:
            sync = Sync(client, self.warehouse, request)
            for _ in sync:
                pass
            return sync.report()

    def reconcile(self, *tables: str) -> ReconcileReport:
        chosen = choose_tables(self.catalogue, tables or self.tables)
        with self.client() as client:
            request = ReconcileRequest(chosen, self.catalogue, "netsuite", self.marts)
            marts = refresh_marts if self.marts else None
            return reconcile(client, self.warehouse, request, salt=self.salt, marts=marts)

    def here(self, statement: str) -> list[tuple[Any, ...]]:
        """Return what the published file answers."""
        with self.warehouse.published() as connection:
            return connection.execute(statement).fetchall()

    def damage(self, statement: str) -> None:
        """Change the stored tables, as a bug of the pipeline would, and publish."""
        with self.warehouse.working() as connection:
            connection.execute(statement)
        self.warehouse.publish()

    def assert_equal(self) -> None:
        """The published tables equal NetSuite's to the last digit."""
        tables = [self.catalogue[name] for name in self.tables]
        assert_equal_to_source(self.warehouse.path, tables, self.admin)

    def journal(self, *, closed: bool) -> int:
        """Return a journal in a closed or an open period; none is chosen twice in a row by chance."""
        return int(
            self.here(
                "SELECT t.id FROM netsuite.transaction t JOIN netsuite.accountingperiod p "
                f"ON p.id = t.postingperiod WHERE t.type = 'Journal' AND p.closed = {closed} AND t.posting "
                "ORDER BY t.id DESC LIMIT 1"
            )[0][0]
        )


def amounts(differences: Iterable[Difference]) -> set[tuple[int | None, str | None, str | None]]:
    """Return account and both amounts of differences in the ledger."""
    return {(each.account, each.here, each.netsuite) for each in differences}
