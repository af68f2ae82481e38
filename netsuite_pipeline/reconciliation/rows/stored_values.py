"""The values of stored rows as text, before and after a repair."""

from collections.abc import Collection, Mapping

import duckdb

from netsuite_pipeline.reconciliation.compared_table import ComparedTable
from netsuite_pipeline.warehouse.schema.schema import literal, quoted

Values = Mapping[str, str | None]
_MOST_NAMED = 5
_LONGEST = 60


def stored_values(
    connection: duckdb.DuckDBPyConnection, table: ComparedTable, keys: Collection[str]
) -> dict[str, Values]:
    """Return the compared columns of some stored rows, by key.

    Args:
        connection: To the published file.
        table: The table.
        keys: The keys, their parts joined by `/`.
    """
    names = [column.name for column in table.columns]
    if not keys or not names:
        return {}
    key = " || '/' || ".join(f"coalesce({quoted(part)}::VARCHAR, '')" for part in table.key)
    items = ", ".join(f"{quoted(name)}::VARCHAR" for name in names)
    rows = connection.execute(
        f"SELECT {key}, {items} FROM {table.ref} WHERE list_contains({literal(tuple(keys))}, {key})"
    ).fetchall()
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}


def differing_values(before: Values | None, after: Values | None) -> tuple[str | None, str | None]:
    """Return the values of a row before and after its repair, of the columns that differ.

    Args:
        before: The row before; None if it was not stored.
        after: The row after; None if it is gone.

    Example:
        >>> differing_values({"id": "1", "memo": "a"}, {"id": "1", "memo": "b"})
        ('memo = a', 'memo = b')
        >>> differing_values(None, {"id": "1"}), differing_values({"id": "1"}, {"id": "1"})
        ((None, 'a row'), ('a row', 'another row'))
    """
    if before is None or after is None:
        return (None if before is None else "a row"), (None if after is None else "a row")
    names = [name for name, value in before.items() if after.get(name) != value]
    if not names:
        return "a row", "another row"
    return _named(before, names), _named(after, names)


def _named(values: Values, names: list[str]) -> str:
    more = f", {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(f"{name} = {_short(values.get(name))}" for name in names[:_MOST_NAMED]) + more


def _short(value: str | None) -> str:
    if value is None:
        return "NULL"
    return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"
