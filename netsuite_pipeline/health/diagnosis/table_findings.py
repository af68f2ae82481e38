"""What a look at one table means: readable, its columns as before, its rows as many as before. Pure."""

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
from netsuite_pipeline.health.findings import Cause, Finding, ProbeResult, State
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
from netsuite_pipeline.wording import listed_up_to

_MOST_NAMED = 6


@dataclass(frozen=True)
class TableBaseline:
    """How a table was before: at the last sync, or where there was none, at the first look.

    Attributes:
        columns: The columns it had; None where it was never readable.
        lost: Those of them that the last sync did not get, each with the moment since when, UTC.
        row_count: How many rows it had at the last sync, or None.
        synced_at: When that was, UTC.
        missing: How many of the rows the last sync did not find in NetSuite, without evidence of their
            deletion.
        missing_what: Which rows these are, in words; None where there are none.
    """

    columns: frozenset[str] | None = None
    lost: Mapping[str, datetime] | None = None
    row_count: int | None = None
    synced_at: datetime | None = None
    missing: int = 0
    missing_what: str | None = None

    @property
    def was_readable(self) -> bool:
        return self.columns is not None


def readable_table(
    table: Table, before: TableBaseline, found: AvailableColumns, *, role: str = ""
) -> ProbeResult:
    """The findings of a table that is answered.

    Args:
        table: Its spec.
        before: How it was.
        found: What it offers, the key apart.
        role: The role's name; empty where it is not known.
    """
    exposed = frozenset((*table.key, *found.columns))
    total = len(table.columns)
    refused = listed_up_to([f"{name} ({reason})" for name, reason in found.refused.items()], _MOST_NAMED)
    missing = f"{len(exposed)} of {total} columns; not offered here: {refused}"
    facts: dict[str, int | float | str] = {"columns": len(exposed), "not_offered": len(found.refused)}
    seen = f"readable, {missing if found.refused else f'{total} columns'}"
    table_finding = Finding(f"table:{table.name}", State.OK, seen, facts=facts)
    return ProbeResult(
        (table_finding, *_columns(table, before, exposed, found, role)), frozenset({table.name})
    )


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
            findings.append(Finding(id_, State.OK, f"{column} is exposed again; the next sync fills it."))
        elif column in exposed and column not in before.columns:
            findings.append(Finding(id_, State.OK, f"{column} is new; the next sync brings it."))
    return tuple(findings)


def _lost_column(
    table: Table, column: str, found: AvailableColumns, since: datetime | None, role: str
) -> Finding:
    reason = found.refused[column]
    causes = column_causes(table, column, reason, role=role)
    seen = f"{table.name}.{column} was there before, and NetSuite does not offer it any more ({reason})."
    if column in found.words:
        seen += f' NetSuite: "{found.words[column]}"'
    return Finding(f"column:{table.name}.{column}", State.FAILED, seen, causes, causes[0].remedy, since)


def refused_table(table: Table, before: TableBaseline, answer: Answer, *, role: str = "") -> ProbeResult:
    """The finding of a table that is refused: an alarm if it was readable before, and else a warning. A
    refusal whose meaning is not known accuses no permission, and of a table that was never readable it says
    nothing."""
    causes = _refusal_causes(table, before, answer, role)
    unclear = answer.outcome is Outcome.UNCLEAR
    facts: dict[str, int | float | str] = {REFUSAL: answer.words} if unclear else {}
    state = State.FAILED if before.was_readable else State.UNKNOWN if unclear else State.WARNING
    never = "" if before.was_readable else "never readable so far: "
    seen = f"{never}NetSuite: {answer.words}"
    if before.synced_at is not None:
        seen += f" Last read {before.synced_at:%Y-%m-%d %H:%M} UTC; the table stays as it was."
    if state is State.UNKNOWN:
        return ProbeResult((Finding(f"table:{table.name}", state, seen, facts=facts),))
    return ProbeResult((Finding(f"table:{table.name}", state, seen, causes, causes[0].remedy, facts=facts),))


REFUSAL = "refusal"
"""The fact that keeps NetSuite's words of a refusal whose meaning is not known."""


def _refusal_causes(table: Table, before: TableBaseline, answer: Answer, role: str) -> tuple[Cause, ...]:
    error = answer.error
    if isinstance(error, PermissionDenied):
        causes = table_causes(table, role=role, was_readable=before.was_readable)
        return (named_permission_cause(error.permission, role), *causes) if error.permission else causes
    if isinstance(error, QueryError) and error.column:
        return column_causes(table, error.column, error.reason, role=role)
    return (unclear_cause(error),)


def unchecked_table(table: Table, why: str, *, count: bool) -> ProbeResult:
    """The findings of a table that could not be looked at."""
    ids = (f"table:{table.name}", *([f"rows:{table.name}"] if count else []))
    return ProbeResult(tuple(Finding(id_, State.UNKNOWN, why) for id_ in ids))


def reason_unchecked(answer: Answer) -> str:
    """Why a table could not be looked at, by what became of the question."""
    match answer.outcome:
        case Outcome.REFUSED:
            return "not looked at: sign-in comes first"
        case Outcome.DENIED | Outcome.UNCLEAR:
            return "not looked at: SuiteQL as a whole is refused and comes first"
        case Outcome.THROTTLED:
            return "not looked at: the account has no request left for us (concurrency comes first)"
    return f"not looked at: {answer.words}"


def row_count_finding(
    table: Table, before: TableBaseline, counted: int, deleted: int | None, *, role: str = ""
) -> Finding:
    """The finding of a table whose rows NetSuite counted: a row that is gone without evidence of its
    deletion is one too many.

    Args:
        table: Its spec.
        before: How it was; it must have rows.
        counted: How many rows NetSuite shows now.
        deleted: How many of those that are gone NetSuite lists as deleted since; None where it does not tell.
        role: The role's name; empty where it is not known.

    Example:
        >>> from netsuite_pipeline.tables import standard_tables
        >>> customer, before = standard_tables()["customer"], TableBaseline(row_count=1000)
        >>> row_count_finding(customer, before, 999, deleted=0).state
        <State.FAILED: 'failed'>
        >>> row_count_finding(customer, before, 900, deleted=100).state
        <State.OK: 'ok'>
    """
    had = before.row_count or 0
    facts: dict[str, int | float | str] = {"counted": counted, "synced": had, "deleted": deleted or 0}
    seen = f"NetSuite shows {counted:,} rows, {had:,} were synced"
    if before.synced_at is not None:
        seen += f" ({before.synced_at:%Y-%m-%d %H:%M} UTC)"
    gone = had - counted
    unexplained = gone - (deleted or 0)
    if gone <= 0 or _may_be_gone(table, had, unexplained, deleted):
        explained = f"; {deleted:,} deletions are recorded since" if gone > 0 and deleted else ""
        again = (
            "; those that were missing are shown again, and the next sync reads them"
            if before.missing
            else ""
        )
        return Finding(f"rows:{table.name}", State.OK, f"{seen}{explained}{again}", facts=facts)
    what = before.missing_what if before.missing == unexplained else None
    causes = rows_causes(table, what or "", role=role)
    which = f": {what}" if what else ""
    seen = f"{seen}. {unexplained:,} of them are missing{which}, with {deleted or 'no'} deletions recorded."
    return Finding(f"rows:{table.name}", State.FAILED, seen, causes, causes[0].remedy, facts=facts)


def _may_be_gone(table: Table, had: int, unexplained: int, deleted: int | None) -> bool:
    """Whether the rows that are gone need no evidence: there is none that they lack, or the table has no
    log of its deletions and they are few."""
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
