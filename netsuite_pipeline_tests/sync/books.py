"""A small company's tables, a sync of them against the fake, and what the warehouse then holds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Event
from typing import Any, cast

import pytest

from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.sync.load.stored_table import stored_table
from netsuite_pipeline.sync.report import SyncReport, TableReport
from netsuite_pipeline.sync.request import MartsBuilder, SyncRequest
from netsuite_pipeline.sync.run import Progress, Sync
from netsuite_pipeline.tables import Column, Parent, Permission, Table
from netsuite_pipeline.warehouse.lake.address import LakeAddress
from netsuite_pipeline.warehouse.lake.lake import Lake
from netsuite_pipeline.warehouse.schema.schema import present_columns, quoted
from netsuite_pipeline.warehouse.store import Store
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.fake_netsuite import DELETEDRECORD, FakeNetSuite, Value

CONNECTION = "netsuite"


def columns_of(text: str) -> tuple[Column, ...]:
    """`id:integer entity:integer*` and so on; a star asks for the label."""
    pairs = [word.split(":") for word in text.split()]
    return tuple(
        Column(name, cast(Any, kind.rstrip("*")), f"The {name}.", label=kind.endswith("*"))
        for name, kind in pairs
    )


CUSTOMER = Table(
    "customer",
    "Customers",
    "One row a customer.",
    "masterdata",
    ("id",),
    columns_of("id:integer companyname:text balance:decimal isinactive:boolean lastmodifieddate:datetime"),
    Permission("LIST_CUSTJOB", "Lists > Customers"),
    cursor="lastmodifieddate",
)
TRANSACTION = Table(
    "transaction",
    "Transactions",
    "One row a document.",
    "transactions",
    ("id",),
    columns_of(
        "id:integer trandate:date entity:integer* status:text* memo:text total:decimal posting:boolean "
        "lastmodifieddate:datetime"
    ),
    Permission("TRAN_FIND", "Transactions > Find Transaction"),
    cursor="lastmodifieddate",
)
LINE = Table(
    "transactionline",
    "Lines",
    "One row a line.",
    "transactions",
    ("transaction", "id"),
    columns_of("transaction:integer id:integer item:integer* amount:decimal memo:text"),
    Permission("TRAN_FIND", "Transactions > Find Transaction"),
    parent=Parent("transaction", "transaction"),
)
POSTING = Table(
    "transactionaccountingline",
    "Postings",
    "One row a posting.",
    "accounting",
    ("transaction", "transactionline", "accountingbook"),
    columns_of(
        "transaction:integer transactionline:integer accountingbook:integer debit:decimal credit:decimal"
    ),
    Permission("TRAN_FIND", "Transactions > Find Transaction"),
    parent=Parent("transaction", "transaction"),
)
ACCOUNTTYPE = Table(
    "accounttype",
    "Account types",
    "One row a kind of account.",
    "lists",
    ("id",),
    columns_of("id:text longname:text left:boolean"),
    Permission("LIST_ACCOUNT", "Lists > Accounts"),
    feature="ACCOUNTING",
)
TABLES = (CUSTOMER, TRANSACTION, LINE, POSTING, ACCOUNTTYPE)
EARLY = datetime(2026, 11, 1, 8, 30, 15)


def without_labels(table: Table) -> Table:
    return replace(table, columns=tuple(replace(column, label=False) for column in table.columns))


def document(number: int, *, at: datetime = EARLY, **more: Value) -> dict[str, Value]:
    """A row of `transaction`."""
    row: dict[str, Value] = {
        "id": number,
        "trandate": date(2026, 10, 31),
        "entity": number % 7,
        "status": "A",
        "memo": f"Document {number}",
        "total": Decimal(number) / 8,
        "posting": number % 2 == 0,
        "lastmodifieddate": at,
    }
    return row | more


def line(of: int, number: int, **more: Value) -> dict[str, Value]:
    """A row of `transactionline`."""
    row: dict[str, Value] = {
        "transaction": of,
        "id": number,
        "item": number,
        "amount": Decimal(of),
        "memo": "x",
    }
    return row | more


def posting(of: int, number: int, **more: Value) -> dict[str, Value]:
    """A row of `transactionaccountingline`."""
    row: dict[str, Value] = {"transaction": of, "transactionline": number, "accountingbook": 1}
    return row | {"debit": Decimal("10.25"), "credit": None} | more


def a_company(**settings: Any) -> FakeNetSuite:
    """Three customers, four documents of two lines and postings each, two lists' rows."""
    fake = FakeNetSuite(TABLES, **settings)
    for number in (1, 2, 5):
        fake.insert(
            "customer",
            {
                "id": number,
                "companyname": f"Company {number}",
                "isinactive": False,
                "lastmodifieddate": EARLY,
            },
        )
    for number in (10, 11, 20, 30):
        fake.insert("transaction", document(number))
        fake.insert("transactionline", line(number, 0), line(number, 1))
        fake.insert("transactionaccountingline", posting(number, 0), posting(number, 1))
    fake.insert(
        "accounttype", {"id": "Bank", "longname": "Bank", "left": True}, {"id": "COGS", "left": False}
    )
    return fake


def a_sync(
    fake: FakeNetSuite,
    warehouse: Store,
    tables: Sequence[Table] = TABLES,
    *,
    full: bool = False,
    connection: str = CONNECTION,
    overlap: timedelta = timedelta(hours=1),
    accept_shrink: Sequence[Table] = (),
    sweep_after: timedelta | None = None,
    watched: list[Progress] | None = None,
    others: Sequence[Table] = TABLES,
    full_tables: Sequence[Table] = (),
    repairs: Mapping[str, tuple[str, ...]] | None = None,
    marts: MartsBuilder | None = None,
) -> Sync:
    """A sync, not begun, with a client of its own: one that was stopped is of no use any more."""
    fake.stopped = False
    catalogue = {table.name: table for table in (*others, DELETEDRECORD, *tables)}
    shrink = frozenset(table.name for table in accept_shrink)
    request = SyncRequest(
        tuple(tables),
        catalogue,
        connection,
        full,
        overlap,
        shrink,
        sweep_after,
        full_tables=frozenset(table.name for table in full_tables),
        repairs=repairs or {},
        marts=marts,
    )
    events: list[Progress] = [] if watched is None else watched
    return Sync(cast(NetSuiteClient, fake), warehouse, request, on_progress=events.append)


def synced(
    fake: FakeNetSuite, warehouse: Store, tables: Sequence[Table] = TABLES, **how: Any
) -> dict[str, TableReport]:
    """Sync and return each table's report; a minute of NetSuite's time passes afterwards."""
    report = whole_report(fake, warehouse, tables, **how)
    return {table.table: table for table in report.tables}


def whole_report(
    fake: FakeNetSuite, warehouse: Store, tables: Sequence[Table] = TABLES, **how: Any
) -> SyncReport:
    sync = a_sync(fake, warehouse, tables, **how)
    for _ in sync:
        pass
    fake.pass_time(60)
    return sync.report()


def stored(warehouse: Store, table: Table, connection: str = CONNECTION) -> list[tuple[Value, ...]]:
    """The table's rows in the published file, in key order; none where there is no such table."""
    target = stored_table(table, connection)
    columns = ", ".join(quoted(column.name) for column in target.columns)
    key = ", ".join(quoted(part) for part in target.key)
    with warehouse.published() as opened:
        if not present_columns(opened, connection, table.name):
            return []
        return opened.execute(f"SELECT {columns} FROM {target.ref} ORDER BY {key}").fetchall()


def asked_sql(warehouse: Store, statement: str) -> list[tuple[Any, ...]]:
    """What the working file answers."""
    with warehouse.working() as opened:
        return opened.execute(statement).fetchall()


def a_warehouse(folder: Path) -> Warehouse:
    return Warehouse(folder / "warehouse.duckdb", lock_wait_seconds=0.3)


def a_lake(folder: Path) -> Lake:
    """A lake with its catalogue in a file."""
    address = LakeAddress(str(folder / "warehouse.ducklake"), str(folder / "warehouse.files"))
    return Lake(address, lock_wait_seconds=0.3)


on_both_kinds = pytest.mark.parametrize(
    "warehouse", ["file", pytest.param("lake", marks=pytest.mark.long)], indirect=True
)
"""Runs a test, or all tests of a module, on a file and on a lake."""


def assert_equal(fake: FakeNetSuite, warehouse: Store, *tables: Table) -> None:
    """The published tables are, to the last digit, what the fake has."""
    for table in tables:
        assert stored(warehouse, table) == fake.rows(table.name), table.name


def answered_first(fake: FakeNetSuite, first: str, then: str) -> None:
    """The table `then` is answered only once `first` has been, however the threads take turns."""
    answered, ask = Event(), fake.fetch_page

    def page(sql: str, **how: Any) -> Page:
        if f"FROM {then} " in sql:
            assert answered.wait(20)
        reply = ask(sql, **how)
        if f"FROM {first} " in sql:
            answered.set()
        return reply

    fake.fetch_page = page  # type: ignore[method-assign]


class Killed(Exception):
    """The process ended here."""


def killed_after(fake: FakeNetSuite, answers: int) -> list[str]:
    """From the answer with this number on, whoever asks finds the process dying.

    Returns:
        The statements that are answered until then.
    """
    answered: list[str] = []

    def kill(sql: str) -> None:
        if len(answered) >= answers:
            raise Killed
        answered.append(sql)

    fake.before_page = kill
    return answered


def interrupted(
    fake: FakeNetSuite, warehouse: Store, tables: Sequence[Table], answers: int, **how: Any
) -> list[str]:
    """A sync that is killed once so many statements are answered; what these were."""
    answered = killed_after(fake, answers)
    try:
        for _ in a_sync(fake, warehouse, tables, **how):
            pass
    except Killed:
        pass
    else:
        # The sync ended before.
        assert len(answered) <= answers
    fake.before_page = lambda sql: None
    fake.pass_time(60)
    return answered
