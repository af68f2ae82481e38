"""One sync from end to end: lock, cutoff, tables, sync log, published file, report."""

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import duckdb

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import NetSuiteError, PermissionDenied
from netsuite_pipeline.sync.clear_values import ClearValues
from netsuite_pipeline.sync.context import SyncContext
from netsuite_pipeline.sync.deletions.deletion_query import DeletionQuery
from netsuite_pipeline.sync.deletions.late_deletions import remove_late_deletions
from netsuite_pipeline.sync.hidden_tables import explain_hidden_tables
from netsuite_pipeline.sync.landing.folder import Landing
from netsuite_pipeline.sync.landing.hashing import require_salt
from netsuite_pipeline.sync.load.published_views import refresh_views
from netsuite_pipeline.sync.planning.cutoff import SessionClock, cutoff_at
from netsuite_pipeline.sync.planning.type_inference import TypedRequest, infer_types
from netsuite_pipeline.sync.renamed_labels import update_renamed_labels
from netsuite_pipeline.sync.report import MartsBuild, SyncReport, TableReport
from netsuite_pipeline.sync.request import SyncRequest
from netsuite_pipeline.sync.scheduling.scheduler import SyncScheduler
from netsuite_pipeline.sync.sync_log import CLOCKS_APART, SyncRun, log_failures
from netsuite_pipeline.tables.hashed_columns import queried_table
from netsuite_pipeline.tables.permission_levels import least_level
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.rows.deletion_state import (
    ensure_deletions,
    read_deletions_known,
    record_deletions_refused,
)
from netsuite_pipeline.warehouse.rows.labels import ensure_renames, has_renames
from netsuite_pipeline.warehouse.state import (
    claim_account,
    ensure_state,
    read_states,
    replace_credentials,
    request_full_reads,
)
from netsuite_pipeline.warehouse.store import Store
from netsuite_pipeline.warehouse.transactions import transaction
from netsuite_pipeline.warehouse.views.views import drop_shadowed_views
from netsuite_pipeline.wording import counted


@dataclass(frozen=True)
class Progress:
    """A landed page: its table, and its rows."""

    table: str
    rows: int


class Sync:
    """One sync of one connection. Iterate over it: a table's report comes as soon as the table is committed.

    The landed pages of an interrupted sync are resumed first. After the last report the working file is
    published if it changed. A caller that leaves the iteration early stops the requests. Landed pages are
    kept for the next sync.

    Args:
        client: The client of the connection's role. Leaving the iteration early stops it for good.
        warehouse: The warehouse.
        request: What to do.
        on_progress: Called for every landed page.

    Raises (while iterating):
        NetSuiteError: NetSuite cannot be reached, or refuses the sign-in, before the first read.
        WarehouseError: The warehouse cannot be used, or another sync of this connection runs.

    Example:
        >>> sync = Sync(client, warehouse, request)                  # doctest: +SKIP
        >>> for table in sync:                                       # doctest: +SKIP
        ...     print(table.table, table.rows_read)
        >>> sync.report().failed                                     # doctest: +SKIP
    """

    def __init__(
        self,
        client: NetSuiteClient,
        warehouse: Store,
        request: SyncRequest,
        *,
        on_progress: Callable[[Progress], None] = lambda progress: None,
    ) -> None:
        self._client = client
        self._warehouse = warehouse
        self._request = _queried(request)
        self._typed = TypedRequest(request)
        self._on_progress = on_progress
        self._reports: list[TableReport] = []
        self._notes: list[str] = []
        self._marts: MartsBuild | None = None
        self._identity: SyncRun | None = None
        self._scheduler: SyncScheduler | None = None
        self._started = time.monotonic()
        self._sync_id = f"{utc_now():%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"

    def __iter__(self) -> Iterator[TableReport]:
        require_salt(self._request.tables, self._request.salt)
        self._warehouse.prepare(self._request.connection)
        landing = Landing(self._warehouse.landing_path(self._request.connection))
        wait_seconds = self._request.wait_seconds
        with landing.locked(wait_seconds), self._warehouse.one_sync(wait_seconds):
            clear_values = ClearValues(self._warehouse, landing, self._request)
            clear_values.start()
            try:
                context = self._start(landing)
            except NetSuiteError as error:
                error.remedy = " ".join(filter(None, (error.remedy, clear_values.note)))
                raise
            self._identity = context.sync_run
            if context.kept_pages is not None:
                context.kept_pages.prune(utc_now())
            self._scheduler = SyncScheduler(
                context, self._request.tables, self._typed.failures, self._typed.counts
            )
            for report in explain_hidden_tables(self._scheduler.run(), self._request.tables, context.states):
                self._reports.append(report)
                yield report
            self._remove_late_deletions(context, self._scheduler)
            self._notes.extend(update_renamed_labels(context))
            self._note_deletions_refused(self._scheduler.deletions)
            log_failures(self._warehouse, context.sync_run, self._reports)
            clear_values.finish()
            self._marts = clear_values.marts
            if self._prepare_publication():
                self._warehouse.publish()
            self._notes.extend(filter(None, [clear_values.note]))

    @property
    def landed_pages(self) -> dict[str, int]:
        """The number of landed pages that are not committed, by table; the next sync resumes them."""
        return self._scheduler.landed_pages if self._scheduler is not None else {}

    def report(self) -> SyncReport:
        """Return the whole sync's report; it is complete after the iteration.

        Raises:
            RuntimeError: The iteration has not begun.
        """
        if self._identity is None:
            raise RuntimeError("the sync has not begun: iterate over it first")
        return SyncReport(
            sync_id=self._identity.sync_id,
            account=self._client.account.realm,
            cutoff=self._identity.cutoff,
            tables=tuple(self._reports),
            seconds=time.monotonic() - self._started,
            notes=tuple(self._notes),
            marts=self._marts,
        )

    def _start(self, landing: Landing) -> SyncContext:
        name = self._request.connection
        # The first request goes alone: a refused sign-in ends the sync at once.
        cutoff, seconds = cutoff_at(self._client.server_time())
        starts_at = time.monotonic() + seconds
        with self._warehouse.working() as connection, transaction(connection):
            ensure_state(connection)
            ensure_deletions(connection)
            ensure_renames(connection)
            claim_account(connection, name, self._client.account.realm, utc_now())
            drop_shadowed_views(connection, name, [table.name for table in self._request.tables])
            self._request_full_reads(connection, cutoff)
            states = read_states(connection, name)
            deletions_known = read_deletions_known(connection, name)
            renames_pending = has_renames(connection, name)
        self._typed = infer_types(self._request, self._client, self._warehouse)
        self._request = self._typed.request
        now = utc_now()
        return SyncContext(
            client=self._client,
            warehouse=self._warehouse,
            request=self._request,
            landing=landing,
            states=states,
            deletions_known=deletions_known,
            sync_run=SyncRun(self._sync_id, name, cutoff, now),
            clock=SessionClock(self._client),
            starts_at=starts_at,
            renames_pending=renames_pending,
            on_progress=lambda table, rows: self._on_progress(Progress(table, rows)),
        )

    def _request_full_reads(self, connection: duckdb.DuckDBPyConnection, cutoff: datetime) -> None:
        """Request full reads of tables whose timestamps are not reliable.

        These are the tables of a refreshed sandbox, and tables read by a clock that was ahead.
        """
        name, client = self._request.connection, self._client
        states = read_states(connection, name)
        before = replace_credentials(connection, name, client.credentials.fingerprint)
        if before and before != client.credentials.fingerprint and client.account.is_refreshed:
            # A refresh of a sandbox ends all its tokens (facts A4), so a new one may mean new data.
            because = (
                f"{client.account.realm} signs in by a new token, so the account may have been refreshed"
            )
            self._request_full_read_of(connection, list(states), because)
        ahead = [
            table
            for table, state in states.items()
            if state.watermark is not None and state.watermark > cutoff + CLOCKS_APART
        ]
        because = "NetSuite's clock is behind the last sync's, so one of them was wrong"
        self._request_full_read_of(connection, ahead, because)

    def _request_full_read_of(
        self, connection: duckdb.DuckDBPyConnection, tables: Sequence[str], because: str
    ) -> None:
        if tables:
            request_full_reads(connection, self._request.connection, tables, because)
            several = counted(len(tables), "table is", "tables are")
            self._notes.append(f"{several} to be read in full: {because}.")

    def _remove_late_deletions(self, context: SyncContext, scheduler: SyncScheduler) -> None:
        if scheduler.deletions is not None and scheduler.deletions.refusal is not None:
            return
        if note := remove_late_deletions(context, scheduler.changed_families):
            self._notes.append(note)

    def _note_deletions_refused(self, query: DeletionQuery | None) -> None:
        """Add a note when NetSuite starts to refuse its deleted records."""
        if query is None or not query.answered:
            return
        refusal = query.refusal
        with self._warehouse.working() as connection, transaction(connection):
            news = record_deletions_refused(connection, self._request.connection, refusal is not None)
        if refusal is not None and news:
            self._notes.append(_deletions_note(refusal))

    def _prepare_publication(self) -> bool:
        """Update marts and views; return whether the published file lacks changes."""
        with self._warehouse.working() as working:
            if self._refresh_marts(working):
                return self._refresh_views(working)
        # A fatal error of DuckDB's makes the connection useless.
        with self._warehouse.working() as working:
            return self._refresh_views(working)

    def _refresh_marts(self, working: duckdb.DuckDBPyConnection) -> bool:
        """Rebuild the marts if their tables changed. A failure is a note: tables are published without."""
        if self._request.marts is None:
            return True
        try:
            built = self._request.marts(working, self._request.connection, utc_now(), force=False)
            self._marts = built or self._marts
        except Exception as error:  # whatever a mart's SQL does, the tables are good
            self._notes.append(f"The marts were not rebuilt and stay as they were: {_reason(error)}")
            return False
        return True

    def _refresh_views(self, working: duckdb.DuckDBPyConnection) -> bool:
        """Update the views if the published file lacks changes; return whether it does."""
        if not self._warehouse.readers_lag(working):
            return False
        with transaction(working):
            refresh_views(working, self._request.connection, self._request.catalogue)
        return True


def _queried(request: SyncRequest) -> SyncRequest:
    """Return the request with the tables as NetSuite is queried for them."""
    catalogue = {name: queried_table(table) for name, table in request.catalogue.items()}
    return replace(request, tables=tuple(map(queried_table, request.tables)), catalogue=catalogue)


def _reason(error: Exception) -> str:
    return error.message if isinstance(error, WarehouseError) else f"{type(error).__name__}: {error}"


_DELETED_RECORDS = "Setup > Deleted Records"


def _deletions_note(refusal: NetSuiteError) -> str:
    cause = (
        f"the role lacks {_DELETED_RECORDS} ({least_level(_DELETED_RECORDS)})"
        if isinstance(refusal, PermissionDenied)
        else refusal.message
    )
    return (
        f"NetSuite does not show its deleted records: {cause}. Of the rows that it no longer shows, five and "
        "one percent of a table are removed at most; more are kept and marked as missing."
    )
