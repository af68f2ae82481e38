"""Little memory for most tables, more for one that is too wide for it, and little again afterwards."""

from collections.abc import Iterator

import duckdb
import pytest

from netsuite_pipeline.warehouse import transactions
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.transactions import limit_memory, run_transaction

TOO_LITTLE = duckdb.OutOfMemoryException("could not allocate")


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        limit_memory(opened)
        yield opened


def _limit(connection: duckdb.DuckDBPyConnection) -> str:
    row = connection.execute("SELECT current_setting('memory_limit')").fetchone()
    return str(row[0]) if row else ""


def test_what_lacks_memory_is_done_again_with_more(connection: duckdb.DuckDBPyConnection) -> None:
    limits: list[str] = []

    def work() -> str:
        connection.execute("CREATE TABLE t AS SELECT 1 AS i")
        limits.append(_limit(connection))
        if len(limits) < 3:
            raise TOO_LITTLE
        return "done"

    assert run_transaction(connection, work) == "done"
    assert limits == ["122.0 MiB", "488.2 MiB", "1.9 GiB"]
    assert _limit(connection) == "122.0 MiB", "the next table gets as little as any"


def test_another_failure_is_not_tried_again(connection: duckdb.DuckDBPyConnection) -> None:
    tries = []

    def work() -> None:
        tries.append(1)
        raise duckdb.IOException("no space left")

    with pytest.raises(WarehouseError, match="no space left"):
        run_transaction(connection, work)
    assert len(tries) == 1


def test_there_is_an_end_to_it(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "_MOST_MEGABYTES", 512)
    tries = []

    def work() -> None:
        tries.append(1)
        raise TOO_LITTLE

    with pytest.raises(WarehouseError, match="could not allocate"):
        run_transaction(connection, work)
    assert len(tries) == 2
