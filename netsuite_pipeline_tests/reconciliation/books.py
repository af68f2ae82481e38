"""A small ledger in memory, for hundreds of histories: documents, lines, postings, periods and a list."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import cast

from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.http.page import Row
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.reconciliation.comparison import ReconcileRequest
from netsuite_pipeline.reconciliation.differences import ReconcileReport
from netsuite_pipeline.reconciling import reconcile
from netsuite_pipeline.tables import Table, standard_tables
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import (
    CONNECTION,
    LINE,
    POSTING,
    TRANSACTION,
    assert_equal,
    columns_of,
    document,
    line,
    posting,
    whole_report,
)
from netsuite_pipeline_tests.sync.fake_netsuite import DELETEDRECORD, FakeNetSuite
from netsuite_pipeline_tests.sync.load.test_checksum import PRICING, price

DOCUMENT = replace(
    TRANSACTION, columns=(*TRANSACTION.columns, *columns_of("postingperiod:integer recordtype:text"))
)
OWN_LINE = replace(
    LINE,
    columns=(*LINE.columns, *columns_of("subsidiary:integer linelastmodifieddate:datetime")),
    row_cursor="linelastmodifieddate",
)
OWN_POSTING = replace(
    POSTING,
    columns=(
        *POSTING.columns,
        *columns_of("account:integer amount:decimal posting:boolean lastmodifieddate:datetime"),
    ),
    row_cursor="lastmodifieddate",
)
PERIOD = replace(
    standard_tables()["accountingperiod"],
    columns=columns_of(
        "id:integer startdate:date isquarter:boolean isyear:boolean isposting:boolean closed:boolean"
    ),
)
TABLES = (DOCUMENT, OWN_LINE, OWN_POSTING, PERIOD, PRICING)
ACCOUNTS, PERIODS = (101, 102, 103, 104), (1, 2, 3, 4)


class LedgerInMemory(FakeNetSuite):
    """The fake, with statements of several rows, and with the record service."""

    @property
    def probes(self) -> "LedgerInMemory":
        return self

    def record_exists(self, record_type: str, record_id: str, count: RequestCounts) -> bool:
        count.requests += 1
        assert record_type == "journalentry"
        return any(str(row[0]) == record_id for row in self.rows("transaction"))

    def iter_rows(
        self, sql: str, *, params: Sequence[str] = (), count: RequestCounts | None = None
    ) -> Iterator[Row]:
        page = self.fetch_page(sql, count=count)
        assert not page.has_more, "these books are small"
        yield from page.rows


@dataclass
class Books:
    """The fake, the warehouse, and the next document's id."""

    fake: LedgerInMemory
    warehouse: Warehouse
    random: Random
    number: int = 10

    def sync(self) -> None:
        report = whole_report(self.fake, self.warehouse, TABLES, others=TABLES)
        assert not report.failed, report.failed

    def reconcile(self) -> ReconcileReport:
        catalogue: dict[str, Table] = {table.name: table for table in (DELETEDRECORD, *TABLES)}
        request = ReconcileRequest(TABLES, catalogue, CONNECTION)
        self.fake.stopped = False
        report = reconcile(cast(NetSuiteClient, self.fake), self.warehouse, request)
        self.fake.pass_time(60)
        return report

    def assert_equal(self) -> None:
        assert_equal(self.fake, self.warehouse, *TABLES)

    # Business, with its stamps

    def enter(self) -> int:
        """Enter a document of two or three lines that balance."""
        self.number += self.random.randint(1, 3)
        id, now = self.number, self.fake.now
        period, amount = self.random.choice(PERIODS), Decimal(self.random.randrange(1, 99999)) / 100
        self.fake.insert(
            "transaction", document(id, at=now, postingperiod=period, posting=True, recordtype="journalentry")
        )
        for place in range(2):
            subsidiary = self.random.choice((1, 2))
            self.fake.insert(
                "transactionline", line(id, place, subsidiary=subsidiary, linelastmodifieddate=now)
            )
            side = (
                {"debit": amount, "amount": amount} if place == 0 else {"credit": amount, "amount": -amount}
            )
            account = self.random.choice(ACCOUNTS)
            own = {
                "debit": None,
                "credit": None,
                "account": account,
                "posting": True,
                "lastmodifieddate": now,
            }
            self.fake.insert("transactionaccountingline", posting(id, place, **(own | side)))
        return id

    def any_document(self) -> int | None:
        ids = [cast(int, row[0]) for row in self.fake.rows("transaction")]
        return self.random.choice(ids) if ids else None

    def business(self) -> None:
        """One ordinary change."""
        id, now = self.any_document(), self.fake.now
        act = self.random.choice(("enter", "enter", "amount", "row", "period", "delete", "memo", "price"))
        if id is None or act == "enter":
            self.enter()
        elif act == "amount":
            amount = Decimal(self.random.randrange(1, 99999)) / 100
            self._post(id, 0, debit=amount, amount=amount)
            self._post(id, 1, credit=amount, amount=-amount)
            self.fake.change("transaction", f"id = {id}", lastmodifieddate=now)
        elif act == "row":  # below an unchanged header, with the row's own stamp
            self._post(id, 0, account=self.random.choice(ACCOUNTS), lastmodifieddate=now)
        elif act == "period":
            period = self.random.choice(PERIODS)
            self.fake.change("transaction", f"id = {id}", postingperiod=period, lastmodifieddate=now)
        elif act == "delete":
            self.remove(id)
        elif act == "memo":
            self.fake.change("transaction", f"id = {id}", memo=f"Memo {now}", lastmodifieddate=now)
        else:
            self.fake.change(
                "pricing", f"id = {self.random.randint(1, 12)}", price=Decimal(self.random.randint(1, 99))
            )

    def remove(self, id: int) -> None:
        """Delete a document, with an entry in Deleted Records."""
        self.fake.delete("transaction", f"id = {id}")
        for table in ("transactionline", "transactionaccountingline"):
            self.fake.delete(table, f"transaction = {id}")

    # Faults, without any stamp

    def plant(self, id: int, fault: str) -> None:
        """Plant a fault in a document."""
        match fault:
            case "cent":
                self._post(id, 0, debit=Decimal("100000.01"))
            case "doubled":
                self.fake.insert("transactionaccountingline", posting(id, 7, account=101, posting=True))
            case "account":
                self._post(id, 0, account=999)
            case "period":
                self.fake.change("transaction", f"id = {id}", postingperiod=5)
            case "subsidiary":
                self.fake.change("transactionline", f"transaction = {id} AND id = 0", subsidiary=9)
            case "deleted long ago":
                self.remove(id)
                entry = f"recordid = {id}"
                self.fake.change("deletedrecord", entry, deleteddate=self.fake.now - timedelta(days=90))
            case "deleted without an entry":
                self.remove(id)
                self.fake.delete("deletedrecord", f"recordid = {id}")
            case "lost here":
                with self.warehouse.working() as connection:
                    for table, column in (
                        ("transaction", "id"),
                        ("transactionaccountingline", "transaction"),
                    ):
                        connection.execute(f"DELETE FROM {CONNECTION}.{table} WHERE {column} = {id}")
                self.warehouse.publish()

    def _post(self, id: int, place: int, **values: object) -> None:
        where = f"transaction = {id} AND transactionline = {place}"
        self.fake.change("transactionaccountingline", where, **cast(dict[str, Decimal], values))


FAULTS = (
    *("cent", "doubled", "account", "period", "subsidiary", "lost here"),
    *("deleted long ago", "deleted without an entry"),
)


def ledger(seed: int, warehouse: Warehouse) -> Books:
    """Return books with some documents; two of the periods are closed."""
    fake = LedgerInMemory(TABLES, logs_deletions=True)
    fake.now = datetime(2026, 11, 23, 12, 0, 0)
    for id in (*PERIODS, 5):
        flags = {"isquarter": False, "isyear": False, "isposting": True, "closed": id < 3}
        fake.insert("accountingperiod", {"id": id, "startdate": date(2026, id, 1), **flags})
    fake.insert("pricing", *(price(number) for number in range(1, 13)))
    books = Books(fake, warehouse, Random(seed))
    for _ in range(8):
        books.enter()
    fake.pass_time(3600)
    return books
