"""Checks whether a path can be the warehouse: links, existing files, permissions."""

import errno
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from netsuite_pipeline.warehouse.errors import WarehouseError, WarehouseMisconfigured

_MAGIC = b"DUCK"  # at byte 8 of each DuckDB file (duckdb.org, internals/storage)
_MAGIC_AT = 8
# Errors of the disk, not of the path: the same path may work later.
_OF_THE_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE})
_OTHER_PATH = "Set NETSUITE_WAREHOUSE to a file such as data/warehouse.duckdb."


def target_of(path: Path) -> Path:
    """Return the file that a path leads to, through all links; the path itself where there are none.

    Raises:
        WarehouseMisconfigured: The links lead in a circle, or to a folder that is not there.

    Example:
        >>> target_of(Path("/nowhere/warehouse.duckdb")).as_posix()
        '/nowhere/warehouse.duckdb'
    """
    try:
        os.stat(path)
    except ValueError:
        raise WarehouseMisconfigured(
            f"{str(path)!r} cannot be the warehouse: it holds a NUL.", remedy=_OTHER_PATH
        ) from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise WarehouseMisconfigured(
                f"{path} cannot be the warehouse: its links lead in a circle.", remedy=_OTHER_PATH
            ) from None
    target = path.resolve()
    if path.is_symlink() and not target.parent.is_dir():
        # Not made: it may be a disk that is not mounted.
        raise WarehouseMisconfigured(
            f"{path} cannot be the warehouse: it is a link to {target}, whose folder does not exist.",
            remedy=f"Make the folder {target.parent}, or mount its disk; or set NETSUITE_WAREHOUSE to "
            "another file.",
        )
    return target


def check_place(path: Path) -> None:
    """Refuse a path that is no regular file and cannot become one.

    Args:
        path: The published file, which need not exist.

    Raises:
        WarehouseMisconfigured: The path is a folder or a device, or below a file; its links lead nowhere; or
            this user may not read it.
    """
    try:
        there = os.stat(target_of(path))
    except FileNotFoundError:
        return
    except OSError as error:
        raise unusable(path, error) from error
    if not stat.S_ISREG(there.st_mode):
        kind = "a folder" if stat.S_ISDIR(there.st_mode) else "a device or the like, no file"
        raise WarehouseMisconfigured(f"{path} cannot be the warehouse: it is {kind}.", remedy=_OTHER_PATH)


def check_is_ours(path: Path) -> None:
    """Refuse a file that is no DuckDB file, because the first sync would replace it.

    Args:
        path: The published file of a warehouse without a working file.

    Raises:
        WarehouseMisconfigured: The file is neither empty nor DuckDB's.
        OSError: The file cannot be read.
    """
    if path.exists() and path.stat().st_size and not is_duckdb_file(path):
        raise WarehouseMisconfigured(
            f"{path} cannot be the warehouse: it is not a valid DuckDB file, and it is not empty.",
            remedy="Set NETSUITE_WAREHOUSE to another file. If this one was the warehouse and is damaged, "
            "remove it: the next sync makes it again.",
        )


def check_writable(folder: Path) -> None:
    """Refuse a folder in which this user cannot create files.

    Raises:
        OSError: The file could not be created.
    """
    with tempfile.TemporaryFile(dir=folder):
        pass


def first_not_writable(published: Path, working: Path) -> Path | None:
    """Return the first file or folder that a sync must write and may not; nothing is left behind."""
    for file in (published, working):
        # The published file itself is replaced, never written.
        if file.exists() and not os.access(file, os.R_OK if file == published else os.R_OK | os.W_OK):
            return file
    return not_writable(target_of(published).parent) or not_writable(working.parent)


def not_writable(folder: Path) -> Path | None:
    """Return the existing folder in which a folder cannot be made or written; None where it can."""
    existing = folder.absolute()
    while not existing.exists():
        existing = existing.parent
    try:
        # The file has no name where the system supports that; otherwise it is removed at once.
        check_writable(existing)
    except OSError:
        return existing
    return None


def is_duckdb_file(path: Path) -> bool:
    """Return whether a file begins as DuckDB's files do.

    Raises:
        OSError: The file is missing or cannot be read.
    """
    with path.open("rb") as file:
        return file.read(_MAGIC_AT + len(_MAGIC))[_MAGIC_AT:] == _MAGIC


def unusable(path: Path, error: OSError) -> WarehouseError:
    """Return the error for a path that cannot be used, with the operating system's reason."""
    why = error.strerror or str(error)
    if error.errno in _OF_THE_DISK:
        return WarehouseError(f"{path} cannot be written: {why}.", remedy="Make room, then sync again.")
    return WarehouseMisconfigured(
        f"{path} cannot be the warehouse: {why}" + (f" ({error.filename})." if error.filename else "."),
        remedy="Set NETSUITE_WAREHOUSE to a file in a folder that this user may write, or let this user "
        "write there.",
    )


def damaged(working: Path, published: Path, why: str) -> WarehouseError:
    """Return the error for a working file that cannot be opened, with a remedy.

    Args:
        working: The working file.
        published: The published file, from which a removed working file is restored if it is good.
        why: DuckDB's message.
    """
    good = empty = False
    with suppress(OSError):
        good = is_duckdb_file(published)
    with suppress(OSError):
        empty = not working.stat().st_size
    seen = "it is empty" if empty else why
    if good:
        remedy = f"If it is damaged, remove it: the next sync starts from the published file {published}."
    elif published.exists():
        remedy = (
            f"If it is damaged, remove it and the published file {published}, which is no good either: the "
            "next sync reads all tables again."
        )
    else:
        remedy = "If it is damaged, remove it: without a published file the next sync reads all tables again."
    return WarehouseError(f"The working file {working} cannot be opened: {seen}", remedy=remedy)
