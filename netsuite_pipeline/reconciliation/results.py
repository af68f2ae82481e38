"""What differed, as the report shows it: each difference after the repair, each table, each period."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import replace

from netsuite_pipeline.reconciliation.comparison import Comparison, Found
from netsuite_pipeline.reconciliation.differences import (
    DELETED,
    STILL_MISSING,
    Difference,
    LedgerResult,
    PeriodResult,
    TableResult,
    document_of,
)
from netsuite_pipeline.reconciliation.ledger.statements import DOCUMENTS, OF_DOCUMENT
from netsuite_pipeline.reconciliation.rows.check import RowDifference
from netsuite_pipeline.reconciliation.rows.stored_values import Values, differing_values

Deleted = Mapping[str, Collection[str]]
"""Keys of rows that were deleted for certain, by table."""


def identity(each: Difference) -> tuple[object, ...]:
    """Return what a difference of amounts is about."""
    return each.document, each.period, each.account, each.accounting_book, each.subsidiary


def with_repair(
    differences: Sequence[Difference], repaired: Set[object], deleted: Deleted, *, tried: bool
) -> Iterator[Difference]:
    """Yield the differences of amounts after the repair.

    Args:
        differences: The differences.
        repaired: The identities of those that are gone.
        deleted: The rows that were deleted for certain.
        tried: The documents were read again.
    """
    shown = {each.document for each in differences if each.netsuite is not None}
    for each in differences:
        is_repaired, note = identity(each) in repaired, ""
        if is_repaired and str(each.document) in deleted.get(DOCUMENTS, ()):
            note = DELETED
        elif tried and not is_repaired and each.document not in shown:
            note = STILL_MISSING
        yield replace(each, repaired=is_repaired, note=note)


def row_difference(
    row: RowDifference,
    before: Mapping[str, Values],
    after: Mapping[str, Values],
    deleted: Deleted,
    *,
    repaired: bool,
) -> Difference:
    """Return the difference of a row after the repair.

    Args:
        row: The row.
        before: The values of its table's rows before the repair, by key.
        after: Their values after it.
        deleted: The rows that were deleted for certain.
        repaired: The difference is gone.
    """
    if repaired:
        here, netsuite = differing_values(before.get(row.key), after.get(row.key))
    else:
        here = "a row" if row.here else None
        netsuite = ("another row" if row.here else "a row") if row.netsuite else None
    note = ""
    if repaired and row.key in deleted.get(row.table, ()):
        note = DELETED
    elif not repaired and netsuite is None:
        note = STILL_MISSING
    document = document_of(row.value if row.table in OF_DOCUMENT else row.key)
    return Difference(
        row.table, document, here=here, netsuite=netsuite, repaired=repaired, key=row.key, note=note
    )


def table_results(
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
    removed = {(each.table, each.key) for each in differences if each.note == DELETED and each.key}
    as_amounts = {str(each.document) for each in differences if each.account is not None}
    for result in first.results:
        rows = found.rows.get(result.table, [])
        keys = {row.key for row in rows}
        unmarked = sum(table == result.table and key not in keys for table, key in removed)
        documents = {row.value for row in rows} & as_amounts if result.table in OF_DOCUMENT else set()
        yield replace(
            result,
            pending=len(at_first.rows.get(result.table, [])) - len(rows),
            differing=len(rows) + unmarked,
            missing=missing.get(result.table, 0) - unmarked,
            documents=tuple(sorted(map(document_of, documents), key=str)),
        )


def ledger_result(first: Comparison, differences: Sequence[Difference]) -> LedgerResult:
    """Return how the ledger was compared, with its documents that differed."""
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
