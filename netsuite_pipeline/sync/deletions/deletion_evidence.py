"""Decide which rows that NetSuite no longer shows were deleted, by evidence for each."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import duckdb

from netsuite_pipeline.netsuite.errors import PermissionDenied, QueryError, Throttled, Unavailable
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.netsuite.suiteql import in_list, key_literal, statement
from netsuite_pipeline.sync.context import SyncContext
from netsuite_pipeline.sync.deletions.deleted_records import (
    DELETED_RECORDS,
    Deletion,
    may_be_row_of,
    missing_in_netsuite,
    record_types,
    recorded_deletions,
)
from netsuite_pipeline.sync.load.commit_types import UNPROVEN, WITH_OWNER
from netsuite_pipeline.sync.load.stored_table import stored_table
from netsuite_pipeline.tables import Parent, Table
from netsuite_pipeline.warehouse.rows.deletion_state import (
    MAX_LIST_SHARE,
    MAX_QUERY_SHARE,
    is_small_loss,
    is_small_share,
)
from netsuite_pipeline.warehouse.rows.merge import MISSING, count_rows, sides
from netsuite_pipeline.warehouse.rows.missing_rows import marks
from netsuite_pipeline.warehouse.schema.schema import (
    StoredTable,
    key_text,
    literal,
    present_columns,
    quoted,
    text,
)
from netsuite_pipeline.warehouse.staging.stage_sql import STAGE
from netsuite_pipeline.wording import counted

_IDS_PER_QUERY = 500
# The working file stays open during these queries, so their number is bounded.
_MAX_QUERIED_BY_ID = 20_000
_DELETION_MARGIN = timedelta(days=1)


@dataclass
class DeletionEvidence:
    """The evidence that rows of one table were deleted.

    An entry of `deletedrecord` proves a deletion. So does the request of a reconciliation, which has asked
    NetSuite for the record, and so does a parent that is shown without its rows. Rows that belong to a
    removed row are removed too. Of lists whose deletions NetSuite does not log, a few rows may be removed.

    Attributes:
        table: The table's spec.
        context: The sync. For a table of `--accept-shrink`, rows may be removed without evidence.
        count: Counts the requests.
        since: When all rows of the table were last compared with NetSuite, UTC; None for never.
        note: Why rows were removed without an entry in `deletedrecord`; empty where none were.
        answered: NetSuite answered which rows were deleted; while it is down, no row is known to be missing.
    """

    table: Table
    context: SyncContext
    count: RequestCounts
    since: datetime | None
    note: str = field(default="", init=False)
    answered: bool = field(default=True, init=False)

    def classify(self, connection: duckdb.DuckDBPyConnection, target: StoredTable) -> int:
        """Leave the deleted rows in `merge.MISSING`, and move all others to `UNPROVEN`.

        Args:
            connection: To the working file, the stage attached; `merge.find_missing` found rows.
            target: The table as it is stored.

        Returns:
            How many rows have no evidence.

        Raises:
            NetSuiteError: NetSuite does not answer.
        """
        connection.execute(f"CREATE OR REPLACE TEMP TABLE unproven AS SELECT * FROM {MISSING}")
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE with_owner AS SELECT *, '' AS missing_with FROM {MISSING} LIMIT 0"
        )
        if self.table.name in self.context.request.accept_shrink:
            connection.execute(f"DELETE FROM {UNPROVEN}")
            return 0
        for column, owner in self.table.owners:
            self._set_aside(connection, target, column, owner)
        self._prove_left(connection, target)
        if self.table.query is not None:
            self._prove_query(connection, target)
        elif self.table.parent is not None:
            self._prove_children(connection, target, self.table.parent)
        elif not self.table.deletion_log or len(self.table.key) > 1:
            self._prove_list(connection, target)
        else:
            self._prove_records(connection, target)
        names = ["_row"] if target.identity_columns else list(map(quoted, target.key))
        same = " AND ".join(f"g.{name} = u.{name}" for name in names)
        for kept in (UNPROVEN, WITH_OWNER):
            connection.execute(f"DELETE FROM {MISSING} g USING {kept} u WHERE {same}")
        return count_rows(connection, UNPROVEN)

    def _set_aside(
        self, connection: duckdb.DuckDBPyConnection, target: StoredTable, column: str, owner: str
    ) -> None:
        """Move the rows whose owner is missing to `WITH_OWNER`: the owner's finding covers them."""
        missing = (
            f"EXISTS (SELECT 1 FROM {target.ref} t WHERE {_same(target)} AND t.{quoted(column)}::VARCHAR IN "
            f"{marks(StoredTable(target.schema, owner, (), ()))})"
        )
        connection.execute(
            f"INSERT INTO {WITH_OWNER} SELECT *, {text(owner)} FROM {UNPROVEN} u WHERE {missing}"
        )
        connection.execute(f"DELETE FROM {UNPROVEN} u WHERE {missing}")

    # Records, each with an entry of its own

    def _prove_records(self, connection: duckdb.DuckDBPyConnection, target: StoredTable) -> None:
        _prove(connection, f"{quoted(target.key[0])}::VARCHAR", self._proven(self.table.name))
        deleted = self.deleted(connection, self.table, _ids(connection, target.key[0]))
        if deleted is None:
            self._prove_few(connection, target, "NetSuite does not show its deleted records")
            return
        _prove(connection, f"{quoted(target.key[0])}::VARCHAR", deleted)

    def _proven(self, name: str) -> Collection[str]:
        """Return the deletions of a table that the sync's request proves."""
        return self.context.request.proven_deletions.get(name, frozenset())

    def _prove_left(self, connection: duckdb.DuckDBPyConnection, target: StoredTable) -> None:
        """Prove the rows that NetSuite still shows, and that the table's condition now excludes."""
        if self.table.where is not None and len(target.key) == 1:
            shown = self._shown(replace(self.table, where=None), _ids(connection, target.key[0]))
            _prove(connection, f"{quoted(target.key[0])}::VARCHAR", shown)

    def deleted(
        self, connection: duckdb.DuckDBPyConnection, table: Table, ids: Sequence[str]
    ) -> set[str] | None:
        """Query `deletedrecord` for the deleted records of a table.

        Args:
            connection: To the working file.
            table: The records' table.
            ids: Their keys, as text.

        Returns:
            The keys of the deleted records; None where NetSuite does not show its deleted records.

        Raises:
            NetSuiteError: NetSuite does not answer.
        """
        numbers = [each for each in ids if each.lstrip("-").isdecimal()]
        kinds = record_types(connection, stored_table(table, self.context.request.connection))
        found: set[str] = set()
        try:
            for deletion in self._all_entries(numbers):
                if may_be_row_of(table.name, deletion, kinds):
                    found.add(deletion.record_id)
            found.intersection_update(numbers)
        except (PermissionDenied, QueryError):
            return None
        except (Throttled, Unavailable) as error:
            self.answered = False
            self.note = f"which rows were deleted is not known yet: {error.message}"
        return found

    def _all_entries(self, ids: Sequence[str]) -> Iterator[Deletion]:
        """Query the entries of some records by their ids, or by date where the ids are too many."""
        is_known = DELETED_RECORDS in self.context.request.catalogue
        if len(ids) > _MAX_QUERIED_BY_ID and is_known and self.since is not None:
            yield from recorded_deletions(self.context, self.since - _DELETION_MARGIN, self.count)
            return
        for at in range(0, len(ids), _IDS_PER_QUERY):
            yield from self._entries(ids[at : at + _IDS_PER_QUERY])

    def _entries(self, ids: Sequence[str]) -> list[Deletion]:
        condition = in_list("recordid", [key_literal(each, "integer") for each in ids])
        sql = statement(["recordtypeid", "recordid", "scriptid"], DELETED_RECORDS, [condition], ["recordid"])
        page = self.context.client.fetch_page(sql, count=self.count)
        if page.has_more and len(ids) > 1:
            middle = len(ids) // 2
            return [*self._entries(ids[:middle]), *self._entries(ids[middle:])]
        return [
            Deletion(row.get("recordtypeid") or "", row.get("recordid") or "", row.get("scriptid") or "")
            for row in page.rows
        ]

    def _shown(self, table: Table, ids: Sequence[str]) -> set[str]:
        """Return those of some records that NetSuite shows."""
        missing = missing_in_netsuite(table, ids, self.context.client, self.count)
        return set(ids).difference(missing)

    # Rows of a parent

    def _prove_children(self, connection: duckdb.DuckDBPyConnection, target: StoredTable, to: Parent) -> None:
        parent, column = self.context.request.catalogue[to.table], quoted(to.column)
        # A parent with staged rows is shown, so its other rows were deleted.
        connection.execute(
            f"DELETE FROM {UNPROVEN} u WHERE u.{column} IN "
            f"(SELECT {column} FROM {STAGE} WHERE {column} IS NOT NULL)"
        )
        owners = _ids(connection, to.column)
        if not owners:
            return
        shown = self._shown(parent, owners)
        deleted = self.deleted(connection, parent, [each for each in owners if each not in shown])
        _prove(connection, f"{column}::VARCHAR", {*shown, *(deleted or ()), *self._proven(to.table)})
        if deleted is None:
            self._prove_few(connection, target, "NetSuite does not show its deleted records")

    # Lists and queries, whose deletions NetSuite does not log

    def _prove_list(self, connection: duckdb.DuckDBPyConnection, target: StoredTable) -> None:
        owners_known = self._prove_owned(connection, target)
        left = count_rows(connection, UNPROVEN)
        if not left:
            return
        if not owners_known:
            self._prove_few(connection, target, f"NetSuite logs no deletions of {self.table.name}")
            return
        rows, lost = count_rows(connection, target.ref), left - _new_rows(connection, target)
        whole = _loses_a_whole(connection, target, ("subsidiary", "location"))
        if not (whole and lost > 0) and is_small_share(rows, lost, MAX_LIST_SHARE):
            why = f"NetSuite logs no deletions of {self.table.name}; what the rows belong to is there"
            self._accept_all(connection, why)

    def _prove_owned(self, connection: duckdb.DuckDBPyConnection, target: StoredTable) -> bool:
        """Prove the rows whose item, entity or other owner was deleted; return if the owners are known."""
        owners = [(column, self.table.column(column).references or "") for column in self.table.belongs_to]
        for column, name in owners:
            owner = self._owner(connection, name)
            if owner is None or column not in present_columns(connection, target.schema, target.name):
                return False
            # An owner that is not stored was deleted, or never shown to this role: its entry decides.
            ref = f"t.{quoted(column)}"
            rows = connection.execute(
                f"SELECT DISTINCT {ref}::VARCHAR FROM {UNPROVEN} u JOIN {target.ref} t ON {_same(target)} "
                f"WHERE {ref} IS NOT NULL AND {ref} NOT IN (SELECT {quoted(owner.key[0])} FROM {owner.ref})"
            ).fetchall()
            spec = self.context.request.catalogue[name]
            deleted = self.deleted(connection, spec, [row[0] for row in rows])
            if deleted:
                gone = f"{ref}::VARCHAR IN (SELECT unnest({literal(sorted(deleted))}))"
                connection.execute(
                    f"DELETE FROM {UNPROVEN} u WHERE EXISTS "
                    f"(SELECT 1 FROM {target.ref} t WHERE {_same(target)} AND {gone})"
                )
        return bool(owners)

    def _owner(self, connection: duckdb.DuckDBPyConnection, name: str) -> StoredTable | None:
        table, schema = self.context.request.catalogue.get(name), self.context.request.connection
        if table is None or len(table.key) != 1 or not present_columns(connection, schema, name):
            return None
        return stored_table(table, schema)

    def _prove_query(self, connection: duckdb.DuckDBPyConnection, target: StoredTable) -> None:
        lost = count_rows(connection, UNPROVEN) - _new_rows(connection, target)
        if is_small_share(count_rows(connection, target.ref), lost, MAX_QUERY_SHARE):
            connection.execute(f"DELETE FROM {UNPROVEN}")

    def _prove_few(self, connection: duckdb.DuckDBPyConnection, target: StoredTable, why: str) -> None:
        lost = count_rows(connection, UNPROVEN) - _new_rows(connection, target)
        if is_small_loss(count_rows(connection, target.ref), lost):
            self._accept_all(connection, why)

    def _accept_all(self, connection: duckdb.DuckDBPyConnection, why: str) -> None:
        rows = count_rows(connection, UNPROVEN)
        self.note = f"{counted(rows, 'row was', 'rows were')} removed without a log of deletions: {why}"
        connection.execute(f"DELETE FROM {UNPROVEN}")


def _ids(connection: duckdb.DuckDBPyConnection, column: str) -> list[str]:
    rows = connection.execute(
        f"SELECT DISTINCT u.{quoted(column)} FROM {UNPROVEN} u "
        f"WHERE u.{quoted(column)} IS NOT NULL ORDER BY 1"
    ).fetchall()
    return [str(row[0]) for row in rows]


def _prove(connection: duckdb.DuckDBPyConnection, key: str, ids: Collection[str]) -> None:
    if ids:
        connection.execute(f"DELETE FROM {UNPROVEN} WHERE {key} IN (SELECT unnest({literal(sorted(ids))}))")


def _same(target: StoredTable) -> str:
    if target.identity_columns:
        return "t.rowid = u._row"
    return " AND ".join(f"t.{quoted(part)} = u.{quoted(part)}" for part in target.key)


def _new_rows(connection: duckdb.DuckDBPyConnection, target: StoredTable) -> int:
    """Count the staged rows that the table does not have: a list that is made anew has other keys."""
    stored, staged, on = sides(connection, target)
    return count_rows(connection, f"(SELECT 1 FROM {staged} s ANTI JOIN {stored} t ON {on})")


def _loses_a_whole(
    connection: duckdb.DuckDBPyConnection, target: StoredTable, columns: Sequence[str]
) -> bool:
    """Return whether all rows of some subsidiary or location would go, as with a restricted role."""
    present = present_columns(connection, target.schema, target.name)
    for column in (name for name in columns if name in present):
        row = connection.execute(
            f"SELECT 1 FROM (SELECT {key_text(target, 't')} AS key, t.{quoted(column)} AS v "
            f"FROM {target.ref} t) r "
            f"LEFT JOIN (SELECT {key_text(target, 'u')} AS key FROM {UNPROVEN} u) g ON g.key = r.key "
            "WHERE r.v IS NOT NULL GROUP BY r.v HAVING count(*) = count(g.key) LIMIT 1"
        ).fetchone()
        if row is not None:
            return True
    return False
