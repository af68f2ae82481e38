"""Replace a file by a copy of another one; readers see either the whole old file or the whole new one."""

import contextlib
import errno
import glob
import os
import secrets
import shutil
import stat
import time
from pathlib import Path
from typing import BinaryIO

from filelock import lock_descriptor

from netsuite_pipeline.warehouse.stores.private_files import FILE_MODE

_OLD_SECONDS = 60.0
_CHUNK = 64 * 1024 * 1024
_NOT_HERE = frozenset({errno.ENOSYS, errno.EXDEV, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM, errno.EBADF})


def copy_atomically(source: Path, target: Path) -> None:
    """Copy a file atomically: the target is always the whole old file or the whole new one.

    An existing target keeps its mode, owner and group, as far as this user may set them. Only its owner may
    read a new one.

    Args:
        source: The file to copy.
        target: The file to replace, never a link to it.

    Raises:
        OSError: The disk is full, or the folder is read-only; the target stays as it was.
    """
    unfinished = target.with_name(f".{target.name}.{secrets.token_hex(4)}.new")
    try:
        with open(unfinished, "xb", opener=_private) as copy, source.open("rb") as original:
            # The lock shows that this copy is in use; it ends with its process.
            lock_descriptor(copy.fileno())
            _copy(original, copy)
            copy.flush()
            _take_access_of(target, copy.fileno())
            os.fsync(copy.fileno())
            os.replace(unfinished, target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def remove_unfinished_copies(target: Path) -> None:
    """Remove unfinished copies for `target` whose process was killed; a copy that cannot be removed stays."""
    for left in target.parent.glob(f".{glob.escape(target.name)}.*.new"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _OLD_SECONDS and not _is_held(left):
                left.unlink()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, FILE_MODE)


def _take_access_of(target: Path, copy: int) -> None:
    """Give a copy the mode, owner and group of the file that it will replace."""
    try:
        there = os.stat(target)
    except FileNotFoundError:
        return
    here, mode = os.fstat(copy), stat.S_IMODE(there.st_mode)
    if (here.st_uid, here.st_gid) != (there.st_uid, there.st_gid):
        try:
            os.fchown(copy, there.st_uid, there.st_gid)
        except PermissionError:
            mode = _with_group_alone(copy, there.st_gid, mode)
    os.fchmod(copy, mode)


def _with_group_alone(copy: int, group: int, mode: int) -> int:
    """Return the mode of a copy with that group, without group rights if the group cannot be set."""
    try:
        os.fchown(copy, -1, group)
    except PermissionError:
        return mode & ~stat.S_IRWXG
    return mode


def _is_held(path: Path) -> bool:
    with path.open("rb") as copy:
        return not lock_descriptor(copy.fileno(), blocking=False)


def _copy(original: BinaryIO, copy: BinaryIO) -> None:
    """Copy within the kernel if it can, and through our memory otherwise."""
    done = 0
    while hasattr(os, "copy_file_range"):
        try:
            count = os.copy_file_range(original.fileno(), copy.fileno(), _CHUNK)
        except OSError as error:
            if done or error.errno not in _NOT_HERE:
                raise
            break
        if not count:
            break
        done += count
    if not done:
        # Some kernels report nothing to copy for files that are not regular.
        shutil.copyfileobj(original, copy, length=16 * 1024 * 1024)
