"""Asking a company whether its books are in order: every invariant as a query that should find nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from netsuite_pipeline.emulator.company.build import build_company
from netsuite_pipeline.emulator.company.plan import CompanyPlan
from netsuite_pipeline.emulator.company.records import RECORDS

NOW = datetime(2026, 11, 23, 20, 15, 30)


@dataclass(frozen=True)
class Books:
    connection: duckdb.DuckDBPyConnection
    plan: CompanyPlan

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()

    def count(self, sql: str) -> int:
        return int(self.rows(f"SELECT count(*) FROM ({sql})")[0][0])


def built(connection: duckdb.DuckDBPyConnection, *, seed: int, scale: float, now: datetime) -> Books:
    plan = CompanyPlan(seed=seed, scale=scale, now=now)
    build_company(connection, plan)
    return Books(connection, plan)


INVARIANTS: dict[str, str] = {
    "debits equal credits in every book": """
        SELECT transaction, accountingbook FROM ns.transactionaccountingline GROUP BY ALL
        HAVING sum(amount) <> 0 OR coalesce(sum(debit), 0) <> coalesce(sum(credit), 0)""",
    "an amount is its debit less its credit": """
        SELECT 1 FROM ns.transactionaccountingline WHERE amount <> coalesce(debit, 0) - coalesce(credit,
            0)""",
    "ledger lines belong to lines": """
        SELECT 1 FROM ns.transactionaccountingline a ANTI JOIN ns.transactionline l
        ON l.transaction = a.transaction AND l.id = a.transactionline""",
    "ledger lines carry the line's amount": """
        SELECT 1 FROM ns.transactionaccountingline a JOIN ns.transactionline l
        ON l.transaction = a.transaction AND l.id = a.transactionline WHERE l.netamount <> a.amount""",
    "every transaction has one main line, line 0": """
        SELECT t.id FROM ns."transaction" t LEFT JOIN ns.transactionline l ON l.transaction = t.id
            AND l.mainline = 'T'
        GROUP BY t.id HAVING count(l.id) <> 1 OR max(l.id) <> 0""",
    "the main line balances the others": """
        SELECT transaction FROM ns.transactionline GROUP BY transaction HAVING sum(netamount) <> 0
            OR sum(foreignamount) <> 0""",
    "the header's total is that of its main line": """
        SELECT 1 FROM ns."transaction" t JOIN ns.transactionline l ON l.transaction = t.id
            AND l.mainline = 'T'
        WHERE l.foreignamount <> t.foreigntotal""",
    "nobody paid more than was owed": """
        SELECT 1 FROM ns."transaction" WHERE foreignamountunpaid < 0
        OR abs(foreigntotal) <> foreignamountpaid + foreignamountunpaid""",
    "what is paid is what is linked": """
        SELECT t.id FROM ns."transaction" t JOIN ns.nexttransactionlinelink n ON n.previousdoc = t.id
            AND n.linktype = 'Payment'
        GROUP BY t.id, t.foreignamountpaid HAVING sum(n.foreignamount) <> t.foreignamountpaid""",
    "an invoice is closed when nothing is left to pay": """
        SELECT 1 FROM ns."transaction" WHERE type = 'CustInvc'
            AND (status = 'B') <> (foreignamountunpaid = 0)""",
    "quotes and orders post nothing": """
        SELECT 1 FROM ns.transactionaccountingline a JOIN ns."transaction" t ON t.id = a.transaction
        WHERE t.posting <> a.posting OR t.type IN ('Estimate', 'SalesOrd', 'PurchOrd') AND a.posting = 'T'""",
    "statuses are those of the type": """
        SELECT 1 FROM ns."transaction" t ANTI JOIN ns.transactionstatus s ON s.trantype = t.type
            AND s.id = t.status""",
    "unique keys are unique in the whole table": """
        SELECT uniquekey FROM ns.transactionline GROUP BY 1 HAVING count(*) > 1""",
    "the deleted is gone": """
        SELECT 1 FROM ns.deletedrecord d JOIN ns."transaction" t ON t.id = d.recordid
            WHERE d.recordtypeid = -30
        UNION ALL SELECT 1 FROM ns.deletedrecord d JOIN ns.entity e ON e.id = d.recordid
            WHERE d.recordtypeid = -2""",
    "ledger lines follow their header's date": """
        SELECT 1 FROM ns.transactionaccountingline a JOIN ns."transaction" t ON t.id = a.transaction
        WHERE a.lastmodifieddate <> t.lastmodifieddate""",
}


def broken(books: Books, now: datetime) -> list[str]:
    """The names of all invariants that do not hold at `now`."""
    found = [name for name, query in INVARIANTS.items() if books.count(query)]
    for record in RECORDS.values():
        key = ", ".join(f'"{column}"' for column in record.key)
        empty = " OR ".join(f'"{column}" IS NULL' for column in record.key)
        if books.count(f'SELECT {key} FROM ns."{record.name}" GROUP BY ALL HAVING count(*) > 1 OR {empty}'):
            found.append(f"{record.name} has its key once")
        for field in record.fields:
            column = f'ns."{record.name}" a WHERE a."{field.name}"'
            if field.type == "datetime" and books.count(f"FROM {column} > TIMESTAMP '{now}'"):
                found.append(f"{record.name}.{field.name} is not of the future")
            target = RECORDS.get(field.target or "")
            if target is None or len(target.key) > 1:
                continue
            value = (
                f"""unnest(string_split("{field.name}", ', '))"""
                if field.type == "multiselect"
                else f'"{field.name}"'
            )
            pointers = f'SELECT {value}::VARCHAR AS k FROM ns."{record.name}"'
            dangling = (
                f"FROM ({pointers}) p WHERE k IS NOT NULL AND k NOT IN"
                f' (SELECT "{target.key[0]}"::VARCHAR FROM ns."{target.name}")'
            )
            if books.count(dangling):
                found.append(f"{record.name}.{field.name} points to a {target.name}")
    return found
