"""A span of time to read again: what of a table that is, and whether the table is up to date with it.

Two things must not happen: that a watermark moves over changes that were not read, and that rows newer than
a parent's watermark come in without their children, which the next sync would not look for. So a span either
ends before the next sync would begin to read, and moves no watermark; or it is read on to the cutoff, from
the watermark at the latest.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.sync.planning.read_plan import ReadPlan
from netsuite_pipeline.sync.request import SyncRequest
from netsuite_pipeline.warehouse.state import TableState

_BEGINNING = datetime(1900, 1, 1)


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
        """Whether it ends before a sync that reads on from a watermark begins to read."""
        return self.until is not None and self.until <= watermark - overlap


def requested_range(request: SyncRequest) -> DateRange | None:
    """The span that a sync is asked for; None where the watermark decides, or all is read."""
    if request.full or (request.since is None and request.until is None):
        return None
    return DateRange(request.since or _BEGINNING, request.until)


def plan_rows_in_range(
    read: ReadPlan,
    span: DateRange,
    watermark: datetime | None,
    overlap: timedelta,
    *,
    children: Sequence[datetime] = (),
    null_cursors: bool = False,
) -> ReadPlan:
    """The read of a table with a cursor.

    Args:
        read: How it would be read otherwise.
        span: What is asked for.
        watermark: The table's; None if all of it was never read.
        overlap: How far behind its watermark a table is read again.
        children: The watermarks of the tables that are read by its changes in the same sync. None of them may
            have to read on to the cutoff while this table does not.
        null_cursors: Whether some of its rows have no cursor.
    """
    if watermark is None or span.ends_before_changes(min((watermark, *children)), overlap):
        return replace(
            read,
            mode="changed",
            since=span.since,
            until=span.until,
            include_null_cursor=False,
            advances_watermark=False,
        )
    since = min(span.since, watermark - overlap)
    return replace(
        read,
        mode="changed",
        since=since,
        until=None,
        include_null_cursor=null_cursors,
        advances_watermark=True,
    )


def plan_children_in_range(
    read: ReadPlan, span: DateRange, watermark: datetime | None, overlap: timedelta, *, parent_reached: bool
) -> ReadPlan:
    """The read of a table that is read by its parents' changes.

    Args:
        read, span, watermark, overlap: As for `plan_rows_in_range`.
        parent_reached: The parent is read up to this sync's cutoff, or is not in this sync. Otherwise
            children of parents that are not here yet would be left out, and nobody would come back for them.
    """
    if watermark is None or not parent_reached or span.ends_before_changes(watermark, overlap):
        return replace(read, mode="children", since=span.since, until=span.until, advances_watermark=False)
    since = min(span.since, watermark - overlap)
    return replace(read, mode="children", since=since, until=None, advances_watermark=True)


def range_note(read: ReadPlan, before: TableState | None) -> str:
    """What a person should know of a table of which a span was read; empty for any other read.

    Args:
        read: How it was read.
        before: What was known of it before.
    """
    if read.advances_watermark:
        return ""
    until = f" to {_said(read.until)}" if read.until else " on"
    since = f" from {_said(read.since)}" if read.since and read.since > _BEGINNING else ""
    span = f"what last changed{since}{until}"
    if before is None or before.watermark is None:
        return (
            f"not complete: it holds {span}, and what other spans brought; the next sync without a date "
            "reads all of it"
        )
    return f"{span} was read again; the next sync goes on from {_said(before.watermark)}, as it would have"


def _said(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


DATE_FORMATS = "2026-01-31, 2026-01-31T06:00, or with a time zone 2026-01-31T06:00+01:00; UTC without one"


_SECOND = timedelta(seconds=1)


_YEARS = range(1900, 9999)


def parse_date_range(
    since: str, until: str, *, full: bool, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """The moments, UTC, to the second.

    Args:
        since: From when on to read again; empty for no beginning.
        until: Before when; empty for no end.
        full: Whether everything is to be read, which goes with neither.
        now: UTC.

    Raises:
        ConfigurationError: They cannot be read, or no time lies between them, or they go with something that
            they contradict; the message says what to write.

    Example:
        >>> parse_date_range("2026-01-31T06:00+01:00", "", full=False, now=datetime(2026, 11, 24))
        (datetime.datetime(2026, 1, 31, 5, 0), None)
    """
    begin, end = _moment("since", since), _moment("until", until)
    if full and (begin or end):
        raise ConfigurationError(
            f"full reads every table whole, and {'since' if begin else 'until'} only a span of time.",
            remedy="Leave out one of them.",
        )
    # NetSuite's stamps have whole seconds: what began within one begins with it, what ends within one has it.
    if begin is not None:
        begin = begin.replace(microsecond=0)
        if begin > now:
            raise ConfigurationError(
                f"since is {since}, which is still to come: it is {now:%Y-%m-%d %H:%M} UTC.",
                remedy=f"Write a moment that is over: {DATE_FORMATS}.",
            )
    if end is not None and end.microsecond:
        end = end.replace(microsecond=0) + _SECOND
    if begin is not None and end is not None and end <= begin:
        raise ConfigurationError(
            f"until ({until}) is not later than since ({since}), so nothing can have changed between them.",
            remedy="Write a later until; it is the first moment that is not read any more.",
        )
    return begin, end


def _moment(name: str, text: str) -> datetime | None:
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
            f"{name} is {text!r}, which is no date.", remedy=f"Write {DATE_FORMATS}."
        ) from None
    return moment
