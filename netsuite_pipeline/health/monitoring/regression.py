"""Changes since the last report: reported once when a second check confirms them, once on recovery."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from netsuite_pipeline.health.findings import Finding, ProbeResult, State
from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor, SubjectState
from netsuite_pipeline.health.monitoring.sign_in_backoff import record_sign_in

HEARTBEAT_AFTER = timedelta(hours=24)
UNKNOWN_FOR_LONG = timedelta(hours=6)
_RANK = {State.UNKNOWN: 0, State.OK: 0, State.WARNING: 1, State.FAILED: 2}
_EXTERNAL = "found by a sync or a person"
_NO_DIGITS = str.maketrans("", "", "0123456789")


class ChangeKind(StrEnum):
    """Why a subject is reported.

    `BROKE` and `RECOVERED` are alerted; all kinds are emitted as evaluations of the subject's check.
    """

    FIRST = "first"
    """The first report of the subject: OK, unknown, or with a warning that was always there."""
    BROKE = "broke"
    """The subject is worse or more urgent than reported, and a second check confirmed it."""
    CHANGED = "changed"
    """Still not OK, for another reason or less badly; or known again after a long unknown."""
    RECOVERED = "recovered"
    """A subject reported as broken is OK again."""
    NEW = "new"
    """Something is available for the first time: a table, or a column."""
    HEARTBEAT = "heartbeat"
    """Nothing changed for a day."""


@dataclass(frozen=True)
class Change:
    """One report about one subject.

    Attributes:
        kind: Why the subject is reported.
        finding: Its state, with `since` equal to `first_seen`; of `RECOVERED`, its OK finding.
        first_seen: When this state was first seen; of `RECOVERED`, when it broke. UTC.
        confirmed_at: When a second check confirmed it; without one, `first_seen`.
        duration: Of `RECOVERED`: how long it was broken.
        last_ok: When the subject was last OK before this check, UTC.
    """

    kind: ChangeKind
    finding: Finding
    first_seen: datetime
    confirmed_at: datetime
    duration: timedelta | None = None
    last_ok: datetime | None = None


def update(
    cursor: SensorCursor, result: ProbeResult, now: datetime
) -> tuple[SensorCursor, tuple[Change, ...]]:
    """Return the cursor after a check, and what to report.

    An `UNKNOWN` finding neither confirms nor recovers. Of a table whose columns were all checked, a column
    without a finding is OK.

    Args:
        cursor: The cursor before the check.
        result: The findings of the check.
        now: The time of the check, UTC.

    Example:
        >>> result = ProbeResult((Finding("sign_in", State.FAILED, "refused"),))
        >>> noon = datetime(2026, 11, 23, 12)
        >>> cursor, changes = update(SensorCursor(), result, noon)
        >>> changes
        ()
        >>> cursor, changes = update(cursor, result, noon + timedelta(minutes=5))
        >>> [f"{change.kind}: {change.finding.id}, since {change.first_seen:%H:%M}" for change in changes]
        ['broke: sign_in, since 12:00']
    """
    subjects = dict(cursor.subjects)
    changes: list[Change | None] = []
    for finding in _reported(result):
        before = subjects.get(finding.id, SubjectState())
        subjects[finding.id], change = _next_state(before, finding, now)
        changes.append(change)
    for cleared in _cleared(subjects, result):
        # From now on the finding of the table's columns as a whole includes this column.
        before = subjects.pop(cleared.id)
        if before.reported is not None and _RANK[before.reported.state]:
            changes.append(_next_if_ok(before, cleared, now)[1])
    emitted = tuple(change for change in changes if change is not None)
    return replace(record_sign_in(cursor, result, now), subjects=subjects), emitted


def with_pending(cursor: SensorCursor, failed: Mapping[str, datetime]) -> SensorCursor:
    """Return the cursor in which failures found outside the sensor await confirmation.

    Args:
        cursor: The cursor.
        failed: When each was found, UTC, by the id of its finding.

    Example:
        >>> with_pending(SensorCursor(), {"table:vendor": datetime(2026, 11, 23, 12)}).pending()
        ('table:vendor',)
    """
    subjects = dict(cursor.subjects)
    for name, at in failed.items():
        before = subjects.get(name, SubjectState())
        if not before.pending and not (before.reported and _RANK[before.reported.state]):
            subjects[name] = replace(before, pending=_EXTERNAL, pending_since=at)
    return replace(cursor, subjects=subjects)


def _reported(result: ProbeResult) -> Iterable[Finding]:
    """Return one finding for each subject, and one for the columns of each checked table as a whole."""
    found = {finding.id: finding for finding in result.findings}
    doubtful = {each.subject for each in found.values() if each.column and each.state is not State.OK}
    for table in sorted(result.tables - doubtful):
        seen = "NetSuite offers all columns as before."
        found.setdefault(f"column:{table}", Finding(f"column:{table}", State.OK, seen))
    return found.values()


def _cleared(subjects: Mapping[str, SubjectState], result: ProbeResult) -> Sequence[Finding]:
    """Return columns that were broken before and are OK now."""
    found = {finding.id for finding in result.findings}
    absent = [
        Finding(name, State.OK, "NetSuite offers the column again.") for name in subjects if name not in found
    ]
    return [each for each in absent if each.column and each.subject in result.tables]


def _next_state(before: SubjectState, finding: Finding, now: datetime) -> tuple[SubjectState, Change | None]:
    """Return the subject's next state, and its report where there is one."""
    if finding.state is State.UNKNOWN:
        return _next_if_unknown(before, finding, now)
    if finding.state is State.OK:
        return _next_if_ok(before, finding, now)
    return _next_if_deviating(replace(before, known_at=now), finding, now)


def _next_if_unknown(
    before: SubjectState, finding: Finding, now: datetime
) -> tuple[SubjectState, Change | None]:
    """Keep the reported state, unless that is too old to be repeated."""
    reported = before.reported
    if reported is None:
        silent = before.pending or finding.column
        return (before, None) if silent else _emit(before, ChangeKind.FIRST, finding, now)
    if not _heartbeat_is_due(before, now):
        return before, None
    if reported.state is State.UNKNOWN:
        return _repeat(before, finding, now)
    if _RANK[reported.state]:
        return _repeat(before, reported, now)
    known_at = before.known_at or now
    if now - known_at < UNKNOWN_FOR_LONG:
        return before, None
    return _emit(before, ChangeKind.HEARTBEAT, finding, now, first_seen=known_at)


def _next_if_ok(before: SubjectState, finding: Finding, now: datetime) -> tuple[SubjectState, Change | None]:
    reported = before.reported
    subject = replace(before, known_at=now, ok_at=now, alerted=False, pending="", pending_since=None)
    if reported is not None and reported.state is State.OK:
        due = _heartbeat_is_due(before, now) and not finding.column
        return _repeat(subject, finding, now) if due else (subject, None)
    if before.alerted:
        subject, change = _emit(subject, ChangeKind.RECOVERED, finding, now)
        began, confirmed_at = before.first_seen or now, before.confirmed_at or now
        change = replace(change, first_seen=began, confirmed_at=confirmed_at, duration=now - began)
    elif finding.column or (reported is not None and _RANK[reported.state]):
        subject, change = _emit(subject, ChangeKind.NEW, finding, now)
    else:
        kind = ChangeKind.CHANGED if before.ok_at else ChangeKind.FIRST
        subject, change = _emit(subject, kind, finding, now)
    return subject, replace(change, last_ok=before.ok_at)


def _next_if_deviating(
    subject: SubjectState, finding: Finding, now: datetime
) -> tuple[SubjectState, Change | None]:
    reported = subject.reported
    rank = _RANK[reported.state] if reported else 0
    signature = _signature(finding)
    due = bool(rank) and _heartbeat_is_due(subject, now)
    if reported and rank and signature == _signature(reported):
        subject = replace(subject, pending="", pending_since=None)
        return _repeat(subject, finding, now) if due else (subject, None)
    # Any second deviation confirms that a subject is not OK; another reason than reported must come twice.
    if not subject.pending or (rank and subject.pending != signature):
        subject = replace(subject, pending=signature, pending_since=now)
        return _repeat(subject, reported, now) if reported and due else (subject, None)
    began = subject.pending_since or now
    subject = replace(subject, pending="", pending_since=None)
    more_urgent = reported is not None and bool(rank) and finding.escalation > reported.escalation
    if _RANK[finding.state] <= rank and not more_urgent:
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
    """Report a finding that was first seen and confirmed now, unless other times are given."""
    first_seen, confirmed_at = first_seen or now, confirmed_at or now
    finding = replace(finding, since=first_seen)
    subject = replace(
        subject, reported=finding, first_seen=first_seen, confirmed_at=confirmed_at, reported_at=now
    )
    return subject, Change(kind, finding, first_seen, confirmed_at, last_ok=subject.ok_at)


def _repeat(subject: SubjectState, finding: Finding, now: datetime) -> tuple[SubjectState, Change]:
    """Report the same state again, with today's text."""
    return _emit(subject, ChangeKind.HEARTBEAT, finding, now, subject.first_seen, subject.confirmed_at)


def _heartbeat_is_due(subject: SubjectState, now: datetime) -> bool:
    return subject.reported_at is None or abs(now - subject.reported_at) >= HEARTBEAT_AFTER


def _signature(finding: Finding) -> str:
    """Return what identifies a deviation: its state and likeliest cause, without figures."""
    cause = finding.causes[0].summary if finding.causes else finding.remedy
    return f"{finding.state} {cause}".translate(_NO_DIGITS)
