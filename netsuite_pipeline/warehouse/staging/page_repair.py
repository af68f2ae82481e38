"""Repair of landed pages that DuckDB cannot read: find the cause, or write a readable copy."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from netsuite_pipeline.warehouse.errors import LoadRefused, WarehouseError
from netsuite_pipeline.warehouse.schema.schema import StoredTable
from netsuite_pipeline.warehouse.stores.private_files import write_private

_HALF = re.compile("[\ud800-\udfff]")
_REPLACEMENT = "\ufffd"


@dataclass(frozen=True)
class RepairedValue:
    """A value with half a surrogate pair, which no text encoding can hold, written as the escape."""

    key: str
    column: str
    value: str


@dataclass(frozen=True)
class RepairedPage:
    """A copy of a page with U+FFFD for every half pair, and the values that had one."""

    path: Path
    values: tuple[RepairedValue, ...]


def repair_page(page: Path, copy: Path, table: StoredTable, *, whole: bool = False) -> RepairedPage | None:
    """Check one page, and write a readable copy if it needs one.

    Args:
        page: The landed page.
        copy: The path of the copy.
        table: The rows' table.
        whole: Write a copy in any case, because DuckDB refuses some JSON that Python reads.

    Returns:
        The copy; None if the page needs none.

    Raises:
        LoadRefused: The page is missing or damaged.
        WarehouseError: The copy cannot be written.
    """
    body = _body(page, table.name)
    try:
        reply = json.loads(body, parse_int=str, parse_float=str)
        items: list[dict[str, Any]] = reply["items"]
        halves = list(_halves(items, table.key)) if whole or b"\\u" in body else []
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise _refused(table.name, page, f"is damaged ({error})") from error
    if not halves and not whole:
        return None
    try:
        write_private(copy, json.dumps({"items": items}).encode("ascii"))
    except OSError as error:
        raise WarehouseError(
            f"A page of {table.name} could not be repaired at {copy}: {error.strerror or error}.",
            remedy="Make room on the disk; then sync again, nothing is lost.",
        ) from error
    return RepairedPage(copy, tuple(halves))


def unreadable_pages(pages: Sequence[Path], table: str, error: duckdb.Error) -> LoadRefused:
    """Return the error for pages that DuckDB cannot read, not even as repaired copies."""
    named = pages[0] if len(pages) == 1 else f"{pages[0].name} or one of the {len(pages) - 1} after it"
    return LoadRefused(
        f"{table}: DuckDB cannot read the landed page {named} ({error}); the table stays as it was.",
        remedy="Sync again: the pages are removed and fetched again. If it happens again, report this "
        "message.",
    )


def page_size(page: Path, table: StoredTable) -> int:
    """Return a landed page's size in bytes. DuckDB skips missing files without an error.

    Raises:
        LoadRefused: The page is missing.
    """
    try:
        return page.stat().st_size
    except OSError as error:
        raise _refused(table.name, page, "is gone") from error


def _body(page: Path, table: str) -> bytes:
    try:
        return page.read_bytes()
    except FileNotFoundError as error:
        raise _refused(table, page, "is gone") from error
    except OSError as error:
        raise _refused(table, page, f"cannot be read ({error.strerror or error})") from error


def _refused(table: str, page: Path, what: str) -> LoadRefused:
    return LoadRefused(
        f"{table}: the landed page {page} {what}; the table stays as it was.",
        remedy=f"Remove the folder {page.parent} and sync again: the pages are then fetched again. If it "
        "happens twice, the disk or another process damages the landing folder.",
    )


def _halves(items: list[dict[str, Any]], key: tuple[str, ...]) -> Iterator[RepairedValue]:
    """Yield the values with half a pair, and replace them in the items."""
    for item in items:
        for column, value in item.items():
            if isinstance(value, str) and _HALF.search(value):
                escaped = _HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", value)
                item[column] = _HALF.sub(_REPLACEMENT, value)
                yield RepairedValue("/".join(str(item.get(part) or "") for part in key), column, escaped)
