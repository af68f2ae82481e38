"""Columns with clear values are dropped, and the rewritten file holds none of the values any more."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import duckdb
import pytest

from netsuite_pipeline.warehouse.errors import WarehouseLocked
from netsuite_pipeline.warehouse.rows.clear_values import (
    ClearColumn,
    drop_clear_columns,
    find_clear_columns,
)
from netsuite_pipeline.warehouse.schema.schema import StoredTable, present_columns
from netsuite_pipeline.warehouse.state import ensure_state
from netsuite_pipeline.warehouse.warehouse import Warehouse

VALUES = [f"{uuid4().hex}@example.com" for _ in range(500)]
THINGS = StoredTable("netsuite", "t", ("id",), ())


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(tmp_path / "warehouse.duckdb", lock_wait_seconds=0.3)
    warehouse.prepare("netsuite")
    return warehouse


@pytest.fixture
def file(warehouse: Warehouse) -> Iterator[duckdb.DuckDBPyConnection]:
    with warehouse.working() as connection:
        ensure_state(connection)
        connection.execute("CREATE SCHEMA netsuite")
        connection.execute(
            "CREATE TABLE netsuite.t (id BIGINT, email VARCHAR, email_label VARCHAR, n BIGINT, n_text VARCHAR)"
        )
        yield connection


def test_columns_that_leak_the_value_are_dropped_with_it(file: duckdb.DuckDBPyConnection) -> None:
    file.execute("INSERT INTO netsuite.t VALUES (1, 'a', 'Ann', NULL, '7x')")
    file.execute(
        "INSERT INTO _netsuite.rejected_values (sync_id, connection, table_name, key, column_name, value, "
        "wanted_type, seen_at) SELECT 's', c, 't', '1', n, '7x', 'BIGINT', '2026-11-01' "
        "FROM (VALUES ('netsuite', 'n'), ('netsuite', 'id'), ('other', 'n')) v(c, n)"
    )
    columns = find_clear_columns(file, "netsuite", "t", ["email", "n", "absent"], ["id", "email", "n"])
    assert columns == (
        ClearColumn("email", "VARCHAR", ("email_label",)),
        ClearColumn("n", "BIGINT", ("n_text",)),
    )
    drop_clear_columns(file, THINGS, columns)
    assert present_columns(file, "netsuite", "t") == {"id": "BIGINT"}
    rejected = file.execute("SELECT connection, column_name FROM _netsuite.rejected_values ORDER BY ALL")
    assert rejected.fetchall() == [("netsuite", "id"), ("other", "n")]


def test_a_column_that_netsuite_has_under_such_a_name_stays(file: duckdb.DuckDBPyConnection) -> None:
    others = ["id", "email", "email_label"]
    assert find_clear_columns(file, "netsuite", "t", ["email"], others) == (ClearColumn("email", "VARCHAR"),)


def _fill(file: duckdb.DuckDBPyConnection) -> None:
    for number, value in enumerate(VALUES):
        file.execute(f"INSERT INTO netsuite.t (id, email) VALUES ({number}, '{value}')")
    file.execute("CREATE VIEW netsuite.v AS SELECT id FROM netsuite.t; COMMENT ON VIEW netsuite.v IS 'Ids'")
    file.execute("CHECKPOINT")


def _found(path: Path) -> int:
    content = path.read_bytes()
    return sum(value.encode() in content for value in VALUES)


def test_no_dropped_value_is_left_in_the_rewritten_file(
    file: duckdb.DuckDBPyConnection, warehouse: Warehouse
) -> None:
    _fill(file)
    assert _found(warehouse.working_path) == len(VALUES)
    file.execute("PRAGMA disable_checkpoint_on_shutdown; PRAGMA wal_autocheckpoint = '1TB'")
    file.execute("BEGIN TRANSACTION")
    drop_clear_columns(file, THINGS, [ClearColumn("email", "VARCHAR")])
    file.execute("COMMIT")
    log = warehouse.working_path.with_name(f"{warehouse.working_path.name}.wal")
    assert log.stat().st_size > 0
    file.close()
    warehouse.forget_old_values()
    assert sorted(each.name for each in warehouse.folder.iterdir()) == ["warehouse.duckdb"]
    assert _found(warehouse.working_path) == 0
    with warehouse.working() as again:
        assert "email" not in present_columns(again, "netsuite", "t")
        assert again.execute("SELECT count(*) FROM netsuite.v").fetchall() == [(len(VALUES),)]
        assert again.execute("SELECT comment FROM duckdb_views() WHERE view_name = 'v'").fetchall() == [
            ("Ids",)
        ]


def test_a_file_that_another_process_has_open_is_left_to_it(
    file: duckdb.DuckDBPyConnection, warehouse: Warehouse
) -> None:
    file.close()
    before = warehouse.working_path.read_bytes()
    holds = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    process = subprocess.Popen(
        [sys.executable, "-c", holds, str(warehouse.working_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        with pytest.raises(WarehouseLocked):
            warehouse.forget_old_values()
        process.communicate(b"", timeout=20)
    assert warehouse.working_path.read_bytes() == before


def test_a_file_that_another_thread_has_open_is_left_to_it(
    file: duckdb.DuckDBPyConnection, warehouse: Warehouse
) -> None:
    inode = warehouse.working_path.stat().st_ino
    with pytest.raises(WarehouseLocked, match="or thread"):
        warehouse.forget_old_values()
    assert warehouse.working_path.stat().st_ino == inode
    file.execute("INSERT INTO netsuite.t (id) VALUES (1)")
    file.close()
    warehouse.forget_old_values()
    with warehouse.working() as again:
        assert again.execute("SELECT id FROM netsuite.t").fetchall() == [(1,)]
    assert [each.name for each in warehouse.folder.iterdir()] == ["warehouse.duckdb"]
