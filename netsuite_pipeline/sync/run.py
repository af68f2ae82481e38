"""The conductor: many tables, one concurrency limit, one cutoff, one report."""

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

import duckdb

from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import NetSuiteError, SignInError
from netsuite_pipeline.sync.commit import SyncIdentity, log_failures, utc_now
from netsuite_pipeline.sync.cutoff import SessionClock, settled_second
from netsuite_pipeline.sync.fetch import Fetched
from netsuite_pipeline.sync.journey import Journeys, SyncRequest
from netsuite_pipeline.sync.landing import Landing
from netsuite_pipeline.sync.plan import in_order, parent_tables
from netsuite_pipeline.sync.report import SyncReport, TableReport
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.state import changes_logged, claim_account, ensure_state, read_states
from netsuite_pipeline.warehouse.transactions import transaction
from netsuite_pipeline.warehouse.warehouse import Warehouse


@dataclass(frozen=True)
class Progress:
    """A page has landed: of which table, how many rows."""

    table: str
    rows: int


def _unwatched(progress: Progress) -> None:
    """Nobody watches."""


class Sync:
    """One sync of one connection. Iterate over it: a table's report comes as soon as the table is committed.

    After the last report the working file is published, if anything in it changed.

    Args:
        client: Signed in as the connection's role.
        warehouse: Where the tables go.
        request: What to do.
        on_progress: Told of every landed page, from worker threads.

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
        self._request = request
        self._on_progress = on_progress
        self._reports: list[TableReport] = []
        self._identity: SyncIdentity | None = None
        self._started = time.monotonic()

    def __iter__(self) -> Iterator[TableReport]:
        request = self._request
        self._warehouse.prepare(request.connection)
        landing = Landing(self._warehouse.landing_path(request.connection))
        with landing.locked():
            cutoff = settled_second(self._client.server_time(), time.sleep)
            with self._warehouse.working() as connection, transaction(connection):
                ensure_state(connection)
                claim_account(connection, request.connection, self._client.account.realm, utc_now())
                states = read_states(connection, request.connection)
            identity = SyncIdentity(
                f"{utc_now():%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}", request.connection, cutoff, utc_now()
            )
            self._identity = identity
            journeys = Journeys(
                self._client, self._warehouse, request, landing, states, identity, SessionClock(self._client)
            )
            for report in _Conductor(journeys, request.tables).conduct(self._on_progress):
                self._reports.append(report)
                yield report
            log_failures(self._warehouse, identity, self._reports)
            news = any(report.rows_written or report.rows_deleted for report in self._reports)
            if news or _lags(self._warehouse):
                self._warehouse.publish()

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
        )


@dataclass
class _Conductor:
    """Lets tables set out, and takes in what arrives: facts first, then the lists that they point to. A child
    read by its parents' changes sets out when these are known; none is loaded before its parent."""

    journeys: Journeys
    tables: Sequence[Table]
    ended: dict[str, TableReport] = field(default_factory=dict)
    running: dict[Future[Fetched], Table] = field(default_factory=dict)
    landed: list[tuple[Table, Fetched]] = field(default_factory=list)
    refused: SignInError | None = None

    def conduct(self, on_progress: Callable[[Progress], None]) -> Iterator[TableReport]:
        pool = ThreadPoolExecutor(
            self.journeys.client.settings.concurrency, thread_name_prefix="netsuite-fetch"
        )
        try:
            for group in in_order(self.tables):
                for report in self._conduct_group(list(group), pool, on_progress):
                    self.ended[report.table] = report
                    yield report
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _conduct_group(
        self, waiting: list[Table], pool: ThreadPoolExecutor, on_progress: Callable[[Progress], None]
    ) -> Iterator[TableReport]:
        while waiting or self.running or self.landed:
            for table in [table for table in waiting if self._may_set_out(table)]:
                waiting.remove(table)
                cause = self.refused or self._parents_failure(table)
                if cause is not None:
                    yield self.journeys.not_tried(table, cause)
                else:
                    told = _telling(table, on_progress)
                    self.running[pool.submit(self.journeys.fetch, table, told)] = table
            yield from self._take_in()
            yield from self._commit_landed()

    def _commit_landed(self) -> Sequence[TableReport]:
        """Commits every table that is wholly landed and need not wait for its parent, on one opening of the
        working file: opening and closing it costs more than a small table does."""
        ready = [pair for pair in self.landed if not self._awaits_parent(pair[0])]
        if not ready:
            return ()
        self.landed = [pair for pair in self.landed if pair not in ready]
        try:
            with self.journeys.warehouse.working() as connection:
                return [self._commit(connection, table, fetched) for table, fetched in ready]
        except WarehouseError as error:
            return [self.journeys.not_tried(table, error) for table, _ in ready]

    def _commit(self, connection: duckdb.DuckDBPyConnection, table: Table, fetched: Fetched) -> TableReport:
        cause = self._parents_failure(table)
        if cause is not None:
            return self.journeys.not_tried(table, cause)
        return self.journeys.commit(connection, table, fetched, is_parent=table.name in self._parents)

    def _take_in(self) -> Iterator[TableReport]:
        if not self.running:
            return
        done, _ = wait(self.running, return_when=FIRST_COMPLETED)
        for future in done:
            table = self.running.pop(future)
            try:
                self.landed.append((table, future.result()))
            except (NetSuiteError, WarehouseError) as error:
                if isinstance(error, SignInError):
                    self.refused = error
                yield self.journeys.failed_to_fetch(table, error)

    @property
    def _parents(self) -> frozenset[str]:
        return frozenset(parent_tables(self.tables).values())

    def _awaits_parent(self, table: Table) -> bool:
        parent = parent_tables(self.tables).get(table.name)
        return parent is not None and parent not in self.ended

    def _may_set_out(self, table: Table) -> bool:
        return not self._awaits_parent(table) or self.journeys.plan(table).mode != "children"

    def _parents_failure(self, table: Table) -> NetSuiteError | WarehouseError | None:
        parent = self.ended.get(parent_tables(self.tables).get(table.name, ""))
        if parent is None or parent.status != "failed" or parent.failure is None:
            return None
        return WarehouseError(
            f"Not loaded, because {parent.table} failed and {table.name} must agree with it; the table is as "
            "it was.",
            remedy=f"Mend {parent.table} first: {parent.failure.remedy}",
        )


def _lags(warehouse: Warehouse) -> bool:
    """Whether the published file lacks what an earlier sync committed and could not publish any more."""
    if not warehouse.path.exists():
        return True
    with warehouse.working() as connection:
        committed = changes_logged(connection)
    try:
        with warehouse.published() as connection:
            return changes_logged(connection) != committed
    except WarehouseError:
        return True  # a published file that cannot be read is to be replaced


def _telling(table: Table, on_progress: Callable[[Progress], None]) -> Callable[[int], None]:
    return lambda rows: on_progress(Progress(table.name, rows))
