"""Which differences are only changes that the next sync reads, by the stamps on both sides."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

import duckdb

from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import NetSuiteError, is_statement_error
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.netsuite.suiteql import (
    Dialect,
    column_ref,
    in_list,
    key_literal,
    select_datetime,
    statement,
)
from netsuite_pipeline.reconciliation.compared_table import ComparedTable
from netsuite_pipeline.reconciliation.rows.statements import VALUES_PER_STATEMENT
from netsuite_pipeline.warehouse.schema.schema import literal, quoted

_Stamps = dict[str, str | None]


class StampsRefused(Exception):
    """Raised when NetSuite refuses to show stamps in UTC (open question 9): sync, and compare again."""


@dataclass(frozen=True)
class PendingChanges:
    """The changes that NetSuite shows by a stamp and that the last sync could not read.

    A row of which both sides have the same version, by its stamp, has no change to come. A stamp that is
    older than what the last sync has read was missed.

    Attributes:
        connection: To the published file.
        client: The client.
        count: Counts the requests.
    """

    connection: duckdb.DuckDBPyConnection
    client: NetSuiteClient
    count: RequestCounts

    def among(
        self, table: ComparedTable, values: Collection[str], children: Collection[ComparedTable] = ()
    ) -> frozenset[str]:
        """Return the rows of a table that changed, came or went after the last sync.

        Args:
            table: The table; of rows with a parent, the parent's table.
            values: Values of the table's key, as text.
            children: Tables with a stamp of their own in each row that belongs to the table's rows.

        Raises:
            NetSuiteError: By kind of failure.
            StampsRefused: NetSuite refuses to show the stamps.
        """
        keys = tuple(dict.fromkeys(values))
        chunks = [keys[at : at + VALUES_PER_STATEMENT] for at in range(0, len(keys), VALUES_PER_STATEMENT)]
        return frozenset(key for chunk in chunks for key in self._among(table, chunk, children))

    def _among(
        self, table: ComparedTable, keys: tuple[str, ...], children: Collection[ComparedTable]
    ) -> Iterator[str]:
        since = min([table.changes_since, *(child.changes_since for child in children)])
        if table.stamp is not None:
            sent = self._netsuite_stamps(table, table.key[0], table.stamp, keys)
            stored = self._our_stamps(table, table.key[0], table.stamp, keys)
            yield from _moved(sent, stored, since)
            gone = [key for key in keys if key not in sent and key.lstrip("-").isdecimal()]
            yield from self._deleted(gone, since)
        for child in children:
            if child.row_stamp is not None:
                sent = self._netsuite_stamps(child, child.filter_column, child.row_stamp, keys)
                stored = self._our_stamps(child, child.filter_column, child.row_stamp, keys)
                yield from _moved(sent, stored, since)

    def _netsuite_stamps(self, table: ComparedTable, key: str, stamp: str, keys: tuple[str, ...]) -> _Stamps:
        ref, kind = column_ref(table.name, key), table.spec.column(key).type
        latest = select_datetime(f"MAX({column_ref(table.name, stamp)})", Dialect())
        among = in_list(ref, [key_literal(each, kind) for each in keys])
        sql = statement([ref, f"{latest} AS latest"], table.spec.source, [*table.conditions, among], ())
        try:
            rows = list(self.client.iter_rows(f"{sql} GROUP BY {ref} ORDER BY {ref}", count=self.count))
        except NetSuiteError as error:
            if is_statement_error(error):
                raise StampsRefused from error
            raise
        return {row.get(key) or "": row.get("latest") for row in rows}

    def _our_stamps(self, table: ComparedTable, key: str, stamp: str, keys: tuple[str, ...]) -> _Stamps:
        name = quoted(key)
        rows = self.connection.execute(
            f"SELECT {name}::VARCHAR, strftime(max({quoted(stamp)}), '%Y-%m-%d %H:%M:%S') FROM {table.ref} "
            f"WHERE list_contains({literal(keys)}, {name}::VARCHAR) GROUP BY 1"
        ).fetchall()
        return dict(rows)

    def _deleted(self, keys: list[str], since: datetime) -> Iterator[str]:
        """Yield the records that NetSuite's Deleted Records list since a moment."""
        if not keys:
            return
        items = ["recordid", f"{select_datetime('MAX(deleteddate)', Dialect())} AS latest"]
        among = in_list("recordid", keys)
        sql = f"{statement(items, 'deletedrecord', [among], ())} GROUP BY recordid ORDER BY recordid"
        try:
            for row in self.client.iter_rows(sql, count=self.count):
                if (row.get("latest") or "") >= _text(since):
                    yield row.get("recordid") or ""
        except NetSuiteError as error:
            if not is_statement_error(error):
                raise  # a role without Deleted Records has no evidence


def _moved(sent: _Stamps, stored: _Stamps, since: datetime) -> Iterator[str]:
    for key, stamp in sent.items():
        if stamp is not None and stamp != stored.get(key) and stamp >= _text(since):
            yield key


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
