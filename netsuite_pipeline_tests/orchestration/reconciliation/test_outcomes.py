"""What a reconciliation found, as a person reads it in Dagster: each state, what differed, what to do."""

from dataclasses import replace
from datetime import datetime

import dagster as dg
import pytest
from syrupy.assertion import SnapshotAssertion

from netsuite_pipeline.orchestration.checks.check_results import CheckOutcome
from netsuite_pipeline.orchestration.reconciliation.consolidated_ties import consolidation_outcome
from netsuite_pipeline.orchestration.reconciliation.ledger_ties import LedgerTies, closed_periods_outcome
from netsuite_pipeline.orchestration.reconciliation.table_ties import TableTies
from netsuite_pipeline.reconciliation.differences import (
    NOT_STORED,
    STILL_MISSING,
    ClosedPeriodChange,
    ClosedPeriods,
    Consolidation,
    ConsolidationDifference,
    Difference,
    LedgerResult,
    PeriodResult,
    ReconcileReport,
    TableResult,
)

AT = datetime(2026, 11, 24, 4, 45)
TAL = "transactionaccountingline"
EQUAL = TableResult("vendor", 300, 300, 1)
ROW = Difference("vendor", 7, here="email = a@x.example", netsuite="email = b@x.example", key="7")
GONE = Difference("vendor", 9, here="a row", key="9", note=STILL_MISSING)
AMOUNT = Difference(TAL, 4711, 101, 156, "10.01", "10", accounting_book=1, lines_here=1, lines_netsuite=1)
PERIODS = (PeriodResult(156, "Nov 2026", 1), PeriodResult(156, "Nov 2026", 2))
LEDGER = LedgerResult(PERIODS, 1, 36, 1)


def _repaired(each: Difference) -> Difference:
    return replace(each, repaired=True)


TABLES = {
    "equal": (EQUAL, ()),
    "equal but for changes to come": (replace(EQUAL, rows_netsuite=302, pending=2), ()),
    "repaired": (replace(EQUAL, differing=1), (_repaired(ROW),)),
    "repaired rows of a document with other amounts": (
        TableResult(TAL, 800, 800, 4, differing=2, documents=(4711,)),
        (_repaired(AMOUNT),),
    ),
    "left": (replace(EQUAL, differing=2), (_repaired(ROW), replace(ROW, key="8", document=8))),
    "not shown any more": (replace(EQUAL, rows_netsuite=299, differing=1), (GONE,)),
    "marked by an earlier sync": (replace(EQUAL, rows_here=299, rows_netsuite=299, missing=1), (GONE,)),
    "one of each": (replace(EQUAL, differing=2), (_repaired(ROW), GONE)),
    "read in full": (EQUAL, (Difference("vendor", None, repaired=True),)),
    "refused": (TableResult("vendor", requests=1, not_compared="Record 'vendor' was not found."), ()),
    "never read": (TableResult("vendor", not_compared=NOT_STORED), ()),
    "partly refused": (replace(EQUAL, note="NetSuite refuses to hash some columns (no)"), ()),
    "with columns left out": (replace(EQUAL, skipped={"email": "hashed"}), ()),
}
STATES = {
    "equal": "ok",
    "equal but for changes to come": "ok",
    "repaired": "warning",
    "repaired rows of a document with other amounts": "warning",
    "left": "failed",
    "not shown any more": "failed",
    "marked by an earlier sync": "failed",
    "one of each": "failed",
    "read in full": "warning",
    "refused": "unknown",
    "never read": "unknown",
    "partly refused": "ok",
    "with columns left out": "ok",
}


def _shown(outcome: CheckOutcome) -> dict[str, object]:
    values = {
        name: value.value if isinstance(value, dg.MetadataValue) else value
        for name, value in outcome.metadata.items()
        if name != "remedy"
    }
    return {"description": (outcome.description or "").split("\n"), **values}


@pytest.mark.parametrize("case", TABLES)
def test_a_table(case: str, snapshot: SnapshotAssertion) -> None:
    result, differences = TABLES[case]
    outcome = TableTies(result, ReconcileReport(differences, (result,), requests=46), AT).outcome()
    assert outcome.metadata["state"] == STATES[case]
    assert outcome.passed == (STATES[case] == "ok"), "what was not compared is never green"
    assert (outcome.severity is dg.AssetCheckSeverity.ERROR) == (STATES[case] == "failed")
    assert _shown(outcome) == snapshot


LEDGERS: dict[str, tuple[LedgerResult, tuple[Difference, ...], str]] = {
    "equal": (LEDGER, (), "ok"),
    "nothing was due": (LedgerResult((), 0, 37, 0), (), "ok"),
    "repaired": (LEDGER, (_repaired(AMOUNT),), "warning"),
    "a doubled line": (LEDGER, (_repaired(replace(AMOUNT, here="10", lines_here=2)),), "warning"),
    "left": (LEDGER, (AMOUNT,), "failed"),
    "not shown any more": (LEDGER, (replace(AMOUNT, netsuite=None, note=STILL_MISSING),), "failed"),
    "refused": (LedgerResult(not_compared="Record 'transaction' was not found."), (), "unknown"),
}


@pytest.mark.parametrize("case", LEDGERS)
def test_the_ledger(case: str, snapshot: SnapshotAssertion) -> None:
    result, differences, state = LEDGERS[case]
    report = ReconcileReport(differences, ledger=result, requests=46)
    outcome = LedgerTies(result, report, AT).outcome()
    assert outcome.metadata["state"] == state
    assert outcome.passed == (state == "ok")
    assert _shown(outcome) == snapshot


CLOSED = {
    "not stored": (None, "unknown"),
    "the first time": (ClosedPeriods(0, 36), "unknown"),
    "nothing": (ClosedPeriods(36, 0), "ok"),
    "a period was closed": (ClosedPeriods(35, 1), "ok"),
    "changes": (
        ClosedPeriods(
            36,
            0,
            (ClosedPeriodChange(150, 7, "posted", None, "10"), ClosedPeriodChange(151, 8, "deleted", "2")),
        ),
        "warning",
    ),
}


@pytest.mark.parametrize("case", CLOSED)
def test_closed_periods(case: str, snapshot: SnapshotAssertion) -> None:
    found, state = CLOSED[case]
    outcome = closed_periods_outcome(ReconcileReport(closed_periods=found), AT)
    assert outcome.metadata["state"] == state
    assert outcome.passed == (state == "ok")
    assert _shown(outcome) == snapshot


_CONSOLIDATED = Consolidation(156, "Nov 2026", 1, 1, accounts=40, requests=1)
CONSOLIDATIONS = {
    "equal": (_CONSOLIDATED, "ok"),
    "differs": (
        replace(_CONSOLIDATED, differences=(ConsolidationDifference(101, "10.01", "12"),)),
        "warning",
    ),
    "no value": (Consolidation(156, not_compared="the account has one subsidiary"), "unknown"),
    "not selected": (None, "unknown"),
}


@pytest.mark.parametrize("case", CONSOLIDATIONS)
def test_consolidated_figures(case: str, snapshot: SnapshotAssertion) -> None:
    found, state = CONSOLIDATIONS[case]
    outcome = consolidation_outcome(ReconcileReport(consolidation=found), AT)
    assert outcome.metadata["state"] == state
    assert outcome.passed == (state == "ok")
    assert _shown(outcome) == snapshot
