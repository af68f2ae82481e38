"""What changed since people were last told: said once when a second look confirms it, once when it heals."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from netsuite_pipeline.health.findings import Finding, ProbeResult, State
from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor, SubjectState
from netsuite_pipeline.health.monitoring.sign_in_backoff import (
    allowed_attempts,
    check_is_due,
    next_check,
    record_sign_in,
)

__all__ = [
    "Change",
    "ChangeKind",
    "SensorCursor",
    "SubjectState",
    "allowed_attempts",
    "check_is_due",
    "next_check",
    "update",
    "with_pending",
]

HEARTBEAT_AFTER = timedelta(hours=24)
UNKNOWN_FOR_LONG = timedelta(hours=6)
_RANK = {State.UNKNOWN: 0, State.OK: 0, State.WARNING: 1, State.FAILED: 2}
_FOUND_BY_OTHERS = "found by a sync or a person"
_NO_DIGITS = str.maketrans("", "", "0123456789")


class ChangeKind(StrEnum):
    """Why something is said of a subject.

    `BROKE` and `HEALED` are for people's attention; all of them are for the subject's check.
    """

    FIRST = "first"
    """The subject is shown for the first time, as well, as unknown, or with a warning that was always so."""
    BROKE = "broke"
    """It is worse or more urgent than was told, and a second look confirmed it."""
    CHANGED = "changed"
    """Still not well, for another reason or less badly; or known again after it was unknown for long."""
    RECOVERED = "healed"
    """What was told as broken is well again."""
    NEW = "news"
    """Something is there that never was: a table readable for the first time, a new column."""
    HEARTBEAT = "heartbeat"
    """Nothing changed for a day."""


@dataclass(frozen=True)
class Change:
    """One thing to say of one subject.

    Attributes:
        kind: Why.
        finding: How the subject stands, `since` its `first_seen`; of `HEALED`, how it is well.
        first_seen: When it was first seen so; of `HEALED`, when it was first seen broken. UTC.
        confirmed_at: When a second look confirmed that; where none was needed, `first_seen`.
        duration: Of `HEALED`: how long it was broken.
        last_ok: When the subject was last seen well before this look, UTC.
    """

    kind: ChangeKind
    finding: Finding
    first_seen: datetime
    confirmed_at: datetime
    duration: timedelta | None = None
    last_ok: datetime | None = None


def update(cursor: SensorCursor, look: ProbeResult, now: datetime) -> tuple[SensorCursor, tuple[Change, ...]]:
    """What is remembered after a look, and what is to be said.

    What could not be looked at (`UNKNOWN`) neither confirms nor heals. Of the tables whose columns were all
    looked at, a column without a finding is well.

    Args:
        memory: What was remembered before.
        look: What was found.
        now: When, UTC.

    Example:
        >>> look = ProbeResult((Finding("sign_in", State.FAILED, "refused"),))
        >>> noon = datetime(2026, 11, 23, 12)
        >>> cursor, changes = update(SensorCursor(), look, noon)
        >>> changes
        ()
        >>> cursor, changes = update(cursor, look, noon + timedelta(minutes=5))
        >>> [f"{change.kind}: {change.finding.id}, since {change.first_seen:%H:%M}" for change in changes]
        ['broke: sign_in, since 12:00']
    """
    subjects = dict(cursor.subjects)
    changes: list[Change | None] = []
    for finding in _reported(look):
        subjects[finding.id], change = _next_state(subjects.get(finding.id, SubjectState()), finding, now)
        changes.append(change)
    for well in _cleared(subjects, look):
        # From now on the word on the table's columns speaks for it.
        before = subjects.pop(well.id)
        if before.reported is not None and _RANK[before.reported.state]:
            changes.append(_well(before, well, now)[1])
    said = tuple(change for change in changes if change is not None)
    return replace(record_sign_in(cursor, look, now), subjects=subjects), said


def with_pending(cursor: SensorCursor, failed: Mapping[str, datetime]) -> SensorCursor:
    """Return the memory in which failures that others than the sensor found await their second look.

    Args:
        memory: As it was.
        failed: When each was found, UTC, by the id of its finding.

    Example:
        >>> with_pending(SensorCursor(), {"table:vendor": datetime(2026, 11, 23, 12)}).pending()
        ('table:vendor',)
    """
    subjects = dict(cursor.subjects)
    for name, at in failed.items():
        before = subjects.get(name, SubjectState())
        if not before.pending and not (before.reported and _RANK[before.reported.state]):
            subjects[name] = replace(before, pending=_FOUND_BY_OTHERS, pending_since=at)
    return replace(cursor, subjects=subjects)


def _reported(look: ProbeResult) -> Iterable[Finding]:
    """What the look found, one finding a subject, and a word on each table's columns as a whole."""
    found = {finding.id: finding for finding in look.findings}
    doubtful = {each.subject for each in found.values() if each.column and each.state is not State.OK}
    for table in sorted(look.tables - doubtful):
        found.setdefault(
            f"column:{table}", Finding(f"column:{table}", State.OK, "All columns are exposed as before.")
        )
    return found.values()


def _cleared(subjects: Mapping[str, SubjectState], look: ProbeResult) -> Sequence[Finding]:
    """The remembered columns that were looked at and of which nothing was found."""
    found = {finding.id for finding in look.findings}
    remembered = [Finding(name, State.OK, "It is exposed again.") for name in subjects if name not in found]
    return [each for each in remembered if each.column and each.subject in look.tables]


def _next_state(before: SubjectState, finding: Finding, now: datetime) -> tuple[SubjectState, Change | None]:
    """One subject's next state, and what is to be said of it."""
    if finding.state is State.UNKNOWN:
        return _not_seen(before, finding, now)
    if finding.state is State.OK:
        return _well(before, finding, now)
    return _deviates(replace(before, known_at=now), finding, now)


def _not_seen(before: SubjectState, finding: Finding, now: datetime) -> tuple[SubjectState, Change | None]:
    """It could not be looked at: what was told stands, unless that has become too old to be repeated."""
    told = before.reported
    if told is None:
        silent = before.pending or finding.column
        return (before, None) if silent else _emit(before, ChangeKind.FIRST, finding, now)
    if not _heartbeat_is_due(before, now):
        return before, None
    if told.state is State.UNKNOWN:
        return _repeat(before, finding, now)
    if _RANK[told.state]:
        return _repeat(before, told, now)
    known_at = before.known_at or now
    if now - known_at < UNKNOWN_FOR_LONG:
        return before, None
    return _emit(before, ChangeKind.HEARTBEAT, finding, now, first_seen=known_at)


def _well(before: SubjectState, finding: Finding, now: datetime) -> tuple[SubjectState, Change | None]:
    told = before.reported
    subject = replace(before, known_at=now, ok_at=now, alerted=False, pending="", pending_since=None)
    if told is not None and told.state is State.OK:
        due = _heartbeat_is_due(before, now) and not finding.column
        return _repeat(subject, finding, now) if due else (subject, None)
    if before.alerted:
        subject, change = _emit(subject, ChangeKind.RECOVERED, finding, now)
        began, confirmed_at = before.first_seen or now, before.confirmed_at or now
        lasted = now - began
        change = replace(change, first_seen=began, confirmed_at=confirmed_at, duration=lasted)
    elif finding.column or (told is not None and _RANK[told.state]):
        subject, change = _emit(subject, ChangeKind.NEW, finding, now)
    else:
        kind = ChangeKind.CHANGED if before.ok_at else ChangeKind.FIRST
        subject, change = _emit(subject, kind, finding, now)
    return subject, replace(change, last_ok=before.ok_at)


def _deviates(subject: SubjectState, finding: Finding, now: datetime) -> tuple[SubjectState, Change | None]:
    told = subject.reported
    told_rank = _RANK[told.state] if told else 0
    signature = _signature(finding)
    due = bool(told_rank) and _heartbeat_is_due(subject, now)
    if told and told_rank and signature == _signature(told):
        subject = replace(subject, pending="", pending_since=None)
        return _repeat(subject, finding, now) if due else (subject, None)
    # Any second deviation confirms that a subject is not well; another reason than was told must come twice.
    if not subject.pending or (told_rank and subject.pending != signature):
        subject = replace(subject, pending=signature, pending_since=now)
        return _repeat(subject, told, now) if told and due else (subject, None)
    began = subject.pending_since or now
    subject = replace(subject, pending="", pending_since=None)
    more_urgent = told is not None and bool(told_rank) and finding.urgency > told.urgency
    if _RANK[finding.state] <= told_rank and not more_urgent:
        return _emit(subject, ChangeKind.CHANGED, finding, now, subject.first_seen, subject.confirmed_at)
    always_so = finding.state is State.WARNING and subject.ok_at is None and not more_urgent
    kind = ChangeKind.FIRST if always_so else ChangeKind.BROKE
    return _emit(replace(subject, alerted=not always_so), kind, finding, now, first_seen=began)


def _emit(
    subject: SubjectState,
    kind: ChangeKind,
    finding: Finding,
    now: datetime,
    first_seen: datetime | None = None,
    confirmed_at: datetime | None = None,
) -> tuple[SubjectState, Change]:
    """Tells a finding that was first seen and confirmed now, unless other moments are given."""
    first_seen, confirmed_at = first_seen or now, confirmed_at or now
    finding = replace(finding, since=first_seen)
    subject = replace(
        subject, reported=finding, first_seen=first_seen, confirmed_at=confirmed_at, reported_at=now
    )
    return subject, Change(kind, finding, first_seen, confirmed_at, last_ok=subject.ok_at)


def _repeat(subject: SubjectState, finding: Finding, now: datetime) -> tuple[SubjectState, Change]:
    """Tells once more what was told, in the words of today."""
    return _emit(subject, ChangeKind.HEARTBEAT, finding, now, subject.first_seen, subject.confirmed_at)


def _heartbeat_is_due(subject: SubjectState, now: datetime) -> bool:
    return subject.reported_at is None or abs(now - subject.reported_at) >= HEARTBEAT_AFTER


def _signature(finding: Finding) -> str:
    """What makes two findings of a subject the same: state and likeliest cause, whatever the figures."""
    cause = finding.causes[0].summary if finding.causes else finding.remedy
    return f"{finding.state} {cause}".translate(_NO_DIGITS)
