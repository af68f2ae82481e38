"""Full key reconciliation: compare all keys with NetSuite, remove deleted rows, list missing ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from netsuite_pipeline.sync.load.commit import TableCommit
from netsuite_pipeline.sync.load.record import (
    count_notes,
    counts_match,
    exact_count,
    removal_notes,
    worked_seconds,
)
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.sync.sync_log import write_log
from netsuite_pipeline.tables.table import Parent
from netsuite_pipeline.warehouse.rows.cascade_delete import Child, Removed
from netsuite_pipeline.warehouse.rows.merge import MISSING, count_rows, drop_work_tables, find_missing, sides
from netsuite_pipeline.warehouse.rows.missing_rows import marks, returned_keys
from netsuite_pipeline.warehouse.schema.schema import StoredTable, present_columns, quoted
from netsuite_pipeline.warehouse.staging.stage_sql import STAGE
from netsuite_pipeline.warehouse.state import request_full_reads, update_state
from netsuite_pipeline.warehouse.transactions import transaction, translate_errors

MAX_REPAIRED = 100_000
"""Keys that one sweep lists for repair. Where more are missing, reading the table in full costs less."""
_TOO_MANY = "the sweep found more rows missing here than are asked for one by one"


@dataclass(frozen=True)
class SweepResult:
    """The result of a key comparison.

    Attributes:
        removed: Rows that were deleted in NetSuite, and the rows removed with them.
        missing: Keys, as text, that NetSuite shows and the table lacks or has marked as missing; of a child
            the keys of parents whose rows differ. Empty where they exceed `MAX_REPAIRED`: the next sync reads
            the table in full then.
    """

    removed: Removed
    missing: tuple[tuple[str, ...], ...]


def commit_sweep(
    connection: duckdb.DuckDBPyConnection, commit: TableCommit
) -> tuple[TableReport, SweepResult]:
    """Compare a table with all the keys that NetSuite shows, and remove the rows that were deleted.

    Rows of a child are not removed here: its parents' rows are read again and replaced parent by parent.

    Args:
        connection: To the working file.
        commit: The landed keys (mode `keys`), their stage, and how it enters the table.

    Raises:
        WarehouseError: The keys are not fit to be compared, or DuckDB cannot write; the table is as it was.
        NetSuiteError: NetSuite does not answer which rows were deleted; the table is as it was.
    """
    table, landed, run = commit.landed.read.table, commit.landed, commit.sync_run
    with translate_errors(), commit.stage.attached(connection):
        target = commit.check(connection).column_plan.target
        is_stored = bool(present_columns(connection, target.schema, target.name))
        with transaction(connection):
            rows = count_rows(connection, target.ref) if is_stored else 0
            removed = Removed(0)
            differing: tuple[tuple[str, ...], ...] = ()
            children = commit.options.children
            if rows and table.parent is not None:
                differing = _differing_parents(connection, target, table.parent)
            elif rows and not landed.is_short and _find_candidates(connection, target, children):
                removed = commit.remove_proven(connection, target)
            drop_work_tables(connection)
            missing = differing or _missing(connection, target, is_stored=is_stored)
            rows -= removed.rows
            compared = {"row_count": rows, "swept_at": run.started_at, "checksum": None}
            update_state(connection, run.connection, table.name, **compared)
            too_many = len(missing) > MAX_REPAIRED
            if too_many:
                missing = ()
                request_full_reads(connection, run.connection, [table.name], _TOO_MANY)
            report = TableReport(
                table=table.name,
                mode=landed.read.mode,
                status="done",
                started_at=commit.started_at,
                seconds=worked_seconds(commit),
                rows_read=landed.rows,
                rows_deleted=removed.rows,
                rows=rows,
                requests=landed.count.requests,
                retries=landed.count.retries,
                throttled=landed.count.throttled,
                watermark=commit.previous.watermark if commit.previous else None,
                counted=exact_count(landed.counted),
                matches=counts_match(landed.counted, landed.rows),
                notes=(
                    *removal_notes(table.name, removed.children),
                    *filter(None, [commit.options.evidence.note]),
                    *([f"the next sync reads the table in full: {_TOO_MANY}"] if too_many else []),
                    *count_notes(landed.counted, landed.rows),
                    *sorted(landed.anomalies),
                ),
            )
            write_log(connection, run, [report])
    return report, SweepResult(removed, missing)


def _find_candidates(
    connection: duckdb.DuckDBPyConnection, target: StoredTable, children: Sequence[Child]
) -> int:
    """Record in `merge.MISSING` the keys that NetSuite does not show.

    They include keys of which only children are left: the parent was deleted while they were read.

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
    """Return the keys of parents whose stored rows are not those that NetSuite shows.

    Parents that NetSuite does not show are not among them.
    """
    on = " AND ".join(f"t.{quoted(part)} = s.{quoted(part)}" for part in target.key)
    ref, hidden = quoted(parent.column), marks(StoredTable(target.schema, parent.table, (), ()))
    rows = connection.execute(
        f"SELECT DISTINCT k::VARCHAR AS k FROM "
        f"(SELECT s.{ref} AS k FROM {STAGE} s ANTI JOIN {target.ref} t ON {on} "
        f"UNION ALL SELECT t.{ref} FROM {target.ref} t ANTI JOIN {STAGE} s ON {on}) d "
        f"ANTI JOIN {hidden} m ON m.key = d.k::VARCHAR WHERE k IS NOT NULL "
        f"ORDER BY k LIMIT {MAX_REPAIRED + 1}"
    ).fetchall()
    return tuple(tuple(row) for row in rows)


def _missing(
    connection: duckdb.DuckDBPyConnection, target: StoredTable, *, is_stored: bool
) -> tuple[tuple[str, ...], ...]:
    keys = ", ".join(f"s.{quoted(part)}::VARCHAR" for part in target.key)
    in_order = ", ".join(f"s.{quoted(part)}" for part in target.key)
    stored, staged, on = sides(connection, target)
    absent = f"ANTI JOIN {stored} t ON {on}" if is_stored else ""
    # A row cannot be queried by NULL, which only a key that is not unique may have.
    rows = connection.execute(
        f"SELECT {keys} FROM {staged} s {absent} WHERE s.{quoted(target.key[0])} IS NOT NULL "
        f"ORDER BY {in_order} LIMIT {MAX_REPAIRED + 1}"
    ).fetchall()
    returned = returned_keys(connection, target) if is_stored else ()
    return tuple(dict.fromkeys([*(tuple(row) for row in rows), *((key,) for key in returned)]))
