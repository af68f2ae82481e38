"""How much memory DuckDB takes: little, and more only where a table is too wide for it."""

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
    """Lets DuckDB spill beside its file what is more: a large table must not need a large machine.

    Args:
        connection: To a file.
        megabytes: How much it may have; 128, and more where a table has hundreds of columns, when left out.
    """
    if megabytes is None:
        row = connection.execute("SELECT max(column_count) FROM duckdb_tables()").fetchone()
        columns = row[0] if row and row[0] else 0
        megabytes = max(_MEGABYTES, columns * _MEGABYTES_A_COLUMN)
    connection.execute(f"SET memory_limit = '{megabytes}MB'")


def is_out_of_memory(error: BaseException | None) -> bool:
    """Return whether DuckDB ran out of memory; a commit raises another error type for that."""
    return isinstance(error, duckdb.OutOfMemoryException) or (
        isinstance(error, duckdb.Error) and any(words in str(error) for words in _NO_BLOCK)
    )


def retry_with_more_memory(connection: duckdb.DuckDBPyConnection, work: Callable[[], _Result]) -> _Result:
    """Does what may need more: rows on their way into a row group cannot be spilled, and a row group of a
    table of many columns or long texts can be larger than all that is allowed.

    Args:
        connection: Outside a transaction.
        work: A transaction, which leaves nothing behind if it fails.

    Raises:
        WarehouseError: It failed for another reason, or 8 GB were too little.
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
