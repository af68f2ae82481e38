"""Remove transactions that were deleted while a sync read them and their lines.

Lines and their transaction are on different pages. A transaction that is deleted between the two reads leaves
one of them behind, which is removed before the file is published.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from netsuite_pipeline.netsuite.errors import NetSuiteError, PermissionDenied, QueryError
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.sync.context import SyncContext
from netsuite_pipeline.sync.deletions.deleted_records import (
    DELETED_RECORDS,
    recorded_deletions,
    remove_deleted,
)
from netsuite_pipeline.tables import Table

_DELETION_MARGIN = timedelta(minutes=1)


def remove_late_deletions(context: SyncContext, parents: Sequence[Table]) -> str:
    """Query the deletions since the cutoff, and remove the rows from the parents and their children.

    Args:
        context: The sync, all of whose tables are committed.
        parents: The tables with children that this sync read and changed.

    Returns:
        A note for people; empty without one.

    Raises:
        WarehouseError: The working file cannot be written.
    """
    if not parents or DELETED_RECORDS not in context.request.catalogue:
        return ""
    count = RequestCounts()
    gone: Counter[str] = Counter()
    try:
        deletions = recorded_deletions(context, context.sync_run.cutoff - _DELETION_MARGIN, count)
        if not deletions:
            return ""
        with context.warehouse.working() as connection:
            for table in parents:
                removed = remove_deleted(connection, context, table, deletions, count)
                gone.update({table.name: removed.rows, **removed.children})
            context.deferred.write(connection)
    except (PermissionDenied, QueryError):
        return ""  # the deletion query of the sync reports the refusal
    except NetSuiteError as error:
        return (
            "It is not known whether rows were deleted during this sync; the next sync finds them. "
            f"{error.message}"
        )
    if not (listed := ", ".join(f"{rows:,} of {name}" for name, rows in gone.items() if rows)):
        return ""
    return f"Rows that were deleted in NetSuite while this sync read were taken out: {listed}."
