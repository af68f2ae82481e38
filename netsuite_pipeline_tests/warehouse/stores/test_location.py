"""Where the published file is, who may read it, and which paths cannot be a warehouse's."""

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from netsuite_pipeline.health.findings import State
from netsuite_pipeline.health.probes.local_checks import check_warehouse
from netsuite_pipeline.reporting.page import write_page
from netsuite_pipeline.warehouse.errors import WarehouseError, WarehouseMisconfigured
from netsuite_pipeline.warehouse.stores.atomic_copy import copy_atomically
from netsuite_pipeline.warehouse.stores.private_files import make_private_folder, private_files
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.commands.calling import call

ACCOUNT = {
    "NETSUITE_ACCOUNT_ID": "1234567_SB1", "NETSUITE_CONSUMER_KEY": "k", "NETSUITE_CONSUMER_SECRET": "ks",
    "NETSUITE_TOKEN_ID": "t", "NETSUITE_TOKEN_SECRET": "ts", "NETSUITE_BASE_URL": "http://127.0.0.1:9",
}  # fmt: skip


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def publish(warehouse: Warehouse, value: int) -> None:
    warehouse.prepare("netsuite")
    with warehouse.working() as connection:
        connection.execute(f"CREATE OR REPLACE TABLE t AS SELECT {value} AS i")
    warehouse.publish()


def read(path: Path) -> int:
    with duckdb.connect(str(path), read_only=True) as connection:
        return int(connection.execute("SELECT i FROM t").fetchall()[0][0])


# Links


def to_a_file(folder: Path) -> tuple[Path, Path]:
    (folder / "disk").mkdir()
    target = folder / "disk" / "real.duckdb"
    (folder / "warehouse.duckdb").symlink_to(target)
    publish(Warehouse(target), 0)
    return folder / "warehouse.duckdb", target


def to_nothing_yet(folder: Path) -> tuple[Path, Path]:
    (folder / "disk").mkdir()
    (folder / "warehouse.duckdb").symlink_to(folder / "disk" / "real.duckdb")
    return folder / "warehouse.duckdb", folder / "disk" / "real.duckdb"


def relative(folder: Path) -> tuple[Path, Path]:
    (folder / "disk").mkdir()
    (folder / "data").mkdir()
    (folder / "data" / "warehouse.duckdb").symlink_to(Path("..") / "disk" / "real.duckdb")
    return folder / "data" / "warehouse.duckdb", folder / "disk" / "real.duckdb"


def in_a_chain(folder: Path) -> tuple[Path, Path]:
    (folder / "warehouse.duckdb").symlink_to(folder / "second.duckdb")
    (folder / "second.duckdb").symlink_to("third.duckdb")
    return folder / "warehouse.duckdb", folder / "third.duckdb"


def through_a_folder(folder: Path) -> tuple[Path, Path]:
    (folder / "disk").mkdir()
    (folder / "data").symlink_to(folder / "disk", target_is_directory=True)
    return folder / "data" / "warehouse.duckdb", folder / "disk" / "warehouse.duckdb"


@pytest.mark.parametrize("links", [to_a_file, to_nothing_yet, relative, in_a_chain, through_a_folder])
@pytest.mark.few(2)
def test_a_link_stays_a_link_and_what_it_leads_to_is_replaced(
    links: Callable[[Path], tuple[Path, Path]], tmp_path: Path
) -> None:
    path, target = links(tmp_path)
    led = {each: os.readlink(each) for each in tmp_path.rglob("*") if each.is_symlink()}
    warehouse = Warehouse(path)
    for value in (1, 2):
        publish(warehouse, value)
        assert read(target) == value
        assert read(path) == value
    assert led == {each: os.readlink(each) for each in tmp_path.rglob("*") if each.is_symlink()}
    assert not list(tmp_path.rglob("*.new"))
    assert check_warehouse(warehouse, "netsuite", "").finding.state == State.OK


def test_links_that_lead_nowhere_are_reported(tmp_path: Path) -> None:
    (tmp_path / "a.duckdb").symlink_to("b.duckdb")
    (tmp_path / "b.duckdb").symlink_to("a.duckdb")
    (tmp_path / "c.duckdb").symlink_to(tmp_path / "not mounted" / "c.duckdb")
    for name, why in (("a", "its links lead in a circle"), ("c", "not mounted.*whose folder does not exist")):
        warehouse = Warehouse(tmp_path / f"{name}.duckdb")
        with pytest.raises(WarehouseMisconfigured, match=why):
            warehouse.prepare("netsuite")
        with pytest.raises(WarehouseMisconfigured, match=why), warehouse.published():
            pass
    assert not (tmp_path / "not mounted").exists()


# Modes


def test_what_the_pipeline_makes_is_its_owner_s_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        warehouse = Warehouse(tmp_path / "data" / "warehouse.duckdb")
        warehouse.prepare("netsuite")
        with warehouse.working() as connection:
            connection.execute("CREATE TABLE t AS SELECT 1 AS i")
            assert mode(warehouse.working_path) == 0o600
            assert mode(warehouse.working_path.with_name("warehouse.duckdb.wal")) == 0o600
        warehouse.publish()
        make_private_folder(warehouse.landing_path("netsuite") / "customer")
        write_page("<p>", tmp_path / "report.html")
    finally:
        assert os.umask(before) == 0o022
    assert mode(warehouse.path) == 0o600
    assert mode(tmp_path / "report.html") == 0o600
    for folder in ("", "landing", "landing/netsuite", "landing/netsuite/customer"):
        assert mode(warehouse.folder / folder) == 0o700
    warehouse.working_path.unlink()
    warehouse.prepare("netsuite")
    assert mode(warehouse.working_path) == 0o600


@pytest.mark.parametrize("given", [0o640, 0o644, 0o660, 0o400])
def test_a_mode_that_somebody_gave_the_published_file_stays(given: int, tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    publish(warehouse, 1)
    warehouse.path.chmod(given)
    warehouse.folder.chmod(0o750)
    write_page("<p>", tmp_path / "report.html")
    (tmp_path / "report.html").chmod(given | 0o200)
    publish(warehouse, 2)
    write_page("<p>2", tmp_path / "report.html")
    assert read(warehouse.path) == 2
    assert mode(warehouse.path) == given
    assert mode(warehouse.folder) == 0o750
    assert mode(tmp_path / "report.html") == given | 0o200


def test_the_group_of_the_published_file_stays_or_its_rights_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(b"new")
    target.write_bytes(b"old")
    target.chmod(0o640)
    asked: list[tuple[int, int]] = []

    def refuse(_: int, owner: int, group: int) -> None:
        asked.append((owner, group))
        raise PermissionError

    other = os.stat_result((0o100640, 0, 0, 1, target.stat().st_uid, target.stat().st_gid + 1, 3, 0, 0, 0))
    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", lambda path: other)
        patch.setattr(os, "fchown", refuse)
        copy_atomically(source, target)
    assert asked == [(other.st_uid, other.st_gid), (-1, other.st_gid)]
    assert mode(target) == 0o600  # another group than the one that was meant may not read it
    if os.geteuid() == 0:
        os.chown(target, 12345, 54321)
        copy_atomically(source, target)
        assert (target.stat().st_uid, target.stat().st_gid) == (12345, 54321)


def test_blocks_of_private_files_within_each_other_end_with_the_usual_mask() -> None:
    before = os.umask(0o002)
    try:
        outer, inner = private_files(), private_files()
        outer.__enter__()
        inner.__enter__()
        outer.__exit__(None, None, None)
        assert os.umask(0o077) == 0o077
        inner.__exit__(None, None, None)
        assert os.umask(0o002) == 0o002
    finally:
        os.umask(before)


# Paths that cannot serve


def a_folder(path: Path) -> None:
    path.mkdir(parents=True)


def below_a_file(path: Path) -> None:
    path.parent.write_text("")


def a_link_in_a_circle(path: Path) -> None:
    path.parent.mkdir()
    path.symlink_to(path.name)


def a_foreign_file(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("the only copy of somebody's thesis")


def a_device(path: Path) -> None:
    path.parent.mkdir()
    os.mkfifo(path)


def below_what_cannot_be_made(path: Path) -> None:
    path.parent.symlink_to("/proc/nothing")


@pytest.mark.parametrize(
    "make",
    [a_folder, below_a_file, a_link_in_a_circle, a_foreign_file, a_device, below_what_cannot_be_made],
)
@pytest.mark.few(1)
def test_a_path_that_cannot_serve_is_a_configuration_error(
    make: Callable[[Path], None], tmp_path: Path
) -> None:
    path = tmp_path / "data" / "warehouse.duckdb"
    make(path)
    called = call(tmp_path, "sync", "--select", "currency", env={**ACCOUNT, "NETSUITE_WAREHOUSE": str(path)})
    assert called.code == 2, called
    assert "cannot start" in called.err
    assert str(path) in called.err
    assert "NETSUITE_WAREHOUSE" in called.err
    assert "Traceback" not in called.err
    if make is a_foreign_file:
        assert path.read_text().startswith("the only copy")
    else:
        report = call(tmp_path, "report", env={"NETSUITE_WAREHOUSE": str(path)})
        assert "Traceback" not in report.err
        assert report.code in {1, 2}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_this_user_may_not_write_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o500)
    with pytest.raises(WarehouseMisconfigured, match="Permission denied"):
        Warehouse(tmp_path / "data" / "warehouse.duckdb").prepare("netsuite")


def test_a_name_that_is_too_long_or_holds_a_nul_is_reported(tmp_path: Path) -> None:
    for name in ("x" * 300, "x\0y"):
        with pytest.raises(WarehouseMisconfigured, match="cannot be the warehouse"):
            Warehouse(tmp_path / f"{name}.duckdb").prepare("netsuite")


# Empty and damaged files


def test_an_empty_file_is_a_warehouse_that_was_not_published_yet(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    warehouse.path.touch()  # as `mktemp` makes it
    with pytest.raises(WarehouseError, match="no warehouse at .* yet"), warehouse.published():
        pass
    assert check_warehouse(warehouse, "netsuite", "").finding.state == State.OK
    publish(warehouse, 1)
    assert read(warehouse.path) == 1


@pytest.mark.parametrize("published", [b"", b"hello" * 100, None])
def test_the_remedy_for_two_files_that_are_no_good_leads_out_of_it(
    published: bytes | None, tmp_path: Path
) -> None:
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    publish(warehouse, 1)
    warehouse.working_path.write_bytes(b"")
    if published is None:
        warehouse.path.unlink()
    else:
        warehouse.path.write_bytes(published)
    warehouse.prepare("netsuite")
    with pytest.raises(WarehouseError) as refused, warehouse.working():
        pass
    assert "it is empty" in refused.value.message
    assert "the next sync reads all tables again" in refused.value.remedy
    assert "remove it" in refused.value.remedy
    assert (str(warehouse.path) in refused.value.remedy) == warehouse.path.exists()
    for path in (warehouse.working_path, warehouse.path):
        path.unlink(missing_ok=True)
    publish(warehouse, 2)
    assert read(warehouse.path) == 2


def test_a_good_published_file_is_what_an_empty_working_file_is_made_from(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    publish(warehouse, 1)
    warehouse.working_path.write_bytes(b"")
    warehouse.prepare("netsuite")
    with pytest.raises(WarehouseError) as refused, warehouse.working():
        pass
    assert f"starts from the published file {warehouse.path}" in refused.value.remedy
    shutil.rmtree(warehouse.folder)
    warehouse.prepare("netsuite")
    with warehouse.working() as connection:
        assert connection.execute("FROM t").fetchall() == [(1,)]
