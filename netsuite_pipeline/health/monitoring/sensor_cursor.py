"""What a sensor remembers between its ticks: what it told of each subject, and what awaits a second look."""

import base64
import json
import zlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from netsuite_pipeline.health.findings import Cause, Finding, State

_VERSION = 2
# Every tick carries the cursor to the sensor and back. An account with all columns lost at once needs more
# than its usual 50 kB, and repeats itself so much that it shrinks to a twentieth.
_PACKED_ABOVE = 100_000
_NOT_KEPT = ("id", "note", "refused_elsewhere")
_T = TypeVar("_T")


@dataclass(frozen=True)
class SubjectState:
    """What is remembered of one subject; all moments are UTC.

    Attributes:
        reported: What people were told last, `since` its `first_seen`; None where nothing was told yet.
        first_seen: Since when that is so.
        confirmed_at: When a second look confirmed it.
        reported_at: When it was last said.
        known_at: When the subject was last seen in any state but unknown.
        ok_at: When it was last seen well.
        alerted: Whether it was told as broken, so that its recovery is to be told too.
        pending: The signature of a deviation that was seen once and awaits a second look, or empty.
        pending_since: When that was first seen.
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
    """All that a sensor remembers: its typed cursor.

    Attributes:
        subjects: By the id of their findings; `column:<table>` stands for a table's columns as a whole.
        baseline: Columns that a table showed before its first sync, by table.
        next_check_at: No look at the sign-in before this UTC moment; None where nothing forbids it.
        refused_checks: How many looks in a row found the sign-in refused.
        refused_at: When sign-ins were refused lately, one entry an attempt.
        refused_elsewhere: When another sensor's sign-ins were refused lately; it is not kept.
        next_index: Where the permission sensor goes on.
        note: What became of a cursor that could not be read; empty otherwise. It is not kept.
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
        """The memory in a cursor. What cannot be read is a clean one, whose `note` says so.

        Example:
            >>> SensorCursor.parse(None) == SensorCursor() == SensorCursor.parse("what?")
            True
            >>> SensorCursor.parse("what?").note
            'What the sensor remembered could not be read: it starts anew.'
        """
        if not cursor:
            return cls()
        try:
            return _memory(json.loads(cursor))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, zlib.error):
            return cls(note="What the sensor remembered could not be read: it starts anew.")

    def serialize(self) -> str:
        """The cursor that holds this memory.

        Example:
            >>> SensorCursor(next_index=3).serialize()
            '{"version":2,"next_index":3}'
        """
        text = _dumped({"version": _VERSION, **_said(self)})
        if len(text) <= _PACKED_ABOVE:
            return text
        packed = base64.b64encode(zlib.compress(text.encode())).decode()
        return _dumped({"version": _VERSION, "packed": packed})

    def reported(self) -> tuple[Finding, ...]:
        """What people were told last of each subject, by id: the well, the broken and the unknown."""
        return tuple(
            subject.reported for _, subject in sorted(self.subjects.items()) if subject.reported is not None
        )

    def problems(self) -> tuple[Finding, ...]:
        """The findings among them that are failures or warnings."""
        return tuple(each for each in self.reported() if each.state in (State.FAILED, State.WARNING))

    def pending(self) -> tuple[str, ...]:
        """The ids that look different than was told, and await a second look."""
        return tuple(sorted(name for name, subject in self.subjects.items() if subject.pending))

    def last_ok(self, finding_id: str) -> datetime | None:
        """When a subject was last seen well, UTC."""
        subject = self.subjects.get(finding_id)
        return subject.ok_at if subject else None

    def for_tables(self, tables: Collection[str]) -> "SensorCursor":
        """The memory without other tables than these: what is no longer extracted concerns nobody."""
        subjects = {
            name: subject
            for name, subject in self.subjects.items()
            if ":" not in name or name.partition(":")[2].partition(".")[0] in tables
        }
        baseline = {name: columns for name, columns in self.baseline.items() if name in tables}
        return replace(self, subjects=subjects, baseline=baseline)

    def with_columns(self, table: str, columns: Iterable[str]) -> "SensorCursor":
        """Notes which columns a table shows that was not synced yet; what it ever showed stays noted."""
        noted = dict.fromkeys([*self.baseline.get(table, ()), *columns])
        return replace(self, baseline={**self.baseline, table: tuple(noted)})


def _dumped(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _said(value: SensorCursor | SubjectState | Finding) -> dict[str, Any]:
    """Everything of it that is not as by default."""
    return {name: _plain(each) for name, each in vars(value).items() if each and name not in _NOT_KEPT}


def _plain(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat()
        case SensorCursor() | SubjectState() | Finding():
            return _said(value)
        case Cause():
            return [value.summary, value.indication, value.remedy]
        case Mapping():
            return {name: _plain(each) for name, each in value.items()}
        case tuple():
            return [_plain(each) for each in value]
    return value


def _memory(raw: Any) -> SensorCursor:
    if raw["version"] != _VERSION:
        raise ValueError("another version's")
    if "packed" in raw:
        raw = json.loads(zlib.decompress(base64.b64decode(raw["packed"])))
    return SensorCursor(
        subjects={name: _subject(name, each) for name, each in raw.get("subjects", {}).items()},
        baseline={name: _texts(each) for name, each in raw.get("baseline", {}).items()},
        next_check_at=_moment(raw.get("next_check_at")),
        refused_checks=_number(raw.get("refused_checks", 0)),
        refused_at=_moments(raw.get("refused_at", [])),
        next_index=_number(raw.get("next_index", 0)),
    )


def _subject(name: str, raw: Any) -> SubjectState:
    moments = ("first_seen", "confirmed_at", "reported_at", "known_at", "ok_at", "pending_since")
    return SubjectState(
        reported=_finding(name, raw["reported"]) if "reported" in raw else None,
        alerted=_a(bool, raw.get("alerted", False)),
        pending=_text(raw.get("pending", "")),
        **{moment: _moment(raw.get(moment)) for moment in moments},
    )


def _finding(name: str, raw: Any) -> Finding:
    facts = raw.get("facts", {})
    if not all(isinstance(each, int | float | str) for each in facts.values()):
        raise TypeError("not a fact")
    return Finding(
        name,
        State(raw["state"]),
        _text(raw.get("seen", "")),
        tuple(map(_cause, _a(list, raw.get("causes", [])))),
        _text(raw.get("remedy", "")),
        _moment(raw.get("since")),
        facts,
        _number(raw.get("urgency", 0)),
    )


def _cause(raw: Any) -> Cause:
    what, tell, remedy = _texts(raw)
    return Cause(what, tell, remedy)


def _moment(raw: Any) -> datetime | None:
    if raw is None:
        return None
    moment = datetime.fromisoformat(raw)
    if moment.tzinfo is not None:
        raise ValueError("a moment is in UTC and does not say so")
    return moment


def _moments(raw: Any) -> tuple[datetime, ...]:
    return tuple(moment for moment in map(_moment, _a(list, raw)) if moment is not None)


def _texts(raw: Any) -> tuple[str, ...]:
    return tuple(map(_text, _a(list, raw)))


def _number(raw: Any) -> int:
    if _a(int, raw) < 0:
        raise ValueError("counted from 0")
    return int(raw)


def _text(raw: Any) -> str:
    return _a(str, raw)


def _a(kind: type[_T], raw: Any) -> _T:
    if not isinstance(raw, kind):
        raise TypeError(f"not a {kind.__name__}")
    return raw
