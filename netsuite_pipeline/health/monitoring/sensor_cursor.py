"""The cursor of a sensor: what it reported of each subject, and what awaits confirmation."""

import base64
import json
import zlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from netsuite_pipeline.health.findings import Cause, Finding, State

_VERSION = 2
# Every tick carries the cursor to the sensor and back. An account that lost all columns at once needs more
# than the usual 50 kB; such a cursor repeats itself and compresses to a twentieth.
_COMPRESS_ABOVE = 100_000
_NOT_STORED = ("id", "note", "refused_elsewhere")
_T = TypeVar("_T")


@dataclass(frozen=True)
class SubjectState:
    """The entry of one subject; all times are UTC.

    Attributes:
        reported: The last reported finding, with `since` equal to `first_seen`; None before the first report.
        first_seen: When this state was first seen.
        confirmed_at: When a second check confirmed it.
        reported_at: When it was last reported.
        known_at: When the subject was last seen in any state but unknown.
        ok_at: When the subject was last OK.
        alerted: Whether an alert was sent, so that the recovery is alerted too.
        pending: The signature of a deviation that was seen once and awaits confirmation, or empty.
        pending_since: When that deviation was first seen.
    """

    reported: Finding | None = None
    first_seen: datetime | None = None
    confirmed_at: datetime | None = None
    reported_at: datetime | None = None
    known_at: datetime | None = None
    ok_at: datetime | None = None
    alerted: bool = False
    pending: str = ""
    pending_since: datetime | None = None


@dataclass(frozen=True)
class SensorCursor:
    """The typed cursor of a sensor.

    Attributes:
        subjects: The entries, by the id of their findings; `column:<table>` is a table's columns as a whole.
        baseline: The columns that a table offered before its first sync, by table.
        next_check_at: The UTC time before which the sign-in must not be checked, or None.
        refused_checks: How many checks in a row found the sign-in refused.
        refused_at: The times of recently refused sign-ins, one entry an attempt.
        refused_elsewhere: The same for another sensor; not stored.
        next_index: The table where the permission sensor continues.
        note: Why a stored cursor was discarded; otherwise empty. Not stored.
    """

    subjects: Mapping[str, SubjectState] = field(default_factory=dict)
    baseline: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    next_check_at: datetime | None = None
    refused_checks: int = 0
    refused_at: tuple[datetime, ...] = ()
    next_index: int = 0
    refused_elsewhere: tuple[datetime, ...] = field(default=(), compare=False)
    note: str = field(default="", compare=False)

    @classmethod
    def parse(cls, cursor: str | None) -> "SensorCursor":
        """Return the stored cursor; an empty one with a `note` where it cannot be read.

        Example:
            >>> SensorCursor.parse(None) == SensorCursor() == SensorCursor.parse("what?")
            True
            >>> SensorCursor.parse("what?").note
            "The sensor's cursor could not be read. The sensor starts without it."
        """
        if not cursor:
            return cls()
        try:
            return _cursor(json.loads(cursor))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, zlib.error):
            return cls(note="The sensor's cursor could not be read. The sensor starts without it.")

    def serialize(self) -> str:
        """Return the cursor as JSON text.

        Example:
            >>> SensorCursor(next_index=3).serialize()
            '{"version":2,"next_index":3}'
        """
        text = _dumped({"version": _VERSION, **_stored(self)})
        if len(text) <= _COMPRESS_ABOVE:
            return text
        packed = base64.b64encode(zlib.compress(text.encode())).decode()
        return _dumped({"version": _VERSION, "packed": packed})

    def reported(self) -> tuple[Finding, ...]:
        """Return the last reported finding of each subject, by id."""
        return tuple(
            subject.reported for _, subject in sorted(self.subjects.items()) if subject.reported is not None
        )

    def problems(self) -> tuple[Finding, ...]:
        """Return the reported failures and warnings."""
        return tuple(each for each in self.reported() if each.state in (State.FAILED, State.WARNING))

    def pending(self) -> tuple[str, ...]:
        """Return the ids of the subjects that deviate from their report and await confirmation."""
        return tuple(sorted(name for name, subject in self.subjects.items() if subject.pending))

    def last_ok(self, finding_id: str) -> datetime | None:
        """Return when a subject was last OK, UTC."""
        subject = self.subjects.get(finding_id)
        return subject.ok_at if subject else None

    def for_tables(self, tables: Collection[str]) -> "SensorCursor":
        """Return the cursor without the entries of other tables, which are no longer synced."""
        subjects = {
            name: subject
            for name, subject in self.subjects.items()
            if ":" not in name or name.partition(":")[2].partition(".")[0] in tables
        }
        baseline = {name: columns for name, columns in self.baseline.items() if name in tables}
        return replace(self, subjects=subjects, baseline=baseline)

    def with_columns(self, table: str, columns: Iterable[str]) -> "SensorCursor":
        """Return the cursor with more baseline columns of a table without a sync."""
        noted = dict.fromkeys([*self.baseline.get(table, ()), *columns])
        return replace(self, baseline={**self.baseline, table: tuple(noted)})


def _dumped(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _stored(value: SensorCursor | SubjectState | Finding) -> dict[str, Any]:
    """Return the fields that differ from their defaults."""
    return {name: _plain(each) for name, each in vars(value).items() if each and name not in _NOT_STORED}


def _plain(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat()
        case SensorCursor() | SubjectState() | Finding():
            return _stored(value)
        case Cause():
            return [value.summary, value.indication, value.remedy]
        case Mapping():
            return {name: _plain(each) for name, each in value.items()}
        case tuple():
            return [_plain(each) for each in value]
    return value


def _cursor(raw: Any) -> SensorCursor:
    if raw["version"] != _VERSION:
        raise ValueError("the cursor of another version")
    if "packed" in raw:
        raw = json.loads(zlib.decompress(base64.b64decode(raw["packed"])))
    return SensorCursor(
        subjects={name: _subject(name, each) for name, each in raw.get("subjects", {}).items()},
        baseline={name: _texts(each) for name, each in raw.get("baseline", {}).items()},
        next_check_at=_time(raw.get("next_check_at")),
        refused_checks=_number(raw.get("refused_checks", 0)),
        refused_at=_times(raw.get("refused_at", [])),
        next_index=_number(raw.get("next_index", 0)),
    )


def _subject(name: str, raw: Any) -> SubjectState:
    times = ("first_seen", "confirmed_at", "reported_at", "known_at", "ok_at", "pending_since")
    return SubjectState(
        reported=_finding(name, raw["reported"]) if "reported" in raw else None,
        alerted=_typed(bool, raw.get("alerted", False)),
        pending=_text(raw.get("pending", "")),
        **{name: _time(raw.get(name)) for name in times},
    )


def _finding(name: str, raw: Any) -> Finding:
    facts = raw.get("facts", {})
    if not all(isinstance(each, int | float | str) for each in facts.values()):
        raise TypeError("not a fact")
    return Finding(
        name,
        State(raw["state"]),
        _text(raw.get("seen", "")),
        tuple(map(_cause, _typed(list, raw.get("causes", [])))),
        _text(raw.get("remedy", "")),
        _time(raw.get("since")),
        facts,
        _number(raw.get("escalation", 0)),
        _time(raw.get("last_ok")),
    )


def _cause(raw: Any) -> Cause:
    summary, indication, remedy = _texts(raw)
    return Cause(summary, indication, remedy)


def _time(raw: Any) -> datetime | None:
    if raw is None:
        return None
    at = datetime.fromisoformat(raw)
    if at.tzinfo is not None:
        raise ValueError("times are UTC, without a zone")
    return at


def _times(raw: Any) -> tuple[datetime, ...]:
    return tuple(at for at in map(_time, _typed(list, raw)) if at is not None)


def _texts(raw: Any) -> tuple[str, ...]:
    return tuple(map(_text, _typed(list, raw)))


def _number(raw: Any) -> int:
    if _typed(int, raw) < 0:
        raise ValueError("below 0")
    return int(raw)


def _text(raw: Any) -> str:
    return _typed(str, raw)


def _typed(kind: type[_T], raw: Any) -> _T:
    if not isinstance(raw, kind):
        raise TypeError(f"not a {kind.__name__}")
    return raw
