"""What the figures mean: how each table stands, and what a person should look at. Decides; reads nothing."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from netsuite_pipeline.reporting.facts import ConnectionFacts, Failure, SyncFacts, TableFacts
from netsuite_pipeline.reporting.formatting import counted, moment, share
from netsuite_pipeline.warehouse.schema.schema import text

FRESH_FOR = timedelta(hours=24)
"""How old a table may get before it is overdue."""
PAGE_ROWS = 1000
"""The most rows that NetSuite gives a request (SuiteQL over REST)."""


class Standing(StrEnum):
    """How a table stands, in a word."""

    FRESH = "fresh"
    OVERDUE = "overdue"
    FAILED = "failed"
    ABSENT = "left out"


class Weight(StrEnum):
    """How much a finding matters."""

    FAILED = "failed"
    WARNING = "warning"
    NEWS = "news"


@dataclass(frozen=True)
class Remark:
    """Something that a person should know.

    Attributes:
        weight: How much it matters.
        subject: The table or column, or what it is about.
        seen: What was seen.
        remedy: What to do about it; empty where nothing is to be done.
        when: A sentence that says since when.
    """

    weight: Weight
    subject: str
    seen: str
    remedy: str = ""
    when: str = ""


def standing(table: TableFacts, now: datetime, fresh_for: timedelta = FRESH_FOR) -> Standing:
    """How a table stands.

    Example:
        >>> noon = datetime(2026, 11, 24, 12)
        >>> standing(TableFacts("vendor", "done", noon, 300), noon + timedelta(hours=25))
        <Standing.OVERDUE: 'overdue'>
    """
    if table.status == "failed":
        return Standing.FAILED
    if table.synced_at is None or table.status == "absent":
        return Standing.ABSENT
    return Standing.FRESH if now - table.synced_at <= fresh_for else Standing.OVERDUE


def remarks(connection: ConnectionFacts, now: datetime, fresh_for: timedelta = FRESH_FOR) -> list[Remark]:
    """All that a person should know, the gravest first.

    Args:
        connection: Its figures.
        now: UTC.
        fresh_for: How old a table may get.
    """
    found = [
        *_failed(connection),
        *_overdue(connection, now, fresh_for),
        *_mismatched(connection),
        *_rejected(connection),
        *_deletions(connection),
        *_columns(connection),
        *_notes(connection),
    ]
    order = list(Weight)
    return sorted(found, key=lambda remark: order.index(remark.weight))


def _failed(connection: ConnectionFacts) -> Iterator[Remark]:
    """One remark a reason: a refused sign-in fails every table alike."""
    alike: defaultdict[tuple[str, str], list[Failure]] = defaultdict(list)
    for failure in connection.failures:
        alike[_told(failure.error)].append(failure)
    for (seen, remedy), failures in alike.items():
        good = [failure.last_good for failure in failures if failure.last_good]
        kept = f"; last good {moment(min(good))}, the rows stay as they were" if good else ""
        yield Remark(
            Weight.FAILED,
            ", ".join(failure.table for failure in failures),
            seen or "It failed; the log does not say why.",
            remedy,
            f"Failing since {moment(min(failure.since for failure in failures))}{kept}.",
        )


def _told(error: str) -> tuple[str, str]:
    """What failed and the remedy, of an error as the log has it; what was asked is left out."""
    seen: list[str] = []
    remedy: list[str] = []
    part = seen
    for line in error.splitlines():
        if line.startswith("  Asked: "):
            part = []
        elif line.startswith("  Remedy: "):
            part = remedy
            part.append(line.removeprefix("  Remedy: "))
        else:
            part.append(line)
    return "\n".join(seen).strip(), "\n".join(remedy).strip()


def _overdue(connection: ConnectionFacts, now: datetime, fresh_for: timedelta) -> Iterator[Remark]:
    late = [
        table
        for table in connection.tables
        if table.synced_at is not None and standing(table, now, fresh_for) is Standing.OVERDUE
    ]
    if late:
        names = ", ".join(table.name for table in late)
        hours = f"{fresh_for.total_seconds() / 3600:g} hours"
        yield Remark(
            Weight.WARNING,
            counted(len(late), "table"),
            f"Not synced within {hours}: {names}.",
            "See in Dagster whether the schedule is on and its runs succeed, or run "
            "`netsuite-pipeline sync`.",
            f"The oldest was synced {moment(min(table.synced_at for table in late if table.synced_at))}.",
        )


def _mismatched(connection: ConnectionFacts) -> Iterator[Remark]:
    for each in connection.mismatches:
        yield Remark(
            Weight.WARNING,
            each.table,
            f"{each.said}.",
            f"netsuite-pipeline sync --full --select {each.table}: if the two still differ, NetSuite counts "
            "rows that it does not show this role.",
            f"Seen at the last full read, {moment(each.at)}.",
        )


def _rejected(connection: ConnectionFacts) -> Iterator[Remark]:
    for each in connection.rejected:
        yield Remark(
            Weight.WARNING,
            f"{each.table}.{each.column}",
            f"{counted(each.values, 'value')} did not fit the type {each.wanted_type}: NULL (or rounded) in "
            "the table.",
            "Correct the records in NetSuite. SELECT key, value FROM _netsuite.rejected_values WHERE "
            f"table_name = {text(each.table)} AND column_name = {text(each.column)}; shows them as NetSuite "
            "sent them.",
            f"Last seen {moment(each.last_seen)}.",
        )


def _deletions(connection: ConnectionFacts) -> Iterator[Remark]:
    if connection.deletions_refused:
        yield Remark(
            Weight.WARNING,
            "deleted records",
            "NetSuite refuses to tell which records were deleted: rows that are gone stay until the keys are "
            "compared.",
            "netsuite-pipeline doctor says which permission is missing; netsuite-pipeline sync --sweep "
            "compares the keys now.",
        )


def _columns(connection: ConnectionFacts) -> Iterator[Remark]:
    for each in connection.column_changes:
        seen = {
            "added": f"New column ({each.to_type}).",
            "hashed": f"Holds hashes from now on; it was {each.from_type}.",
            "widened": f"Was {each.from_type} and is {each.to_type} now: NetSuite's values need it.",
            "text_beside": f"Not every value that NetSuite sends is {each.from_type}: {each.column}_text "
            "beside it has them all, as text.",
            "lost": "NetSuite does not give this column any more; its old values stay.",
            "returned": "NetSuite gives this column again.",
        }.get(each.change, each.change)
        lost = each.change == "lost"
        yield Remark(
            Weight.WARNING if lost else Weight.NEWS,
            f"{each.table}.{each.column}",
            seen,
            "netsuite-pipeline doctor names the possible causes and the menu that mends each."
            if lost
            else "",
            f"Noticed {moment(each.noticed_at)}.",
        )


def _notes(connection: ConnectionFacts) -> Iterator[Remark]:
    counts = {each.said for each in connection.mismatches}
    for table in connection.tables:
        notes = [note for note in table.notes if note not in counts]
        if notes:
            yield Remark(Weight.NEWS, table.name, f"{'; '.join(notes)}.", when="Noted by its last sync.")


def against_the_limit(syncs: tuple[SyncFacts, ...], concurrency: int) -> tuple[str, ...]:
    """How the syncs used what the account allows, in sentences.

    Args:
        syncs: Those of the report.
        concurrency: Requests at once that the pipeline may make.
    """
    requests = sum(sync.requests for sync in syncs)
    if not requests:
        return ("No requests were noted.",)
    retries = sum(sync.retries for sync in syncs)
    throttled = sum(sync.throttled for sync in syncs)
    rows = sum(sync.rows_read for sync in syncs)
    sentences = [
        f"Limit: {counted(concurrency, 'request')} at once (NETSUITE_CONCURRENCY).",
        f"{counted(requests, 'request')} in {counted(len(syncs), 'sync')}, each with {rows / requests:,.0f} "
        f"rows on average (NetSuite gives at most {PAGE_ROWS:,}).",
        f"{counted(retries, 'request')} repeated ({share(retries, requests)})."
        if retries
        else "None was repeated.",
    ]
    if throttled:
        sentences.append(
            f"NetSuite refused {counted(throttled, 'request')} for concurrency "
            f"({share(throttled, requests)}): others use the account too, or the limit is above what it "
            "grants (Setup > Integration > Integration Governance)."
        )
    else:
        sentences.append("NetSuite refused none for concurrency: the account's own limit was never met.")
    return tuple(sentences)
