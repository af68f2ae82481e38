"""What the tests of whole syncs share."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from netsuite_pipeline.warehouse.store import Store
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import CONNECTION, a_lake, a_warehouse


@pytest.fixture
def warehouse(tmp_path: Path, request: pytest.FixtureRequest) -> Store:
    """An empty one, impatient about locks; a file, or the kind that `on_both_kinds` asks for."""
    return a_lake(tmp_path) if getattr(request, "param", "file") == "lake" else a_warehouse(tmp_path)


@pytest.fixture
def held_open(warehouse: Store) -> Iterator[None]:
    """Opening a file anew is a third of what a small sync takes; for tests of rows it can stay open."""
    warehouse.prepare(CONNECTION)
    if not isinstance(warehouse, Warehouse):
        yield
        return
    with duckdb.connect(str(warehouse.working_path)):
        yield
