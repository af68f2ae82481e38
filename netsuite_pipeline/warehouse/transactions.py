"""All or nothing: a transaction that is rolled back on any way out but the good one."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from netsuite_pipeline.warehouse.errors import WarehouseError


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
def in_our_words() -> Iterator[None]:
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
    """
    if isinstance(error, duckdb.InterruptException):
        raise KeyboardInterrupt from error
    return WarehouseError(
        f"DuckDB refused: {error}",
        remedy="The table is as it was. If the disk is full, make room; then sync again.",
    )
