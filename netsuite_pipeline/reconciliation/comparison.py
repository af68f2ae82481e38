"""One published file compared with NetSuite: the documents and rows that differ, without changes to come."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import duckdb

from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import NetSuiteError, PermissionDenied, is_statement_error
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.reconciliation.compared_table import ComparedTable, compared_tables
from netsuite_pipeline.reconciliation.differences import (
    NOT_STORED,
    Consolidation,
    Difference,
    TableResult,
)
from netsuite_pipeline.reconciliation.ledger.check import LedgerCheck
from netsuite_pipeline.reconciliation.ledger.consolidation import ConsolidationCheck
from netsuite_pipeline.reconciliation.ledger.periods import Period, due_periods, posting_periods
from netsuite_pipeline.reconciliation.ledger.statements import (
    DOCUMENTS,
    LINES,
    PERIODS,
    POSTINGS,
    LedgerStatements,
)
from netsuite_pipeline.reconciliation.pending import PendingChanges, StampsRefused
from netsuite_pipeline.reconciliation.rows.check import RowCheck, RowDifference, TooManyRows
from netsuite_pipeline.tables import Table


@dataclass(frozen=True)
class ReconcileRequest:
    """What is compared.

    Attributes:
        tables: The tables.
        catalogue: All known tables by name.
        connection: The connection's name: the schema of its tables.
        marts: The schema of the finance marts; empty for a connection without them.
        ledger: Whether the ledger is compared; None for whether `transactionaccountingline` is selected.
    """

    tables: tuple[Table, ...]
    catalogue: Mapping[str, Table]
    connection: str
    marts: str = ""
    ledger: bool | None = None

    @property
    def compares_ledger(self) -> bool:
        """Whether the ledger is compared."""
        return any(table.name == POSTINGS for table in self.tables) if self.ledger is None else self.ledger


@dataclass
class Found:
    """What differs.

    Attributes:
        documents: Transactions whose postings may differ.
        rows: The rows that differ, by table.
        whole_tables: Tables of which more rows differ than are named.
        is_confirmed: No change to come is among them; False where NetSuite refuses to show the stamps.
    """

    documents: frozenset[int] = frozenset()
    rows: dict[str, list[RowDifference]] = field(default_factory=dict)
    whole_tables: set[str] = field(default_factory=set)
    is_confirmed: bool = True


@dataclass
class Comparison:
    """The comparison of one published file.

    Attributes:
        request: What is compared.
        connection: To the published file.
        client: The client; one request is sent at a time.
        count: Counts the requests.
        started_at: The start of the reconciliation, UTC. Rows that were marked as missing before stay out.
        tables: The stored tables by name.
        results: How each selected table was compared, after `find`.
        ledger_not_compared: Why the ledger was not compared, in words; empty where it was.
        ledger_requests: The requests of its comparison.
        periods_checked: The periods whose sums were compared.
        equal_periods: Those whose sums are equal.
        periods_unchanged: Closed periods that were not compared again.
    """

    request: ReconcileRequest
    connection: duckdb.DuckDBPyConnection
    client: NetSuiteClient
    count: RequestCounts
    started_at: datetime
    tables: dict[str, ComparedTable] = field(init=False)
    results: list[TableResult] = field(default_factory=list)
    ledger_not_compared: str = ""
    ledger_requests: int = 0
    periods_checked: list[Period] = field(default_factory=list)
    equal_periods: list[Period] = field(default_factory=list)
    periods_unchanged: int = 0

    def __post_init__(self) -> None:
        catalogue = self.request.catalogue.values()
        self.tables = compared_tables(self.connection, self.request.connection, catalogue, self.started_at)
        statements = LedgerStatements.of(self.tables)
        self.ledger: LedgerCheck | None = None
        if statements is not None:
            self.connection.execute(statements.our_view())
            self.ledger = LedgerCheck(statements, self.connection, self.client, self.count)

    @property
    def selected(self) -> list[ComparedTable]:
        """The selected tables that are stored."""
        return [self.tables[table.name] for table in self.request.tables if table.name in self.tables]

    # Find

    def find(self, reconciled: Mapping[int, str]) -> Found:
        """Return what differs, changes to come included.

        Args:
            reconciled: The digests of periods that equalled NetSuite before.

        Raises:
            NetSuiteError: NetSuite refuses the sign-in, or cannot be reached.
        """
        found = Found()
        if self.request.compares_ledger:
            before = self.count.requests
            self._find_documents(found, reconciled)
            self.ledger_requests = self.count.requests - before
        for each in self.request.tables:
            if each.name in self.tables:
                self._find_rows(found, self.tables[each.name])
            else:
                self.results.append(TableResult(each.name, not_compared=NOT_STORED))
        return found

    def _find_documents(self, found: Found, reconciled: Mapping[int, str]) -> None:
        if self.ledger is None:
            self.ledger_not_compared = "its tables are not stored, or lack columns"
            return
        periods = posting_periods(
            self.connection, self.ledger.statements, self.tables.get(PERIODS), self.started_at
        )
        due = due_periods(periods, reconciled)
        self.periods_unchanged = len(periods) - len(due)
        documents: set[int] = set()
        for period in due:
            try:
                differing = self.ledger.documents_of(period.id)
            except TooManyRows:
                # A full read of these tables costs less than the comparison of more periods.
                found.whole_tables |= {DOCUMENTS, LINES, POSTINGS} & self.tables.keys()
                self.periods_checked.append(period)
                break
            except NetSuiteError as error:
                if not _is_about_table(error):
                    raise
                self.ledger_not_compared = error.message
                return
            documents |= differing
            self.periods_checked.append(period)
            if not differing:
                self.equal_periods.append(period)
        found.documents = frozenset(documents)

    def consolidation(self) -> Consolidation:
        """Compare the consolidated figures of the current period, after `find`.

        Raises:
            NetSuiteError: NetSuite refuses the sign-in, or cannot be reached.
        """
        if self.ledger is None or self.ledger_not_compared:
            return Consolidation(not_compared="the ledger is not compared")
        check = ConsolidationCheck(
            self.ledger.statements,
            self.connection,
            self.client,
            self.count,
            self.tables,
            self.request.marts,
            self.started_at,
        )
        differing = {period.id for period in self.periods_checked} - {each.id for each in self.equal_periods}
        return check.compare(differing)

    def _find_rows(self, found: Found, table: ComparedTable) -> None:
        check, before = self._check(table), self.count.requests
        why = ""
        try:
            rows = check.find()
        except TooManyRows:
            found.whole_tables.add(table.name)
        except NetSuiteError as error:
            if not _is_about_table(error):
                raise
            why = error.message
        else:
            if rows:
                found.rows[table.name] = rows
        here, there = (None, None) if why else (check.rows_here, check.rows_netsuite)
        requests = self.count.requests - before
        self.results.append(TableResult(table.name, here, there, requests, why, check.note, table.skipped))

    def _check(self, table: ComparedTable) -> RowCheck:
        return RowCheck(table, self.connection, self.client, self.count)

    # Changes to come

    def without_pending(self, found: Found) -> Found:
        """Return what differs without the changes that the next sync reads.

        Rows of lists stay, because stamps do not show all of their changes.

        Raises:
            NetSuiteError: By kind of failure.
        """
        try:
            return self._without_pending(found)
        except StampsRefused:
            documents = frozenset(
                int(row.value)
                for name, rows in found.rows.items()
                for row in rows
                if self._is_of_document(name) and row.value
            )
            return replace(found, documents=found.documents | documents, is_confirmed=False)

    def _without_pending(self, found: Found) -> Found:
        rows = {name: list(each) for name, each in found.rows.items()}
        documents = {str(document) for document in found.documents}
        for name, tables in self._families(rows).items():
            root = self.tables[name]
            values = {row.value for table in tables for row in rows[table.name]}
            if root.name == DOCUMENTS:
                values |= documents
            pending = self._pending(root, values)
            documents -= pending if root.name == DOCUMENTS else frozenset()
            for table in tables:
                rows[table.name] = [row for row in rows[table.name] if row.value not in pending]
        if documents and DOCUMENTS in self.tables and not any(self._is_of_document(name) for name in rows):
            documents -= self._pending(self.tables[DOCUMENTS], documents)
        kept = {name: each for name, each in rows.items() if each}
        # Rows show faults in closed periods, too, whose sums are not compared each time.
        documents |= {row.value for name, each in kept.items() if self._is_of_document(name) for row in each}
        return Found(frozenset(int(id) for id in documents if id), kept, found.whole_tables)

    def _families(self, names: Iterable[str]) -> dict[str, list[ComparedTable]]:
        """Return the tables by the name of the table whose stamps show their changes: mostly their parent."""
        families: dict[str, list[ComparedTable]] = {}
        for name in names:
            table = self.tables[name]
            parent = table.spec.parent.table if table.spec.parent is not None else name
            if parent in self.tables and not table.is_read_in_full:
                families.setdefault(parent, []).append(table)
        return families

    def _pending(self, root: ComparedTable, values: Collection[str]) -> frozenset[str]:
        children = [
            table
            for table in self.tables.values()
            if table.spec.parent is not None and table.spec.parent.table == root.name
        ]
        return PendingChanges(self.connection, self.client, self.count).among(
            root, sorted(value for value in values if value), children
        )

    def _is_of_document(self, name: str) -> bool:
        parent = self.tables[name].spec.parent
        return name == DOCUMENTS or (parent is not None and parent.table == DOCUMENTS)

    # Compare again

    def ledger_differences(self, documents: Collection[int]) -> list[Difference]:
        """Return the amounts of some documents that differ.

        Raises:
            NetSuiteError: By kind of failure.
        """
        return self.ledger.compare(documents) if self.ledger is not None and documents else []

    def differing_rows(self, rows: Mapping[str, Collection[RowDifference]]) -> dict[str, list[RowDifference]]:
        """Return which rows still differ among those with the same filter values, by table.

        Raises:
            NetSuiteError: By kind of failure.
        """
        found = {}
        for name, each in rows.items():
            table = self.tables.get(name)
            if table is not None:
                values = tuple(dict.fromkeys(row.value for row in each if row.value))
                found[name] = self._check(table).compare(values)
        return found

    def differs(self, name: str) -> bool:
        """Return whether any row of a table differs.

        Raises:
            NetSuiteError: By kind of failure.
        """
        table = self.tables.get(name)
        try:
            return table is None or bool(self._check(table).find())
        except TooManyRows:
            return True


def _is_about_table(error: NetSuiteError) -> bool:
    return isinstance(error, PermissionDenied) or is_statement_error(error)
