"""What the conductor hears of a table's journey, from the threads that ask."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from netsuite_pipeline.netsuite.errors import NetSuiteError
from netsuite_pipeline.sync.landing.result import Fetched
from netsuite_pipeline.warehouse.errors import WarehouseError

if TYPE_CHECKING:
    from netsuite_pipeline.sync.scheduling.table_sync import Journey


@dataclass(frozen=True)
class Landed:
    """A page of a table has landed."""

    journey: "Journey"
    path: Path
    rows: int


@dataclass(frozen=True)
class Arrived:
    """All pages of a table's leg have landed, or it cannot be read on."""

    journey: "Journey"
    outcome: Fetched | NetSuiteError | WarehouseError
