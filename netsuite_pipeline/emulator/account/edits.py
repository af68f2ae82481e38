"""Rows deleted, changed and added by hand: for tests that need a certain change, not just any."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from random import Random
from threading import Lock

import duckdb

from netsuite_pipeline.emulator.account.role_tables import check_condition
from netsuite_pipeline.emulator.company.activity import SPARES_A_LINE, UNLINKED, Day
from netsuite_pipeline.emulator.company.records import DUCKDB_TYPES, RECORDS
from netsuite_pipeline.emulator.settings import SettingError, check_known

Scalar = str | int | float | None


class Edits:
    """Edits a company's rows. The first two keep the books straight, the others do what they are told.

    Args:
        connection: The company.
        lock: Held while rows change; business that goes on holds the same.
        seed: Of the choice of what was not said.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, lock: Lock, seed: int) -> None:
        self._connection = connection
        self._lock = lock
        self._random = Random(seed)

    def delete_transactions(self, now: datetime, ids: Sequence[int]) -> None:
        """Deletes transactions with their lines, all at once; each leaves a row in deletedrecord.

        Raises:
            SettingError: One is not there, or linked with another: NetSuite would not delete it.
        """
        with self._changing() as work:
            free = work.execute(
                f'SELECT id FROM ns."transaction" t WHERE list_contains(?, id) AND {UNLINKED}', [list(ids)]
            ).fetchall()
            missing = sorted(set(ids) - {int(id) for (id,) in free})
            if missing:
                raise SettingError(f"Not there, or linked with other transactions: {missing}.")
            day = Day(work, now, self._random)
            for id in ids:
                day.delete(id)

    def drop_line(self, now: datetime, transaction: int | None) -> int:
        """Takes one item line off a transaction, whose header is touched; nothing tells of the line.

        Returns:
            The transaction.

        Raises:
            SettingError: It is no open, unpaid, unlinked invoice or order with two items or more.
        """
        with self._changing() as work:
            day = Day(work, now, self._random)
            which = "TRUE" if transaction is None else f"id = {transaction}"
            found = day.some_transaction(f"{SPARES_A_LINE} AND {which}")
            if found is None:
                raise SettingError(f"There is no line to be taken off {transaction or 'any transaction'}.")
            return day.drop_line(found)

    def delete_rows(self, table: str, condition: str) -> int:
        """Deletes rows without a trace; gives their number."""
        self._check(table, condition)
        return self._run(f'DELETE FROM ns."{table}" WHERE {condition}', ())

    def change_rows(self, table: str, condition: str, values: Mapping[str, Scalar]) -> int:
        """Sets columns of rows, and nothing else: their dates stay unless said; gives their number."""
        self._check(table, condition, values)
        sets = ", ".join(f'"{name}" = {_typed(table, name)}' for name in values)
        return self._run(f'UPDATE ns."{table}" SET {sets} WHERE {condition}', values.values())

    def insert_like(self, table: str, condition: str, values: Mapping[str, Scalar]) -> int:
        """Adds copies of rows with other values in some columns; gives their number."""
        self._check(table, condition, values)
        other = ", ".join(f'{_typed(table, name)} AS "{name}"' for name in values)
        copies = f'SELECT * REPLACE ({other}) FROM ns."{table}" WHERE {condition}'
        return self._run(f'INSERT INTO ns."{table}" BY NAME {copies}', values.values())

    def _check(self, table: str, condition: str, values: Mapping[str, Scalar] | None = None) -> None:
        check_known("table", table, RECORDS)
        if values == {}:
            raise SettingError("No values given.")
        for name in values or ():
            check_known(f"column of {table}", name, (each.name for each in RECORDS[table].fields))
        check_condition(self._connection, table, condition)

    def _run(self, sql: str, values: Iterable[Scalar]) -> int:
        with self._changing() as work:
            try:
                row = work.execute(sql, list(values)).fetchone()
            except duckdb.Error as error:
                raise SettingError(str(error)) from error
            return int(row[0]) if row else 0

    @contextmanager
    def _changing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """One transaction of the database: all of it or nothing."""
        with self._lock:
            work = self._connection.cursor()
            try:
                work.execute("BEGIN")
                yield work
                work.execute("COMMIT")
            except BaseException:
                work.execute("ROLLBACK")
                raise
            finally:
                work.close()


def _typed(table: str, column: str) -> str:
    kind = next(each.type for each in RECORDS[table].fields if each.name == column)
    return f"CAST(? AS {DUCKDB_TYPES[kind]})"
