"""What a sync reads of one table: decided from its state, the request, and the read of its parent."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import cast

from netsuite_pipeline.netsuite.errors import NetSuiteError, is_statement_error
from netsuite_pipeline.sync.context import SyncContext
from netsuite_pipeline.sync.landing.hashing import Hashing, read_fingerprint, refuse_unhashed
from netsuite_pipeline.sync.landing.manifest import Manifest, new_manifest
from netsuite_pipeline.sync.load.checksum import TableChecksum, parse_checksum
from netsuite_pipeline.sync.planning.date_range import (
    DateRange,
    plan_range,
    requested_range,
)
from netsuite_pipeline.sync.planning.keys import has_integer_key
from netsuite_pipeline.sync.planning.read_plan import (
    ReadPlan,
    is_reprobe_due,
    plan_read,
    rows_by_key_plan,
    shorter_key,
)
from netsuite_pipeline.sync.scheduling.table_queries import TableQueries
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.state import TableState

_LIST_RESUME_WINDOW = timedelta(hours=1)
_RESUME_WINDOW = timedelta(days=7)
# No later sync resumes a manifest with this watermark: its commit would move the table's watermark.
_NEVER_RESUMED = datetime.max  # noqa: DTZ901 -- naive UTC, like every watermark


@dataclass(frozen=True)
class PlannedRead:
    """A decided read.

    Attributes:
        plan: The read.
        values: Only rows whose `plan.filter_column` has one of these values; None for all rows of the plan.
        unchanged: NetSuite's row count and checksum equal the stored ones, so no row is read.
        notes: Notes for the table's report.
    """

    plan: ReadPlan
    values: tuple[str, ...] | None = None
    unchanged: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Query:
    """A query whose reply decides what is read.

    Attributes:
        run: Sends the query, in a worker thread. Returns the read, or the next query; raises NetSuiteError.
    """

    run: Callable[[], "PlannedRead | Query"]


@dataclass(frozen=True)
class ParentRead:
    """How the same sync reads a table's parent.

    Attributes:
        is_full: All its rows are read, so its changed rows are unknown.
        since: The watermark from which its changes were read.
        changed_keys: Keys of the rows that this sync changed; None before the commit.
        repaired_keys: Keys of the rows that a repair added.
    """

    is_full: bool
    since: datetime | None
    changed_keys: tuple[str, ...] | None
    repaired_keys: tuple[str, ...]


@dataclass
class ReadPlanner:
    """Plans one table's reads.

    Attributes:
        table: The table.
        context: The sync.
        queries: The table's queries; `plan` itself sends none.
        lacks_key: The account lost a part of the key, so all rows are read.
        resumed_full: This sync has committed the full read of an interrupted one.
        unavailable_key: Parts of the key that NetSuite refused before the read, with the reason.
    """

    table: Table
    context: SyncContext
    queries: TableQueries
    lacks_key: bool = False
    resumed_full: bool = False
    unavailable_key: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> TableState | None:
        """The stored state; None before the first sync."""
        return self.context.states.get(self.table.name)

    @property
    def stored_rows(self) -> int:
        """The number of stored rows."""
        return self.state.row_count if self.state is not None else 0

    @property
    def hashing(self) -> Hashing:
        """The hash function of hashed columns."""
        return Hashing(self.context.request.salt)

    @property
    def fingerprint_changed(self) -> bool:
        """Whether key, condition, query, hashed columns or salt differ from those of the stored rows."""
        state = self.state
        return state is not None and (
            self._key_changed or state.read_fingerprint != read_fingerprint(self.table, self.hashing)
        )

    @property
    def _key_changed(self) -> bool:
        state = self.state
        if state is None or not state.stored_key:
            return False
        # A part of the key that the account does not have was never stored.
        return state.stored_key != shorter_key(self.table, state.unavailable_columns)

    @property
    def full_read_reason(self) -> str:
        """Why an incremental table is read in full; empty for a usual full read."""
        if self._key_changed:
            return f"its key is ({', '.join(self.table.key)}) now"
        if self.fingerprint_changed:
            return "its condition, statement, hashed columns or salt changed since the last sync"
        return (self.state.full_because or "") if self.state is not None and self.state.full_wanted else ""

    @property
    def is_incremental(self) -> bool:
        """Whether changes can be read: by the table's own cursor, or by its parent's."""
        return bool(self.table.cursor or self.table.parent)

    def plan(self, parent: ParentRead | None) -> PlannedRead | Query:
        """Return the read, or the query that decides it. Sends no request.

        Args:
            parent: The parent's read; None for a table without parent in this sync.
        """
        read = self.mode_plan(parent)
        due = self._key_parts_to_reprobe()
        if due and read.mode != "full":
            return Query(lambda: self._after_key_query(read, parent, due))
        return self._plan(read, parent)

    def mode_plan(self, parent: ParentRead | None) -> ReadPlan:
        """Return the read without its filter values: full, changes, or children of changed parents.

        Args:
            parent: The parent's read.
        """
        parent_full = parent is not None and parent.is_full
        full = (
            self.context.request.reads_in_full(self.table) or parent_full or self.lacks_key
        ) and not self.resumed_full
        read = self._plan_read(full=full)
        date_range = requested_range(self.context.request)
        # Rows of another fingerprint are useless until all of them are read.
        if date_range is None or parent_full or self.fingerprint_changed:
            return read
        return self._in_range(read, date_range)

    def _plan_read(self, *, full: bool) -> ReadPlan:
        return plan_read(
            self.table,
            self.state,
            full=full or self.fingerprint_changed,
            now=self.context.sync_run.started_at,
            overlap=self.context.request.overlap,
            dialect=self.context.dialect,
        )

    def _in_range(self, read: ReadPlan, date_range: DateRange) -> ReadPlan:
        """Return the read of a date range, for a table that has one; other tables keep their read."""
        request, states, state, reached = self.context.request, self.context.states, self.state, True
        if self.table.parent is not None:
            parent = request.catalogue[self.table.parent.table]
            if parent.cursor is None:
                return read
            in_sync = any(table.name == parent.name for table in request.tables)
            stored = states.get(parent.name)
            reached = not in_sync or (
                stored is not None and stored.watermark == self.context.sync_run.watermark
            )
        elif self.table.cursor is None or self.table.cursor not in read.columns:
            return read
        children = [
            moment
            for table in request.tables
            if table.parent is not None and table.parent.table == self.table.name
            if (stored := states.get(table.name)) is not None and (moment := stored.watermark) is not None
        ]
        return plan_range(
            read,
            date_range,
            self._watermark,
            request.overlap,
            children=children,
            parent_reached=reached,
            null_cursors=state is not None and state.null_cursors,
        )

    def _key_parts_to_reprobe(self) -> tuple[str, ...]:
        """Return the parts of the key that were unavailable and are due for another probe."""
        state = self.state
        if state is None or self.context.request.reads_in_full(self.table):
            return ()
        if not is_reprobe_due(state, self.context.sync_run.started_at):
            return ()
        return tuple(name for name in self.table.key if name in state.unavailable_columns)

    def _after_key_query(
        self, read: ReadPlan, parent: ParentRead | None, due: Sequence[str]
    ) -> PlannedRead | Query:
        """Query the whole key: a feature that is on again brings all its parts back."""
        refusal = self.queries.key_refusal()
        if not refusal:
            return PlannedRead(self._plan_read(full=True))
        self.unavailable_key = dict.fromkeys(due, refusal)
        return self._plan(read, parent)

    def _plan(self, read: ReadPlan, parent: ParentRead | None) -> PlannedRead | Query:
        if (checksum := self.stored_checksum(read)) is not None:
            return Query(lambda: self._unless_unchanged(read, checksum))
        if read.mode != "children":
            return PlannedRead(read)
        changed = parent.changed_keys if parent is not None else None
        repaired = parent.repaired_keys if parent is not None else ()
        since = read.since
        if since is not None:
            more = (*(changed or ()), *repaired)
            return Query(lambda: self._children(read, self.queries.changed_parents(since, read.until), more))
        if parent is not None and changed is not None and self.is_in_step_with_parent(parent.since):
            return self._children(read, changed, repaired)
        return Query(lambda: self._children_since_watermark(read, repaired))

    def stored_checksum(self, read: ReadPlan) -> TableChecksum | None:
        """Return the checksum of a list that may be unchanged; None where it must be read."""
        state = self.state
        if state is None or state.full_wanted or read.mode != "full":
            return None
        if (
            self.context.request.reads_in_full(self.table)
            or self.fingerprint_changed
            or state.missing_rows
            or state.count_difference
        ):
            return None
        stored = parse_checksum(state.checksum)
        return stored if stored is not None and stored.columns == read.result_columns else None

    def _unless_unchanged(self, read: ReadPlan, checksum: TableChecksum) -> PlannedRead:
        try:
            if self.queries.is_unchanged(checksum):
                note = "not read again: its row count and checksum have not changed in NetSuite"
                return PlannedRead(rows_by_key_plan(read), (), unchanged=True, notes=(note,))
        except NetSuiteError as error:
            # The checksum only saves requests: without it the list is read. After a refused sign-in that read
            # fails at once, because the client sends nothing more.
            note = f"read in full, because NetSuite did not return its checksum: {error.message}"
            return PlannedRead(read, notes=(note,))
        return PlannedRead(read)

    def is_in_step_with_parent(self, parent_since: datetime | None) -> bool:
        """Return whether the parent's changes of this sync are all since the child's last read.

        A full read reads parents and children at the same time. A late commit may have reached the parent
        alone, so the sync after a full read queries the whole overlap.

        Args:
            parent_since: The watermark from which the parent was read.
        """
        state = cast(TableState, self.state)  # a table without state is read in full
        was_full = state.full_read_at == state.synced_at
        return parent_since == state.watermark and not was_full

    def _children_since_watermark(self, read: ReadPlan, repaired: Sequence[str]) -> PlannedRead | Query:
        try:
            changed = self.queries.changed_parents(self._since_watermark())
        except NetSuiteError as error:
            if not is_statement_error(error):
                raise
            # The account refuses to filter by the parent's cursor.
            return PlannedRead(replace(read, mode="full", unfiltered=True))
        return self._children(read, changed, repaired)

    def _since_watermark(self) -> datetime:
        return cast(datetime, self._watermark) - self.context.request.overlap

    def _children(self, read: ReadPlan, changed: Sequence[str], more: Sequence[str]) -> PlannedRead | Query:
        """Return the read of the children of some parents, and of those whose rows have a newer timestamp."""
        cursor = self.table.row_cursor
        if cursor is None or (self.state is not None and cursor in self.state.unavailable_columns):
            return PlannedRead(read, _unique([*changed, *more]))
        return Query(lambda: self._with_changed_rows(read, [*changed, *more]))

    def _with_changed_rows(self, read: ReadPlan, parents: Sequence[str]) -> PlannedRead:
        since = read.since or self._since_watermark()
        moved = self.queries.parents_of_changed_rows(read, since, read.until)
        if moved is not None:
            return PlannedRead(read, _unique([*parents, *moved]))
        parent = self.table.parent.table if self.table.parent else "parent"
        note = (
            f"NetSuite refuses to find rows by {self.table.row_cursor}: only a full read finds changed rows "
            f"whose {parent} did not change"
        )
        return PlannedRead(read, _unique(parents), notes=(note,))

    # Manifests

    def manifest(self, planned: PlannedRead) -> Manifest:
        """Return the manifest of a read.

        Raises:
            NetSuiteError: NetSuite does not return the session's time, which the read needs.
            ConfigurationError: The table holds hashes, and the read would bring plain values.
        """
        read = planned.plan
        refuse_unhashed(self.table, self.state, self.context.request.connection)
        manifest = new_manifest(
            self.context.clock.with_offset(read),
            cutoff=self.context.sync_run.cutoff,
            watermark=self._watermark if read.advances_watermark else _NEVER_RESUMED,
            page_rows=self.context.page_rows,
            among=planned.values,
            index_first=self.is_certain(read) and self._is_long(read),
            hashing=self.hashing,
        )
        return replace(manifest, unavailable=self.unavailable_key)

    @property
    def _watermark(self) -> datetime | None:
        return self.state.watermark if self.state is not None else None

    def is_certain(self, read: ReadPlan) -> bool:
        """Return whether all columns of a read are known to be available."""
        if self.state is not None:
            return set(read.result_columns) <= set(self.state.columns)
        unsure = any(column.uncertain for column in self.table.columns if column.name in read.columns)
        return not unsure and not self.table.uncertain and not read.labels

    def _is_long(self, read: ReadPlan) -> bool:
        """Return whether the read is expected to have several pages."""
        if read.mode not in {"full", "keys"} or not has_integer_key(self.table):
            return False
        return self.is_incremental if self.state is None else self.state.row_count > self.context.page_rows

    def can_resume(self, manifest: Manifest) -> bool:
        """Return whether this sync may use the landed pages of an interrupted sync."""
        window = _RESUME_WINDOW if self.is_incremental else _LIST_RESUME_WINDOW
        is_full = manifest.read.mode == "full"
        return (
            manifest.page_rows == self.context.page_rows
            and manifest.watermark == self._watermark
            and self.context.sync_run.cutoff - manifest.cutoff < window
            and manifest.read.mode != "keys"
            and (self.is_incremental or is_full)
            and (is_full or not (self.context.request.reads_in_full(self.table) or self.fingerprint_changed))
            and (manifest.is_complete or bool(manifest.key_ranges))
        )


def _unique(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(keys))
