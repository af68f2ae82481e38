"""One table's journey, step by step: what to ask, asking it, committing it, or telling why it failed."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import duckdb

from netsuite_pipeline.netsuite.client import NetSuiteClient, RequestCount
from netsuite_pipeline.netsuite.errors import NetSuiteError, PermissionDenied
from netsuite_pipeline.netsuite.suiteql import Speech
from netsuite_pipeline.sync.commit import Committed, SyncIdentity, commit_table, utc_now
from netsuite_pipeline.sync.cutoff import SessionClock
from netsuite_pipeline.sync.fetch import Fetched, fetch, fetch_keys
from netsuite_pipeline.sync.landing import Landing
from netsuite_pipeline.sync.plan import Read, parent_keys_read, plan_read
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.state import TableState
from netsuite_pipeline.warehouse.warehouse import Warehouse


@dataclass(frozen=True)
class SyncRequest:
    """What a sync is asked to do.

    Attributes:
        tables: The tables, in the catalogue's order.
        catalogue: All tables there are, by name: a child may be selected without its parent.
        connection: The connection's name: the schema of its tables, and the folder of its pages.
        full: Read everything, whatever was read before.
        overlap: How far behind its watermark a table is read again.
    """

    tables: tuple[Table, ...]
    catalogue: Mapping[str, Table]
    connection: str
    full: bool
    overlap: timedelta


@dataclass
class Journeys:
    """The steps of every table's journey in one sync, and what tables have to know of one another.

    `fetch` runs in worker threads, everything else in the conductor's.
    """

    client: NetSuiteClient
    warehouse: Warehouse
    request: SyncRequest
    landing: Landing
    states: Mapping[str, TableState]
    identity: SyncIdentity
    clock: SessionClock
    _speech: Speech = field(default_factory=Speech)
    _committed: dict[str, Committed] = field(default_factory=dict)
    _counts: dict[str, RequestCount] = field(default_factory=dict)
    _started: dict[str, datetime] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def plan(self, table: Table) -> Read:
        """What would be asked for the table now."""
        with self._lock:
            speech = self._speech
        parent = self._committed.get(table.parent.table) if table.parent else None
        return plan_read(
            table,
            self.states.get(table.name),
            # After a full read of the parents nobody knows which of them changed.
            full=self.request.full or (parent is not None and parent.mode == "full"),
            now=self.identity.started_at,
            overlap=self.request.overlap,
            speech=speech,
        )

    def fetch(self, table: Table, on_page: Callable[[int], None]) -> Fetched:
        """Asks NetSuite and lands what it sends.

        Raises:
            NetSuiteError: By kind of failure.
            WarehouseError: A page cannot be landed.
        """
        self._started[table.name] = utc_now()
        count = self._counts.setdefault(table.name, RequestCount())
        read = self.clock.told(self.plan(table))
        parents = self._changed_parents(table, read, count) if read.mode == "children" else ()
        fetched = fetch(
            read,
            self.client,
            self.landing.table(table.name),
            parents=parents,
            count=count,
            behind_utc=self.clock.behind_utc,
            on_page=on_page,
        )
        with self._lock:
            # What one table found out of this account's SuiteQL, the others need not find out again.
            self._speech = Speech(
                utc=self._speech.utc and fetched.read.speech.utc, labels=self._speech.labels
            )
        return fetched

    def commit(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: Table,
        fetched: Fetched,
        *,
        is_parent: bool,
    ) -> TableReport:
        """Loads and commits what was landed, then removes the pages."""
        parent = self._committed.get(table.parent.table) if table.parent else None
        try:
            report, committed = commit_table(
                connection,
                self.identity,
                fetched,
                previous=self.states.get(table.name),
                is_parent=is_parent,
                parentage=parent.parentage if parent else None,
                started_at=self._started[table.name],
            )
        except WarehouseError as error:
            return self._failed(table, fetched.read.mode, error, fetched.rows)
        self._committed[table.name] = committed
        self.landing.clear(table.name)
        return report

    def failed_to_fetch(self, table: Table, error: NetSuiteError | WarehouseError) -> TableReport:
        """Tells why a table could not be read; a table that this account never showed is merely absent."""
        never_seen = table.name not in self.states
        if isinstance(error, PermissionDenied) and error.table == table.name:
            if never_seen:
                feature = f", or the feature {table.feature} is off" if table.feature else ""
                note = (
                    f"this account shows the role no such table (it needs {table.permission.name}{feature})"
                )
                return self._ended(table, "none", "absent", notes=(note,))
            error = _lost(table, error, self.states[table.name].synced_at)
        return self._failed(table, self.plan(table).mode, error)

    def not_tried(self, table: Table, cause: NetSuiteError | WarehouseError) -> TableReport:
        """Tells that a table was left alone because of another failure."""
        return self._failed(table, "none", cause)

    def _failed(
        self, table: Table, mode: str, error: NetSuiteError | WarehouseError, rows: int = 0
    ) -> TableReport:
        return self._ended(table, mode, "failed", failure=error, rows_read=rows)

    def _ended(self, table: Table, mode: str, status: str, **rest: object) -> TableReport:
        started = self._started.get(table.name, utc_now())
        count = self._counts.get(table.name, RequestCount())
        state = self.states.get(table.name)
        return TableReport(
            table=table.name,
            mode=mode,
            status=status,  # type: ignore[arg-type]
            started_at=started,
            seconds=(utc_now() - started).total_seconds(),
            requests=count.requests,
            retries=count.retries,
            throttled=count.throttled,
            watermark=state.watermark if state else None,
            **rest,  # type: ignore[arg-type]
        )

    def _changed_parents(self, table: Table, read: Read, count: RequestCount) -> Sequence[str]:
        """The parents whose children are to be read: those this sync found changed, or, for a child that
        lags behind its parent or is read without it, those changed since the child's own watermark.

        A full read asks for parents and children at the same time, so of a late commit it may have got the
        parent without its children; hence the next sync asks for the children of the whole overlap.
        """
        if table.parent is None:
            return ()
        parent = self._committed.get(table.parent.table)
        before = self.states.get(table.parent.table)
        state = self.states[table.name]
        own = state.watermark
        if own is None:
            return ()
        was_full = state.full_read_at == state.synced_at
        if parent is not None and before is not None and before.watermark == own and not was_full:
            return parent.changed_keys
        spec = self.request.catalogue[table.parent.table]
        keys = parent_keys_read(spec, own - self.request.overlap, read.speech, read.behind_utc)
        return fetch_keys(keys, self.client, count, self.clock.behind_utc)


def _lost(table: Table, error: PermissionDenied, last_good: datetime) -> PermissionDenied:
    feature = f" (or the feature {table.feature} was turned off)" if table.feature else ""
    return PermissionDenied(
        f"The role lost {table.permission.name} ({table.permission.id}){feature}; the table was readable "
        f"until {last_good:%Y-%m-%d %H:%M} UTC and stays as it was. "
        f"NetSuite: {error.detail or error.message}",
        table=table.name,
        remedy="Setup > Users/Roles > Manage Roles > (the token's role) > Edit > Permissions > "
        f"{table.permission.name.split(' > ')[0]}: add {table.permission.name.split(' > ')[-1]} (View), "
        "press Add, then Save.",
        asked=error.asked,
        status=error.status,
        code=error.code,
        detail=error.detail,
    )
