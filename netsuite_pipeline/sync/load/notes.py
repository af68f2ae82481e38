"""Notes on a committed table for people: what they should know and is no failure."""

from collections.abc import Iterable, Mapping, Sequence

from netsuite_pipeline.sync.landing.result import LandedTable, RowCountRange
from netsuite_pipeline.sync.load.cutoff_filter import FutureStamps
from netsuite_pipeline.sync.planning.read_plan import Key
from netsuite_pipeline.warehouse.state import TableState
from netsuite_pipeline.warehouse.sync_log import SchemaChange


def column_notes(landed: LandedTable, previous: TableState | None) -> Iterable[str]:
    """Return notes on columns that NetSuite does not offer, or offers now."""
    had = set(previous.columns) if previous else set()
    failed = failed_columns(landed)
    lost = [name for name in landed.unavailable if name in had]
    never = [name for name in landed.unavailable if name not in had and name not in failed]
    if failed:
        yield (
            f"NetSuite fails with an internal error on these columns in every row: {', '.join(failed)}. The "
            "next sync queries them again"
        )
    if lost:
        yield f"columns lost; their old values stay: {_named(lost, landed)}"
    if never:
        yield f"columns that this account does not have: {_named(never, landed)}"
    if previous and landed.queried:
        back = [name for name in landed.read.result_columns if name in previous.unavailable_columns]
        if back:
            yield f"columns available again: {', '.join(back)} (a full sync fills them in older rows)"


def failed_columns(landed: LandedTable) -> list[str]:
    """Return the excluded columns over which NetSuite failed inside, which may pass."""
    return [name for name, reason in landed.unavailable.items() if reason == "unexpected"]


def unread_notes(landed: LandedTable) -> Iterable[str]:
    """Return notes on values that NetSuite could not send."""
    rows: dict[str, set[Key]] = {}
    for each in landed.unread:
        rows.setdefault(each.column, set()).add(each.key)
    for column, keys in rows.items():
        first = "/".join(min(keys))
        few = f"row {first}" if len(keys) == 1 else f"{len(keys):,} rows, among them {first}"
        yield (
            f"NetSuite could not send {column} of {few}. The old value stays, and the next sync queries the "
            "row again. _netsuite.rejected_values has the reason"
        )


def change_notes(changes: Sequence[SchemaChange]) -> Iterable[str]:
    """Return notes on columns that are stored in another way than before."""
    for each in changes:
        if each.change == "hashed":
            yield (
                f"{each.column} holds hashes from now on. The values stored before are removed from the "
                "working and the published file, and archived pages of the table are deleted. Copies made "
                "elsewhere still have them, such as backups and previews of earlier runs in Dagster"
            )
        elif each.change == "widened":
            yield f"{each.column} changed from {each.from_type} to {each.to_type} to fit NetSuite's values"
        elif each.change == "text_beside":
            yield (
                f"some values of {each.column} in NetSuite are not {each.from_type}: {each.column}_text "
                "has all values as text"
            )


def count_notes(counted: RowCountRange | None, read: int) -> Iterable[str]:
    """Return a note if other rows were read than NetSuite counts."""
    if counted is not None and counts_match(counted, read) is False:
        says = (
            f"{counted.least:,}"
            if counted.least == counted.most
            else f"{counted.least:,} to {counted.most:,}"
        )
        yield f"NetSuite counts {says} rows, but {read:,} were read"


def counts_match(counted: RowCountRange | None, read: int) -> bool | None:
    """Return whether as many rows were read as NetSuite counts; None without a count.

    Example:
        >>> counts_match(RowCountRange(5, 7), 6), counts_match(RowCountRange(5, 5), 6), counts_match(None, 6)
        (True, False, None)
    """
    return None if counted is None else counted.least <= read <= counted.most


def exact_count(counted: RowCountRange | None) -> int | None:
    """Return NetSuite's count; None without one, or where rows changed during the count."""
    return counted.least if counted is not None and counted.least == counted.most else None


def ahead_notes(table: str, ahead: FutureStamps | None) -> Iterable[str]:
    """Return a note on rows that were loaded although their stamp lies in the future.

    Example:
        >>> from datetime import datetime
        >>> ahead = FutureStamps(2, "lastmodifieddate", datetime(2031, 1, 1))
        >>> next(iter(ahead_notes("customer", ahead)))[:50]
        '2 rows of customer have a lastmodifieddate in the '
    """
    if ahead is not None:
        yield (
            f"{ahead.rows:,} rows of {table} have a {ahead.column} in the future (up to "
            f"{ahead.latest:%Y-%m-%d %H:%M} UTC). They are stored unchanged. To correct a timestamp, save "
            "its record again in NetSuite"
        )


def removal_notes(table: str, children: Mapping[str, int]) -> Iterable[str]:
    """Return notes on rows that were removed together with rows of this table."""
    for child, rows in children.items():
        yield f"{rows:,} rows of {child} were removed with their rows of {table}"


def filter_notes(landed: LandedTable) -> Iterable[str]:
    """Return a note if all rows are read because changes cannot be queried."""
    if landed.read.unfiltered:
        yield (
            f"NetSuite refuses to filter by {landed.read.table.cursor or 'the cursor of the parent'}, so "
            "every sync reads all rows of this table"
        )


def time_notes(landed: LandedTable) -> Iterable[str]:
    """Return a note if this account's datetimes are exact only to the hour."""
    if not landed.read.dialect.utc and any(c.type == "datetime" for c in landed.read.table.columns):
        hours = landed.read.utc_offset.total_seconds() / 3600
        yield (
            "NetSuite refuses SYS_EXTRACT_UTC, so times are converted to UTC by the session's current offset "
            f"of {hours:+.2f} h. Times under another daylight saving offset are wrong by one hour"
        )


def _named(names: list[str], landed: LandedTable) -> str:
    return ", ".join(f"{name} ({landed.unavailable[name]})" for name in names)
