"""What a reconciliation found in a table's rows, as the outcome of its check."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import dagster as dg

from netsuite_pipeline.health.findings import Finding, State
from netsuite_pipeline.netsuite.menus import edit_role
from netsuite_pipeline.orchestration.check_specs import TIES
from netsuite_pipeline.orchestration.checks.check_results import CheckOutcome, check_outcome
from netsuite_pipeline.orchestration.translator import markdown_table
from netsuite_pipeline.reconciliation.differences import (
    NOT_STORED,
    STILL_MISSING,
    Difference,
    ReconcileReport,
    TableResult,
)
from netsuite_pipeline.wording import as_sentence, counted, formatted_time, listed_up_to

MOST_LISTED = 50
"""Differences in the metadata of a check."""
_MOST_NAMED = 5
_LONGEST_CELL = 120


@dataclass(frozen=True)
class TableTies:
    """One table's part of a report.

    Attributes:
        result: How the table was compared.
        report: The whole report.
        at: When, UTC.
    """

    result: TableResult
    report: ReconcileReport
    at: datetime

    @property
    def differences(self) -> Sequence[Difference]:
        """The differences of rows."""
        return [each for each in self.report.differences if each.table == self.table and each.account is None]

    @property
    def table(self) -> str:
        """The table's name."""
        return self.result.table

    @property
    def left(self) -> Sequence[Difference]:
        """What was not repaired: rows, and amounts of documents whose rows differ."""
        documents = set(self.result.documents)
        amounts = [
            each
            for each in self.report.differences
            if each.account is not None and each.document in documents
        ]
        return [each for each in (*self.differences, *amounts) if not each.repaired]

    @property
    def new_missing(self) -> Sequence[Difference]:
        """The rows that NetSuite does not show, and that no earlier sync has marked as missing."""
        kept = [each for each in self.differences if each.note == STILL_MISSING]
        return kept[: max(0, len(kept) - self.result.missing)]

    @property
    def state(self) -> State:
        """The state of the check."""
        if self.result.not_compared:
            return State.UNKNOWN
        if self.left:
            return State.FAILED
        return State.WARNING if self.result.differing or self.differences else State.OK

    def outcome(self) -> CheckOutcome:
        """Return the outcome of the check."""
        finding = Finding(f"{TIES}:{self.table}", self.state, self._seen(), remedy=self._remedy())
        outcome = check_outcome(TIES, (finding,))
        return CheckOutcome(
            outcome.passed, outcome.severity, outcome.description, {**outcome.metadata, **self._metadata()}
        )

    def _seen(self) -> str:
        result = self.result
        if result.not_compared:
            return f"Not compared with NetSuite: {as_sentence(result.not_compared)}"
        lines = [f"Compared {formatted_time(self.at)}. {self._counts()}"]
        if any(each.document is None for each in self.differences):
            lines.append("More rows differ than are named, so the table was read in full.")
        if result.differing > len(self.new_missing):
            lines.append(self._differed(result.differing - len(self.new_missing)))
        if missing := result.missing + len(self.new_missing):
            keys = [each.key for each in self.differences if each.note == STILL_MISSING]
            rows = "1 row that is" if missing == 1 else f"{missing:,} rows that are"
            kept = "it is kept" if missing == 1 else "they are kept"
            lines.append(
                f"NetSuite does not show {rows} stored. Nothing proves a deletion, so {kept}: "
                f"{listed_up_to(keys, _MOST_NAMED)}."
            )
        if others := [each for each in self.left if each.note != STILL_MISSING]:
            lines.append(f"Not repaired: {listed_up_to(_places(others), _MOST_NAMED)}.")
            lines += self.report.notes
        if result.pending:
            rows = counted(result.pending, "row")
            lines.append(f"{rows} changed in NetSuite after the last sync; that is no difference.")
        if result.note:
            lines.append(as_sentence(result.note))
        return "\n".join(lines)

    def _counts(self) -> str:
        here, netsuite = self.result.rows_here or 0, self.result.rows_netsuite or 0
        if not self.result.differing and not self.result.pending and not self.differences:
            return f"All {counted(here, 'row')} equal NetSuite's, by count and checksum."
        return f"{counted(here, 'row')} here, {netsuite:,} in NetSuite."

    def _differed(self, rows: int) -> str:
        """Return how many rows differed, which, and what became of them."""
        named = [difference_text(each) for each in self.differences if each.note != STILL_MISSING]
        named += [f"transaction {document} (its amounts differ)" for document in self.result.documents]
        were, now = ("was", "it equals") if rows == 1 else ("were", "they equal")
        repaired = "" if self.left else f" and {were} read again; now {now} NetSuite"
        return f"{counted(rows, 'row')} differed{repaired}: {listed_up_to(named, _MOST_NAMED)}."

    def _remedy(self) -> str:
        table = self.table
        if self.result.not_compared == NOT_STORED:
            return "sync the table. If the account does not have it, leave it out of the synced tables."
        if self.state is State.WARNING:
            return (
                "nothing is left to do. If rows differ again tomorrow, find out what changes them in "
                "NetSuite without their last-modified date: a script, an import, a mass update."
            )
        if self.state is not State.FAILED:
            return ""
        if any(each.note == STILL_MISSING for each in self.left):
            return (
                f"if the rows were deleted in NetSuite, netsuite-pipeline sync --accept-shrink {table}. If "
                f"not, the role was restricted: {edit_role()}: its permissions and restrictions as before."
            )
        return (
            "execute this check again after the next sync. If rows still differ: netsuite-pipeline sync "
            f"--full --select {table}."
        )

    def _metadata(self) -> Mapping[str, Any]:
        result = self.result
        metadata: dict[str, Any] = {
            "requests": result.requests,
            "requests_of_all_tables": self.report.requests,
        }
        if result.not_compared:
            return metadata
        repaired = sum(each.repaired for each in self.differences)
        metadata |= {
            "rows_here": result.rows_here,
            "rows_netsuite": result.rows_netsuite,
            "rows_differing": result.differing,
            "rows_repaired": repaired if self.left else max(repaired, result.differing),
            "rows_missing": result.missing,
        }
        if self.differences:
            metadata["differences"] = dg.MetadataValue.md(_differences_markdown(self.differences))
        if result.skipped:
            skipped = [f"{name}: {why}" for name, why in result.skipped.items()]
            metadata["columns_not_compared"] = dg.MetadataValue.md("\n".join(f"- {each}" for each in skipped))
        return metadata


def difference_text(each: Difference) -> str:
    """Return one row's difference in a few words.

    Example:
        >>> difference_text(Difference("term", 7, here="days = 14", netsuite="days = 30", repaired=True))
        '7 (days = 14 here, days = 30 in NetSuite)'
    """
    if each.document is None:
        return "the whole table"
    return f"{each.document} ({each.here or 'no row'} here, {each.netsuite or 'no row'} in NetSuite)"


def _places(differences: Sequence[Difference]) -> list[str]:
    places = (
        each.table if each.document is None else f"{each.table} {each.key or each.document}"
        for each in differences
    )
    return list(dict.fromkeys(places))


def _differences_markdown(differences: Sequence[Difference]) -> str:
    rows = [
        (
            str(each.key or each.document or "(the whole table)"),
            each.here or "",
            each.netsuite or "",
            "yes" if each.repaired else "no",
            each.note,
        )
        for each in differences[:MOST_LISTED]
    ]
    return markdown_table(("key", "here", "in NetSuite", "repaired", "note"), rows, _LONGEST_CELL)
