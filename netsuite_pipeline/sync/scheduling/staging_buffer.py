"""The landed pages of one table on their way into its stage, in batches while the rest is still read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from netsuite_pipeline.sync.context import SyncContext
from netsuite_pipeline.sync.load.loader import StagedLoad
from netsuite_pipeline.sync.planning.read_plan import ReadPlan
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.staging.stage import StageSource

_BATCH_PAGES = 32


@dataclass
class StagingBuffer:
    """One table's landed pages, staged and not yet staged. Only the scheduler's thread uses it."""

    table: Table
    context: SyncContext
    _pending: list[Path] = field(default_factory=list)
    _staged: StagedLoad | None = None

    def add(self, pages: Iterable[Path]) -> None:
        """Add landed pages."""
        self._pending.extend(pages)

    @property
    def has_batch(self) -> bool:
        """Whether enough pages are pending to stage them."""
        return len(self._pending) >= _BATCH_PAGES

    def stage(self, read: ReadPlan) -> StagedLoad:
        """Stage the pending pages.

        Args:
            read: The read, without the columns that NetSuite has refused so far.

        Returns:
            The stage with all pages so far.

        Raises:
            WarehouseError: DuckDB cannot stage the pages.
        """
        if self._staged is None:
            self._staged = self._open_stage(read)
        pages, self._pending = self._pending, []
        if pages:
            self._staged.add(pages)
        return self._staged

    def discard(self) -> None:
        """Remove the stage and the pending pages; the landed files stay."""
        if self._staged is not None:
            self._staged.close()
            self._staged = None
        self._pending = []

    def _open_stage(self, read: ReadPlan) -> StagedLoad:
        context, connection = self.context, self.context.request.connection
        offset = 0 if read.dialect.utc else round(read.utc_offset.total_seconds())
        return StagedLoad(
            context.landing.table(self.table.name).stage_path,
            read.table,  # its key may be shorter here
            read.result_columns,
            connection,
            StageSource(context.sync_run.sync_id, connection, context.sync_run.started_at, offset),
        )
