"""Reads what the syncs noted in the published file's `_netsuite`; waits for no sync and locks nothing."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb

from netsuite_pipeline.reporting.facts import (
    Change,
    ColumnChange,
    ConnectionFacts,
    Counted,
    Failure,
    Mismatch,
    Rejected,
    SyncFacts,
    TableFacts,
    WarehouseFacts,
)
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.schema.schema import literal, present_columns, text
from netsuite_pipeline.warehouse.warehouse import Warehouse

WINDOW = timedelta(days=90)
"""How far back the report goes."""
MOST_SYNCS = 500
"""How many syncs of one connection it shows at most, the latest ones."""

# Rows that an earlier sync left to be taken out are no reading of the table; nor are labels of a rename.
_READINGS = "mode NOT IN ('deleted', 'labels')"


def read_warehouse(warehouse: Warehouse, now: datetime) -> WarehouseFacts:
    """What the report is made of.

    Args:
        warehouse: Only its published file is opened, for reading, and closed again.
        now: UTC.

    Raises:
        WarehouseError: There is no such file, nothing was synced to it, or it is damaged.

    Example:
        >>> read_warehouse(Warehouse(Path("data/warehouse.duckdb")), utc_now())   # doctest: +SKIP
    """
    with warehouse.published() as file:
        try:
            connections = [_connection(_Noted(file, name, now), account) for name, account in _names(file)]
        except duckdb.Error as error:
            raise WarehouseError(
                f"What the syncs noted in {warehouse.path} cannot be read: {error}",
                remedy="If the file is damaged, move it away: the next sync publishes it anew.",
            ) from error
    if not connections:
        raise WarehouseError(
            f"Nothing was synced to {warehouse.path} yet, so there is nothing to report.",
            remedy="Run `netsuite-pipeline sync`, or set NETSUITE_WAREHOUSE to another file.",
        )
    stat = warehouse.path.stat()
    published_at = datetime.fromtimestamp(stat.st_mtime, UTC).replace(tzinfo=None)
    return WarehouseFacts(str(warehouse.path), stat.st_size, published_at, now, tuple(connections))


class _Noted:
    """What was noted of one connection: reads the tables of `_netsuite`, whatever version made them."""

    def __init__(self, file: duckdb.DuckDBPyConnection, name: str, now: datetime) -> None:
        self.name = name
        self.since = literal(now - WINDOW)
        self._file = file

    def rows(self, table: str, columns: Sequence[str], rest: str = "") -> list[Any]:
        """The columns asked for; NULL for those that a file of an earlier version lacks.

        Args:
            table: Of `_netsuite`; one that is not there has no rows.
            columns: Its columns; `rowid` comes with them, for `rest`.
            rest: What follows `FROM noted`, with `{columns}` in it where the select list is another.
        """
        present = present_columns(self._file, "_netsuite", table)
        if not present:
            return []
        wanted = ", ".join(name if name in present else f"NULL AS {name}" for name in columns)
        noted = (
            f"WITH noted AS (SELECT {wanted}, rowid AS place FROM _netsuite.{table} "
            f"WHERE connection = {text(self.name)}) "
        )
        select = rest if rest.startswith("SELECT") else f"SELECT {', '.join(columns)} FROM noted {rest}"
        return self._file.execute(noted + select).fetchall()


def _names(file: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """The connections that ever synced into the file, each with its account."""
    accounts: dict[str, str] = {}
    for table in ("connections", "table_state", "sync_log"):
        present = present_columns(file, "_netsuite", table)
        if "connection" in present:
            account = "account" if "account" in present else "''"
            found = file.execute(f"SELECT DISTINCT connection, {account} FROM _netsuite.{table}").fetchall()
            for name, told in found:
                accounts.setdefault(name, told)
    return sorted(accounts.items())


def _connection(noted: _Noted, account: str) -> ConnectionFacts:
    syncs = _syncs(noted)
    tables = _tables(noted, {sync.sync_id: place for place, sync in enumerate(syncs)})
    refused = noted.rows("deletions_known", ["table_name", "refused"], "WHERE table_name = '' AND refused")
    return ConnectionFacts(
        noted.name,
        account,
        tables=tables,
        syncs=syncs,
        failures=_failures(noted, {table.name: table.synced_at for table in tables}),
        mismatches=_mismatches(noted),
        rejected=_rejected(noted),
        column_changes=_column_changes(noted),
        deletions_refused=bool(refused),
    )


_SUMMED = ("rows_read", "rows_written", "rows_deleted", "requests", "retries", "throttled")


def _syncs(noted: _Noted) -> tuple[SyncFacts, ...]:
    sums = ", ".join(f"sum({name})::BIGINT" for name in _SUMMED)
    rows = noted.rows(
        "sync_log",
        ["sync_id", "table_name", "status", "started_at", "ended_at", *_SUMMED],
        "SELECT sync_id, min(started_at), max(ended_at), count(DISTINCT table_name), "
        f"count(DISTINCT table_name) FILTER (status = 'failed'), {sums} "
        f"FROM noted GROUP BY sync_id HAVING max(ended_at) >= {noted.since} "
        f"ORDER BY min(started_at) DESC, sync_id DESC LIMIT {MOST_SYNCS}",
    )
    return tuple(SyncFacts(*row) for row in reversed(rows))


def _tables(noted: _Noted, places: dict[str, int]) -> tuple[TableFacts, ...]:
    last = {
        table: (status, tuple(notes or ()))
        for table, status, notes in noted.rows(
            "sync_log",
            ["table_name", "status", "notes", "mode"],
            f"SELECT table_name, status, notes FROM noted WHERE {_READINGS} "
            "QUALIFY row_number() OVER (PARTITION BY table_name ORDER BY place DESC) = 1",
        )
    }
    deletions = dict(noted.rows("deletions_known", ["table_name", "known_until"]))
    tables: dict[str, TableFacts] = {
        name: TableFacts(name, status, notes=notes) for name, (status, notes) in last.items()
    }
    for name, synced_at, rows, watermark in noted.rows(
        "table_state", ["table_name", "synced_at", "row_count", "watermark"]
    ):
        tables[name] = replace(
            tables.get(name, TableFacts(name)),
            synced_at=synced_at,
            rows=rows,
            watermark=watermark,
            deletions_until=deletions.get(name),
        )
    counted, changes = _counted(noted), _changes(noted, places)
    return tuple(
        replace(table, history=_history(table, counted[name]), changes=tuple(changes[name]))
        for name, table in sorted(tables.items())
    )


def _counted(noted: _Noted) -> defaultdict[str, list[Counted]]:
    """The rows of each table after each sync; by logs of earlier versions, when all of it was read."""
    counted: defaultdict[str, list[Counted]] = defaultdict(list)
    for table, at, rows in noted.rows(
        "sync_log",
        ["table_name", "ended_at", "rows_read", "row_count", "mode", "status"],
        "SELECT table_name, ended_at, coalesce(row_count, rows_read) FROM noted "
        "WHERE status = 'done' AND (mode = 'full' OR row_count IS NOT NULL) "
        f"AND ended_at >= {noted.since} ORDER BY ended_at, place",
    ):
        counted[table].append(Counted(at, rows))
    return counted


def _history(table: TableFacts, counted: list[Counted]) -> tuple[Counted, ...]:
    """With what the table has now, which the state tells."""
    if table.synced_at is None or table.rows is None:
        return tuple(counted[-MOST_SYNCS:])
    latest = max([table.synced_at, *(count.at for count in counted)])
    earlier = [count for count in counted if count.at < latest]
    return (*earlier[-MOST_SYNCS:], Counted(latest, table.rows))


def _changes(noted: _Noted, places: dict[str, int]) -> defaultdict[str, list[Change]]:
    changes: defaultdict[str, list[Change]] = defaultdict(list)
    for table, sync_id, written, deleted in noted.rows(
        "sync_log",
        ["table_name", "sync_id", "rows_written", "rows_deleted", "ended_at"],
        "SELECT table_name, sync_id, sum(rows_written)::BIGINT, sum(rows_deleted)::BIGINT FROM noted "
        f"WHERE ended_at >= {noted.since} AND (rows_written > 0 OR rows_deleted > 0) "
        "GROUP BY ALL ORDER BY min(place)",
    ):
        if sync_id in places:
            changes[table].append(Change(places[sync_id], written, deleted))
    return changes


def _failures(noted: _Noted, last_good: dict[str, datetime | None]) -> tuple[Failure, ...]:
    rows = noted.rows(
        "sync_log",
        ["table_name", "status", "error", "started_at", "mode"],
        "SELECT table_name, arg_max(coalesce(error, ''), place), min(started_at) FROM ("
        "SELECT *, max(CASE WHEN status <> 'failed' THEN place END) OVER (PARTITION BY table_name) AS well "
        f"FROM noted WHERE {_READINGS}) WHERE place > coalesce(well, -1) GROUP BY table_name "
        "ORDER BY table_name",
    )
    return tuple(Failure(table, error, since, last_good.get(table)) for table, error, since in rows)


def _mismatches(noted: _Noted) -> tuple[Mismatch, ...]:
    """By the note that the sync made: the figures of the log include rows that wait for the next sync."""
    rows = noted.rows(
        "sync_log",
        ["table_name", "ended_at", "notes", "mode", "status"],
        "SELECT table_name, ended_at, list_filter(notes, lambda note: starts_with(note, 'NetSuite counts ')) "
        "AS said FROM noted WHERE mode = 'full' AND status = 'done' "
        "QUALIFY row_number() OVER (PARTITION BY table_name ORDER BY place DESC) = 1 ORDER BY table_name",
    )
    return tuple(Mismatch(table, at, said[0]) for table, at, said in rows if said)


def _rejected(noted: _Noted) -> tuple[Rejected, ...]:
    rows = noted.rows(
        "rejected_values",
        ["table_name", "column_name", "wanted_type", "seen_at"],
        "SELECT table_name, column_name, wanted_type, count(*), max(seen_at) FROM noted "
        f"WHERE seen_at >= {noted.since} GROUP BY ALL "
        "ORDER BY count(*) DESC, table_name, column_name, wanted_type",
    )
    return tuple(Rejected(*row) for row in rows)


def _column_changes(noted: _Noted) -> tuple[ColumnChange, ...]:
    rows = noted.rows(
        "schema_changes",
        ["table_name", "column_name", "change", "from_type", "to_type", "noticed_at"],
        f"WHERE noticed_at >= {noted.since} ORDER BY noticed_at DESC, table_name, column_name",
    )
    return tuple(ColumnChange(*row) for row in rows)
