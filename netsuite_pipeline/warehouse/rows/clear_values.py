"""Remove the clear values of columns that are to hold hashes: from the table, and from free blocks."""

import os
import secrets
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from netsuite_pipeline.warehouse.errors import WarehouseError, WarehouseLocked
from netsuite_pipeline.warehouse.schema.schema import (
    StoredColumn,
    StoredTable,
    of_table,
    present_columns,
    quoted,
    text,
    text_beside,
)
from netsuite_pipeline.warehouse.stores.atomic_copy import remove_unfinished_copies
from netsuite_pipeline.warehouse.stores.private_files import private_files
from netsuite_pipeline.warehouse.transactions import limit_memory, run_transaction, translate_errors
from netsuite_pipeline.warehouse.warehouse import Warehouse

_RETRY_SECONDS = 0.05
_BUSY = ("Could not set lock", "Unique file handle conflict")  # another process; another thread of this one


@dataclass(frozen=True)
class ClearColumn:
    """A stored column with clear values.

    Attributes:
        name: The column.
        type: Its DuckDB type.
        derived: Columns that would leak the value, such as `<name>_label` and `<name>_text`.
    """

    name: str
    type: str
    derived: tuple[str, ...] = ()


def find_clear_columns(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    table: str,
    hashed: Collection[str],
    others: Collection[str],
) -> tuple[ClearColumn, ...]:
    """Return the stored columns of a table that are to hold hashes.

    Args:
        connection: To the working file.
        schema: The table's schema.
        table: The table.
        hashed: The columns to be hashed that hold no hashes yet.
        others: The columns that NetSuite has: none of them is derived from another one.
    """
    present = present_columns(connection, schema, table)
    found: list[ClearColumn] = []
    for name in (each for each in hashed if each in present):
        as_sent = text_beside(StoredColumn(name, present[name]), others).name
        derived = (each for each in (f"{name}_label", as_sent) if each in present and each not in others)
        found.append(ClearColumn(name, present[name], tuple(derived)))
    return tuple(found)


def drop_clear_columns(
    connection: duckdb.DuckDBPyConnection, target: StoredTable, columns: Sequence[ClearColumn]
) -> None:
    """Drop columns with clear values, the columns derived from them, and their rejected values.

    Call it in the transaction that stores the hashes.
    """
    names = [name for column in columns for name in (column.name, *column.derived)]
    for name in names:
        connection.execute(f"ALTER TABLE {target.ref} DROP COLUMN {quoted(name)}")
    of = f"{of_table(target.schema, target.name)} AND column_name IN ({', '.join(map(text, names))})"
    connection.execute(f"DELETE FROM _netsuite.rejected_values WHERE {of}")


def rewrite_file(warehouse: Warehouse) -> None:
    """Copy the working file into a new one that takes its place, without the old file's free blocks.

    Raises:
        WarehouseLocked: Another process, or another thread, has the working file open.
        WarehouseError: The file cannot be copied, which takes as much room again; it is as it was.
    """
    working = warehouse.working_path
    remove_unfinished_copies(working)
    fresh = working.with_name(f".{working.name}.{secrets.token_hex(4)}.new")
    give_up_at = time.monotonic() + warehouse.lock_wait_seconds
    try:
        with translate_errors(), private_files():
            while not _replaced(warehouse, fresh):
                if time.monotonic() > give_up_at:
                    raise WarehouseLocked(
                        f"Another process, or thread, has had {working} open for over "
                        f"{warehouse.lock_wait_seconds:.0f} s.",
                        remedy="Wait for it to end, or end it; then sync again.",
                    )
                time.sleep(_RETRY_SECONDS)
    except OSError as error:
        raise WarehouseError(
            f"{working} could not be replaced: {error.strerror or error}. It is as it was.",
            remedy="Make room on the disk (a second file of its size is needed); then sync again.",
        ) from error
    finally:
        for left in (fresh, _log_of(fresh)):
            left.unlink(missing_ok=True)


def _replaced(warehouse: Warehouse, fresh: Path) -> bool:
    """Replace the working file by its copy.

    Returns:
        False while another process writes the file, or has left a log that the copy would replay.
    """
    working = warehouse.working_path
    with warehouse.working() as connection:
        connection.execute("CHECKPOINT")
    spills: dict[str, str | bool | int | float | list[str]] = {"temp_directory": f"{fresh}.tmp"}
    with duckdb.connect(":memory:", config=spills) as connection:
        limit_memory(connection)
        # A reader keeps writers away. A file that is only read leaves no log when it is closed, which could
        # be taken for the new file's.
        try:
            connection.execute(f"ATTACH {text(working.as_posix())} AS old (READ_ONLY)")
        except duckdb.Error as error:
            if not any(words in str(error) for words in _BUSY):
                raise
            return False
        if _log_of(working).exists():
            return False
        connection.execute(f"ATTACH {text(fresh.as_posix())} AS fresh")
        run_transaction(connection, lambda: connection.execute("COPY FROM DATABASE old TO fresh"))
        connection.execute("DETACH fresh")
        with fresh.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(fresh, working)
        # A process that opened the old file just now has to meet the old file's lock.
        time.sleep(_RETRY_SECONDS)
    return True


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")
