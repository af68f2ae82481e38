"""A lake with its catalogue in a file: what it makes, who may open it, and what it forgets."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from netsuite_pipeline.warehouse.errors import WarehouseError, WarehouseLocked, WarehouseMisconfigured
from netsuite_pipeline.warehouse.lake import extensions
from netsuite_pipeline.warehouse.lake.address import LakeAddress
from netsuite_pipeline.warehouse.lake.lake import Lake
from netsuite_pipeline.warehouse.rows.clear_values import ClearColumn, drop_clear_columns
from netsuite_pipeline.warehouse.schema.inferred_types import apply_inferred_type
from netsuite_pipeline.warehouse.schema.schema import (
    StoredColumn,
    StoredTable,
    create_or_extend,
    present_columns,
)
from netsuite_pipeline.warehouse.state import ensure_state
from netsuite_pipeline.warehouse.transactions import transaction
from netsuite_pipeline.warehouse.views.views import View, ViewColumn, read_tables, update_views

TABLE = StoredTable("netsuite", "t", ("i",), ())
SECRETS = [f"secret-{number:04}@example.com" for number in range(300)]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    address = LakeAddress(str(tmp_path / "warehouse.ducklake"), str(tmp_path / "warehouse.files"))
    made = Lake(address, lock_wait_seconds=0.3)
    made.prepare("netsuite")
    return made


def test_nothing_is_read_where_no_sync_was(tmp_path: Path) -> None:
    lake = Lake(LakeAddress(str(tmp_path / "w.ducklake"), str(tmp_path / "w.files")))
    assert not lake.is_published
    with pytest.raises(WarehouseError, match="There is no warehouse"), lake.published():
        pass
    assert list(tmp_path.iterdir()) == []


def test_readers_see_each_commit_and_nothing_before(lake: Lake) -> None:
    with lake.working() as connection:
        connection.execute("CREATE SCHEMA netsuite; CREATE TABLE netsuite.t (i BIGINT)")
    with (
        lake.working() as connection,
        pytest.raises(WarehouseError, match="no_such"),
        transaction(connection),
    ):
        connection.execute("INSERT INTO netsuite.t VALUES (1)")
        connection.execute("SELECT no_such")
    with lake.published() as connection:
        assert connection.execute("SELECT count(*) FROM netsuite.t").fetchall() == [(0,)]
        with pytest.raises(duckdb.Error, match="read-only"):
            connection.execute("INSERT INTO netsuite.t VALUES (2)")


def test_each_connection_has_a_lake_of_its_own(lake: Lake) -> None:
    other = lake.of("sandbox")
    assert not other.is_published
    other.prepare("sandbox")
    with other.working() as connection:
        connection.execute("CREATE SCHEMA sandbox; CREATE TABLE sandbox.t AS SELECT 1 AS i")
    with lake.published() as connection:
        assert not present_columns(connection, "sandbox", "t")
    with pytest.raises(WarehouseMisconfigured, match="a lake of its own|cannot have the tables"):
        lake.prepare("sandbox")


def test_another_process_waits_and_then_learns_who_has_it(lake: Lake) -> None:
    holds = (
        "import sys; from netsuite_pipeline.warehouse.warehouse import open_warehouse\n"
        "with open_warehouse(sys.argv[1]).working(): print('open', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", holds, f"ducklake:{lake.address.path}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        with pytest.raises(WarehouseLocked, match=f"PID {process.pid}"), lake.published():
            pass
        process.communicate(b"", timeout=20)
    with lake.published():
        pass


def test_files_are_compressed_well_and_private(lake: Lake) -> None:
    with lake.working() as connection:
        connection.execute(
            "CREATE SCHEMA netsuite; CREATE TABLE netsuite.t AS SELECT range AS i FROM range(999)"
        )
    (file,) = Path(lake.data).rglob("*.parquet")
    codecs = duckdb.execute(f"SELECT DISTINCT compression FROM parquet_metadata('{file}')").fetchall()
    assert codecs == [("ZSTD",)]
    assert file.stat().st_mode & 0o077 == 0
    assert lake.address.path.stat().st_mode & 0o077 == 0


def test_a_moved_lake_is_the_same_lake(lake: Lake, tmp_path: Path) -> None:
    with lake.working() as connection:
        connection.execute(
            "CREATE SCHEMA netsuite; CREATE TABLE netsuite.t AS SELECT range AS i FROM range(9)"
        )
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    for name in ("warehouse.ducklake", "warehouse.files"):
        (tmp_path / name).rename(folder / name)
    moved = Lake(LakeAddress(str(folder / "warehouse.ducklake"), str(folder / "warehouse.files")))
    with moved.published() as connection:
        assert connection.execute("SELECT sum(i) FROM netsuite.t").fetchall() == [(36,)]


def test_a_text_column_gets_its_type_and_keeps_its_comments(lake: Lake) -> None:
    table = StoredTable(
        "netsuite", "t", ("id",), (StoredColumn("id", "integer"), StoredColumn("n", "text", "N")), "T"
    )
    with lake.working() as connection:
        with transaction(connection):
            create_or_extend(connection, table)
            connection.execute("INSERT INTO netsuite.t VALUES (1, '7'), (2, NULL)")
        with transaction(connection):
            assert apply_inferred_type(connection, "netsuite", "t", "n", "integer")
        assert connection.execute("FROM netsuite.t ORDER BY id").fetchall() == [(1, 7), (2, None)]
        (column,) = [found for name, found in read_tables(connection, "netsuite")["t"].items() if name == "n"]
        assert (column.type, column.comment) == ("BIGINT", "N")
        comment = connection.execute("SELECT comment FROM duckdb_tables() WHERE table_name = 't'").fetchall()
        assert comment == [("T",)]


def test_a_view_has_its_comment_and_its_columns_have_none(lake: Lake) -> None:
    view = View("netsuite", "v", (ViewColumn("i", "t.i", "BIGINT", "I"),), "netsuite.t t", "Some numbers")
    with lake.working() as connection:
        with transaction(connection):
            ensure_state(connection)
            connection.execute("CREATE SCHEMA netsuite; CREATE TABLE netsuite.t AS SELECT 1::BIGINT AS i")
            update_views(connection, ["netsuite"], [view])
        comments = connection.execute("SELECT comment FROM duckdb_views() WHERE view_name = 'v'").fetchall()
    assert comments == [("Some numbers",)]


def test_overwritten_values_are_in_no_file_any_more(lake: Lake, tmp_path: Path) -> None:
    values = ", ".join(f"({number}, '{secret}')" for number, secret in enumerate(SECRETS))
    with lake.working() as connection:
        connection.execute("CREATE SCHEMA netsuite; CREATE TABLE netsuite.t (i BIGINT, email VARCHAR)")
        connection.execute(f"INSERT INTO netsuite.t VALUES {values}")
        connection.execute("INSERT INTO netsuite.t VALUES (999, 'lonely-secret@example.com')")
        connection.execute("DELETE FROM netsuite.t WHERE i = 7")
        with transaction(connection):
            ensure_state(connection)
            drop_clear_columns(connection, TABLE, [ClearColumn("email", "VARCHAR")])
    lake.forget_old_values()
    for file in Path(lake.data).rglob("*.parquet"):
        assert duckdb.execute(f"SELECT * FROM parquet_schema('{file}') WHERE name = 'email'").fetchall() == []
    catalogue = lake.address.path.read_bytes()
    assert not any(secret.encode() in catalogue for secret in [*SECRETS, "lonely-secret@example.com"])
    with lake.published() as connection:
        assert connection.execute("SELECT count(*) FROM netsuite.t").fetchall() == [(len(SECRETS),)]


def test_a_missing_extension_names_the_extra(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extensions, "packaged_extension", lambda name: None)
    monkeypatch.setitem(extensions.CONFIG, "custom_extension_repository", "http://127.0.0.1:9")
    monkeypatch.setenv("HOME", str(lake.folder))
    with pytest.raises(WarehouseMisconfigured, match="ducklake cannot be loaded") as raised, lake.published():
        pass
    assert "netsuite_pipeline[lake]" in raised.value.remedy
