"""Labels of renamed records: NetSuite is queried for their new names, and stored labels are updated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import duckdb

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.netsuite.errors import NetSuiteError, QueryError
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.sync.context import SyncContext
from netsuite_pipeline.sync.landing.manifest import VALUES_PER_RANGE
from netsuite_pipeline.sync.planning.read_plan import KeyRange, ReadPlan
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.sync.sync_log import write_log
from netsuite_pipeline.tables.labels import Label, labels_of
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.rows.labels import (
    LabelColumn,
    LabelLinks,
    Stamped,
    clear_renames,
    pending_renames,
    record_pending_values,
    values_changed_since,
    write_labels,
)
from netsuite_pipeline.warehouse.transactions import run_transaction, translate_errors

MAX_QUERIES = 40
"""The most queries for labels in one sync, each for up to 500 records; the next syncs query the rest."""


@dataclass
class _ShownLabels:
    """The labels that NetSuite shows, and the values that are still to be queried."""

    shown: dict[Label, dict[str, str]] = field(default_factory=dict)
    left: dict[Label, tuple[str, ...]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    queries: int = 0


def label_links(context: SyncContext, table: str) -> LabelLinks:
    """Return the labels that show a table's records, and the table's own labels."""
    labels = [each for each in labels_of(context.request.catalogue) if _is_known(context, each)]
    return LabelLinks(
        showing=tuple(_stored(each) for each in labels if each.may_show(table)),
        own={
            _stored(each): each.column.references or ""
            for each in labels_of(context.request.catalogue)
            if each.table.name == table
        },
    )


def update_renamed_labels(context: SyncContext) -> tuple[str, ...]:
    """Update all stored labels that may show an old name.

    Without a rename, no request is sent.

    Args:
        context: The sync, all of whose tables are committed.

    Returns:
        Notes for the sync's report. A failure is a note too: the tables are committed.
    """
    if not context.renames_pending and not context.resumed:
        return ()
    count = RequestCounts()
    try:
        with context.warehouse.working() as connection, translate_errors():
            pending = {
                label: values
                for label in labels_of(context.request.catalogue)
                if _is_known(context, label) and (values := _pending(connection, context, label))
            }
        found = _query_labels(context, pending, count)
        with context.warehouse.working() as connection:
            written = run_transaction(connection, lambda: _write(connection, context, found, count))
    except WarehouseError as error:
        return (f"Some labels may still show old names; the next sync tries again. {error.message}",)
    return tuple(_notes(written, found))


def _write(
    connection: duckdb.DuckDBPyConnection, context: SyncContext, found: _ShownLabels, count: RequestCounts
) -> dict[Label, int]:
    """Write the labels, the values still to be queried, and the sync log, in the transaction."""
    name = context.request.connection
    written: dict[Label, int] = {}
    for label, shown in found.shown.items():
        if rows := write_labels(connection, name, _stored(label), shown):
            written[label] = rows
    clear_renames(connection, name)
    for label, values in found.left.items():
        record_pending_values(connection, name, _stored(label), values)
    write_log(connection, context.sync_run, _reports(context, written, count))
    return written


def _pending(connection: duckdb.DuckDBPyConnection, context: SyncContext, label: Label) -> tuple[str, ...]:
    """Return the stored values of a label's column whose label may show an old name."""
    name, stored = context.request.connection, _stored(label)
    values = pending_renames(connection, name, stored, sorted(label.names_of))
    if label.table.name not in context.resumed:
        return values
    since = context.resumed[label.table.name] - context.request.overlap
    catalogue = context.request.catalogue
    known = [catalogue[table] for table in label.names_of if table in context.states and table in catalogue]
    stamped = [Stamped(table.name, table.key[0], table.cursor) for table in known if table.cursor]
    return tuple(dict.fromkeys([*values, *values_changed_since(connection, name, stored, stamped, since)]))


def _query_labels(
    context: SyncContext, pending: Mapping[Label, tuple[str, ...]], count: RequestCounts
) -> _ShownLabels:
    found = _ShownLabels()
    for label, values in pending.items():
        for at in range(0, len(values), VALUES_PER_RANGE):
            some = values[at : at + VALUES_PER_RANGE]
            if found.queries >= MAX_QUERIES:
                found.left[label] = values[at:]
                break
            found.queries += 1
            try:
                shown = _shown(context, label, some, count)
            except NetSuiteError as error:
                found.left[label] = values[at:]
                found.failures.append(f"{label.name}: {error.message}")
                break
            found.shown.setdefault(label, {}).update(shown)
    return found


def _shown(context: SyncContext, label: Label, values: Sequence[str], count: RequestCounts) -> dict[str, str]:
    """Query the labels of some values of a column, from any rows that have them.

    Returns:
        The labels by value, without values that NetSuite shows by different words at the same time.
    """
    name = label.column.name
    table = replace(label.table, key=(name,), cursor=None, parent=None, row_cursor=None)
    read = ReadPlan(table, (name,), (name,), "changed", dialect=context.dialect, distinct=True)
    labels: dict[str, set[str]] = {}
    wanted = list(values)
    while wanted:
        page = context.client.fetch_page(read.sql(KeyRange(values=tuple(wanted))), count=count)
        for row in page.rows:
            value, shown = row.get(name), row.get(f"{name}_label")
            if value in wanted and shown is not None:
                labels.setdefault(str(value), set()).add(shown)
        came = {row.get(name) for row in page.rows}
        if page.has_more and not came & set(wanted):
            raise QueryError(f"NetSuite says that there are more labels of {label.name}, and sends none.")
        wanted = [value for value in wanted if value not in came] if page.has_more else []
    return {value: min(words) for value, words in labels.items() if len(words) == 1}


def _is_known(context: SyncContext, label: Label) -> bool:
    """Return whether the table is stored with the label, and its column holds values, not hashes."""
    state = context.states.get(label.table.name)
    stored = f"{label.column.name}_label"
    return (
        state is not None
        and label.column.name not in state.hashed_columns
        and stored in state.columns
        and stored not in state.unavailable_columns
    )


def _stored(label: Label) -> LabelColumn:
    return LabelColumn(label.table.name, label.column.name, label.column.type == "multiselect")


def _reports(context: SyncContext, written: Mapping[Label, int], count: RequestCounts) -> list[TableReport]:
    """Return what was written, as rows of the sync log; the first has the requests."""
    reports: list[TableReport] = []
    for label, rows in written.items():
        state = context.states[label.table.name]
        note = f"{label.column.name}_label follows what was renamed in NetSuite"
        reports.append(
            TableReport(
                label.table.name,
                "labels",
                "done",
                utc_now(),
                rows_written=rows,
                requests=0 if reports else count.requests,
                watermark=state.watermark,
                notes=(note,),
            )
        )
    return reports


def _notes(written: Mapping[Label, int], found: _ShownLabels) -> list[str]:
    notes = []
    if written:
        listed = ", ".join(f"{rows:,} of {label.name}_label" for label, rows in written.items())
        notes.append(f"Labels follow what was renamed in NetSuite: {listed}.")
    if found.failures:
        notes.append(
            "Some labels may still show old names; the next sync asks again. " + " ".join(found.failures)
        )
    elif found.left:
        left = sum(map(len, found.left.values()))
        notes.append(f"The labels of {left:,} more renamed records follow with the next syncs.")
    return notes
