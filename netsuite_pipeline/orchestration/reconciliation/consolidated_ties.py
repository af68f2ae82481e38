"""What a reconciliation found in the consolidated figures, as the outcome of its check."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import dagster as dg

from netsuite_pipeline.health.findings import Finding, State
from netsuite_pipeline.orchestration.check_specs import CONSOLIDATED
from netsuite_pipeline.orchestration.checks.check_results import CheckOutcome, check_outcome
from netsuite_pipeline.orchestration.reconciliation.table_ties import MOST_LISTED
from netsuite_pipeline.orchestration.translator import markdown_table
from netsuite_pipeline.reconciliation.differences import Consolidation, ReconcileReport
from netsuite_pipeline.wording import as_sentence, counted, formatted_time, listed_up_to

_MOST_NAMED = 5
_TO_FIX = (
    "open the consolidated trial balance of this period in NetSuite. If it shows NetSuite's amounts, check "
    "the account's General Rate Type (Lists > Accounting > Accounts) and Lists > Accounting > Consolidated "
    "Exchange Rates. If it shows the amounts here, NetSuite's function is wrong about this account."
)


def consolidation_outcome(report: ReconcileReport, at: datetime) -> CheckOutcome:
    """Return the outcome of the check of consolidated figures.

    Args:
        report: The report.
        at: When they were compared, UTC.
    """
    found = report.consolidation or Consolidation(not_compared="the ledger is not compared")
    if found.not_compared:
        finding = Finding(
            CONSOLIDATED, State.UNKNOWN, f"Not compared with NetSuite: {as_sentence(found.not_compared)}"
        )
    else:
        finding = _compared(found, at)
    outcome = check_outcome(CONSOLIDATED, (finding,))
    return CheckOutcome(
        outcome.passed, outcome.severity, outcome.description, {**outcome.metadata, **_metadata(found)}
    )


def _compared(found: Consolidation, at: datetime) -> Finding:
    period = found.name or f"period {found.period}"
    compared = f"Compared {formatted_time(at)}: {counted(found.accounts, 'account')} of {period}."
    if not found.differences:
        return Finding(CONSOLIDATED, State.OK, f"{compared} All amounts equal BUILTIN.CONSOLIDATE.")
    named = [
        f"account {each.account} ({each.here} here, {each.netsuite} in NetSuite)"
        for each in found.differences
    ]
    differing = counted(len(named), "account differs", "accounts differ")
    seen = f"{compared} {differing}: {listed_up_to(named, _MOST_NAMED)}."
    return Finding(CONSOLIDATED, State.WARNING, seen, remedy=_TO_FIX)


def _metadata(found: Consolidation) -> Mapping[str, Any]:
    metadata: dict[str, Any] = {"requests": found.requests}
    if found.not_compared:
        return metadata
    metadata |= {"accounts": found.accounts, "accounts_differing": len(found.differences)}
    if found.subsidiary is not None:
        metadata["subsidiary"] = found.subsidiary
    if found.differences:
        rows = [(str(each.account), each.here, each.netsuite) for each in found.differences[:MOST_LISTED]]
        metadata["differences"] = dg.MetadataValue.md(
            markdown_table(("account", "here", "in NetSuite"), rows)
        )
    return metadata
