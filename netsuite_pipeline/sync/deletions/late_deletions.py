"""The last question of a sync: which transactions were deleted while it read them and their lines.

Lines and their transaction are on different pages. One that is deleted between the two leaves half of itself;
what is left is taken out before anybody sees it.
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
    """What was found.

    Attributes:
        removed: Rows that were taken out, by table.
        note: What a person should know, or empty.
    """

    removed: dict[str, int] = field(default_factory=dict)
    note: str = ""


def remove_late_deletions(context: SyncContext, parents: Sequence[Table]) -> LateDeletions:
    """Asks what was deleted since the cutoff, and takes it out of the parents and their children.

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
        return (
            LateDeletions()
        )  # that NetSuite does not tell of deletions is told by whoever asks for all of them
    except NetSuiteError as error:
        return LateDeletions(
            note="Whether anything was deleted while this sync read is not known; the next one finds out. "
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
