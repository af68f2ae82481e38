"""Remove transactions that were deleted while a sync read them and their lines.

Lines and their transaction are on different pages. A transaction that is deleted between the two reads leaves
one of them behind, which is removed before the file is published.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from netsuite_pipeline.netsuite.client import RequestCounts
from netsuite_pipeline.netsuite.errors import NetSuiteError, PermissionDenied, QueryError
from netsuite_pipeline.sync.context import SyncContext
from netsuite_pipeline.sync.deletions.deleted_records import (
    DELETED_RECORDS,
    Deletion,
    deletions,
    deletions_plan,
    remove_deleted,
)
from netsuite_pipeline.sync.extract.paginate import read_all_keys
from netsuite_pipeline.sync.load.loader import stored_table
from netsuite_pipeline.sync.planning.read_plan import ReadPlan
from netsuite_pipeline.tables import Table

_DELETION_MARGIN = timedelta(minutes=1)


@dataclass(frozen=True)
class LateDeletions:
    """The rows that were removed at the end of a sync.

    Attributes:
        removed: Removed rows, by table.
        note: A note for people; empty without one.
    """

    removed: dict[str, int] = field(default_factory=dict)
    note: str = ""


def remove_late_deletions(context: SyncContext, parents: Sequence[Table]) -> LateDeletions:
    """Query the deletions since the cutoff, and remove the rows from the parents and their children.

    Args:
        context: The sync, all of whose tables are committed.
        parents: The tables with children that this sync read and changed.

    Raises:
        WarehouseError: The working file cannot be written.
    """
    spec = context.request.catalogue.get(DELETED_RECORDS)
    if spec is None or not parents:
        return LateDeletions()
    count = RequestCounts()
    try:
        deletions = _deleted_since_the_cutoff(context, spec, count)
        return _remove(context, parents, deletions, count) if deletions else LateDeletions()
    except (PermissionDenied, QueryError):
        return LateDeletions()  # the deletion query of the sync reports the refusal
    except NetSuiteError as error:
        return LateDeletions(
            note="It is not known whether rows were deleted during this sync; the next sync finds them. "
            f"{error.message}"
        )


def _deleted_since_the_cutoff(
    context: SyncContext, spec: Table, count: RequestCounts
) -> tuple[Deletion, ...]:
    since = context.sync_run.cutoff - _DELETION_MARGIN
    read = context.clock.with_offset(deletions_plan(spec, since, context.dialect))
    return deletions(read_all_keys(read, context.client, count, context.clock.utc_offset))


def _remove(
    context: SyncContext, parents: Sequence[Table], deletions: Sequence[Deletion], count: RequestCounts
) -> LateDeletions:
    gone: dict[str, int] = {}
    with context.warehouse.working() as connection:
        for table in parents:
            removed = remove_deleted(
                connection,
                ReadPlan(table, table.key, labels=(), mode="keys", dialect=context.dialect),
                stored_table(table, context.request.connection),
                deletions,
                context.client,
                count,
                context.child_tables(table),
                sync_run=context.sync_run,
            )
            for name, rows in {table.name: removed.rows, **removed.children}.items():
                if rows:
                    gone[name] = gone.get(name, 0) + rows
    if not gone:
        return LateDeletions()
    listed = ", ".join(f"{rows:,} of {name}" for name, rows in gone.items())
    return LateDeletions(
        gone, f"Rows that were deleted in NetSuite while this sync read were taken out: {listed}."
    )
