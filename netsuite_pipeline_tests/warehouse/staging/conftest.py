"""A connection and a landing folder for each test."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from netsuite_pipeline.warehouse.state import ensure_state


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        ensure_state(opened)
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "landing"
    made.mkdir()
    return made
