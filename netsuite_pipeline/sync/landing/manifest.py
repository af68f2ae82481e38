"""What the pages in a landing folder mean: the plan they belong to, as it is kept beside them."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from netsuite_pipeline.netsuite.suiteql import Dialect
from netsuite_pipeline.sync.landing.hashing import Hashing, read_fingerprint
from netsuite_pipeline.sync.landing.result import UnreadCell
from netsuite_pipeline.sync.planning.read_plan import KeyRange, ReadPlan
from netsuite_pipeline.tables import Table

PARENTS_PER_PLACE = 500  # half of what IN takes: the longest statement NetSuite accepts is unknown
_LETTERS_PER_PLACE = 8000  # of keys that are texts
_FORM = 1


@dataclass(frozen=True)
class Manifest:
    """How a table is read, place by place. It is landed before the pages are; a page's name tells its place.

    Attributes:
        read: What is asked for.
        cutoff: The moment that the sync is cut at, UTC.
        watermark: How far the table was synced when this was planned, UTC; None if it was not.
        page_rows: Rows a page holds at most.
        places: The stretches that are asked for by themselves.
        whole: Whether these are all places; otherwise the page index has not been read to its end.
        halved: Places come of halving, because the page index is refused.
        unavailable: Columns and labels that the account refused, with the reason.
        hashing: Hashes the columns that the table names as hashed.
        unread: Values of landed rows that NetSuite could not send.
    """

    read: ReadPlan
    cutoff: datetime
    watermark: datetime | None
    page_rows: int
    places: tuple[KeyRange, ...] = ()
    whole: bool = False
    halved: bool = False
    unavailable: Mapping[str, str] = field(default_factory=dict)
    hashing: Hashing = field(default_factory=Hashing)
    unread: tuple[UnreadCell, ...] = ()

    def as_bytes(self) -> bytes:
        """The plan as it is landed."""
        read = self.read
        return json.dumps(
            {
                "form": _FORM,
                "table": read.table.name,
                "spec": fingerprint(read.table, self.hashing),
                "read": {
                    "columns": read.columns,
                    "labels": read.labels,
                    "mode": read.mode,
                    "since": _said(read.since),
                    "include_null_cursor": read.include_null_cursor,
                    "utc": read.dialect.utc,
                    "df": read.dialect.labels,
                    "utc_offset_seconds": read.utc_offset.total_seconds(),
                },
                "cutoff": _said(self.cutoff),
                "watermark": _said(self.watermark),
                "page_rows": self.page_rows,
                "places": [[place.after, place.up_to, place.values] for place in self.places],
                "whole": self.whole,
                "halved": self.halved,
                "left_out": dict(self.unavailable),
                "unread": [[each.key, each.column, each.reason] for each in self.unread],
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
    """The plan to begin with.

    Args:
        read: What is asked for.
        cutoff, watermark: As in the plan.
        page_rows: Rows a page holds at most.
        among: Only rows whose `read.filter_column` column is one of these, a place for some of them.
        index_first: The page index is to tell the places; otherwise the first page is asked plainly, and
            the index comes into it only if there are more.
        hashing: As in the plan.
    """
    plan = Manifest(read, cutoff, watermark, page_rows, hashing=hashing or Hashing())
    if among is not None:
        return replace(plan, places=tuple(KeyRange(values=keys) for keys in _chunks(among)), whole=True)
    if index_first:
        return plan
    return replace(plan, places=(KeyRange(),), whole=True)


def _chunks(keys: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Split keys so that no statement names too many of them, or has too many letters of them."""
    chunk: list[str] = []
    letters = 0
    for key in keys:
        if chunk and (len(chunk) == PARENTS_PER_PLACE or letters + len(key) > _LETTERS_PER_PLACE):
            yield tuple(chunk)
            chunk, letters = [], 0
        chunk.append(key)
        letters += len(key)
    if chunk:
        yield tuple(chunk)


def parse_manifest(content: bytes, table: Table, hashing: Hashing | None = None) -> Manifest | None:
    """Reads a landed plan.

    Args:
        content: The file.
        table: The table as the catalogue has it now.
        hashing: With which salt it hashes now.

    Returns:
        The plan; None if it is damaged, of another form, or of the table as it was before its spec changed:
        then the pages are of no use.
    """
    now = hashing or Hashing()
    try:
        told: dict[str, Any] = json.loads(content)
        if told["form"] != _FORM or told["table"] != table.name or told["spec"] != fingerprint(table, now):
            return None
        read = told["read"]
        return Manifest(
            read=ReadPlan(
                table,
                tuple(read["columns"]),
                tuple(read["labels"]),
                read["mode"],
                since=_moment(read["since"]),
                include_null_cursor=read["include_null_cursor"],
                dialect=Dialect(utc=read["utc"], labels=read["df"]),
                utc_offset=timedelta(seconds=read["utc_offset_seconds"]),
            ),
            cutoff=datetime.fromisoformat(told["cutoff"]),
            watermark=_moment(told["watermark"]),
            page_rows=told["page_rows"],
            places=tuple(
                KeyRange(_key(low), _key(high), tuple(among)) for low, high, among in told["places"]
            ),
            whole=told["whole"],
            halved=told["halved"],
            unavailable=told["left_out"],
            hashing=now,
            unread=tuple(UnreadCell(tuple(key), *rest) for key, *rest in told.get("unread", ())),
        )
    except (ValueError, KeyError, TypeError):
        return None


def fingerprint(table: Table, hashing: Hashing | None = None) -> str:
    """Changes when the spec of a table, or the salt of what it hashes, changes in a way that decides what a
    page holds or means."""
    columns = [(column.name, column.type, column.label) for column in table.columns]
    parent = (table.parent.table, table.parent.column) if table.parent else None
    spec = json.dumps(
        [
            table.name,
            # By this the order of the rows, and so where a page ends, depends.
            [*table.key, table.unique],
            columns,
            table.cursor,
            parent,
            read_fingerprint(table, hashing or Hashing()),
        ]
    )
    return hashlib.sha256(spec.encode()).hexdigest()[:16]


def _said(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _key(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)
