"""What the tests of whole syncs share."""

from pathlib import Path

import pytest

from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import a_warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """An empty one, impatient about locks."""
    return a_warehouse(tmp_path)
