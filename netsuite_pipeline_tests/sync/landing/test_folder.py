"""The folder of raw pages: whole pages only, one sync at a time, and a lock that dies with its process."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

import pytest

from netsuite_pipeline.sync.landing.folder import Landing, PageName, TableLanding
from netsuite_pipeline.warehouse.errors import WarehouseError, WarehouseLocked
from netsuite_pipeline_tests.lengths import SLOWEST

_HOLDER = """
import sys
from pathlib import Path
from netsuite_pipeline.sync.landing.folder import Landing
with Landing(Path(sys.argv[1])).locked():
    print("held", flush=True)
    sys.stdin.read()
"""


def _holder(folder: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def _disk_full(*_: object) -> NoReturn:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _started(folder: Path) -> TableLanding:
    table = Landing(folder).table("customer")
    table.start(b"the plan")
    return table


def test_a_page_lands_as_it_came_under_its_place_and_part(tmp_path: Path) -> None:
    table = _started(tmp_path)
    page = table.land(PageName(41, 2, True), b'{"items": []}')
    assert page == tmp_path / "customer" / "000041-002+.json"
    assert page.read_bytes() == b'{"items": []}'
    assert sorted(os.listdir(table.path)) == ["000041-002+.json", "manifest.json"]


@pytest.mark.parametrize(
    "name",
    [
        PageName(0, 0, False),
        PageName(12, 0, True),
        PageName(999_999, 999, True),
        PageName(1_234_567, 1_000, False),
    ],
)
def test_a_page_is_known_again_by_its_name(tmp_path: Path, name: PageName) -> None:
    table = _started(tmp_path)
    page = table.land(name, b"{}")
    assert table.pages() == {name: page}


def test_pages_are_found_in_the_order_of_their_places_and_parts(tmp_path: Path) -> None:
    table = _started(tmp_path)
    names = [
        PageName(0, 0, False),
        PageName(9, 0, True),
        PageName(9, 1, True),
        PageName(9, 2, False),
        PageName(10, 0, False),
        PageName(1_000_000, 0, False),
    ]
    for name in reversed(names):
        table.land(name, b"{}")
    assert list(table.pages()) == names


def test_what_is_no_page_is_none(tmp_path: Path) -> None:
    table = _started(tmp_path)
    for name in ("stage.duckdb", "000001-000.json.part", "000001.json", "x000001-000.json"):
        (table.path / name).write_bytes(b"{}")
    assert table.pages() == {}


def test_a_page_lands_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = _started(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", _disk_full)
        with pytest.raises(WarehouseError, match=r"could not be landed .*No space left") as refused:
            table.land(PageName(0, 0, False), b"{}")
        with pytest.raises(WarehouseError, match="No space left"):
            table.write_manifest(b"another plan")
    assert "Make room" in refused.value.remedy
    assert table.pages() == {}
    assert table.read_manifest() == b"the plan"


def test_a_new_plan_begins_with_an_empty_folder(tmp_path: Path) -> None:
    table = _started(tmp_path)
    table.land(PageName(0, 0, False), b"old")
    table.start(b"another plan")
    assert (table.read_manifest(), table.pages()) == (b"another plan", {})


def test_a_cleared_table_leaves_nothing_behind(tmp_path: Path) -> None:
    table = _started(tmp_path)
    table.land(PageName(0, 0, False), b"{}")
    table.clear()
    Landing(tmp_path).table("never_there").clear()
    assert os.listdir(tmp_path) == []
    assert (table.read_manifest(), table.pages()) == (None, {})


def test_the_plan_goes_before_the_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill midway leaves pages without a plan, which nobody takes for landed."""
    table = _started(tmp_path)
    table.land(PageName(0, 0, False), b"{}")

    def killed(path: Path) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "iterdir", killed)
    with pytest.raises(KeyboardInterrupt):
        table.clear()
    assert table.read_manifest() is None


def test_a_file_in_the_way_of_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "customer").write_text("in the way")
    table = Landing(tmp_path).table("customer")
    assert table.read_manifest() is None
    with pytest.raises(WarehouseError, match="cannot be used"):
        table.start(b"the plan")
    with pytest.raises(WarehouseError, match="cannot be used"), Landing(tmp_path / "customer").locked():
        pass


def test_the_lock_is_free_again_afterwards_even_after_an_error(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "landing" / "netsuite")
    with pytest.raises(RuntimeError), landing.locked():
        raise RuntimeError
    with landing.locked(wait_seconds=0):
        pass


def test_a_second_sync_in_the_same_process_is_kept_out(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    with landing.locked(), pytest.raises(WarehouseLocked, match=f"process {os.getpid()}, since 20"):
        with landing.locked(wait_seconds=0.1):
            pass


def test_another_process_is_named_with_since_when_and_holds_nothing_once_it_is_dead(tmp_path: Path) -> None:
    holder = _holder(tmp_path)
    try:
        began = time.monotonic()
        with pytest.raises(
            WarehouseLocked, match=rf"process {holder.pid}, since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
        ):
            with Landing(tmp_path).locked(wait_seconds=0.2):
                pass
        assert 0.2 <= time.monotonic() - began < 2 * SLOWEST
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.communicate(timeout=300)
    with Landing(tmp_path).locked(wait_seconds=0):
        pass
