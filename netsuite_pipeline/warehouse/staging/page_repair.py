"""Repair of landed pages that DuckDB cannot read: find the cause, or write a readable copy."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from netsuite_pipeline.warehouse.errors import LoadRefused, WarehouseError
from netsuite_pipeline.warehouse.schema.schema import StoredColumn, StoredTable
from netsuite_pipeline.warehouse.stores.private_files import write_private
from netsuite_pipeline.warehouse.transactions import is_about_data, refused

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


class ReadablePages:
    """The landed pages in a form that DuckDB can read: as they are, or as repaired copies.

    Pages are not checked until DuckDB refuses some. Then each page is checked before it is read. If DuckDB
    still refuses pages, each is written again by Python's JSON reader.

    Args:
        stage: The stage's file; copies are beside it.
        table: The rows' table.
    """

    def __init__(self, stage: Path, table: StoredTable) -> None:
        self._stage = stage
        self._table = table
        self._repaired: dict[Path, RepairedPage] = {}
        self._checks = self._rewrites = False

    def path_of(self, page: Path) -> Path:
        """Return the page, or its repaired copy if DuckDB refuses the page.

        Raises:
            LoadRefused: The page is damaged or missing.
        """
        if not self._checks:
            return page
        if page not in self._repaired:
            copy = self._stage.with_name(f"{self._stage.name}.{page.name}.repaired")
            repaired = repair_page(page, copy, self._table, whole=self._rewrites)
            if repaired is None:
                return page
            self._repaired[page] = repaired
        return self._repaired[page].path

    def prepare_retry(self, pages: Sequence[Path], error: duckdb.Error) -> None:
        """Prepare another attempt to read pages that DuckDB refused.

        Raises:
            LoadRefused: A page is damaged or missing.
            WarehouseError: The pages are good; DuckDB failed for another reason.
        """
        if not self._checks:
            self._checks = True
            if any(self.path_of(page) != page for page in pages):
                return
        if not is_about_data(error):
            raise refused(error) from error
        if self._rewrites:
            raise _unreadable(pages, self._table.name, error) from error
        self._rewrites = True
        self._repaired.clear()

    def repaired_values(
        self, files: Sequence[Path], columns: Sequence[StoredColumn]
    ) -> Iterator[tuple[str, str, str]]:
        """Yield key, column and escaped text of the repaired values in text columns of some files."""
        texts = {column.sent_as: column.name for column in columns if column.type == "VARCHAR"}
        for repaired in self._repaired.values():
            if repaired.path in files:
                for value in repaired.values:
                    if value.column in texts:
                        yield value.key, texts[value.column], value.value

    def clear(self) -> None:
        """Drop the records of copies; the stage removes their files."""
        self._repaired.clear()


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
            remedy="Make room on the disk; then sync again. The sync resumes from the landed pages.",
        ) from error
    return RepairedPage(copy, tuple(halves))


def _unreadable(pages: Sequence[Path], table: str, error: duckdb.Error) -> LoadRefused:
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
