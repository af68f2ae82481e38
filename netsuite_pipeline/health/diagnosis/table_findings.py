"""Findings about one table: readable, columns as before, row count as before. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from netsuite_pipeline.health.diagnosis.connection_causes import unclear_cause
from netsuite_pipeline.health.diagnosis.evidence import Answer, Outcome
from netsuite_pipeline.health.diagnosis.table_causes import (
    column_causes,
    named_permission_cause,
    rows_causes,
    table_causes,
)
from netsuite_pipeline.health.findings import (
    Cause,
    Facts,
    Finding,
    ProbeResult,
    State,
    not_checked,
    with_causes,
)
from netsuite_pipeline.netsuite.errors import PermissionDenied, QueryError
from netsuite_pipeline.netsuite.probes.column_probe import AvailableColumns
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.rows.deletion_state import (
    MAX_LIST_SHARE,
    MAX_QUERY_SHARE,
    MAX_UNLOGGED_SHARE,
    is_small_loss,
    is_small_share,
)
from netsuite_pipeline.wording import counted, formatted_time, listed_up_to

_MAX_NAMED = 6

REFUSAL = "refusal"
"""The fact that keeps NetSuite's words of a refusal without a known meaning."""


@dataclass(frozen=True)
class TableBaseline:
    """A table at its last sync, or at the first check where it was never synced.

    Attributes:
        columns: Its columns; None where it was never readable.
        lost: Columns that the last sync did not get, each with the time since when, UTC.
        row_count: Rows after the last sync, or None.
        synced_at: Time of the last sync, UTC.
        missing: Rows that the last sync did not find in NetSuite, without evidence of their deletion.
        missing_what: Which rows these are, in words; None without any.
    """

    columns: frozenset[str] | None = None
    lost: Mapping[str, datetime] | None = None
    row_count: int | None = None
    synced_at: datetime | None = None
    missing: int = 0
    missing_what: str | None = None

    @property
    def was_readable(self) -> bool:
        """Return whether the table was ever read."""
        return self.columns is not None


def readable_table(
    table: Table, before: TableBaseline, found: AvailableColumns, *, role: str = ""
) -> ProbeResult:
    """Return the findings of a table that NetSuite answers.

    Args:
        table: Its spec.
        before: Its baseline.
        found: The columns that NetSuite offers, without the key.
        role: The role's name; empty where unknown.
    """
    exposed = frozenset((*table.key, *found.columns))
    total = len(table.columns)
    facts: Facts = {"columns": len(exposed), "not_offered": len(found.refused)}
    seen = f"readable, {total} columns"
    if found.refused:
        seen = f"readable, {len(exposed)} of {total} columns; not available here: {_unavailable(found)}"
    table_finding = Finding(f"table:{table.name}", State.OK, seen, facts=facts)
    columns = _columns(table, before, exposed, found, role)
    return ProbeResult((table_finding, *columns), frozenset({table.name}))


def _columns(
    table: Table, before: TableBaseline, exposed: frozenset[str], found: AvailableColumns, role: str
) -> tuple[Finding, ...]:
    if before.columns is None:
        return ()
    lost = before.lost or {}
    findings = []
    for column in (each.name for each in table.columns):
        id_ = f"column:{table.name}.{column}"
        if column in found.refused and column in before.columns:
            findings.append(_lost_column(table, column, found, lost.get(column), role))
        elif column in exposed and column in lost:
            seen = f"{column} is available again. The next sync fills it."
            findings.append(Finding(id_, State.OK, seen))
        elif column in exposed and column not in before.columns:
            findings.append(Finding(id_, State.OK, f"{column} is new. The next sync adds it."))
    return tuple(findings)


def _lost_column(
    table: Table, column: str, found: AvailableColumns, since: datetime | None, role: str
) -> Finding:
    reason = found.refused[column]
    causes = column_causes(table, column, reason, role=role)
    seen = f"NetSuite no longer offers {table.name}.{column} ({reason})."
    if column in found.words:
        seen += f' NetSuite: "{found.words[column]}"'
    return Finding(f"column:{table.name}.{column}", State.FAILED, seen, causes, causes[0].remedy, since)


def refused_table(table: Table, before: TableBaseline, answer: Answer, *, role: str = "") -> ProbeResult:
    """Return the finding of a refused table: a failure if it was readable before, otherwise a warning.

    A refusal without a known meaning blames no permission, and proves nothing of a table that was never
    readable.
    """
    causes = _refusal_causes(table, before, answer, role)
    unclear = answer.outcome is Outcome.UNCLEAR
    facts: Facts = {REFUSAL: answer.quote} if unclear else {}
    state = State.FAILED if before.was_readable else State.UNKNOWN if unclear else State.WARNING
    seen = f"NetSuite: {answer.quote}"
    if not before.was_readable:
        seen = f"never readable so far. {seen}"
    if before.synced_at is not None:
        seen += f" The table is unchanged since {formatted_time(before.synced_at)}."
    id_ = f"table:{table.name}"
    if state is State.UNKNOWN:
        return ProbeResult((Finding(id_, state, seen, facts=facts),))
    return ProbeResult((with_causes(id_, state, seen, causes, facts=facts),))


def _refusal_causes(table: Table, before: TableBaseline, answer: Answer, role: str) -> tuple[Cause, ...]:
    error = answer.error
    if isinstance(error, PermissionDenied):
        causes = table_causes(table, role=role, was_readable=before.was_readable)
        return (named_permission_cause(error.permission, role), *causes) if error.permission else causes
    if isinstance(error, QueryError) and error.column:
        return column_causes(table, error.column, error.reason, role=role)
    return (unclear_cause(error),)


def unchecked_table(table: Table, why: str, *, count: bool) -> ProbeResult:
    """Return the findings of a table that could not be checked."""
    ids = (f"table:{table.name}", *([f"rows:{table.name}"] if count else []))
    return ProbeResult(tuple(Finding(id_, State.UNKNOWN, why) for id_ in ids))


def reason_unchecked(answer: Answer) -> str:
    """Return why a table could not be checked."""
    match answer.outcome:
        case Outcome.SIGN_IN_REFUSED:
            return not_checked("sign-in")
        case Outcome.DENIED | Outcome.UNCLEAR:
            return not_checked("SuiteQL")
        case Outcome.THROTTLED:
            return "not checked (the account must have a free request first: see Concurrency)"
    return f"not checked: {answer.quote}"


def row_count_finding(
    table: Table, before: TableBaseline, count: int, deleted: int | None, *, role: str = ""
) -> Finding:
    """Return the finding of a table whose rows NetSuite counted.

    Even one missing row without evidence of its deletion is a failure, where the table logs its deletions.

    Args:
        table: Its spec.
        before: Its baseline, with a row count.
        count: Rows that NetSuite counts now.
        deleted: Deletions that NetSuite lists since the last sync; None where it lists none for this role.
        role: The role's name; empty where unknown.

    Example:
        >>> from netsuite_pipeline.tables import standard_tables
        >>> customer, before = standard_tables()["customer"], TableBaseline(row_count=1000)
        >>> row_count_finding(customer, before, 999, deleted=0).state
        <State.FAILED: 'failed'>
        >>> row_count_finding(customer, before, 900, deleted=100).state
        <State.OK: 'ok'>
    """
    id_ = f"rows:{table.name}"
    had = before.row_count or 0
    facts: Facts = {"counted": count, "synced": had, "deleted": deleted or 0}
    at = f" on {formatted_time(before.synced_at)}" if before.synced_at is not None else ""
    seen = f"NetSuite shows {count:,} of the {had:,} rows synced{at}"
    if count >= had:
        seen = f"NetSuite shows {counted(count, 'row')}; {had:,} were synced{at}"
    gone = had - count
    unexplained = gone - (deleted or 0)
    if gone <= 0 or _may_be_gone(table, had, unexplained, deleted):
        if gone > 0 and deleted:
            seen += f"; {counted(deleted, 'deletion')} recorded since"
        if before.missing:
            seen += "; rows that were missing are visible again, and the next sync reads them"
        return Finding(id_, State.OK, seen, facts=facts)
    what = before.missing_what if before.missing == unexplained else None
    which = f": {what}" if what else ""
    recorded = counted(deleted, "deletion") if deleted else "no deletions"
    seen = f"{seen}. {counted(unexplained, 'row is', 'rows are')} missing{which}; {recorded} recorded."
    return with_causes(id_, State.FAILED, seen, rows_causes(table, what or "", role=role), facts=facts)


def _may_be_gone(table: Table, had: int, unexplained: int, deleted: int | None) -> bool:
    """Return whether the missing rows need no evidence: few rows of a table that does not log deletions."""
    if unexplained <= 0:
        return True
    if table.query is not None:
        return is_small_share(had, unexplained, MAX_QUERY_SHARE)
    if table.parent is not None:  # lines go without an entry when their document is edited
        return is_small_share(had, unexplained, MAX_UNLOGGED_SHARE)
    if table.belongs_to:
        return is_small_share(had, unexplained, MAX_LIST_SHARE)
    logged = table.deletion_log and len(table.key) == 1 and deleted is not None
    return not logged and is_small_loss(had, unexplained)


def _unavailable(found: AvailableColumns) -> str:
    return listed_up_to([f"{name} ({reason})" for name, reason in found.refused.items()], _MAX_NAMED)
