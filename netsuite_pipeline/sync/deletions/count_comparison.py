"""Compare a committed table with NetSuite: missing rows, and NetSuite's own row count."""

from dataclasses import dataclass

import duckdb

from netsuite_pipeline import wording
from netsuite_pipeline.netsuite.menus import edit_role
from netsuite_pipeline.sync.landing.result import RowCountRange
from netsuite_pipeline.sync.load.deferred import DeferredRecords
from netsuite_pipeline.sync.load.stored_table import stored_table
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.errors import NotAsInNetSuite
from netsuite_pipeline.warehouse.rows.missing_rows import common_group, count_marks, count_missing, marks
from netsuite_pipeline.warehouse.schema.schema import StoredTable, key_text, quoted
from netsuite_pipeline.warehouse.state import TableState, update_state


@dataclass(frozen=True)
class Comparison:
    """How a table compares with NetSuite.

    Attributes:
        missing: Rows that NetSuite no longer shows and that have no known deletion; they are kept.
        what: Which rows these are, in words; None where there are none.
        difference: The stored and visible rows minus NetSuite's count.
    """

    missing: int = 0
    what: str | None = None
    difference: int = 0


def compare(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    schema: str,
    counted: RowCountRange | None,
    *,
    waiting: int,
    previous: TableState,
    deferred: DeferredRecords | None = None,
) -> Comparison:
    """Compare a committed table with NetSuite, and record the result in one statement.

    Args:
        connection: To the working file.
        table: The table's spec.
        schema: The table's schema.
        counted: NetSuite's count at the cutoff; None where NetSuite gives none, or was not asked.
        waiting: Rows that were read and are deferred to the next sync.
        previous: The table's state.
        deferred: The records that wait to be written, if there are any.

    Returns:
        The comparison. Without a count, the last difference stands.
    """
    target = stored_table(table, schema)
    missing = count_missing(connection, target)
    what = previous.missing_what
    if missing != previous.missing_rows or (missing and what is None):
        what = _what(connection, target, missing) if missing else None
    difference = previous.count_difference
    if counted is not None:
        visible = _visible(connection, target, table)
        difference = difference_from(counted, visible, waiting)
    found = Comparison(missing, what, difference)
    if found != stored_comparison(previous):
        compared = {"missing_rows": missing, "missing_what": what, "count_difference": difference}
        if deferred is None or not deferred.update(table.name, **compared):
            update_state(connection, schema, table.name, **compared)
    return found


def stored_comparison(state: TableState) -> Comparison:
    """Return the comparison that a state records."""
    return Comparison(state.missing_rows, state.missing_what, state.count_difference)


def difference_from(counted: RowCountRange, visible: int, waiting: int) -> int:
    """Return by how many rows a table differs from NetSuite's count; 0 where they may be equal.

    Args:
        counted: NetSuite's count.
        visible: Stored rows, without those that NetSuite does not show.
        waiting: Rows that were read and are not stored, or not yet as they were read.

    Example:
        >>> difference_from(RowCountRange(10, 12), 11, 0), difference_from(RowCountRange(10, 12), 9, 1)
        (0, 0)
        >>> difference_from(RowCountRange(10, 12), 14, 0)
        2
        >>> difference_from(RowCountRange(2500, 2500), 2200, 0)
        -300
    """
    if visible > counted.most:
        return visible - counted.most
    return min(0, visible + waiting - counted.least)


def problem(table: Table, rows: int, found: Comparison) -> NotAsInNetSuite | None:
    """Return what is wrong with a committed table, in words; None if nothing is.

    Args:
        table: Its spec.
        rows: Its rows.
        found: How it compares with NetSuite.
    """
    if found.missing:
        cause, fix = _likeliest(table, found)
        return NotAsInNetSuite(
            f"{table.name}: NetSuite no longer shows {found.missing:,} of {rows:,} rows: {found.what}. "
            f"{_no_evidence(table)} The warehouse keeps them, marked in _netsuite.missing_rows. "
            f"Most likely {cause}.",
            remedy=f"{fix}, then Save. If the rows were really deleted: "
            f"netsuite-pipeline sync --accept-shrink {table.name}.",
        )
    if found.difference:
        stored = rows - found.missing
        more = f"{abs(found.difference):,} {'more' if found.difference > 0 else 'fewer'}"
        return NotAsInNetSuite(
            f"{table.name}: {wording.counted(stored, 'row is', 'rows are')} stored, {more} than NetSuite "
            "counts. No row was removed for it.",
            remedy="Sync again; the next syncs read what is missing. If it stays: netsuite-pipeline sync "
            f"--full --select {table.name}.",
        )
    return None


def _no_evidence(table: Table) -> str:
    if table.deletion_log and table.query is None:
        return "Deleted Records lists none of them."
    return "NetSuite logs no deletions of them."


def _likeliest(table: Table, found: Comparison) -> tuple[str, str]:
    """Return the likeliest cause of missing rows, and the menu that fixes it."""
    what, role = found.what or "", edit_role()
    if " with subsidiary " in what:
        return (
            "somebody restricted the role to other subsidiaries",
            f"{role} > Subsidiary Restrictions: as they were before",
        )
    if table.permission.id == "TRAN_FIND" and (" with type " in what or " with recordtype " in what):
        return (
            "the role lost the permission for this type of transaction",
            f"{role} > Permissions > Transactions: add it (View), press Add",
        )
    if any(f" with {column} " in what for column in ("department", "class", "location")):
        return (
            "somebody restricted the role by department, class or location",
            f"{role}: these restrictions as they were before",
        )
    return (
        "somebody restricted the role",
        f"{role}: its permissions and its restrictions as they were before",
    )


def _what(connection: duckdb.DuckDBPyConnection, target: StoredTable, missing: int) -> str:
    lines = StoredTable(target.schema, "transactionline", ("transaction", "id"), ())
    return common_group(connection, target, lines if target.name == "transaction" else None).of(missing)


def _visible(connection: duckdb.DuckDBPyConnection, target: StoredTable, table: Table) -> int:
    """Count the stored rows that NetSuite shows: neither they nor their parents are marked as missing."""
    hidden = [f"{key_text(target, 't')} IN {marks(target)}"]
    marked = count_marks(connection, target)
    if table.parent is not None:
        parent = StoredTable(target.schema, table.parent.table, (), ())
        hidden.append(f"coalesce(t.{quoted(table.parent.column)}::VARCHAR, '') IN {marks(parent)}")
        marked += count_marks(connection, parent)
    where = f" WHERE NOT ({' OR '.join(hidden)})" if marked else ""
    row = connection.execute(f"SELECT count(*) FROM {target.ref} t{where}").fetchone()
    return int(row[0]) if row else 0
