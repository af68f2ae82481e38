"""Edits of rows, for tests that need a certain change."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from random import Random
from threading import Lock

import duckdb

from netsuite_pipeline.emulator.account.role_tables import check_condition
from netsuite_pipeline.emulator.company.activity import HAS_SPARE_LINE, UNLINKED, BookEdits, open_edit
from netsuite_pipeline.emulator.company.records import DUCKDB_TYPES, RECORDS
from netsuite_pipeline.emulator.settings import SettingError, check_known

Scalar = str | int | float | None


class Edits:
    """Edits a company's rows. The first two keep the books balanced, the others change only what they name.

    Args:
        connection: The company.
        lock: Lock of all changes of the company.
        seed: Seed of the choices.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, lock: Lock, seed: int) -> None:
        self._connection = connection
        self._lock = lock
        self._random = Random(seed)  # noqa: S311 - chance of a sample company

    def delete_transactions(self, now: datetime, ids: Sequence[int]) -> None:
        """Delete transactions with their lines in one step, and record them in deletedrecord.

        Raises:
            SettingError: A transaction does not exist, or is linked with another: NetSuite would not delete
                it.
        """
        with open_edit(self._connection, self._lock) as work:
            free = work.execute(
                f'SELECT id FROM ns."transaction" t WHERE list_contains(?, id) AND {UNLINKED}', [list(ids)]
            ).fetchall()
            missing = sorted(set(ids) - {int(id) for (id,) in free})
            if missing:
                raise SettingError(f"Not there, or linked with other transactions: {missing}.")
            edits = BookEdits(work, now, self._random)
            for id in ids:
                edits.delete(id)

    def drop_line(self, now: datetime, transaction: int | None) -> int:
        """Delete one item line of a transaction without a record; return the transaction's id.

        The header's date moves.

        Raises:
            SettingError: The transaction is no open, unpaid, unlinked invoice or order with two items or
                more.
        """
        with open_edit(self._connection, self._lock) as work:
            edits = BookEdits(work, now, self._random)
            which = "TRUE" if transaction is None else f"id = {transaction}"
            found = edits.any_transaction(f"{HAS_SPARE_LINE} AND {which}")
            if found is None:
                raise SettingError(f"There is no line to delete from {transaction or 'any transaction'}.")
            return edits.drop_line(found)

    def delete_rows(self, table: str, condition: str) -> int:
        """Delete rows without a trace; return their number."""
        self._check(table, condition)
        return self._run(f'DELETE FROM ns."{table}" WHERE {condition}', ())

    def change_rows(self, table: str, condition: str, values: Mapping[str, Scalar]) -> int:
        """Set columns of rows and nothing else; return their number."""
        self._check(table, condition, values)
        sets = ", ".join(f'"{name}" = {_typed(table, name)}' for name in values)
        return self._run(f'UPDATE ns."{table}" SET {sets} WHERE {condition}', values.values())

    def insert_like(self, table: str, condition: str, values: Mapping[str, Scalar]) -> int:
        """Add copies of rows with other values in some columns; return their number."""
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
        with open_edit(self._connection, self._lock) as work:
            try:
                row = work.execute(sql, list(values)).fetchone()
            except duckdb.Error as error:
                raise SettingError(str(error)) from error
            return int(row[0]) if row else 0


def _typed(table: str, column: str) -> str:
    kind = next(each.type for each in RECORDS[table].fields if each.name == column)
    return f"CAST(? AS {DUCKDB_TYPES[kind]})"
