"""A sync publishes marts together with their tables, and no mart can keep tables from being published."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from netsuite_pipeline.sync.landing.folder import Landing
from netsuite_pipeline.sync.load.marts import publish_marts
from netsuite_pipeline.warehouse.errors import WarehouseError, WarehouseLocked
from netsuite_pipeline.warehouse.transactions import transaction
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import CONNECTION, CUSTOMER, a_company, stored, whole_report

TABLES = (CUSTOMER,)


@dataclass(frozen=True)
class Built:
    """A mart, and a build of it."""

    name: str
    rows: int
    seconds: float = 0.1
    schema: str = "marts"

    @property
    def marts(self) -> tuple["Built", ...]:
        return (self,)


@dataclass
class Builder:
    """Builds a mart of one number: how many customers there are.

    Attributes:
        error: What it raises instead.
        is_needed: Whether something changed.
        builds: How often it built.
    """

    error: Exception | None = None
    is_needed: bool = True
    builds: int = 0

    def __call__(
        self, connection: duckdb.DuckDBPyConnection, connection_name: str, now: datetime, *, force: bool
    ) -> Built | None:
        if not (self.is_needed or force):
            return None
        with transaction(connection):
            self.builds += 1
            connection.execute("CREATE SCHEMA IF NOT EXISTS marts")
            connection.execute(
                f"CREATE OR REPLACE TABLE marts.customers AS SELECT count(*) AS n FROM {connection_name}.customer"
            )
            if self.error is not None:
                raise self.error
            connection.execute(
                "CREATE OR REPLACE TABLE _netsuite.marts_state AS SELECT "
                f"'{connection_name}' AS connection, TIMESTAMP '{now}' AS built_at"
            )
        return Built("customers", 1)


def customers(warehouse: Warehouse) -> int:
    with warehouse.published() as published:
        (row,) = published.execute("SELECT n FROM marts.customers").fetchall()
    return int(row[0])


def inode(warehouse: Warehouse) -> int:
    return warehouse.path.stat().st_ino


def test_marts_and_tables_are_published_as_one_file(warehouse: Warehouse) -> None:
    fake, builder = a_company(), Builder()
    report = whole_report(fake, warehouse, TABLES, marts=builder)
    assert report.as_json["marts"] == [{"mart": "customers", "rows": 1, "seconds": 0.1}]
    assert customers(warehouse) == len(stored(warehouse, CUSTOMER)) == 3


def test_a_sync_with_nothing_new_publishes_nothing(warehouse: Warehouse) -> None:
    fake, builder = a_company(), Builder()
    whole_report(fake, warehouse, TABLES, marts=builder)
    before = inode(warehouse)
    builder.is_needed = False
    report = whole_report(fake, warehouse, TABLES, marts=builder)
    assert report.marts is None
    assert report.as_json["marts"] == []
    assert inode(warehouse) == before


def test_marts_that_are_rebuilt_without_a_change_of_tables_are_published(warehouse: Warehouse) -> None:
    """A new period begins, or the marts' SQL is another."""
    fake, builder = a_company(), Builder()
    whole_report(fake, warehouse, TABLES, marts=builder)
    before = inode(warehouse)
    whole_report(fake, warehouse, TABLES, marts=builder)
    assert inode(warehouse) != before


def test_a_sync_without_marts_leaves_them_as_they_are(warehouse: Warehouse) -> None:
    fake = a_company()
    whole_report(fake, warehouse, TABLES, marts=Builder())
    fake.insert(
        "customer", {"id": 9, "companyname": "New", "isinactive": False, "lastmodifieddate": fake.now}
    )
    whole_report(fake, warehouse, TABLES)
    assert customers(warehouse) == 3
    assert len(stored(warehouse, CUSTOMER)) == 4


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (duckdb.OutOfMemoryException("could not allocate block"), "could not allocate block"),
        (WarehouseError("A mart is impossible."), "A mart is impossible."),
        (KeyError("accttype"), "KeyError: 'accttype'"),
    ],
)
def test_a_mart_that_fails_is_a_note_and_the_tables_are_published(
    warehouse: Warehouse, error: Exception, words: str
) -> None:
    fake = a_company()
    whole_report(fake, warehouse, TABLES, marts=Builder())
    fake.insert(
        "customer", {"id": 9, "companyname": "New", "isinactive": False, "lastmodifieddate": fake.now}
    )
    report = whole_report(fake, warehouse, TABLES, marts=Builder(error=error))
    (note,) = (note for note in report.notes if "marts" in note)
    assert note.startswith("The marts were not rebuilt and stay as they were: ")
    assert words in note
    assert report.failed == ()
    assert customers(warehouse) == 3
    assert len(stored(warehouse, CUSTOMER)) == 4


def test_marts_are_built_alone_and_published(warehouse: Warehouse) -> None:
    fake, builder = a_company(), Builder(is_needed=False)
    whole_report(fake, warehouse, TABLES)
    catalogue = {CUSTOMER.name: CUSTOMER}
    assert publish_marts(warehouse, CONNECTION, catalogue, builder, force=False) is None
    built = publish_marts(warehouse, CONNECTION, catalogue, builder)
    assert built is not None
    assert customers(warehouse) == 3


def test_marts_alone_wait_for_the_end_of_a_sync(warehouse: Warehouse) -> None:
    whole_report(a_company(), warehouse, TABLES)
    with Landing(warehouse.landing_path(CONNECTION)).locked(), pytest.raises(WarehouseLocked):
        publish_marts(warehouse, CONNECTION, {}, Builder(), wait_seconds=0)


def test_there_are_no_marts_before_the_first_sync(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "data" / "warehouse.duckdb")
    with pytest.raises(WarehouseError, match="There is no warehouse"):
        publish_marts(warehouse, CONNECTION, {}, Builder())
    assert not list(tmp_path.iterdir())
