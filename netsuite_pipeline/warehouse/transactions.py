"""Transactions of the working file: DuckDB's errors as warehouse errors, and as much memory as needed."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import duckdb

from netsuite_pipeline.warehouse.errors import WarehouseError

# EFBIG (a file at its size limit) counts as a full disk.
_NO_ROOM = ("No space left", "Disk quota exceeded", "File too large", "max_temp_directory_size")
_NO_BLOCK = ("could not allocate block", "failed to pin block")
_MEGABYTES = 128
_MAX_CONFLICTS = 6
_CONFLICT_SECONDS = 0.05
_MOST_MEGABYTES = 8192
# Blocks of 256 KB for each column: in the file, the stage, the changed rows, the commit and the checkpoint.
_MEGABYTES_A_COLUMN = 2
_Result = TypeVar("_Result")


_checks: dict[int, Callable[[], None]] = {}


@contextmanager
def checked_commits(connection: duckdb.DuckDBPyConnection, check: Callable[[], None]) -> Iterator[None]:
    """Call a check before each commit of a connection inside the block.

    Args:
        connection: The connection.
        check: Raises an error where nothing may be committed any more; the transaction is rolled back then.
    """
    _checks[id(connection)] = check
    try:
        yield
    finally:
        del _checks[id(connection)]


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commit the block's changes, or roll all of them back if the block or the commit fails.

    Raises:
        WarehouseError: DuckDB refused a statement or the commit; all changes are rolled back.

    Example:
        >>> connection = duckdb.connect()
        >>> with transaction(connection):
        ...     _ = connection.execute("CREATE TABLE t (i INTEGER)")
    """
    connection.execute("BEGIN TRANSACTION")
    try:
        yield
        if (check := _checks.get(id(connection))) is not None:
            check()
        connection.execute("COMMIT")
    except BaseException as error:
        try:
            connection.execute("ROLLBACK")
        except duckdb.Error as second:
            # A failed or interrupted commit has ended the transaction itself.
            if "no transaction is active" not in str(second):
                error.add_note(f"rolling back: {second}")
        if isinstance(error, duckdb.Error):
            raise refused(error) from error
        raise


def run_transaction(connection: duckdb.DuckDBPyConnection, work: Callable[[], _Result]) -> _Result:
    """Run work in a transaction, and repeat the transaction if another try can succeed.

    That is after a conflict with another writer of a lake, and with more memory after too little. DuckDB
    cannot spill the row group that it writes. For many columns or long texts, one row group may need
    more than the limit.

    Args:
        connection: Outside a transaction.
        work: What the transaction does.

    Returns:
        The result of the work.

    Raises:
        WarehouseError: The transaction failed for another reason, or 8 GB were too little.
    """
    megabytes, conflicts = _MEGABYTES, 0
    while True:
        try:
            with transaction(connection):
                result = work()
        except WarehouseError as error:
            if is_conflict(error.__cause__) and conflicts < _MAX_CONFLICTS:
                time.sleep(_CONFLICT_SECONDS * 2**conflicts * random.uniform(0.5, 1.0))  # noqa: S311 no secret
                conflicts += 1
                continue
            if not is_out_of_memory(error.__cause__) or megabytes >= _MOST_MEGABYTES:
                raise
            megabytes *= 4
            limit_memory(connection, megabytes)
            # Each thread has a row group of its own.
            connection.execute("SET threads = 1")
        else:
            if megabytes > _MEGABYTES:
                connection.execute("RESET threads")
                limit_memory(connection)
            return result


def limit_memory(connection: duckdb.DuckDBPyConnection, megabytes: int | None = None) -> None:
    """Limit DuckDB's memory; DuckDB spills the rest to disk, so that a large table needs no large machine.

    Args:
        connection: To a file.
        megabytes: The limit; by default 128, and more if a table has hundreds of columns.
    """
    if megabytes is None:
        row = connection.execute("SELECT max(column_count) FROM duckdb_tables()").fetchone()
        megabytes = megabytes_for(row[0] if row and row[0] else 0)
    connection.execute(f"SET memory_limit = '{megabytes}MB'")


def megabytes_for(columns: int) -> int:
    """Return the memory limit for a table with so many columns.

    Example:
        >>> megabytes_for(20), megabytes_for(300)
        (128, 600)
    """
    return max(_MEGABYTES, columns * _MEGABYTES_A_COLUMN)


@contextmanager
def translate_errors() -> Iterator[None]:
    """Raise DuckDB's errors as `WarehouseError`, outside a transaction.

    Raises:
        WarehouseError: DuckDB refused a statement of the block.
    """
    try:
        yield
    except duckdb.Error as error:
        raise refused(error) from error


def refused(error: duckdb.Error) -> WarehouseError:
    """Return DuckDB's error as a `WarehouseError` with a remedy.

    Raises:
        KeyboardInterrupt: The statement was interrupted, as Ctrl-C does.

    Example:
        >>> refused(duckdb.IOException("No space left on device")).remedy
        'The table is as it was. The disk is full: make room, then sync again.'
    """
    if isinstance(error, duckdb.InterruptException):
        raise KeyboardInterrupt from error
    if is_disk_full(error):
        remedy = "The disk is full: make room, then sync again."
    elif is_out_of_memory(error):
        remedy = "DuckDB had too little memory; give this machine more, then sync again."
    else:
        remedy = "Sync again. If it happens again, report it with these words."
    return WarehouseError(f"DuckDB refused: {error}", remedy=f"The table is as it was. {remedy}")


def is_conflict(error: BaseException | None) -> bool:
    """Return whether another writer of a lake committed to the same table meanwhile.

    Example:
        >>> is_conflict(duckdb.TransactionException("Transaction conflict - attempting to insert"))
        True
    """
    return isinstance(error, duckdb.Error) and "Transaction conflict" in str(error)


def is_out_of_memory(error: BaseException | None) -> bool:
    """Return whether DuckDB ran out of memory; a commit raises another error class then."""
    return isinstance(error, duckdb.OutOfMemoryException) or (
        isinstance(error, duckdb.Error) and any(words in str(error) for words in _NO_BLOCK)
    )


def is_disk_full(error: BaseException | None) -> bool:
    """Return whether DuckDB could not write because the disk is full."""
    return isinstance(error, duckdb.Error) and any(words in str(error) for words in _NO_ROOM)


def is_about_data(error: BaseException | None) -> bool:
    """Return whether DuckDB refused the data, and not the machine's disk or memory.

    Example:
        >>> is_about_data(duckdb.InvalidInputException("Malformed JSON"))
        True
        >>> is_about_data(duckdb.IOException("No space left on device"))
        False
    """
    return (
        isinstance(error, duckdb.DataError | duckdb.ProgrammingError | duckdb.NotSupportedError)
        and not is_disk_full(error)
        and not is_out_of_memory(error)
    )
