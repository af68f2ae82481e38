"""What one role may see of the account, as the engine is told with each query."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Access:
    """The tables, columns and rows of one role.

    `visible` maps a table to the columns the role sees; `hidden_columns` says how a column that is not seen
    is refused ("NOT_EXPOSED", "REMOVED", "UNKNOWN", or "POISON": naming it answers HTTP 500);
    `no_such_record` are the tables whose permission or feature is missing; `row_filters` are predicates over
    a table's own columns, in DuckDB's SQL; `version` changes whenever anything else here does.

    >>> Access(visible={"term": frozenset({"id", "name"})}).visible["term"] == {"id", "name"}
    True
    """

    visible: Mapping[str, frozenset[str]]
    hidden_columns: Mapping[tuple[str, str], str] = field(default_factory=dict)
    no_such_record: frozenset[str] = frozenset()
    row_filters: Mapping[str, str] = field(default_factory=dict)
    version: int = 0
