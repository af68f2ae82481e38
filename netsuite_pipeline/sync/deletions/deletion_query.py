"""The question what was deleted since the last sync: asked once for all tables, while they are being read."""

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
    """What `deletedrecord` told, or that it was not told.

    Attributes:
        tables: The tables that it is asked for: those of which only changes are read.
        since: From when on, UTC.
        answered: Whether the question has been answered, or refused.
        deletions: What was deleted.
        refusal: Why it cannot be known.
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
        """The question, or None where no table needs it: one that is read whole shows what is gone.

        Args:
            context: The sync.
            tables: Its tables.
            resumed: The cutoffs of full reads that an interrupted sync had begun: of these tables only the
                changes are read once that is finished.
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
        """Asks."""

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
    # What was never noted is asked for from the last full read on, be it by this machine's clock.
    return context.deletions_known.get(table.name) or state.full_read_at or state.watermark
