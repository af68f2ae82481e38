"""Any history in which NetSuite misleads: narrowed roles, refreshed sandboxes, short pages, wrong clocks, doubled
deletions. No row is lost on the way; when all is well again, none is lost, doubled or stale."""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import duckdb
import pytest

from netsuite_pipeline.netsuite.account import parse_account_id
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.lengths import searches
from netsuite_pipeline_tests.sync.books import (
    LINE,
    TRANSACTION,
    a_warehouse,
    asked_sql,
    assert_equal,
    columns_of,
    document,
    line,
    stored,
    whole_report,
)
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite, Value

DOCUMENT = replace(TRANSACTION, columns=(*TRANSACTION.columns, *columns_of("type:text")))
OWN_LINE = replace(
    LINE,
    columns=(*LINE.columns, *columns_of("linelastmodifieddate:datetime")),
    row_cursor="linelastmodifieddate",
)
BOOKS = (DOCUMENT, OWN_LINE)
KINDS = ("CustInvc", "VendBill", "Journal")


@dataclass
class Deceiving(FakeNetSuite):
    """A NetSuite some of whose pages lack their last row and say that they end there.

    Attributes:
        short: How many pages are still to come so; NetSuite's own count stays right.
        pages_of: Only pages of this table.
    """

    short: int = 0
    pages_of: str = ""

    def _answered(self, sql: str, most: int) -> bytes:
        body = super()._answered(sql, most)
        if not self.short or f"FROM {self.pages_of} " not in sql or "COUNT(" in sql or "MOD(" in sql:
            return body
        page = json.loads(body)
        if len(page["items"]) < 2:
            return body
        self.short -= 1
        kept = page["items"][:-1]
        return json.dumps({**page, "items": kept, "count": len(kept), "hasMore": False}).encode()


@dataclass
class Company:
    """A sandbox, and the production account whose data it gets when it is refreshed.

    Attributes:
        stored_once: Documents that a sync brought and nobody deleted.
    """

    fake: Deceiving
    dice: Random
    number: int = 0
    tokens: int = 1
    narrowed: bool = False
    refreshed: bool = False
    stored_once: set[int] = field(default_factory=set)

    @property
    def ids(self) -> list[int]:
        return [int(str(row[0])) for row in self.fake.rows("transaction")]

    def act(self) -> None:
        """Does one thing that people do in NetSuite."""
        self.number += 1
        ids, at = self.ids, self.fake.now
        what = self.dice.choice(
            ("insert", "rename", "change line", "line alone", "add line", "drop line", "delete")
        )
        if what == "insert" or not ids:
            of = 1000 + self.number
            self.fake.insert("transaction", document(of, at=at, type=self.dice.choice(KINDS)))
            self.fake.insert("transactionline", *(self._line(of, number) for number in range(3)))
            return
        of = self.dice.choice(ids)
        if what == "delete":
            self._delete(of)
        elif what == "line alone":
            mine = f"transaction = {of} AND id = 0"
            self.fake.change("transactionline", mine, amount=Decimal(self.number), linelastmodifieddate=at)
        else:
            if what == "rename":
                self.fake.change("transaction", f"id = {of}", memo=f"Name {self.number}")
            elif what == "change line":
                self.fake.change("transactionline", f"transaction = {of}", memo=f"Line {self.number}")
            elif what == "add line":
                self.fake.insert("transactionline", self._line(of, 100 + self.number))
            else:
                self.fake.delete("transactionline", f"transaction = {of} AND id = 2")
            self.fake.change("transaction", f"id = {of}", lastmodifieddate=at)

    def _line(self, of: int, number: int) -> dict[str, Value]:
        return line(of, number, linelastmodifieddate=self.fake.now)

    def _delete(self, of: int) -> None:
        self.fake.delete("transaction", f"id = {of}", with_lines=True)
        if self.dice.random() < 0.4:  # NetSuite lists it once more, another time without its script id
            again = {"recordid": of, "recordtypeid": -30, "deleteddate": self.fake.now.replace(microsecond=0)}
            self.fake.insert("deletedrecord", again, again)
        self.stored_once.discard(of)

    def narrow(self) -> None:
        """The role loses a type of transactions, or sees only some."""
        if self.narrowed:
            return
        where = self.dice.choice(("type = 'VendBill'", "type <> 'CustInvc'", "id % 3 = 0", "true"))
        self.fake.hide("transaction", where)
        self.fake.hide("transactionline", 'transaction IN (SELECT id FROM "transaction hidden")')
        self.narrowed = True

    def change_hidden(self) -> None:
        """What the role does not see goes on changing."""
        if self.narrowed:
            now = self.fake.now
            self.fake.change(
                "transaction hidden", "id % 2 = 0", memo=f"Hidden {self.number}", lastmodifieddate=now
            )
            self.fake.change("transactionline hidden", "transaction % 2 = 0", memo=f"Hidden {self.number}")

    def widen(self) -> None:
        """The role is as before."""
        if self.narrowed:
            self.fake.show_again("transaction")
            self.fake.show_again("transactionline")
            self.narrowed = False

    def refresh(self) -> None:
        """The sandbox gets production's data, some of it changed long ago, and all tokens end."""
        self.widen()
        old = self.fake.now - timedelta(days=9)
        self.fake.delete("deletedrecord", "true")
        for table in ("transaction", "transactionline"):
            column = "id" if table == "transaction" else "transaction"
            logged, self.fake.logs_deletions = self.fake.logs_deletions, False
            self.fake.delete(table, f'"{column}" % 5 = 0')
            self.fake.logs_deletions = logged
        self.fake.change("transaction", "id % 2 = 0", memo="Production's", lastmodifieddate=old)
        self.fake.change(
            "transactionline", "transaction % 2 = 0", memo="Production's", linelastmodifieddate=old
        )
        self.tokens += 1
        self.fake.token = f"token {self.tokens}"
        self.refreshed = True

    def sync(self, warehouse: Warehouse, *, clock: timedelta = timedelta(0), **how: Any) -> bool:
        """One sync, by a clock of NetSuite's that may be wrong; answers whether every table is well."""
        true, self.fake.now = self.fake.now, self.fake.now + clock
        with patch("netsuite_pipeline.sync.run.utc_now", lambda: true):
            report = whole_report(self.fake, warehouse, BOOKS, **how)
        self.fake.now = true + timedelta(seconds=60)
        self.fake.short = 0
        self.stored_once |= {int(str(row[0])) for row in stored(warehouse, DOCUMENT)} & set(self.ids)
        kept = {int(str(row[0])) for row in stored(warehouse, DOCUMENT)}
        assert self.stored_once <= kept, f"lost without evidence: {sorted(self.stored_once - kept)}"
        return not report.failed


@pytest.mark.parametrize("seed", range(searches(6, 100)))
def test_whatever_netsuite_shows_in_between_nothing_is_lost_doubled_or_stale_at_the_end(
    seed: int, tmp_path: Path
) -> None:
    dice = Random(seed)
    fake = Deceiving(
        BOOKS,
        now=datetime(2026, 11, 23, 12),
        account=parse_account_id("1234567_SB1"),
        page_rows=dice.choice((3, 4)),
        refuses_index=dice.random() < 0.3,
        logs_deletions=True,
    )
    company, warehouse = Company(fake, dice), a_warehouse(tmp_path)
    for _ in range(12):
        company.act()
    warehouse.prepare("netsuite")
    with duckdb.connect(str(warehouse.working_path)):  # held open, syncs need not open it each time
        company.sync(warehouse)
        for _ in range(dice.randint(3, 6)):
            _one_round(company, warehouse, dice)
        company.widen()
        # Rows that a refresh took have no entry in Deleted Records: somebody has to say that they may go.
        accepted: dict[str, Any] = {"accept_shrink": BOOKS} if company.refreshed else {}
        company.stored_once.intersection_update(company.ids if company.refreshed else company.stored_once)
        company.sync(warehouse, **accepted)
        fake.pass_time(3600)
        assert company.sync(warehouse)
        assert_equal(fake, warehouse, *BOOKS)
        assert asked_sql(warehouse, "SELECT * FROM _netsuite.missing_rows") == []


def _one_round(company: Company, warehouse: Warehouse, dice: Random) -> None:
    for _ in range(dice.randint(0, 4)):
        company.act()
    clock = timedelta(0)
    match dice.choice(("narrow", "widen", "refresh", "short", "clock", "quiet")):
        case "narrow":
            company.narrow()
        case "widen":
            company.change_hidden()
            company.widen()
        case "refresh":
            company.refresh()
            # What the refresh took is not lost by a sync.
            company.stored_once.intersection_update(company.ids)
        case "short":
            company.fake.short = dice.randint(1, 3)
            company.fake.pages_of = dice.choice(("transaction", "transactionline"))
        case "clock":
            clock = timedelta(hours=dice.choice((-30, -2, 2, 48)))
    company.sync(warehouse, clock=clock, full=dice.random() < 0.2)
    company.fake.pass_time(dice.choice((60, 3 * 3600, 50 * 3600)))
