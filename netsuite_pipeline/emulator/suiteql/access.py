"""The tables, columns and rows that one role sees; each query has one."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Access:
    """The tables, columns and rows of one role.

    Attributes:
        visible: Columns that the role sees, by table.
        hidden_columns: Refusal of each hidden column: "NOT_EXPOSED", "REMOVED", "UNKNOWN", or "POISON" for an
            HTTP 500.
        no_such_record: Tables whose permission or feature is missing.
        row_filters: DuckDB conditions over a table's own columns, by table.
        version: Changes with every other attribute.
    """

    visible: Mapping[str, frozenset[str]]
    hidden_columns: Mapping[tuple[str, str], str] = field(default_factory=dict)
    no_such_record: frozenset[str] = frozenset()
    row_filters: Mapping[str, str] = field(default_factory=dict)
    version: int = 0
