"""The landed pages of one table on their way into its stage, in batches while the rest is still read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from netsuite_pipeline.sync.context import SyncContext
from netsuite_pipeline.sync.load.stored_table import open_stage
from netsuite_pipeline.sync.planning.read_plan import ReadPlan
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.staging.stage import Stage

_BATCH_PAGES = 32


@dataclass
class StagingBuffer:
    """One table's landed pages, staged and not yet staged. Only the scheduler's thread uses it."""

    table: Table
    context: SyncContext
    _pending: list[Path] = field(default_factory=list)
    _staged: Stage | None = None

    def add(self, pages: Iterable[Path]) -> None:
        """Add landed pages."""
        self._pending.extend(pages)

    @property
    def has_batch(self) -> bool:
        """Whether enough pages are pending to stage them."""
        return len(self._pending) >= _BATCH_PAGES

    def stage(self, read: ReadPlan) -> Stage:
        """Stage the pending pages.

        Args:
            read: The read, without the columns that NetSuite has refused so far.

        Returns:
            The stage with all pages so far.

        Raises:
            WarehouseError: DuckDB cannot stage the pages.
        """
        if self._staged is None:
            path = self.context.landing.table(self.table.name).stage_path
            self._staged = open_stage(path, read, self.context.request.connection)
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
