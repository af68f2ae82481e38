"""Deleted records: read `deletedrecord`, check each entry with NetSuite, and remove the rows."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.netsuite.suiteql import null_key
from netsuite_pipeline.sync.context import SyncContext
from netsuite_pipeline.sync.extract.listener import PageClient
from netsuite_pipeline.sync.extract.paginate import fetch_checked_page
from netsuite_pipeline.sync.landing.manifest import VALUES_PER_RANGE
from netsuite_pipeline.sync.load.stored_table import stored_table
from netsuite_pipeline.sync.planning.page_validation import PageRequest
from netsuite_pipeline.sync.planning.read_plan import Key, KeyRange, key_scan_plan, rows_by_key_plan
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.sync.sync_log import write_log
from netsuite_pipeline.tables import Table
from netsuite_pipeline.tables.record_types import RECORD_TYPES, TRANSACTION_TYPE_ID
from netsuite_pipeline.warehouse.rows.cascade_delete import Child, Removed, remove_keys
from netsuite_pipeline.warehouse.rows.deletion_state import record_deletions_known
from netsuite_pipeline.warehouse.schema.schema import StoredTable, literal, present_columns, quoted
from netsuite_pipeline.warehouse.transactions import transaction

DELETED_RECORDS = "deletedrecord"


@dataclass(frozen=True)
class Deletion:
    """One row of `deletedrecord`: the deleted record, and its type by number and by name.

    A value that the row does not have is an empty text. One record may have several rows: NetSuite
    documents no key (facts, A19).

    Example:
        >>> Deletion("-30", "4711", "salesorder").record_id
        '4711'
    """

    type_id: str
    record_id: str
    script_id: str


def recorded_deletions(context: SyncContext, since: datetime, count: RequestCounts) -> tuple[Deletion, ...]:
    """Return the deletions that `deletedrecord` lists since a moment.

    Args:
        context: The sync; its catalogue has the spec of `deletedrecord`.
        since: UTC.
        count: Counts the requests.

    Raises:
        NetSuiteError: By kind of failure.
    """
    return deletions(context.changed_keys(context.request.catalogue[DELETED_RECORDS], since, None, count))


def deletions(keys: Iterable[Key]) -> tuple[Deletion, ...]:
    """Return the deletions of some keys of `deletedrecord`, which may have no key of their own."""
    missing = (null_key("integer"), null_key("integer"), null_key("text"))
    deletions = dict.fromkeys(
        Deletion(*("" if value == none else value for value, none in zip(key, missing, strict=True)))
        for key in keys
    )
    return tuple(each for each in deletions if each.record_id)


def may_be_row_of(table: str, deletion: Deletion, recordtypes: Collection[str] = ()) -> bool:
    """Return whether a deleted record may have been a row of a table.

    A wrong yes removes nothing: NetSuite is asked for each row before it is removed.

    Args:
        table: The table's name.
        deletion: The deleted record.
        recordtypes: The types of records that the table `transaction` holds.

    Example:
        >>> may_be_row_of("transaction", Deletion("-30", "1", "salesorder"))
        True
        >>> may_be_row_of("customer", Deletion("31", "1", "customrecord_machine"))
        False
    """
    kind = deletion.script_id.lower()
    if kind.startswith(("customrecord", "customlist")):
        return kind == table
    if table == "transaction":
        return deletion.type_id == TRANSACTION_TYPE_ID or kind in recordtypes
    return kind in RECORD_TYPES.get(table, (table,)) or (table == "item" and kind.endswith("item"))


def remove_deleted(
    connection: duckdb.DuckDBPyConnection,
    context: SyncContext,
    table: Table,
    deletions: Sequence[Deletion],
    count: RequestCounts,
) -> Removed:
    """Remove deleted records from a table, and their children from their tables, in one transaction.

    A row is removed only if the table or its children have it and NetSuite no longer shows it: ids of records
    of different types can be the same number. A record that was deleted while a sync read may have left its
    children without itself.

    Args:
        connection: To the working file.
        context: The sync; deletions are known up to its cutoff then, and logged as its own.
        table: The table as it was read in this sync; its key is one column.
        deletions: The deletions since the last sync.
        count: Counts the requests.

    Raises:
        NetSuiteError: NetSuite does not answer.
        WarehouseError: DuckDB cannot remove the rows; all of them stay.
    """
    target, children = stored_table(table, context.request.connection), context.child_tables(table)
    candidates = _stored_among(connection, target, deletions, children)
    gone = missing_in_netsuite(table, candidates, context.client, count)
    cutoff = context.sync_run.cutoff
    if not gone:
        context.deferred.add_deletions_known(target.name, cutoff)
        return Removed(0)
    context.deferred.write(connection)  # the removal lowers the row counts of their states
    with transaction(connection):
        record_deletions_known(connection, target.schema, target.name, cutoff)
        _create_key_table(connection, target, gone)
        removed = remove_keys(connection, target, "temp.main.deleted_keys", children)
        write_log(connection, context.sync_run, _reports(removed, target, context.sync_run.cutoff))
        return removed


def _reports(removed: Removed, target: StoredTable, cutoff: datetime) -> list[TableReport]:
    """Return the removed rows as reports for the sync log, which show that the published file is behind."""
    now = utc_now()
    return [
        TableReport(name, "deleted", "done", now, rows_deleted=rows, watermark=cutoff)
        for name, rows in {target.name: removed.rows, **removed.children}.items()
        if rows
    ]


def _stored_among(
    connection: duckdb.DuckDBPyConnection,
    target: StoredTable,
    deletions: Sequence[Deletion],
    children: Sequence[Child],
) -> list[str]:
    recordtypes = record_types(connection, target)
    ids = [each.record_id for each in deletions if may_be_row_of(target.name, each, recordtypes)]
    if not ids:
        return []
    _create_key_table(connection, target, ids)
    key = quoted(target.key[0])
    holders = [(target, key)]
    holders += [(child.table, quoted(child.column)) for child in children if _is_there(connection, child)]
    queries = " UNION ".join(
        f"SELECT t.{ref} AS k FROM {table.ref} t SEMI JOIN temp.main.deleted_keys k ON t.{ref} = k.{key}"
        for table, ref in holders
    )
    rows = connection.execute(f"SELECT k::VARCHAR FROM ({queries}) ORDER BY k").fetchall()
    return [row[0] for row in rows]


def record_types(connection: duckdb.DuckDBPyConnection, target: StoredTable) -> set[str]:
    """Return the types of records that a table holds, where it has a column for them."""
    if "recordtype" not in present_columns(connection, target.schema, target.name):
        return set()
    rows = connection.execute(f"SELECT DISTINCT lower(recordtype) FROM {target.ref}").fetchall()
    return {row[0] for row in rows if row[0] is not None}


def _is_there(connection: duckdb.DuckDBPyConnection, child: Child) -> bool:
    return child.column in present_columns(connection, child.table.schema, child.table.name)


def missing_in_netsuite(
    table: Table, ids: Sequence[str], client: PageClient, count: RequestCounts
) -> list[str]:
    """Return those of some keys that NetSuite does not show when it is asked for them.

    Args:
        table: The table; its key is one column.
        ids: The keys, as text.
        client: The client.
        count: Counts the requests.

    Raises:
        NetSuiteError: NetSuite does not answer.
    """
    gone: list[str] = []
    only_keys = rows_by_key_plan(key_scan_plan(table))
    for at in range(0, len(ids), VALUES_PER_RANGE):
        some = ids[at : at + VALUES_PER_RANGE]
        request = PageRequest(only_keys, KeyRange(values=tuple(some)))
        shown: set[str | None] = set()
        while True:
            # A record counts as deleted only if the complete result lacks it.
            page = fetch_checked_page(request, client, count)
            shown.update(page.values(table.key[0]))
            if not page.has_more:
                break
            request = request.after_page(page)
        gone += [each for each in some if each not in shown]
    return gone


def _create_key_table(connection: duckdb.DuckDBPyConnection, target: StoredTable, ids: Sequence[str]) -> None:
    kind = present_columns(connection, target.schema, target.name)[target.key[0]]
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE deleted_keys AS "
        f"SELECT DISTINCT unnest({literal(list(ids))}::VARCHAR[])::{kind} AS {quoted(target.key[0])}"
    )
