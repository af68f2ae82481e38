"""A table compared with all keys that NetSuite shows: what it shows no more goes, what is missing is told."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from netsuite_pipeline.sync.fetched import Fetched
from netsuite_pipeline.sync.load import Loading, prepare
from netsuite_pipeline.sync.log import SyncIdentity, log_entry
from netsuite_pipeline.sync.notes import count_notes, exactly, matches, removal_notes
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.sync.work_time import WorkTime
from netsuite_pipeline.warehouse.guard import refuse_collapse
from netsuite_pipeline.warehouse.merge import GONE, count_rows, find_gone, forget_found
from netsuite_pipeline.warehouse.reading import STAGE
from netsuite_pipeline.warehouse.removal import Child, Removed, delete_found, orphans_sql, remove_keys
from netsuite_pipeline.warehouse.schema import StoredTable, present_columns, quoted
from netsuite_pipeline.warehouse.state import TableState, lower_row_count, note_sweep, write_log
from netsuite_pipeline.warehouse.transactions import in_our_words, transaction

MOST_MISSING_TOLD = 100_000


@dataclass(frozen=True)
class Swept:
    """What a comparison of keys found.

    Attributes:
        removed: Rows that NetSuite no longer shows, and what went with them.
        missing: Keys that NetSuite shows and the table lacks, as text; at most 100,000.
    """

    removed: Removed
    missing: tuple[tuple[str, ...], ...]


def commit_sweep(
    connection: duckdb.DuckDBPyConnection,
    identity: SyncIdentity,
    fetched: Fetched,
    loading: Loading,
    *,
    previous: TableState | None,
    children: Sequence[Child] = (),
    work: WorkTime,
    accept_shrink: bool = False,
) -> tuple[TableReport, Swept]:
    """Compares a table with all the keys that NetSuite shows, and removes the rows that it shows no more.

    Args:
        connection: To the working file.
        identity: Which sync this is.
        fetched: What was landed, in mode `keys`: the key columns of all rows.
        loading: Its stage, complete; it stays the caller's to close.
        previous: The table's state before.
        children: Tables whose rows go with the rows that they point to.
        work: When the work began, and how long it took.
        accept_shrink: However many rows are gone, remove them.

    Raises:
        ShrinkHeldBack: It would remove too much; the table is as it was.
        WarehouseError: The keys are not fit to be compared, or DuckDB cannot write; the table is as it was.
    """
    name = fetched.read.table.name
    with in_our_words(), loading.stage.attached(connection):
        prepared = prepare(connection, fetched, loading, identity.cutoff, None)
        target = prepared.settled.target
        there = bool(present_columns(connection, target.schema, target.name))
        with transaction(connection):
            rows = count_rows(connection, target.ref) if there else 0
            removed = Removed(0)
            if rows and (gone := find_gone(connection, target, "true")):
                refuse_collapse(name, rows, gone, accept=accept_shrink)
                removed = remove_keys(connection, target, GONE, children)
            forget_found(connection)
            removed = _with_orphans(connection, target.key[0], removed, children, accept=accept_shrink)
            missing = _missing(connection, target, there=there)
            rows -= removed.rows
            note_sweep(connection, identity.connection, name, rows=rows, swept_at=identity.started_at)
            report = TableReport(
                table=name,
                mode=fetched.read.mode,
                status="done",
                started_at=work.started_at,
                seconds=work.seconds,
                rows_read=fetched.rows,
                rows_deleted=removed.rows,
                rows=rows,
                requests=fetched.count.requests,
                retries=fetched.count.retries,
                throttled=fetched.count.throttled,
                watermark=previous.watermark if previous else None,
                counted=exactly(fetched.counted),
                matches=matches(fetched.counted, fetched.rows),
                notes=(
                    *removal_notes(name, removed.children),
                    *count_notes(fetched.counted, fetched.rows),
                    *sorted(fetched.oddities),
                ),
            )
            write_log(connection, [log_entry(report, identity)])
    return report, Swept(removed, missing)


def _with_orphans(
    connection: duckdb.DuckDBPyConnection,
    key: str,
    removed: Removed,
    children: Sequence[Child],
    *,
    accept: bool,
) -> Removed:
    """Removes children, too, whose parent never came here: it was deleted while a sync read the children."""
    gone = dict(removed.children)
    for child in children:
        table = child.table
        if child.column not in present_columns(connection, table.schema, table.name):
            continue
        orphans = orphans_sql(child, key, STAGE)
        (found,) = connection.execute(f"SELECT count(*) FROM ({orphans})").fetchall()
        if found[0]:
            refuse_collapse(table.name, count_rows(connection, table.ref), found[0], accept=accept)
            gone[table.name] = gone.get(table.name, 0) + delete_found(connection, table.ref, orphans)
            lower_row_count(connection, table.schema, table.name, found[0])
    return Removed(removed.rows, gone)


def _missing(
    connection: duckdb.DuckDBPyConnection, target: StoredTable, *, there: bool
) -> tuple[tuple[str, ...], ...]:
    keys = ", ".join(f"s.{quoted(part)}::VARCHAR" for part in target.key)
    on = " AND ".join(f"t.{quoted(part)} = s.{quoted(part)}" for part in target.key)
    in_order = ", ".join(f"s.{quoted(part)}" for part in target.key)
    absent = f"ANTI JOIN {target.ref} t ON {on}" if there else ""
    rows = connection.execute(
        f"SELECT {keys} FROM {STAGE} s {absent} ORDER BY {in_order} LIMIT {MOST_MISSING_TOLD}"
    ).fetchall()
    return tuple(tuple(row) for row in rows)
