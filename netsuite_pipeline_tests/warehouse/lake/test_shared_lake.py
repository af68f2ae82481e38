"""A lake whose catalogue is in PostgreSQL: its lease, its history, two accounts, and what a kill leaves."""

import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from netsuite_pipeline.reading import read, read_from
from netsuite_pipeline.warehouse.errors import WarehouseError, WarehouseLocked, WarehouseMisconfigured
from netsuite_pipeline.warehouse.lake.address import LakeAddress
from netsuite_pipeline.warehouse.lake.extensions import CONFIG, load_extensions
from netsuite_pipeline.warehouse.lake.lake import Lake
from netsuite_pipeline.warehouse.schema.schema import column_values, text
from netsuite_pipeline.warehouse.state import ensure_state
from netsuite_pipeline.warehouse.transactions import run_transaction, transaction
from netsuite_pipeline_tests.lengths import SLOWEST
from netsuite_pipeline_tests.sync.books import TABLES, a_company, document, stored, synced

pytestmark = pytest.mark.long
SERVER = os.environ.get("TEST_POSTGRES", "host=127.0.0.1 port=5432 dbname=test")
SECONDS = 3.0


def _on_server(*statements: str) -> None:
    with duckdb.connect(":memory:", config=dict(CONFIG)) as connection:
        load_extensions(connection, ["postgres_scanner"])
        connection.execute(f"ATTACH {text(SERVER)} AS server (TYPE postgres)")
        for statement in statements:
            connection.execute(f"CALL postgres_execute('server', {text(statement)})")


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    """The lake `netsuite_…` of this test alone; skipped where no server answers."""
    name = f"t{uuid.uuid4().hex[:12]}"
    try:
        _on_server(f"CREATE SCHEMA {name}", f"DROP SCHEMA {name}")
    except duckdb.Error as error:
        pytest.skip(f"no PostgreSQL at {SERVER}: {error}")
    address = LakeAddress(f"postgres:{SERVER}", str(tmp_path / "data"))
    made = Lake(address, connection=name, lease_seconds=SECONDS)
    yield made
    _on_server(f"DROP SCHEMA IF EXISTS {name} CASCADE", f"DROP SCHEMA IF EXISTS {name}_b CASCADE")


def _prepared(lake: Lake) -> Lake:
    lake.prepare(lake.connection)
    with lake.working() as connection, transaction(connection):
        ensure_state(connection)
        connection.execute("CREATE SCHEMA s; CREATE TABLE s.t (i BIGINT)")
    return lake


def test_a_sync_into_it_equals_netsuite_and_goes_on_incrementally(lake: Lake) -> None:
    fake = a_company()
    synced(fake, lake, connection=lake.connection)
    fake.insert("transaction", document(40, at=fake.now))
    again = synced(fake, lake, connection=lake.connection)
    assert {report.status for report in again.values()} == {"done"}
    for table in TABLES:
        assert stored(lake, table, lake.connection) == fake.rows(table.name)


def test_one_sync_holds_the_lease_and_the_other_learns_of_it(lake: Lake) -> None:
    _prepared(lake)
    other = replace(lake)
    with lake.one_sync(0):
        with (
            pytest.raises(WarehouseLocked, match=rf"process {os.getpid()} on \S+, since 20"),
            other.one_sync(0),
        ):
            pass
    with other.one_sync(0):
        pass


def test_a_lease_is_renewed_as_long_as_its_sync_lives(lake: Lake) -> None:
    _prepared(lake)
    with lake.one_sync(0):
        time.sleep(SECONDS * 1.5)
        with pytest.raises(WarehouseLocked), replace(lake).one_sync(0):
            pass
        with lake.working() as connection, transaction(connection):
            connection.execute("INSERT INTO s.t VALUES (1)")


def test_a_dead_holders_lease_is_taken_over(lake: Lake) -> None:
    _prepared(lake)
    holds = (
        "import sys; from netsuite_pipeline.warehouse.lake.lake import *\n"
        f"lake = Lake(LakeAddress(sys.argv[1], sys.argv[2]), connection=sys.argv[3], lease_seconds={SECONDS})\n"
        "with lake.one_sync(0): print('held', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", holds, lake.address.catalogue, lake.address.data, lake.connection],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    with pytest.raises(WarehouseLocked, match=f"process {process.pid}"), lake.one_sync(0):
        pass
    process.kill()
    process.communicate(timeout=SLOWEST)
    with lake.one_sync(SECONDS * 20):
        pass


def test_who_lost_the_lease_commits_nothing_more(lake: Lake) -> None:
    _prepared(lake)
    with lake.one_sync(0), lake.working() as connection:
        _on_server(f"UPDATE {lake.connection}.netsuite_sync_lease SET until = now() - interval '1 day'")
        with replace(lake).one_sync(SECONDS * 20):
            time.sleep(SECONDS)
            with pytest.raises(WarehouseLocked, match="Nothing more is committed"), transaction(connection):
                connection.execute("INSERT INTO s.t VALUES (1)")


def test_an_unfinished_commit_of_the_former_holder_fails(lake: Lake) -> None:
    _prepared(lake)
    state = "INSERT INTO _netsuite.table_state SELECT 'c', 't', NULL, [], [], now()::TIMESTAMP, 0, NULL, now()::TIMESTAMP, 's'"
    with lake.working() as connection:
        columns = column_values(connection, "SELECT name FROM pragma_table_info('_netsuite.table_state')")
        insert = state.replace("SELECT", f"({', '.join(columns[:10])}) SELECT", 1)
        connection.execute(insert)
        connection.execute("BEGIN TRANSACTION")
        connection.execute("DELETE FROM _netsuite.table_state")
        connection.execute(insert)
        replace(lake)._fence_off()
        with pytest.raises(duckdb.Error, match="conflict"):
            connection.execute("COMMIT")


def test_two_that_make_the_same_lake_at_once_both_succeed(lake: Lake) -> None:
    errors: list[BaseException] = []

    def prepare() -> None:
        try:
            replace(lake).prepare(lake.connection)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=prepare) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert lake.is_published


def test_a_conflict_is_tried_again(lake: Lake) -> None:
    _prepared(lake)
    other, tries = replace(lake), []
    with lake.working() as connection:

        def work() -> None:
            tries.append(1)
            connection.execute("DELETE FROM s.t WHERE i = 1")
            connection.execute("INSERT INTO s.t VALUES (1)")
            if len(tries) == 1:
                with other.working() as second, transaction(second):
                    second.execute("INSERT INTO s.t SELECT range FROM range(200)")
                    second.execute("DELETE FROM s.t WHERE i = 1")

        connection.execute("INSERT INTO s.t SELECT 1 FROM range(200)")
        run_transaction(connection, work)
    assert len(tries) == 2
    with lake.published() as connection:
        assert connection.execute("SELECT count(*) FROM s.t WHERE i = 1").fetchall() == [(1,)]


def test_two_accounts_sync_at_once_into_lakes_of_their_own(lake: Lake) -> None:
    reports: dict[str, object] = {}

    def sync(name: str) -> None:
        reports[name] = synced(a_company(), lake.of(name), connection=name)

    threads = [
        threading.Thread(target=sync, args=(name,)) for name in (lake.connection, f"{lake.connection}_b")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in (lake.connection, f"{lake.connection}_b"):
        assert {report.status for report in reports[name].values()} == {"done"}  # type: ignore[attr-defined]
        for table in TABLES:
            assert stored(lake.of(name), table, name) == a_company().rows(table.name)


def test_a_kill_in_commits_leaves_no_uneven_state(lake: Lake) -> None:
    """Two tables get the same rows in one transaction, until the process is killed; readers never differ."""
    _prepared(lake)
    with lake.working() as connection:
        connection.execute("CREATE TABLE s.u (i BIGINT)")
    writes = (
        "import sys; from netsuite_pipeline.warehouse.lake.lake import *\n"
        "from netsuite_pipeline.warehouse.transactions import transaction\n"
        "lake = Lake(LakeAddress(sys.argv[1], sys.argv[2]), connection=sys.argv[3])\n"
        "with lake.working() as connection:\n"
        "    while True:\n"
        "        with transaction(connection):\n"
        "            for t in 'tu': connection.execute(f'INSERT INTO s.{t} SELECT range FROM range(150)')\n"
        "        print('committed', flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", writes, lake.address.catalogue, lake.address.data, lake.connection],
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    with lake.published() as reader:
        seen = set()
        for _ in range(6):
            assert process.stdout.readline() == b"committed\n"
            seen |= set(
                reader.execute("SELECT (SELECT count(*) FROM s.t), (SELECT count(*) FROM s.u)").fetchall()
            )
    process.kill()
    process.communicate(timeout=SLOWEST)
    assert len(seen) > 1
    assert all(t == u for t, u in seen)
    with lake.published() as reader:
        ((t, u),) = reader.execute("SELECT (SELECT count(*) FROM s.t), (SELECT count(*) FROM s.u)").fetchall()
    assert t == u


def test_a_table_can_be_read_as_it_was(lake: Lake) -> None:
    _prepared(lake)
    with lake.working() as connection:
        connection.execute("INSERT INTO s.t VALUES (1)")
    time.sleep(0.1)
    then = datetime.now(UTC).replace(tzinfo=None)
    time.sleep(0.1)
    with lake.working() as connection:
        connection.execute("INSERT INTO s.t VALUES (2)")
    assert len(read_from(lake, "t", "s")) == 2
    assert len(read_from(lake, "t", "s", then)) == 1
    with pytest.raises(WarehouseError, match="does not know what it held then"):
        read_from(lake, "t", "s", then - timedelta(days=900))


def test_upkeep_merges_files_and_keeps_all_rows(lake: Lake) -> None:
    _prepared(lake)
    with lake.working() as connection:
        for _ in range(5):
            connection.execute("INSERT INTO s.t SELECT range FROM range(500)")
    lake.upkeep()
    lake.upkeep(timedelta(0))
    with lake.published() as connection:
        assert connection.execute("SELECT count(*) FROM s.t").fetchall() == [(2500,)]
        files = connection.execute(
            "SELECT file_count FROM ducklake_table_info('warehouse') WHERE table_name = 't'"
        )
        assert files.fetchall() == [(1,)]


def test_a_file_has_no_history(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="a file has no history"):
        read("t", path=str(tmp_path / "w.duckdb"), at=datetime.now(UTC))


def test_another_place_of_data_is_refused(lake: Lake, tmp_path: Path) -> None:
    _prepared(lake)
    elsewhere = replace(lake, address=LakeAddress(lake.address.catalogue, str(tmp_path / "other")))
    with pytest.raises(WarehouseMisconfigured, match="has its data elsewhere"), elsewhere.working():
        pass
    with replace(lake, address=LakeAddress(lake.address.catalogue)).published() as connection:
        assert connection.execute("SELECT count(*) FROM s.t").fetchall() == [(0,)]
