"""The request for a sync."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import duckdb

from netsuite_pipeline.sync.report import MartsBuild
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.stores.path_names import check_connection_name, check_table_name

LOCK_WAIT_SECONDS = 5.0


class MartsBuilder(Protocol):
    """Builds the marts in the working file. `netsuite_pipeline.marts.refresh_marts` is the one in use."""

    def __call__(
        self, connection: duckdb.DuckDBPyConnection, connection_name: str, now: datetime, *, force: bool
    ) -> MartsBuild | None:
        """Build the marts in a transaction; None where they are up to date and `force` is false."""


@dataclass(frozen=True)
class SyncRequest:
    """What a sync is to do.

    Attributes:
        tables: The tables, in the catalogue's order.
        catalogue: All known tables by name: a child may be selected without its parent.
        connection: The connection's name: the schema of its tables, and the folder of its pages.
        full: Read all rows, whatever was read before.
        overlap: How far before its watermark a table is read again.
        accept_shrink: Tables whose rows that NetSuite no longer shows are removed without evidence of their
            deletion.
        sweep_after: The interval of sweeps, which compare a table's keys with NetSuite's. None for no sweeps.
        keep_pages: How long pages are kept after the commit of their rows; None for not at all.
        since, until: UTC; a date range to read again, in tables with a cursor and in their children. Either
            may be None; with neither, the watermark decides.
        salt: The salt of the values in hashed columns.
        wait_seconds: How long to wait for the end of another sync of the connection.
        full_tables: Tables of which all rows are read, whatever was read before.
        repairs: Rows to read again besides the changes, by table: their keys, of a table with a parent the
            parent's keys. A table whose changes cannot be read is read in full anyway.
        proven_deletions: Keys of rows that were deleted for certain, by table, without an entry in
            `deletedrecord`. A row goes if NetSuite does not show it to this sync either.
        marts: Builds the marts before the file is published; None for a sync without marts.
        previews: Whether the reports have a few rows of each table, as Dagster shows them.

    Raises:
        WarehouseMisconfigured: The name of the connection or of a table leads out of the warehouse's folder.
    """

    tables: tuple[Table, ...]
    catalogue: Mapping[str, Table]
    connection: str
    full: bool
    overlap: timedelta
    accept_shrink: frozenset[str] = frozenset()
    sweep_after: timedelta | None = None
    keep_pages: timedelta | None = None
    since: datetime | None = None
    until: datetime | None = None
    salt: str = field(default="", repr=False)
    wait_seconds: float = LOCK_WAIT_SECONDS
    full_tables: frozenset[str] = frozenset()
    repairs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    proven_deletions: Mapping[str, frozenset[str]] = field(default_factory=dict)
    marts: MartsBuilder | None = None
    previews: bool = True

    def __post_init__(self) -> None:
        check_connection_name(self.connection)
        for table in (*self.tables, *self.catalogue.values()):
            check_table_name(table.name)

    def reads_in_full(self, table: Table) -> bool:
        """Return whether all rows of a table are requested."""
        return self.full or table.name in self.full_tables
