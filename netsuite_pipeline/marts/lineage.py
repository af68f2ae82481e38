"""Which columns each column of a mart comes from."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

_FILE = Path(__file__).parent / "lineage.json"


class ColumnSource(NamedTuple):
    """A column that another one comes from.

    Attributes:
        table: A table of NetSuite, or a mart.
        column: Its column.
    """

    table: str
    column: str


def column_lineage(mart: str) -> Mapping[str, tuple[ColumnSource, ...]]:
    """Return the sources of each column of a mart.

    Steps between the mart and NetSuite's tables are left out; another mart that its SQL reads is a source. A
    column that comes from none, such as a constant, is left out.

    Args:
        mart: The mart's name.

    Example:
        >>> column_lineage("general_ledger")["transaction_number"]
        (ColumnSource(table='transaction', column='tranid'),)
        >>> column_lineage("ar_aging")["open_base"]
        (ColumnSource(table='open_items', column='open_base'),)
    """
    return {column: tuple(map(_source, sources)) for column, sources in _lineage().get(mart, {}).items()}


def _source(name: str) -> ColumnSource:
    table, _, column = name.partition(".")
    return ColumnSource(table, column)


@cache
def _lineage() -> Mapping[str, Mapping[str, list[str]]]:
    """Return the file that `python -m netsuite_pipeline_tests.marts.test_lineage` writes.

    sqlglot takes seconds to compute it, so it is kept beside the SQL.
    """
    found: Mapping[str, Mapping[str, list[str]]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return found
