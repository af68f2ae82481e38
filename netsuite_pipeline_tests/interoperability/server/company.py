"""A company of random numbers in an SQLite file: every pointer has its row, debits equal credits, texts hurt."""

import random
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from netsuite_pipeline_tests.interoperability.server.layout import DELETEDRECORD, KEYS, TABLES, Column

Value = str | int | None
Row = dict[str, Value]

_BEGIN, _DAYS = datetime(2023, 1, 1), 900
# Moments that two offsets of New York's share, or that one of them skips.
_DAYLIGHT_HOURS = ("2024-11-03 05:30:00", "2024-11-03 06:30:00", "2024-03-10 06:59:59", "2024-03-10 07:00:00")
_AWKWARD = (
    "👩‍👩‍👧 Müller & Söhne – 東京",
    'He said "no", she said \\n',
    "line one\r\nline two\ttab",
    "O'Neill's; DROP TABLE x; --",
    "  blanks around  ",
    "null",
    '{"items": [{"id": "1"}]}',
    "NaN",
    "",
    "\u2028\u00a0\u200d\x7f",
    "long " * 900,
)
_NUMBERS = ("0", "-0.07", "0.0000000001", "123456789012345678.1234567891", "-99999999999.99", "100", "0.1")
_SIZES = {
    "nexus": 6,
    "currency": 5,
    "fiscalcalendar": 2,
    "accounttype": 18,
    "entityaddress": 120,
    "locationmainaddress": 9,
    "subsidiary": 7,
    "department": 11,
    "classification": 8,
    "location": 9,
    "account": 90,
    "accountingperiod": 44,
    "accountingbook": 2,
    "consolidatedexchangerate": 1500,
    "vendorcategory": 5,
    "employee": 60,
    "customer": 1400,
    "vendor": 300,
    "job": 80,
    "customersubsidiaryrelationship": 1600,
    "vendorsubsidiaryrelationship": 350,
    "item": 250,
    "transaction": 3000,
}
_FIXED = frozenset({"nexus", "currency", "fiscalcalendar", "accounttype", "subsidiary", "accountingbook"})
_PERSONS = ("employee", "customer", "vendor", "job")
_TYPES = ("SalesOrd", "CustInvc", "CustPymt", "VendBill", "VendPymt", "Journal", "PurchOrd", "ItemShip")


def build_company(path: Path, seed: int, scale: float = 1.0) -> None:
    """Writes the company to a new file.

    Args:
        path: The file; it must not be there.
        seed: The same seed makes the same company.
        scale: 1.0 has 3,000 transactions; the lists stay as they are.
    """
    company = _Company(random.Random(seed))
    for table in TABLES:
        size = _SIZES.get(table, 0)
        company.fill(table, size if table in _FIXED else max(3, round(size * scale)))
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE dual (dummy)")
        connection.execute("INSERT INTO dual VALUES ('X')")
        for table, columns in TABLES.items():
            # Columns have no affinity: a number is kept as the text it is sent as.
            names = ", ".join(f'"{column.name}"' for column in columns)
            key = ", ".join(f'"{name}"' for name in KEYS[table])
            connection.execute(f'CREATE TABLE "{table}" ({names}, PRIMARY KEY ({key})) WITHOUT ROWID')
            insert_rows(connection, table, company.rows[table])
        connection.execute(f"CREATE TABLE deletedrecord ({', '.join(each.name for each in DELETEDRECORD)})")
    connection.close()


def insert_rows(connection: sqlite3.Connection, table: str, rows: list[Row]) -> None:
    """Adds rows; a column that a row does not mention is null."""
    columns = DELETEDRECORD if table == "deletedrecord" else TABLES[table]
    names = [column.name for column in columns]
    connection.executemany(
        f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(names))})',
        [[row.get(name) for name in names] for row in rows],
    )


def plain(number: Decimal) -> str:
    """A number as NetSuite writes it: no exponent, no zeros at the end."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass
class _Company:
    chance: random.Random
    rows: dict[str, list[Row]] = field(default_factory=dict)
    last_person: int = 0

    def fill(self, table: str, size: int) -> None:
        self.rows[table] = []
        match table:
            case "entity":
                self._fill_entities()
            case "accountingbooksubsidiaries" | "accountingperiodfiscalcalendars":
                self._fill_pairs(table)
            case "transactionline":
                self._fill_lines()
            case "transactionaccountingline":
                self._fill_postings()
            case _:
                self._fill_plainly(table, size)

    def _fill_plainly(self, table: str, size: int) -> None:
        (key,) = KEYS[table]
        number = self.last_person if table in _PERSONS else 0
        for _ in range(size):
            number += self.chance.choice((1, 1, 1, 2, 7))  # ids have gaps
            row = self._row(table)
            row[key] = f"Type{number:04}" if table == "accounttype" else number
            if "posting" in row:
                row["type"] = self.chance.choice(_TYPES)
                row["status"] = self.chance.choice("ABCDEFG")
            self.rows[table].append(row)
        if table in _PERSONS:
            self.last_person = number

    def _fill_entities(self) -> None:
        for table in _PERSONS:
            for person in self.rows[table]:
                row = self._row("entity")
                row.update(dict.fromkeys(("customer", "employee", "vendor", "project", "parent", "contact")))
                row.update(id=person["id"], entitytitle=person["entityid"], type=table)
                row["project" if table == "job" else table] = person["id"]
                self.rows["entity"].append(row)

    def _fill_pairs(self, table: str) -> None:
        left, right = (self._column(table, name) for name in KEYS[table])
        for first in self._ids(left.target):
            for second in self._ids(right.target):
                self.rows[table].append({**self._row(table), left.name: first, right.name: second})

    def _fill_lines(self) -> None:
        for transaction in self.rows["transaction"]:
            number = 0
            for sequence in range(self.chance.choice((2, 2, 3, 4, 5))):
                row = self._row("transactionline")
                row.update(id=number, transaction=transaction["id"], linesequencenumber=sequence)
                row["mainline"] = "T" if sequence == 0 else "F"
                self.rows["transactionline"].append(row)
                number += self.chance.choice((1, 1, 3))

    def _fill_postings(self) -> None:
        lines: dict[Value, list[Row]] = {}
        for line in self.rows["transactionline"]:
            lines.setdefault(line["transaction"], []).append(line)
        books = self._ids("accountingbook")
        for of_transaction in lines.values():
            for book in books if self.chance.random() < 0.2 else books[:1]:
                amounts = [Decimal(self._money()) for _ in of_transaction[1:]]
                amounts.insert(0, -sum(amounts, Decimal(0)))
                for line, amount in zip(of_transaction, amounts, strict=True):
                    row = self._row("transactionaccountingline")
                    row.update(
                        transaction=line["transaction"], transactionline=line["id"], accountingbook=book
                    )
                    row.update(_posted(amount))
                    self.rows["transactionaccountingline"].append(row)

    def _row(self, table: str) -> Row:
        return {column.name: self._value(table, column) for column in TABLES[table]}

    def _value(self, table: str, column: Column) -> Value:
        if column.optional and self.chance.random() < 0.3:
            return None
        if column.target:
            ids = self._ids(column.target)
            if column.kind == "several":
                return ", ".join(
                    map(str, sorted(self.chance.sample(ids, self.chance.randint(1, 3)), key=str))
                )
            return self.chance.choice(ids) if ids else None  # the first row of a tree has no parent
        match column.kind:
            case "integer":
                return self.chance.choice((0, 1, -5, self.chance.randint(1, 10**6), 9_007_199_254_740_993))
            case "number":
                return self._money()
            case "flag":
                return self.chance.choice("TF")
            case "day":
                return f"{self._moment():%Y-%m-%d}"
            case "moment":
                odd = self.chance.random() < 0.05
                return self.chance.choice(_DAYLIGHT_HOURS) if odd else f"{self._moment():%Y-%m-%d %H:%M:%S}"
        if self.chance.random() < 0.15:
            return self.chance.choice(_AWKWARD)
        return f"{table} {column.name} {self.chance.randint(1, 10**6)}"

    def _moment(self) -> datetime:
        return _BEGIN + timedelta(days=self.chance.randrange(_DAYS), seconds=self.chance.randrange(86_400))

    def _money(self) -> str:
        if self.chance.random() < 0.1:
            return self.chance.choice(_NUMBERS)
        places = self.chance.choice((0, 1, 2, 2, 2, 2, 6, 10))
        return plain(Decimal(self.chance.randint(-(10**9), 10**9)).scaleb(-places))

    def _ids(self, table: str) -> list[Value]:
        key = KEYS[table][0]
        return [row[key] for row in self.rows[table]]

    def _column(self, table: str, name: str) -> Column:
        return next(column for column in TABLES[table] if column.name == name)


def _posted(amount: Decimal) -> Mapping[str, Value]:
    return {
        "amount": plain(amount),
        "netamount": plain(amount),
        "debit": plain(amount) if amount > 0 else None,
        "credit": plain(-amount) if amount < 0 else None,
    }
