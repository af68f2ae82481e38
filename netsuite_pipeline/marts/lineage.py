"""Which columns each column of a mart comes from."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "lineage.json"


def column_lineage(mart: str) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Return the sources of each column of a mart: tables of NetSuite, or other marts, each with a column.

    A column that comes from none, such as a constant, is left out.

    Example:
        >>> column_lineage("general_ledger")["transaction_number"]
        (('transaction', 'tranid'),)
        >>> column_lineage("ar_aging")["open_base"]
        (('open_items', 'open_base'),)
    """
    return {
        column: tuple((table, name) for table, _, name in (source.partition(".") for source in sources))
        for column, sources in _lineage().get(mart, {}).items()
    }


@cache
def _lineage() -> Mapping[str, Mapping[str, list[str]]]:
    """Return the file that `python -m netsuite_pipeline_tests.marts.test_lineage` writes."""
    found: Mapping[str, Mapping[str, list[str]]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return found
