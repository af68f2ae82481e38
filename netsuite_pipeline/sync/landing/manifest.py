"""The manifest beside the landed pages: the read plan and the key ranges that the pages belong to."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from netsuite_pipeline.netsuite.suiteql import Dialect
from netsuite_pipeline.sync.landing.hashing import Hashing, read_fingerprint
from netsuite_pipeline.sync.planning.read_plan import KeyRange, ReadPlan
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.rows.rejected_values import UnreadValue

VALUES_PER_RANGE = 500  # half of the limit of IN: the longest statement that NetSuite accepts is unknown
_CHARACTERS_PER_RANGE = 8000  # for keys that are texts
_VERSION = 3


@dataclass(frozen=True)
class Manifest:
    """How a table is read, key range by key range; a page's name has the number of its range.

    The manifest is written before the pages.

    Attributes:
        read: The read plan.
        cutoff: The sync's cutoff, UTC.
        watermark: The table's watermark before, UTC; None without one.
        page_rows: Rows of a page at most.
        key_ranges: The key ranges that are read by themselves.
        is_complete: These are all key ranges; otherwise the page index has not been read to its end.
        is_split: The key ranges come from splits, because the page index is refused.
        unavailable: Columns and labels that the account refused, with the reason.
        hashing: Hashes the columns that the table names as hashed.
        unread: Values of landed rows that NetSuite could not send.
    """

    read: ReadPlan
    cutoff: datetime
    watermark: datetime | None
    page_rows: int
    key_ranges: tuple[KeyRange, ...] = ()
    is_complete: bool = False
    is_split: bool = False
    unavailable: Mapping[str, str] = field(default_factory=dict)
    hashing: Hashing = field(default_factory=Hashing)
    unread: tuple[UnreadValue, ...] = ()

    def to_bytes(self) -> bytes:
        """Return the manifest as JSON."""
        read = self.read
        return json.dumps(
            {
                "version": _VERSION,
                "table": read.table.name,
                "fingerprint": fingerprint(read.table, self.hashing),
                "read": {
                    "columns": read.columns,
                    "labels": read.labels,
                    "mode": read.mode,
                    "since": _to_text(read.since),
                    "include_null_cursor": read.include_null_cursor,
                    "utc": read.dialect.utc,
                    "df": read.dialect.labels,
                    "utc_offset_seconds": read.utc_offset.total_seconds(),
                },
                "cutoff": _to_text(self.cutoff),
                "watermark": _to_text(self.watermark),
                "page_rows": self.page_rows,
                "key_ranges": [
                    [key_range.after, key_range.up_to, key_range.values] for key_range in self.key_ranges
                ],
                "is_complete": self.is_complete,
                "is_split": self.is_split,
                "unavailable": dict(self.unavailable),
                "unread": [astuple(each) for each in self.unread],
            }
        ).encode()


def new_manifest(
    read: ReadPlan,
    *,
    cutoff: datetime,
    watermark: datetime | None,
    page_rows: int,
    among: Sequence[str] | None = None,
    index_first: bool = False,
    hashing: Hashing | None = None,
) -> Manifest:
    """Return the manifest of a new read.

    Args:
        read: The read plan.
        cutoff: As in the manifest.
        watermark: As in the manifest.
        page_rows: Rows of a page at most.
        among: Only rows whose `read.filter_column` is one of these, in a key range for some of them each.
        index_first: The page index gives the key ranges from the start. Otherwise the first page is read
            plainly, and the index only if there are more pages.
        hashing: As in the manifest.
    """
    plan = Manifest(read, cutoff, watermark, page_rows, hashing=hashing or Hashing())
    if among is not None:
        return replace(
            plan, key_ranges=tuple(KeyRange(values=keys) for keys in _chunks(among)), is_complete=True
        )
    if index_first:
        return plan
    return replace(plan, key_ranges=(KeyRange(),), is_complete=True)


def _chunks(keys: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Split keys so that no statement names too many of them, or has too many letters of them."""
    chunk: list[str] = []
    letters = 0
    for key in keys:
        if chunk and (len(chunk) == VALUES_PER_RANGE or letters + len(key) > _CHARACTERS_PER_RANGE):
            yield tuple(chunk)
            chunk, letters = [], 0
        chunk.append(key)
        letters += len(key)
    if chunk:
        yield tuple(chunk)


def parse_manifest(content: bytes, table: Table, hashing: Hashing | None = None) -> Manifest | None:
    """Return the manifest in a file.

    Args:
        content: The file.
        table: The table as the catalogue has it now.
        hashing: Hashes with the salt of now.

    Returns:
        None if the manifest is damaged, of another version, or of the table before its spec changed: then its
        pages cannot be used.
    """
    now = hashing or Hashing()
    try:
        stored: dict[str, Any] = json.loads(content)
        if (
            stored["version"] != _VERSION
            or stored["table"] != table.name
            or stored["fingerprint"] != fingerprint(table, now)
        ):
            return None
        read = stored["read"]
        return Manifest(
            read=ReadPlan(
                table,
                tuple(read["columns"]),
                tuple(read["labels"]),
                read["mode"],
                since=_to_datetime(read["since"]),
                include_null_cursor=read["include_null_cursor"],
                dialect=Dialect(utc=read["utc"], labels=read["df"]),
                utc_offset=timedelta(seconds=read["utc_offset_seconds"]),
            ),
            cutoff=datetime.fromisoformat(stored["cutoff"]),
            watermark=_to_datetime(stored["watermark"]),
            page_rows=stored["page_rows"],
            key_ranges=tuple(
                KeyRange(_key(low), _key(high), tuple(among)) for low, high, among in stored["key_ranges"]
            ),
            is_complete=stored["is_complete"],
            is_split=stored["is_split"],
            unavailable=stored["unavailable"],
            hashing=now,
            unread=tuple(UnreadValue(*each) for each in stored["unread"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


def fingerprint(table: Table, hashing: Hashing | None = None) -> str:
    """Return a fingerprint of what decides a page's rows and values: the table's spec, and the salt."""
    columns = [(column.name, column.type, column.label) for column in table.columns]
    parent = (table.parent.table, table.parent.column) if table.parent else None
    spec = json.dumps(
        [
            table.name,
            # They decide the order of the rows, and so where a page ends.
            [*table.key, table.unique],
            columns,
            table.cursor,
            parent,
            read_fingerprint(table, hashing or Hashing()),
        ]
    )
    return hashlib.sha256(spec.encode()).hexdigest()[:16]


def _to_text(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def _to_datetime(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _key(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)
