"""The request for a sync."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.stores.path_names import check_connection_name, check_table_name

LOCK_WAIT_SECONDS = 5.0


@dataclass(frozen=True)
class SyncRequest:
    """What a sync is asked to do.

    Attributes:
        tables: The tables, in the catalogue's order.
        catalogue: All tables there are, by name: a child may be selected without its parent.
        connection: The connection's name: the schema of its tables, and the folder of its pages.
        full: Read everything, whatever was read before.
        overlap: How far behind its watermark a table is read again.
        accept_shrink: Tables whose rows that NetSuite no longer shows go without evidence of their deletion.
        sweep_after: Tables whose rows have not all been looked for in NetSuite for so long are swept: their
            keys are compared with NetSuite's. None for never.
        keep_pages: For how long the pages are kept when their rows are committed; None for not at all.
        since, until: UTC; to read again what last changed from the one to before the other, in tables with a
            cursor and in their children. Either may be None; with neither, the watermark decides.
        salt: What values are hashed with, in the columns that tables name as `hashed`.
        wait_seconds: How long to wait for another sync of the connection to end.

    Raises:
        WarehouseMisconfigured: The connection's name, or a table's, could lead out of the warehouse's folder.
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

    def __post_init__(self) -> None:
        check_connection_name(self.connection)
        for table in (*self.tables, *self.catalogue.values()):
            check_table_name(table.name)
