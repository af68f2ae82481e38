"""The cursor of a sensor: what it reported of each subject, and what awaits confirmation."""

import base64
import json
import zlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any

import msgspec

from netsuite_pipeline.health.findings import Finding, State, UtcTime

_VERSION = 3
# Every tick carries the cursor to the sensor and back. An account that lost all columns at once needs more
# than the usual 50 kB; such a cursor repeats itself and compresses to a twentieth.
_COMPRESS_ABOVE = 100_000
_NOT_STORED = ("note", "refused_elsewhere", "missing")
_REQUIRED = ("seen", "summary")
_Count = Annotated[int, msgspec.Meta(ge=0)]


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
    first_seen: UtcTime | None = None
    confirmed_at: UtcTime | None = None
    reported_at: UtcTime | None = None
    known_at: UtcTime | None = None
    ok_at: UtcTime | None = None
    alerted: bool = False
    pending: str = ""
    pending_since: UtcTime | None = None


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
    next_check_at: UtcTime | None = None
    refused_checks: _Count = 0
    refused_at: tuple[UtcTime, ...] = ()
    next_index: _Count = 0
    refused_elsewhere: tuple[UtcTime, ...] = field(default=(), compare=False)
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
        except (ValueError, KeyError, TypeError, RecursionError, zlib.error, msgspec.ValidationError):
            return cls(note="The sensor's cursor could not be read. The sensor starts without it.")

    def serialize(self) -> str:
        """Return the cursor as JSON text.

        Example:
            >>> SensorCursor(next_index=3).serialize()
            '{"version":3,"next_index":3}'
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
    return json.dumps(value, separators=(",", ":"), default=_plain)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else _stored(value)


def _stored(value: object) -> dict[str, Any]:
    """Return the fields of a dataclass that have no default, or differ from it."""
    fields = vars(value).items()
    return {name: each for name, each in fields if (each or name in _REQUIRED) and name not in _NOT_STORED}


def _cursor(raw: Any) -> SensorCursor:
    if raw["version"] != _VERSION:
        raise ValueError("the cursor of another version")
    if "packed" in raw:
        raw = json.loads(zlib.decompress(base64.b64decode(raw["packed"])))
    return msgspec.convert(raw, SensorCursor)
