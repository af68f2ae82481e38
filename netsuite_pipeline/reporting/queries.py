"""Read the syncs' records in `_netsuite` of the published file; this waits for no sync and locks nothing."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import duckdb

from netsuite_pipeline.reporting.facts import (
    ColumnChange,
    ConnectionFacts,
    Failure,
    Mismatch,
    RejectedValues,
    RowCount,
    SyncFacts,
    TableChange,
    TableFacts,
    WarehouseFacts,
)
from netsuite_pipeline.reporting.statements import read_statements
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.schema.schema import literal, present_columns, text
from netsuite_pipeline.warehouse.store import Store

WINDOW = timedelta(days=90)
"""The age of the oldest syncs in the report."""
MAX_SYNCS = 500
"""The most syncs of one connection in the report, the latest ones."""

_COLUMNS = {
    "deletions_known": ("table_name", "known_until", "refused"),
    "rejected_values": ("table_name", "column_name", "wanted_type", "seen_at"),
    "schema_changes": ("table_name", "column_name", "change", "from_type", "to_type", "noticed_at"),
    "sync_log": (
        *("sync_id", "table_name", "mode", "status", "started_at", "ended_at", "error", "notes"),
        *("rows_read", "rows_written", "rows_deleted", "requests", "retries", "throttled", "row_count"),
    ),
    "table_state": ("table_name", "synced_at", "row_count", "watermark"),
}
"""The columns of `_netsuite` that the report reads, by table."""
# Deletions that an earlier sync deferred do not read the table; nor do labels of a rename.
_IS_READ = "mode NOT IN ('deleted', 'labels')"


def read_warehouse(warehouse: Store, now: datetime) -> WarehouseFacts:
    """Return the figures of the report.

    Args:
        warehouse: The warehouse, whose published file is opened for reading and closed again.
        now: UTC.

    Raises:
        WarehouseError: The published file is missing, empty of syncs, or damaged.

    Example:
        >>> read_warehouse(Warehouse(Path("data/warehouse.duckdb")), utc_now())   # doctest: +SKIP
    """
    with warehouse.published() as file:
        try:
            connections = [
                replace(
                    _connection(_Records(file, name, now), account), statements=read_statements(file, name)
                )
                for name, account in _names(file)
            ]
        except duckdb.Error as error:
            raise WarehouseError(
                f"What the syncs recorded in {warehouse.name} cannot be read: {error}",
                remedy="If the file is damaged, move it away: the next sync publishes it again.",
            ) from error
    if not connections:
        raise WarehouseError(
            f"Nothing was synced to {warehouse.name} yet, so there is nothing to report.",
            remedy="Run `netsuite-pipeline sync`, or set NETSUITE_WAREHOUSE to another file.",
        )
    stored = warehouse.stored()
    return WarehouseFacts(warehouse.name, stored.size, stored.changed_at, now, tuple(connections))


class _Records:
    """The records of one connection in `_netsuite`, whichever version made its tables."""

    def __init__(self, file: duckdb.DuckDBPyConnection, name: str, now: datetime) -> None:
        self.name = name
        self.since = literal(now - WINDOW)
        self._file = file

    def rows(self, table: str, select: str) -> list[Any]:
        """Return rows of a table, with NULL for columns that a file of an earlier version lacks.

        Args:
            table: A table of `_netsuite`; a missing one has no rows.
            select: A SELECT from `records`, which has the table's `_COLUMNS`, and its `rowid` as `place`.
        """
        present = present_columns(self._file, "_netsuite", table)
        if not present:
            return []
        columns = ", ".join(name if name in present else f"NULL AS {name}" for name in _COLUMNS[table])
        return self._file.execute(
            f"WITH records AS (SELECT {columns}, rowid AS place FROM _netsuite.{table} "
            f"WHERE connection = {text(self.name)}) {select}"
        ).fetchall()


def _names(file: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Return the connections that ever synced into the file, each with its account."""
    accounts: dict[str, str] = {}
    for table in ("connections", "table_state", "sync_log"):
        present = present_columns(file, "_netsuite", table)
        if "connection" in present:
            account = "account" if "account" in present else "''"
            found = file.execute(f"SELECT DISTINCT connection, {account} FROM _netsuite.{table}").fetchall()
            for name, account_id in found:
                accounts.setdefault(name, account_id)
    return sorted(accounts.items())


def _connection(records: _Records, account: str) -> ConnectionFacts:
    syncs = _syncs(records)
    tables = _tables(records, {sync.sync_id: place for place, sync in enumerate(syncs)})
    refused = records.rows("deletions_known", "SELECT 1 FROM records WHERE table_name = '' AND refused")
    return ConnectionFacts(
        records.name,
        account,
        tables=tables,
        syncs=syncs,
        failures=_failures(records, {table.name: table.synced_at for table in tables}),
        mismatches=_mismatches(records),
        rejected=_rejected(records),
        column_changes=_column_changes(records),
        deletions_refused=bool(refused),
    )


_SUMMED = ("rows_read", "rows_written", "rows_deleted", "requests", "retries", "throttled")


def _syncs(records: _Records) -> tuple[SyncFacts, ...]:
    sums = ", ".join(f"sum({name})::BIGINT" for name in _SUMMED)
    rows = records.rows(
        "sync_log",
        "SELECT sync_id, min(started_at), max(ended_at), count(DISTINCT table_name), "
        f"count(DISTINCT table_name) FILTER (status = 'failed'), {sums} "
        f"FROM records GROUP BY sync_id HAVING max(ended_at) >= {records.since} "
        f"ORDER BY min(started_at) DESC, sync_id DESC LIMIT {MAX_SYNCS}",
    )
    return tuple(SyncFacts(*row) for row in reversed(rows))


def _tables(records: _Records, places: dict[str, int]) -> tuple[TableFacts, ...]:
    last = {
        table: (status, tuple(notes or ()))
        for table, status, notes in records.rows(
            "sync_log",
            f"SELECT table_name, status, notes FROM records WHERE {_IS_READ} "
            "QUALIFY row_number() OVER (PARTITION BY table_name ORDER BY place DESC) = 1",
        )
    }
    deletions = dict(records.rows("deletions_known", "SELECT table_name, known_until FROM records"))
    tables: dict[str, TableFacts] = {
        name: TableFacts(name, status, notes=notes) for name, (status, notes) in last.items()
    }
    for name, synced_at, rows, watermark in records.rows(
        "table_state", "SELECT table_name, synced_at, row_count, watermark FROM records"
    ):
        tables[name] = replace(
            tables.get(name, TableFacts(name)),
            synced_at=synced_at,
            rows=rows,
            watermark=watermark,
            deletions_until=deletions.get(name),
        )
    counts, changes = _row_counts(records), _changes(records, places)
    return tuple(
        replace(table, history=_history(table, counts[name]), changes=tuple(changes[name]))
        for name, table in sorted(tables.items())
    )


def _row_counts(records: _Records) -> defaultdict[str, list[RowCount]]:
    """Return the row counts of each table after its syncs; in older logs only full reads have one."""
    counts: defaultdict[str, list[RowCount]] = defaultdict(list)
    for table, at, rows in records.rows(
        "sync_log",
        "SELECT table_name, ended_at, coalesce(row_count, rows_read) FROM records "
        "WHERE status = 'done' AND (mode = 'full' OR row_count IS NOT NULL) "
        f"AND ended_at >= {records.since} ORDER BY ended_at, place",
    ):
        counts[table].append(RowCount(at, rows))
    return counts


def _history(table: TableFacts, counts: list[RowCount]) -> tuple[RowCount, ...]:
    """Return the counts with the current one, which the table's state has."""
    if table.synced_at is None or table.rows is None:
        return tuple(counts[-MAX_SYNCS:])
    latest = max([table.synced_at, *(count.at for count in counts)])
    earlier = [count for count in counts if count.at < latest]
    return (*earlier[-MAX_SYNCS:], RowCount(latest, table.rows))


def _changes(records: _Records, places: dict[str, int]) -> defaultdict[str, list[TableChange]]:
    changes: defaultdict[str, list[TableChange]] = defaultdict(list)
    for table, sync_id, written, deleted in records.rows(
        "sync_log",
        "SELECT table_name, sync_id, sum(rows_written)::BIGINT, sum(rows_deleted)::BIGINT FROM records "
        f"WHERE ended_at >= {records.since} AND (rows_written > 0 OR rows_deleted > 0) "
        "GROUP BY ALL ORDER BY min(place)",
    ):
        if sync_id in places:
            changes[table].append(TableChange(places[sync_id], written, deleted))
    return changes


def _failures(records: _Records, last_good: dict[str, datetime | None]) -> tuple[Failure, ...]:
    rows = records.rows(
        "sync_log",
        "SELECT table_name, arg_max(coalesce(error, ''), place), min(started_at) FROM ("
        "SELECT *, max(CASE WHEN status <> 'failed' THEN place END) OVER (PARTITION BY table_name) AS well "
        f"FROM records WHERE {_IS_READ}) WHERE place > coalesce(well, -1) GROUP BY table_name "
        "ORDER BY table_name",
    )
    return tuple(Failure(table, error, since, last_good.get(table)) for table, error, since in rows)


def _mismatches(records: _Records) -> tuple[Mismatch, ...]:
    """Return the mismatches by the sync's note, because the log's figures include deferred rows."""
    rows = records.rows(
        "sync_log",
        "SELECT table_name, ended_at, list_filter(notes, lambda note: starts_with(note, 'NetSuite counts ')) "
        "AS counted FROM records WHERE mode = 'full' AND status = 'done' "
        "QUALIFY row_number() OVER (PARTITION BY table_name ORDER BY place DESC) = 1 ORDER BY table_name",
    )
    return tuple(Mismatch(table, at, found[0]) for table, at, found in rows if found)


def _rejected(records: _Records) -> tuple[RejectedValues, ...]:
    rows = records.rows(
        "rejected_values",
        "SELECT table_name, column_name, wanted_type, count(*), max(seen_at) FROM records "
        f"WHERE seen_at >= {records.since} GROUP BY ALL "
        "ORDER BY count(*) DESC, table_name, column_name, wanted_type",
    )
    return tuple(RejectedValues(*row) for row in rows)


def _column_changes(records: _Records) -> tuple[ColumnChange, ...]:
    rows = records.rows(
        "schema_changes",
        "SELECT table_name, column_name, change, from_type, to_type, noticed_at FROM records "
        f"WHERE noticed_at >= {records.since} ORDER BY noticed_at DESC, table_name, column_name",
    )
    return tuple(ColumnChange(*row) for row in rows)
