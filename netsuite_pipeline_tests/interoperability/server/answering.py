"""A statement and a page in, the reply's JSON out: text values, nulls left out, links, count, hasMore."""

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from netsuite_pipeline_tests.interoperability.server import refusals
from netsuite_pipeline_tests.interoperability.server.functions import equip, short_date
from netsuite_pipeline_tests.interoperability.server.settings import Habits
from netsuite_pipeline_tests.interoperability.server.suiteql import Output, Translated, translate

_MOST_ROWS = 1000
_MOST_OFFSET = 100_000


def open_company(path: Path, habits: Habits) -> sqlite3.Connection:
    """The company's file for one thread, to be read only."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    equip(connection, habits.session_zone)
    return connection


def answer(
    connection: sqlite3.Connection,
    habits: Habits,
    sql: str,
    params: Sequence[str],
    limit: int,
    offset: int,
    url: str,
) -> str:
    """One page of a statement.

    Raises:
        Refusal: The statement or the page is none that NetSuite would give.
    """
    if not 1 <= limit <= _MOST_ROWS or offset % limit or not 0 <= offset < _MOST_OFFSET:
        raise refusals.bad_request(f"Invalid page: limit {limit}, offset {offset}.")
    translated = translate(sql, habits)
    order = "" if translated.ordered else " ORDER BY random()"
    try:
        rows = connection.execute(
            f"{translated.sql}{order} LIMIT {limit} OFFSET {offset}", list(params)
        ).fetchall()
        (total,) = connection.execute(f"SELECT count(*) FROM ({translated.sql})", list(params)).fetchone()
    except sqlite3.Error as error:
        raise refusals.bad_syntax(str(error)) from error
    if len(rows) > habits.heaviest or _has_bad_cell(rows, translated, habits, sql):
        raise refusals.unexpected()
    more = offset + len(rows) < total and not habits.ends_early
    items = ", ".join(
        _item(row, translated.outputs, habits, number % 2 == 0) for number, row in enumerate(rows)
    )
    ends = {"hasMore": more} if habits.has_more else {}
    head = json.dumps({"links": _links(url, limit, offset, total), "count": len(rows), **ends})
    return f'{head[:-1]}, "items": [{items}], "offset": {offset}, "totalResults": {total}}}'


def _has_bad_cell(rows: Sequence[Sequence[object]], translated: Translated, habits: Habits, sql: str) -> bool:
    where, _, row = habits.bad_cell.partition("=")
    table, _, column = where.partition(".")
    names = [output.name for output in translated.outputs]
    if not row or column not in names or "id" not in names or f"from {table} " not in f"{sql.lower()} ":
        return False
    return any(str(each[names.index("id")]) == row for each in rows)


def _item(row: Sequence[object], outputs: Sequence[Output], habits: Habits, escaped: bool) -> str:
    parts = ['"links": []']
    for value, output in zip(row, outputs, strict=True):
        if value is None:
            continue
        numeric = output.kind in {"integer", "number"} or isinstance(value, int)
        if output.kind in {"day", "moment"}:
            value = short_date(str(value))
        # Every other row escapes what is not ASCII: both are JSON, and both are seen.
        text = str(value) if numeric and habits.bare_numbers else json.dumps(str(value), ensure_ascii=escaped)
        key = output.name.upper() if habits.upper_keys else output.name
        parts.append(f"{json.dumps(key)}: {text}")
    return f"{{{', '.join(parts)}}}"


def _links(url: str, limit: int, offset: int, total: int) -> list[dict[str, str]]:
    def link(rel: str, start: int) -> dict[str, str]:
        return {"rel": rel, "href": f"{url}?limit={limit}&offset={start}"}

    links = [link("self", offset)]
    if offset:
        links += [link("previous", offset - limit), link("first", 0)]
    if offset + limit < total:
        links += [link("next", offset + limit), link("last", (total - 1) // limit * limit)]
    return links
