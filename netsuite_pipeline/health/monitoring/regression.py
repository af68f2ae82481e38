"""What changed since people were last told: said once when a second look confirms it, once when it heals."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from netsuite_pipeline.health.findings import Finding, Look, State
from netsuite_pipeline.health.monitoring.sensor_cursor import Memory, Subject
from netsuite_pipeline.health.monitoring.sign_in_backoff import (
    attempts_allowed,
    look_is_due,
    next_look,
    note_sign_in,
)

__all__ = [
    "Change",
    "ChangeKind",
    "Memory",
    "Subject",
    "attempts_allowed",
    "look_is_due",
    "next_look",
    "remember",
    "with_suspects",
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
    HEALED = "healed"
    """What was told as broken is well again."""
    NEWS = "news"
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
        lasted: Of `HEALED`: how long it was broken.
        last_ok: When the subject was last seen well before this look, UTC.
    """

    kind: ChangeKind
    finding: Finding
    first_seen: datetime
    confirmed_at: datetime
    lasted: timedelta | None = None
    last_ok: datetime | None = None


def remember(memory: Memory, look: Look, now: datetime) -> tuple[Memory, tuple[Change, ...]]:
    """What is remembered after a look, and what is to be said.

    What could not be looked at (`UNKNOWN`) neither confirms nor heals. Of the tables whose columns were all
    looked at, a column without a finding is well.

    Args:
        memory: What was remembered before.
        look: What was found.
        now: When, UTC.

    Example:
        >>> look = Look((Finding("sign_in", State.FAILED, "refused"),))
        >>> noon = datetime(2026, 11, 23, 12)
        >>> memory, changes = remember(Memory(), look, noon)
        >>> changes
        ()
        >>> memory, changes = remember(memory, look, noon + timedelta(minutes=5))
        >>> [f"{change.kind}: {change.finding.id}, since {change.first_seen:%H:%M}" for change in changes]
        ['broke: sign_in, since 12:00']
    """
    subjects = dict(memory.subjects)
    changes: list[Change | None] = []
    for finding in _spoken(look):
        subjects[finding.id], change = _after(subjects.get(finding.id, Subject()), finding, now)
        changes.append(change)
    for well in _unspoken(subjects, look):
        # From now on the word on the table's columns speaks for it.
        before = subjects.pop(well.id)
        if before.told is not None and _RANK[before.told.state]:
            changes.append(_well(before, well, now)[1])
    said = tuple(change for change in changes if change is not None)
    return replace(note_sign_in(memory, look, now), subjects=subjects), said


def with_suspects(memory: Memory, failed: Mapping[str, datetime]) -> Memory:
    """Return the memory in which failures that others than the sensor found await their second look.

    Args:
        memory: As it was.
        failed: When each was found, UTC, by the id of its finding.

    Example:
        >>> with_suspects(Memory(), {"table:vendor": datetime(2026, 11, 23, 12)}).suspects()
        ('table:vendor',)
    """
    subjects = dict(memory.subjects)
    for name, at in failed.items():
        before = subjects.get(name, Subject())
        if not before.suspect and not (before.told and _RANK[before.told.state]):
            subjects[name] = replace(before, suspect=_FOUND_BY_OTHERS, suspect_at=at)
    return replace(memory, subjects=subjects)


def _spoken(look: Look) -> Iterable[Finding]:
    """What the look found, one finding a subject, and a word on each table's columns as a whole."""
    found = {finding.id: finding for finding in look.findings}
    doubtful = {each.subject for each in found.values() if each.column and each.state is not State.OK}
    for table in sorted(look.tables - doubtful):
        found.setdefault(
            f"column:{table}", Finding(f"column:{table}", State.OK, "All columns are exposed as before.")
        )
    return found.values()


def _unspoken(subjects: Mapping[str, Subject], look: Look) -> Sequence[Finding]:
    """The remembered columns that were looked at and of which nothing was found."""
    found = {finding.id for finding in look.findings}
    remembered = [Finding(name, State.OK, "It is exposed again.") for name in subjects if name not in found]
    return [each for each in remembered if each.column and each.subject in look.tables]


def _after(before: Subject, finding: Finding, now: datetime) -> tuple[Subject, Change | None]:
    """One subject's next state, and what is to be said of it."""
    if finding.state is State.UNKNOWN:
        return _not_seen(before, finding, now)
    if finding.state is State.OK:
        return _well(before, finding, now)
    return _deviates(replace(before, seen_at=now), finding, now)


def _not_seen(before: Subject, finding: Finding, now: datetime) -> tuple[Subject, Change | None]:
    """It could not be looked at: what was told stands, unless that has become too old to be repeated."""
    told = before.told
    if told is None:
        silent = before.suspect or finding.column
        return (before, None) if silent else _say(before, ChangeKind.FIRST, finding, now)
    if not _heartbeat_is_due(before, now):
        return before, None
    if told.state is State.UNKNOWN:
        return _repeat(before, finding, now)
    if _RANK[told.state]:
        return _repeat(before, told, now)
    seen_at = before.seen_at or now
    if now - seen_at < UNKNOWN_FOR_LONG:
        return before, None
    return _say(before, ChangeKind.HEARTBEAT, finding, now, first_seen=seen_at)


def _well(before: Subject, finding: Finding, now: datetime) -> tuple[Subject, Change | None]:
    told = before.told
    subject = replace(before, seen_at=now, ok_at=now, alarmed=False, suspect="", suspect_at=None)
    if told is not None and told.state is State.OK:
        due = _heartbeat_is_due(before, now) and not finding.column
        return _repeat(subject, finding, now) if due else (subject, None)
    if before.alarmed:
        subject, change = _say(subject, ChangeKind.HEALED, finding, now)
        began, confirmed_at = before.first_seen or now, before.confirmed_at or now
        lasted = now - began
        change = replace(change, first_seen=began, confirmed_at=confirmed_at, lasted=lasted)
    elif finding.column or (told is not None and _RANK[told.state]):
        subject, change = _say(subject, ChangeKind.NEWS, finding, now)
    else:
        kind = ChangeKind.CHANGED if before.ok_at else ChangeKind.FIRST
        subject, change = _say(subject, kind, finding, now)
    return subject, replace(change, last_ok=before.ok_at)


def _deviates(subject: Subject, finding: Finding, now: datetime) -> tuple[Subject, Change | None]:
    told = subject.told
    told_rank = _RANK[told.state] if told else 0
    gist = _gist(finding)
    due = bool(told_rank) and _heartbeat_is_due(subject, now)
    if told and told_rank and gist == _gist(told):
        subject = replace(subject, suspect="", suspect_at=None)
        return _repeat(subject, finding, now) if due else (subject, None)
    # Any second deviation confirms that a subject is not well; another reason than was told must come twice.
    if not subject.suspect or (told_rank and subject.suspect != gist):
        subject = replace(subject, suspect=gist, suspect_at=now)
        return _repeat(subject, told, now) if told and due else (subject, None)
    began = subject.suspect_at or now
    subject = replace(subject, suspect="", suspect_at=None)
    more_urgent = told is not None and bool(told_rank) and finding.urgency > told.urgency
    if _RANK[finding.state] <= told_rank and not more_urgent:
        return _say(subject, ChangeKind.CHANGED, finding, now, subject.first_seen, subject.confirmed_at)
    always_so = finding.state is State.WARNING and subject.ok_at is None and not more_urgent
    kind = ChangeKind.FIRST if always_so else ChangeKind.BROKE
    return _say(replace(subject, alarmed=not always_so), kind, finding, now, first_seen=began)


def _say(
    subject: Subject,
    kind: ChangeKind,
    finding: Finding,
    now: datetime,
    first_seen: datetime | None = None,
    confirmed_at: datetime | None = None,
) -> tuple[Subject, Change]:
    """Tells a finding that was first seen and confirmed now, unless other moments are given."""
    first_seen, confirmed_at = first_seen or now, confirmed_at or now
    finding = replace(finding, since=first_seen)
    subject = replace(subject, told=finding, first_seen=first_seen, confirmed_at=confirmed_at, said_at=now)
    return subject, Change(kind, finding, first_seen, confirmed_at, last_ok=subject.ok_at)


def _repeat(subject: Subject, finding: Finding, now: datetime) -> tuple[Subject, Change]:
    """Tells once more what was told, in the words of today."""
    return _say(subject, ChangeKind.HEARTBEAT, finding, now, subject.first_seen, subject.confirmed_at)


def _heartbeat_is_due(subject: Subject, now: datetime) -> bool:
    return subject.said_at is None or abs(now - subject.said_at) >= HEARTBEAT_AFTER


def _gist(finding: Finding) -> str:
    """What makes two findings of a subject the same: state and likeliest cause, whatever the figures."""
    cause = finding.causes[0].what if finding.causes else finding.remedy
    return f"{finding.state} {cause}".translate(_NO_DIGITS)
