"""A fake account for discovery: rows and columns by test, refusals in NetSuite's form."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from netsuite_pipeline.netsuite.errors import PermissionDenied, QueryError, Unavailable
from netsuite_pipeline.netsuite.http.page import Page, Row
from netsuite_pipeline.netsuite.http.request import Reply, Request


class FakeAccount:
    """Answers discovery's requests, and records them.

    Args:
        tables: Rows by table; a null field is left out of its row.
        columns: Columns that a table has beside those that its rows show.
        schemas: JSON Schemas by REST name; None: the catalogue is refused.
        mute: Columns over which NetSuite fails inside, without a name.
        no_star: `SELECT *` is refused for tables that are no setup tables.
    """

    def __init__(
        self,
        tables: Mapping[str, Sequence[Row]],
        *,
        columns: Mapping[str, Sequence[str]] | None = None,
        schemas: Mapping[str, Any] | None = None,
        mute: Sequence[str] = (),
        no_star: bool = False,
        no_counting: bool = False,
    ) -> None:
        self.asked: list[str] = []
        self._tables, self._schemas = tables, schemas
        self._columns = columns or {}
        self._mute, self._no_star, self._no_counting = mute, no_star, no_counting

    def fetch_page(self, sql: str, *, limit: int = 1000, retry_seconds: float | None = None) -> Page:
        self.asked.append(sql)
        parts = re.fullmatch("SELECT (.+) FROM ([a-z_0-9]+)(?: WHERE (.+))?", sql)
        assert parts is not None, sql
        select, table, _ = parts.groups()
        rows = [dict(row) for row in self._rows(table)]
        if select == "*":
            if self._no_star:
                raise QueryError("Invalid or unsupported search")
            return Page(b"", rows[:limit], False, len(rows))
        if select.startswith("COUNT"):
            if self._no_counting:
                raise QueryError("Invalid or unsupported search")
            counted: dict[str, str | None] = {
                "counted": str(len(rows)),
                "keys": str(len({row["id"] for row in rows})),
            }
            return Page(b"", [counted], False, 1)
        moment = re.fullmatch("TO_CHAR\\(([a-z_0-9]+), '[^']+'\\) AS seen", select)
        if moment:
            return self._datetimes(table, moment.group(1), rows)
        names = select.split(", ")
        for name in names:
            if name not in self._all_columns(table):
                raise QueryError(f"Unknown identifier '{name}'", column=name, reason="unknown")
        if set(names) & set(self._mute):
            raise Unavailable("NetSuite failed inside.", status=500, code="UNEXPECTED_ERROR")
        return Page(b"", [{name: row.get(name) for name in names} for row in rows[:limit]], False, None)

    def iter_rows(self, sql: str) -> Iterator[Row]:
        self.asked.append(sql)
        return iter(self._rows(sql.split(" FROM ")[1].split()[0]))

    def send(self, request: Request) -> Reply:
        self.asked.append(request.path)
        if self._schemas is None:
            raise PermissionDenied("The role may not use the catalogue.")
        name = request.path.rpartition("/metadata-catalog")[2].lstrip("/")
        found = self._schemas[name] if name else {"items": [{"name": each} for each in self._schemas]}
        return Reply(json.dumps(found).encode(), None, 0.1)

    def _rows(self, table: str) -> Sequence[Row]:
        if table not in self._tables:
            raise PermissionDenied(
                f"NetSuite shows this role no table '{table}'.", table=table, remedy="Add it."
            )
        return self._tables[table]

    def _all_columns(self, table: str) -> set[str]:
        return {*self._columns.get(table, ()), *(name for row in self._tables[table] for name in row)}

    def _datetimes(self, table: str, column: str, rows: Sequence[Row]) -> Page:
        values = [row[column] for row in rows if row.get(column)]
        if any(not re.fullmatch(r"\d+/\d+/\d+( \d\d:\d\d)?", value or "") for value in values):
            raise QueryError("Invalid or unsupported search")
        times = [f"2026-01-01 {(value or '').partition(' ')[2] or '00:00'}:00" for value in values]
        return Page(b"", [{"seen": time} for time in times], False, None)
