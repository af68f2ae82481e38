"""A warehouse for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from netsuite_pipeline_tests.sync.load.commits import Books


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    made = Books(tmp_path)
    yield made
    assert list(tmp_path.glob("stage*")) == [], "a stage was left behind"
    leftovers = made.query("SELECT database_name FROM duckdb_databases() WHERE database_name = 'staged'")
    assert leftovers == []
