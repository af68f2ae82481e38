"""Copy a DuckDB file into a new one that takes its place, without the old file's free blocks."""

import os
import secrets
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import duckdb

from netsuite_pipeline.warehouse.errors import WarehouseError, WarehouseLocked
from netsuite_pipeline.warehouse.schema.schema import text
from netsuite_pipeline.warehouse.stores.atomic_copy import remove_unfinished_copies
from netsuite_pipeline.warehouse.stores.private_files import private_files
from netsuite_pipeline.warehouse.transactions import limit_memory, run_transaction, translate_errors

_RETRY_SECONDS = 0.05
_BUSY = ("Could not set lock", "Unique file handle conflict")  # another process; another thread of this one
_Open = Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]


def rewrite_file(path: Path, open_file: _Open, wait_seconds: float) -> None:
    """Copy a file into a new one that takes its place, so that overwritten values are gone.

    Args:
        path: The file.
        open_file: Opens the file for writing.
        wait_seconds: How long to wait while another process, or another thread, has the file open.

    Raises:
        WarehouseLocked: Another process, or another thread, has the file open.
        WarehouseError: The file cannot be copied, which takes as much room again; it is as it was.
    """
    remove_unfinished_copies(path)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    give_up_at = time.monotonic() + wait_seconds
    try:
        with translate_errors(), private_files():
            while not _replaced(path, open_file, fresh):
                if time.monotonic() > give_up_at:
                    raise WarehouseLocked(
                        f"Another process, or thread, has had {path} open for over {wait_seconds:.0f} s.",
                        remedy="Wait for it to end, or end it; then sync again.",
                    )
                time.sleep(_RETRY_SECONDS)
    except OSError as error:
        raise WarehouseError(
            f"{path} could not be replaced: {error.strerror or error}. It is as it was.",
            remedy="Make room on the disk (a second file of its size is needed); then sync again.",
        ) from error
    finally:
        for left in (fresh, _log_of(fresh)):
            left.unlink(missing_ok=True)


def _replaced(path: Path, open_file: _Open, fresh: Path) -> bool:
    """Replace a file by its copy.

    Returns:
        False while another process writes the file, or has left a log that the copy would replay.
    """
    with open_file() as connection:
        connection.execute("CHECKPOINT")
    spills: dict[str, str | bool | int | float | list[str]] = {"temp_directory": f"{fresh}.tmp"}
    with duckdb.connect(":memory:", config=spills) as connection:
        limit_memory(connection)
        # A reader keeps writers away. A file that is only read leaves no log when it is closed, which could
        # be taken for the new file's.
        try:
            connection.execute(f"ATTACH {text(path.as_posix())} AS old (READ_ONLY)")
        except duckdb.Error as error:
            if not any(words in str(error) for words in _BUSY):
                raise
            return False
        if _log_of(path).exists():
            return False
        connection.execute(f"ATTACH {text(fresh.as_posix())} AS fresh")
        run_transaction(connection, lambda: connection.execute("COPY FROM DATABASE old TO fresh"))
        connection.execute("DETACH fresh")
        with fresh.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(fresh, path)
        # A process that opened the old file just now has to meet the old file's lock.
        time.sleep(_RETRY_SECONDS)
    return True


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")
