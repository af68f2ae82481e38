"""What the tests of whole syncs share."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import CONNECTION, a_warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """An empty one, impatient about locks."""
    return a_warehouse(tmp_path)


@pytest.fixture
def held_open(warehouse: Warehouse) -> Iterator[None]:
    """Opening a file anew is a third of what a small sync takes; for tests of rows it can stay open."""
    warehouse.prepare(CONNECTION)
    with duckdb.connect(str(warehouse.working_path)):
        yield
