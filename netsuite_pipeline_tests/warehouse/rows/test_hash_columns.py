"""Columns that were stored plain are hashed where they lie, and the file forgets what they were."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import duckdb
import pytest

from netsuite_pipeline.warehouse.errors import WarehouseError, WarehouseLocked
from netsuite_pipeline.warehouse.rows.hash_columns import (
    SALT,
    PlainColumn,
    give_up_old_blocks,
    hash_columns,
    plain_columns,
)
from netsuite_pipeline.warehouse.warehouse import Warehouse

WORD = "a-long-random-text"
VALUES = [f"{uuid4().hex}@example.com" for _ in range(500)]


def sha(value: str) -> str:
    return hashlib.sha256(f"{WORD}{value}".encode()).hexdigest()


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(tmp_path / "warehouse.duckdb", lock_wait_seconds=0.3)
    warehouse.prepare("netsuite")
    return warehouse


@pytest.fixture
def file(warehouse: Warehouse) -> Iterator[duckdb.DuckDBPyConnection]:
    with warehouse.working() as connection:
        connection.execute("CREATE SCHEMA netsuite")
        connection.execute(
            "CREATE TABLE netsuite.t (id BIGINT, email VARCHAR, email_label VARCHAR, on_day DATE, moment TIMESTAMP, "
            "yes BOOLEAN, amount DECIMAL(38,10), n BIGINT, n_text VARCHAR)"
        )
        connection.execute(
            "COMMENT ON TABLE netsuite.t IS 'Things'; COMMENT ON COLUMN netsuite.t.n IS 'A number'"
        )
        connection.execute(f"SET VARIABLE {SALT} = '{WORD}'")
        yield connection


@pytest.mark.parametrize(
    ("column", "value", "sent"),
    [
        ("email", "'a@b.com'", "a@b.com"),
        ("email", "''", ""),
        ("on_day", "DATE '2026-10-31'", "2026-10-31"),
        ("moment", "TIMESTAMP '2026-11-01 08:30:15'", "2026-11-01 08:30:15"),
        ("yes", "true", "T"),
        ("yes", "false", "F"),
        ("amount", "12.50", "12.5"),
        ("amount", "-100", "-100"),
        ("amount", "0", "0"),
        ("n", "7", "7"),
    ],
)
def test_a_stored_value_gets_the_hash_of_what_netsuite_sends(
    file: duckdb.DuckDBPyConnection, column: str, value: str, sent: str
) -> None:
    file.execute(f"INSERT INTO netsuite.t (id, {column}) VALUES (1, {value}), (2, NULL)")
    columns = plain_columns(file, "netsuite", "t", [column], ["id"])
    hash_columns(file, "netsuite", "t", columns)
    rows = file.execute(f"SELECT id, {column} FROM netsuite.t ORDER BY id").fetchall()
    assert rows == [(1, sha(sent)), (2, None)]


def test_what_tells_the_value_beside_it_goes_and_all_else_stays(file: duckdb.DuckDBPyConnection) -> None:
    file.execute(
        "INSERT INTO netsuite.t (id, email, email_label, n, n_text) VALUES (1, 'a', 'Ann', NULL, '7x')"
    )
    columns = plain_columns(file, "netsuite", "t", ["email", "n", "absent"], ["id", "email", "n"])
    assert columns == (
        PlainColumn("email", "VARCHAR", ("email_label",)),
        PlainColumn("n", "BIGINT", ("n_text",)),
    )
    hash_columns(file, "netsuite", "t", columns)
    described = file.execute("SELECT * FROM netsuite.t")
    assert [each[0] for each in described.description or ()] == [
        "id",
        "email",
        "on_day",
        "moment",
        "yes",
        "amount",
        "n",
    ]
    # The text beside is what NetSuite sent, whatever the column could hold of it.
    assert described.fetchall() == [(1, sha("a"), None, None, None, None, sha("7x"))]
    assert file.execute("SELECT comment FROM duckdb_tables()").fetchall() == [("Things",)]
    assert file.execute("SELECT comment FROM duckdb_columns() WHERE column_name = 'n'").fetchall() == [
        ("A number",)
    ]


def test_a_column_of_netsuites_own_that_is_only_called_so_stays(file: duckdb.DuckDBPyConnection) -> None:
    others = ["id", "email", "email_label"]
    assert plain_columns(file, "netsuite", "t", ["email"], others) == (PlainColumn("email", "VARCHAR"),)


def test_without_a_salt_nothing_is_hashed(file: duckdb.DuckDBPyConnection) -> None:
    file.execute("INSERT INTO netsuite.t (id, email) VALUES (1, 'a')")
    file.execute(f"RESET VARIABLE {SALT}")
    with pytest.raises(WarehouseError, match="no salt to hash email"):
        hash_columns(file, "netsuite", "t", [PlainColumn("email", "VARCHAR")])
    assert file.execute("SELECT email FROM netsuite.t").fetchall() == [("a",)]


def _fill(file: duckdb.DuckDBPyConnection) -> None:
    for number, value in enumerate(VALUES):
        file.execute(f"INSERT INTO netsuite.t (id, email) VALUES ({number}, '{value}')")
    file.execute("CREATE VIEW netsuite.v AS SELECT id FROM netsuite.t; COMMENT ON VIEW netsuite.v IS 'Ids'")
    file.execute("CHECKPOINT")


def _found(path: Path) -> int:
    content = path.read_bytes()
    return sum(value.encode() in content for value in VALUES)


def test_neither_the_salt_nor_old_values_are_left_in_the_files(
    file: duckdb.DuckDBPyConnection, warehouse: Warehouse
) -> None:
    _fill(file)
    assert _found(warehouse.working_path) == len(VALUES)
    file.execute("PRAGMA disable_checkpoint_on_shutdown; PRAGMA wal_autocheckpoint = '1TB'")
    file.execute("BEGIN TRANSACTION")
    hash_columns(file, "netsuite", "t", [PlainColumn("email", "VARCHAR")])
    file.execute("COMMIT")
    log = warehouse.working_path.with_name(f"{warehouse.working_path.name}.wal")
    assert log.stat().st_size > 0
    assert WORD.encode() not in log.read_bytes()
    file.close()
    give_up_old_blocks(warehouse)
    assert sorted(each.name for each in warehouse.folder.iterdir()) == ["warehouse.duckdb"]
    assert _found(warehouse.working_path) == 0
    assert WORD.encode() not in warehouse.working_path.read_bytes()
    with warehouse.working() as again:
        rows = again.execute("SELECT email FROM netsuite.t ORDER BY id").fetchall()
        assert rows == [(sha(value),) for value in VALUES]
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
            give_up_old_blocks(warehouse)
        process.communicate(b"", timeout=200)
    assert warehouse.working_path.read_bytes() == before


def test_a_file_that_another_thread_has_open_is_left_to_it(
    file: duckdb.DuckDBPyConnection, warehouse: Warehouse
) -> None:
    inode = warehouse.working_path.stat().st_ino
    with pytest.raises(WarehouseLocked, match="or thread"):
        give_up_old_blocks(warehouse)
    assert warehouse.working_path.stat().st_ino == inode
    file.execute("INSERT INTO netsuite.t (id) VALUES (1)")
    file.close()
    give_up_old_blocks(warehouse)
    with warehouse.working() as again:
        assert again.execute("SELECT id FROM netsuite.t").fetchall() == [(1,)]
    assert [each.name for each in warehouse.folder.iterdir()] == ["warehouse.duckdb"]
