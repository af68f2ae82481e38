"""Tables as their last sync left them, read from the published file, which no sync locks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import duckdb

from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.schema.schema import present_columns, text
from netsuite_pipeline.warehouse.store import Store


@dataclass(frozen=True)
class KnownTable:
    """One table after its last sync.

    Attributes:
        columns: The columns that NetSuite ever returned, without labels.
        rows: Its row count.
        synced_at: The time of the sync, UTC.
        watermark: The table is complete up to this UTC time; None without a cursor.
        lost: The columns that the last sync no longer got, each with the UTC time since when.
        missing: Rows that NetSuite no longer showed, without evidence of their deletion.
        missing_what: Which rows these are, in words; None without any.
    """

    columns: frozenset[str]
    rows: int
    synced_at: datetime
    watermark: datetime | None = None
    lost: Mapping[str, datetime] = field(default_factory=dict)
    missing: int = 0
    missing_what: str | None = None


@dataclass(frozen=True)
class KnownGood:
    """The tables of a connection after their last syncs.

    Attributes:
        account: Their account: `1234567_SB1`.
        tables: Every table that was ever synced, by name.
        last_good: The start of the last sync that committed a table, UTC: the sign-in worked then.
    """

    account: str
    tables: Mapping[str, KnownTable]
    last_good: datetime | None


def read_known_good(warehouse: Store, connection: str) -> KnownGood | None:
    """Return the tables of a connection; None without a file, or before its first sync.

    Args:
        warehouse: Its published file is opened for reading, and closed again.
        connection: The connection's name, `netsuite` by default.

    Raises:
        WarehouseError: The file is damaged, or another program wrote it.

    Example:
        `read_known_good(Warehouse(Path("data/warehouse.duckdb")), "netsuite").tables["vendor"].rows == 300`
    """
    if not warehouse.is_published:
        return None
    with warehouse.published() as file:
        try:
            return _known_good(file, connection)
        except duckdb.Error as error:
            raise WarehouseError(
                f"The sync state in {warehouse.name} cannot be read: {error}",
                remedy="If the file is damaged, move it away: the next sync publishes it again.",
            ) from error


# The file of an earlier version may lack columns, and a reader cannot add them.
_NEEDED = (
    "table_name",
    "columns",
    "absent_columns",
    "row_count",
    "synced_at",
    "watermark",
    "missing_rows",
    "missing_what",
)


def _known_good(file: duckdb.DuckDBPyConnection, connection: str) -> KnownGood | None:
    present = present_columns(file, "_netsuite", "table_state")
    if not present:
        return None
    wanted = ", ".join(name if name in present else f"NULL AS {name}" for name in _NEEDED)
    condition = f"connection = {text(connection)}"
    rows = file.execute(f"SELECT {wanted} FROM _netsuite.table_state WHERE {condition}").fetchall()
    if not rows:
        return None
    lost = _lost_since(file, condition)
    tables: dict[str, KnownTable] = {}
    for name, columns, absent, row_count, synced_at, watermark, missing, what in rows:
        given = _without_labels(columns or ())
        gone = given.intersection(absent or ())
        since = {column: lost.get((name, column), synced_at) for column in sorted(gone)}
        tables[name] = KnownTable(given, row_count or 0, synced_at, watermark, since, missing or 0, what)
    account = file.execute(f"SELECT account FROM _netsuite.connections WHERE {condition}").fetchone()
    last_good = max(table.synced_at for table in tables.values())
    return KnownGood(account[0] if account else "", tables, last_good)


def _lost_since(file: duckdb.DuckDBPyConnection, condition: str) -> dict[tuple[str, str], datetime]:
    """Return when each column was last recorded as lost, by table and column."""
    if not present_columns(file, "_netsuite", "schema_changes"):
        return {}
    rows = file.execute(
        "SELECT table_name, column_name, max(noticed_at) FROM _netsuite.schema_changes "
        f"WHERE change = 'lost' AND {condition} GROUP BY ALL"
    ).fetchall()
    return {(table, column): noticed_at for table, column, noticed_at in rows}


def _without_labels(names: list[str] | tuple[str, ...]) -> frozenset[str]:
    """Return names without those of label columns, which follow from their columns."""
    every = set(names)
    return frozenset(
        name for name in every if not (name.endswith("_label") and name.removesuffix("_label") in every)
    )
