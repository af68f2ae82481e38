"""Transactions of the working file, and DuckDB's errors as warehouse errors."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.stores.memory_limit import is_out_of_memory

# EFBIG (a file at its size limit) counts as a full disk.
_NO_ROOM = ("No space left", "Disk quota exceeded", "File too large", "max_temp_directory_size")


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
