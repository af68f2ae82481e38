"""Landed pages that DuckDB cannot read: finds the cause, or writes the page in a form that it can read."""

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
    """A value with half a surrogate pair, which no encoding of text can hold, written as the escape."""

    key: str
    column: str
    value: str


@dataclass(frozen=True)
class RepairedPage:
    """A copy of a page in which U+FFFD stands for every half pair, and the values that had one."""

    path: Path
    values: tuple[RepairedValue, ...]


def repair_page(page: Path, copy: Path, table: StoredTable, *, whole: bool = False) -> RepairedPage | None:
    """Looks at one page, and writes a copy of it that can be read, if it needs one.

    Args:
        page: The landed page.
        copy: Where a copy would go.
        table: Whose rows these are.
        whole: Write a copy in any case: DuckDB refuses what this reader of JSON does not.

    Returns:
        The copy; None where the page is good as it is.

    Raises:
        LoadRefused: The page is gone or damaged.
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
    """Return the refusal of pages that DuckDB cannot read, not even in a form of ours."""
    named = pages[0] if len(pages) == 1 else f"{pages[0].name} or one of the {len(pages) - 1} after it"
    return LoadRefused(
        f"{table}: DuckDB cannot read the landed page {named} ({error}); the table stays as it was.",
        remedy="Sync again: its pages are removed, and asked for anew. If it happens again, report it with "
        "these words.",
    )


def page_size(page: Path, table: StoredTable) -> int:
    """How many bytes a landed page has. DuckDB passes over one of several files that is gone.

    Raises:
        LoadRefused: It is gone.
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
        remedy=f"Remove the folder {page.parent} and sync again: its pages are then asked for anew. If it "
        "happens twice, the disk or another process damages the landing folder.",
    )


def _halves(items: list[dict[str, Any]], key: tuple[str, ...]) -> Iterator[RepairedValue]:
    """The values with half a pair; in the items they are replaced."""
    for item in items:
        for column, value in item.items():
            if isinstance(value, str) and _HALF.search(value):
                escaped = _HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", value)
                item[column] = _HALF.sub(_REPLACEMENT, value)
                yield RepairedValue("/".join(str(item.get(part) or "") for part in key), column, escaped)
