"""One sync from end to end: the lock, the cutoff, the tables, the log, the published file, the report."""

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import duckdb

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import NetSuiteError, PermissionDenied
from netsuite_pipeline.sync.clear_values import ClearValues
from netsuite_pipeline.sync.context import SyncContext
from netsuite_pipeline.sync.deletions.late_deletions import remove_late_deletions
from netsuite_pipeline.sync.hidden_tables import explain_hidden_tables
from netsuite_pipeline.sync.landing.folder import Landing
from netsuite_pipeline.sync.landing.hashing import require_salt
from netsuite_pipeline.sync.load.published_views import refresh_views
from netsuite_pipeline.sync.planning.cutoff import SessionClock, cutoff_at
from netsuite_pipeline.sync.planning.type_inference import TypedRequest, infer_types
from netsuite_pipeline.sync.renamed_labels import update_renamed_labels
from netsuite_pipeline.sync.report import SyncReport, TableReport
from netsuite_pipeline.sync.request import SyncRequest
from netsuite_pipeline.sync.scheduling.scheduler import SyncScheduler
from netsuite_pipeline.sync.sync_log import SyncRun, log_failures
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
from netsuite_pipeline.warehouse.sync_log import published_lags
from netsuite_pipeline.warehouse.transactions import transaction
from netsuite_pipeline.warehouse.views.views import drop_shadowed_views
from netsuite_pipeline.warehouse.warehouse import Warehouse

_CLOCKS_APART = timedelta(minutes=1)


@dataclass(frozen=True)
class Progress:
    """A page has landed: of which table, how many rows."""

    table: str
    rows: int


def _unwatched(progress: Progress) -> None:
    """Nobody watches."""


class Sync:
    """One sync of one connection. Iterate over it: a table's report comes as soon as the table is committed.

    What an earlier sync had begun and not committed is finished first, from the pages that it landed. After
    the last report the working file is published, if anything in it changed. Leaving the iteration early
    stops the asking; what is landed is kept for the next sync.

    Args:
        client: Signed in as the connection's role. It is stopped for good when the iteration is left early.
        warehouse: Where the tables go.
        request: What to do.
        on_progress: Told of every landed page.

    Raises (while iterating):
        NetSuiteError: NetSuite cannot be reached, or refuses the sign-in, before anything was read.
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
        warehouse: Warehouse,
        request: SyncRequest,
        *,
        on_progress: Callable[[Progress], None] = _unwatched,
    ) -> None:
        self._client = client
        self._warehouse = warehouse
        self._request = _asked(request)
        self._typed = TypedRequest(request)
        self._on_progress = on_progress
        self._reports: list[TableReport] = []
        self._notes: list[str] = []
        self._identity: SyncRun | None = None
        self._scheduler: SyncScheduler | None = None
        self._started = time.monotonic()
        self._sync_id = f"{utc_now():%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"

    def __iter__(self) -> Iterator[TableReport]:
        require_salt(self._request.tables, self._request.salt)
        self._warehouse.prepare(self._request.connection)
        landing = Landing(self._warehouse.landing_path(self._request.connection))
        with landing.locked(self._request.wait_seconds):
            clear_values = ClearValues(self._warehouse, landing, self._request)
            clear_values.start()
            try:
                context = self._begun(landing)
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
            self._look_once_more(context, self._scheduler)
            self._notes.extend(update_renamed_labels(context))
            self._note_deletions(self._scheduler)
            log_failures(self._warehouse, context.sync_run, self._reports)
            clear_values.finish()
            if self._news_prepared():
                self._warehouse.publish()
            self._notes.extend(filter(None, [clear_values.note]))

    @property
    def landed_pages(self) -> dict[str, int]:
        """Pages that are landed and not committed, by table: with these the next sync goes on."""
        return self._scheduler.landed_pages if self._scheduler is not None else {}

    def report(self) -> SyncReport:
        """The whole sync's report; complete once the iteration has ended.

        Raises:
            RuntimeError: The sync has not begun.
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
        )

    def _begun(self, landing: Landing) -> SyncContext:
        name = self._request.connection
        # The first question goes alone: if the sign-in is refused, nothing else has been asked in vain.
        cutoff, seconds = cutoff_at(self._client.server_time())
        starts_at = time.monotonic() + seconds
        with self._warehouse.working() as connection, transaction(connection):
            ensure_state(connection)
            ensure_deletions(connection)
            ensure_renames(connection)
            claim_account(connection, name, self._client.account.realm, utc_now())
            drop_shadowed_views(connection, name, [table.name for table in self._request.tables])
            self._want_full_reads(connection, cutoff)
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

    def _want_full_reads(self, connection: duckdb.DuckDBPyConnection, cutoff: datetime) -> None:
        """Have tables read in full whose stamps are not to be trusted: those of a refreshed sandbox, and
        those that were read by a clock that was ahead."""
        name, client = self._request.connection, self._client
        states = read_states(connection, name)
        before = replace_credentials(connection, name, client.credentials.fingerprint)
        if before and before != client.credentials.fingerprint and client.account.is_refreshed:
            # A refresh of a sandbox ends all its tokens (facts A4), so a new one may mean new data.
            because = (
                f"{client.account.realm} signs in by a new token, so the account may have been refreshed"
            )
            self._read_in_full(connection, list(states), because)
        ahead = [
            table
            for table, state in states.items()
            if state.watermark is not None and state.watermark > cutoff + _CLOCKS_APART
        ]
        because = "NetSuite's clock is behind the last sync's, so one of them was wrong"
        self._read_in_full(connection, ahead, because)

    def _read_in_full(
        self, connection: duckdb.DuckDBPyConnection, tables: Sequence[str], because: str
    ) -> None:
        if tables:
            request_full_reads(connection, self._request.connection, tables, because)
            are = "table is" if len(tables) == 1 else "tables are"
            self._notes.append(f"{len(tables)} {are} to be read in full: {because}.")

    def _look_once_more(self, context: SyncContext, scheduler: SyncScheduler) -> None:
        if scheduler.deletions_refused is not None:
            return
        note = remove_late_deletions(context, scheduler.changed_families).note
        if note:
            self._notes.append(note)

    def _note_deletions(self, scheduler: SyncScheduler) -> None:
        """Tells once that NetSuite does not say what was deleted, and not again while that is so."""
        refusal = scheduler.deletions_refused
        if refusal is None and not scheduler.deletions_known:
            return
        with self._warehouse.working() as connection, transaction(connection):
            news = record_deletions_refused(connection, self._request.connection, refusal is not None)
        if refusal is not None and news:
            self._notes.append(_deletions_note(refusal))

    def _news_prepared(self) -> bool:
        """Whether the published file lacks anything, of this sync or of one that could not publish; if so,
        what stands beside the tables is brought up to them."""
        with self._warehouse.working() as working:
            if not self._published_lacks(working):
                return False
            with transaction(working):
                refresh_views(working, self._request.connection, self._request.catalogue)
            return True

    def _published_lacks(self, working: duckdb.DuckDBPyConnection) -> bool:
        if not self._warehouse.is_published:
            return True
        with ExitStack() as stack:
            try:
                published = stack.enter_context(self._warehouse.published())
            except WarehouseError:
                return True  # a published file that cannot be read is to be replaced
            return published_lags(working, published)


def _asked(request: SyncRequest) -> SyncRequest:
    """The request, with the tables as NetSuite is asked for them."""
    catalogue = {name: queried_table(table) for name, table in request.catalogue.items()}
    return replace(request, tables=tuple(map(queried_table, request.tables)), catalogue=catalogue)


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
