"""Two files: one that is written under a lock, one that is only ever replaced as a whole."""

import errno
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import duckdb
import pytest

from netsuite_pipeline.warehouse.errors import WarehouseError, WarehouseLocked, WarehouseMisconfigured
from netsuite_pipeline.warehouse.stores import atomic_copy
from netsuite_pipeline.warehouse.warehouse import DEFAULT_WAREHOUSE, Warehouse, warehouse_from_environment
from netsuite_pipeline_tests.lengths import SLOWEST

_HOLDER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    made = Warehouse(tmp_path / "data" / "warehouse.duckdb", lock_wait_seconds=0.3)
    made.prepare("netsuite")
    return made


@contextmanager
def _held_by_another_process(path: Path) -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process.pid
    finally:
        process.communicate(timeout=300)


def _write(warehouse: Warehouse, number: int) -> None:
    with warehouse.working() as connection:
        connection.execute(f"CREATE OR REPLACE TABLE t AS SELECT {number} AS i")


def _published(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    with warehouse.published() as connection:
        return connection.execute("FROM t").fetchall()


def _files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# Where things are


def test_the_working_file_lies_hidden_under_the_same_name() -> None:
    warehouse = Warehouse(Path("some/where/acme.db"))
    assert warehouse.working_path == Path("some/where/.acme/acme.db")
    assert warehouse.landing_path("netsuite") == Path("some/where/.acme/landing/netsuite")


@pytest.mark.parametrize(
    ("variables", "path"),
    [
        ({}, DEFAULT_WAREHOUSE),
        ({"NETSUITE_WAREHOUSE": " "}, DEFAULT_WAREHOUSE),
        ({"NETSUITE_WAREHOUSE": " here/w.duckdb\n"}, "here/w.duckdb"),
    ],
)
def test_the_environment_names_the_file(variables: dict[str, str], path: str) -> None:
    assert warehouse_from_environment(variables).name == path


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("netsuite.duckdb", "netsuite"),
        ("NetSuite.duckdb", "netsuite"),
        ("SandBox.db", "sandbox"),
        ("marts.duckdb", "netsuite"),
        ("_netsuite.duckdb", "other"),
        ("a.b.duckdb", "netsuite"),
    ],
)
def test_a_file_name_that_makes_tables_ambiguous_is_refused(tmp_path: Path, name: str, schema: str) -> None:
    with pytest.raises(WarehouseMisconfigured, match=name.split(".")[0]) as refused:
        Warehouse(tmp_path / name).prepare(schema)
    assert "NETSUITE_WAREHOUSE" in refused.value.remedy
    assert _files(tmp_path) == []


def test_a_folder_cannot_be_the_warehouse(tmp_path: Path) -> None:
    with pytest.raises(WarehouseMisconfigured, match="it is a folder"):
        Warehouse(tmp_path).prepare("netsuite")


def test_a_folder_that_cannot_be_made_is_reported_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where a folder should be")
    with pytest.raises(WarehouseMisconfigured, match=r"data/warehouse.duckdb.*: Not a directory") as refused:
        Warehouse(tmp_path / "data" / "warehouse.duckdb").prepare("netsuite")
    assert "NETSUITE_WAREHOUSE" in refused.value.remedy


# The published file


def test_there_is_nothing_to_read_before_the_first_publish(warehouse: Warehouse) -> None:
    with pytest.raises(WarehouseError, match="no warehouse at .* yet"), warehouse.published():
        pass


def test_what_is_published_is_what_was_written(warehouse: Warehouse) -> None:
    _write(warehouse, 1)
    warehouse.publish()
    _write(warehouse, 2)
    assert _published(warehouse) == [(1,)]
    warehouse.publish()
    assert _published(warehouse) == [(2,)]
    assert _files(warehouse.path.parent) == [".warehouse", "warehouse.duckdb"]


def test_the_published_file_cannot_be_written_through_us(warehouse: Warehouse) -> None:
    _write(warehouse, 1)
    warehouse.publish()
    with warehouse.published() as connection, pytest.raises(duckdb.InvalidInputException, match="read-only"):
        connection.execute("CREATE TABLE u (i INTEGER)")


def test_a_reader_keeps_what_it_opened_while_new_ones_see_the_new(warehouse: Warehouse) -> None:
    _write(warehouse, 1)
    warehouse.publish()
    code = (
        "import sys, duckdb\n"
        "c = duckdb.connect(sys.argv[1], read_only=True)\n"
        "print(c.execute('FROM t').fetchall(), flush=True)\n"
        "sys.stdin.readline()\n"
        "print(c.execute('FROM t').fetchall(), flush=True)\n"
    )
    reader = subprocess.Popen(
        [sys.executable, "-c", code, str(warehouse.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout is not None
    first = reader.stdout.readline()
    _write(warehouse, 2)
    warehouse.publish()
    assert _published(warehouse) == [(2,)]
    rest, _ = reader.communicate("go on\n", timeout=300)
    assert (first, rest) == ("[(1,)]\n", "[(1,)]\n")


def _disk_full(*_: object, **__: object) -> NoReturn:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("at", ["os.replace", "os.fsync", "os.copy_file_range"])
def test_a_publish_that_fails_leaves_the_old_file_and_nothing_else(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    _write(warehouse, 1)
    warehouse.publish()
    _write(warehouse, 2)
    with monkeypatch.context() as patched:
        patched.setattr(atomic_copy, at.split(".")[0], _Breaking(at))
        with pytest.raises(WarehouseError, match="No space left on device. It is as it was") as refused:
            warehouse.publish()
    assert "Make room" in refused.value.remedy
    assert _published(warehouse) == [(1,)]
    assert _files(warehouse.path.parent) == [".warehouse", "warehouse.duckdb"]
    warehouse.publish()
    assert _published(warehouse) == [(2,)]


def test_publishing_sweeps_what_a_killed_publish_left(warehouse: Warehouse) -> None:
    left = warehouse.path.with_name(".warehouse.duckdb.0a1b2c3d.new")
    left.write_bytes(b"half of it")
    os.utime(left, (0, 0))
    _write(warehouse, 1)
    warehouse.publish()
    assert _files(warehouse.path.parent) == [".warehouse", "warehouse.duckdb"]


class _Breaking:
    """A module of which one function finds the disk full."""

    def __init__(self, at: str) -> None:
        self._module, self._name = at.split(".")

    def __getattr__(self, name: str) -> Callable[..., object]:
        found: Callable[..., object] = getattr(sys.modules[self._module], name)
        return _disk_full if name == self._name else found


def test_a_damaged_published_file_is_reported(warehouse: Warehouse) -> None:
    warehouse.path.write_bytes(b"hello" * 5000)
    with pytest.raises(WarehouseError, match="cannot be read: .*not a valid DuckDB"), warehouse.published():
        pass


# The working file


def test_a_working_file_that_is_gone_is_made_again_from_the_published_one(warehouse: Warehouse) -> None:
    _write(warehouse, 1)
    warehouse.publish()
    warehouse.working_path.unlink()
    warehouse.prepare("netsuite")
    with warehouse.working() as connection:
        assert connection.execute("FROM t").fetchall() == [(1,)]


def test_a_working_file_that_is_there_is_not_replaced(warehouse: Warehouse) -> None:
    _write(warehouse, 1)
    warehouse.publish()
    _write(warehouse, 2)
    warehouse.prepare("netsuite")
    with warehouse.working() as connection:
        assert connection.execute("FROM t").fetchall() == [(2,)]


def test_the_log_of_a_removed_working_file_is_not_played_into_its_successor(warehouse: Warehouse) -> None:
    """The remedy for a damaged file is to remove it; who does so leaves the log beside it."""
    _write(warehouse, 1)
    warehouse.publish()
    code = (
        "import os, sys, duckdb\n"
        "connection = duckdb.connect(sys.argv[1])\n"
        "connection.execute('INSERT INTO t VALUES (2)')\n"
        "os._exit(9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(warehouse.working_path)], timeout=300, check=False)
    assert (warehouse.folder / "warehouse.duckdb.wal").exists()
    warehouse.working_path.unlink()
    warehouse.prepare("netsuite")
    with warehouse.working() as connection:
        assert connection.execute("FROM t").fetchall() == [(1,)]


def test_another_process_that_keeps_the_working_file_is_named_within_the_wait(warehouse: Warehouse) -> None:
    with _held_by_another_process(warehouse.working_path) as pid:
        began = time.monotonic()
        with pytest.raises(WarehouseLocked, match=rf"Process {pid} \(.*\) has had") as refused:
            with warehouse.working():
                pass
        waited = time.monotonic() - began
        assert str(warehouse.path) in refused.value.remedy
    assert 0.3 <= waited < 2 * SLOWEST
    with warehouse.working() as connection:
        assert connection.execute("SELECT 1").fetchall() == [(1,)]


def test_a_lock_that_ends_in_time_is_waited_for(warehouse: Warehouse) -> None:
    waiting_warehouse = Warehouse(warehouse.path, lock_wait_seconds=300)
    code = _HOLDER.replace("sys.stdin.read()", "import time; time.sleep(0.4)")
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(warehouse.working_path)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    _write(waiting_warehouse, 3)
    holder.communicate(timeout=300)


def test_publishing_waits_for_whoever_writes_and_then_names_it(warehouse: Warehouse) -> None:
    _write(warehouse, 1)
    with (
        _held_by_another_process(warehouse.working_path) as pid,
        pytest.raises(WarehouseLocked, match=str(pid)),
    ):
        warehouse.publish()
    assert not warehouse.path.exists()


@pytest.mark.parametrize("damage", ["block", "text", "cut", "empty"])
def test_a_damaged_working_file_is_reported_at_once_and_never_taken_for_a_lock(
    warehouse: Warehouse, damage: str
) -> None:
    """DuckDB's words about a damaged `block` have a `lock` in them."""
    waiting_warehouse = Warehouse(warehouse.path, lock_wait_seconds=300)
    with waiting_warehouse.working() as connection:
        connection.execute("CREATE TABLE t AS SELECT range AS i FROM range(100000)")
    whole = waiting_warehouse.working_path.read_bytes()
    damaged = {
        "block": whole[:4100] + b"\xff" * 9000 + whole[13100:],
        "text": b"hello" * 5000,
        "cut": whole[: len(whole) // 2],
        "empty": b"",
    }
    waiting_warehouse.working_path.write_bytes(damaged[damage])
    began = time.monotonic()
    with pytest.raises(WarehouseError) as refused, waiting_warehouse.working():
        pass
    assert not isinstance(refused.value, WarehouseLocked)
    assert str(waiting_warehouse.working_path) in refused.value.message
    assert "remove it" in refused.value.remedy
    assert time.monotonic() - began < 5 * SLOWEST


def test_an_error_of_duckdb_comes_in_our_words_and_the_file_is_closed(warehouse: Warehouse) -> None:
    with pytest.raises(WarehouseError, match="no_such_table"), warehouse.working() as connection:
        connection.execute("FROM no_such_table")
    with _held_by_another_process(warehouse.working_path):
        pass  # nobody else has it


def test_the_machines_time_zone_does_not_matter(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    with warehouse.working() as connection:
        assert connection.execute("SELECT current_setting('TimeZone')").fetchall() == [("UTC",)]


@pytest.mark.long
def test_a_large_table_does_not_need_a_large_machine(warehouse: Warehouse) -> None:
    """DuckDB would take four fifths of the memory; beyond the limit it writes beside the working file."""
    with warehouse.working() as connection:
        limit, folder = connection.execute(
            "SELECT current_setting('memory_limit'), current_setting('temp_directory')"
        ).fetchall()[0]
        assert limit == "122.0 MiB"
        assert Path(folder).parent == warehouse.folder
        connection.execute("CREATE TABLE t AS SELECT i, 'x' || hash(i) AS v FROM range(1_500_000) r(i)")
        twice = connection.execute(
            "SELECT count(*) FROM (SELECT v FROM t GROUP BY v HAVING count(*) > 1)"
        ).fetchall()
    assert twice == [(0,)]


# The disk is full

_FILLS = """
import resource, signal, sys
from pathlib import Path
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.transactions import transaction
from netsuite_pipeline.warehouse.warehouse import Warehouse
warehouse = Warehouse(Path(sys.argv[1]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with warehouse.working() as connection:
    connection.execute("CREATE TABLE t AS SELECT 1 AS i, 'small' AS v")
warehouse.publish()
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, resource.RLIM_INFINITY))
try:
    with warehouse.working() as connection, transaction(connection):
        connection.execute("INSERT INTO t SELECT i, 'x' || hash(i) FROM range(1_000_000) r(i)")
except WarehouseError as error:
    print("refused:", error.remedy)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
with warehouse.working() as connection:
    print(connection.execute("SELECT count(*) FROM t").fetchall())
"""


def test_a_disk_that_fills_while_rows_are_written_leaves_the_table_as_it_was(warehouse: Warehouse) -> None:
    """The limit of a file's size stands for the disk's end: the write fails the same way."""
    done = subprocess.run(
        [sys.executable, "-c", _FILLS, str(warehouse.path)], capture_output=True, text=True, timeout=600
    )
    assert (done.returncode, done.stderr) == (0, "")
    refused, rows = done.stdout.splitlines()
    assert refused.startswith("refused:")
    assert "make room" in refused
    assert rows == "[(1,)]"
    assert _published(warehouse) == [(1, "small")]
