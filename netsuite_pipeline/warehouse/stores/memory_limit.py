"""DuckDB's memory limit: small, and raised only for wide tables."""

from collections.abc import Callable
from typing import TypeVar

import duckdb

from netsuite_pipeline.warehouse.errors import WarehouseError

_MEGABYTES = 128
_MOST_MEGABYTES = 8192
# Blocks of 256 KB for each column: in the file, the stage, the changed rows, the commit and the checkpoint.
_MEGABYTES_A_COLUMN = 2
_NO_BLOCK = ("could not allocate block", "failed to pin block")
_Result = TypeVar("_Result")


def limit_memory(connection: duckdb.DuckDBPyConnection, megabytes: int | None = None) -> None:
    """Limit DuckDB's memory; DuckDB spills the rest to disk, so that a large table needs no large machine.

    Args:
        connection: To a file.
        megabytes: The limit; by default 128, and more if a table has hundreds of columns.
    """
    if megabytes is None:
        row = connection.execute("SELECT max(column_count) FROM duckdb_tables()").fetchone()
        columns = row[0] if row and row[0] else 0
        megabytes = max(_MEGABYTES, columns * _MEGABYTES_A_COLUMN)
    connection.execute(f"SET memory_limit = '{megabytes}MB'")


def is_out_of_memory(error: BaseException | None) -> bool:
    """Return whether DuckDB ran out of memory; a commit raises another error class then."""
    return isinstance(error, duckdb.OutOfMemoryException) or (
        isinstance(error, duckdb.Error) and any(words in str(error) for words in _NO_BLOCK)
    )


def retry_with_more_memory(connection: duckdb.DuckDBPyConnection, work: Callable[[], _Result]) -> _Result:
    """Run a transaction, and repeat it with more memory if it runs out of memory.

    DuckDB cannot spill the row group that it writes. For many columns or long texts, one row group may need
    more than the limit.

    Args:
        connection: Outside a transaction.
        work: The transaction; it leaves nothing behind if it fails.

    Raises:
        WarehouseError: The transaction failed for another reason, or 8 GB were too little.
    """
    megabytes = _MEGABYTES
    while True:
        try:
            result = work()
        except WarehouseError as error:
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
