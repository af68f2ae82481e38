"""The small company that the tests here look at, built once."""

from collections.abc import Iterator

import duckdb
import pytest

from netsuite_pipeline_tests.emulator.company.books import NOW, Books, built


@pytest.fixture(scope="session")
def small_company() -> Iterator[Books]:
    """A company of scale 0.02; tests only read it."""
    connection = duckdb.connect()
    yield built(connection, seed=1, scale=0.02, now=NOW)
    connection.close()
