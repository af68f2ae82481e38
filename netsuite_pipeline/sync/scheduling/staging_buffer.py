"""The pages of one table as they land: staged in batches while the rest is still being asked for."""

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
    """Landed pages on their way into the stage. The conductor's thread alone uses it."""

    table: Table
    context: SyncContext
    _pending: list[Path] = field(default_factory=list)
    _loading: StagedLoad | None = None

    def land(self, pages: Iterable[Path]) -> None:
        """Takes note of landed pages."""
        self._pending.extend(pages)

    def has_batch(self) -> bool:
        """Whether enough pages have landed for it to be worth staging them."""
        return len(self._pending) >= _BATCH_PAGES

    def stage(self, read: ReadPlan) -> StagedLoad:
        """Stages what has landed.

        Args:
            read: What is asked for by now.

        Returns:
            The stage.

        Raises:
            WarehouseError: It cannot be staged.
        """
        if self._loading is None:
            self._loading = self._opened(read)
        pages, self._pending = self._pending, []
        if pages:
            self._loading.add(pages)
        return self._loading

    def cast_off(self) -> None:
        """Forgets what is staged and what is still to be."""
        if self._loading is not None:
            self._loading.close()
            self._loading = None
        self._pending = []

    def _opened(self, read: ReadPlan) -> StagedLoad:
        context, connection = self.context, self.context.request.connection
        behind = 0 if read.dialect.utc else round(read.utc_offset.total_seconds())
        return StagedLoad(
            context.landing.table(self.table.name).stage_path,
            read.table,  # its key may be shorter here
            read.result_columns,
            connection,
            StageSource(context.sync_run.sync_id, connection, context.sync_run.started_at, behind),
        )
