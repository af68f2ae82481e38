"""What all tables of one sync share: the request, the client, the stored state, the cutoff."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from netsuite_pipeline.netsuite.client import PAGE_ROWS, NetSuiteClient
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.netsuite.suiteql import Dialect
from netsuite_pipeline.sync.extract.paginate import read_all_keys
from netsuite_pipeline.sync.landing.archive import PageArchive
from netsuite_pipeline.sync.landing.folder import Landing
from netsuite_pipeline.sync.load.deferred import DeferredRecords
from netsuite_pipeline.sync.load.stored_table import stored_table
from netsuite_pipeline.sync.planning.cutoff import MAX_DEFERRAL, SessionClock
from netsuite_pipeline.sync.planning.read_plan import Key, ReadPlan, changed_parents_plan
from netsuite_pipeline.sync.request import SyncRequest
from netsuite_pipeline.sync.single_flight import SingleFlight
from netsuite_pipeline.sync.sync_log import SyncRun
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.rows.cascade_delete import Child
from netsuite_pipeline.warehouse.state import TableState
from netsuite_pipeline.warehouse.store import Store


@dataclass
class SyncContext:
    """One sync. Worker threads read it; only the scheduler's thread changes `states`.

    Attributes:
        client: The client.
        warehouse: The warehouse.
        request: The request.
        landing: The landing folder.
        states: The stored state of each table that was synced before, by name.
        deletions_known: Up to when (UTC) the recorded deletions of each table are removed, by name.
        sync_run: The sync's identity and cutoff.
        clock: The session's clock.
        starts_at: When rows may be read: the end of the cutoff's second, by `time.monotonic`.
        on_progress: Called for every landed page, with its table and its rows.
        single_flight: The queries that several tables share.
        resumed: The cutoffs (UTC) of the interrupted syncs whose pages this one committed, by table. Labels
            in these pages may be as old.
        deferred: The records of tables without changes that wait to be written.
        renames_pending: Whether labels of stored rows may show old names (`sync/renamed_labels.py`).
    """

    client: NetSuiteClient
    warehouse: Store
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
    deferred: DeferredRecords = field(init=False)
    _dialect: Dialect = field(default_factory=Dialect)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.deferred = DeferredRecords(self.request.connection)

    @property
    def page_rows(self) -> int:
        """The most rows of a page."""
        return getattr(self.client, "page_rows", PAGE_ROWS)

    @property
    def kept_pages(self) -> PageArchive | None:
        """The archive of committed pages; None where they are removed."""
        keeps, name = self.request.keep_pages, self.request.connection
        return None if keeps is None else PageArchive(self.warehouse.archive_path(name), keeps)

    @property
    def dialect(self) -> Dialect:
        """What the account's SuiteQL supports, as far as the tables have found out."""
        with self._lock:
            return self._dialect

    def learn_dialect(self, dialect: Dialect) -> None:
        """Add what the read of one table found out of the account's SuiteQL."""
        with self._lock:
            self._dialect = replace(self._dialect, utc=self._dialect.utc and dialect.utc)

    def wait_for_start(self) -> None:
        """Wait until the cutoff's second is over."""
        time.sleep(max(0.0, self.starts_at - time.monotonic()))

    def is_before_start(self) -> bool:
        """Return whether the cutoff's second is not over."""
        return time.monotonic() < self.starts_at

    def deferral_limit(self) -> datetime:
        """Return the latest timestamp (UTC) of a row that is deferred to the next sync.

        It lies `MAX_DEFERRAL` ahead of NetSuite's clock now, however long this sync has been running.
        """
        since_cutoff = timedelta(seconds=max(0.0, time.monotonic() - self.starts_at) + 1)
        return (self.sync_run.cutoff + since_cutoff + MAX_DEFERRAL).replace(microsecond=0)

    def all_keys(self, plan: ReadPlan, count: RequestCounts) -> tuple[Key, ...]:
        """Return the keys of all rows of a read, in order.

        Raises:
            NetSuiteError: By kind of failure.
        """
        return read_all_keys(self.clock.with_offset(plan), self.client, count, self.clock.utc_offset)

    def changed_keys(
        self, table: Table, since: datetime, until: datetime | None, count: RequestCounts
    ) -> tuple[Key, ...]:
        """Return the keys of a table's rows changed from `since` (UTC) to before `until`; None for no end.

        Raises:
            NetSuiteError: By kind of failure.
        """
        return self.all_keys(changed_parents_plan(table, since, self.dialect, until), count)

    def child_tables(self, table: Table) -> tuple[Child, ...]:
        """Return the stored tables whose rows are deleted with rows of this table."""
        return tuple(
            Child(stored_table(child, self.request.connection), child.parent.column)
            for child in self.request.catalogue.values()
            if child.parent is not None and child.parent.table == table.name and child.name in self.states
        )
