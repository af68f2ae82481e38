"""Evidence that rows without an entry in Deleted Records were deleted, and are not hidden by the role.

A role hides rows by their values: a type, a subsidiary, a class, a person. So a row that was deleted has
others like it that NetSuite still shows. And NetSuite's record service answers that there is no such record,
while it shows another record of this type.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import duckdb

from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import Throttled, Unavailable
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.reconciliation.compared_table import ComparedTable
from netsuite_pipeline.reconciliation.ledger.statements import DOCUMENTS, LINES
from netsuite_pipeline.warehouse.rows.deletion_state import MAX_UNLOGGED_SHARE, is_small_share
from netsuite_pipeline.warehouse.rows.missing_rows import marks
from netsuite_pipeline.warehouse.schema.schema import StoredTable, literal, quoted, scalar_count

_TYPE = "recordtype"  # of a transaction: the name of its record type
_ENTITY = "entity"
# The columns by whose values NetSuite restricts a role, or finds what is somebody's own.
_RESTRICTED_BY = (
    *("subsidiary", "department", "class", "location", "createdby", "employee", "salesrep"),
    *("supervisor", "category", "entitystatus", "parent", "type"),
)
_RECORD_TYPE = re.compile("[a-z0-9_]+")
_PEOPLE = ("customer", "vendor", "employee", "entity", "job", "contact")


@dataclass(frozen=True)
class RecordEvidence:
    """The search for evidence.

    Attributes:
        connection: To the published file.
        client: The client.
        count: Counts the requests.
        tables: The stored tables by name.
    """

    connection: duckdb.DuckDBPyConnection
    client: NetSuiteClient
    count: RequestCounts
    tables: Mapping[str, ComparedTable]

    def deleted(self, name: str, keys: Collection[str]) -> frozenset[str]:
        """Return those of some rows that were deleted for certain.

        At most five rows are asked for, or one percent of the table: more that are gone at once look like a
        narrowed role.

        Args:
            name: The table.
            keys: The keys of rows that NetSuite does not show, as text.

        Raises:
            NetSuiteError: NetSuite refuses the sign-in.
        """
        table = self.tables.get(name)
        if table is None or not _is_of_records(table):
            return frozenset()
        numbers = frozenset(key for key in keys if key.isdecimal())
        rows = scalar_count(self.connection, f"SELECT count(*) FROM {table.ref}")
        if not numbers or not is_small_share(rows, len(numbers), MAX_UNLOGGED_SHARE):
            return frozenset()
        try:
            return frozenset(self._deleted(table, numbers))
        except (Throttled, Unavailable):
            return frozenset()  # the next reconciliation asks again

    def _deleted(self, table: ComparedTable, keys: frozenset[str]) -> Iterator[str]:
        answers: dict[str, bool] = {}
        for key, kind in self._types(table, keys).items():
            if not _RECORD_TYPE.fullmatch(kind) or not self._has_peers(table, key, kind, keys):
                continue
            if kind not in answers:
                answers[kind] = self._is_answered(table, kind, keys)
            if answers[kind] and self._exists(kind, key) is False:
                yield key

    def _exists(self, kind: str, key: str) -> bool | None:
        return self.client.probes.record_exists(kind, key, self.count)

    def _types(self, table: ComparedTable, keys: frozenset[str]) -> dict[str, str]:
        """Return the record type of each stored row."""
        key = f"t.{quoted(table.key[0])}::VARCHAR"
        kind = f"coalesce(lower(t.{_TYPE}), '')" if table.name == DOCUMENTS else f"'{table.name}'"
        if table.name == DOCUMENTS and _TYPE not in table.received:
            return {}
        rows = self.connection.execute(
            f"SELECT {key}, {kind} FROM {table.ref} t WHERE list_contains({literal(tuple(keys))}, {key}) "
            "ORDER BY ALL"
        ).fetchall()
        return dict(rows)

    def _is_answered(self, table: ComparedTable, kind: str, keys: frozenset[str]) -> bool:
        """Return whether the record service answers for a row of a type that NetSuite shows."""
        row = self.connection.execute(
            f"SELECT max(t.{quoted(table.key[0])})::VARCHAR FROM {self._shown(table, keys)} "
            f"AND {_of_type(table, kind)}"
        ).fetchone()
        return row is not None and row[0] is not None and self._exists(kind, row[0]) is True

    def _shown(self, table: ComparedTable, keys: frozenset[str]) -> str:
        """Return the SQL source of the stored rows `t` that NetSuite shows; further conditions may follow."""
        key = f"t.{quoted(table.key[0])}::VARCHAR"
        marked = marks(StoredTable(table.schema, table.name, (), ()))
        hidden = f"list_contains({literal(tuple(keys))}, {key}) OR {key} IN {marked}"
        return f"{table.ref} t WHERE NOT ({hidden})"

    # Others like it

    def _has_peers(self, table: ComparedTable, key: str, kind: str, keys: frozenset[str]) -> bool:
        """Return whether NetSuite shows other rows with each value by which a role can be restricted."""
        peers = f"{self._shown(table, keys)} AND {_of_type(table, kind)}"
        own = f"{table.ref} o WHERE o.{quoted(table.key[0])}::VARCHAR = '{key}'"
        queries = [f"SELECT 1 FROM {peers}"]
        queries += [
            f"SELECT 1 FROM {own} AND EXISTS (SELECT 1 FROM {peers} "
            f"AND t.{quoted(name)} IS NOT DISTINCT FROM o.{quoted(name)})"
            for name in _RESTRICTED_BY
            if name in table.received
        ]
        lines = self.tables.get(LINES) if table.name == DOCUMENTS else None
        if lines is not None:
            queries += self._line_queries(lines, key, f"SELECT t.id FROM {peers}")
        if table.name == DOCUMENTS and _ENTITY in table.received:
            queries.append(self._entity_query(own, self._shown(table, keys)))
        return all(self.connection.execute(f"{sql} LIMIT 1").fetchone() is not None for sql in queries)

    def _line_queries(self, lines: ComparedTable, key: str, peers: str) -> Iterator[str]:
        """Yield queries that have a row if all values of a document's lines are on lines of others."""
        for name in (each for each in _RESTRICTED_BY if each in lines.received):
            column = quoted(name)
            alone = (
                f"SELECT 1 FROM {lines.ref} o WHERE o.transaction = {key} AND NOT EXISTS ("
                f"SELECT 1 FROM {lines.ref} p WHERE p.transaction IN ({peers}) "
                f"AND p.{column} IS NOT DISTINCT FROM o.{column})"
            )
            yield f"SELECT 1 WHERE NOT EXISTS ({alone})"

    def _entity_query(self, own: str, shown: str) -> str:
        """Return a query that has a row if NetSuite shows the document's customer, vendor or employee.

        It does so where it shows another document of the same entity, or the entity itself.
        """
        known = [f"EXISTS (SELECT 1 FROM {shown} AND t.entity = o.entity)", "o.entity IS NULL"]
        for name in (each for each in _PEOPLE if each in self.tables):
            table = self.tables[name]
            marked = marks(StoredTable(table.schema, name, (), ()))
            shows = f"e.id = o.entity AND e.id::VARCHAR NOT IN {marked}"
            known.append(f"EXISTS (SELECT 1 FROM {table.ref} e WHERE {shows})")
        return f"SELECT 1 FROM {own} AND ({' OR '.join(known)})"


def _is_of_records(table: ComparedTable) -> bool:
    """Return whether the rows of a table are records by themselves, each with an id."""
    spec = table.spec
    return (
        spec.query is None
        and spec.parent is None
        and spec.deletion_log
        and len(table.key) == 1
        and table.filter_kind == "integer"
    )


def _of_type(table: ComparedTable, kind: str) -> str:
    return f"lower(t.{_TYPE}) = '{kind}'" if table.name == DOCUMENTS else "true"
