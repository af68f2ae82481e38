"""Oracle's functions for SQLite, as far as SuiteQL's callers use them, and the clock of the session."""

import re
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

_PARTS = {"YYYY": "%Y", "MM": "%m", "DD": "%d", "HH24": "%H", "MI": "%M", "SS": "%S"}
_PART = re.compile(r'YYYY|HH24|MM|DD|MI|SS|"[^"]*"|.', re.S)


def equip(connection: sqlite3.Connection, zone: str) -> None:
    """Gives a connection the functions.

    Args:
        zone: The session's time zone.
    """
    session = ZoneInfo(zone)

    def in_session(moment: str | None) -> str | None:
        if moment is None:
            return None
        utc = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        return f"{utc.astimezone(session):%Y-%m-%d %H:%M:%S}"

    def now() -> str:
        return f"{datetime.now(session):%Y-%m-%d %H:%M:%S}"

    functions: dict[str, tuple[int, Callable[..., object]]] = {
        "in_session": (1, in_session),
        "session_now": (0, now),
        "TO_CHAR": (-1, _to_char),
        "TO_DATE": (2, _to_moment),
        "TO_TIMESTAMP": (2, _to_moment),
        "MOD": (2, lambda value, by: None if value is None else int(value) % int(by)),
        "NVL": (2, lambda value, other: other if value is None else value),
        "NVL2": (3, lambda value, some, none: none if value is None else some),
    }
    for name, (arguments, function) in functions.items():
        connection.create_function(name, arguments, function, deterministic=name != "session_now")  # type: ignore[arg-type]
    connection.create_aggregate("SUM", 1, _Sum)  # type: ignore[arg-type]


def short_date(moment: str | None) -> str | None:
    """A day as a column shows it that nobody asked otherwise: the user's format, without the time."""
    if moment is None:
        return None
    day = datetime.fromisoformat(moment)
    return f"{day.month}/{day.day}/{day.year}"


def _to_char(value: str | int | None, model: str = "") -> str | None:
    if value is None:
        return None
    if not model:
        return str(value)
    moment = datetime.fromisoformat(str(value))
    return "".join(
        f"{moment:{_PARTS[part]}}" if part in _PARTS else part.strip('"') for part in _PART.findall(model)
    )


def _to_moment(text: str | None, model: str) -> str | None:
    if text is None:
        return None
    parts = "".join(_PARTS.get(part, part.strip('"')) for part in _PART.findall(model))
    moment = datetime.strptime(text, parts)
    return f"{moment:%Y-%m-%d %H:%M:%S}" if "%H" in parts else f"{moment:%Y-%m-%d}"


class _Sum:
    """Adds without rounding; SQLite's own would go through floating point."""

    def __init__(self) -> None:
        self._sum: Decimal | None = None

    def step(self, value: str | int | None) -> None:
        if value is not None:
            self._sum = (self._sum or Decimal(0)) + Decimal(value)

    def finalize(self) -> str | None:
        return None if self._sum is None else f"{self._sum:f}"
