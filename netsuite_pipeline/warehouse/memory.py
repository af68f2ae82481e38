"""How much memory DuckDB takes: little, and more only where a table is too wide for it."""

from collections.abc import Callable
from typing import TypeVar

import duckdb

from netsuite_pipeline.warehouse.errors import WarehouseError

_MEGABYTES = 128
_MOST_MEGABYTES = 8192
_Result = TypeVar("_Result")


def limit_memory(connection: duckdb.DuckDBPyConnection, megabytes: int = _MEGABYTES) -> None:
    """Lets DuckDB spill beside its file what is more: a large table must not need a large machine."""
    connection.execute(f"SET memory_limit = '{megabytes}MB'")


def with_enough_memory(connection: duckdb.DuckDBPyConnection, work: Callable[[], _Result]) -> _Result:
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
            if not isinstance(error.__cause__, duckdb.OutOfMemoryException) or megabytes >= _MOST_MEGABYTES:
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
