"""Rows -> the JSON text of NetSuite's answer, written by DuckDB itself."""

import json
from collections.abc import Iterable

from netsuite_pipeline.emulator.suiteql.dates import quote
from netsuite_pipeline.emulator.suiteql.dialect import Dialect
from netsuite_pipeline.emulator.suiteql.typed_sql import NUMBERS, TIMES, Kind, Session, Sql, written


def json_row(outputs: Iterable[tuple[str, Sql]], session: Session, dialect: Dialect) -> str:
    """SQL of one row as a JSON object: `links` first, values as strings, nulls left out.

    A name that comes twice is written once, with its first value.
    """
    named: dict[str, Sql] = {}
    for name, value in outputs:
        named.setdefault(name.lower() if dialect.lower_keys else name.upper(), value)
    members = [_member(name, value, session, dialect) for name, value in named.items()]
    return f"concat({', '.join([quote(_START), *members, quote('}')])})"


_START = '{"links":[]'


def _member(name: str, value: Sql, session: Session, dialect: Dialect) -> str:
    # A concatenation with NULL is NULL, and concat() leaves it out: so is the key of a value that is null.
    start = "," + json.dumps(name, ensure_ascii=False) + ":"
    if value.kind is Kind.TEXT and not value.plain:
        return f"{quote(start)} || to_json({value.text})"
    if value.kind in NUMBERS:
        text = value.text if value.kind is Kind.INTEGER else written(value, session)
        if not dialect.string_numbers:
            return f"{quote(start)} || ({text})"
        return f"{quote(start + _QUOTE)} || ({text}) || {quote(_QUOTE)}"
    text = written(value, session) if value.kind in TIMES else f"CAST({value.text} AS VARCHAR)"
    return f"{quote(start + _QUOTE)} || {text} || {quote(_QUOTE)}"


_QUOTE = '"'
