"""One reconciliation from end to end: compare, read again what differs, compare again, record, report."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
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
    DELETED,
    STILL_MISSING,
    ClosedPeriods,
    Difference,
    ReconcileReport,
    RepairRequest,
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
    OF_DOCUMENT,
    PERIODS,
    LedgerStatements,
)
from netsuite_pipeline.reconciliation.record_evidence import RecordEvidence
from netsuite_pipeline.reconciliation.results import (
    identity,
    ledger_result,
    row_difference,
    table_results,
    with_repair,
)
from netsuite_pipeline.reconciliation.rows.check import RowDifference
from netsuite_pipeline.reconciliation.rows.stored_values import Values, stored_values
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.rows.missing_rows import count_missing
from netsuite_pipeline.warehouse.schema.schema import StoredTable, column_values, of_table
from netsuite_pipeline.warehouse.store import Store
from netsuite_pipeline.warehouse.transactions import transaction, translate_errors

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
            marked = {
                table.name: count_missing(connection, StoredTable(schema, table.name, (), ()))
                for table in first.selected
            }
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
        differences = self._repaired(found, differences, missing, before)
        with self.warehouse.working() as connection, transaction(connection):
            ensure_reconciliation(connection)
            record_reconciled(connection, schema, first.equal_periods, now)
            closed: ClosedPeriods | None = None
            tables = compared_tables(connection, schema, self.request.catalogue.values())
            statements = LedgerStatements.of(tables)
            if statements is not None and PERIODS in tables and self.request.compares_ledger:
                closed = watch_closed_periods(connection, statements, tables[PERIODS], now)
        return ReconcileReport(
            differences=tuple(differences),
            tables=tuple(table_results(first, at_first, found, differences, marked)),
            ledger=ledger_result(first, differences) if self.request.compares_ledger else None,
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
        tables = [*unsure, *(OF_DOCUMENT if not found.is_confirmed else ())]
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
            shown = {(identity(each), each.netsuite) for each in second.ledger_differences(found.documents)}
            return [each for each in differences if (identity(each), each.netsuite) in shown]

    def _comparison(self, connection: duckdb.DuckDBPyConnection) -> Comparison:
        return Comparison(self.request, connection, self.client, self._count, self._started_at)

    # Repair

    def _repaired(
        self,
        found: Found,
        differences: list[Difference],
        missing: Sequence[Difference],
        before: Mapping[str, Mapping[str, Values]],
    ) -> list[Difference]:
        """Read again what differs, and return all differences, each with whether it is gone."""
        documents = {each.document for each in differences}
        deleted = self._deleted(found, differences, missing)
        request = _repair_request(self.request, found, documents, deleted)
        if not request.tables:
            return list(missing)
        tried = self._run_repair(request)
        with self.warehouse.published() as connection:
            second = self._comparison(connection)
            lasting = {identity(each) for each in second.ledger_differences(found.documents)}
            named = {str(document) for document in documents}
            rows = {
                name: [row for row in each if not (name in OF_DOCUMENT and row.value in named)]
                for name, each in found.rows.items()
            }
            still = second.differing_rows(rows)
            repaired = {identity(each) for each in differences} - lasting if tried else set()
            result = list(with_repair(differences, repaired, deleted, tried=tried))
            for name, each in rows.items():
                keys = {row.key for row in each}
                after = stored_values(connection, second.tables[name], keys) if name in second.tables else {}
                left = {row.key for row in still.get(name, ())}
                result += [
                    row_difference(
                        row, before.get(name, {}), after, deleted, repaired=tried and row.key not in left
                    )
                    for row in each
                ]
            result += [
                Difference(name, None, repaired=tried and not second.differs(name), note=_TOO_MANY)
                for name in sorted(found.whole_tables)
            ]
            marked = {(each.table, each.key) for each in self._known_missing(second)}
            result += [
                each if (each.table, each.key) in marked else replace(each, repaired=True, note=DELETED)
                for each in missing
            ]
        return result

    def _deleted(
        self, found: Found, differences: Sequence[Difference], missing: Sequence[Difference]
    ) -> Mapping[str, frozenset[str]]:
        """Return the rows that NetSuite does not show and that were deleted for certain, by table."""
        gone: defaultdict[str, set[str]] = defaultdict(set)
        for name, rows in found.rows.items():
            gone[name] |= {row.key for row in rows if not row.netsuite}
        for each in missing:
            gone[each.table].add(each.key)
        shown = {each.document for each in differences if each.netsuite is not None}
        gone[DOCUMENTS] |= {str(each.document) for each in differences if each.document not in shown}
        if not any(gone.values()):
            return {}
        with self.warehouse.published() as connection:
            tables = self._comparison(connection).tables
            evidence = RecordEvidence(connection, self.client, self._count, tables)
            proven = {name: evidence.deleted(name, keys) for name, keys in gone.items()}
        return {name: keys for name, keys in proven.items() if keys}

    def _run_repair(self, request: RepairRequest) -> bool:
        try:
            self._repair_requests += self.repair(request)
        except (NetSuiteError, WarehouseError) as error:
            self._notes.append(f"What differs could not be read again: {error.message}")
            return False
        return True


def _stored(comparison: Comparison, found: Found) -> dict[str, dict[str, Values]]:
    return {
        name: stored_values(comparison.connection, comparison.tables[name], {row.key for row in rows})
        for name, rows in found.rows.items()
    }


def _repair_request(
    request: ReconcileRequest,
    found: Found,
    documents: Collection[object],
    deleted: Mapping[str, frozenset[str]],
) -> RepairRequest:
    """Return what a sync reads again: a document with all its lines, any other row alone.

    Rows of a table without cursor and parent can only be read together.
    """
    values = {name: [row.value for row in rows] for name, rows in found.rows.items()}
    for name, keys in deleted.items():
        values.setdefault(name, []).extend(sorted(keys))
    rows: dict[str, list[str]] = {}
    full = set(found.whole_tables)
    ids = [str(document) for document in documents]
    for name in OF_DOCUMENT:
        if ids and name in request.catalogue:
            rows[name] = list(ids)
    for name, each in values.items():
        spec = request.catalogue[name]
        if (spec.cursor is None and spec.parent is None) or not all(each):
            full.add(name)
        else:
            rows.setdefault(name, []).extend(each)
    kept = {name: tuple(dict.fromkeys(keys)) for name, keys in rows.items() if name not in full}
    return RepairRequest(kept, frozenset(full), deleted)
