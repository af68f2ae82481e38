"""One reconciliation from end to end: compare, read again what differs, compare again, record, report."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime

import duckdb

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import NetSuiteError
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.reconciliation.compared_table import compared_tables
from netsuite_pipeline.reconciliation.comparison import Comparison, Found, ReconcileRequest
from netsuite_pipeline.reconciliation.differences import (
    STILL_MISSING,
    ClosedPeriods,
    Difference,
    LedgerResult,
    PeriodResult,
    ReconcileReport,
    RepairRequest,
    TableResult,
    document_of,
)
from netsuite_pipeline.reconciliation.ledger.closed_periods import watch_closed_periods
from netsuite_pipeline.reconciliation.ledger.periods import (
    ensure_reconciliation,
    reconciled_digests,
    record_reconciled,
)
from netsuite_pipeline.reconciliation.ledger.statements import (
    DOCUMENTS,
    LINES,
    PERIODS,
    POSTINGS,
    LedgerStatements,
)
from netsuite_pipeline.reconciliation.rows.check import RowDifference
from netsuite_pipeline.reconciliation.rows.stored_values import Values, differing_values, stored_values
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.rows.missing_rows import count_missing
from netsuite_pipeline.warehouse.schema.schema import StoredTable, column_values, of_table
from netsuite_pipeline.warehouse.store import Store
from netsuite_pipeline.warehouse.transactions import transaction, translate_errors

_OF_DOCUMENT = (DOCUMENTS, LINES, POSTINGS)
_MOST_MISSING = 100  # rows without evidence of deletion that are named, of each table
_TOO_MANY = "more rows differ than are named, so the table was read in full"

Repair = Callable[[RepairRequest], int]
"""Reads rows again by a sync that publishes; returns its number of requests. May raise NetSuiteError or
WarehouseError."""


@dataclass
class Reconciliation:
    """One reconciliation of one connection.

    Attributes:
        client: The client of the connection's role. One request is sent at a time.
        warehouse: The warehouse.
        request: What is compared.
        repair: Reads rows again.

    Example:
        >>> report = Reconciliation(client, warehouse, request, repair).run()  # doctest: +SKIP
        >>> report.differences                                                 # doctest: +SKIP
    """

    client: NetSuiteClient
    warehouse: Store
    request: ReconcileRequest
    repair: Repair
    _count: RequestCounts = field(default_factory=RequestCounts)
    _started_at: datetime = field(default_factory=utc_now)
    _repair_requests: int = 0
    _notes: list[str] = field(default_factory=list)
    _missing: dict[str, int] = field(default_factory=dict)

    def run(self) -> ReconcileReport:
        """Compare, repair, compare again, and record what equals NetSuite.

        Raises:
            NetSuiteError: NetSuite refuses the sign-in, or cannot be reached.
            WarehouseError: There is no published file, or the working file cannot be used.
        """
        with translate_errors():
            return self._run()

    def _run(self) -> ReconcileReport:
        now, schema = self._started_at, self.request.connection
        reconciled = self._reconciled()
        with self.warehouse.published() as connection:
            first = self._comparison(connection)
            missing = self._known_missing(first)
            at_first = first.find(reconciled)
            found = first.without_pending(at_first)
            differences = first.ledger_differences(found.documents)
            before = _stored(first, found)
            consolidation = first.consolidation() if self.request.compares_ledger else None
        unsure = {
            name: rows
            for name, rows in found.rows.items()
            if first.tables[name].is_read_in_full or not found.is_confirmed
        }
        if unsure or (differences and not found.is_confirmed):
            differences = self._keep_lasting(found, unsure, differences)
        differences = self._repaired(found, differences, before)
        with self.warehouse.working() as connection, transaction(connection):
            ensure_reconciliation(connection)
            record_reconciled(connection, schema, first.equal_periods, now)
            closed: ClosedPeriods | None = None
            tables = compared_tables(connection, schema, self.request.catalogue.values())
            statements = LedgerStatements.of(tables)
            if statements is not None and PERIODS in tables and self.request.compares_ledger:
                closed = watch_closed_periods(connection, statements, tables[PERIODS], now)
        return ReconcileReport(
            differences=(*differences, *missing),
            tables=tuple(_table_results(first, at_first, found, differences, self._missing)),
            ledger=_ledger_result(first, differences) if self.request.compares_ledger else None,
            requests=self._count.requests + self._repair_requests,
            consolidation=consolidation,
            closed_periods=closed,
            notes=tuple(self._notes),
        )

    def _reconciled(self) -> Mapping[int, str]:
        self.warehouse.prepare(self.request.connection)
        with self.warehouse.working() as connection, transaction(connection):
            connection.execute("CREATE SCHEMA IF NOT EXISTS _netsuite")
            ensure_reconciliation(connection)
            return reconciled_digests(connection, self.request.connection)

    def _known_missing(self, first: Comparison) -> list[Difference]:
        """Return the rows that an earlier sync marked as missing; they stay out of the comparison."""
        found = []
        for table in first.selected:
            self._missing[table.name] = count_missing(
                first.connection, StoredTable(table.schema, table.name, (), ())
            )
            where = f"{of_table(table.schema, table.name)} AND missing_with IS NULL"
            keys = column_values(
                first.connection,
                f"SELECT key FROM _netsuite.missing_rows WHERE {where} ORDER BY key LIMIT {_MOST_MISSING}",
            )
            found += [
                Difference(table.name, document_of(key), here="a row", key=key, note=STILL_MISSING)
                for key in keys
            ]
        return found

    # Confirm

    def _keep_lasting(
        self, found: Found, unsure: Mapping[str, list[RowDifference]], differences: list[Difference]
    ) -> list[Difference]:
        """Sync what differs, and keep only what NetSuite shows as before and still differs.

        Every sync reads lists in full, so what changed since the last one is no fault. Stamps do not show it:
        a balance or a stock changes without one.

        Returns:
            The differences of the ledger that are kept.
        """
        tables = [*unsure, *(_OF_DOCUMENT if not found.is_confirmed else ())]
        rows = {name: () for name in tables if name in self.request.catalogue}
        if not self._run_repair(RepairRequest(rows=rows)):
            for name in unsure:
                del found.rows[name]
            return differences if found.is_confirmed else []
        with self.warehouse.published() as connection:
            second = self._comparison(connection)
            for name, each in second.differing_rows(unsure).items():
                lasting = {(row.key, row.netsuite) for row in each}
                found.rows[name] = [row for row in unsure[name] if (row.key, row.netsuite) in lasting]
                if not found.rows[name]:
                    del found.rows[name]
            if found.is_confirmed:
                return differences
            shown = {(_identity(each), each.netsuite) for each in second.ledger_differences(found.documents)}
            return [each for each in differences if (_identity(each), each.netsuite) in shown]

    def _comparison(self, connection: duckdb.DuckDBPyConnection) -> Comparison:
        return Comparison(self.request, connection, self.client, self._count, self._started_at)

    # Repair

    def _repaired(
        self, found: Found, differences: list[Difference], before: Mapping[str, Mapping[str, Values]]
    ) -> list[Difference]:
        """Read again what differs, and return all differences, each with whether it is gone."""
        request = _repair_request(self.request, found, {each.document for each in differences})
        if not request.tables:
            return []
        tried = self._run_repair(request)
        with self.warehouse.published() as connection:
            second = self._comparison(connection)
            lasting = {_identity(each) for each in second.ledger_differences(found.documents)}
            named = {str(each.document) for each in differences}
            rows = {
                name: [row for row in each if not (name in _OF_DOCUMENT and row.value in named)]
                for name, each in found.rows.items()
            }
            still = second.differing_rows(rows)
            repaired = {_identity(each) for each in differences} - lasting if tried else set()
            result = list(_with_repair(differences, repaired, tried=tried))
            for name, each in rows.items():
                keys = {row.key for row in each}
                after = stored_values(connection, second.tables[name], keys) if name in second.tables else {}
                left = {row.key for row in still.get(name, ())}
                result += [
                    _row_difference(row, before.get(name, {}), after, repaired=tried and row.key not in left)
                    for row in each
                ]
            result += [
                Difference(name, None, repaired=tried and not second.differs(name), note=_TOO_MANY)
                for name in sorted(found.whole_tables)
            ]
        return result

    def _run_repair(self, request: RepairRequest) -> bool:
        try:
            self._repair_requests += self.repair(request)
        except (NetSuiteError, WarehouseError) as error:
            self._notes.append(f"What differs could not be read again: {error.message}")
            return False
        return True


def _table_results(
    first: Comparison,
    at_first: Found,
    found: Found,
    differences: Sequence[Difference],
    missing: Mapping[str, int],
) -> Iterator[TableResult]:
    """Yield how each table was compared, with its rows that differed.

    Args:
        first: The first comparison.
        at_first: What differed, changes to come included.
        found: What differed without them.
        differences: The differences that are reported.
        missing: The number of rows that an earlier sync marked as missing, by table.
    """
    as_amounts = {str(each.document) for each in differences if each.account is not None}
    for result in first.results:
        rows = found.rows.get(result.table, [])
        documents = {row.value for row in rows} & as_amounts if result.table in _OF_DOCUMENT else set()
        yield replace(
            result,
            pending=len(at_first.rows.get(result.table, [])) - len(rows),
            differing=len(rows),
            missing=missing.get(result.table, 0),
            documents=tuple(sorted(map(document_of, documents), key=str)),
        )


def _ledger_result(first: Comparison, differences: Sequence[Difference]) -> LedgerResult:
    documents: defaultdict[tuple[int, int | None], set[object]] = defaultdict(set)
    for each in differences:
        if each.period is not None:
            documents[each.period, each.accounting_book].add(each.document)
    names = {period.id: period.name for period in first.periods_checked}
    compared = [(period.id, book) for period in first.periods_checked for book in period.books or (None,)]
    # A document may also differ in a period that was not due.
    places = dict.fromkeys([*compared, *documents])
    return LedgerResult(
        periods=tuple(
            PeriodResult(period, names.get(period, ""), book, len(documents[period, book]))
            for period, book in places
        ),
        periods_checked=len(first.periods_checked),
        periods_unchanged=first.periods_unchanged,
        requests=first.ledger_requests,
        not_compared=first.ledger_not_compared,
    )


def _stored(comparison: Comparison, found: Found) -> dict[str, dict[str, Values]]:
    return {
        name: stored_values(comparison.connection, comparison.tables[name], {row.key for row in rows})
        for name, rows in found.rows.items()
    }


def _repair_request(request: ReconcileRequest, found: Found, documents: Collection[object]) -> RepairRequest:
    """Return what a sync reads again: a document with all its lines, any other row alone.

    Rows of a table without cursor and parent can only be read together.
    """
    rows: dict[str, list[str]] = {}
    full = set(found.whole_tables)
    ids = [str(document) for document in documents]
    for name in _OF_DOCUMENT:
        if ids and name in request.catalogue:
            rows[name] = list(ids)
    for name, differing in found.rows.items():
        spec = request.catalogue[name]
        values = [row.value for row in differing if row.value]
        if (spec.cursor is None and spec.parent is None) or len(values) < len(differing):
            full.add(name)
        else:
            rows.setdefault(name, []).extend(values)
    kept = {name: tuple(dict.fromkeys(keys)) for name, keys in rows.items() if name not in full}
    return RepairRequest(kept, frozenset(full))


def _identity(each: Difference) -> tuple[object, ...]:
    return each.document, each.period, each.account, each.accounting_book, each.subsidiary


def _with_repair(
    differences: Sequence[Difference], repaired: Set[object], *, tried: bool
) -> Iterator[Difference]:
    """Yield the differences of amounts after the repair.

    Args:
        differences: The differences.
        repaired: The identities of those that are gone.
        tried: The documents were read again.
    """
    shown = {each.document for each in differences if each.netsuite is not None}
    for each in differences:
        is_kept = tried and _identity(each) not in repaired and each.document not in shown
        yield replace(
            each, repaired=_identity(each) in repaired, note=STILL_MISSING if is_kept else each.note
        )


def _row_difference(
    row: RowDifference, before: Mapping[str, Values], after: Mapping[str, Values], *, repaired: bool
) -> Difference:
    if repaired:
        here, netsuite = differing_values(before.get(row.key), after.get(row.key))
    else:
        here = "a row" if row.here else None
        netsuite = ("another row" if row.here else "a row") if row.netsuite else None
    note = STILL_MISSING if not repaired and netsuite is None else ""
    document = document_of(row.value if row.table in _OF_DOCUMENT else row.key)
    return Difference(
        row.table, document, here=here, netsuite=netsuite, repaired=repaired, key=row.key, note=note
    )
