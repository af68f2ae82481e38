"""Compares a table with all keys in NetSuite: removes deleted rows, reports the missing ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from netsuite_pipeline.sync.landing.result import LandedTable
from netsuite_pipeline.sync.load.loader import MergeOptions, StagedLoad, check_stage, remove_proven
from netsuite_pipeline.sync.load.notes import count_notes, exactly, matches, removal_notes
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.sync.sync_log import SyncRun, log_entry
from netsuite_pipeline.sync.work_time import WorkTime
from netsuite_pipeline.tables.table import Parent
from netsuite_pipeline.warehouse.rows.cascade_delete import Child, Removed
from netsuite_pipeline.warehouse.rows.merge import MISSING, count_rows, drop_work_tables, find_missing, sides
from netsuite_pipeline.warehouse.rows.missing_rows import marks, returned_keys
from netsuite_pipeline.warehouse.schema.schema import StoredTable, present_columns, quoted
from netsuite_pipeline.warehouse.staging.stage_sql import STAGE
from netsuite_pipeline.warehouse.state import TableState, record_sweep, request_full_reads
from netsuite_pipeline.warehouse.sync_log import write_log
from netsuite_pipeline.warehouse.transactions import transaction, translate_errors

MOST_REPAIRED = 100_000
"""Keys that one sweep lists for repair. Where more are missing, reading the table in full costs less."""
_TOO_MANY = "the sweep found more rows missing here than are asked for one by one"


@dataclass(frozen=True)
class SweepResult:
    """What a comparison of keys found.

    Attributes:
        removed: Rows that were deleted in NetSuite, and what went with them.
        missing: Keys that NetSuite shows and the table lacks or has marked as missing, as text; of a child
            the keys of parents whose rows differ. Empty where they exceed `MOST_REPAIRED`: the next sync
            reads the table in full then.
    """

    removed: Removed
    missing: tuple[tuple[str, ...], ...]


def commit_sweep(
    connection: duckdb.DuckDBPyConnection,
    sync_run: SyncRun,
    landed: LandedTable,
    staged: StagedLoad,
    merging: MergeOptions,
    *,
    previous: TableState | None,
    work: WorkTime,
) -> tuple[TableReport, SweepResult]:
    """Compares a table with all the keys that NetSuite shows, and removes the rows that were deleted.

    Rows of a child are not removed here: its parents' rows are read again, and replaced parent by parent.

    Args:
        connection: To the working file.
        sync_run: Which sync this is.
        landed: What was landed, in mode `keys`: the key columns of all rows.
        staged: Its stage, complete; it stays the caller's to close.
        merging: Where the evidence comes from, and whose rows go along.
        previous: The table's state before.
        work: When the work began, and how long it took.

    Raises:
        WarehouseError: The keys are not fit to be compared, or DuckDB cannot write; the table is as it was.
        NetSuiteError: NetSuite does not say what was deleted; the table is as it was.
    """
    table = landed.read.table
    with translate_errors(), staged.stage.attached(connection):
        checked = check_stage(connection, landed, staged, sync_run.cutoff, None)
        target = checked.column_plan.target
        there = bool(present_columns(connection, target.schema, target.name))
        with transaction(connection):
            rows = count_rows(connection, target.ref) if there else 0
            removed = Removed(0)
            differing: tuple[tuple[str, ...], ...] = ()
            if rows and table.parent is not None:
                differing = _differing_parents(connection, target, table.parent)
            elif rows and not landed.is_short and _find_candidates(connection, target, merging.children):
                _, removed = remove_proven(connection, target, merging, sync_run)
            drop_work_tables(connection)
            missing = differing or _missing(connection, target, there=there)
            rows -= removed.rows
            record_sweep(connection, sync_run.connection, table.name, rows=rows, swept_at=sync_run.started_at)
            too_many = len(missing) > MOST_REPAIRED
            if too_many:
                missing = ()
                request_full_reads(connection, sync_run.connection, [table.name], _TOO_MANY)
            report = TableReport(
                table=table.name,
                mode=landed.read.mode,
                status="done",
                started_at=work.started_at,
                seconds=work.seconds,
                rows_read=landed.rows,
                rows_deleted=removed.rows,
                rows=rows,
                requests=landed.count.requests,
                retries=landed.count.retries,
                throttled=landed.count.throttled,
                watermark=previous.watermark if previous else None,
                counted=exactly(landed.counted),
                matches=matches(landed.counted, landed.rows),
                notes=(
                    *removal_notes(table.name, removed.children),
                    *([merging.evidence.note] if merging.evidence.note else []),
                    *([f"the next sync reads the table in full: {_TOO_MANY}"] if too_many else []),
                    *count_notes(landed.counted, landed.rows),
                    *sorted(landed.anomalies),
                ),
            )
            write_log(connection, [log_entry(report, sync_run)])
    return report, SweepResult(removed, missing)


def _find_candidates(
    connection: duckdb.DuckDBPyConnection, target: StoredTable, children: Sequence[Child]
) -> int:
    """Note in `merge.MISSING` the keys that NetSuite does not show.

    Keys of which only children are left are among them: their parent was deleted while a sync read the
    children.

    Returns:
        How many there are.
    """
    found = find_missing(connection, target, "true")
    key = quoted(target.key[0])
    for child in children:
        if child.column not in present_columns(connection, child.table.schema, child.table.name):
            continue
        ref = f"t.{quoted(child.column)}"
        row = connection.execute(
            f"INSERT INTO {MISSING} SELECT DISTINCT {ref} FROM {child.table.ref} t "
            f"ANTI JOIN {STAGE} s ON {ref} = s.{key} ANTI JOIN {MISSING} g ON {ref} = g.{key} "
            f"WHERE {ref} IS NOT NULL"
        ).fetchone()
        found += int(row[0]) if row else 0
    return found


def _differing_parents(
    connection: duckdb.DuckDBPyConnection, target: StoredTable, parent: Parent
) -> tuple[tuple[str, ...], ...]:
    """Return the keys of parents whose rows here are not those that NetSuite shows; of parents that it does
    not show, none."""
    on = " AND ".join(f"t.{quoted(part)} = s.{quoted(part)}" for part in target.key)
    ref, hidden = quoted(parent.column), marks(StoredTable(target.schema, parent.table, (), ()))
    rows = connection.execute(
        f"SELECT DISTINCT k::VARCHAR AS k FROM "
        f"(SELECT s.{ref} AS k FROM {STAGE} s ANTI JOIN {target.ref} t ON {on} "
        f"UNION ALL SELECT t.{ref} FROM {target.ref} t ANTI JOIN {STAGE} s ON {on}) d "
        f"ANTI JOIN {hidden} m ON m.key = d.k::VARCHAR WHERE k IS NOT NULL "
        f"ORDER BY k LIMIT {MOST_REPAIRED + 1}"
    ).fetchall()
    return tuple(tuple(row) for row in rows)


def _missing(
    connection: duckdb.DuckDBPyConnection, target: StoredTable, *, there: bool
) -> tuple[tuple[str, ...], ...]:
    keys = ", ".join(f"s.{quoted(part)}::VARCHAR" for part in target.key)
    in_order = ", ".join(f"s.{quoted(part)}" for part in target.key)
    stored, staged, on = sides(connection, target)
    absent = f"ANTI JOIN {stored} t ON {on}" if there else ""
    # By NULL, which only a key that is not unique may have, nobody can ask for a row.
    rows = connection.execute(
        f"SELECT {keys} FROM {staged} s {absent} WHERE s.{quoted(target.key[0])} IS NOT NULL "
        f"ORDER BY {in_order} LIMIT {MOST_REPAIRED + 1}"
    ).fetchall()
    returned = returned_keys(connection, target) if there else ()
    return tuple(dict.fromkeys([*(tuple(row) for row in rows), *((key,) for key in returned)]))
