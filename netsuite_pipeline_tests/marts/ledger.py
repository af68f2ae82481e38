"""A small company written by hand, its tables in DuckDB, and its marts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from netsuite_pipeline.marts import build_marts
from netsuite_pipeline.tables import standard_tables
from netsuite_pipeline.warehouse.schema.schema import DUCKDB_TYPES, literal, quoted

TODAY = date(2025, 3, 15)
Row = dict[str, Any]
Rows = dict[Any, Any]


@dataclass(frozen=True)
class Line:
    """A line of a document, with its posting: the amount is positive for a debit.

    Attributes:
        amount: In base currency.
        foreign: In the document's currency; None for the same number.
        extra: Further columns of transactionline.
    """

    account: int
    amount: str | int | Decimal
    subsidiary: int | None = None
    foreign: str | int | Decimal | None = None
    entity: int | None = None
    book: int | None = 1
    posting: bool = True
    extra: Row = field(default_factory=dict)


class Ledger:
    """The tables of an account, filled by hand.

    Attributes:
        tables: The rows by table; a table that nobody filled does not exist.
    """

    def __init__(self) -> None:
        self.tables: dict[str, list[Row]] = {}
        self._documents = 0

    def add(self, table: str, **columns: Any) -> None:
        """Add a row."""
        self.tables.setdefault(table, []).append(columns)

    def account(self, id: int, kind: str, **columns: Any) -> int:
        """Add an account that is called after its kind and id."""
        self.add("account", id=id, acctnumber=str(id), fullname=f"{kind} {id}", accttype=kind, **columns)
        return id

    def year(self, year: int, *, first_id: int, first_month: int = 1, calendar: int | None = None) -> int:
        """Add a fiscal year of twelve months without quarters: the year's id is `first_id`, months follow it."""
        starts = [
            date(year + (first_month + n - 1) // 12, (first_month + n - 1) % 12 + 1, 1) for n in range(13)
        ]
        self.add("accountingperiod", id=first_id, periodname=f"FY {year}", parent=None, startdate=starts[0],
                 enddate=date.fromordinal(starts[12].toordinal() - 1), isyear=True, isquarter=False, isposting=False,
                 isadjust=False)  # fmt: skip
        for n, start in enumerate(starts[:12]):
            end = date.fromordinal(starts[n + 1].toordinal() - 1)
            self.period(first_id + 1 + n, start, end, first_id, calendar=calendar)
        return first_id

    def period(
        self,
        id: int,
        start: date,
        end: date,
        parent: int,
        *,
        is_adjustment: bool = False,
        calendar: int | None = None,
    ) -> int:
        """Add a posting period."""
        name = f"{'Adj ' if is_adjustment else ''}{start:%b %Y}"
        self.add("accountingperiod", id=id, periodname=name, parent=parent, startdate=start, enddate=end,
                 isyear=False, isquarter=False, isposting=True, isadjust=is_adjustment)  # fmt: skip
        if calendar is not None:
            self.add(
                "accountingperiodfiscalcalendars", accountingperiod=id, fiscalcalendar=calendar, parent=parent
            )
        return id

    def rates(self, period: int, member: int, to: int, current: str, average: str, historical: str, book: int | None = 1) -> None:  # fmt: skip
        """Add a row of consolidated exchange rates."""
        self.add("consolidatedexchangerate", id=len(self.tables.get("consolidatedexchangerate", ())) + 1,
                 postingperiod=period, accountingbook=book, fromsubsidiary=member, tosubsidiary=to,
                 currentrate=Decimal(current), averagerate=Decimal(average), historicalrate=Decimal(historical))  # fmt: skip

    def document(self, period: int | None, lines: Sequence[Line], **columns: Any) -> int:
        """Add a document whose lines are numbered from 0, and return its id."""
        self._documents += 1
        id: int = columns.pop("id", self._documents)
        self.add("transaction", **{
            "id": id, "type": "Journal", "tranid": f"T{id}", "trandate": date(2025, 1, 10), "postingperiod": period,
            "posting": True, "voided": False, "currency": None, "entity": None, "duedate": None, "status": None,
            **columns,
        })  # fmt: skip
        for number, line in enumerate(lines):
            amount = Decimal(line.amount)
            foreign = amount if line.foreign is None else Decimal(line.foreign)
            if not any(
                row["transaction"] == id and row["id"] == number
                for row in self.tables.get("transactionline", ())
            ):
                self.add("transactionline", transaction=id, id=number, subsidiary=line.subsidiary,
                         entity=line.entity, foreignamount=foreign, **line.extra)  # fmt: skip
            self.add("transactionaccountingline", transaction=id, transactionline=number, accountingbook=line.book,
                     account=line.account, posting=line.posting, amount=amount,
                     debit=amount if amount > 0 else None, credit=-amount if amount < 0 else None)  # fmt: skip
        return id

    def link(self, previous: tuple[int, int], following: tuple[int, int], amount: str | int | None, kind: str = "Payment") -> None:  # fmt: skip
        """Link a line of a document to one of a later document."""
        self.add("nexttransactionlinelink", previousdoc=previous[0], previousline=previous[1], nextdoc=following[0],
                 nextline=following[1], linktype=kind,
                 foreignamount=None if amount is None else Decimal(amount))  # fmt: skip

    def drop(self, *names: str) -> None:
        """Remove tables, or columns (`account.generalrate`) of tables."""
        for name in names:
            table, _, column = name.partition(".")
            if not column:
                self.tables.pop(table, None)
            for row in self.tables.get(table, ()) if column else ():
                row.pop(column, None)

    def write(self, connection: duckdb.DuckDBPyConnection, schema: str = "netsuite") -> None:
        """Create the tables, with the columns that a row has."""
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        catalogue = standard_tables()
        for table, rows in self.tables.items():
            types = {column.name: DUCKDB_TYPES[column.type] for column in catalogue[table].columns}
            names = list(dict.fromkeys(name for row in rows for name in row)) or list(types)
            columns = ", ".join(f"{quoted(name)} {types[name]}" for name in names)
            connection.execute(f"CREATE OR REPLACE TABLE {schema}.{quoted(table)} ({columns})")
            values = ", ".join(f"({', '.join(_sql(row.get(name)) for name in names)})" for row in rows)
            if rows:
                connection.execute(f"INSERT INTO {schema}.{quoted(table)} VALUES {values}")

    def build(self, today: date = TODAY) -> "Marts":
        """Return the marts of these tables."""
        connection = duckdb.connect(config={"threads": 1})
        self.write(connection)
        connection.execute("BEGIN")
        build_marts(connection, "netsuite", today)
        connection.execute("COMMIT")
        return Marts(connection)


@dataclass(frozen=True)
class Marts:
    """The marts of a ledger, in a connection that is open."""

    connection: duckdb.DuckDBPyConnection

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return self.connection.execute(sql).fetchall()

    def one(self, sql: str) -> Any:
        """Return the only value of a query."""
        (row,) = self.rows(sql)
        (value,) = row
        return value

    def figures(self, mart: str, key: str, figures: str, where: str = "true") -> Rows:
        """Return figures by key: plain values for one figure or one key column, otherwise tuples."""
        keys = key.split(", ")
        found = self.rows(f"SELECT {key}, {figures} FROM marts.{mart} WHERE {where}")
        return {
            (row[0] if len(keys) == 1 else row[: len(keys)]): (
                row[len(keys)] if len(row) == len(keys) + 1 else row[len(keys) :]
            )
            for row in found
        }

    def left_out(self) -> set[tuple[str, str]]:
        """Return what is left out of which mart."""
        return {(mart, what) for mart, what in self.rows("SELECT mart, what FROM marts.left_out")}


def _sql(value: object) -> str:
    return (
        f"DATE '{value}'"
        if isinstance(value, date)
        else str(value)
        if isinstance(value, Decimal)
        else literal(value)
    )


def contexts(rows: Rows) -> Iterator[tuple[Any, ...]]:
    """Yield the distinct keys without their last part."""
    yield from dict.fromkeys(key[:-1] for key in rows)
