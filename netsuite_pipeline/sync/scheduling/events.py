"""Events that the threads of the worker pool put into the scheduler's queue."""

from dataclasses import dataclass
from pathlib import Path

from netsuite_pipeline.netsuite.errors import NetSuiteError
from netsuite_pipeline.sync.landing.result import LandedTable
from netsuite_pipeline.warehouse.errors import WarehouseError


@dataclass(frozen=True)
class PageLanded:
    """A page of a table has landed.

    Attributes:
        table: The table's name.
        path: The file of the page.
        rows: How many rows the page has.
    """

    table: str
    path: Path
    rows: int


@dataclass(frozen=True)
class ExtractFinished:
    """All pages of a table's phase have landed.

    Attributes:
        table: The table's name.
        result: What was read.
    """

    table: str
    result: LandedTable


@dataclass(frozen=True)
class ExtractFailed:
    """A table's phase cannot be read to its end.

    Attributes:
        table: The table's name.
        error: What prevents it.
    """

    table: str
    error: NetSuiteError | WarehouseError
