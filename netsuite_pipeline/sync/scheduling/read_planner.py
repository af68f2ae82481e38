"""What one table asks in a sync: how it is read now, in which places, and who of its parents changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from netsuite_pipeline.netsuite.client import RequestCounts
from netsuite_pipeline.netsuite.errors import (
    PermissionDenied,
    QueryError,
    Unavailable,
    is_statement_error,
)
from netsuite_pipeline.sync.context import SyncContext
from netsuite_pipeline.sync.extract.paginate import read_all_keys
from netsuite_pipeline.sync.landing.hashing import Hashing, read_fingerprint, refuse_unhashed
from netsuite_pipeline.sync.landing.manifest import Manifest, new_manifest
from netsuite_pipeline.sync.load.checksum import TableChecksum, parse_checksum
from netsuite_pipeline.sync.load.cutoff_filter import existing_keys
from netsuite_pipeline.sync.planning.keys import has_integer_key
from netsuite_pipeline.sync.planning.read_plan import (
    Key,
    ReadPlan,
    changed_parents_plan,
    changed_rows_plan,
    is_reprobe_due,
    key_scan_plan,
    plan_read,
    shorter_key,
)
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.schema.schema import present_columns, quoted
from netsuite_pipeline.warehouse.state import TableState

_LISTS_KEEP = timedelta(hours=1)
_OTHERS_KEEP = timedelta(days=7)


@dataclass(frozen=True)
class ReadPlanner:
    """A table's questions.

    Attributes:
        table: The table.
        context: The sync.
        count: Where requests are counted.
    """

    table: Table
    context: SyncContext
    count: RequestCounts

    @property
    def state(self) -> TableState | None:
        """What is known of the table so far."""
        return self.context.states.get(self.table.name)

    @property
    def stored_rows(self) -> int:
        """Rows that the warehouse has of the table."""
        return self.state.row_count if self.state is not None else 0

    @property
    def hashing(self) -> Hashing:
        """With which salt columns are hashed."""
        return Hashing(self.context.request.salt)

    @property
    def asked_differently(self) -> bool:
        """Whether the table was read by another condition or statement, with other columns hashed, or with
        another salt, so that what is stored is of no use."""
        state = self.state
        return state is not None and (
            self._has_another_key or state.read_fingerprint != read_fingerprint(self.table, self.hashing)
        )

    @property
    def _has_another_key(self) -> bool:
        state = self.state
        if state is None or not state.stored_key:
            return False
        # A part of the key that the account does not have was never stored.
        return state.stored_key != shorter_key(self.table, state.unavailable_columns)

    @property
    def read_in_full_because(self) -> str:
        """Why the table is read in full though changes of it could be read; empty where that is as usual."""
        if self._has_another_key:
            return f"its key is ({', '.join(self.table.key)}) now"
        if self.asked_differently:
            return "its condition, statement, hashed columns or salt changed since the last sync"
        return (self.state.full_because or "") if self.state is not None and self.state.full_wanted else ""

    @property
    def is_incremental(self) -> bool:
        """Whether it can be read by what changed, its own rows or its parents'."""
        return bool(self.table.cursor or self.table.parent)

    def read(self, *, full: bool) -> ReadPlan:
        """How the table is read now.

        Args:
            full: Whatever was read before, read all of it.
        """
        return plan_read(
            self.table,
            self.state,
            full=full or self.asked_differently,
            now=self.context.sync_run.started_at,
            overlap=self.context.request.overlap,
            dialect=self.context.dialect,
        )

    @property
    def key_due(self) -> tuple[str, ...]:
        """The parts of the table's key that the account did not have, and that are to be asked for again."""
        state, now = self.state, self.context.sync_run.started_at
        if state is None or self.context.request.full or not is_reprobe_due(state, now):
            return ()
        return tuple(name for name in self.table.key if name in state.unavailable_columns)

    def key_refused(self) -> str:
        """Asks for the whole key of one row.

        Returns:
            Why it is refused; empty if the account has it now.

        Raises:
            NetSuiteError: It is not about the key.
        """
        keys = key_scan_plan(self.table)
        try:
            self.context.client.fetch_page(keys.sql(), limit=1, count=self.count)
        except (QueryError, Unavailable) as error:
            if not is_statement_error(error):
                raise
            return (error.reason if isinstance(error, QueryError) else "") or "refused"
        return ""

    def likeness(self, read: ReadPlan) -> TableChecksum | None:
        """What the table was like when it was last read, for a list that is to be read whole again though
        nothing may have changed in it."""
        if self.state is None or self.state.full_wanted or self.context.request.full or read.mode != "full":
            return None
        if self.asked_differently or self.state.missing_rows or self.state.count_difference:
            return None
        known = parse_checksum(self.state.checksum)
        return known if known is not None and known.columns == read.result_columns else None

    def is_as_it_was(self, known: TableChecksum) -> bool:
        """Asks NetSuite whether a list is as it was.

        Raises:
            NetSuiteError: It does not tell.
        """
        return known.matches(self.context.client.fetch_page(known.asked, count=self.count))

    def plan(self, read: ReadPlan, among: Sequence[str] | None = None) -> Manifest:
        """In which places it is asked for.

        Args:
            read: How it is read.
            among: Only rows whose `read.filter_column` column is one of these.

        Raises:
            NetSuiteError: The session's clock was to be asked, and is not told.
            ConfigurationError: Plain values would come where hashes are stored.
        """
        refuse_unhashed(self.table, self.state, self.context.request.connection)
        return new_manifest(
            self.context.clock.with_offset(read),
            cutoff=self.context.sync_run.cutoff,
            watermark=self.state.watermark if self.state else None,
            page_rows=self.context.page_rows,
            among=among,
            index_first=self.is_certain(read) and self._is_long(read),
            hashing=self.hashing,
        )

    def is_certain(self, read: ReadPlan) -> bool:
        """Whether the columns are known to be there, so that no page need go first to find out."""
        if self.state is not None:
            return set(read.result_columns) <= set(self.state.columns)
        unsure = any(column.uncertain for column in self.table.columns if column.name in read.columns)
        return not unsure and not self.table.uncertain and not read.labels

    def _is_long(self, read: ReadPlan) -> bool:
        """Whether the table is expected to have several pages."""
        if read.mode not in {"full", "keys"} or not has_integer_key(self.table):
            return False
        return self.is_incremental if self.state is None else self.state.row_count > self.context.page_rows

    def can_go_on_with(self, plan: Manifest) -> bool:
        """Whether what an interrupted sync has landed is still of use."""
        keeps = _OTHERS_KEEP if self.is_incremental else _LISTS_KEEP
        return (
            plan.page_rows == self.context.page_rows
            and plan.watermark == (self.state.watermark if self.state else None)
            and self.context.sync_run.cutoff - plan.cutoff < keeps
            and plan.read.mode != "keys"
            and (self.is_incremental or plan.read.mode == "full")
            and (plan.read.mode == "full" or not (self.context.request.full or self.asked_differently))
            and (plan.is_complete or bool(plan.key_ranges))
        )

    def is_in_step_with_parent(self, parent_read_from: datetime | None) -> bool:
        """Whether what changed of the parent in this sync is all that changed since the child was read.

        A full read asks for parents and children at the same time, so of a late commit it may have got the
        parent without its children; hence the next sync asks for the children of the whole overlap.

        Args:
            parent_read_from: The watermark from which the parent was read on.
        """
        assert self.state is not None
        was_full = self.state.full_read_at == self.state.synced_at
        return parent_read_from == self.state.watermark and not was_full

    def changed_parents(self) -> tuple[str, ...]:
        """Asks which parents changed since the child was read, for one that lags behind its parent or is read
        without it.

        Raises:
            NetSuiteError: By kind of failure.
        """
        assert self.table.parent is not None
        assert self.state is not None
        assert self.state.watermark is not None
        parent = self.context.request.catalogue[self.table.parent.table]
        since = self.state.watermark - self.context.request.overlap
        found = self.context.single_flight((parent.name, since), lambda: self._keys_since(parent, since))
        return tuple(key[0] for key in found)

    def finds_changed_rows(self) -> bool:
        """Return whether rows that changed below an unchanged parent can be asked for, as far as is known."""
        cursor = self.table.row_cursor
        return cursor is not None and (self.state is None or cursor not in self.state.unavailable_columns)

    def parents_of_changed_rows(self, read: ReadPlan) -> tuple[str, ...] | None:
        """Ask which parents have rows whose own stamp moved; NetSuite may leave the parent's stamp as it is
        (dbt_netsuite#142).

        Checksums by key range, which find what no stamp tells, would add the parents of the ranges that
        differ to what this returns.

        Args:
            read: How the table is read: in a span of time, or since its watermark.

        Returns:
            The parents' keys, as text; None where NetSuite refuses the question.

        Raises:
            NetSuiteError: NetSuite does not answer.
        """
        assert self.state is not None or read.since is not None
        since, until = read.since, read.until
        if since is None:
            assert self.state is not None
            assert self.state.watermark is not None
            since = self.state.watermark - self.context.request.overlap
        self.context.wait_for_start()
        clock = self.context.clock
        for distinct in (True, False):
            asked = clock.with_offset(changed_rows_plan(read, since, until, distinct=distinct))
            try:
                found = read_all_keys(asked, self.context.client, self.count, clock.utc_offset)
            except (QueryError, Unavailable) as error:
                if not is_statement_error(error):
                    raise
                if isinstance(error, QueryError) and error.column == self.table.row_cursor:
                    return None
            else:
                return tuple(dict.fromkeys(key[0] for key in found))
        return None

    def parents_changed_since(self, moment: datetime) -> frozenset[str]:
        """Asks which parents changed after a moment (UTC); none where NetSuite does not tell.

        A parent whose stamp is wrong, in the future, is none of them: it does not wait either.

        Raises:
            NetSuiteError: NetSuite does not answer.
        """
        assert self.table.parent is not None
        parent = self.context.request.catalogue[self.table.parent.table]
        try:
            found = self._keys_since(parent, moment + timedelta(seconds=1), self.context.deferral_limit())
        except (PermissionDenied, QueryError):
            return frozenset()
        return frozenset(key[0] for key in found)

    def with_rows_here(
        self, connection: duckdb.DuckDBPyConnection, parents: frozenset[str]
    ) -> frozenset[str]:
        """Those of some parents of which the table has rows.

        Args:
            connection: To the working file.
            parents: Their keys, as text.
        """
        assert self.table.parent is not None
        schema = self.context.request.connection
        if not parents or not present_columns(connection, schema, self.table.name):
            return frozenset()
        stored = f"{quoted(schema)}.{quoted(self.table.name)}"
        return existing_keys(connection, stored, self.table.parent.column, parents)

    def changed_since_cutoff(self) -> tuple[Key, ...] | None:
        """Asks for the keys of the rows, or of their parents, that changed in the second of the cutoff or
        since; None where NetSuite does not tell.

        Raises:
            NetSuiteError: NetSuite does not answer.
        """
        request = self.context.request
        table = request.catalogue.get(self.table.parent.table) if self.table.parent else self.table
        if table is None or table.cursor is None:
            return None
        try:
            return self._keys_since(table, self.context.sync_run.cutoff, self.context.deferral_limit())
        except (PermissionDenied, QueryError):
            return None

    def _keys_since(self, table: Table, since: datetime, until: datetime | None = None) -> tuple[Key, ...]:
        clock = self.context.clock
        read = clock.with_offset(
            changed_parents_plan(table, since, self.context.dialect, timedelta(0), until)
        )
        return read_all_keys(read, self.context.client, self.count, clock.utc_offset)
