"""Folders that cannot be written, disks that are full, files that are damaged: reported, and the old table intact."""

import json
import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline_tests.survival.reader import reading
from netsuite_pipeline_tests.survival.syncing import LINES, Home

SOMETHING_FAILED = 1
CONFIGURATION = 2


def test_a_warehouse_that_cannot_be_written_is_an_error_at_once(home: Home) -> None:
    (home.folder / "file").write_text("not a folder")
    ended = home.run(env={"NETSUITE_WAREHOUSE": str(home.folder / "file" / "warehouse.duckdb")})
    assert ended.code == CONFIGURATION
    assert "cannot be the warehouse: Not a directory" in ended.err
    assert "Set NETSUITE_WAREHOUSE to a file in a folder that this user may write" in ended.err
    assert "Traceback" not in ended.err


def test_an_unusable_landing_folder_is_an_error_and_the_table_is_unchanged(home: Home) -> None:
    home = home.with_tables(*LINES)
    home.sync()
    home.emulator.admin.tick(10)
    landing = home.landing("transactionline")
    landing.parent.mkdir(parents=True, exist_ok=True)
    landing.write_text("in the way")
    before = _facts(home)
    ended = home.run()
    assert ended.code == SOMETHING_FAILED, ended
    assert "landing folder" in ended.out + ended.err
    assert str(landing.relative_to(home.folder)) in ended.out + ended.err
    assert "Traceback" not in ended.err
    landing.unlink()
    assert _facts(home)[1] == before[1]
    assert home.run().code == 0
    home.assert_equal()


@pytest.mark.few(1)
@pytest.mark.parametrize("most_bytes", [300_000, 1_000])
def test_a_file_that_may_not_grow_fails_the_sync_and_the_published_file_is_as_it_was(
    home: Home, most_bytes: int
) -> None:
    home = home.with_tables(*LINES)
    home.sync()
    before = _facts(home)
    home.emulator.admin.tick(10)
    ended = home.run("--full", preexec_fn=partial(_limit_files_to, most_bytes))
    assert ended.code == SOMETHING_FAILED, ended
    assert "Traceback" not in ended.err
    assert "room" in ended.out + ended.err
    assert _facts(home) == before
    again = home.run()
    assert again.code == 0, again
    home.assert_equal()


def _limit_files_to(most_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 megabytes."""
    path = tmp_path / "disk"
    path.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(path)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only who may mount can have a small disk; files that may not grow are tried everywhere")
    yield path
    subprocess.run(["umount", "-l", str(path)], check=True)


def test_a_full_disk_fails_the_sync_which_goes_on_when_there_is_room(
    small_disk: Path, company: EmulatorProcess
) -> None:
    home = Home(small_disk, company, LINES)
    home.sync()
    before = _facts(home)
    company.admin.tick(10)
    ballast = small_disk / "ballast"
    for left in (600_000, 60_000, 0):
        _fill(ballast, left)
        ended = home.run("--full")
        assert ended.code == SOMETHING_FAILED, ended
        assert "Traceback" not in ended.err
        assert "room" in ended.out + ended.err, ended
        ballast.unlink()
        assert _facts(home) == before
    assert home.run("--full").code == 0
    home.assert_equal()


def _fill(ballast: Path, left: int) -> None:
    disk = os.statvfs(ballast.parent)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, disk.f_bavail * disk.f_frsize - left))


def _facts(home: Home) -> list[object]:
    with reading(home.warehouse.path, "anew") as reader:
        found: list[object] = reader.observe()
        return found


def _garbage(page: Path) -> None:
    page.write_bytes(os.urandom(1000))


def _half(page: Path) -> None:
    page.write_bytes(page.read_bytes()[: page.stat().st_size // 2])


def _nothing(page: Path) -> None:
    page.write_bytes(b"")


def test_landed_pages_that_are_damaged_are_asked_for_again(home: Home) -> None:
    home = _killed_amid_lines(home)
    landed = sorted(home.pages())
    for page, damage in zip(landed[1:], (_garbage, _half, _nothing), strict=False):
        damage(page)
    report = home.sync()
    notes = " ".join(report.tables[0].notes)
    assert "3 landed pages were damaged and asked for again" in notes
    assert f"{len(landed) - 3:,} page" in notes
    home.assert_equal()


def _of_another_spec(plan: Path) -> None:
    plan.write_text(json.dumps(json.loads(plan.read_bytes()) | {"fingerprint": "0123456789abcdef"}))


def _of_another_watermark(plan: Path) -> None:
    plan.write_text(json.dumps(json.loads(plan.read_bytes()) | {"watermark": "2020-01-01T00:00:00"}))


def _gone(plan: Path) -> None:
    plan.unlink()


def test_pages_whose_plan_is_damaged_or_another_are_not_used(home: Home) -> None:
    home = _killed_amid_lines(home)
    changes = (_garbage, _half, _nothing, _gone, _of_another_spec, _of_another_watermark)
    for number, change in enumerate(changes):
        another = replace(home, folder=home.folder / str(number))
        shutil.copytree(home.warehouse.folder, another.warehouse.folder)
        change(another.landing("transactionline") / "manifest.json")
        report = another.sync()
        assert not report.failed, change
        assert "already stored" not in " ".join(report.tables[0].notes), change
        another.assert_equal()
    assert "already stored" in " ".join(home.sync().tables[0].notes)


def _killed_amid_lines(home: Home) -> Home:
    home = home.with_tables("transactionline")
    home.emulator.admin.set_latency(15.0)
    sync = home.start()
    sync.reaches(lambda: len(home.pages()) > 6)
    assert sync.kill()
    home.emulator.admin.set_latency(2.0)
    return home
