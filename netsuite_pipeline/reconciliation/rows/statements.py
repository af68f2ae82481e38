"""The statements that count and hash the rows of a key range, and that list their hashes, for both sides."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from netsuite_pipeline.netsuite.suiteql import column_ref, in_list, key_literal, statement
from netsuite_pipeline.reconciliation.compared_table import ComparedTable
from netsuite_pipeline.reconciliation.ranges import IdRange
from netsuite_pipeline.tables import Column
from netsuite_pipeline.tables.row_hash import (
    LONGEST_STATEMENT,
    LONGEST_TEXT,
    PRIME,
    TEXTS,
    Terms,
    column_terms,
    netsuite_hash,
    our_hash,
)
from netsuite_pipeline.warehouse.schema.schema import literal, quoted

VALUES_PER_STATEMENT = 300
_ROOM = 4_000  # characters of a statement that are not the hash


@dataclass(frozen=True)
class Rows:
    """Which rows: a range of the filter column, or some of its values.

    Attributes:
        range: The range.
        values: The values, as text; empty for all rows of the range.
    """

    range: IdRange = field(default_factory=IdRange)
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class RowStatements:
    """The statements of one group of columns, whose hash is short enough for one statement.

    Attributes:
        table: The table.
        terms: The columns' whole numbers.
    """

    table: ComparedTable
    terms: Terms

    def netsuite_sums(self, rows: Rows) -> str:
        """Return the SuiteQL of the row count (`counted`) and of the sum of hashes (`checksum`)."""
        source = statement(
            [f"{netsuite_hash(self.terms)} AS row_hash"], self.table.spec.source, self._conditions(rows), ()
        )
        return (
            f"SELECT COUNT(*) AS counted, NVL(SUM(MOD(row_hash * row_hash, {PRIME})), 0) AS checksum "
            f"FROM ({source})"
        )

    def netsuite_list(self, rows: Rows) -> str:
        """Return the SuiteQL of each row's filter value, key and hash, in the order of its key."""
        name = self.table.name
        names = dict.fromkeys([self.table.filter_column, *self.table.key])
        keys = [column_ref(name, part) for part in names]
        order = [column_ref(name, part) for part in self.table.key]
        items = [*keys, f"{netsuite_hash(self.terms)} AS row_hash"]
        return statement(items, self.table.spec.source, self._conditions(rows), order)

    def our_sums(self, rows: Rows) -> str:
        """Return the same of the stored rows."""
        return (
            f"SELECT count(*), coalesce(sum(h * h % {PRIME}), 0)::HUGEINT "
            f"FROM (SELECT {our_hash(self.terms)} AS h FROM {self._our_source(rows)})"
        )

    def our_list(self, rows: Rows) -> str:
        """Return the same of the stored rows, with the key's parts joined by `/`."""
        key = " || '/' || ".join(f"coalesce({quoted(part)}::VARCHAR, '')" for part in self.table.key)
        return (
            f"SELECT coalesce({quoted(self.table.filter_column)}::VARCHAR, ''), {key}, "
            f"({our_hash(self.terms)})::VARCHAR FROM {self._our_source(rows)}"
        )

    def _conditions(self, rows: Rows) -> list[str]:
        table = self.table
        conditions = [*table.conditions, *filter(None, [rows.range.condition(table.filter_ref)])]
        if rows.values:
            literals = [key_literal(value, table.filter_kind) for value in rows.values]
            conditions.append(in_list(table.filter_ref, literals))
        return conditions

    def _our_source(self, rows: Rows) -> str:
        ref = quoted(self.table.filter_column)
        conditions = [*filter(None, [rows.range.condition(ref)])]
        if rows.values:
            conditions.append(f"list_contains({literal(rows.values)}, {ref}::VARCHAR)")
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        return f"{self.table.stored_rows()} r{where}"


def row_statements(
    table: ComparedTable, *, texts: bool = True, times: bool = True
) -> tuple[RowStatements, ...]:
    """Return the statements of a table's columns, in as few groups as fit into statements.

    Args:
        table: The table.
        texts: Hash texts, too: their length and their first characters.
        times: Hash date-times, too; some accounts refuse SYS_EXTRACT_UTC (open question 9).
    """
    groups: list[dict[str, Sequence[tuple[str, str]]]] = [{}]
    length = 0
    most = LONGEST_STATEMENT - _ROOM - len(table.spec.source)
    for column in sorted(table.columns, key=lambda column: column.type in TEXTS):
        if (column.type in TEXTS and not texts) or (column.type == "datetime" and not times):
            continue
        terms = _terms(table, column)
        added = sum(len(their) + 10 for _, their in terms)
        if length + added > most and groups[-1]:
            groups.append({})
            length = 0
        groups[-1][column.name] = terms
        length += added
    return tuple(RowStatements(table, group) for group in groups if group)


def _terms(table: ComparedTable, column: Column) -> Sequence[tuple[str, str]]:
    length = LONGEST_TEXT if column.type in TEXTS else 0
    return column_terms(table.name, column.name, column.type, length, any_text=True)
