"""A date range to read again: its parsing, and the read of each table for it.

Two things must not happen. A watermark must not move over changes that were not read. And rows newer than a
parent's watermark must not come without their children, which the next sync would not read. So a range either
ends before the next sync begins to read, and moves no watermark; or it is read up to the cutoff, from the
watermark at the latest.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.sync.planning.read_plan import ReadPlan
from netsuite_pipeline.sync.request import SyncRequest
from netsuite_pipeline.warehouse.state import TableState

DATE_FORMATS = "2026-01-31, 2026-01-31T06:00, or with a time zone 2026-01-31T06:00+01:00; UTC without one"

_YEARS = range(1900, 9999)
_BEGINNING = datetime(1900, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class DateRange:
    """From one moment (UTC) to before another; None for no end.

    Example:
        >>> from datetime import datetime, timedelta
        >>> january = DateRange(datetime(2026, 1, 1), datetime(2026, 2, 1))
        >>> january.ends_before_changes(datetime(2026, 3, 1), timedelta(hours=1))
        True
    """

    since: datetime
    until: datetime | None = None

    def ends_before_changes(self, watermark: datetime, overlap: timedelta) -> bool:
        """Return whether the range ends before a sync with this watermark begins to read."""
        return self.until is not None and self.until <= watermark - overlap


def requested_range(request: SyncRequest) -> DateRange | None:
    """Return the date range of a request; None where the watermark decides, or all rows are read."""
    if request.full or (request.since is None and request.until is None):
        return None
    return DateRange(request.since or _BEGINNING, request.until)


def plan_range(
    read: ReadPlan,
    date_range: DateRange,
    watermark: datetime | None,
    overlap: timedelta,
    *,
    children: Sequence[datetime] = (),
    parent_reached: bool = True,
    null_cursors: bool = False,
) -> ReadPlan:
    """Return the read of a date range of a table with a cursor, or of a child.

    Args:
        read: The table's read without a date range.
        date_range: The range.
        watermark: The table's watermark; None before its first full read.
        overlap: How far before its watermark a table is read again.
        children: The watermarks of the children in the same sync. No child may read up to the cutoff while
            this table does not.
        parent_reached: A child's parent is read up to this sync's cutoff, or is not in this sync. Otherwise
            no later sync would read the children of parents that are not stored yet.
        null_cursors: Whether some rows have no cursor.
    """
    if (
        watermark is None
        or not parent_reached
        or date_range.ends_before_changes(min((watermark, *children)), overlap)
    ):
        since, until, reaches_cutoff = date_range.since, date_range.until, False
    else:
        since, until, reaches_cutoff = min(date_range.since, watermark - overlap), None, True
    return replace(
        read,
        mode="children" if read.table.parent is not None else "changed",
        since=since,
        until=until,
        include_null_cursor=reaches_cutoff and null_cursors,
        advances_watermark=reaches_cutoff,
    )


def range_note(read: ReadPlan, before: TableState | None) -> str:
    """Return the report's note on a table of which a date range was read; empty for any other read.

    Args:
        read: The read.
        before: The table's state before.
    """
    if read.advances_watermark:
        return ""
    until = f" to {_format(read.until)}" if read.until else " on"
    since = f" from {_format(read.since)}" if read.since and read.since > _BEGINNING else ""
    changes = f"rows last changed{since}{until}"
    if before is None or before.watermark is None:
        return (
            f"not complete: it holds {changes}, and rows of other date ranges; the next sync without a "
            "date range reads all rows"
        )
    return f"{changes} were read again; the next sync continues from {_format(before.watermark)}, as planned"


def _format(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def parse_date_range(
    since: str, until: str, *, full: bool, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """Return the moments of a date range, UTC, to the second.

    Args:
        since: The start; empty for no start.
        until: The exclusive end; empty for no end.
        full: Whether all rows are read, which excludes both.
        now: UTC.

    Raises:
        ConfigurationError: A text is no date, the range is empty, or the range contradicts `full` or `now`.

    Example:
        >>> parse_date_range("2026-01-31T06:00+01:00", "", full=False, now=datetime(2026, 11, 24))
        (datetime.datetime(2026, 1, 31, 5, 0), None)
    """
    begin, end = _parse("since", since), _parse("until", until)
    if full and (begin or end):
        raise ConfigurationError(
            f"full reads all rows, but {'since' if begin else 'until'} selects a date range.",
            remedy="Leave out one of them.",
        )
    # NetSuite's timestamps have whole seconds: a start is rounded down, an end is rounded up.
    if begin is not None:
        begin = begin.replace(microsecond=0)
        if begin > now:
            raise ConfigurationError(
                f"since is {since}, which is in the future: now it is {now:%Y-%m-%d %H:%M} UTC.",
                remedy=f"Write a time in the past: {DATE_FORMATS}.",
            )
    if end is not None and end.microsecond:
        end = end.replace(microsecond=0) + _SECOND
    if begin is not None and end is not None and end <= begin:
        raise ConfigurationError(
            f"until ({until}) is not later than since ({since}), so the date range is empty.",
            remedy="Write a later until; rows that changed at until or later are not read.",
        )
    return begin, end


def _parse(name: str, text: str) -> datetime | None:
    text = text.strip()
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
        if moment.year not in _YEARS:
            raise ValueError(f"no year of NetSuite's: {moment.year}")
    except (ValueError, OverflowError):
        raise ConfigurationError(
            f"{name} is {text!r}, which is not a date.", remedy=f"Write {DATE_FORMATS}."
        ) from None
    return moment
