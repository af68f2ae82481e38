"""What a reconciliation found in the ledger and in closed periods, as the outcomes of their checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import dagster as dg

from netsuite_pipeline.health.findings import Finding, State
from netsuite_pipeline.orchestration.check_specs import CLOSED_PERIODS, TIES
from netsuite_pipeline.orchestration.checks.check_results import CheckOutcome, check_outcome
from netsuite_pipeline.orchestration.reconciliation.table_ties import MOST_LISTED
from netsuite_pipeline.orchestration.translator import markdown_table
from netsuite_pipeline.reconciliation.differences import (
    STILL_MISSING,
    ClosedPeriodChange,
    Difference,
    LedgerResult,
    ReconcileReport,
)
from netsuite_pipeline.reconciliation.ledger.statements import DOCUMENTS
from netsuite_pipeline.wording import as_sentence, counted, formatted_time, listed_up_to

_MOST_NAMED = 5


@dataclass(frozen=True)
class LedgerTies:
    """The ledger's part of a report.

    Attributes:
        result: How the ledger was compared.
        report: The whole report.
        at: When, UTC.
    """

    result: LedgerResult
    report: ReconcileReport
    at: datetime

    @property
    def differences(self) -> Sequence[Difference]:
        """The differences of amounts."""
        return [each for each in self.report.differences if each.account is not None]

    @property
    def left(self) -> Sequence[Difference]:
        """The differences that were not repaired."""
        return [each for each in self.differences if not each.repaired]

    @property
    def state(self) -> State:
        """The state of the check."""
        if self.result.not_compared:
            return State.UNKNOWN
        if self.left:
            return State.FAILED
        return State.WARNING if self.differences else State.OK

    def outcome(self) -> CheckOutcome:
        """Return the outcome of the check."""
        finding = Finding(TIES, self.state, self._seen(), remedy=self._remedy())
        outcome = check_outcome(TIES, (finding,))
        return CheckOutcome(
            outcome.passed, outcome.severity, outcome.description, {**outcome.metadata, **self._metadata()}
        )

    def _seen(self) -> str:
        if self.result.not_compared:
            return f"Not compared with NetSuite: {as_sentence(self.result.not_compared)}"
        lines = [f"Compared {formatted_time(self.at)}: {self._periods()}."]
        if not self.differences:
            lines.append("Every sum by book, account and subsidiary equals NetSuite's to the last digit.")
        else:
            documents = {each.document for each in self.differences}
            names: dict[int | None, str] = {each.period: each.name for each in self.result.periods}
            named = [amount_text(each, names.get(each.period, "")) for each in self.differences]
            were, now = ("was", "it equals") if len(documents) == 1 else ("were", "they equal")
            repaired = "" if self.left else f" and {were} read again; now {now} NetSuite"
            lines.append(
                f"{counted(len(documents), 'document')} differed{repaired}: "
                f"{listed_up_to(named, _MOST_NAMED)}."
            )
        if self.left:
            left = list(dict.fromkeys(str(each.document) for each in self.left))
            lines.append(f"Not repaired: {listed_up_to(left, _MOST_NAMED)}.")
            lines += self.report.notes
        if self.result.periods_unchanged:
            closed = counted(self.result.periods_unchanged, "closed period")
            lines.append(f"{closed} were compared before and have not changed here since.")
        return "\n".join(lines)

    def _periods(self) -> str:
        names = list(dict.fromkeys(each.name or str(each.period) for each in self.result.periods))
        if not names:
            return "no posting period was due"
        shown = f" ({listed_up_to(names, _MOST_NAMED)})"
        return f"{counted(self.result.periods_checked, 'posting period')}{shown}"

    def _remedy(self) -> str:
        if self.result.not_compared:
            return "sync transaction, transactionline, transactionaccountingline and accountingperiod."
        if self.state is State.WARNING:
            return (
                "nothing is left to do. If documents differ again tomorrow, find out what changes them in "
                "NetSuite without their last-modified date: a script, an import, a mass update."
            )
        if self.state is not State.FAILED:
            return ""
        if any(each.note == STILL_MISSING for each in self.left):
            return (
                f"if the documents were deleted in NetSuite, netsuite-pipeline sync --accept-shrink "
                f"{DOCUMENTS}. If not, the role can no longer see them: restore its permissions."
            )
        return (
            "execute this check again after the next sync. If documents still differ: netsuite-pipeline sync "
            f"--full --select {DOCUMENTS}."
        )

    def _metadata(self) -> Mapping[str, Any]:
        metadata: dict[str, Any] = {"requests": self.result.requests}
        if self.result.not_compared:
            return metadata
        documents = {each.document for each in self.differences}
        metadata |= {
            "periods_compared": self.result.periods_checked,
            "periods_unchanged": self.result.periods_unchanged,
            "documents_differing": len(documents),
            "documents_repaired": len(documents - {each.document for each in self.left}),
            "requests_of_all_tables": self.report.requests,
        }
        if self.result.periods:
            periods = [
                (
                    each.name or str(each.period),
                    "" if each.accounting_book is None else str(each.accounting_book),
                    counted(each.documents, "document") + " differed" if each.documents else "equal",
                )
                for each in self.result.periods
            ]
            metadata["periods"] = dg.MetadataValue.md(markdown_table(("period", "book", "result"), periods))
        if self.differences:
            metadata["differences"] = dg.MetadataValue.md(_amounts_markdown(self.differences))
        return metadata


def amount_text(each: Difference, period: str = "") -> str:
    """Return the difference of one amount in a few words.

    Args:
        each: The difference.
        period: The name of its posting period; its id by default.

    Example:
        >>> amount_text(Difference("transactionaccountingline", 4711, 101, 7, "10.01", "10"), "Nov 2026")
        '4711 (account 101, Nov 2026: 10.01 here, 10 in NetSuite)'
    """
    amounts = f"{each.here or 'nothing'} here, {each.netsuite or 'nothing'} in NetSuite"
    if each.here == each.netsuite:
        lines = f"{each.lines_here or 0:,} lines here and {each.lines_netsuite or 0:,} in NetSuite"
        amounts = f"{each.here} in {lines}"
    return f"{each.document} (account {each.account}, {period or f'period {each.period}'}: {amounts})"


def _amounts_markdown(differences: Sequence[Difference]) -> str:
    columns = (
        "document",
        "period",
        "book",
        "account",
        "subsidiary",
        "here",
        "in NetSuite",
        "lines",
        "repaired",
    )
    rows = [
        (
            *(
                "" if value is None else str(value)
                for value in (
                    each.document,
                    each.period,
                    each.accounting_book,
                    each.account,
                    each.subsidiary,
                    each.here,
                    each.netsuite,
                )
            ),
            f"{each.lines_here or 0} / {each.lines_netsuite or 0}",
            "yes" if each.repaired else "no",
        )
        for each in differences[:MOST_LISTED]
    ]
    return markdown_table(columns, rows)


def closed_periods_outcome(report: ReconcileReport, at: datetime) -> CheckOutcome:
    """Return the outcome of the watch over closed periods.

    Args:
        report: The report.
        at: When the periods were compared, UTC.
    """
    found, metadata = report.closed_periods, dict[str, Any]()
    compared = f"Compared {formatted_time(at)}. "
    remedy = ""
    if found is None:
        state, seen = State.UNKNOWN, "Not compared: the ledger or accountingperiod is not stored."
        remedy = "sync transaction, transactionaccountingline and accountingperiod."
    elif found.changes:
        documents = list(dict.fromkeys(change_text(each) for each in found.changes))
        state = State.WARNING
        seen = (
            f"{compared}{counted(len(documents), 'change')} in closed periods: "
            f"{listed_up_to(documents, _MOST_NAMED)}."
        )
        remedy = (
            "open each document in NetSuite and look under System Information > System Notes: they name who "
            "changed what. The figures here equal NetSuite's."
        )
        metadata["changes"] = dg.MetadataValue.md(_changes_markdown(found.changes))
    elif not found.watched:
        state = State.UNKNOWN
        seen = f"{compared}The documents of {counted(found.recorded, 'closed period')} were recorded for the "
        seen += "first time. The next comparison shows what changes in them."
    else:
        state = State.OK
        periods = counted(found.watched, "closed period")
        seen = f"{compared}Nothing changed in {periods} since the last comparison."
    outcome = check_outcome(CLOSED_PERIODS, (Finding(CLOSED_PERIODS, state, seen, remedy=remedy),))
    if found is not None:
        metadata |= {"periods_watched": found.watched, "changes_found": len(found.changes)}
    return CheckOutcome(
        outcome.passed, outcome.severity, outcome.description, {**outcome.metadata, **metadata}
    )


def change_text(change: ClosedPeriodChange) -> str:
    """Return a change in a closed period in a few words.

    Example:
        >>> change_text(ClosedPeriodChange(12, 4711, "posted", None, "10"))
        '4711 was posted in period 12'
    """
    return f"{change.document} was {change.change} in period {change.period}"


def _changes_markdown(changes: Sequence[ClosedPeriodChange]) -> str:
    rows = [
        (str(each.document), str(each.period), each.change, each.before, each.now)
        for each in changes[:MOST_LISTED]
    ]
    return markdown_table(("document", "period", "change", "debits before", "debits now"), rows)
