"""Last known good: what a sync really read, read back without waiting for anybody and without writing."""

import threading
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from netsuite_pipeline.health.known_good import KnownTable, read_known_good
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.schema.drift import SchemaChange
from netsuite_pipeline.warehouse.state import (
    TableState,
    claim_account,
    ensure_state,
    write_schema_changes,
    write_state,
)
from netsuite_pipeline.warehouse.warehouse import Warehouse

MORNING = datetime(2026, 11, 22, 6)
NOON = datetime(2026, 11, 23, 12)
STATE = TableState(
    watermark=NOON,
    columns=("id", "entity", "entity_label", "price_label", "email"),
    unavailable_columns=("subsidiary",),
    unavailable_checked_at=MORNING,
    row_count=300,
    synced_at=datetime(2026, 11, 23, 12, 0, 5),
)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """A warehouse whose working file knows of the connection `netsuite`, and nothing is published."""
    warehouse = Warehouse(tmp_path / "warehouse.duckdb", lock_wait_seconds=0.2)
    warehouse.prepare("netsuite")
    with warehouse.working() as file:
        ensure_state(file)
        claim_account(file, "netsuite", "1234567_SB1", MORNING)
    return warehouse


def note(warehouse: Warehouse, table: str, state: TableState, connection: str = "netsuite") -> None:
    """Writes what a sync would, and publishes it."""
    with warehouse.working() as file:
        write_state(file, connection, table, state, sync_id="s")
    warehouse.publish()


def test_what_a_sync_read_is_known_without_labels(warehouse: Warehouse) -> None:
    note(warehouse, "vendor", STATE)

    known = read_known_good(warehouse, "netsuite")

    assert known is not None
    assert known.account == "1234567_SB1"
    assert known.last_good == STATE.synced_at
    columns = frozenset({"id", "entity", "email", "price_label"})
    assert known.tables == {"vendor": KnownTable(columns, 300, STATE.synced_at, NOON)}


def test_the_latest_table_says_until_when_signing_in_worked(warehouse: Warehouse) -> None:
    note(warehouse, "vendor", STATE)
    note(warehouse, "customer", replace(STATE, synced_at=MORNING))

    known = read_known_good(warehouse, "netsuite")

    assert known is not None
    assert known.last_good == STATE.synced_at
    assert set(known.tables) == {"vendor", "customer"}


def test_a_lost_column_stays_known_and_shows_since_when_it_is_lost(warehouse: Warehouse) -> None:
    lost = replace(STATE, unavailable_columns=("subsidiary", "email", "entity_label"))
    with warehouse.working() as file:
        for moment in (MORNING, NOON):
            change = SchemaChange("email", "lost", None, None)
            write_schema_changes(file, "netsuite", "vendor", [change], noticed_at=moment, sync_id="s")
    note(warehouse, "vendor", lost)

    known = read_known_good(warehouse, "netsuite")

    assert known is not None
    assert "email" in known.tables["vendor"].columns
    assert known.tables["vendor"].lost == {"email": NOON}


def test_a_column_that_came_back_is_not_lost(warehouse: Warehouse) -> None:
    with warehouse.working() as file:
        change = SchemaChange("email", "lost", None, None)
        write_schema_changes(file, "netsuite", "vendor", [change], noticed_at=MORNING, sync_id="s")
    note(warehouse, "vendor", STATE)

    known = read_known_good(warehouse, "netsuite")

    assert known is not None
    assert known.tables["vendor"].lost == {}


def test_one_connection_does_not_know_anothers_tables(warehouse: Warehouse) -> None:
    with warehouse.working() as file:
        claim_account(file, "it's", "7654321", NOON)
    note(warehouse, "vendor", STATE)
    note(warehouse, "customer", STATE, connection="it's")

    ours, theirs = read_known_good(warehouse, "netsuite"), read_known_good(warehouse, "it's")

    assert ours is not None
    assert theirs is not None
    assert (set(ours.tables), set(theirs.tables)) == ({"vendor"}, {"customer"})
    assert theirs.account == "7654321"


def test_without_a_file_nothing_is_known_and_none_is_made(tmp_path: Path) -> None:
    assert read_known_good(Warehouse(tmp_path / "data" / "warehouse.duckdb"), "netsuite") is None
    assert list(tmp_path.iterdir()) == []


def test_a_sync_that_committed_no_table_leaves_nothing_known(warehouse: Warehouse) -> None:
    warehouse.publish()

    assert read_known_good(warehouse, "netsuite") is None


def test_a_file_that_holds_other_things_knows_nothing(tmp_path: Path) -> None:
    path = tmp_path / "other.duckdb"
    with duckdb.connect(str(path)) as file:
        file.execute("CREATE TABLE mine (i INTEGER)")

    assert read_known_good(Warehouse(path), "netsuite") is None


def test_a_file_of_an_earlier_version_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as file:
        file.execute("CREATE SCHEMA _netsuite")
        file.execute("CREATE TABLE _netsuite.connections (connection VARCHAR, account VARCHAR)")
        file.execute("INSERT INTO _netsuite.connections VALUES ('netsuite', '1234567')")
        file.execute(
            "CREATE TABLE _netsuite.table_state (connection VARCHAR, table_name VARCHAR, columns VARCHAR[], "
            "row_count BIGINT, synced_at TIMESTAMP)"
        )
        file.execute(
            "INSERT INTO _netsuite.table_state VALUES "
            "('netsuite', 'vendor', ['id'], 7, TIMESTAMP '2026-11-22 06:00:00')"
        )
    before = path.read_bytes()

    known = read_known_good(Warehouse(path), "netsuite")

    assert known is not None
    assert known.tables == {"vendor": KnownTable(frozenset({"id"}), 7, MORNING)}
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", [b"no database", b""], ids=["garbage", "empty"])
def test_a_damaged_file_is_reported_as_such_and_left_alone(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(damage)
    Warehouse(path).folder.mkdir()
    Warehouse(path).working_path.touch()  # so it was published once

    with pytest.raises(WarehouseError, match=r"warehouse\.duckdb"):
        read_known_good(Warehouse(path), "netsuite")

    assert path.read_bytes() == damage


def test_a_table_that_is_not_the_pipelines_is_reported_with_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as file:
        file.execute("CREATE SCHEMA _netsuite")
        file.execute("CREATE TABLE _netsuite.table_state (i INTEGER)")

    with pytest.raises(WarehouseError) as refused:
        read_known_good(Warehouse(path), "netsuite")

    assert refused.value.remedy


def test_a_running_sync_is_neither_waited_for_nor_blocked(warehouse: Warehouse) -> None:
    note(warehouse, "vendor", STATE)
    known = []

    with warehouse.working() as file:
        file.execute("BEGIN TRANSACTION")
        write_state(file, "netsuite", "vendor", replace(STATE, row_count=1), sync_id="t")
        reader = threading.Thread(target=lambda: known.append(read_known_good(warehouse, "netsuite")))
        reader.start()
        reader.join(timeout=100)
        assert not reader.is_alive()
        file.execute("COMMIT")

    assert known[0] is not None
    assert known[0].tables["vendor"].rows == 300
