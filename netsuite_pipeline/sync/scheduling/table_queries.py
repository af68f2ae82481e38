"""The queries to NetSuite that decide what is read of one table, or confirm what was read."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from netsuite_pipeline.netsuite.errors import NetSuiteError, PermissionDenied, QueryError, is_statement_error
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.sync.context import SyncContext
from netsuite_pipeline.sync.load.checksum import TableChecksum
from netsuite_pipeline.sync.planning.read_plan import Key, ReadPlan, changed_rows_plan, key_scan_plan
from netsuite_pipeline.tables import Parent, Table


@dataclass(frozen=True)
class TableQueries:
    """One table's queries. Every method sends at least one request, and raises NetSuiteError.

    Attributes:
        table: The table.
        context: The sync.
        count: The table's request counts.
    """

    table: Table
    context: SyncContext
    count: RequestCounts

    @property
    def parent(self) -> Table:
        """The table's parent, from the catalogue."""
        return self.context.request.catalogue[cast(Parent, self.table.parent).table]

    def key_refusal(self) -> str:
        """Select the whole key of one row.

        Returns:
            NetSuite's reason to refuse a part of the key; empty if the account has all parts.
        """
        try:
            self.context.client.fetch_page(key_scan_plan(self.table).sql(), limit=1, count=self.count)
        except NetSuiteError as error:
            if not is_statement_error(error):
                raise
            return (error.reason if isinstance(error, QueryError) else "") or "refused"
        return ""

    def is_unchanged(self, stored: TableChecksum) -> bool:
        """Return whether NetSuite's row count and checksum equal the stored ones."""
        return stored.matches(self.context.client.fetch_page(stored.asked, count=self.count))

    def changed_parents(self, since: datetime, until: datetime | None = None) -> tuple[str, ...]:
        """Return the keys of the parents changed from `since` (UTC) to before `until`.

        The children of one parent share the query.
        """
        found = self.context.single_flight(
            (self.parent.name, since, until),
            lambda: self.context.changed_keys(self.parent, since, until, self.count),
        )
        return tuple(key[0] for key in found)

    def parents_of_changed_rows(
        self, read: ReadPlan, since: datetime, until: datetime | None
    ) -> tuple[str, ...] | None:
        """Return the keys of the parents of rows whose own timestamp lies in a range (UTC).

        NetSuite may leave the parent's timestamp as it is when a line changes (dbt_netsuite#142). Checksums
        by key range would find rows that change without a timestamp; their parents belong here too.

        Returns:
            The parents' keys, as text; None where NetSuite refuses the query.
        """
        self.context.wait_for_start()
        for distinct in (True, False):
            plan = changed_rows_plan(read, since, until, distinct=distinct)
            try:
                found = self.context.all_keys(plan, self.count)
            except NetSuiteError as error:
                if not is_statement_error(error):
                    raise
                if isinstance(error, QueryError) and error.column == self.table.row_cursor:
                    return None
            else:
                return tuple(dict.fromkeys(key[0] for key in found))
        return None

    def parents_changed_after(self, moment: datetime) -> frozenset[str]:
        """Return the keys of the parents changed after a moment (UTC); empty where NetSuite refuses.

        Parents with a timestamp beyond the deferral limit are not among them.
        """
        found = self._changed_since(self.parent, moment + timedelta(seconds=1))
        return frozenset(key[0] for key in found or ())

    def changed_since_cutoff(self) -> tuple[Key, ...] | None:
        """Return the keys of rows, or of their parents, changed in the cutoff's second or later.

        Returns:
            The keys; None where NetSuite refuses the query.
        """
        table = self.parent if self.table.parent is not None else self.table
        return self._changed_since(table, self.context.sync_run.cutoff) if table.cursor is not None else None

    def _changed_since(self, table: Table, since: datetime) -> tuple[Key, ...] | None:
        """Return the keys of the rows changed since a moment (UTC); None where NetSuite refuses."""
        try:
            return self.context.changed_keys(table, since, self.context.deferral_limit(), self.count)
        except (PermissionDenied, QueryError):
            return None
