"""What the figures mean: the freshness of each table, and the findings that need attention. Reads nothing."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from netsuite_pipeline.health.findings import Finding, State
from netsuite_pipeline.reporting.facts import ConnectionFacts, Failure, SyncFacts, TableFacts
from netsuite_pipeline.reporting.formatting import share
from netsuite_pipeline.warehouse.schema.schema import text
from netsuite_pipeline.wording import counted, formatted_time

FRESH_FOR = timedelta(hours=24)
"""The age at which a table becomes overdue."""
MAX_PAGE_ROWS = 1000
"""The most rows that NetSuite returns for one request (SuiteQL over REST)."""
STATE_WORDS = {State.FAILED: "failed", State.WARNING: "warning", State.OK: "good to know"}
"""The states of findings, worst first, in words for people."""


class Freshness(StrEnum):
    """How current a table is."""

    FAILED = "failed"
    OVERDUE = "overdue"
    FRESH = "fresh"
    UNAVAILABLE = "unavailable"


def table_freshness(table: TableFacts, now: datetime, fresh_for: timedelta = FRESH_FOR) -> Freshness:
    """Return how current a table is.

    Example:
        >>> noon = datetime(2026, 11, 24, 12)
        >>> table_freshness(TableFacts("vendor", "done", noon, 300), noon + timedelta(hours=25))
        <Freshness.OVERDUE: 'overdue'>
    """
    if table.status == "failed":
        return Freshness.FAILED
    if table.synced_at is None or table.status == "absent":
        return Freshness.UNAVAILABLE
    return Freshness.FRESH if now - table.synced_at <= fresh_for else Freshness.OVERDUE


def assess(connection: ConnectionFacts, now: datetime, fresh_for: timedelta = FRESH_FOR) -> list[Finding]:
    """Return all findings of a connection, the worst first.

    `State.OK` marks what is only good to know. `facts["when"]` is a sentence that says since when.

    Args:
        connection: Its figures.
        now: UTC.
        fresh_for: The age at which a table becomes overdue.
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
    order = list(STATE_WORDS)
    return sorted(found, key=lambda finding: order.index(finding.state))


def subject(finding: Finding) -> str:
    """Return what a finding is about: tables, a column, or the finding's kind.

    Example:
        >>> subject(Finding("column:customer.terms", State.WARNING, ""))
        'customer.terms'
        >>> subject(Finding("deleted_records", State.OK, ""))
        'deleted records'
    """
    kind, _, name = finding.id.partition(":")
    return name or kind.replace("_", " ")


def _failed(connection: ConnectionFacts) -> Iterator[Finding]:
    """Yield one finding for each error: a refused sign-in fails all tables with the same one."""
    by_error: defaultdict[tuple[str, str], list[Failure]] = defaultdict(list)
    for failure in connection.failures:
        by_error[_parsed(failure.error)].append(failure)
    for (seen, remedy), failures in by_error.items():
        good = [failure.last_good for failure in failures if failure.last_good]
        kept = f"; last good {formatted_time(min(good))}, the rows stay as they were" if good else ""
        since = min(failure.since for failure in failures)
        yield Finding(
            f"table:{', '.join(failure.table for failure in failures)}",
            State.FAILED,
            seen or "The sync failed; the log has no reason.",
            remedy=remedy,
            since=since,
            facts={"when": f"Failing since {formatted_time(since)}{kept}."},
        )


def _parsed(error: str) -> tuple[str, str]:
    """Return message and remedy of a logged error, without the request."""
    seen: list[str] = []
    remedy: list[str] = []
    part = seen
    for line in error.splitlines():
        if line.startswith("  Request: "):
            part = []
        elif line.startswith("  To fix: "):
            part = remedy
            part.append(line.removeprefix("  To fix: "))
        else:
            part.append(line)
    return "\n".join(seen).strip(), "\n".join(remedy).strip()


def _overdue(connection: ConnectionFacts, now: datetime, fresh_for: timedelta) -> Iterator[Finding]:
    late = {
        table.name: table.synced_at
        for table in connection.tables
        if table.synced_at is not None and table_freshness(table, now, fresh_for) is Freshness.OVERDUE
    }
    if late:
        yield Finding(
            f"table:{', '.join(late)}",
            State.WARNING,
            f"Not synced within {fresh_for.total_seconds() / 3600:g} hours.",
            remedy="Check in Dagster that the schedule is on and that its runs succeed, or run "
            "`netsuite-pipeline sync`.",
            facts={"when": f"The oldest was synced {formatted_time(min(late.values()))}."},
        )


def _mismatched(connection: ConnectionFacts) -> Iterator[Finding]:
    for each in connection.mismatches:
        yield Finding(
            f"rows:{each.table}",
            State.WARNING,
            f"{each.note}.",
            remedy=f"Run `netsuite-pipeline sync --full --select {each.table}`. If the counts still differ, "
            "NetSuite counts rows that this role may not read.",
            facts={"when": f"Seen at the last full read, {formatted_time(each.at)}."},
        )


def _rejected(connection: ConnectionFacts) -> Iterator[Finding]:
    for each in connection.rejected:
        yield Finding(
            f"column:{each.table}.{each.column}",
            State.WARNING,
            f"{counted(each.values, 'value')} did not fit the type {each.wanted_type}: NULL (or rounded) in "
            "the table.",
            remedy="Correct the records in NetSuite. To list the values as NetSuite sent them: SELECT key, "
            f"value FROM _netsuite.rejected_values WHERE table_name = {text(each.table)} AND column_name = "
            f"{text(each.column)};",
            facts={"when": f"Last seen {formatted_time(each.last_seen)}."},
        )


def _deletions(connection: ConnectionFacts) -> Iterator[Finding]:
    if connection.deletions_refused:
        yield Finding(
            "deleted_records",
            State.WARNING,
            "The role may not read Deleted Records: deleted rows stay in the warehouse until the keys are "
            "compared.",
            remedy="Run `netsuite-pipeline doctor`: it names the missing permission. Run "
            "`netsuite-pipeline sync --sweep` to compare the keys now.",
        )


def _columns(connection: ConnectionFacts) -> Iterator[Finding]:
    for each in connection.column_changes:
        seen = {
            "added": f"New column ({each.to_type}).",
            "hashed": f"The column stores hashes from now on; it stored {each.from_type} before.",
            "widened": f"The type changed from {each.from_type} to {each.to_type} to fit NetSuite's values.",
            "text_beside": f"Not every value that NetSuite sends is {each.from_type}: {each.column}_text "
            "keeps all of them as text.",
            "lost": "NetSuite no longer exposes this column; its stored values stay.",
            "returned": "NetSuite exposes this column again.",
        }.get(each.change, each.change)
        lost = each.change == "lost"
        yield Finding(
            f"column:{each.table}.{each.column}",
            State.WARNING if lost else State.OK,
            seen,
            remedy="Run `netsuite-pipeline doctor`: it names the possible causes and how to fix each."
            if lost
            else "",
            facts={"when": f"Noticed {formatted_time(each.noticed_at)}."},
        )


def _notes(connection: ConnectionFacts) -> Iterator[Finding]:
    counts = {each.note for each in connection.mismatches}
    for table in connection.tables:
        notes = [note for note in table.notes if note not in counts]
        if notes:
            seen = f"{'; '.join(notes)}."
            yield Finding(f"table:{table.name}", State.OK, seen, facts={"when": "Noted by its last sync."})


def limit_usage(syncs: tuple[SyncFacts, ...], concurrency: int) -> tuple[str, ...]:
    """Return sentences on how the syncs used the account's limit.

    Args:
        syncs: The syncs of the report.
        concurrency: The most requests that the pipeline sends at once.
    """
    requests = sum(sync.requests for sync in syncs)
    if not requests:
        return ("No requests were recorded.",)
    retries = sum(sync.retries for sync in syncs)
    throttled = sum(sync.throttled for sync in syncs)
    rows = sum(sync.rows_read for sync in syncs)
    return (
        f"Limit: {counted(concurrency, 'request')} at once (NETSUITE_CONCURRENCY).",
        f"{counted(requests, 'request')} in {counted(len(syncs), 'sync')}, each with {rows / requests:,.0f} "
        f"rows on average (NetSuite returns at most {MAX_PAGE_ROWS:,}).",
        f"{counted(retries, 'request')} retried ({share(retries, requests)})."
        if retries
        else "No request was retried.",
        f"NetSuite throttled {counted(throttled, 'request')} ({share(throttled, requests)}): other clients "
        "use the account too, or the limit is above the account's (Setup > Integration > Integration "
        "Governance)."
        if throttled
        else "NetSuite throttled no request: the account's own limit was never reached.",
    )
