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

from netsuite_pipeline.sync.landing import Landing
from netsuite_pipeline.warehouse.errors import WarehouseError, WarehouseLocked

_HOLDER = """
import sys
from pathlib import Path
from netsuite_pipeline.sync.landing import Landing
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


def test_a_page_lands_as_it_came_under_its_number(tmp_path: Path) -> None:
    table = Landing(tmp_path).table("customer")
    page = table.land(41, b'{"items": []}')
    assert page == tmp_path / "customer" / "000041.json"
    assert page.read_bytes() == b'{"items": []}'
    assert os.listdir(table.path) == ["000041.json"]


def test_a_page_lands_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = Landing(tmp_path).table("customer")
    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", _disk_full)
        with pytest.raises(WarehouseError, match=r"could not be landed .*No space left") as refused:
            table.land(0, b"{}")
    assert "Make room" in refused.value.remedy
    assert list(table.path.glob("*.json")) == []


def test_a_table_begins_with_an_empty_folder(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    landing.table("customer").land(0, b"old")
    assert os.listdir(landing.table("customer").path) == []


def test_a_cleared_table_leaves_nothing_behind(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    landing.table("customer").land(0, b"{}")
    landing.clear("customer")
    landing.clear("never_there")
    assert os.listdir(tmp_path) == []


def test_a_file_in_the_way_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "customer").write_text("in the way")
    with pytest.raises(WarehouseError, match="cannot be written"):
        Landing(tmp_path).table("customer")
    with pytest.raises(WarehouseError, match="cannot be written"), Landing(tmp_path / "customer").locked():
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
        assert 0.2 <= time.monotonic() - began < 2
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.communicate(timeout=30)
    with Landing(tmp_path).locked(wait_seconds=0):
        pass
