"""Business that goes on: new, changed and deleted transactions in balanced books."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from random import Random
from threading import Lock

import duckdb

from netsuite_pipeline.emulator.company.data import ACCOUNTS, read_script

UNLINKED = (
    "NOT EXISTS (SELECT 1 FROM ns.nexttransactionlinelink n WHERE n.previousdoc = t.id OR n.nextdoc = t.id)"
    " AND NOT EXISTS (SELECT 1 FROM ns.transactionline l WHERE l.createdfrom = t.id)"
)
"""Condition on a transaction `t`: no other transaction is linked with it."""

_UNTOUCHED = f"type IN ('CustInvc', 'SalesOrd') AND status IN ('A', 'B') AND exchangerate = 1 AND {UNLINKED}"
HAS_SPARE_LINE = (
    f"{_UNTOUCHED} AND (SELECT count(*) FROM ns.transactionline l WHERE l.transaction = t.id"
    " AND item IS NOT NULL) > 1 AND foreigntotal > 1"
)
"""Condition on a transaction `t`: an open, unlinked invoice or order with two items or more."""

_EDITS = {name: sql for _, name, sql in read_script("activity")}
_RECEIVABLE, _UNPOSTED = ACCOUNTS["1100"].id, ACCOUNTS["9000"].id
_SALES = [
    {"kind": "CustInvc", "label": "Invoice", "record": "invoice", "prefix": "INV-L", "status": "A"}
    | {"posting": "T", "approval": "NULL", "account": _RECEIVABLE},
    {"kind": "SalesOrd", "label": "Sales Order", "record": "salesorder", "prefix": "SO-L", "status": "B"}
    | {"posting": "F", "approval": "2", "account": _UNPOSTED},
]
"""The values of an invoice and of a sales order in the edit `copy_sale`."""
_BANKS = " ".join(
    f"WHEN {subsidiary} THEN {ACCOUNTS[number].id}"
    for subsidiary, number in enumerate(("1010", "1020", "1030", "1040"), start=1)
)


@dataclass(frozen=True)
class ActivityChanges:
    """Ids of the transactions (and customers) that one tick inserted, changed and deleted."""

    inserted: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()
    customers: tuple[int, ...] = ()
    lines_deleted: tuple[int, ...] = ()
    deleted: tuple[int, ...] = ()


class BookEdits:
    """Edits within one database transaction that keep the books balanced.

    Args:
        work: The connection with the open transaction.
        now: Moment of the edits, naive UTC.
        random: Source of every choice.
    """

    def __init__(self, work: duckdb.DuckDBPyConnection, now: datetime, random: Random) -> None:
        self._work = work
        self._random = random
        self._now = f"TIMESTAMP '{now}'"
        # The latest month: periods of a new year exist only after a new build.
        self._period = self._one(
            "SELECT max(id) FROM ns.accountingperiod WHERE isposting = 'T' AND isadjust = 'F'"
            f" AND startdate <= {self._now}::DATE"
        )

    def any_transaction(self, condition: str) -> int | None:
        """Return the id of a random transaction `t` that meets a condition, or None."""
        return self._one(
            f'SELECT id FROM ns."transaction" t WHERE {condition} ORDER BY hash(id, ?) LIMIT 1',
            self._random.random(),
        )

    def sell(self) -> tuple[str, int] | None:
        """Add a sales order or invoice, copied from another one with other quantities."""
        like = self.any_transaction("type IN ('CustInvc', 'SalesOrd') AND exchangerate = 1")
        if like is None:
            return None
        sale = self._random.choice(_SALES)
        id, factor = self._next_id(), self._random.choice([1, 2, 3])
        self._edit("copy_sale", id, like=like, unposted=_UNPOSTED, factor=factor, **sale)
        self._retotal(id)
        return "inserted", id

    def pay(self) -> tuple[str, int] | None:
        """Add a payment of an open invoice, in full or in part."""
        invoice = self.any_transaction(
            "type = 'CustInvc' AND status = 'A' AND exchangerate = 1 AND foreignamountunpaid > 0"
        )
        if invoice is None:
            return None
        id = self._next_id()
        half = "greatest(round(foreignamountunpaid / 2, 2), 0.01)"
        part = "foreignamountunpaid" if self._random.random() < 0.7 else half
        self._edit("pay", id, like=invoice, part=part, banks=_BANKS)
        self._touch(invoice)
        self._touch(id)
        return "inserted", id

    def reprice(self) -> tuple[str, int] | None:
        """Change the amount of a line of an open, unpaid invoice or order."""
        id = self.any_transaction(_UNTOUCHED)
        if id is None:
            return None
        self._edit("reprice", id, line=self._item_line(id), cents=self._random.randrange(1, 5000))
        self._retotal(id)
        return "changed", id

    def annotate(self) -> tuple[str, int] | None:
        """Change a memo."""
        id = self.any_transaction("TRUE")
        if id is None:
            return None
        self._edit("annotate", id)
        self._touch(id)
        return "changed", id

    def drop_any_line(self) -> tuple[str, int] | None:
        """Delete a line of an open, unpaid invoice or order."""
        id = self.any_transaction(HAS_SPARE_LINE)
        return None if id is None else ("lines_deleted", self.drop_line(id))

    def delete_any(self) -> tuple[str, int] | None:
        """Delete a transaction without links."""
        id = self.any_transaction(
            "type IN ('Estimate', 'Journal', 'Check', 'CustInvc', 'InvAdjst') AND " + UNLINKED
        )
        if id is None:
            return None
        self.delete(id)
        return "deleted", id

    def edit_customer(self) -> tuple[str, int] | None:
        """Change a customer's telephone number and comments."""
        id = self._one("SELECT id FROM ns.customer ORDER BY hash(id, ?) LIMIT 1", self._random.random())
        if id is None:
            return None
        self._edit("edit_customer", id, phone=f"+1 555 {self._random.randrange(10**6):06d}")
        return "customers", id

    def drop_line(self, id: int) -> int:
        """Delete an item line of a transaction and return the transaction's id."""
        self._edit("drop_line", id, line=self._item_line(id))
        self._retotal(id)
        return id

    def delete(self, id: int) -> None:
        """Delete a transaction with its lines and record the deletion."""
        entity = self._one(f'SELECT entity FROM ns."transaction" WHERE id = {id}')
        self._edit("delete", id)
        self._rebalance(entity)

    def _edit(self, name: str, id: int, **values: object) -> None:
        self._work.execute(
            _EDITS[name].format(id=id, now=self._now, period=self._period, receivable=_RECEIVABLE, **values)
        )

    def _one(self, sql: str, *values: object) -> int | None:
        row = self._work.execute(sql, list(values)).fetchone()
        return None if row is None or row[0] is None else int(row[0])

    def _touch(self, id: int) -> None:
        self._edit("touch", id)
        self._rebalance(self._one(f'SELECT entity FROM ns."transaction" WHERE id = {id}'))

    def _rebalance(self, entity: int | None) -> None:
        if entity is not None:
            self._edit("rebalance", 0, entity=entity)

    def _retotal(self, id: int) -> None:
        self._edit("retotal", id)
        self._touch(id)

    def _next_id(self) -> int:
        top = self._one(
            'SELECT max(id) FROM (SELECT id FROM ns."transaction"'
            " UNION ALL SELECT recordid FROM ns.deletedrecord WHERE recordtypeid = -30)"
        )
        return (top or 1000) + self._random.choice([1, 2, 3, 7])

    def _item_line(self, id: int) -> int | None:
        return self._one(
            f"SELECT id FROM ns.transactionline WHERE transaction = {id} AND item IS NOT NULL"
            " ORDER BY hash(id, ?) LIMIT 1",
            self._random.random(),
        )


@contextmanager
def open_edit(connection: duckdb.DuckDBPyConnection, lock: Lock) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open one database transaction under the lock; commit it at the end, or roll it back on an error."""
    with lock:
        work = connection.cursor()
        try:
            work.execute("BEGIN")
            yield work
            work.execute("COMMIT")
        except BaseException:
            work.execute("ROLLBACK")
            raise
        finally:
            work.close()


_ACTIONS = (
    BookEdits.sell,
    BookEdits.sell,
    BookEdits.pay,
    BookEdits.pay,
    BookEdits.reprice,
    BookEdits.annotate,
    BookEdits.drop_any_line,
    BookEdits.delete_any,
    BookEdits.edit_customer,
)


class BusinessActivity:
    """Changes a built company, one tick at a time. A new build discards the changes.

    Args:
        connection: The company.
        seed: Seed of the choices.
        lock: Lock of all changes of the company.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, seed: int, lock: Lock) -> None:
        self._connection = connection
        self._lock = lock
        self._random = Random(seed)  # noqa: S311 - chance of a sample company

    def tick(self, now: datetime, changes: int) -> ActivityChanges:
        """Make changes dated `now` (naive UTC, to the second); an error undoes the whole tick.

        Example:
            >>> from netsuite_pipeline.emulator.company.build import build_company
            >>> from netsuite_pipeline.emulator.company.plan import CompanyPlan
            >>> connection = duckdb.connect()
            >>> build_company(connection, CompanyPlan(seed=1, scale=0.02, now=datetime(2026, 11, 1, 12)))
            >>> activity = BusinessActivity(connection, 1, Lock())
            >>> activity.tick(datetime(2026, 11, 23, 9, 30), changes=0).inserted
            ()
        """
        with open_edit(self._connection, self._lock) as work:
            edits = BookEdits(work, now, self._random)
            done = [self._random.choice(_ACTIONS)(edits) for _ in range(changes)]
        kinds = ("inserted", "changed", "customers", "lines_deleted", "deleted")
        return ActivityChanges(
            **{kind: tuple(sorted({each[1] for each in done if each and each[0] == kind})) for kind in kinds}
        )
