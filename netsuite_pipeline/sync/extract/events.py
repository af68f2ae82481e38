"""The events that the worker threads put into the scheduler's queue while they extract a table."""

from dataclasses import dataclass
from pathlib import Path

from netsuite_pipeline.netsuite.errors import NetSuiteError
from netsuite_pipeline.sync.landing.result import LandedTable
from netsuite_pipeline.warehouse.errors import WarehouseError


@dataclass(frozen=True)
class PageLanded:
    """A valid page of a table is in the landing folder.

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
    """All pages of an extract are in the landing folder.

    Attributes:
        table: The table's name.
        result: The pages, and how they were read.
    """

    table: str
    result: LandedTable


@dataclass(frozen=True)
class ExtractFailed:
    """An extract ended before its last page. It is emitted once; the landed pages stay.

    Attributes:
        table: The table's name.
        error: The cause.
    """

    table: str
    error: NetSuiteError | WarehouseError


ExtractEvent = PageLanded | ExtractFinished | ExtractFailed
