"""What all tables of one sync share: what was asked for, who asks, what is known so far."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from netsuite_pipeline.netsuite.client import PAGE_ROWS, NetSuiteClient
from netsuite_pipeline.netsuite.suiteql import Dialect
from netsuite_pipeline.sync.landing.archive import PageArchive
from netsuite_pipeline.sync.landing.folder import Landing
from netsuite_pipeline.sync.load.loader import stored_table
from netsuite_pipeline.sync.planning.cutoff import MAX_DEFERRAL, SessionClock
from netsuite_pipeline.sync.request import SyncRequest
from netsuite_pipeline.sync.single_flight import SingleFlight
from netsuite_pipeline.sync.sync_log import SyncRun
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.rows.cascade_delete import Child
from netsuite_pipeline.warehouse.state import TableState
from netsuite_pipeline.warehouse.warehouse import Warehouse


@dataclass
class SyncContext:
    """One sync's surroundings. Threads that ask read it; only the conductor's changes `states`.

    Attributes:
        states: What is known of each table that was synced before, by name.
        deletions_known: Up to when (UTC) the deleted records of each table were taken out, by name.
        starts_at: From this moment of `time.monotonic` on rows may be asked for: the second of the cutoff is
            over then.
        on_progress: Told of every landed page: of which table, how many rows.
        single_flight: Answers that several tables need.
        resumed: The tables of which this sync loaded pages that an interrupted one had landed, each with the
            cutoff of that one (UTC): labels in them may be as old.
        renames_pending: Whether labels of stored rows may show old names (`sync.labels`).
    """

    client: NetSuiteClient
    warehouse: Warehouse
    request: SyncRequest
    landing: Landing
    states: dict[str, TableState]
    deletions_known: Mapping[str, datetime]
    sync_run: SyncRun
    clock: SessionClock
    starts_at: float
    on_progress: Callable[[str, int], None] = lambda table, rows: None
    single_flight: SingleFlight = field(default_factory=SingleFlight)
    resumed: dict[str, datetime] = field(default_factory=dict)
    renames_pending: bool = False
    _speech: Dialect = field(default_factory=Dialect)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def page_rows(self) -> int:
        """Rows a page holds at most."""
        return getattr(self.client, "page_rows", PAGE_ROWS)

    @property
    def kept_pages(self) -> PageArchive | None:
        """Where pages go when their rows are committed; None where they are removed."""
        keeps, name = self.request.keep_pages, self.request.connection
        return None if keeps is None else PageArchive(self.warehouse.archive_path(name), keeps)

    @property
    def dialect(self) -> Dialect:
        """What this account's SuiteQL can do, as far as the tables have found out."""
        with self._lock:
            return self._speech

    def learn_dialect(self, dialect: Dialect) -> None:
        """What one table found out of this account's SuiteQL, the others need not find out again."""
        with self._lock:
            self._speech = replace(self._speech, utc=self._speech.utc and dialect.utc)

    def wait_for_start(self) -> None:
        """Waits until the second of the cutoff is over."""
        time.sleep(max(0.0, self.starts_at - time.monotonic()))

    def is_before_start(self) -> bool:
        """Whether rows may not be asked for yet."""
        return time.monotonic() < self.starts_at

    def deferral_limit(self) -> datetime:
        """The latest stamp (UTC) that a row may have and wait for the next sync because of it.

        It lies `MAX_DEFERRAL` ahead of NetSuite's clock now, however long this sync has been running.
        """
        since_cutoff = timedelta(seconds=max(0.0, time.monotonic() - self.starts_at) + 1)
        return (self.sync_run.cutoff + since_cutoff + MAX_DEFERRAL).replace(microsecond=0)

    def with_cutoff(self, cutoff: datetime) -> SyncRun:
        """This sync, when it finishes what an earlier one had begun with its own cutoff."""
        return replace(self.sync_run, cutoff=cutoff)

    def child_tables(self, table: Table) -> tuple[Child, ...]:
        """The stored tables whose rows go when rows of this one go."""
        return tuple(
            Child(stored_table(child, self.request.connection), child.parent.column)
            for child in self.request.catalogue.values()
            if child.parent is not None and child.parent.table == table.name and child.name in self.states
        )
