"""The pages of one table as they land: staged in batches while the rest is still being asked for."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from netsuite_pipeline.sync.context import Context
from netsuite_pipeline.sync.load.loader import StagedLoad
from netsuite_pipeline.sync.planning.read_plan import Read
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.staging.stage import StageSource

_BATCH_PAGES = 32


@dataclass
class Arrivals:
    """Landed pages on their way into the stage. The conductor's thread alone uses it."""

    table: Table
    around: Context
    _pending: list[Path] = field(default_factory=list)
    _loading: StagedLoad | None = None

    def land(self, pages: Iterable[Path]) -> None:
        """Takes note of landed pages."""
        self._pending.extend(pages)

    def has_batch(self) -> bool:
        """Whether enough pages have landed for it to be worth staging them."""
        return len(self._pending) >= _BATCH_PAGES

    def stage(self, read: Read) -> StagedLoad:
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

    def _opened(self, read: Read) -> StagedLoad:
        around, connection = self.around, self.around.request.connection
        behind = 0 if read.dialect.utc else round(read.utc_offset.total_seconds())
        return StagedLoad(
            around.landing.table(self.table.name).stage_path,
            read.table,  # its key may be shorter here
            read.received,
            connection,
            StageSource(around.identity.sync_id, connection, around.identity.started_at, behind),
        )
