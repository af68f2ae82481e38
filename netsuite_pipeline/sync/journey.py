"""One table's way through a sync, leg by leg: what is asked, what arrives, what is committed and told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum
from pathlib import Path
from typing import Any

import duckdb

from netsuite_pipeline.netsuite.client import RequestCount
from netsuite_pipeline.netsuite.errors import NetSuiteError, PermissionDenied
from netsuite_pipeline.sync.arrivals import Arrivals
from netsuite_pipeline.sync.commit import (
    Committed,
    SyncIdentity,
    commit_sweep,
    commit_table,
    utc_now,
)
from netsuite_pipeline.sync.context import Context
from netsuite_pipeline.sync.crew import Step
from netsuite_pipeline.sync.deletes import Deletion, remove_deleted
from netsuite_pipeline.sync.early import Early
from netsuite_pipeline.sync.fetch import Fetched, Hears, Surroundings, TableFetch
from netsuite_pipeline.sync.hold_back import Parentage
from netsuite_pipeline.sync.landed_plan import LandedPlan, read_landed_plan
from netsuite_pipeline.sync.likeness import Likeness
from netsuite_pipeline.sync.load import Loading, stored_table
from netsuite_pipeline.sync.plan import Read, keys_read, rows_read
from netsuite_pipeline.sync.questions import Questions
from netsuite_pipeline.sync.report import TableReport, lost_permission, together
from netsuite_pipeline.sync.resume import Resumed, look_at
from netsuite_pipeline.sync.settle import is_about_the_statement
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.deletions import note_deletions
from netsuite_pipeline.warehouse.errors import LoadRefused, ShrinkHeldBack, WarehouseError
from netsuite_pipeline.warehouse.state import read_states
from netsuite_pipeline.warehouse.transactions import transaction


class Leg(IntEnum):
    """The parts of a table's way, in their order.

    `FINISH` loads what an interrupted sync had begun, at that sync's cutoff; `MAIN` is this sync's own read;
    `SWEEP` looks for rows that NetSuite no longer shows; `REPAIR` brings those that the sweep found missing
    here.
    """

    FINISH = 0
    MAIN = 1
    SWEEP = 2
    REPAIR = 3
    ENDED = 4


@dataclass(frozen=True)
class Landed:
    """A page of a table has landed."""

    journey: "Journey"
    path: Path
    rows: int


@dataclass(frozen=True)
class Arrived:
    """All pages of a table's leg have landed, or it cannot be read on."""

    journey: "Journey"
    outcome: Fetched | NetSuiteError | WarehouseError


@dataclass(eq=False)
class Journey:
    """A table on its way. Its steps run in the crew's threads and tell through `hear`; all else is the
    conductor's.

    Args:
        table: The table.
        around: The sync.
        idle: How many of the crew have nothing to do.
        hear: Is told of `Landed` and `Arrived`, from any thread.
    """

    table: Table
    around: Context
    idle: Callable[[], int]
    hear: Callable[[Landed | Arrived], None]
    leg: Leg = Leg.MAIN
    under_way: bool = False
    committed: Committed | None = None
    repaired: tuple[str, ...] = ()
    finished: Read | None = None
    failure: NetSuiteError | WarehouseError | None = None
    count: RequestCount = field(default_factory=RequestCount)
    _plan: LandedPlan | None = None
    _resumed: Resumed = field(default_factory=Resumed)
    _fetch: TableFetch | None = None
    _fetched: Fetched | None = None
    _missing: tuple[str, ...] = ()
    _as_it_was: bool = False
    _read_from: datetime | None = None
    _reports: list[TableReport] = field(default_factory=list)
    _started_at: datetime | None = None

    def __post_init__(self) -> None:
        self._questions = Questions(self.table, self.around, self.count)
        self._arrivals = Arrivals(self.table, self.around)

    # What is there from an interrupted sync

    def look_back(self) -> None:
        """Looks for pages that an interrupted sync has landed; what is of no use any more is removed.

        Raises:
            WarehouseError: The folder cannot be used.
        """
        landing = self.around.landing.table(self.table.name)
        content = landing.plan()
        plan = read_landed_plan(content, self.table) if content is not None else None
        if plan is None or not self._questions.can_go_on_with(plan):
            landing.clear()
            return
        self.leg, self._plan, self._resumed = Leg.FINISH, plan, look_at(plan, landing)

    def goes_with(self, parent: "Journey") -> bool:
        """Whether what an interrupted sync had begun of this table shows the same moment as what there is, or
        was begun, of its parent."""
        if self._plan is None:
            return True
        state = self.around.states.get(parent.table.name)
        begun = parent._plan.cutoff if parent._plan is not None else None
        return self._plan.cutoff in {state.watermark if state else None, begun}

    def forget(self) -> None:
        """Begins anew, whatever an interrupted sync has landed.

        Raises:
            WarehouseError: The folder cannot be used.
        """
        self.around.landing.table(self.table.name).clear()
        self.leg, self._plan, self._resumed = Leg.MAIN, None, Resumed()

    @property
    def full_read_begun(self) -> datetime | None:
        """The cutoff of the full read that an interrupted sync had begun, and that is finished first."""
        plan = self._plan if self.leg == Leg.FINISH else None
        return plan.cutoff if plan is not None and plan.read.mode == "full" else None

    # Setting out

    def read(self, parent_read_full: bool) -> Read:
        """What the main leg would ask for now.

        Args:
            parent_read_full: The parent is read in full in this sync: nobody knows then which of its rows
                changed.
        """
        was_full = self.finished is not None and self.finished.mode == "full"
        return self._questions.read(full=(self.around.request.full or parent_read_full) and not was_full)

    def finish(self) -> list[Step]:
        """Sets out to finish what an interrupted sync had begun."""
        assert self._plan is not None
        return self._begin(self._plan, self._resumed, certain=True)

    def main(self, read: Read, parent: "Journey | None") -> list[Step]:
        """Sets out on this sync's own read."""
        self._set_out()
        if (known := self._questions.likeness(read)) is not None:
            return [Step(lambda: self._guarded(lambda: self._begin_unless_alike(read, known)), 1e6)]
        if read.mode != "children":
            return self._guarded(lambda: self._begin_read(read))
        if (
            parent is not None
            and parent.committed
            and self._questions.is_in_step_with_parent(parent.read_from)
        ):
            changed = tuple(dict.fromkeys([*parent.committed.changed_keys, *parent.repaired]))
            return self._guarded(lambda: self._begin_read(read, among=changed))
        repaired = parent.repaired if parent is not None else ()
        return [Step(lambda: self._guarded(lambda: self._begin_lagging(read, repaired)), 1e6)]

    def sweep(self) -> list[Step]:
        """Sets out to look for rows that NetSuite no longer shows."""
        self._set_out()
        return self._guarded(lambda: self._begin_read(keys_read(self.table)))

    def repair(self) -> list[Step]:
        """Sets out to bring the rows that were found missing here."""
        self._set_out()
        read = rows_read(self.read(parent_read_full=False))
        return self._guarded(lambda: self._begin_read(read, among=self._missing))

    def _set_out(self) -> None:
        self.under_way = True
        self._started_at = utc_now()

    def _guarded(self, begin: Callable[[], list[Step]]) -> list[Step]:
        try:
            return begin()
        except (NetSuiteError, WarehouseError) as error:
            self.hear(Arrived(self, error))
            return []

    def _begin_unless_alike(self, read: Read, known: Likeness) -> list[Step]:
        if self._questions.is_as_it_was(known):
            self._as_it_was = True
            return self._begin_read(rows_read(read), among=())
        return self._begin_read(read)

    def _begin_lagging(self, read: Read, repaired: Sequence[str]) -> list[Step]:
        changed = self._questions.changed_parents()
        return self._begin_read(read, among=tuple(dict.fromkeys([*changed, *repaired])))

    def _begin_read(self, read: Read, among: Sequence[str] | None = None) -> list[Step]:
        plan = self._questions.plan(read, among)
        return self._begin(plan, Resumed(), certain=self._questions.is_certain(read))

    def _begin(self, plan: LandedPlan, resumed: Resumed, *, certain: bool) -> list[Step]:
        if self._started_at is None or not self.under_way:
            self._set_out()
        # What an earlier sync had begun is cut at a second that is long over.
        new = self.leg != Leg.FINISH
        self._fetch = TableFetch(
            plan,
            self.around.landing.table(self.table.name),
            Surroundings(
                asks=self.around.client,
                behind_utc=self.around.clock.behind_utc,
                idle=self.idle,
                begins=self.around.wait_to_begin if new else lambda: None,
                early=Early(self.around.too_early, self._questions.changed_since_cutoff) if new else Early(),
            ),
            Hears(
                landed=lambda path, rows: self.hear(Landed(self, path, rows)),
                fetched=lambda fetched: self.hear(Arrived(self, fetched)),
                failed=lambda error: self.hear(Arrived(self, error)),
            ),
            certain=certain,
            resumed=resumed,
            count=self.count,
        )
        self._arrivals.land(resumed.pages.values())
        return self._fetch.begin()

    # Arriving

    @property
    def read_mode(self) -> str:
        """How the table is read on this leg; `none` before it has set out."""
        return self._fetch.read.mode if self._fetch is not None else "none"

    @property
    def read_from(self) -> datetime | None:
        """The watermark from which the main leg read on, after what was finished first."""
        return self._read_from

    @property
    def is_fetched(self) -> bool:
        """Whether all pages of the leg have landed."""
        return self.under_way and self._fetched is not None

    @property
    def landed_pages(self) -> int:
        """Pages of this leg that are landed and not committed."""
        return self._fetch.landed if self._fetch is not None else len(self._resumed.pages)

    def land(self, path: Path) -> None:
        """Takes note of a landed page."""
        self._arrivals.land([path])

    def arrive(self, fetched: Fetched) -> None:
        """Takes note that all pages are landed."""
        self._fetched = fetched
        self.around.heard(fetched.read.speech)

    def has_batch(self) -> bool:
        """Whether enough pages have landed for it to be worth staging them."""
        return self._arrivals.has_batch()

    def stage(self) -> Loading:
        """Stages what has landed, while the rest is still being asked for.

        Raises:
            WarehouseError: It cannot be staged.
        """
        assert self._fetch is not None
        return self._arrivals.stage(self._fetch.read)

    # Committing

    def commit(
        self,
        connection: duckdb.DuckDBPyConnection,
        *,
        is_parent: bool,
        parent: "Journey | None",
        deletions: Sequence[Deletion] | None,
    ) -> None:
        """Loads and commits the leg, then removes its pages and turns to the next leg.

        Args:
            connection: To the working file.
            is_parent: Children will ask which rows changed.
            parent: For a child whose parent is in the same sync.
            deletions: What NetSuite tells to be deleted; None where it does not tell.

        Raises:
            WarehouseError: What was landed is not fit to be loaded; the table is as it was.
            NetSuiteError: It could not be asked what has become of deleted records.
        """
        fetched = self._fetched
        assert fetched is not None
        loading = self.stage()
        if fetched.read.mode == "keys":
            self._commit_sweep(connection, fetched, loading)
        else:
            self._commit_rows(connection, fetched, loading, is_parent=is_parent, parent=parent)
            if fetched.read.mode == "full":
                self._note_deletions(connection)
            if self.leg == Leg.MAIN:
                self._remove_deleted(connection, fetched, deletions)
        self._arrivals.cast_off()
        self.around.landing.table(self.table.name).clear()
        states = read_states(connection, self.around.request.connection)
        if self.leg == Leg.MAIN:
            before = self.around.states.get(self.table.name)
            self._read_from = before.watermark if before else None
        if self.table.name in states:
            self.around.states[self.table.name] = states[self.table.name]
        self._turn(fetched)

    def _commit_rows(
        self,
        connection: duckdb.DuckDBPyConnection,
        fetched: Fetched,
        loading: Loading,
        *,
        is_parent: bool,
        parent: "Journey | None",
    ) -> None:
        report, committed = commit_table(
            connection,
            self._identity,
            fetched,
            loading,
            previous=self.around.states.get(self.table.name),
            is_parent=is_parent,
            parentage=self._parentage(connection, parent, fetched),
            children=self.around.children(self.table),
            started_at=self._started_at or utc_now(),
            accept_shrink=self.table.name in self.around.request.accept_shrink,
        )
        if self.leg == Leg.REPAIR:
            self.repaired = committed.changed_keys
        else:
            self.committed = committed
        notes = report.notes
        if fetched.resumed:
            notes = (
                *notes,
                f"{fetched.resumed:,} pages were there already from the sync of "
                f"{self._identity.cutoff:%Y-%m-%d %H:%M} UTC, which was interrupted",
            )
        if self._as_it_was:
            notes = (*notes, _AS_IT_WAS)
        self._reports.append(replace(report, notes=notes))

    def _parentage(
        self, connection: duckdb.DuckDBPyConnection, parent: "Journey | None", fetched: Fetched
    ) -> Parentage | None:
        """What is known of the parent: in this sync, or else what an interrupted one has committed of it,
        so that no line comes before its transaction."""
        if parent is None:
            return None
        known = parent.committed.parentage if parent.committed is not None else None
        if known is None and parent.table.name in self.around.states:
            stored = stored_table(parent.table, self.around.request.connection)
            known = Parentage(stored.ref, parent.table.key[0], frozenset())
        landed_before = fetched.resumed == len(fetched.pages)
        if known is None or self.leg != Leg.FINISH or self._plan is None or landed_before:
            return known
        # Pages that are asked for only now may show what happened since the cutoff of then. Where the table
        # has older rows, these wait; where it has none, newer ones are better than a parent without any.
        since = self._questions.parents_changed_since(self._plan.cutoff)
        return replace(known, beyond=known.beyond | self._questions.with_rows_here(connection, since))

    def _commit_sweep(
        self, connection: duckdb.DuckDBPyConnection, fetched: Fetched, loading: Loading
    ) -> None:
        report, swept = commit_sweep(
            connection,
            self._identity,
            fetched,
            loading,
            previous=self.around.states.get(self.table.name),
            children=self.around.children(self.table),
            started_at=self._started_at or utc_now(),
            accept_shrink=self.table.name in self.around.request.accept_shrink,
        )
        self._reports.append(report)
        self._missing = tuple(key[0] for key in swept.missing)

    def _note_deletions(self, connection: duckdb.DuckDBPyConnection) -> None:
        """What was deleted before the cutoff of a full read is gone with it."""
        name, until = self.around.request.connection, self._identity.cutoff
        with transaction(connection):
            note_deletions(connection, name, self.table.name, until)

    def _remove_deleted(
        self, connection: duckdb.DuckDBPyConnection, fetched: Fetched, deletions: Sequence[Deletion] | None
    ) -> None:
        if deletions is None or fetched.read.mode != "changed" or len(self.table.key) > 1:
            return
        removed = remove_deleted(
            connection,
            fetched.read,
            stored_table(self.table, self.around.request.connection),
            deletions,
            self.around.client,
            self.count,
            self.around.children(self.table),
            identity=self.around.identity,
        )
        if not removed.rows and not removed.children:
            return
        report = self._reports[-1]
        along = [f"{rows:,} rows of {name} went along" for name, rows in removed.children.items()]
        note = f"{removed.rows:,} rows were deleted in NetSuite{': ' if along else ''}{', '.join(along)}"
        rows = None if report.rows is None else report.rows - removed.rows
        self._reports[-1] = replace(
            report, rows_deleted=report.rows_deleted + removed.rows, rows=rows, notes=(*report.notes, note)
        )

    @property
    def _identity(self) -> SyncIdentity:
        if self.leg == Leg.FINISH and self._plan is not None:
            return self.around.at(self._plan.cutoff)
        return self.around.identity

    def _turn(self, fetched: Fetched) -> None:
        """To the next leg, with nothing of the last one left."""
        if self.leg == Leg.FINISH:
            self.finished = fetched.read
            self.leg = Leg.MAIN if self._questions.follows_changes else Leg.ENDED
        elif self.leg == Leg.MAIN:
            self.leg = Leg.SWEEP if self._is_to_be_swept(fetched) else Leg.ENDED
        elif self.leg == Leg.SWEEP:
            self.leg = Leg.REPAIR if self._missing else Leg.ENDED
        else:
            self.leg = Leg.ENDED
        self.under_way = False
        self._fetched = self._fetch = self._plan = None
        self._resumed = Resumed()

    def _is_to_be_swept(self, fetched: Fetched) -> bool:
        after = self.around.request.sweep_after
        state = self.around.states[self.table.name]
        if after is None or self._as_it_was or fetched.read.mode != "changed" or len(self.table.key) > 1:
            return False
        seen = max(filter(None, (state.swept_at, state.full_read_at)), default=datetime.min)
        return self.around.identity.started_at - seen >= after

    # Telling

    @property
    def wrote(self) -> bool:
        """Whether this sync changed the table."""
        return any(report.rows_written or report.rows_deleted for report in self._reports)

    def report(self) -> TableReport:
        """What this sync did to the table, all legs together."""
        count = self.count
        return replace(
            together(self._reports),
            requests=count.requests,
            retries=count.retries,
            throttled=count.throttled,
        )

    def fail(self, error: NetSuiteError | WarehouseError) -> None:
        """Ends here. What is committed stays, and so do the pages that are landed, for the next sync to go on
        with, unless it is they that are at fault."""
        if self._fetch is not None:
            self._fetch.abandon()
        self._arrivals.cast_off()
        rows_read = self._fetched.rows if self._fetched is not None else 0
        mode = self.read_mode if self.under_way else "none"
        never_seen = self.table.name not in self.around.states
        if isinstance(error, PermissionDenied) and error.table == self.table.name:
            self._clear()
            if never_seen:
                self._end("none", "absent", notes=(_absent_note(self.table),))
                return
            error = lost_permission(self.table, error, self.around.states[self.table.name].synced_at)
        elif self._is_of_no_use_after(error, mode):
            self._clear()
        self.failure = error
        self._end(mode, "failed", failure=error, rows_read=rows_read)

    @staticmethod
    def _is_of_no_use_after(error: NetSuiteError | WarehouseError, mode: str) -> bool:
        """Whether it is the landed pages that are at fault, or nobody can go on with them: of changes that
        were chosen by a condition which is refused now."""
        if isinstance(error, WarehouseError):
            return isinstance(error, LoadRefused | ShrinkHeldBack)
        return mode == "changed" and is_about_the_statement(error)

    def _clear(self) -> None:
        self.around.landing.table(self.table.name).clear()
        self._fetch, self._resumed = None, Resumed()

    def _end(self, mode: str, status: str, **rest: Any) -> None:
        started = self._started_at or utc_now()
        state = self.around.states.get(self.table.name)
        self._reports.append(
            TableReport(
                table=self.table.name,
                mode=mode,
                status=status,  # type: ignore[arg-type]
                started_at=started,
                seconds=(utc_now() - started).total_seconds(),
                watermark=state.watermark if state else None,
                **rest,
            )
        )
        self.leg = Leg.ENDED
        self.under_way = False
        self._fetched = None  # nothing of it is to be committed any more


_AS_IT_WAS = "read again only when NetSuite's count and checksum of its rows differ from those here"


def _absent_note(table: Table) -> str:
    feature = f", or the feature {table.feature} is off" if table.feature else ""
    return f"this account shows the role no such table (it needs {table.permission.name}{feature})"
