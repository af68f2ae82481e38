"""Business that goes on while somebody looks: new, changed and deleted transactions, the books kept
straight."""

from dataclasses import dataclass
from datetime import datetime
from random import Random
from threading import Lock, RLock

import duckdb

from netsuite_pipeline.emulator.company.masterdata.accounts import acct
from netsuite_pipeline.emulator.company.plan import CompanyPlan
from netsuite_pipeline.emulator.company.storage import TRANSACTION_TYPE_ID, literal
from netsuite_pipeline.emulator.company.transactions.ledger import SECOND_BOOK_SUBSIDIARIES
from netsuite_pipeline.emulator.company.transactions.postings import Posting, book_columns, post_lines


@dataclass(frozen=True)
class LiveChanges:
    """What one tick did: ids of the transactions (and customers) it inserted, changed and deleted."""

    inserted: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()
    customers: tuple[int, ...] = ()
    lines_deleted: tuple[int, ...] = ()
    deleted: tuple[int, ...] = ()


class LiveBusiness:
    """Lets a built company go on, one tick at a time.

    `lock` is held while the tables change; all changes of a tick become visible together. Ticks are lost
    when the company is built anew.

    Example:
        >>> from netsuite_pipeline.emulator.company.build import build_company
        >>> connection = duckdb.connect()
        >>> plan = CompanyPlan(seed=1, scale=0.02, now=datetime(2026, 11, 1, 12))
        >>> build_company(connection, plan)
        >>> live = LiveBusiness(connection, plan, Lock())
        >>> live.tick(datetime(2026, 11, 23, 9, 30), changes=0).inserted
        ()
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, plan: CompanyPlan, lock: "Lock | RLock"
    ) -> None:
        self._connection = connection
        self._lock = lock
        self._random = Random(plan.seed)

    def tick(self, now: datetime, changes: int) -> LiveChanges:
        """Make `changes` changes, all stamped `now` (naive UTC, to the second); DuckDB's errors undo the
        whole tick."""
        deeds = (
            self._sell,
            self._sell,
            self._pay,
            self._pay,
            self._reprice,
            self._annotate,
            self._drop_line,
            self._delete,
            self._edit_customer,
        )
        done: list[tuple[str, int]] = []
        with self._lock:
            work = self._connection.cursor()
            work.execute("BEGIN")
            try:
                day = Day(work, now, self._random)
                for _ in range(changes):
                    found = self._random.choice(deeds)(day)
                    if found:
                        done.append(found)
                work.execute("COMMIT")
            except BaseException:
                work.execute("ROLLBACK")
                raise
            finally:
                work.close()
        return LiveChanges(
            **{
                kind: tuple(sorted({id for what, id in done if what == kind}))
                for kind in ("inserted", "changed", "customers", "lines_deleted", "deleted")
            }
        )

    def _sell(self, day: "Day") -> tuple[str, int] | None:
        """A new sales order or invoice, priced anew from an earlier invoice of the same customer."""
        like = day.some_transaction("type IN ('CustInvc', 'SalesOrd') AND exchangerate = 1")
        if like is None:
            return None
        kind = day.random.choice(["CustInvc", "SalesOrd"])
        return "inserted", day.copy_sale(like, kind)

    def _pay(self, day: "Day") -> tuple[str, int] | None:
        """A customer pays an open invoice, in full or in part."""
        invoice = day.some_transaction(
            "type = 'CustInvc' AND status = 'A' AND exchangerate = 1 AND foreignamountunpaid > 0"
        )
        return None if invoice is None else ("inserted", day.pay(invoice))

    def _reprice(self, day: "Day") -> tuple[str, int] | None:
        """A line of an open, unpaid invoice or order gets another amount."""
        id = day.some_transaction(_UNTOUCHED)
        return None if id is None else ("changed", day.reprice(id))

    def _annotate(self, day: "Day") -> tuple[str, int] | None:
        """Somebody edits a memo."""
        id = day.some_transaction("TRUE")
        if id is None:
            return None
        day.run(f'UPDATE ns."transaction" SET memo = {literal(f"Edited at {day.now}")} WHERE id = {id}')
        day.touch(id)
        return "changed", id

    def _drop_line(self, day: "Day") -> tuple[str, int] | None:
        """A line is taken off an open, unpaid invoice or order that has more than one."""
        id = day.some_transaction(SPARES_A_LINE)
        return None if id is None else ("lines_deleted", day.drop_line(id))

    def _delete(self, day: "Day") -> tuple[str, int] | None:
        """A transaction that nothing is linked to is deleted."""
        id = day.some_transaction(
            "type IN ('Estimate', 'Journal', 'Check', 'CustInvc', 'InvAdjst') AND " + UNLINKED
        )
        if id is None:
            return None
        day.delete(id)
        return "deleted", id

    def _edit_customer(self, day: "Day") -> tuple[str, int] | None:
        """A customer's telephone number and comments change."""
        id = day.one("SELECT id FROM ns.customer ORDER BY hash(id, ?) LIMIT 1", day.random.random())
        if id is None:
            return None
        phone = f"+1 555 {day.random.randrange(10**6):06d}"
        day.run(
            f"UPDATE ns.customer SET phone = {literal(phone)}, comments = {literal(f'Called at {day.now}')},"
            f" lastmodifieddate = greatest(lastmodifieddate, {day.stamp}) WHERE id = {id}"
        )
        day.run(
            f"UPDATE ns.entity SET lastmodifieddate = greatest(lastmodifieddate, {day.stamp}) WHERE id = {id}"
        )
        return "customers", id


UNLINKED = (
    "NOT EXISTS (SELECT 1 FROM ns.nexttransactionlinelink n WHERE n.previousdoc = t.id OR n.nextdoc = t.id)"
    " AND NOT EXISTS (SELECT 1 FROM ns.transactionline l WHERE l.createdfrom = t.id)"
)
_UNTOUCHED = f"type IN ('CustInvc', 'SalesOrd') AND status IN ('A', 'B') AND exchangerate = 1 AND {UNLINKED}"
SPARES_A_LINE = (
    f"{_UNTOUCHED} AND (SELECT count(*) FROM ns.transactionline l WHERE l.transaction = t.id"
    " AND item IS NOT NULL) > 1 AND foreigntotal > 1"
)


class Day:
    """One tick's open transaction: its moment, its chance and the statements it makes."""

    def __init__(self, work: duckdb.DuckDBPyConnection, now: datetime, random: Random) -> None:
        self.work = work
        self.now = now
        self.random = random
        self.stamp = f"TIMESTAMP '{now}'"
        # The latest month there is: a new year's periods come when the company is built anew.
        self.period = self.one(f"""
            SELECT max(id) FROM ns.accountingperiod
            WHERE isposting = 'T' AND isadjust = 'F' AND startdate <= {self.stamp}::DATE
        """)

    def run(self, sql: str) -> None:
        self.work.execute(sql)

    def one(self, sql: str, *values: object) -> int | None:
        row = self.work.execute(sql, list(values)).fetchone()
        return None if row is None or row[0] is None else int(row[0])

    def some_transaction(self, condition: str) -> int | None:
        return self.one(
            f'SELECT id FROM ns."transaction" t WHERE {condition} ORDER BY hash(id, ?) LIMIT 1',
            self.random.random(),
        )

    def touch(self, id: int) -> None:
        """The header's lastmodifieddate moves, and with it that of the ledger lines and the customer's
        balance."""
        self.run(
            f'UPDATE ns."transaction" SET lastmodifieddate = greatest(lastmodifieddate, {self.stamp})'
            f" WHERE id = {id}"
        )
        self.run(
            f"UPDATE ns.transactionaccountingline SET lastmodifieddate = greatest(lastmodifieddate,"
            f" {self.stamp})"
            f" WHERE transaction = {id}"
        )
        self.rebalance(self.one(f'SELECT entity FROM ns."transaction" WHERE id = {id}'))

    def rebalance(self, entity: int | None) -> None:
        if entity is None:
            return
        self.run(f"""
            UPDATE ns.customersubsidiaryrelationship SET lastmodifieddate = greatest(lastmodifieddate,
                {self.stamp}),
                balance = coalesce((SELECT sum(foreignamountunpaid) FROM ns."transaction"
                    WHERE entity = {entity}
                    AND type = 'CustInvc'), 0),
                unbilledorders = coalesce((SELECT sum(foreigntotal) FROM ns."transaction"
                    WHERE entity = {entity}
                    AND type = 'SalesOrd' AND status IN ('A', 'B', 'F')), 0)
            WHERE entity = {entity} AND isprimarysub = 'T'
        """)

    def next_id(self) -> int:
        top = self.one(f"""
            SELECT greatest((SELECT max(id) FROM ns."transaction"), (SELECT coalesce(max(recordid),
                0) FROM ns.deletedrecord
                WHERE recordtypeid = {TRANSACTION_TYPE_ID}))
        """)
        return (top or 1000) + self.random.choice([1, 2, 3, 7])

    def copy_sale(self, like: int, kind: str) -> int:
        id = self.next_id()
        invoice = kind == "CustInvc"
        label, record, prefix = (
            ("Invoice", "invoice", "INV-L") if invoice else ("Sales Order", "salesorder", "SO-L")
        )
        self.run(f"""
            INSERT INTO ns."transaction" BY NAME
            SELECT * REPLACE ({id} AS id, '{prefix}{id}' AS transactionnumber, '{prefix}{id}' AS tranid,
                '{kind}' AS type,
                '{record}' AS recordtype, '{label} #{prefix}{id}' AS trandisplayname, 'Live' AS memo,
                {self.stamp}::DATE AS trandate, '{"A" if invoice else "B"}' AS status, {self.stamp}
                    AS createddate,
                {self.stamp} AS lastmodifieddate, {self.stamp}::DATE + 30 AS duedate, NULL AS closedate,
                {self.period} AS postingperiod,
                    '{"T" if invoice else "F"}' AS posting,
                {"NULL" if invoice else "2"} AS approvalstatus, {self.stamp}::DATE AS taxpointdate)
            FROM ns."transaction" WHERE id = {like}
        """)
        factor = self.random.choice([1, 2, 3])
        self.run(f"""
            INSERT INTO ns.transactionline BY NAME
            SELECT * REPLACE ({id} AS transaction, {Posting.uniquekey(id)} + id AS uniquekey, NULL
                AS createdfrom,
                {self.stamp} AS linecreateddate, {self.stamp} AS linelastmodifieddate, 'F' AS isclosed,
                quantity * {factor} AS quantity, foreignamount * {factor} AS foreignamount,
                    netamount * {factor} AS netamount)
            FROM ns.transactionline WHERE transaction = {like}
        """)
        self.run(f"""
            INSERT INTO ns.transactionaccountingline BY NAME
            SELECT * REPLACE ({id} AS transaction, amount * {factor} AS amount, netamount * {factor}
                AS netamount,
                debit * {factor} AS debit, credit * {factor} AS credit, {self.stamp} AS lastmodifieddate,
                '{"T" if invoice else "F"}' AS posting, CASE WHEN account IN ({acct("1100")}, {acct("9000")})
                    THEN {acct("1100") if invoice else acct("9000")} ELSE account END AS account)
            FROM ns.transactionaccountingline WHERE transaction = {like}
        """)
        self._retotal(id)
        return id

    def _retotal(self, id: int) -> None:
        """Header and main line follow the other lines."""
        post_lines(self.work, id, self.stamp)
        self.touch(id)

    def reprice(self, id: int) -> int:
        line = self._item_line(id)
        cents = self.random.randrange(1, 5000)
        self.run(f"""
            UPDATE ns.transactionline SET foreignamount = foreignamount - {cents} / 100.0::DECIMAL(18,2),
                netamount = netamount - {cents} / 100.0::DECIMAL(18,2), linelastmodifieddate = {self.stamp}
            WHERE transaction = {id} AND id = {line}
        """)
        self._retotal(id)
        return id

    def drop_line(self, id: int) -> int:
        line = self._item_line(id)
        self.run(f"DELETE FROM ns.transactionline WHERE transaction = {id} AND id = {line}")
        self.run(
            f"DELETE FROM ns.transactionaccountingline WHERE transaction = {id} AND transactionline = {line}"
        )
        self._retotal(id)
        return id

    def _item_line(self, id: int) -> int | None:
        return self.one(
            f"SELECT id FROM ns.transactionline WHERE transaction = {id} AND item IS NOT NULL ORDER BY"
            f" hash(id, ?) LIMIT 1",
            self.random.random(),
        )

    def pay(self, invoice: int) -> int:
        id = self.next_id()
        part = (
            "foreignamountunpaid"
            if self.random.random() < 0.7
            else "greatest(round(foreignamountunpaid / 2, 2), 0.01)"
        )
        posting = Posting(
            invoice=invoice,
            payment=id,
            stamp=self.stamp,
            period=self.period,
        )
        for statement in posting.statements(part, book_columns(SECOND_BOOK_SUBSIDIARIES)):
            self.run(statement)
        self.touch(invoice)
        self.touch(id)
        return id

    def delete(self, id: int) -> None:
        entity = self.one(f'SELECT entity FROM ns."transaction" WHERE id = {id}')
        self.run(f"""
            INSERT INTO ns.deletedrecord BY NAME
            SELECT id AS recordid, {TRANSACTION_TYPE_ID} AS recordtypeid, recordtype AS scriptid,
                split_part(trandisplayname, ' #', 1) AS type, trandisplayname AS name, {self.stamp}
                    AS deleteddate,
                lastmodifiedby AS deletedby, 'UIF' AS context, 'F' AS iscustomlist, 'F' AS iscustomrecord,
                'F' AS iscustomtransaction
            FROM ns."transaction" WHERE id = {id}
        """)
        for table, column in (
            ("transactionaccountingline", "transaction"),
            ("transactionline", "transaction"),
            ("transaction", "id"),
        ):
            self.run(f'DELETE FROM ns."{table}" WHERE "{column}" = {id}')
        self.rebalance(entity)
