"""The query for deletions since the last sync: one for all tables, while they are being read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from netsuite_pipeline.netsuite.client import RequestCounts
from netsuite_pipeline.netsuite.errors import NetSuiteError
from netsuite_pipeline.sync.context import SyncContext
from netsuite_pipeline.sync.deletions.deleted_records import (
    DELETED_RECORDS,
    Deletion,
    deletions,
    deletions_plan,
)
from netsuite_pipeline.sync.extract.paginate import read_all_keys
from netsuite_pipeline.sync.worker_pool import Task
from netsuite_pipeline.tables import Table

_PRIORITY = 2_000_000.0


@dataclass(frozen=True)
class DeletionQuery:
    """The query of `deletedrecord`, and its result.

    Attributes:
        context: The sync.
        spec: The spec of `deletedrecord`.
        tables: The tables of which only changes are read.
        since: The start of the query, UTC.
        answered: The query was answered, or refused.
        deletions: The deletions.
        refusal: Why the deletions are unknown.
    """

    context: SyncContext
    spec: Table
    tables: frozenset[str]
    since: datetime
    answered: bool = False
    deletions: tuple[Deletion, ...] = ()
    refusal: NetSuiteError | None = None

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
        spec = context.request.catalogue.get(DELETED_RECORDS)
        known = {
            table.name: moment
            for table in tables
            if table.cursor is not None and len(table.key) == 1
            if (moment := resumed.get(table.name) or _known_until(context, table)) is not None
        }
        if spec is None or not known:
            return None
        since = min(known.values()) - context.request.overlap
        return cls(context, spec, frozenset(known), since)

    def task(self, emit: Callable[["DeletionQuery"], Any]) -> Task:
        """Return the task that runs the query and emits the result."""

        def ask() -> list[Task]:
            emit(self._query())
            return []

        return Task(ask, _PRIORITY)

    def _query(self) -> "DeletionQuery":
        context = self.context
        try:
            read = context.clock.with_offset(deletions_plan(self.spec, self.since, context.dialect))
            keys = read_all_keys(read, context.client, RequestCounts(), context.clock.utc_offset)
        except NetSuiteError as error:
            return replace(self, answered=True, refusal=error)
        return replace(self, answered=True, deletions=deletions(keys))


def _known_until(context: SyncContext, table: Table) -> datetime | None:
    state = context.states.get(table.name)
    if context.request.full or state is None or state.watermark is None:
        return None
    # Without a recorded time, the query starts at the last full read, even by this machine's clock.
    return context.deletions_known.get(table.name) or state.full_read_at or state.watermark
