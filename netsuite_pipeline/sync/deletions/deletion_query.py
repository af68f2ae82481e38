"""The query for deletions since the last sync: one for all tables, while they are being read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from netsuite_pipeline.netsuite.errors import NetSuiteError
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.sync.context import SyncContext
from netsuite_pipeline.sync.deletions.deleted_records import DELETED_RECORDS, Deletion, recorded_deletions
from netsuite_pipeline.sync.worker_pool import Task
from netsuite_pipeline.tables import Table

_PRIORITY = 2_000_000.0


@dataclass
class DeletionQuery:
    """The query of `deletedrecord`, and its result.

    Attributes:
        context: The sync.
        tables: The tables of which only changes are read.
        since: The start of the query, UTC.
        deletions: The deletions.
        refusal: Why the deletions are unknown.
        answered: The query was answered, or refused; set last.
    """

    context: SyncContext
    tables: frozenset[str]
    since: datetime
    deletions: tuple[Deletion, ...] = ()
    refusal: NetSuiteError | None = None
    answered: bool = False

    @classmethod
    def needed(
        cls, context: SyncContext, tables: Sequence[Table], resumed: Mapping[str, datetime]
    ) -> "DeletionQuery | None":
        """Return the query; None where no table needs it, because a full read shows what was deleted.

        Args:
            context: The sync.
            tables: Its tables.
            resumed: The cutoffs of full reads that an interrupted sync started: of these tables only
                the changes are read once the full read is committed.
        """
        known = {
            table.name: moment
            for table in tables
            if table.cursor is not None and len(table.key) == 1
            if (moment := resumed.get(table.name) or _known_until(context, table)) is not None
        }
        if not known or DELETED_RECORDS not in context.request.catalogue:
            return None
        return cls(context, frozenset(known), min(known.values()) - context.request.overlap)

    def task(self, emit: Callable[["DeletionQuery"], Any]) -> Task:
        """Return the task that runs the query and emits the result."""

        def ask() -> list[Task]:
            try:
                self.deletions = recorded_deletions(self.context, self.since, RequestCounts())
            except NetSuiteError as error:
                self.refusal = error
            self.answered = True
            emit(self)
            return []

        return Task(ask, _PRIORITY)


def _known_until(context: SyncContext, table: Table) -> datetime | None:
    state = context.states.get(table.name)
    if context.request.reads_in_full(table) or state is None or state.watermark is None:
        return None
    # Without a recorded time, the query starts at the last full read, even by this machine's clock.
    return context.deletions_known.get(table.name) or state.full_read_at or state.watermark
