"""The company's tables as stored, for tests that compare them with the rows of a client."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb

from netsuite_pipeline.emulator.company.records import RECORDS, Record


@dataclass(frozen=True)
class TableDump:
    """One table as the emulator stores it.

    Attributes:
        columns: Names, in order.
        types: Type of each column: integer, decimal, boolean, text, clob, date, datetime, multiselect.
        rows: In the order of the key. Decimals are the shortest text (`12.5`), dates `2026-11-23`, date-times
            `2026-11-23T06:00:00Z`, booleans `T` and `F`.
    """

    name: str
    columns: Sequence[str]
    types: Sequence[str]
    rows: Sequence[Sequence[Any]]


def row_counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return the number of rows of every table."""
    counts = {}
    for name in RECORDS:
        found = connection.execute(f'SELECT count(*) FROM ns."{name}"').fetchone()
        counts[name] = int(found[0]) if found else 0
    return counts


def table_dump(connection: duckdb.DuckDBPyConnection, record: Record) -> TableDump:
    """Return a whole table in the order of its key, as values of JSON."""
    columns = ", ".join(f'"{each.name}"' for each in record.fields)
    order = ", ".join(f'"{name}"' for name in record.key)
    rows = connection.execute(f'SELECT {columns} FROM ns."{record.name}" ORDER BY {order}').fetchall()
    return TableDump(
        record.name,
        [each.name for each in record.fields],
        [each.type for each in record.fields],
        [[canonical(value) for value in row] for row in rows],
    )


def canonical(value: object) -> object:
    """Return one stored value in the form that tests compare.

    Example:
        >>> canonical(Decimal("12.500")), canonical(datetime(2026, 1, 2, 3, 4, 5))
        ('12.5', '2026-01-02T03:04:05Z')
    """
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, datetime):
        return f"{value.isoformat()}Z"
    if isinstance(value, date):
        return value.isoformat()
    return value
