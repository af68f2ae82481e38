"""A file replaced by a copy: whole or not at all, and what killed copies leave is swept."""

import errno
import os
import time
from pathlib import Path
from typing import NoReturn

import pytest
from filelock import lock_descriptor

from netsuite_pipeline.warehouse.stores.atomic_copy import copy_atomically, remove_unfinished_copies

CONTENT = os.urandom(3_000_000)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _made(path: Path, *, seconds_ago: float) -> Path:
    path.write_bytes(b"half")
    then = time.time() - seconds_ago
    os.utime(path, (then, then))
    return path


@pytest.mark.parametrize("number", [None, errno.ENOSYS, errno.EXDEV, errno.EINVAL, errno.EOPNOTSUPP])
def test_a_copy_is_whole_whatever_the_kernel_can_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int | None
) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(CONTENT)
    target.write_bytes(b"old")

    def _cannot(*_: object) -> NoReturn:
        raise OSError(number, "not here")

    if number is not None:
        monkeypatch.setattr(os, "copy_file_range", _cannot)
    copy_atomically(source, target)
    assert target.read_bytes() == CONTENT
    assert _names(tmp_path) == ["a", "b"]


def test_a_kernel_that_copies_in_small_pieces_is_asked_until_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.copy_file_range
    monkeypatch.setattr(os, "copy_file_range", lambda a, b, count: real(a, b, min(count, 700_000)))
    (tmp_path / "a").write_bytes(CONTENT)
    copy_atomically(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == CONTENT


def test_a_copy_that_breaks_in_the_middle_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, asked = os.copy_file_range, []

    def _full(a: int, b: int, count: int) -> int:
        asked.append(count)
        if len(asked) > 1:
            raise OSError(errno.EINVAL, "in the middle this is no sign of an old kernel")
        return real(a, b, 1000)

    monkeypatch.setattr(os, "copy_file_range", _full)
    (tmp_path / "a").write_bytes(CONTENT)
    (tmp_path / "b").write_bytes(b"old")
    with pytest.raises(OSError, match="in the middle"):
        copy_atomically(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == b"old"
    assert _names(tmp_path) == ["a", "b"]


def test_an_empty_file_is_copied_too(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    copy_atomically(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == b""


def test_what_a_killed_copy_left_is_swept(tmp_path: Path) -> None:
    target = tmp_path / "warehouse.duckdb"
    _made(tmp_path / ".warehouse.duckdb.0a1b2c3d.new", seconds_ago=61)
    remove_unfinished_copies(target)
    assert _names(tmp_path) == []


def test_a_young_copy_a_living_copy_and_strange_files_are_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "warehouse.duckdb"
    _made(tmp_path / ".warehouse.duckdb.00000001.new", seconds_ago=1)
    living = _made(tmp_path / ".warehouse.duckdb.00000002.new", seconds_ago=3600)
    _made(tmp_path / ".other.duckdb.00000003.new", seconds_ago=3600)
    _made(tmp_path / "warehouse.duckdb.new", seconds_ago=3600)
    with living.open("rb") as copy:
        assert lock_descriptor(copy.fileno(), blocking=False)
        before = _names(tmp_path)
        remove_unfinished_copies(target)
        assert _names(tmp_path) == before
    remove_unfinished_copies(target)
    assert living.name not in _names(tmp_path)


def test_a_copy_holds_its_lock_as_long_as_it_lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen from another opening of the file, as another process would have."""
    (tmp_path / "a").write_bytes(CONTENT)
    real = os.fsync

    def _look(descriptor: int) -> None:
        (copy,) = tmp_path.glob(".b.*.new")
        os.utime(copy, (0, 0))
        remove_unfinished_copies(tmp_path / "b")
        assert copy.exists()
        real(descriptor)

    monkeypatch.setattr(os, "fsync", _look)
    copy_atomically(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == CONTENT
