"""What the syncs really read when a table was last well, by the published file, which no sync locks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import duckdb

from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.schema.schema import present_columns, text
from netsuite_pipeline.warehouse.stores.location import check_place
from netsuite_pipeline.warehouse.warehouse import Warehouse


@dataclass(frozen=True)
class KnownTable:
    """One table as it was when it was last synced.

    Attributes:
        columns: The columns that NetSuite ever gave, without labels.
        rows: How many rows the table has.
        synced_at: When it was last synced, UTC.
        watermark: Up to this UTC moment every change is in the table; None where it has no cursor.
        lost: Those of the columns that the last sync did not get any more, each with the moment (UTC) since
            when.
        missing: Rows of it that NetSuite did not show any more, without evidence of their deletion.
        missing_what: Which rows these are, in words; None where there are none.
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
    """What is known of a connection's tables.

    Attributes:
        account: The account that they come from, as NetSuite writes it: `1234567_SB1`.
        tables: Every table that was ever synced, by name.
        last_good: When the last sync began that committed a table, UTC: signing in worked then.
    """

    account: str
    tables: Mapping[str, KnownTable]
    last_good: datetime | None


def read_known_good(warehouse: Warehouse, connection: str) -> KnownGood | None:
    """What the syncs of a connection read; None where there is no file yet, or none of its tables was synced.

    Args:
        warehouse: Only its published file is opened, for reading, and closed again.
        connection: The connection's name, `netsuite` by default.

    Raises:
        WarehouseError: The file is damaged, or was made by something else.

    Example:
        `read_known_good(Warehouse(Path("data/warehouse.duckdb")), "netsuite").tables["vendor"].rows == 300`
    """
    check_place(warehouse.path)
    if not warehouse.is_published:
        return None
    with warehouse.published() as file:
        try:
            return _known_good(file, connection)
        except duckdb.Error as error:
            raise WarehouseError(
                f"What the syncs noted in {warehouse.path} cannot be read: {error}",
                remedy="If the file is damaged, move it away: the next sync publishes it anew.",
            ) from error


# A file made by an earlier version may lack what came later, and a reader cannot add it.
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
    of = f"connection = {text(connection)}"
    rows = file.execute(f"SELECT {wanted} FROM _netsuite.table_state WHERE {of}").fetchall()
    if not rows:
        return None
    lost = _lost_since(file, of)
    tables: dict[str, KnownTable] = {}
    for name, columns, absent, row_count, synced_at, watermark, missing, what in rows:
        given = _without_labels(columns or ())
        gone = given.intersection(absent or ())
        since = {column: lost.get((name, column), synced_at) for column in sorted(gone)}
        tables[name] = KnownTable(given, row_count or 0, synced_at, watermark, since, missing or 0, what)
    account = file.execute(f"SELECT account FROM _netsuite.connections WHERE {of}").fetchone()
    last_good = max(table.synced_at for table in tables.values())
    return KnownGood(account[0] if account else "", tables, last_good)


def _lost_since(file: duckdb.DuckDBPyConnection, of: str) -> dict[tuple[str, str], datetime]:
    """When each column was last noted as lost, by table and column."""
    if not present_columns(file, "_netsuite", "schema_changes"):
        return {}
    rows = file.execute(
        "SELECT table_name, column_name, max(noticed_at) FROM _netsuite.schema_changes "
        f"WHERE change = 'lost' AND {of} GROUP BY ALL"
    ).fetchall()
    return {(table, column): noticed_at for table, column, noticed_at in rows}


def _without_labels(names: list[str] | tuple[str, ...]) -> frozenset[str]:
    """The columns themselves: a label is always there with the column that it words."""
    every = set(names)
    return frozenset(
        name for name in every if not (name.endswith("_label") and name.removesuffix("_label") in every)
    )
