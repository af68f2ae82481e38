"""All or nothing: a transaction that is rolled back on any way out but the good one."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.stores.memory_limit import is_out_of_memory

# EFBIG, where a file may grow no further, is the same to who writes.
_NO_ROOM = ("No space left", "Disk quota exceeded", "File too large", "max_temp_directory_size")


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commits what is done inside, or rolls all of it back; a failed commit is rolled back too.

    Raises:
        WarehouseError: DuckDB could not do or commit it; nothing of it is there.

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
            # A commit that failed has ended the transaction itself; the first error is the one to tell.
            error.add_note(f"rolling back: {second}")
        if isinstance(error, duckdb.Error):
            raise refused(error) from error
        raise


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turns DuckDB's errors into ours, outside a transaction.

    Raises:
        WarehouseError: DuckDB could not do what was asked inside.
    """
    try:
        yield
    except duckdb.Error as error:
        raise refused(error) from error


def refused(error: duckdb.Error) -> WarehouseError:
    """Return DuckDB's error in our words.

    Raises:
        KeyboardInterrupt: Nothing of DuckDB's failed; it was interrupted, as Ctrl-C does.

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
    """Return whether DuckDB could not write for want of room on the disk."""
    return isinstance(error, duckdb.Error) and any(words in str(error) for words in _NO_ROOM)


def is_about_data(error: BaseException | None) -> bool:
    """Return whether DuckDB refused what it was given to read, and not what the machine gave it.

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
